"""The door for plans: no number without its range, no scenario without its label, no assumption without its reason."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import pandas as pd

from ehforecast.advisory.demand_protection import RULES
from ehforecast.advisory.letterhead import Letterhead, missing_of_run
from ehforecast.demand.plan_results import NO_BASIS, PROMISE_CHANCES, SCENARIO_LABEL, YARDSTICK, PlanResult
from ehforecast.errors import ReleaseRefused

RANGE_LEVELS = (0.1, 0.5, 0.9)

PLAN_STATEMENT = (
    (
        "This plan is advice to people who plan services. It is never a decision. A person who knows the service must "
        "weigh it beside what they know, and may set it aside."
    ),
    (
        "It adds up many families. It says nothing about any one of them. Much in it was assumed, not measured: every "
        "assumption stands in a table below with its reason. Put your own figures in their place."
    ),
)
PLAN_NEVER_USE_FOR = (
    "to decide anything about a child or a family",
    "to turn families away, or to close cases sooner",
    "to judge the work of a person, a team or a council",
    "as the only reason to cut or add posts",
)
PLAN_CANNOT_KNOW = (
    ("How good the help is", "The plan counts hours and days. It does not know what helps a family."),
    ("What people do under pressure", "Workers may close cases sooner when many wait. The plan assumes they do not."),
    ("Need that nobody reports", "Families who need help and never ask are not in the figures."),
    ("Sudden change", "New laws, a new front door or a shock in the news change what comes, and all that follows."),
    ("Who knows what", "Workers are counted as alike. A team with the wrong skills needs more than the plan says."),
)


@dataclass(frozen=True)
class PlanAdvice(Letterhead):
    """A plan that carries its evidence. One that lacks any cannot be made.

    Attributes:
        result: the plan.
    """

    result: PlanResult

    def __post_init__(self) -> None:
        missing = [*missing_of_run(self), *missing_of_plan(self.result)]
        if missing:
            raise ReleaseRefused(missing)


def protect_volume(volume: pd.DataFrame, hidden: Collection[str]) -> pd.DataFrame:
    """What comes, of a council's records: without series that have a hidden month, and rounded as counts are.

    A month ahead can be last year's times a number that the plan prints, so its middle would give last year's back.
    """
    kept = volume[~volume["series"].isin(list(hidden))]
    unit = RULES.round_to
    return kept.assign(value=unit * (kept["value"].astype(float) / unit).round() + 0.0).reset_index(drop=True)


def release_plan(result: PlanResult, *, purpose: str, reader: str, run_id: str, data_source: str) -> PlanAdvice:
    """Turn a plan into advice, or raise `ReleaseRefused` listing all the evidence that is missing."""
    return PlanAdvice(result, purpose=purpose, reader=reader, run_id=run_id, data_source=data_source)


def missing_of_plan(result: PlanResult) -> Iterator[str]:
    """Everything a plan lacks before anybody may be advised by it."""
    yield from _missing_of_assumptions(result.assumptions)
    yield from _missing_ranges("what comes", result.volume, by=["period", "series"])
    yield from _missing_ranges("people needed", result.capacity, by=["period", "measure"])
    yield from _missing_of_staffing(result)
    yield from _missing_of_scenarios(result.scenarios)
    yield from _missing_of_promises(result.promises_if)
    yield from _missing_of_targets(result.targets)
    if len(result.panels) and bool(result.panels.isna().to_numpy().any()):
        yield "the range of every panel's agenda"


def _missing_of_assumptions(assumptions: pd.DataFrame) -> Iterator[str]:
    if assumptions.empty:
        yield "the table of what was assumed"
        return
    for row in assumptions.to_dict("records"):
        if not str(row["reason"]).strip():
            yield f"the reason of the assumption '{row['name']}'"
        if not float(row["low"]) <= float(row["central"]) <= float(row["high"]):
            yield f"the range of the assumption '{row['name']}'"


def _missing_ranges(what: str, frame: pd.DataFrame, *, by: list[str]) -> Iterator[str]:
    """Every number must come with its middle and both ends of its 80% range, in order."""
    if frame.empty:
        yield f"{what}, with its range"
        return
    wide = frame.pivot_table(index=by, columns="level", values="value", dropna=False)
    if any(level not in wide for level in RANGE_LEVELS) or bool(wide.isna().to_numpy().any()):
        yield f"the range of {what}"
    elif bool((wide.diff(axis=1).iloc[:, 1:] < -1e-9).to_numpy().any()):
        yield f"the range of {what}, its ends in order"


def _missing_of_staffing(result: PlanResult) -> Iterator[str]:
    if result.staffing.empty or result.staffing.isna().to_numpy().any():
        yield "the chance of keeping each promise, with its range"
    told = set(result.workers_for["chance"]) if len(result.workers_for) else set()
    yield from (f"the workers for a chance of {chance}" for chance in PROMISE_CHANCES if chance not in told)
    if len(result.workers_for) and result.workers_for[["low", "high", "chance_now"]].isna().to_numpy().any():
        yield "the range of the workers needed"


def _missing_of_scenarios(scenarios: pd.DataFrame) -> Iterator[str]:
    if scenarios.empty:
        return
    for name, part in scenarios.groupby("scenario", sort=False):
        if set(part["label"]) != {SCENARIO_LABEL}:
            yield f"the label '{SCENARIO_LABEL}' on the scenario '{name}'"
        if set(part["part"]) != {"base", "changed", "difference"}:
            yield f"base, changed and difference of the scenario '{name}'"
        yield from _missing_ranges(f"the scenario '{name}'", part, by=["part", "period", "measure"])


def _missing_of_promises(promises: pd.DataFrame) -> Iterator[str]:
    if promises.empty:
        return
    if set(promises["label"]) != {SCENARIO_LABEL}:
        yield f"the label '{SCENARIO_LABEL}' on every promise under a scenario"
    if promises[["chance_kept", "share_low", "share_high"]].isna().to_numpy().any():
        yield "the chance of every promise under a scenario, with its range"


def _missing_of_targets(targets: pd.DataFrame) -> Iterator[str]:
    for row in targets.to_dict("records"):
        name = row["indicator"]
        if not str(row["definition"]).strip():
            yield f"the definition of '{name}'"
        if pd.isna(row["current_low"]) and not str(row["no_range_because"]).strip():
            yield f"the range of the current value of '{name}', or why there is none"
        if row["basis"] in (NO_BASIS, YARDSTICK):
            if pd.notna(row["chance"]):
                yield f"what the chance of '{name}' rests on"
        elif pd.isna(row["chance"]) or pd.isna(row["forecast_low"]) or pd.isna(row["forecast_high"]):
            yield f"the chance of '{name}', with the range of its forecast"
