"""Whether a bar is met: each condition with what was asked, what was found, and by how much it was met or missed."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from ehforecast.risk.bar import CANNOT_BE_JUDGED, MET, NOT_MET, Bar
from ehforecast.risk.implied import auroc_for_average_precision, auroc_for_skill
from ehforecast.risk.performance import Judged

STEPS_IN_RANGE = 11


@dataclass(frozen=True)
class Evidence:
    """What bars are judged on: figures of the test period.

    `groups` is `Judged.by_group` of the audit's characteristics.
    """

    model: str
    judged: Judged = field(repr=False)
    performance: pd.DataFrame = field(repr=False)
    differences: pd.DataFrame = field(repr=False)
    groups: pd.DataFrame = field(repr=False)

    def figure(self, metric: str) -> tuple[float, float, float]:
        """Value, lower and upper limit of the model's own figure."""
        row = self.performance[(self.performance["model"] == self.model) & (self.performance["metric"] == metric)]
        value, lower, upper = row[["value", "lower", "upper"]].to_numpy(dtype="float64")[0]
        return float(value), float(lower), float(upper)


@dataclass(frozen=True)
class Condition:
    """One condition of a bar; the margin is how far inside it the judged figure lies, below 0 how far outside."""

    condition: str
    needed: str
    value: float
    lower: float
    upper: float
    margin: float


COLUMNS = ["bar", "condition", "needed", "value", "lower", "upper", "margin", "verdict"]


def judge(bar: Bar, evidence: Evidence) -> pd.DataFrame:
    """Every condition of a bar: ``bar, condition, needed, value, lower, upper, margin, verdict``."""
    enough = min(evidence.judged.events, len(evidence.judged.known) - evidence.judged.events) >= bar.fewest_events
    rows = [
        {"bar": bar.name, **vars(condition), "verdict": _verdict(condition, enough=enough)}
        for condition in _conditions(bar, evidence)
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def verdict_of(conditions: pd.DataFrame) -> str:
    """Not met if one condition is not; cannot be judged if one cannot, or none was asked; otherwise met.

    >>> verdict_of(pd.DataFrame({"verdict": ["met", "cannot be judged"]}))
    'cannot be judged'
    """
    verdicts = set(conditions["verdict"])
    if NOT_MET in verdicts:
        return NOT_MET
    return MET if verdicts == {MET} else CANNOT_BE_JUDGED


def implied_auroc(bar: Bar, *, rate: float, families: int) -> float:
    """The AUROC that a bar's accuracy condition asks for at this share with an event; NaN where it asks for none.

    For an average precision that which reaches it; for a skill that at which its lower limit would, with so many
    families to judge on. See `implied`.
    """
    if bar.average_precision is not None:
        return auroc_for_average_precision(bar.average_precision, rate)
    if bar.skill_above is not None:
        return auroc_for_skill(rate, families=families, above=bar.skill_above)
    return float("nan")


def _verdict(condition: Condition, *, enough: bool) -> str:
    if not enough or not np.isfinite(condition.margin):
        return CANNOT_BE_JUDGED
    return MET if condition.margin > 0 else NOT_MET


def _conditions(bar: Bar, evidence: Evidence) -> Iterator[Condition]:
    yield from _accuracy(bar, evidence)
    yield from _calibration(bar, evidence)
    if bar.beats_simple_models:
        yield from _beats_simple_models(evidence)
    if bar.net_benefit and bar.net_benefit_range is not None:
        yield from _net_benefit(evidence, limits=bar.net_benefit_range)
    if bar.group_skill_above is not None:
        yield from _groups(evidence, above=bar.group_skill_above)


def _accuracy(bar: Bar, evidence: Evidence) -> Iterator[Condition]:
    if bar.skill_above is not None:
        value, lower, upper = evidence.figure("brier_skill")
        needed = f"lower limit above {bar.skill_above:g}"
        yield Condition("brier_skill", needed, value, lower, upper, lower - bar.skill_above)
    if bar.average_precision is not None:
        value, lower, upper = evidence.figure("average_precision")
        margin = value - bar.average_precision
        yield Condition("average_precision", f"at least {bar.average_precision:g}", value, lower, upper, margin)


def _calibration(bar: Bar, evidence: Evidence) -> Iterator[Condition]:
    if bar.slope is not None:
        value, lower, upper = evidence.figure("slope")
        needed = f"between {bar.slope[0]:g} and {bar.slope[1]:g}"
        yield Condition("slope", needed, value, lower, upper, min(value - bar.slope[0], bar.slope[1] - value))
    if bar.citl_within is not None:
        value, lower, upper = evidence.figure("citl")
        yield Condition("citl", f"within {bar.citl_within:g} of 0", value, lower, upper, bar.citl_within - abs(value))


def _beats_simple_models(evidence: Evidence) -> Iterator[Condition]:
    rows = evidence.differences[evidence.differences["metric"] == "logloss"]
    for than, value, lower, upper in rows[["than", "value", "lower", "upper"]].itertuples(index=False, name=None):
        yield Condition(
            f"logloss_less_than_{than}", "upper limit of the difference below 0", value, lower, upper, -upper
        )


def _net_benefit(evidence: Evidence, *, limits: tuple[float, float]) -> Iterator[Condition]:
    """The worst margin over the range: at every chance in it the model must do better than either default."""
    thresholds = [round(float(step), 4) for step in np.linspace(*limits, STEPS_IN_RANGE)]
    margins = evidence.judged.margins(evidence.model, thresholds)
    for than, part in margins.groupby("than", sort=True):
        worst = part.sort_values("value", kind="stable")[["value", "lower", "upper"]].to_numpy(dtype="float64")[0]
        value, lower, upper = (float(end) for end in worst)
        needed = f"above 0 from {limits[0]:g} to {limits[1]:g}; the least is shown"
        yield Condition(f"net_benefit_above_{than}", needed, value, lower, upper, value)


def _groups(evidence: Evidence, *, above: float) -> Iterator[Condition]:
    skill = evidence.groups[evidence.groups["metric"] == "brier_skill"]
    judged = skill[skill["can_be_judged"].astype(bool)]
    if judged.empty:
        yield Condition("skill_in_every_group", "a group that can be judged", *[float("nan")] * 4)
    for row in judged.to_dict("records"):
        name = f"skill_in {row['characteristic']}: {row['group']}"
        value = float(row["value"])
        yield Condition(name, f"above {above:g}", value, float(row["lower"]), float(row["upper"]), value - above)
