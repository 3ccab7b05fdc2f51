"""Runs kept and recorded as pipelines do, of results made by hand: quick, and whole."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pandas as pd
from builders import make_demand_result
from risk_result import risk_result

from ehforecast.demand.results import ALL_AREAS, DemandResult
from ehforecast.pipelines.one_run import OneRun
from ehforecast.pipelines.recorded import recorded
from ehforecast.risk.explain_results import MembershipResult
from ehforecast.risk.results import RiskResult
from ehforecast.store.files import write_bytes_atomically
from ehforecast.tracking.folder_log import FolderLog
from ehforecast.tracking.run_record import RunRecord, current_versions

RISK = "risk_escalation_after_early_help"
ORIGINS = ("2019-03", "2019-06", "2019-09")


def one_run(private: Path, *, name: str = "northmere", **changes: object) -> OneRun:
    """A run of a configuration; `changes` replace settings."""
    settings: Mapping[str, object] = {
        "title": "Northmere",
        "purpose": "research",
        "forecast": {"horizon_months": 12, "forecasters": ["pooled_season"]},
        **changes,
    }
    inputs = [{"table": "contacts", "file_name": "c6.csv", "file_sha256": "ab" * 32, "rows_used": 10}]
    record = RunRecord(name, settings, inputs, "2022-03", current_versions())
    return OneRun(record, FolderLog(private / name / "runs"), private.parent / "reports")


def demand_result(*, error: float = 0.2) -> DemandResult:
    """A forecast with its accuracy by date in the past."""
    result = make_demand_result()
    rows = [
        {"stage": "report", "forecaster": method, "origin": origin, "metric": metric, "value": error + place / 100,
         "months": 12}
        for method in result.forecasters["forecaster"]
        for place, origin in enumerate(ORIGINS)
        for metric in ("wape", "wql", "mase")
    ]  # fmt: skip
    accuracy = result.accuracy.copy()
    pooled = accuracy["area_code"].eq(ALL_AREAS) & accuracy["metric"].eq("wape")
    accuracy.loc[pooled, "value"] = error
    return replace(result, accuracy_by_origin=pd.DataFrame(rows), accuracy=accuracy)


def trials() -> pd.DataFrame:
    """A search of two trials and two folds."""
    return pd.DataFrame(
        {
            "trial": [0, 1],
            "leaves": [4, 8],
            "trees": [90, 70],
            "logloss": [0.41, 0.4],
            "difference": [0.0, -0.01],
            "se": [0.0, 0.002],
            "chosen": [False, True],
            "logloss_fold_1": [0.4, 0.39],
            "logloss_fold_2": [0.42, 0.41],
        }
    )


def keep_forecast(run: OneRun, *, error: float = 0.2) -> OneRun:
    """The run with a forecast kept, a report published, and both recorded."""
    result = demand_result(error=error)
    with recorded(run):
        run.keep("forecast", result.facts(), frames=result.frames())
        publish(run, "forecast")
    return run


def keep_risk(
    run: OneRun,
    *,
    verdict: str = "met",
    files: Mapping[str, bytes] | None = None,
    private_because: tuple[str, ...] | None = (),
) -> RiskResult:
    """A question kept and recorded; `files` are those of its model; `private_because`, of its gate, which may lack."""
    result = risk_result(verdict, trials=trials())
    with recorded(run):
        if private_because is not None:
            gate = MembershipResult(pd.DataFrame({"auc": [0.5]}), 400, 400, 50, private_because)
            run.keep(RISK.replace("risk", "membership"), gate.facts(), frames=gate.frames())
        run.keep(RISK, result.facts(), frames=result.frames())
        for name, data in (files or {}).items():
            write_bytes_atomically(run.step(RISK) / "model" / name, data)
        publish(run, RISK)
    return result


def publish(run: OneRun, step: str) -> None:
    """A report of a few files."""
    folder = run.report(step)
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("index.html", "accuracy.csv", "tables.xlsx"):
        (folder / name).write_bytes(f"{step} {name}".encode())
