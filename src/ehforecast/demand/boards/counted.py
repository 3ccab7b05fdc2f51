"""Counts of measures by quarter and place, or by group: exact, so they leave only after they were protected."""

from collections.abc import Sequence

import pandas as pd

from ehforecast.demand.board_records import BoardRecords
from ehforecast.demand.boards.measures import YEAR_DAYS, Measure
from ehforecast.vocabulary.periods import day_words

ALL = "all"
"""The word for "not split by this"."""

YES, NO = "yes", "no"

GROUPS = ("sex", "age", "ethnicity", "disability", "locality")
"""What children are split by to see for whom help works less well."""

COUNT_COLUMNS = ["measure", "population", "period", "split", "group", "answer", "count"]


def measure_counts(records: BoardRecords, measures: Sequence[Measure], *, quarters: int) -> pd.DataFrame:
    """Each measure by quarter, for the whole council and by locality.

    One row per ``measure, population, period`` ("2023-Q3": calendar quarters), ``split`` ("locality"), ``group`` (a
    locality or `ALL`) and ``answer`` (`YES`, `NO` or `ALL`), with its ``count``. Only whole quarters whose last day was
    followed for as long as the measure asks.
    """
    frames = []
    for measure in measures:
        rows = _judged(records, measure)
        last = records.today - pd.Timedelta(days=measure.population.follow_days)
        rows = rows.assign(period=rows["on"].dt.to_period("Q"))
        newest = pd.Period(last, freq="Q")
        newest = newest if newest.end_time.normalize() <= last else newest - 1
        rows = rows[(rows["period"] <= newest) & (rows["period"] > newest - quarters)]
        frames.append(_counts(rows.assign(period=_quarter_names(rows["period"])), measure))
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=COUNT_COLUMNS)


def _quarter_names(periods: pd.Series) -> pd.Series:
    named: pd.Series = periods.dt.year.astype(str) + "-Q" + periods.dt.quarter.astype(str)
    return named


def group_counts(records: BoardRecords, measure: Measure, *, groups: Sequence[str] = GROUPS) -> pd.DataFrame:
    """One measure over the last 12 months that were followed, by each kind of group."""
    rows = _judged(records, measure)
    last = records.today - pd.Timedelta(days=measure.population.follow_days)
    rows = rows[(rows["on"] <= last) & (rows["on"] > last - pd.Timedelta(days=YEAR_DAYS))]
    rows = rows.assign(period=f"12 months to {day_words(last.date())}")
    return pd.concat([_counts(rows, measure, split=group) for group in groups], ignore_index=True)


def _judged(records: BoardRecords, measure: Measure) -> pd.DataFrame:
    rows = measure.population.rows(records)
    holds = measure.holds(rows, records).fillna(value=False).astype(bool)
    return rows.assign(answer=holds.map({True: YES, False: NO}))


def _counts(rows: pd.DataFrame, measure: Measure, *, split: str = "locality") -> pd.DataFrame:
    """Every place and answer of each period with their sums, noughts among them."""
    by = rows.groupby(["period", split, "answer"], observed=True).size()
    table = by.unstack("answer", fill_value=0).reindex(columns=[YES, NO], fill_value=0)
    whole = table.groupby("period").sum()
    whole.index = pd.MultiIndex.from_product([whole.index, [ALL]], names=["period", split])
    table = pd.concat([table, whole]).sort_index(level="period", sort_remaining=False, kind="stable")
    table[ALL] = table[YES] + table[NO]
    long = table.rename_axis(["period", "group"]).reset_index()
    long = long.melt(["period", "group"], var_name="answer", value_name="count")
    told = long.assign(measure=measure.name, population=measure.population.name, split=split)
    return told[COUNT_COLUMNS].astype({"count": "int64"})
