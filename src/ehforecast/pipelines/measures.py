"""Measures counted from a council's records, protected before anything is worked out of them."""

from collections.abc import Mapping, Sequence

import pandas as pd

from ehforecast.advisory.board_advice import protect_measures
from ehforecast.demand.board_records import BoardRecords
from ehforecast.demand.boards.counted import ALL, group_counts, measure_counts
from ehforecast.demand.boards.measures import Measure, measure_named
from ehforecast.demand.boards.shares import measured_shares, met_and_of
from ehforecast.demand.plan.measured_targets import MeasuredShare

LEARNED_FROM = 20
"""Quarters that what lies ahead is learned from: all of them as counted, for those hidden are the small ones."""


def shown_quarters(records: BoardRecords, measures: Sequence[Measure], *, quarters: int) -> pd.DataFrame:
    """Shares of measures by quarter and locality, worked out from counts as they may be shown."""
    return measured_shares(protect_measures(measure_counts(records, measures, quarters=quarters)))


def shown_year(records: BoardRecords, measures: Sequence[Measure], *, groups: Sequence[str]) -> pd.DataFrame:
    """The same over the last 12 months that were followed, by groups."""
    counts = pd.concat([group_counts(records, measure, groups=groups) for measure in measures], ignore_index=True)
    return measured_shares(protect_measures(counts))


def measured_for(records: BoardRecords, names: Mapping[str, str]) -> dict[str, MeasuredShare]:
    """What records tell of indicators: by indicator, out of the measure each names. Raises `SettingsError`."""
    chosen = {name: measure_named(measure, key=f"plan.indicators.{name}.measured") for name, measure in names.items()}
    measures = list({measure.name: measure for measure in chosen.values()}.values())
    if not measures:
        return {}
    year = shown_year(records, measures, groups=("locality",))
    exact = met_and_of(measure_counts(records, measures, quarters=LEARNED_FROM))
    return {name: _of(measure, year, quarters=exact) for name, measure in chosen.items()}


def _of(measure: Measure, year: pd.DataFrame, *, quarters: pd.DataFrame) -> MeasuredShare:
    latest = year[year["measure"].eq(measure.name) & year["group"].eq(ALL)].iloc[0]
    mine = quarters[quarters["measure"].eq(measure.name) & quarters["group"].eq(ALL)]
    value, low, high = (float(latest[name]) for name in ("value", "low", "high"))
    return MeasuredShare(measure.definition, value, low, high, str(latest["period"]), mine[["met", "of"]])
