"""A plan as a notebook uses it: how many people it takes, what if, and whether targets will be met."""

from dataclasses import dataclass, field

import pandas as pd

from ehforecast.demand.plan_results import PlanResult
from ehforecast.reports.notebook_plots import Axes, plot_staffing
from ehforecast.workbench.shown import Shown


@dataclass(frozen=True, repr=False)
class Planned(Shown):
    """A plan for one area; see `Records.plan` and `Figures.plan`. People are full-time, chances from 0 to 1.

    Formulas and sources: `docs/methods/plans.md`. A plan counts hours and days, not what helps a family.

    Attributes:
        result: everything: assumptions, people needed, waiting, scenarios, targets.
    """

    result: PlanResult = field(repr=False)

    def lines(self) -> tuple[str, ...]:
        plan = self.result
        told = []
        for row in plan.workers_for.sort_values("chance").drop_duplicates("promise").to_dict("records"):
            now = f"with {row['workers_now']:g} {plan.workers} the chance to keep it is {row['chance_now']:.0%}"
            told.append(f"{row['promise']} ({row['share']:.0%} within {row['within_days']:g} days): {now}.")
        rests = f"it rests on {len(plan.assumptions)} assumptions"
        first = f"{plan.area_name}, {plan.counted}, after {plan.data_until}; {rests}."
        return (first, *told)

    def to_frame(self) -> pd.DataFrame:
        """For each promise: how many people it takes to keep it with a chance of one half, 80% and 95%."""
        names = ["promise", "chance", "workers", "low", "high", "workers_now", "chance_now"]
        return self.result.workers_for[names]

    def targets(self) -> pd.DataFrame:
        """Each indicator: where it stands, what is asked, the chance to get there, and how often others got there."""
        names = ["indicator", "current", "target", "target_by", "chance", "base_rate", "usual_return", "basis_words"]
        return self.result.targets[[name for name in names if name in self.result.targets]]

    def scenarios(self) -> pd.DataFrame:
        """What each change of the inputs would make of it: assumptions, not forecasts."""
        return self.result.scenarios

    def plot(self) -> Axes:
        """The chance to keep each promise, by how many people there are."""
        return plot_staffing(self.result.staffing, workers=self.result.workers)
