"""What an assessment tells beside its verdict: what drives the estimates, for whom they are worse, cards for review."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pandas as pd

from ehforecast.advisory.cards import (
    CardFile,
    Review,
    check_not_expired,
    printable_cards,
    release_cards,
)
from ehforecast.advisory.counted import counted_in_audit, counted_in_explanations
from ehforecast.advisory.explain_advice import release_explanations
from ehforecast.advisory.fairness_advice import release_fairness
from ehforecast.advisory.protection import UK_STRICT
from ehforecast.advisory.risk_advice import RiskAdvice
from ehforecast.errors import ReleaseRefused
from ehforecast.pipelines.explain_settings import ExplanationsConfig, ModelAuditConfig
from ehforecast.pipelines.one_run import OneRun
from ehforecast.pipelines.published import way_out
from ehforecast.reports.cards_page import cards_files
from ehforecast.reports.explain_page import write_explain_report
from ehforecast.reports.fairness_page import write_fairness_report
from ehforecast.reports.folder import replace_private_folder
from ehforecast.risk.assessment import Assessment
from ehforecast.risk.cohort import Cohort
from ehforecast.risk.explain.account import Explained, explain_test_period
from ehforecast.risk.explain.card_reasons import card_inputs
from ehforecast.risk.explain.reasons import strongest_reasons
from ehforecast.risk.explain_results import MembershipResult
from ehforecast.risk.fairness.settings import RecordingScenario
from ehforecast.risk.membership import learned_from, membership_gate
from ehforecast.risk.model_audit import (
    ModelAuditSettings,
    Remedies,
    audit_test_period,
    compare_remedies,
    edges_for,
)

Progress = Callable[[str], None]

EXPIRY = "expires_on.txt"


@dataclass(frozen=True)
class Answered:
    """One question with its answer: what the steps after an assessment are given.

    Attributes:
        question: its name.
        cohort, assessment: private.
        advice: as released.
        run: where things are kept and published.
    """

    question: str
    cohort: Cohort = field(repr=False)
    assessment: Assessment = field(repr=False)
    advice: RiskAdvice = field(repr=False)
    run: OneRun = field(repr=False)


def explain_estimates(
    answered: Answered, asked: ExplanationsConfig, *, progress: Progress, today: date | None = None
) -> tuple[Explained, Path]:
    """Explain every estimate of the test period: all of it privately, the account of it as a page."""
    progress(f"{answered.question}: explaining {len(answered.assessment.estimates):,} estimates")
    explained = explain_test_period(
        answered.cohort,
        answered.assessment.model,
        estimates=answered.assessment.estimates,
        outcome=answered.assessment.result.outcome,
    )
    step = f"explanations_{answered.question}"
    answered.run.keep(step, explained.result.facts(), frames=explained.result.frames())
    answered.run.keep(
        f"estimates_{answered.question}", {"may_be_published": False}, frames=_private(answered, explained)
    )
    day = today or datetime.now(UTC).date()
    remove_expired_cards(answered.run.log.folder, today=day)
    cards = _make_cards(answered, explained, asked=asked, today=day)
    advice = release_explanations(explained.result, beside=answered.advice)
    counted = counted_in_explanations(explained.result, run_id=answered.run.run_id)
    page = way_out(answered.run).publish(
        step, lambda folder: write_explain_report(advice, folder, cards=cards), counted=counted
    )
    return explained, page


def attack_model(answered: Answered, *, progress: Progress) -> MembershipResult:
    """Whether the model tells who was in the records it learned from; kept, so that what may leave can be asked."""
    progress(f"{answered.question}: whether the model gives away who was in its records")
    rows = learned_from(answered.cohort)
    parameters = answered.assessment.result.parameters
    found = membership_gate(answered.assessment.model, rows, parameters=parameters)
    answered.run.keep(f"membership_{answered.question}", found.facts(), frames=found.frames())
    return found


def _private(answered: Answered, explained: Explained) -> dict[str, pd.DataFrame]:
    """Every estimate with its contributions, its strongest reasons in words, and how steady each is."""
    found, events = explained.explanations, answered.cohort.rows["event_id"].astype("str")
    values = found.values.add_prefix("contribution_").assign(
        event_id=events, base=found.base, odds=found.odds, estimate=found.estimates["estimate"]
    )
    reasons = strongest_reasons(found).drop(columns="at")
    return {
        "contributions": values.reset_index(drop=True),
        "reasons": reasons.assign(event_id=reasons["row"].map(events)).drop(columns="row"),
        "steadiness": explained.stability.assign(event_id=explained.stability["row"].map(events)).drop(columns="row"),
    }


def _make_cards(answered: Answered, explained: Explained, *, asked: ExplanationsConfig, today: date) -> int | None:
    """About how many cards lie in the private area; None where nobody is named to review any, or the bar is not met."""
    folder = answered.run.step(f"cards_{answered.question}")
    if not asked.cards_reviewer.strip() or not answered.advice.may_show_children:
        shutil.rmtree(folder, ignore_errors=True)
        return None
    given = card_inputs(answered.cohort, answered.assessment.model, explained=explained)
    printed = printable_cards(given.reasons, given.bands, people=given.people, sensitive=given.sensitive)
    review = Review(asked.cards_reviewer, today, today + timedelta(days=asked.cards_expire_after_days))
    found: CardFile = release_cards(
        printed, given.children, bands=explained.result.bands, beside=answered.advice, review=review
    )
    replace_private_folder(folder, cards_files(found) | {EXPIRY: review.expires_on.isoformat().encode()})
    return UK_STRICT.about(len(found.cards))


def read_cards(folder: Path, *, today: date) -> pd.DataFrame:
    """The cards in a private folder; `ReleaseRefused` after their last day, and then they are deleted."""
    path = folder / EXPIRY
    try:
        check_not_expired(path.read_text("utf-8") if path.is_file() else "", today=today)
    except ReleaseRefused:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return pd.read_csv(folder / "cards.csv", dtype="str", keep_default_na=False)


def remove_expired_cards(runs: Path, *, today: date) -> int:
    """Delete every folder of cards below the runs of a configuration whose last day is over; how many there were."""
    removed = 0
    for path in sorted(runs.glob(f"*/cards_*/{EXPIRY}")):
        try:
            check_not_expired(path.read_text("utf-8"), today=today)
        except ReleaseRefused:
            shutil.rmtree(path.parent)
            removed += 1
    return removed


def audit_estimates(
    answered: Answered,
    asked: ModelAuditConfig,
    *,
    explained: Explained,
    tables: Mapping[str, pd.DataFrame],
    progress: Progress,
) -> Path:
    """Audit the assessed model by every characteristic on record, and write the report for ethics panels."""
    progress(f"{answered.question}: for whom the estimates are worse")
    cohort, assessment = answered.cohort, answered.assessment
    edges = edges_for(explained.result, cohort=cohort, model=assessment.model)
    settings = ModelAuditSettings(
        edges,
        scenarios=tuple(RecordingScenario(**scenario.model_dump()) for scenario in asked.scenarios),
        no_population_because=asked.no_population_because,
        draws=asked.draws,
        permutations=asked.permutations,
        seed=asked.seed,
    )
    result = audit_test_period(
        cohort, estimates=assessment.estimates, settings=settings, population=tables.get("population")
    )
    step = f"fairness_{answered.question}"
    answered.run.keep(step, result.facts(), frames=result.frames())
    labels = assessment.result.features.set_index("name")["label"]
    advice = release_fairness(
        replace(result, proxies=result.proxies.replace({"feature": labels.to_dict()})),
        purpose=answered.advice.purpose,
        reader=asked.reader,
        run_id=answered.advice.run_id,
        data_source=answered.advice.data_source,
    )
    if asked.mitigation:
        progress(f"{answered.question}: what other ways of making the estimates would do")
        remedies = Remedies(
            asked.mitigation_by, edges[-1], assessment.result.parameters, asked.leave_out, seed=asked.seed
        )
        found = compare_remedies(cohort, estimates=assessment.estimates, remedies=remedies)
        answered.run.keep(f"mitigation_{answered.question}", found.facts(), frames=found.frames())
        advice = advice.with_options(found)
    counted = counted_in_audit(result, run_id=answered.run.run_id, of=answered.question)
    return way_out(answered.run).publish(step, lambda folder: write_fairness_report(advice, folder), counted=counted)
