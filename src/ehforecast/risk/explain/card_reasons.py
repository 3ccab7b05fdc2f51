"""What a printed card could say of each child: steady themes with their direction, a band; and what stays secret."""

from dataclasses import dataclass, field

import pandas as pd

from ehforecast.risk.bands import bands_of
from ehforecast.risk.cohort import Cohort
from ehforecast.risk.explain.account import Explained
from ehforecast.risk.explain.explainer import Explainer
from ehforecast.risk.explain.reasons import HIGHER, LOWER
from ehforecast.risk.explain.stability import steady_themes
from ehforecast.risk.model import RiskModel

SECRET_FIELDS = ("disability", "care_experienced", "ethnic_group")
"""Audit-only fields nobody may guess from a card. Sex, age and area are known to anybody who knows the child."""

SECRET_FEATURES = ("family_factor_", "section_47", "protection_or_care", "child_in_need_plans")
"""Parts of the names of features that say what must not be told from a card."""


@dataclass(frozen=True)
class CardInputs:
    """The latest estimate of each child of the test period; everything on one index, private.

    Attributes:
        reasons: ``row, reason, direction, strength``: themes that are steady, in words.
        bands: the band of each.
        people: the family each is of.
        children: the pseudonym of the child.
        sensitive: what nobody may guess.
    """

    reasons: pd.DataFrame = field(repr=False)
    bands: pd.Series = field(repr=False)
    people: pd.Series = field(repr=False)
    children: pd.Series = field(repr=False)
    sensitive: pd.DataFrame = field(repr=False)


def card_inputs(cohort: Cohort, model: RiskModel, *, explained: Explained) -> CardInputs:
    """What the gate of cards is given: one row per child, its latest estimate; no number of any kind."""
    test = cohort.at(explained.explanations.values.index)
    estimates = explained.explanations.estimates["estimate"]
    with_estimate = test.rows[estimates.notna()].sort_values("index_on", kind="stable")
    latest = with_estimate.drop_duplicates("person_id", keep="last").index.sort_values()
    chosen = test.at(latest)
    sizes = explained.explanations.by_theme(explained.explanations.values).loc[latest]
    steady = steady_themes(Explainer.of(model, cohort.catalogue), chosen.features)
    return CardInputs(
        _long(sizes.where(steady.loc[latest])),
        bands_of(estimates.loc[latest], explained.result.bands),
        chosen.rows["group_id"],
        chosen.rows["person_id"],
        _secrets(chosen),
    )


def _long(sizes: pd.DataFrame) -> pd.DataFrame:
    long = sizes.rename_axis("row").reset_index().melt("row", var_name="reason", value_name="size").dropna()
    side = long["size"].gt(0).map({True: HIGHER, False: LOWER})
    return long.assign(direction=side, strength=long["size"].abs()).drop(columns="size").reset_index(drop=True)


def _secrets(cohort: Cohort) -> pd.DataFrame:
    """Of audit-only fields what is on record, the commonest where nothing is; of features whether there was any.

    That something was not recorded is no secret about a child, so it is not kept as one.
    """
    fields = cohort.audit[[name for name in SECRET_FIELDS if name in cohort.audit]]
    if "disability" in fields:
        kind = fields["disability"]
        fields = fields.assign(disability=(kind.notna() & kind.ne("none")).map({True: "yes", False: "no"}))
    fields = fields.apply(lambda field: field.fillna(field.mode().iloc[0]) if field.notna().any() else field)
    named = [name for name in cohort.features if any(part in str(name) for part in SECRET_FEATURES)]
    any_at_all = cohort.features[named].gt(0).replace({True: "yes", False: "no"})
    told: pd.DataFrame = pd.concat([fields, any_at_all], axis=1)
    return told
