"""One of every kind of report, written from what other tests make up, for tests that hold for all pages alike.

To add a kind: one line in `REPORTS`. A test fails for a `write_…` of `ehforecast.reports` that has none.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

from audit_sample import sample_advice
from board_sample import TOLD, whole_pack
from builders import make_demand_result, past_months
from compare_sample import kept
from explain_sample import datasheet, explain_advice, model_card, transparency
from flow_sample import invented_flows
from past_sample import figures_result
from plans import invented_plan
from quality_sample import BROKEN, checked, facts_of, facts_of_everything_broken
from risk_result import risk_result

from ehforecast.advisory import release
from ehforecast.advisory.flow_advice import release_flows
from ehforecast.advisory.past_advice import release_past
from ehforecast.advisory.plan_advice import release_plan
from ehforecast.advisory.risk_advice import release_risk
from ehforecast.advisory.sign_off import Reviewer, sign
from ehforecast.pipelines.forecast_fairness import audit_places
from ehforecast.reports import write_demand_report, write_quality_report, write_risk_report
from ehforecast.reports.board_page import write_board_report, write_place_report
from ehforecast.reports.compare_page import write_comparison
from ehforecast.reports.datasheet_page import write_datasheet
from ehforecast.reports.explain_page import write_explain_report
from ehforecast.reports.fairness_page import write_fairness_report
from ehforecast.reports.flow_page import write_flow_report
from ehforecast.reports.index_page import write_index
from ehforecast.reports.model_card_page import write_model_card
from ehforecast.reports.past_page import write_past_report
from ehforecast.reports.plan_page import write_plan_report
from ehforecast.reports.transparency_page import write_transparency_record
from ehforecast.tracking.run_comparison import compare_runs

FORBIDDEN = re.compile(
    r"\b(decisions?|actions?|escalat\w+|priorit\w+|ranks?|ranked|ranking|flag(s|ged)?|threshold met|recommend\w*|"
    r"high[- ]risk child\w*|likely abuser|unbiased|fair)\b",
    re.IGNORECASE,
)
"""Words that order people about, or call a number what no number is."""

RUN = "run-1"
SAID = {"purpose": "planning", "run_id": RUN, "data_source": "Invented. No licence needed."}
READ = SAID | {"reader": "head of early help"}


def _demand(folder: Path) -> Path:
    result = replace(make_demand_result(), tested=past_months())
    return write_demand_report(release(result, **SAID).with_places(audit_places(result)), folder)


def _plan(folder: Path) -> Path:
    return write_plan_report(release_plan(invented_plan(), **READ), folder)


def _risk(folder: Path) -> Path:
    return write_risk_report(release_risk(risk_result("not met"), **READ), folder)


def _fairness(folder: Path) -> Path:
    return write_fairness_report(sample_advice(has_options=True), folder)


def _fairness_without_outcomes(folder: Path) -> Path:
    return write_fairness_report(sample_advice(has_outcome=False), folder)


def _explanations(folder: Path) -> Path:
    return write_explain_report(explain_advice("not met"), folder)


def _model_card(folder: Path) -> Path:
    return write_model_card(model_card(), folder)


def _datasheet(folder: Path) -> Path:
    return write_datasheet(datasheet(), folder)


def _transparency_record(folder: Path) -> Path:
    return write_transparency_record(transparency(), folder)


def _comparison(folder: Path) -> Path:
    return write_comparison(compare_runs(kept("first"), kept("second", data_until="2022-04")), folder)


def _flows(folder: Path) -> Path:
    return write_flow_report(release_flows(invented_flows(), TOLD), folder)


def _past(folder: Path) -> Path:
    return write_past_report(release_past(figures_result(), TOLD), folder)


def _pack(folder: Path) -> Path:
    return write_board_report(whole_pack(), folder)


def _place(folder: Path) -> Path:
    return write_place_report(whole_pack(), "locality_1", folder=folder)


def _quality(folder: Path) -> Path:
    return write_quality_report(facts_of_everything_broken(), folder)


def _quality_of_few(folder: Path) -> Path:
    return write_quality_report(facts_of(checked(BROKEN)), folder)


def _index(folder: Path) -> Path:
    run = folder / RUN
    _demand(run / "forecast")
    _plan(run / "plan")
    sign(run, "plan", reviewer=Reviewer("Ann Lee, head of service", "Bo Kay, analyst"), on=date(2026, 3, 4))
    return write_index(run)


REPORTS: dict[str, tuple[str, Callable[[Path], Path]]] = {
    "forecast": ("write_demand_report", _demand),
    "plan": ("write_plan_report", _plan),
    "risk": ("write_risk_report", _risk),
    "fairness": ("write_fairness_report", _fairness),
    "fairness without outcomes": ("write_fairness_report", _fairness_without_outcomes),
    "explanations": ("write_explain_report", _explanations),
    "model card": ("write_model_card", _model_card),
    "datasheet": ("write_datasheet", _datasheet),
    "transparency record": ("write_transparency_record", _transparency_record),
    "comparison": ("write_comparison", _comparison),
    "flows": ("write_flow_report", _flows),
    "past": ("write_past_report", _past),
    "pack": ("write_board_report", _pack),
    "pack of a place": ("write_place_report", _place),
    "quality": ("write_quality_report", _quality),
    "quality of few": ("write_quality_report", _quality_of_few),
    "index": ("write_index", _index),
}
"""By kind: the function that writes it, and how the tests have one written into a folder of its own."""


def pages_below(folder: Path) -> Callable[[str], Path]:
    """The page of a kind, written below a folder when it is first asked for."""
    return cache(lambda kind: REPORTS[kind][1](folder / kind))
