"""A cohort from any table: which column is what, checked before anything is estimated."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ehforecast.errors import ContractError, Finding, SettingsError
from ehforecast.risk.cohort import PERIODS, Cohort, Feature
from ehforecast.risk.cohort_split import SplitSettings, latest_part, split_periods

MOST_LEVELS_SHARE = 0.5
"""A text column with more distinct values than this share of its rows names people or tells stories."""


@dataclass(frozen=True)
class CohortColumns:
    """Which column of a table says what.

    Attributes:
        person: whom the index event is about.
        group: a family, or whatever must not lie on both sides of a split; None for the person.
        event: the name of the index event; None for its place in the table.
        index_on: the day the estimate is made, as dates; None where the table has none.
        outcome: 1 or 0 (absent: not known). With `followed_days`, a 1 means that the event came on the last of them.
        event_on: instead of `outcome`, the day of the first outcome event, absent where none was seen.
        followed_days: days for which an event would have been seen; None: all the way.
        followed_until: the same as a day.
        period: `train`, `calibrate`, `test` or absent; None to split by `SplitSettings`. Without any `calibrate` a part
            of `train` becomes it.
        audit: protected characteristics and other groups, never given to a model.

    >>> CohortColumns("child", group="family", outcome="came_back").named()
    ['child', 'family', 'came_back']
    """

    person: str
    group: str | None = None
    event: str | None = None
    index_on: str | None = None
    outcome: str | None = None
    event_on: str | None = None
    followed_days: str | None = None
    followed_until: str | None = None
    period: str | None = None
    audit: tuple[str, ...] = ()

    def named(self) -> list[str]:
        """The columns it names, `audit` included."""
        single = [value for name, value in vars(self).items() if name != "audit" and value is not None]
        return [*single, *self.audit]


def cohort_from_table(
    frame: pd.DataFrame,
    columns: CohortColumns,
    *,
    features: Sequence[str | Feature],
    horizon_days: float,
    split: SplitSettings | None = None,
) -> Cohort:
    """A cohort from any table. Raises `ContractError` that names each column and rule broken and how often.

    A feature given by its name alone is a number, or a category if its column is text or categorical.

    Args:
        frame: a row for each index event.
        columns: which column says what.
        features: columns a model may see.
        horizon_days: an event later than this does not count.
        split: how rows are divided into train, calibrate and test where no column says so.

    >>> table = pd.DataFrame({
    ...     "child": range(8), "family": [0, 0, 1, 1, 2, 2, 3, 3], "contacts_before": range(8), "came_back": [0, 1] * 4,
    ...     "closed_on": pd.date_range("2020-01-01", periods=8, freq="90D"), "sex": ["female", "male"] * 4,
    ... })
    >>> columns = CohortColumns("child", group="family", index_on="closed_on", outcome="came_back", audit=("sex",))
    >>> cohort = cohort_from_table(table, columns, features=["contacts_before"], horizon_days=365)
    >>> cohort
    Cohort of 8 index events and 4 families, horizon 365 days: 0 train, 0 calibrate, 4 test, 4 none; 1 feature
    >>> cohort.outcome.tolist()
    [0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0]
    """
    _check_settings(columns, features, horizon_days=horizon_days)
    named = [features] if isinstance(features, str) else features
    wanted = [feature if isinstance(feature, Feature) else Feature(feature, _label(feature)) for feature in named]
    _refuse(_absent_columns(frame, columns, features=wanted))
    frame = frame.reset_index(drop=True)
    _refuse([*_broken_rows(frame, columns), *_broken_features(frame, wanted)])
    catalogue = tuple(_with_levels(feature, frame[feature.name]) for feature in wanted)
    rows = _rows(frame, columns, horizon_days=horizon_days)
    rows["period"] = _periods(frame, columns, rows=rows, split=split or SplitSettings(), horizon_days=horizon_days)
    return Cohort(
        rows,
        pd.DataFrame({feature.name: _column(frame[feature.name], feature) for feature in catalogue}, index=rows.index),
        catalogue,
        pd.DataFrame({name: _as_text(frame[name]) for name in columns.audit}, index=rows.index),
        horizon_days=float(horizon_days),
    )


def _check_settings(columns: CohortColumns, features: Sequence[object], *, horizon_days: float) -> None:
    if (columns.outcome is None) == (columns.event_on is None):
        raise SettingsError("a cohort needs either outcome or event_on, and not both")
    if columns.followed_days is not None and columns.followed_until is not None:
        raise SettingsError("a cohort takes followed_days or followed_until, not both")
    if columns.index_on is None and (columns.event_on or columns.followed_until):
        raise SettingsError("event_on and followed_until need index_on to count from")
    if not features:
        raise SettingsError("a cohort needs at least one feature")
    if not horizon_days > 0:
        raise SettingsError(f"horizon_days is {horizon_days}; more than 0 is needed")


def _absent_columns(frame: pd.DataFrame, columns: CohortColumns, *, features: Sequence[Feature]) -> Iterator[Finding]:
    named, learned = columns.named(), [feature.name for feature in features]
    given, asked = Counter(str(column) for column in frame), Counter(learned)
    for name in sorted({*named, *learned}):
        if given[name] > 1 or asked[name] > 1:
            yield _finding(name, "every_column_and_feature_stands_once", 1, "Give each a name of its own, once.")
    for name in sorted({*named, *learned} - {str(column) for column in frame}):
        yield _finding(name, "the_table_has_the_columns_that_are_named", 1, "Give the column or another name.")
    for name in sorted(set(named) & set(learned)):
        yield _finding(
            name, "a_feature_is_nothing_else_at_once", 1, "Name it as a feature or in its other role; not in both."
        )


def _broken_rows(frame: pd.DataFrame, columns: CohortColumns) -> Iterator[Finding]:
    for name in dict.fromkeys([columns.person, columns.group or columns.person]):
        yield _finding(
            name, "every_row_names_its_person_and_group", int(frame[name].isna().sum()), "Fill or leave out."
        )
    if columns.event is not None:
        doubled = int(frame[columns.event].duplicated().sum())
        yield _finding(columns.event, "an_index_event_is_there_once", doubled, "Remove the copies.")
    if columns.outcome is not None:
        yield _outcome_finding(frame[columns.outcome])
    if columns.followed_days is not None:
        yield _days_finding(frame[columns.followed_days])
    yield from _broken_dates(frame, columns)
    if columns.period is not None:
        yield from _broken_periods(frame, columns)


def _outcome_finding(outcome: pd.Series) -> Finding:
    name = str(outcome.name)
    if not (pd.api.types.is_numeric_dtype(outcome) or pd.api.types.is_bool_dtype(outcome)):
        return _finding(name, "an_outcome_is_1_or_0_not_text", int(outcome.notna().sum()), "Say which word means 1.")
    broken = int((outcome.notna() & ~outcome.isin([0, 1])).sum())
    return _finding(name, "an_outcome_is_1_or_0", broken, "Make it 1, 0 or absent.")


def _days_finding(days: pd.Series) -> Finding:
    if not pd.api.types.is_numeric_dtype(days):
        return _finding(str(days.name), "days_are_a_number", len(days), "Give days as numbers.")
    return _finding(str(days.name), "follow_up_is_not_negative", int((~(days >= 0)).sum()), "Correct or leave out.")


def _broken_dates(frame: pd.DataFrame, columns: CohortColumns) -> Iterator[Finding]:
    names = [name for name in (columns.index_on, columns.event_on, columns.followed_until) if name is not None]
    undated = [name for name in names if not pd.api.types.is_datetime64_any_dtype(frame[name])]
    for name in undated:
        yield _finding(name, "a_day_is_a_date_not_text", int(frame[name].notna().sum()), "Convert it by to_datetime.")
    if columns.index_on is None or undated:
        return
    index_on = frame[columns.index_on]
    yield _finding(columns.index_on, "every_index_event_has_its_day", int(index_on.isna().sum()), "Fill or leave out.")
    for name in names[1:]:
        early = int((frame[name] < index_on).sum())
        yield _finding(name, "nothing_comes_before_the_index_event", early, "Look at how the days were put together.")


def _broken_periods(frame: pd.DataFrame, columns: CohortColumns) -> Iterator[Finding]:
    period, name = frame[columns.period], str(columns.period)
    unknown = int((period.notna() & ~period.isin(PERIODS)).sum())
    yield _finding(name, "a_period_is_train_calibrate_or_test", unknown, "Use these words, or leave it absent.")
    per_group = period.groupby(frame[columns.group or columns.person]).nunique()
    straddling = int((per_group > 1).sum())
    yield _finding(
        name, "a_group_lies_in_one_period", straddling, "Leave out its later rows, or let the package split."
    )
    if columns.index_on is not None and pd.api.types.is_datetime64_any_dtype(frame[columns.index_on]):
        spans = frame.groupby(period)[columns.index_on].agg(["min", "max"]).reindex(PERIODS).dropna()
        overlaps = int((spans["max"].shift() >= spans["min"]).sum())
        yield _finding(name, "periods_follow_one_another", overlaps, "Split by date.")


def _broken_features(frame: pd.DataFrame, features: Sequence[Feature]) -> Iterator[Finding]:
    for feature in features:
        column = frame[feature.name]
        if pd.api.types.is_datetime64_any_dtype(column):
            yield _finding(feature.name, "a_feature_is_a_number_or_category", len(column), "Give days since something.")
        elif pd.api.types.is_numeric_dtype(column):
            infinite = int(np.isinf(column.to_numpy(dtype="float64", na_value=np.nan)).sum())
            yield _finding(feature.name, "a_number_is_finite", infinite, "Make it absent, or correct it.")
        elif not feature.levels and column.nunique() > max(50.0, MOST_LEVELS_SHARE * len(column)):
            yield _finding(feature.name, "a_category_repeats", column.nunique(), "Names and free text are no features.")


def _finding(column: str, rule: str, count: int, remedy: str) -> Finding:  # noqa: PLR0917 - a row of a table of rules
    return Finding("", "cohort", column, rule, count, remedy)


def _refuse(findings: Iterator[Finding] | Sequence[Finding]) -> None:
    broken = [finding for finding in findings if finding.count]
    if broken:
        raise ContractError(broken)


def _rows(frame: pd.DataFrame, columns: CohortColumns, *, horizon_days: float) -> pd.DataFrame:
    index_on = frame[columns.index_on] if columns.index_on else pd.Series(pd.NaT, index=frame.index)
    followed, event = (
        _followed(frame, columns, horizon_days=horizon_days),
        _event_days(frame, columns, horizon_days=horizon_days),
    )
    return pd.DataFrame(
        {
            "event_id": (frame[columns.event] if columns.event else frame.index.to_series()).astype("str"),
            "person_id": frame[columns.person].astype("str"),
            "group_id": frame[columns.group or columns.person].astype("str"),
            "index_on": pd.to_datetime(index_on),
            "event_days": event,
            "followed_days": followed,
        }
    )


def _followed(frame: pd.DataFrame, columns: CohortColumns, *, horizon_days: float) -> pd.Series:
    if columns.followed_days is not None:
        return frame[columns.followed_days].astype("float64")
    if columns.followed_until is not None:
        until = (frame[columns.followed_until] - frame[columns.index_on]).dt.days
        return until.astype("float64").fillna(0.0)
    followed = pd.Series(float(horizon_days), index=frame.index)
    return followed if columns.outcome is None else followed.where(frame[columns.outcome].notna(), 0.0)


def _event_days(frame: pd.DataFrame, columns: CohortColumns, *, horizon_days: float) -> pd.Series:
    if columns.event_on is not None:
        return (frame[columns.event_on] - frame[columns.index_on]).dt.days.astype("float64")
    came = frame[columns.outcome].fillna(0).astype("float64") == 1.0
    last = frame[columns.followed_days].astype("float64") if columns.followed_days else float(horizon_days)
    return pd.Series(np.where(came, last, np.nan), index=frame.index)


def _periods(
    frame: pd.DataFrame, columns: CohortColumns, *, rows: pd.DataFrame, split: SplitSettings, horizon_days: float
) -> pd.Series:
    if columns.period is None:
        return split_periods(rows, horizon_days=horizon_days, settings=split)
    period = frame[columns.period].astype("object")
    if (period == "calibrate").any():
        return period
    train = rows[period == "train"]
    return period.where(period != "train", latest_part(train, horizon_days=horizon_days, settings=split))


def _with_levels(feature: Feature, column: pd.Series) -> Feature:
    """Levels the feature lacks are added after its own: a model that never saw them abstains."""
    if not feature.levels and (pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column)):
        return feature
    found = sorted(set(_as_text(column).dropna()) - set(feature.levels))
    return replace(feature, levels=(*feature.levels, *found))


def _column(column: pd.Series, feature: Feature) -> pd.Series:
    if feature.levels:
        return _as_text(column).astype(pd.CategoricalDtype(list(feature.levels)))
    return column.astype("float64")


def _as_text(column: pd.Series) -> pd.Series:
    """Text as written; whole numbers without a decimal point, however the table came to hold them."""
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        return column.map(lambda value: f"{value:g}", na_action="ignore").astype("str").where(column.notna())
    return column.astype("str").where(column.notna())


def _label(name: str) -> str:
    return name.replace("_", " ").strip()
