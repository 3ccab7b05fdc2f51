"""The model card: what a model is, for whom, how good, for whom worse, and what must not be done with it.

Sections: Mitchell et al. (2019), *Model cards for model reporting*; the JSON has the keys of the Model Card Toolkit.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import pandas as pd

from ehforecast.advisory.explain_advice import ExplainAdvice
from ehforecast.advisory.fairness_advice import FairnessAdvice
from ehforecast.advisory.risk_advice import RISK_CANNOT_KNOW, RISK_NEVER_USE_FOR, RiskAdvice
from ehforecast.advisory.transparency import NOT_SUPPLIED
from ehforecast.errors import ReleaseRefused
from ehforecast.risk.explain_results import MembershipResult
from ehforecast.risk.fairness_results import ASSESSED

SECTIONS = (
    "details", "intended_use", "factors", "metrics", "evaluation_data", "training_data", "quantitative", "ethics",
    "caveats",
)  # fmt: skip
"""In the order of the paper; quantitative analyses are unitary and intersectional."""

MODEL_METRICS = ("auroc", "average_precision", "brier", "brier_skill", "logloss", "slope", "citl", "ece")

PRIMARY_USES = (
    "Research into whether a council's records can tell how often a recorded later event follows.",
    "Audit: to see for whom such estimates would be worse, before anybody proposes to use any.",
)
USERS = (
    "Analysts and researchers of the council, and the ethics panel, governors and partners they report to.",
    "Not workers with cases, and not families' records.",
)
OUT_OF_SCOPE = (*(f"Never {use}." for use in RISK_NEVER_USE_FOR), "Any other council, year, outcome or age group.")

ETHICS = (
    (
        "Being watched is recorded",
        "Families known to services have more on record, so estimates follow how closely services looked.",
        "Label card, fairness audit, and no use on a family.",
    ),
    (
        "Groups may be told by other columns",
        "But for age, protected characteristics are not looked at, yet other columns may stand for them.",
        "Scan of near copies in the fairness audit; a column that copies a protected field is refused.",
    ),
    (
        "A model can remember people",
        "A model that fits too closely tells who was in the records it learned from.",
        "Attack on the model before it may leave the private area; no leaf of fewer than ten rows.",
    ),
    (
        "A reason sounds like a cause",
        "Explanations say what went together, and few reasons are steady.",
        "Steadiness is measured and told; cards only above the bar, without numbers, for one named reviewer.",
    ),
    (
        "An estimate can crowd out judgement",
        "People trust figures more than they should.",
        "No estimate of a child is published; reviewers write their own view first.",
    ),
)
"""Name, what it is, and what is done about it; the first is about how outcomes come to be recorded."""


@dataclass(frozen=True)
class ModelCard:
    """A card of one assessed model, made of what was released about it. One that lacks a part cannot be made.

    Attributes:
        advice: the question, its verdict and figures.
        reasons: what drives the estimates.
        audit: for whom they are worse.
        membership: whether the model tells who was in its records.
        supplied: what only people can say, by key of the transparency record.
    """

    advice: RiskAdvice
    reasons: ExplainAdvice
    audit: FairnessAdvice
    membership: MembershipResult
    supplied: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        missing = [*_missing(self)]
        if missing:
            raise ReleaseRefused(missing)

    def of_people(self, key: str) -> str:
        """What people supplied, or that they did not."""
        return self.supplied.get(key, "").strip() or NOT_SUPPLIED

    @property
    def owner(self) -> str:
        """Who answers for it."""
        return self.of_people("senior_responsible_owner")

    @property
    def is_draft(self) -> bool:
        """Whether something only people can say is missing."""
        return NOT_SUPPLIED in (self.owner, self.of_people("contact_email"), self.of_people("organisation_name"))

    @property
    def architecture(self) -> str:
        """What kind of model, in a sentence."""
        settings = self.advice.result.parameters
        leaves, trees = settings.get("leaves", "few"), settings.get("trees", "many")
        return f"Boosted trees (LightGBM): {trees} trees of {leaves} leaves; estimates adjusted afterwards."

    @property
    def not_assessed(self) -> tuple[str, ...]:
        """Characteristics nothing could be said of."""
        standing = self.audit.result.inventory.groupby("characteristic", sort=False)["standing"].agg(
            lambda each: ASSESSED in set(each)
        )
        return tuple(str(name) for name, is_assessed in standing.items() if not is_assessed)

    @property
    def ethics(self) -> tuple[tuple[str, str, str], ...]:
        """`ETHICS`, which says of the audit that other ways of recording were worked through only where they were."""
        recording = self.audit.result.recording
        if recording.empty or not recording["as_recorded"].notna().any():
            return ETHICS
        name, what, done = ETHICS[0]
        more = done.replace("fairness audit", "fairness audit with results under other ways of recording")
        return (name, what, more), *ETHICS[1:]

    @property
    def figures(self) -> pd.DataFrame:
        """``model, metric, value, lower, upper`` of every method on the test period."""
        told = self.advice.result.performance
        return told[told["metric"].isin(MODEL_METRICS)]

    def to_json(self) -> dict[str, object]:
        """By the keys of the Model Card Toolkit's schema."""
        result = self.advice.result
        return {
            "model_details": {
                "name": f"Estimates of {result.outcome}",
                "overview": str(result.label_card["definition"]),
                "owners": [{"name": self.owner, "contact": self.of_people("contact_email")}],
                "version": {"name": self.advice.run_id, "date": self.advice.data_source},
                "licenses": [{"custom_text": "Not licensed for use outside the council that made it."}],
            },
            "model_parameters": {
                "model_architecture": self.architecture,
                "data": [{"name": name, "sensitive": True} for name in ("training", "adjustment", "test")],
                "input_format": f"{int(result.features['is_used'].sum())} features of one child on one day",
                "output_format": "chance of the recorded event, with a range, or a reason for having none",
            },
            "quantitative_analysis": {"performance_metrics": [*self._metrics()]},
            "considerations": {
                "users": [{"description": text} for text in USERS],
                "use_cases": [{"description": text} for text in PRIMARY_USES],
                "limitations": [{"description": f"{name}: {text}"} for name, text in RISK_CANNOT_KNOW],
                "tradeoffs": [{"description": text} for text in result.notes],
                "ethical_considerations": [
                    {"name": f"{name}: {what}", "mitigation_strategy": done} for name, what, done in self.ethics
                ],
            },
            "verdict": result.verdict,
            "may_leave_the_private_area": self.membership.may_leave,
            "never_to_be_used": list(RISK_NEVER_USE_FOR),
        }

    def _metrics(self) -> Iterator[dict[str, object]]:
        for row in self.figures.to_dict("records"):
            ends = {"lower_bound": _kept(row["lower"]), "upper_bound": _kept(row["upper"])}
            named = {"type": row["metric"], "slice": row["model"], "value": _kept(row["value"])}
            yield named | {"confidence_interval": ends}


def _kept(value: float) -> float | None:
    return None if value != value else round(float(value), 3)  # noqa: PLR0124 - a missing number is not equal to itself


def _missing(card: ModelCard) -> Iterator[str]:
    outcome, run_id = card.advice.result.outcome, card.advice.run_id
    if card.reasons.result.outcome != outcome or card.reasons.beside.run_id != run_id:
        yield "explanations of the same model"
    if card.audit.run_id != run_id:
        yield "a fairness audit of the same run"
    if card.membership.attacks.empty and card.membership.may_leave:
        yield "an attack on the model, or that it stays in the private area"
