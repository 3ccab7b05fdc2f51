"""The page on explanations: what drives the estimates, how steadily, for whom, and what nobody can see."""

from collections.abc import Iterator
from pathlib import Path

from ehforecast.advisory.explain_advice import EXPLAIN_NEVER_USE_FOR, EXPLAIN_STATEMENT, ExplainAdvice
from ehforecast.reports import explain_tables as tables
from ehforecast.reports.document import PAGE, Document, Section, document_files
from ehforecast.reports.explain_charts import effect_chart, themes_chart
from ehforecast.reports.explain_words import (
    agreement_sentence,
    lead_sentence,
    single_words,
    steadiness_sentence,
    themes_sentence,
)
from ehforecast.reports.folder import replace_folder
from ehforecast.reports.words import about_words, as_sentence, per_cent
from ehforecast.risk.explain_results import ExplanationResult

QUESTIONS = (
    "Is each theme one you would want to play a part? A reason can work and still be one nobody should use.",
    "Which of these measure families, and which measure how closely services watched them?",
    "Would a family recognise itself in these reasons, and could it correct them?",
    "What do workers know that is in none of these columns?",
)


def write_explain_report(advice: ExplainAdvice, folder: Path, *, cards: int | None = None) -> Path:
    """Write the page and its tables into a folder of their own; returns the path of the page."""
    replace_folder(folder, document_files(explain_document(advice, cards=cards)))
    return folder / PAGE


def explain_document(advice: ExplainAdvice, *, cards: int | None = None) -> Document:
    """The page of one question; `cards`: how many passed the gate, None where none were asked for."""
    result, beside = advice.result, advice.beside
    everything = result.steadiness.iloc[0]
    return Document(
        strap="Risk research: advice to people, never a decision",
        title="What drives the estimates?",
        subtitle=as_sentence(result.outcome),
        lead=lead_sentence(result, beside.result.verdict),
        facts=(
            ("Verdict on the estimates", beside.result.verdict),
            ("Estimates explained", about_words(result.rows)),
            ("Families", about_words(result.families)),
            ("What everybody starts from", per_cent(result.base_chance)),
            ("Reasons that are steady", per_cent(float(everything["value"]))),
            ("Made for", f"{beside.purpose}, read by {beside.reader}"),
        ),
        statement=EXPLAIN_STATEMENT,
        never=EXPLAIN_NEVER_USE_FOR,
        sections=tuple(_sections(advice, cards)),
        run_id=beside.run_id,
        source=beside.data_source,
        purpose=beside.purpose,
        reader=beside.reader,
        extra={"method": result.method, "agreement": result.agreement, "seed": result.seed},
    )


def _sections(advice: ExplainAdvice, cards: int | None) -> Iterator[Section]:
    result = advice.result
    yield Section(
        "drives", "What moves estimates", (themes_sentence(result), _POINTS_WORDS),
        tables=(tables.themes_table(result), tables.features_table(result)), charts=(themes_chart(result),),
    )  # fmt: skip
    yield Section("steady", "How steady are the reasons?", (steadiness_sentence(result), _STEADY_WORDS),
                  tables=(tables.steadiness_table(result),))  # fmt: skip
    yield _bands(result)
    yield from _shapes(result)
    yield from _changes(result)
    yield Section("checked", "Checked another way", (_CHECK_WORDS, agreement_sentence(result.agreement)))
    gaps = tables.gaps_table(result)
    yield Section("unseen", "What the model cannot see", (_UNSEEN_WORDS,), lines=result.cannot_see,
                  tables=(gaps,) if gaps.rows else ())  # fmt: skip
    yield Section("children", "What is given about single children",
                  single_words(is_met=advice.beside.may_show_children, cards=cards))  # fmt: skip
    yield Section("questions", "What to ask", lines=QUESTIONS)
    yield Section("method", "How it was done", lines=_method(result))


