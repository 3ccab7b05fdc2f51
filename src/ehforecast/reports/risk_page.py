"""The risk research report: whether the estimates deserve to be used, on one page."""

from collections.abc import Iterator
from pathlib import Path

from ehforecast.advisory.risk_advice import (
    RISK_CANNOT_KNOW,
    RISK_NEVER_USE_FOR,
    RISK_STATEMENT,
    RiskAdvice,
    protected_words,
)
from ehforecast.reports import risk_tables as tables
from ehforecast.reports.document import PAGE, Document, Section, document_files
from ehforecast.reports.folder import replace_folder
from ehforecast.reports.risk_charts import calibration_chart, net_benefit_chart
from ehforecast.reports.risk_words import METRICS, verdict_sentence
from ehforecast.reports.words import about_words, as_sentence, per_cent, with_labels
from ehforecast.risk.results import RiskResult

_CARD = {
    "definition": "What counts",
    "decided_by": "Who decides it",
    "misses": "What it misses",
    "surveillance": "How being watched feeds it",
    "never_read_as": "What it must not be read as",
}


def write_risk_report(advice: RiskAdvice, folder: Path) -> Path:
    """Write the page and its tables into a folder of their own; returns the path of the page."""
    replace_folder(folder, document_files(risk_document(advice)))
    return folder / PAGE


def risk_document(advice: RiskAdvice) -> Document:
    """The report of one question."""
    result = advice.result
    return Document(
        strap="Risk research: advice to people, never a decision",
        title="Can records tell?",
        subtitle=as_sentence(result.outcome),
        lead=verdict_sentence(result.verdict, outcome=result.outcome),
        facts=(
            ("Verdict", result.verdict),
            ("Share with the event before the test", per_cent(result.rate_before_test)),
            ("Share in the test", per_cent(result.rate_in_test)),
            ("Window", f"{result.horizon_days:.0f} days"),
            ("Made for", f"{advice.purpose}, read by {advice.reader}"),
            ("Bar sealed before the test, SHA-256", result.bar_sha256),
        ),
        statement=RISK_STATEMENT,
        never=RISK_NEVER_USE_FOR,
        sections=tuple(_sections(result)),
        run_id=advice.run_id,
        source=advice.data_source,
        purpose=advice.purpose,
        reader=advice.reader,
        extra={"bar": result.bar_text, "bar_sha256": result.bar_sha256, "parameters": dict(result.parameters)},
    )


def _sections(result: RiskResult) -> Iterator[Section]:
    sealed = "The bar was written down and sealed before the test period was opened; a later change would be found."
    yield Section(
        "verdict", "The verdict", (sealed,), tables=(tables.bars_table(result), tables.conditions_table(result))
    )
    yield Section(
        "label", "What is estimated", terms=tuple((_CARD[name], str(result.label_card[name])) for name in _CARD)
    )
    apart = "Families are never in two periods."
    left_out = () if result.left_out.empty else (tables.left_out_table(result),)
    who = (tables.counts_table(result), *left_out, tables.follow_up_table(result))
    yield Section("who", "Who was looked at", (apart,), tables=who)
    worth = "A method that nobody can follow must be better than simple ones to be worth it."
    compared = (tables.performance_table(result), tables.differences_table(result), tables.points_table(result))
    measures = tuple(METRICS.values())
    yield Section("performance", "How well it did, beside simple methods", (worth,), measures, tables=compared)
    yield from _believed_and_used(result)
    yield from _for_whom(result)
    yield Section("limits", "What these figures cannot know", terms=RISK_CANNOT_KNOW, lines=_notes(result))
    yield Section("method", "How it was done", lines=_method(result))


def _believed_and_used(result: RiskResult) -> Iterator[Section]:
    curve = tables.trees_of(result.calibration_curve)
    words = "Where estimates can be believed, as many families have the event as the estimates say."
    yield Section(
        "calibration", "Can the estimates be believed?", (words,),
        tables=(tables.calibration_table(curve),), charts=(calibration_chart(curve),),
    )  # fmt: skip
    benefit = (
        "Net benefit counts families helped rightly, less those helped for nothing, weighed by the chance from which "
        "help would be offered. To be of use it must be above helping everybody and above helping nobody."
    )
    yield Section(
        "use", "Would it be of use?", (benefit,),
        tables=(tables.net_benefit_table(result), tables.capacities_table(result)), charts=(net_benefit_chart(result),),
    )  # fmt: skip


def _for_whom(result: RiskResult) -> Iterator[Section]:
    skill = result.by_group[result.by_group["metric"] == "brier_skill"]
    judged = int(skill["can_be_judged"].astype(bool).sum())
    words = f"{judged} of {len(skill)} groups have enough families with the event and without it to be judged."
    yield Section("groups", "For whom it is better or worse", (words,), tables=(tables.groups_table(result),))
    yield Section("steady", "How steady it is", tables=(tables.stability_table(result), tables.learning_table(result)))
    known = f"All of it was recorded before the day of the estimate. {protected_words(result.features)}"
    silent = tables.abstentions_table(result)
    shown = (tables.features_table(result), tables.probes_table(result), *([silent] if silent.rows else []))
    yield Section("features", "What was looked at", (known,), tables=shown)


def _notes(result: RiskResult) -> tuple[str, ...]:
    labels = tables.labels_of(result)
    return tuple(with_labels(note, labels) for note in result.notes)


def _method(result: RiskResult) -> tuple[str, ...]:
    settings = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in result.parameters.items())
    judged = f"{about_words(result.families_in_test)} of the test period could be judged"
    return (
        f"Boosted trees (LightGBM): {settings}. Chosen {result.tuned_on}.",
        f"Adjustment of the estimates: {result.calibration_method.replace('_', ' ')}.",
        f"Ranges: 95%, families resampled whole; {judged}.",
        f"Seed {result.seed}: the same records and settings give the same report.",
    )
