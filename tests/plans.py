"""A plan for an invented council, small enough to be made in a moment, and its result."""

from datetime import date
from typing import Literal

import numpy as np
import pandas as pd
import yaml

from ehforecast.demand.plan.assumptions import Assumption, certain
from ehforecast.demand.plan.capacity import WorkSettings
from ehforecast.demand.plan.make import PanelInputs, PlanInputs, make_plan
from ehforecast.demand.plan.panels import PanelPlan
from ehforecast.demand.plan.paths import split_volume, stated_paths
from ehforecast.demand.plan.scenario import Scenario, StaffChange, VolumeChange
from ehforecast.demand.plan.staffing import Caseload, Promise
from ehforecast.demand.plan.targets import Indicator, StatedFigure
from ehforecast.demand.plan.watched import CountTarget, OfficialRates, Watched
from ehforecast.demand.plan_results import PlanResult

MONTHS = pd.period_range("2022-04", periods=6, freq="M")
YEARS = [str(year) for year in range(2014, 2023)]


def _about(name: str, middle: float, spread: float = 0.1, unit: str = "hours") -> Assumption:
    return Assumption(name, middle * (1 - spread), middle, middle * (1 + spread), unit, "invented for this test")


def invented_inputs(workers: float = 10.0) -> PlanInputs:
    """A council of ten workers with nine families each, who stay ten weeks; about 39 families come in a month."""
    shares = {"police": _about("plan.sources.police.share", 0.6), "schools": _about("plan.sources.schools.share", 0.4)}
    counted = stated_paths(_about("plan.per_month", 39.0), MONTHS, number=80, seed=7)
    one = certain("plan.families_per_count", 1.0, unit="families", reason="invented for this test")
    weeks, staff = (
        _about("plan.work.weeks_open", 10.0),
        certain("plan.work.workers", workers, unit="", reason="invented"),
    )
    work = WorkSettings(
        minutes_per_contact=dict.fromkeys(shares, _about("plan.every_source.minutes", 60.0)),
        share_opened=dict.fromkeys(shares, certain("plan.every_source.opened", 1.0, unit="", reason="invented")),
        weeks_open=weeks, hours_per_case_week=_about("plan.work.hours_per_case_week", 3.0),
        hours_per_worker_week=_about("plan.work.hours_per_worker_week", 29.0, 0.05), workers=staff,
        cases_open=certain("plan.work.families_open", 85, unit="families", reason="invented"), seed=7,
    )  # fmt: skip
    held = certain("plan.work.families_per_worker", 9.0, unit="families", reason="invented")
    return PlanInputs(
        area_name="Northmere", area_code="E1", data_until="2022-03", counted="families who come",
        workers_word="workers",
        volume=split_volume(counted, shares, scale=one, seed=7), work=work,
        caseload=Caseload(held, weeks, families_open=85, seed=7),
        promises={"help within ten days": Promise(10, 0.9), "help within five days": Promise(5, 0.9)},
        workers=(6.0, 8.0, 10.0, 12.0, 16.0), words={"plan.work.weeks_open": "Weeks a family stays"},
        panels=PanelInputs(PanelPlan(date(2022, 4, 6), 8), _about("plan.panels.share", 0.25)),
        scenarios=_scenarios(), watched=_watched(), official={"re_referrals_share": _rates()}, stated=(one, held),
        notes=("Invented.",),
    )  # fmt: skip


def _scenarios() -> tuple[Scenario, ...]:
    more = VolumeChange(("schools",), _about("plan.scenarios.hub.factor", 1.2, 0.05), date(2022, 6, 1))
    away = StaffChange(_about("plan.scenarios.away.factor", 0.9, 0.05), date(2022, 7, 1))
    return (
        Scenario("A hub opens", "A hub opens in June.", (more,)),
        Scenario("Absence", "From July one worker in ten is away.", (), (away,)),
    )


