"""The door for risk research: figures about a question, never about a child, with the evidence to judge them."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ehforecast.advisory.letterhead import Letterhead, missing_of_run
from ehforecast.advisory.protection import HIDDEN, UK_STRICT, Rules
from ehforecast.errors import ReleaseRefused
from ehforecast.risk.results import MODEL, RiskResult

Counts = npt.NDArray[np.float64]

BARS = ("relative", "what_works_2020")
MET, NOT_MET, CANNOT_BE_JUDGED = "met", "not met", "cannot be judged"
LABEL_CARD = ("definition", "decided_by", "misses", "surveillance", "never_read_as")
FIGURES = ("auroc", "average_precision", "brier", "brier_skill", "logloss", "slope", "citl", "ece")
COUNTS = {
    "counts": ("index_events", "people", "families", "events", "no_event", "not_known"),
    "by_group": ("rows", "events"),
    "stability": ("rows", "events"),
    "calibration_curve": ("rows",),
    "learning_curve": ("rows", "events"),
    "abstentions": ("rows",),
    "left_out": ("count",),
}
"""Columns of a result that count people; by frame."""

RISK_NEVER_USE_FOR = (
    "to decide anything about a child or a family, or to put families in an order",
    "to open, close, shorten or withhold help",
    "as a reason for suspicion of a parent",
    "to judge the work of a person, a team or a council",
)
RISK_STATEMENT = (
    (
        "This is research into whether records can tell how often families come back or step up. It is advice to "
        "people who judge methods. It is never a decision, and it holds no estimate about any child."
    ),
    (
        "What is estimated is a recorded event, given services as they were: not harm, not need, and not what a "
        "parent will do."
    ),
)
RISK_CANNOT_KNOW = (
    ("What was never recorded", "Families who needed help and never came to notice are not in the figures."),
    ("Why", "The figures show what went together in records. They do not show what causes what."),
    ("What help would change", "Everyone had services as they were. Other services would give other figures."),
    ("The next change of rules", "New thresholds, systems or laws change who is recorded, and all of this with them."),
)


@dataclass(frozen=True)
class RiskAdvice(Letterhead):
    """A risk result that carries its evidence, counts protected. One that lacks any cannot be made.

    Attributes:
        result: as it may be shown: counts rounded, small ones hidden with the figures that rest on them.
    """

    result: RiskResult

    def __post_init__(self) -> None:
        missing = [*missing_of_run(self), *missing_of_risk(self.result), *_unprotected(self.result)]
        if missing:
            raise ReleaseRefused(missing)

    @property
    def may_show_children(self) -> bool:
        """Whether anything about single children could be considered at all: only above the bar fixed beforehand."""
        return self.result.verdict == MET


def release_risk(result: RiskResult, *, purpose: str, reader: str, run_id: str, data_source: str) -> RiskAdvice:
    """Turn a result into advice, or raise `ReleaseRefused` listing all the evidence that is missing."""
    return RiskAdvice(protect_counts(result), purpose=purpose, reader=reader, run_id=run_id, data_source=data_source)


def missing_of_risk(result: RiskResult) -> Iterator[str]:
    """Everything a risk result lacks before anybody may be advised by it."""
    if not result.outcome.strip():
        yield "the outcome: which recorded event is estimated"
    yield from (f"the label card's '{name}'" for name in LABEL_CARD if not str(result.label_card.get(name, "")).strip())
    yield from _missing_of_bar(result)
    yield from _missing_of_figures(result)


def _unprotected(result: RiskResult) -> Iterator[str]:
    """What shows that counts did not go through the protection; for advice made by hand."""
    for name, columns in COUNTS.items():
        frame = getattr(result, name)
        yield from UK_STRICT.bare((frame[column] for column in columns if column in frame), of=f"in {name}")


def _missing_of_bar(result: RiskResult) -> Iterator[str]:
    if hashlib.sha256(result.bar_text.encode()).hexdigest() != result.bar_sha256:
        yield "the bar as it was sealed before the test period was opened: its text was changed since"
    if result.verdict not in (MET, NOT_MET, CANNOT_BE_JUDGED) or result.conditions.empty:
        yield "a verdict on the bar, with its conditions"
    yield from (f"the verdict on the bar '{name}'" for name in BARS if name not in result.verdicts)
    counted = next(iter(result.verdicts), "")
    own = result.conditions.loc[result.conditions["bar"] == counted, "verdict"]
    if result.verdict == MET and set(own) != {MET}:
        yield "a verdict that agrees with its conditions"


def _missing_of_figures(result: RiskResult) -> Iterator[str]:
    shown = result.performance[result.performance["model"] == MODEL].set_index("metric")
    yield from (f"the figure '{metric}', with its range" for metric in FIGURES if not _has_range(shown, metric))
    if result.performance["model"].nunique() < 2:
        yield "simple models beside it"
    for name, frame in (("a calibration curve", result.calibration_curve), ("a comparison by group", result.by_group),
                        ("counts of who was looked at", result.counts)):  # fmt: skip
        if frame.empty:
            yield name


def _has_range(shown: pd.DataFrame, metric: str) -> bool:
    return metric in shown.index and bool(shown.loc[metric, ["value", "lower", "upper"]].notna().all())


_OF_AGE = "age_years"


def protected_words(features: pd.DataFrame) -> str:
    """Which protected characteristics a model looks at, in a sentence; age may be one, and then it is said."""
    used = features[features["is_used"].astype(bool)]
    ages = used.loc[used["name"].astype("str").str.endswith(_OF_AGE), "label"].astype("str")
    if ages.empty:
        return "None of it is a protected characteristic."
    told = "; ".join(label[:1].lower() + label[1:] for label in ages)
    return f"Of protected characteristics it looks at age ({told}), and at no other."


def protect_counts(result: RiskResult, *, rules: Rules = UK_STRICT) -> RiskResult:
    """The same result with counts rounded, small ones hidden, and no figure that rests on a hidden count."""
    frames = {name: protect_frame(getattr(result, name), columns, rules=rules) for name, columns in COUNTS.items()}
    frames["calibration_curve"] = _without_few(frames["calibration_curve"], _of_bins(result), rules=rules)
    frames["capacities"] = _without_few(result.capacities, _of_capacities(result), rules=rules)
    frames["follow_up"] = _beside_counts(result.follow_up, frames["counts"])
    facts = result.facts() | {"families_in_test": rules.about(result.families_in_test)}
    return RiskResult.from_parts(facts, result.frames() | frames)


def _of_bins(result: RiskResult) -> list[Counts]:
    """In each part of a calibration curve: with the event, without."""
    rows, share = (result.calibration_curve[name].to_numpy(dtype="float64") for name in ("rows", "value"))
    return [rows * share, rows * (1 - share)]


def _of_capacities(result: RiskResult) -> list[Counts]:
    """Of those an offer would reach and those it would not: with the event, without, as far as a reader can tell."""
    table = result.capacities.pivot_table(index=["model", "capacity"], columns="metric", values="value")
    tested = result.counts[result.counts["period"] == "test"][["events", "no_event"]].sum()
    table = table.reindex(pd.MultiIndex.from_frame(result.capacities[["model", "capacity"]]))
    reached = table.index.get_level_values("capacity").to_numpy(dtype="float64") * tested.sum()
    hits = table.get("recall", pd.Series(np.nan, table.index)).to_numpy() * tested["events"]
    hits = np.where(np.isnan(hits), table.get("precision", pd.Series(np.nan, table.index)).to_numpy() * reached, hits)
    misses, wrong = tested["events"] - hits, reached - hits
    return [hits, misses, wrong, tested["no_event"] - wrong]


def _without_few(frame: pd.DataFrame, counts: list[Counts], *, rules: Rules) -> pd.DataFrame:
    """Figures absent where one of the counts that make them is too small to show."""
    few = np.zeros(len(frame), dtype=bool)
    for count in counts:
        few |= rules.hides(np.rint(np.nan_to_num(count)).astype(np.int64))
    return _absent(frame, ("value", "lower", "upper"), where=few)


def _beside_counts(follow_up: pd.DataFrame, counts: pd.DataFrame) -> pd.DataFrame:
    """Shares of a period absent where one of its counts is hidden: two of them beside each other tell it."""
    hidden = counts["period"][counts.isin([HIDDEN]).any(axis=1)]
    return _absent(follow_up, follow_up.columns.drop("period"), where=follow_up["period"].isin(hidden).to_numpy())


def _absent(frame: pd.DataFrame, names: Iterable[str], *, where: npt.NDArray[np.bool_]) -> pd.DataFrame:
    return frame.assign(**{name: frame[name].mask(where) for name in names})


def protect_frame(frame: pd.DataFrame, columns: tuple[str, ...], *, rules: Rules = UK_STRICT) -> pd.DataFrame:
    """The frame with those columns rounded, small counts hidden, and figures that rest on one that is hidden absent."""
    shown, hidden = frame.copy(), np.zeros(len(frame), dtype=bool)
    for name in (column for column in columns if column in frame):
        counts = frame[name].to_numpy(dtype="float64")
        whole = np.nan_to_num(counts).astype(np.int64)
        small = rules.hides(whole) & np.isfinite(counts)
        values = [HIDDEN if is_small else int(count) for is_small, count in zip(small, rules.shown(whole), strict=True)]
        shown[name] = pd.Series(values, index=frame.index, dtype="object")
        hidden |= small
    for name in (column for column in ("value", "lower", "upper", "mean_estimate", "rate") if column in shown):
        shown[name] = shown[name].where(~hidden)
    return shown
