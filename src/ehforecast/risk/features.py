"""The features of every index event, as known on the evening of its own day."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from ehforecast.risk.cohort import Feature
from ehforecast.risk.features_catalogue import Recipe, Values, history_recipes
from ehforecast.risk.features_circumstances import circumstance_recipes
from ehforecast.risk.features_event import event_recipes
from ehforecast.risk.features_known import KnownRecords
from ehforecast.risk.place_history import PlaceHistory


def feature_recipes() -> tuple[Recipe, ...]:
    """Every feature, in the order of the matrix."""
    return (*history_recipes(), *event_recipes(), *circumstance_recipes())


def build_features(
    tables: Mapping[str, pd.DataFrame],
    events: pd.DataFrame,
    *,
    own_table: str,
    recipes: Sequence[Recipe],
    places: PlaceHistory | None = None,
) -> pd.DataFrame:
    """One row per index event, one column per recipe, on the events' index.

    Only rows known by the evening of an event's `index_on` can reach its features. Columns are made one by one, so that
    at most one of them is in the making beside those that are done. `places` is of all contacts, where the tables hold
    only some families; without it, of those in the tables.
    """
    known = KnownRecords(with_people_of_factors(tables), events, own_table=own_table, places=places)
    return pd.DataFrame(dict(_columns(known, recipes)), index=events.index, copy=False)


def _columns(known: KnownRecords, recipes: Sequence[Recipe]) -> Iterator[tuple[str, "pd.Categorical | Values"]]:
    for recipe in recipes:
        yield recipe.feature.name, _column(recipe.feature, recipe.values(known))


def _column(feature: Feature, values: Values) -> "pd.Categorical | Values":
    if feature.levels:
        categories = pd.CategoricalDtype(pd.Index(feature.levels, dtype="str"))
        return pd.Categorical.from_codes(np.asarray(values, dtype=np.int64), dtype=categories)
    return np.asarray(values, dtype=np.float64)


def with_people_of_factors(tables: Mapping[str, pd.DataFrame]) -> Mapping[str, pd.DataFrame]:
    """The same tables, with the person of its assessment beside each factor."""
    factors, assessments = tables["assessment_factors"], tables["assessments"]
    person = factors["assessment_id"].map(assessments.set_index("assessment_id")["person_id"])
    return {**tables, "assessment_factors": factors.assign(person_id=person)}
