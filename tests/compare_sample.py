"""Kept runs made by hand, to be compared."""

from pathlib import Path

from ehforecast.tracking.experiment_run import ExperimentRun, Figure
from ehforecast.tracking.kept_runs import KeptRun
from ehforecast.tracking.run_comparison import DATES
from ehforecast.tracking.step_notes import StepNotes

HEADLINE = {"wape": 0.2, "coverage80": 0.8, "bias": -0.05, "auroc": 0.7, "method": "ets", "is_whole": True}


def kept(run_id: str, *, dates: str = "a, b", **changes: object) -> KeptRun:
    """A run; `changes` replace parts of its record, or `headline` figures of its step."""
    headline = {**HEADLINE, **changes.pop("headline", {})}  # type: ignore[dict-item] # given by tests below
    steps = changes.pop("steps", ("forecast",))
    figures = tuple(Figure("by origin/wape", headline["wape"], step) for step in (1, 2))  # type: ignore[arg-type]
    limits = (Figure("limits/auroc lower", 0.6), Figure("limits/auroc upper", 0.8))
    experiment = ExperimentRun("e", run_id, run_id, {DATES: dates}, (*figures, *limits))
    made = {"started_at": "2026-11-23T09:00:00Z", "seconds": 1.0, "code": {"commit": "ab" * 20}}
    record = {
        "name": "northmere",
        "settings": {"forecast": {"horizon_months": 12}},
        "inputs": [{"table": "contacts", "file_name": "c.csv", "file_sha256": "ab" * 32, "rows_used": 1200}],
        "data_until": "2022-03",
        "versions": {"numpy": "2.3.0", "ehforecast source": "ab"},
        "contracts": {"contacts": ["1.0.0"]},
        **changes,
    }
    notes = {step: StepNotes(step, headline, {}, made, experiment) for step in steps}  # type: ignore[attr-defined]
    return KeptRun(run_id, Path(run_id), record, notes)
