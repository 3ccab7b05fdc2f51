"""The model card as a page, with its JSON."""

import json
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from ehforecast.advisory.model_card import MODEL_METRICS, OUT_OF_SCOPE, PRIMARY_USES, USERS, ModelCard
from ehforecast.advisory.risk_advice import RISK_CANNOT_KNOW, RISK_NEVER_USE_FOR, protected_words
from ehforecast.reports import fairness_tables, risk_tables
from ehforecast.reports.document import PAGE, Document, Section, document_files
from ehforecast.reports.explain_tables import bands_table, themes_table
from ehforecast.reports.explain_words import steadiness_sentence
from ehforecast.reports.fairness_words import lead_sentence as fairness_sentence
from ehforecast.reports.folder import replace_folder
from ehforecast.reports.page_table import Column, PageTable, rows_of
from ehforecast.reports.risk_words import METRICS, metric_heading, verdict_sentence
from ehforecast.reports.words import about_words, per_cent, with_labels
from ehforecast.risk.results import MODEL

CARD_JSON = "model_card.json"
FEWEST_IN_LEAF = 10

MODEL_CARD_STATEMENT = (
    (
        "A model card says what one model is, how good it was when it was tested, for whom it was worse, and what must "
        "not be done with it. It is advice to people who judge methods. It is never a decision."
    ),
    "What is estimated is a recorded event, given services as they were: not harm, not need.",
)


def write_model_card(card: ModelCard, folder: Path) -> Path:
    """Write the page, its tables and its JSON into a folder of their own; returns the path of the page."""
    told = (json.dumps(card.to_json(), indent=2, ensure_ascii=False) + "\n").encode()
    replace_folder(folder, document_files(model_card_document(card), beside={CARD_JSON: told}))
    return folder / PAGE


def model_card_document(card: ModelCard) -> Document:
    """The card of one model."""
    advice = card.advice
    return Document(
        strap="Model card: advice to people, never a decision",
        title="Model card",
        subtitle=f"Estimates of {advice.result.outcome}",
        lead=verdict_sentence(advice.result.verdict, outcome=advice.result.outcome),
        facts=(
            ("State of this card", "draft: something is not supplied" if card.is_draft else "complete"),
            ("Verdict", advice.result.verdict),
            ("Answered for by", card.owner),
            ("Contact", card.of_people("contact_email")),
            ("Organisation", card.of_people("organisation_name")),
            ("May leave the private area", "yes" if card.membership.may_leave else "no"),
        ),
        statement=MODEL_CARD_STATEMENT,
        never=RISK_NEVER_USE_FOR,
        sections=tuple(_sections(card)),
        run_id=advice.run_id,
        source=advice.data_source,
        purpose=advice.purpose,
        reader=advice.reader,
        extra={"bar_sha256": advice.result.bar_sha256},
    )


def _sections(card: ModelCard) -> Iterator[Section]:
    result = card.advice.result
    yield Section("details", "Model details", terms=tuple(_details(card)))
    yield Section("intended_use", "Intended use", _USE, terms=(
        ("Primary uses", " ".join(PRIMARY_USES)), ("Users", " ".join(USERS)),
        ("Out of scope", " ".join(f"{use.rstrip('.')}." for use in OUT_OF_SCOPE)),
    ))  # fmt: skip
    yield _factors(card)
    yield Section("metrics", "Metrics", (_METRICS_WORDS,), terms=tuple(METRICS[name] for name in MODEL_METRICS))
    yield Section("evaluation_data", "Evaluation data", (_EVALUATION,), tables=(risk_tables.counts_table(result),))
    yield Section(
        "training_data", "Training data", tuple(_training(card)), tables=(risk_tables.features_table(result),)
    )
    yield from _quantitative(card)
    yield Section("ethics", "Ethical considerations", tables=(_ethics_table(card),))
    yield Section("caveats", "Caveats, and what to do", (_RECOMMENDED,), terms=RISK_CANNOT_KNOW,
                  lines=tuple(with_labels(note, _labels(card)) for note in result.notes))  # fmt: skip


_USE = ("This model was made to be tested. That it exists is no reason to use it.",)
_METRICS_WORDS = (
    "Every figure is on families the model never learned from, later than those it learned from, with a 95% range over "
    "resampled families. The bar was sealed before the test."
)
_EVALUATION = "The test period follows the others in time. No family stands in two periods."
_RECOMMENDED = (
    "Do not use it on families. Before anybody proposes to, a new test on later records, a fresh audit, and the voices "
    "of families and workers are needed; this card expires with the next extract."
)


def _labels(card: ModelCard) -> dict[str, str]:
    """What each feature is called."""
    features = card.advice.result.features
    return dict(zip(features["name"].astype("str"), features["label"].astype("str"), strict=True))


