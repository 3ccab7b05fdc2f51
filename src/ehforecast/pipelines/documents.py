"""The papers of a run: a model card for each question, the datasheet of the records, the transparency record."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pandas as pd

from ehforecast.advisory.counted import counted_in_audit, counted_in_explanations, counted_in_risk
from ehforecast.advisory.datasheet import Datasheet, Received, TableAccount, make_datasheet
from ehforecast.advisory.explain_advice import release_explanations
from ehforecast.advisory.fairness_advice import FairnessAdvice, release_fairness
from ehforecast.advisory.ledger import Earlier, Release
from ehforecast.advisory.model_accounts import demand_account, risk_account
from ehforecast.advisory.model_card import ModelCard
from ehforecast.advisory.risk_advice import RiskAdvice, release_risk
from ehforecast.advisory.safe_counts import SafeCounts
from ehforecast.advisory.transparency import DataAccount, ModelAccount, Tool, make_record
from ehforecast.contracts import load_contract
from ehforecast.contracts.missing import absent_cells
from ehforecast.demand.results import DemandResult
from ehforecast.pipelines.forecast import FORECAST
from ehforecast.pipelines.one_run import OneRun, current_run, last_extract
from ehforecast.pipelines.places import Places
from ehforecast.pipelines.publish import source_of
from ehforecast.pipelines.published import way_out
from ehforecast.pipelines.settings import CouncilSettings
from ehforecast.reports.datasheet_page import write_datasheet
from ehforecast.reports.model_card_page import write_model_card
from ehforecast.reports.transparency_page import write_transparency_record
from ehforecast.risk.explain_results import ExplanationResult, MembershipResult
from ehforecast.risk.fairness_results import FairnessResult, MitigationResult
from ehforecast.risk.results import RiskResult
from ehforecast.store import Store, StoredExtract
from ehforecast.tracking.folder_log import FACTS
from ehforecast.vocabulary.coded_words import coded_words
from ehforecast.vocabulary.periods import day_words

Progress = Callable[[str], None]


def write_documents(settings: CouncilSettings, places: Places, *, progress: Progress) -> list[Path]:
    """Write every paper that what the run has kept so far allows; return their pages.

    A question without its explanations, audit and attack has no card; without a model to describe there is no
    transparency record.
    """
    run = current_run(settings, places)
    kept = _Kept(run, settings)
    cards = [(question, kept.card(question)) for question in kept.questions()]
    accounts = [*kept.demand(), *(risk_account(card) for _, card in cards)]
    progress(f"papers: {len(cards)} model cards, the datasheet{', the transparency record' if accounts else ''}")
    way = way_out(run)
    pages = [_publish_card(run, question, card=card, counted=kept.counted(question)) for question, card in cards]
    store, safe = Store(places.store(settings)), SafeCounts(Earlier(way.ledger.read()), run.run_id)
    sheet = make_datasheet([*_tables(store)], received=_received(settings, store, run=run), safe=safe)
    pages.append(way.publish("datasheet", lambda folder: write_datasheet(sheet, folder), counted=safe.counted))
    if not accounts:
        return pages
    tool = Tool(settings.title, settings.purpose, run.run_id, kept.source, settings.supplied)
    record = make_record(tool, models=accounts, data=_data_account(sheet))
    page = way.publish(
        "transparency_record", lambda folder: write_transparency_record(record, folder), counted=safe.counted
    )
    pages.append(page)
    return pages


def _publish_card(run: OneRun, question: str, *, card: ModelCard, counted: Sequence[Release]) -> Path:
    return way_out(run).publish(
        f"model_card_{question}", lambda folder: write_model_card(card, folder), counted=counted
    )  # fmt: skip


class _Kept:
    """What a run has kept, read again and taken through the same door as before."""

    def __init__(self, run: OneRun, settings: CouncilSettings) -> None:
        self._run, self._settings = run, settings
        self.source = source_of(run.log.record_of(run.run_id)) if self._steps() else ""

    def _steps(self) -> set[str]:
        """The steps whose results are kept whole."""
        folder = self._run.log.folder / self._run.run_id
        return {path.parent.name for path in folder.glob(f"*/{FACTS}")}

    def questions(self) -> list[str]:
        """Questions of which everything a card needs is kept, in the order asked."""
        asked = self._settings.assessment.questions if self._settings.assessment else ()
        kept = self._steps()
        return [name for name in asked if {f"{step}_{name}" for step in _FOR_A_CARD} <= kept]

    def _load(self, step: str) -> tuple[dict[str, object], dict[str, pd.DataFrame]]:
        return self._run.log.load(self._run.run_id, step)

    def demand(self) -> Iterator[ModelAccount]:
        """The account of the forecaster, if the run has a forecast."""
        if FORECAST in self._steps():
            yield demand_account(DemandResult.from_parts(*self._load(FORECAST)), run_id=self._run.run_id)

    def card(self, question: str) -> ModelCard:
        """The card of one question."""
        advice = self._advice(question)
        reasons = release_explanations(
            ExplanationResult.from_parts(*self._load(f"explanations_{question}")), beside=advice
        )
        facts, frames = self._load(f"membership_{question}")
        gate = MembershipResult(**_without_lists(facts), **frames)  # type: ignore[arg-type]  # as it was kept
        return ModelCard(advice, reasons, self._audit(question, advice), gate, self._settings.supplied)

    def counted(self, question: str) -> list[Release]:
        """The tables of people that a card tells of: those of the reports it puts together."""
        run_id = self._run.run_id
        return [
            *counted_in_risk(RiskResult.from_parts(*self._load(f"risk_{question}")), run_id=run_id),
            *counted_in_explanations(
                ExplanationResult.from_parts(*self._load(f"explanations_{question}")), run_id=run_id
            ),
            *counted_in_audit(
                FairnessResult.from_parts(*self._load(f"fairness_{question}")), run_id=run_id, of=question
            ),
        ]

    def _advice(self, question: str) -> RiskAdvice:
        asked = self._settings.assessment
        return release_risk(
            RiskResult.from_parts(*self._load(f"risk_{question}")),
            purpose=self._settings.purpose,
            reader=asked.reader if asked else "",
            run_id=self._run.run_id,
            data_source=self.source,
        )

    def _audit(self, question: str, advice: RiskAdvice) -> FairnessAdvice:
        found = release_fairness(
            FairnessResult.from_parts(*self._load(f"fairness_{question}")),
            purpose=advice.purpose,
            reader=self._settings.fairness.reader,
            run_id=advice.run_id,
            data_source=advice.data_source,
        )
        if f"mitigation_{question}" not in self._steps():
            return found
        return found.with_options(MitigationResult.from_parts(*self._load(f"mitigation_{question}")))


_FOR_A_CARD = ("risk", "explanations", "fairness", "membership")


def _without_lists(facts: Mapping[str, object]) -> dict[str, object]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in facts.items()}


def _tables(store: Store) -> Iterator[TableAccount]:
    """Each table of the store as its latest extract has it."""
    manifest = store.manifest()
    for name in dict.fromkeys(stored.contract for stored in manifest.extracts):
        current = manifest.current(name)
        aside: Counter[str] = Counter()
        absent: Counter[str] = Counter()
        for stored in current:
            aside.update(stored.set_aside)
            absent.update(absent_cells(store.folder / stored.parquet))
        rows = sum(stored.rows_used for stored in current)
        yield TableAccount(load_contract(name), rows, aside, len(manifest.extracts_of(name)), absent)


def _received(settings: CouncilSettings, store: Store, *, run: OneRun) -> Received:
    latest: StoredExtract = store.manifest().extracts[-1]
    return Received(
        settings.title,
        last_extract(store).isoformat(),
        latest.layout,
        are_pseudonyms=bool(latest.pseudonym_key),
        is_invented=settings.synthetic is not None,
        purpose=settings.purpose,
        run_id=run.run_id,
        data_source=source_of(run.log.record_of(run.run_id)),
    )


def _data_account(sheet: Datasheet) -> DataAccount:
    """What the datasheet says, in the words of the record's data block."""
    tables = [(coded_words(str(row["table"])), row) for row in sheet.tables.to_dict("records")]
    counts = [f"{name} {_shown(row['rows_used'])}" for name, row in tables]
    audited = sorted(
        {coded_words(str(name)) for name in sheet.columns.loc[sheet.columns["permitted_use"] == "audit_only", "column"]}
    )
    return DataAccount(
        name=f"{sheet.title}, extract of {day_words(sheet.extracted_on)}",
        modality="Tables of records",
        description=" ".join(f"{name.capitalize()}: {row['what']}" for name, row in tables),
        quantities=f"Rows used, rounded to 5: {', '.join(counts)}.",
        sensitive=(
            f"Held for audit only, never looked at by a model: {', '.join(audited)}. All of it is about children and "
            "families."
        ),
        completeness=(
            "Families who were never noticed are not in it. Empty cells, known gaps and rows set aside are told in the "
            "datasheet of this run."
        ),
        url="Not published: records of children stay in the council's own private area.",
        cleaning="Rows that break a rule of their data contract are set aside and counted; nothing is put right.",
    )


def _shown(count: object) -> str:
    """A count as it left; one that is hidden is a word already."""
    return f"{count:,}" if isinstance(count, int) else str(count)
