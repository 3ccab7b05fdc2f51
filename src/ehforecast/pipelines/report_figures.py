"""Figures of a plan and of an audit as the experiment record shows them: those of the report, each with its range."""

from collections.abc import Hashable, Iterator, Mapping
from typing import Any

import pandas as pd

from ehforecast.demand.plan_results import PlanResult
from ehforecast.risk.fairness_results import MEASURED, FairnessResult
from ehforecast.tracking.experiment_run import Figure, plain_name

PEOPLE_NEEDED = "people_needed"
_FORMS = ("{}", "limits/{} lower", "limits/{} upper")
_ENDS = dict(zip((0.5, 0.1, 0.9), _FORMS, strict=True))


def plan_figures(result: PlanResult) -> Iterator[Figure]:
    """Workers for each promise, people needed and the chance that those in post are enough month by month, targets."""
    for row in result.workers_for.to_dict("records"):
        name = f"workers for {row['promise']}/chance {row['chance']:g}"
        yield from _ranged(name, (row["workers"], row["low"], row["high"]))
    needed = result.capacity[result.capacity["measure"].eq(PEOPLE_NEEDED)]
    for level, form in _ENDS.items():
        yield from _stepped(form.format("people needed"), needed.loc[needed["level"].eq(level), "value"])
    yield from _stepped("chance that those in post are enough", result.enough["chance_enough"])
    for row in result.targets.to_dict("records"):
        yield Figure(plain_name(f"chance of target/{row['indicator']}"), float(row["chance"]))


def audit_figures(result: FairnessResult) -> Iterator[Figure]:
    """Every figure of a group that can be judged, and its gap to those it is compared with.

    ``result``: as it may be shown, counts protected.
    """
    measured = result.metrics[result.metrics["standing"].eq(MEASURED) & result.metrics["value"].notna()]
    for row in measured.to_dict("records"):
        name = f"{_at(row)} by {row['view']}/{row['group']}"
        yield from _ranged(name, (row["value"], row["lower"], row["upper"]))
    gaps = result.gaps[result.gaps["standing"].eq(MEASURED) & result.gaps["difference"].notna()]
    for row in gaps.to_dict("records"):
        name = f"gap in {_at(row)} by {row['view']}/{row['group']} less {row['compared_with']}"
        yield from _ranged(name, (row["difference"], row["lower"], row["upper"]))


def _at(row: Mapping[Hashable, Any]) -> str:
    edge = row["band_edge"]
    return str(row["metric"]) if pd.isna(edge) else f"{row['metric']} at {edge}"


def _ranged(name: str, values: tuple[float, float, float]) -> Iterator[Figure]:
    """A figure and both ends of its range."""
    for form, value in zip(_FORMS, values, strict=True):
        yield Figure(plain_name(form.format(name)), float(value))


def _stepped(name: str, values: "pd.Series[float]") -> Iterator[Figure]:
    return (Figure(plain_name(name), float(value), month) for month, value in enumerate(values, start=1))
