"""The runs a private folder keeps, in words for the screen."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from ehforecast.pipelines.recorded import KEPT_PRIVATE
from ehforecast.reports.words import per_cent
from ehforecast.tracking.kept_runs import KeptRun, kept_runs
from ehforecast.tracking.step_notes import StepNotes

SHARES = {
    "wape": "absolute error {} of the total",
    "coverage80": "80% range held {}",
    "brier_skill": "Brier skill {}",
}
"""Headline figures that are told of a step, as per cent."""

NOTHING = "No run is kept yet; 'ehforecast run CONFIG' makes one."


def run_lines(private: Path, *, name: str = "") -> list[str]:
    """One paragraph for each run, the latest last."""
    runs = kept_runs(private, name=name)
    return [line for run in runs for line in _lines(run)] or [NOTHING]


def _lines(run: KeptRun) -> Iterator[str]:
    made = f"made {run.made_at.replace('T', ' ').removesuffix('Z')} UTC in {run.seconds:,.0f} s" if run.made_at else ""
    facts = [f"configuration {run.record['name']}", f"data until {run.record['data_until']}", made]
    yield run.run_id
    yield f"  {', '.join(fact for fact in facts if fact)}"
    yield from (f"  {step}: {answer_words(notes)}" for step, notes in run.steps.items())
    yield f"  {_released(run)}"
    if run.outdated_because:
        yield f"  {run.outdated_because}"
    if run.waiting:
        yield f"  not yet in the experiment record: {', '.join(run.waiting)}"


def answer_words(notes: StepNotes) -> str:
    """What a step came to, in a few words."""
    said = [*_said(notes.headline), *_figures(notes.headline)]
    return ", ".join(said) or "kept"


def _said(headline: Mapping[str, object]) -> Iterator[str]:
    if "verdict" in headline:
        yield f"bar {headline['verdict']}"
    if "method" in headline:
        yield str(headline["method"]).replace("_", " ")
    if "against_same_season_before" in headline:
        yield f"{headline['against_same_season_before']} against the same season before"
    if KEPT_PRIVATE in headline:
        yield f"{KEPT_PRIVATE} {headline[KEPT_PRIVATE]}"


def _figures(headline: Mapping[str, object]) -> Iterator[str]:
    if isinstance(auroc := headline.get("auroc"), float):
        yield f"AUROC {auroc:.2f}"
    for name, words in SHARES.items():
        if isinstance(value := headline.get(name), float):
            yield words.format(per_cent(value))


def _released(run: KeptRun) -> str:
    reports = sorted({name.partition("/")[0] for name in run.released})
    return f"released: {', '.join(reports)} ({len(run.released)} files)" if reports else "nothing released"
