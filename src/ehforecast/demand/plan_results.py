"""All that a plan can say: people needed, chances of keeping promises, panels, what if, and chances of targets."""

from dataclasses import dataclass, field

import pandas as pd

from ehforecast.kept_result import KeptResult

SCENARIO_LABEL = "assumption, not a forecast"
"""What every scenario is called, wherever it is shown."""

PROMISE_CHANCES = (0.5, 0.8, 0.95)
"""Chances of keeping a promise for which the workers needed are given."""

OFFICIAL, YARDSTICK, COUNT, PROMISE, NO_BASIS = "official", "yardstick", "count", "promise", "none"
MEASURED = "measured"
"""What a target's chance rests on: the official figure of the same definition; another definition held beside it as a
yardstick, never mixed with it; paths of a count; the waits worked out for a promise; nothing that is known; or the
quarters counted in the council's own records."""


@dataclass(frozen=True)
class PlanResult(KeptResult):
    """One plan for one area.

    Attributes:
        area_name: for whom.
        data_until: last month known, ``"2017-03"``.
        counted: what comes and is planned for, in words ("families who ask for early help").
        workers: what the workers are called.
        seed: of every random number.
        assumptions: ``name`` (key of the configuration), ``words, low, central, high, unit, reason``.
        volume: what comes: ``period, series, level, value``; ``series`` "all" for all together.
        capacity: ``period, measure`` (contact_hours, case_hours, cases_open, people_needed, backlog_hours,
            families_per_worker), ``level, value``.
        enough: ``period, chance_enough``: that the people in post do all the work and leave nothing over.
        staffing: ``promise, workers, chance_kept, share_in_time, share_low, share_high`` (80% range).
        workers_for: ``promise, within_days, share, chance, workers`` (infinity where none of those tried does),
            ``workers_now, chance_now, low, high`` (workers needed: 80% range over futures).
        panels: ``panel_on, cases_low, cases, cases_high`` (80% range), ``chance_over, capacity``.
        scenarios: ``scenario, words, label, part`` (base, changed, difference), ``period, measure, level, value``.
        promises_if: the workers in post under each scenario: ``scenario, label, promise, within_days, share,
            chance_kept_base, share_in_time_base, share_low_base, share_high_base`` and the same with the change.
        drivers: ``driver, low, high, people_at_low, people_at_high, swing``.
        targets: one row per indicator: ``indicator, definition, unit, better, target, target_by, current, current_low,
            current_high, no_range_because, current_from, forecast_low, forecast, forecast_high`` (80% range),
            ``chance, basis, basis_words, base_rate, comparable, like_rate, like_starts, usual_return``; NaN where not
            known.
        stated: every figure stated for an indicator: ``indicator, period, value, low, high, source, of``.
        conflicts: ``indicator, period, stated, stated_by, official``: both figures, never averaged.
        notes: what the reader must know, a sentence each: ``note``.
    """

    area_name: str
    data_until: str
    counted: str
    workers: str
    seed: int
    assumptions: pd.DataFrame
    volume: pd.DataFrame
    capacity: pd.DataFrame
    enough: pd.DataFrame
    staffing: pd.DataFrame
    workers_for: pd.DataFrame
    drivers: pd.DataFrame
    panels: pd.DataFrame = field(default_factory=pd.DataFrame)
    scenarios: pd.DataFrame = field(default_factory=pd.DataFrame)
    promises_if: pd.DataFrame = field(default_factory=pd.DataFrame)
    targets: pd.DataFrame = field(default_factory=pd.DataFrame)
    stated: pd.DataFrame = field(default_factory=pd.DataFrame)
    conflicts: pd.DataFrame = field(default_factory=pd.DataFrame)
    notes: pd.DataFrame = field(default_factory=pd.DataFrame)