_POINTS_WORDS = (
    "Each estimate starts from the same chance for everybody, and what is on record adds points to it or takes some "
    "away. The figures are how large these are on average, whichever way they point."
)
_STEADY_WORDS = (
    "A reason that does not last tells more about which families happened to be in the records than about anybody. It "
    "must not be told to a family or a worker as why."
)
_CHECK_WORDS = (
    "What moves estimates need not make them better. So each feature's values were also dealt out anew among families, "
    "to see how much worse the estimates get."
)
_UNSEEN_WORDS = "No explanation shows what is in no record. It is as much a part of every family's life as what is."


def _bands(result: ExplanationResult) -> Section:
    count = len(result.bands)
    words = (
        "One band is all that records can bear: higher and lower estimates could not be told apart by what came."
        if count == 1
        else f"Records can bear {count} bands: finer ones could not be told apart by what came."
    )
    return Section("bands", "What an estimate is worth", (words,), tables=(tables.bands_table(result.bands),))


def _shapes(result: ExplanationResult) -> Iterator[Section]:
    curves = [curve for _, curve in result.effects.groupby("feature", sort=False)]
    words = (
        "How an estimate that is average in all else goes with one value. These are curves of this model, not of "
        "families: changing a value on record changes nothing for anybody."
    )
    none = "No curve can be shown: no value of a number that moves estimates is shared by enough people."
    shown = [*enumerate(curves, start=1)]
    yield Section(
        "curves", "How estimates go with a value", (words if curves else none,),
        tables=tuple(tables.effects_table(curve, base=result.base_chance, number=at) for at, curve in shown),
        charts=tuple(effect_chart(curve, base=result.base_chance, number=at) for at, curve in shown),
    )  # fmt: skip
    pairs = tables.pairs_table(result)
    largest = float(result.pairs["share"].max()) if len(result.pairs) else 0.0
    together = f"The strongest pair makes {per_cent(largest, places=1)} of all that moves estimates."
    alone = "No two features work together in this model: each adds its own points whatever the others are."
    yield Section("pairs", "Which work together", (together if pairs.rows else alone,),
                  tables=(pairs,) if pairs.rows else ())  # fmt: skip


def _changes(result: ExplanationResult) -> Iterator[Section]:
    told = result.over_time.dropna(subset=["value"])
    later = told[told["name"].duplicated()]  # the first of each theme is what the others are compared with
    changed = int(later["is_changed"].astype(bool).sum())
    quarters = told["group"].nunique()
    words = (
        f"Over {quarters} quarters, {changed} of {len(later)} figures have a range that does not meet that of the "
        "first quarter. About one in a hundred would by chance alone."
        if quarters > 1
        else "There is only one quarter with enough estimates, so whether reasons drift cannot be told."
    )
    yield Section("time", "Do the reasons change over time?", (words,), tables=(tables.time_table(result),))
    groups = (
        "But for age, protected characteristics are not among what the model looks at. They are here so that somebody "
        "sees whether other things speak in their place: a theme that is much larger in one group deserves a question."
    )
    found = tables.groups_table(result)
    none = "No characteristic of the people is on record, so this cannot be told."
    yield Section("groups", "Are the reasons others for other groups?", (groups if found.rows else none,),
                  tables=(found,) if found.rows else ())  # fmt: skip


def _method(result: ExplanationResult) -> tuple[str, ...]:
    return (
        (
            f"Contributions: exact Shapley values of every estimate, by {result.method}, checked to add up to the "
            "model's own output within a billionth."
        ),
        "In points: the distance from the starting point, after adjustment, shared out as contributions are.",
        "Curves: accumulated local effects; values that fewer than ten people reach are left out.",
        (
            "Ranges: 95%, families resampled whole. They say how much figures would move with other families, for this "
            "model; another model would give other figures."
        ),
        f"Without an estimate, and so without reasons: {about_words(result.silent)}.",
        f"Seed {result.seed}: the same records and settings give the same page.",
    )