def _details(card: ModelCard) -> Iterator[tuple[str, str]]:
    result = card.advice.result
    yield "What it estimates", str(result.label_card["definition"])
    yield "What that must not be read as", str(result.label_card["never_read_as"])
    yield "Kind of model", card.architecture
    yield "Adjustment", result.calibration_method.replace("_", " ")
    yield "Version", f"run {card.advice.run_id}, seed {result.seed}"
    yield "Window", f"{result.horizon_days:.0f} days"
    yield "Answered for by", card.owner
    yield "Licence", "Not licensed for use outside the council that made it."
    yield "Leaving the private area", _membership(card)


def _membership(card: ModelCard) -> str:
    gate = card.membership
    told = [
        f"An attacker who goes by {row['attack']} tells somebody the model learned from from somebody it did not in "
        f"{100 * float(row['auc']):.0f} of 100 pairs ({100 * float(row['lower']):.0f} to "
        f"{100 * float(row['upper']):.0f}; 50 is a coin, at most 55 allowed), and finds "
        f"{per_cent(float(row['found']), places=1)} of them at one false alarm in a hundred (at most 2% allowed)."
        for row in gate.attacks.to_dict("records")
    ]
    verdict = "It may leave, signed." if gate.may_leave else f"It may not leave: {'; '.join(gate.because)}."
    return " ".join([verdict, *told, _leaf_words(gate.smallest_leaf)])


def _leaf_words(fewest: int) -> str:
    """What each final branch rests on; how many rows exactly is for nobody to know."""
    if fewest < FEWEST_IN_LEAF:
        return f"A final branch of its trees rests on fewer than the {FEWEST_IN_LEAF} rows asked for."
    return f"Every final branch of its trees rests on at least {fewest // 5 * 5} rows ({FEWEST_IN_LEAF} asked for)."


def _factors(card: ModelCard) -> Section:
    silent = ", ".join(card.not_assessed)
    words = f"Nothing can be said by: {silent}." if silent else "Every characteristic asked about could be assessed."
    return Section("factors", "Factors", (_FACTORS_WORDS, words),
                   tables=(fairness_tables.inventory_table(card.audit.result),))  # fmt: skip


_FACTORS_WORDS = (
    "Figures were compared between groups that the Equality Act names, and by care experience, deprivation and "
    "locality, where records hold them. What the model looks at of them is said under training data."
)


def _training(card: ModelCard) -> Iterator[str]:
    result = card.advice.result
    used = int(result.features["is_used"].astype(bool).sum())
    yield f"{used} features of what was on record by the day of the estimate. {protected_words(result.features)}"
    again = " It learned from the adjustment period too." if result.learned_from_calibration else ""
    yield f"Settings were chosen {result.tuned_on}.{again}"
    yield str(result.label_card["misses"])


def _quantitative(card: ModelCard) -> Iterator[Section]:
    result = card.advice.result
    over_all = (_figures_table(card), risk_tables.conditions_table(result), bands_table(card.reasons.result.bands))
    yield Section("quantitative", "Quantitative analyses: over all", tables=over_all)
    audit = card.audit.result
    gaps = fairness_tables.gaps_table(audit)
    crossed = fairness_tables.crossed_table(audit)
    yield Section("unitary", "Quantitative analyses: by group", (fairness_sentence(audit),),
                  tables=(gaps,) if gaps.rows else ())  # fmt: skip
    none = "No groups were crossed, or none of them is large enough for a figure."
    yield Section("intersectional", "Quantitative analyses: by two groups at once", () if crossed.rows else (none,),
                  tables=(crossed,) if crossed.rows else ())  # fmt: skip
    yield Section("reasons", "What it goes by", (steadiness_sentence(card.reasons.result),),
                  tables=(themes_table(card.reasons.result),))  # fmt: skip


def _figures_table(card: ModelCard) -> PageTable:
    """The model beside simple methods, on the measures of the card."""
    columns = (
        Column("metric", "Measure", "what is measured"),
        Column("value", "Figure", "of the boosted trees on the test period", "number", 3),
        Column("lower", "From", "lower end of the 95% range over resampled families", "number", 3),
        Column("upper", "To", "upper end of that range", "number", 3),
        Column("simple", "Best simple method", "best figure of any simple method on the same families", "number", 3),
    )
    figures = card.figures
    own = figures[figures["model"] == MODEL]
    simple = figures[figures["model"] != MODEL].groupby("metric")["value"]
    best = pd.concat([simple.max()[_HIGH], simple.min()[_LOW]]).to_dict()
    shown = own.assign(simple=[best.get(metric, float("nan")) for metric in own["metric"]])
    families = about_words(card.advice.result.families_in_test)
    caption = f"The model on the test period, {families} families"
    note = "For slope 1, and for calibration in the large 0, is best, so no best simple figure is picked."
    return PageTable("figures", caption, columns, rows_of(shown, columns, words={"metric": metric_heading}), (note,))


_HIGH = ["auroc", "average_precision", "brier_skill"]
_LOW = ["brier", "logloss", "ece"]


def _ethics_table(card: ModelCard) -> PageTable:
    columns = (
        Column("name", "Risk", "the risk"),
        Column("what", "What it is", "in a sentence"),
        Column("done", "What is done about it", "in a sentence"),
    )
    return PageTable("ethics", "Risks, and what is done about them", columns, [list(row) for row in card.ethics])