def _watched() -> tuple[Watched, ...]:
    by = date(2023, 3, 31)
    low: Literal["lower"] = "lower"
    stated = (StatedFigure(15.4, "2014", "strategy"), StatedFigure(9.0, "2022", "strategy", of=65))
    return (
        Watched(Indicator("Return", "again, of all closed", "percent", low, 25.0, by,
                          (StatedFigure(33.2, "2022", "scorecard"),)), yardstick="re_referrals_share"),
        Watched(Indicator("CSC return", "again, of all", "percent", low, 15.0, by, stated, "re_referrals_share")),
        Watched(Indicator("Health", "led by health, of all", "percent", "higher", 15.0, by,
                          (StatedFigure(2, "2022", "narrative"), StatedFigure(3, "2022", "scorecard")))),
        Watched(Indicator("Reached", "families reached", "families", "higher", 300, by),
                count=CountTarget(100, ("police", "schools"), certain("c", 1.0, unit="", reason="invented"))),
        Watched(Indicator("In time", "served in ten days, of all", "percent", "higher", 90, by),
                promise="help within ten days"),
        Watched(Indicator("Reviews", "reviews on time, of all", "percent", "higher", 85, by)),
    )  # fmt: skip


def _rates() -> OfficialRates:
    values = np.clip(np.random.default_rng(3).normal(20, 5, (40, 9)), 5, 45)
    rates = pd.DataFrame(values, index=[f"E{number}" for number in range(40)], columns=YEARS)
    return OfficialRates("referrals within 12 months of an earlier one, of all", rates, rates * 0 + 2000)


def invented_plan() -> PlanResult:
    """The plan for that council."""
    return make_plan(invented_inputs())


def plan_section() -> dict[str, object]:
    """A section `plan` of a configuration of synthetic councils."""

    def about(middle: float) -> dict[str, object]:
        return {"low": middle * 0.9, "central": middle, "high": middle * 1.1, "reason": "invented"}

    exact = {"value": 1.0, "reason": "invented"}
    return {
        "area": "Northmere", "reader": "head of early help", "counted": "families who come",
        "workers_called": "workers",
        "families_per_count": about(0.5), "every_source": {"minutes": about(60.0), "opened": exact},
        "sources": {"police": {"share": about(0.6)}, "schools": {"share": about(0.4), "minutes": about(90.0)}},
        "work": {
            "weeks_open": about(4.0), "hours_per_case_week": about(3.0), "hours_per_worker_week": about(29.0),
            "workers": {"value": 20, "reason": "invented"}, "families_per_worker": about(9.0),
            "families_open": {"value": 150, "reason": "invented"},
        },
        "workers_tried": [15, 25, 40], "futures": 50, "seed": 3,
        "promises": {"help within ten days": {"within_days": 10, "share": 0.9, "source": "invented"}},
        "panels": {"first_on": date(2024, 4, 3), "capacity": {"value": 30, "reason": "invented"}, "share": about(0.2)},
        "scenarios": {
            "A hub opens": {"words": "A hub opens in June.", "volume": [
                {"sources": ["schools"], "factor": about(1.2), "begins": date(2024, 6, 1)}]},
            "Absence": {"words": "One in ten is away.", "staff": [{"factor": about(0.9), "begins": date(2024, 7, 1)}]},
        },
        "indicators": {
            "Reached": {
                "definition": "families reached", "unit": "families", "better": "higher", "target": 900,
                "by": date(2025, 3, 31), "source": "invented",
                "count": {"so_far": {"value": 10, "reason": "invented"}, "sources": ["police"], "share": exact},
            },
            "Health": {
                "definition": "led by health, of all", "unit": "percent", "better": "higher", "target": 15,
                "by": date(2025, 3, 31), "source": "invented",
                "stated": [{"value": 2, "period": "2023", "source": "narrative"},
                           {"value": 3, "period": "2023", "source": "scorecard"}],
            },
        },
    }  # fmt: skip


def as_yaml(content: dict[str, object]) -> str:
    """As a configuration is written, without aliases."""

    class Plain(yaml.SafeDumper):
        def ignore_aliases(self, _: object) -> bool:
            return True

    return yaml.dump(content, Dumper=Plain, sort_keys=False)
