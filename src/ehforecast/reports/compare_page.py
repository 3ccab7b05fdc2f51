"""Two runs beside each other, on one page for the analyst: what differs in data, settings, versions and scores."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from ehforecast.advisory.statement import RUN_NEVER_USE_FOR, RUN_STATEMENT
from ehforecast.reports.compare_charts import dates_chart, drawn_scores, scores_chart
from ehforecast.reports.compare_words import (
    CHANCE,
    LOWER_IS_BETTER,
    OTHER_PAST,
    change_words,
    date_words,
    lead,
    limit_words,
    metric_words,
)
from ehforecast.reports.document import PAGE, Document, Section, document_files
from ehforecast.reports.folder import replace_folder
from ehforecast.reports.page_table import Column, PageTable
from ehforecast.reports.words import as_sentence
from ehforecast.tracking.kept_runs import KeptRun
from ehforecast.tracking.run_comparison import ByDate, Difference, RunComparison, Score

_TWO = (
    Column("what", "What", "What differs: a setting by its path, a file, a package."),
    Column("run_a", "Run A", "As it stands in run A."),
    Column("run_b", "Run B", "As it stands in run B."),
)


def write_comparison(found: RunComparison, folder: Path) -> Path:
    """Write the page and its tables into a folder of their own; returns the path of the page."""
    replace_folder(folder, document_files(comparison_document(found)))
    return folder / PAGE


def comparison_document(found: RunComparison) -> Document:
    """The page."""
    first, second = found.first, found.second
    return Document(
        strap="Two runs compared: for the analyst",
        title="What differs",
        subtitle=f"{first.run_id} and {second.run_id}",
        lead=lead(found),
        facts=(("Run A", first.run_id), ("Run B", second.run_id), ("A made", _made(first)), ("B made", _made(second))),
        statement=(RUN_STATEMENT, "This page compares methods. It says nothing about a child, a family or a worker."),
        never=RUN_NEVER_USE_FOR,
        sections=tuple(_sections(found)),
        run_id=f"{first.run_id}, {second.run_id}",
        source="The records of both runs.",
        purpose="research",
        reader="the analyst",
        data_until=str(second.record["data_until"]),
    )


def _made(run: KeptRun) -> str:
    """Commit and time, as far as they were kept."""
    commits = {str(notes.made.get("code", {}).get("commit", ""))[:12] for notes in run.steps.values()} - {""}
    when = run.made_at.replace("T", " ").removesuffix("Z")
    return f"{when} UTC, commit {', '.join(sorted(commits))}" if when else "time not kept"


def _sections(found: RunComparison) -> Iterator[Section]:
    yield _differences("data", "Data", rows=found.data, same="Both read the same files, to the byte.")
    yield _differences("settings", "Settings", rows=found.settings, same="Both were made with the same settings.")
    yield _differences("versions", "Versions", rows=found.versions, same="Both were made with the same versions.")
    if found.steps_of_one:
        yield _differences("steps", "Steps of one run alone", rows=found.steps_of_one)
    if found.answers:
        yield _differences("answers", "Answers", rows=found.answers)
    for step in dict.fromkeys(score.step for score in found.scores):
        yield _scores(step, [score for score in found.scores if score.step == step], dated=found.by_date)


def _differences(anchor: str, heading: str, *, rows: Sequence[Difference], same: str = "") -> Section:
    if not rows:
        return Section(anchor, heading, (same,))
    cells = [(row.what, row.first, row.second) for row in rows]
    return Section(anchor, heading, tables=(PageTable(anchor, f"{heading} that differ", _TWO, cells),))


def _scores(step: str, scores: Sequence[Score], *, dated: Sequence[ByDate]) -> Section:
    lines = [line for line in dated if line.step == step and line.name in LOWER_IS_BETTER]
    drawn = drawn_scores(scores)
    charts = ([scores_chart(step, drawn)] if drawn else []) + [dates_chart(line) for line in lines]
    tables = [_scores_table(step, scores), *(_dates_table(line) for line in lines)]
    words = step.replace("_", " ")
    return Section(
        f"scores-{words.replace(' ', '-')}",
        f"Scores: {words}",
        (CHANCE,) if all(score.is_same_task for score in scores) else (OTHER_PAST, CHANCE),
        lines=tuple(as_sentence(date_words(line)) for line in lines),
        tables=tuple(tables),
        charts=tuple(charts),
    )


def _scores_table(step: str, scores: Sequence[Score]) -> PageTable:
    columns = (
        Column("figure", "Figure", "The figure, in words."),
        Column("run_a", "Run A", "Of run A.", kind="number", places=3),
        Column("run_a_limits", "A, 95% limits", "95% limits where the step gives them."),
        Column("run_b", "Run B", "Of run B.", kind="number", places=3),
        Column("run_b_limits", "B, 95% limits", "95% limits where the step gives them."),
        Column("change", "B beside A", "How B stands to A, and whether that is the better way where there is one."),
    )
    rows = [
        (as_sentence(metric_words(score.name)), score.first, _limits(score.first_limits), score.second,
         _limits(score.second_limits), change_words(score))
        for score in scores
    ]  # fmt: skip
    return PageTable(f"scores_{step}", f"Figures of step {step.replace('_', ' ')} in both runs", columns, rows)


def _limits(limits: tuple[float, float]) -> str:
    return limit_words(limits).strip(" []") or "not given"


def _dates_table(line: ByDate) -> PageTable:
    columns = (
        Column("date", "Date in the past", "Its place among the dates from which was forecast, the earliest first."),
        Column("run_a", "Run A", "Of run A.", kind="share", places=1),
        Column("run_b", "Run B", "Of run B.", kind="share", places=1),
    )
    rows = [(str(place), a, b) for place, (a, b) in enumerate(zip(line.first, line.second, strict=True), start=1)]
    caption = f"{as_sentence(metric_words(line.name))} by date in the past"
    return PageTable(f"by_date_{line.step}_{line.name}", caption, columns, rows, is_folded=True)
