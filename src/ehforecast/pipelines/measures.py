"""Measures counted from a council's records, protected before anything is worked out of them."""

from collections.abc import Mapping

import pandas as pd

from ehforecast.advisory.safe_counts import SafeCounts
from ehforecast.demand.board_records import BoardRecords
from ehforecast.demand.boards.counted import ALL, group_counts, measure_counts
from ehforecast.demand.boards.measures import Measure, measure_named
from ehforecast.demand.boards.shares import measured_shares, met_and_of
from ehforecast.demand.plan.measured_targets import MeasuredShare

LEARNED_FROM = 20
"""Quarters that what lies ahead is learned from: all of them as counted, for those hidden are the small ones."""


def measured_for(records: BoardRecords, names: Mapping[str, str], *, safe: SafeCounts) -> dict[str, MeasuredShare]:
    """What records tell of indicators: by indicator, out of the measure each names. Raises `SettingsError`.

    Shares of the last 12 months that were followed are worked out from counts as ``safe`` may show them.
    """
    chosen = {name: measure_named(measure, key=f"plan.indicators.{name}.measured") for name, measure in names.items()}
    measures = list({measure.name: measure for measure in chosen.values()}.values())
    if not measures:
        return {}
    counts = [group_counts(records, measure, groups=("locality",)) for measure in measures]
    year = measured_shares(safe.measures(pd.concat(counts, ignore_index=True)))
    exact = met_and_of(measure_counts(records, measures, quarters=LEARNED_FROM))
    return {name: _of(measure, year, quarters=exact) for name, measure in chosen.items()}


def _of(measure: Measure, year: pd.DataFrame, *, quarters: pd.DataFrame) -> MeasuredShare:
    latest = year[year["measure"].eq(measure.name) & year["group"].eq(ALL)].iloc[0]
    mine = quarters[quarters["measure"].eq(measure.name) & quarters["group"].eq(ALL)]
    value, low, high = (float(latest[name]) for name in ("value", "low", "high"))
    return MeasuredShare(measure.definition, value, low, high, str(latest["period"]), mine[["met", "of"]])
