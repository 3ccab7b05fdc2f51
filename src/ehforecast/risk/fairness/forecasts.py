"""For which areas or groups a forecast of counts runs low or high, or has a range that is too narrow."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from ehforecast.errors import ContractError, Finding, SettingsError
from ehforecast.risk.fairness.intervals import wilson
from ehforecast.risk.fairness.nulls import holm
from ehforecast.risk.fairness.scores import Score, gap_of
from ehforecast.risk.fairness.wording import forecast_statements
from ehforecast.risk.fairness_results import CANNOT_BE_JUDGED, MEASURED, NOT_RECORDED, TOO_SMALL, ForecastFairnessResult

Floats = npt.NDArray[np.float64]

NEEDED = ("actual", "median", "lower", "upper", "group")

MULTIPLICITY = (
    "Differences of bias between each group and everyone else are adjusted by Holm over all groups, so that at most "
    "one audit in twenty names a group where there is no difference; ranges inside which too few periods fell are "
    "adjusted the same way."
)


@dataclass(frozen=True)
class ForecastAuditSettings:
    """How a forecast is audited.

    Attributes:
        coverage: nominal share of periods inside the range.
        smallest_periods, judged_from: periods a group needs for a figure, and to be judged.
    """

    coverage: float = 0.8
    confidence: float = 0.95
    smallest_periods: int = 6
    judged_from: int = 24

    def __post_init__(self) -> None:
        if not (
            0 < self.coverage < 1 and 0.5 <= self.confidence < 1 and 2 <= self.smallest_periods <= self.judged_from
        ):
            raise SettingsError("forecast audit: coverage and confidence lie between 0 and 1; 2 or more periods")


def audit_forecasts(frame: pd.DataFrame, settings: ForecastAuditSettings | None = None) -> ForecastFairnessResult:
    """Bias and coverage of forecasts by group.

    ``frame`` has ``actual, median, lower, upper, group``, one row per forecast of a period; rows that share a
    ``cluster`` (for example the month, when something hits every area at once, or the date the forecast was made) are
    taken together. Bias is the sum of forecast less actual over the sum of actual: below 0, too few were forecast.
    Its range is Student's t, robust to clusters.
    """
    settings = settings or ForecastAuditSettings()
    _check(frame)
    group = frame["group"].astype("str").where(frame["group"].notna(), NOT_RECORDED)
    cluster = pd.factorize(frame["cluster"])[0] if "cluster" in frame else np.arange(len(frame))
    rows = pd.DataFrame(
        [
            _row(frame, np.asarray(group == name), name=name, cluster=cluster, settings=settings)
            for name in sorted(set(group))
        ]
    )
    rows["p_adjusted"] = holm(rows["p_value"].to_numpy(dtype=np.float64))
    rows["inside_p_adjusted"] = holm(rows["inside_p_value"].to_numpy(dtype=np.float64))
    result = ForecastFairnessResult(
        settings.coverage, settings.confidence, MULTIPLICITY, rows.drop(columns="inside_p_value"), pd.DataFrame()
    )
    return ForecastFairnessResult.from_parts(
        result.facts(), {**result.frames(), "statements": forecast_statements(result)}
    )


def _check(frame: pd.DataFrame) -> None:
    absent = [name for name in NEEDED if name not in frame]
    remedy = "Give one row per forecast, with columns " + ", ".join(NEEDED) + "."
    findings = [Finding("", "forecasts", name, "every_column_is_there", 1, remedy) for name in absent]
    if not absent:
        numbers = frame[list(NEEDED[:4])].to_numpy(dtype=np.float64)
        broken = int((~np.isfinite(numbers).all(axis=1) | (numbers[:, 0] < 0) | (numbers[:, 2] > numbers[:, 3])).sum())
        if broken or not len(frame):
            rule = "numbers_are_there_and_ranges_have_two_ends"
            findings.append(Finding("", "forecasts", "actual", rule, max(broken, 1), remedy))
    if findings:
        raise ContractError(findings)


def _row(
    frame: pd.DataFrame, inside: npt.NDArray[np.bool_], *, name: str, cluster: npt.NDArray[np.int64],
    settings: ForecastAuditSettings,
) -> dict[str, object]:  # fmt: skip
    periods = int(inside.sum())
    row: dict[str, object] = {"group": name, "periods": periods}
    if periods < settings.smallest_periods:
        return row | {"standing": TOO_SMALL, "p_value": np.nan, "inside_p_value": np.nan}
    own, rest = (_bias(frame[mask], cluster[mask]) for mask in (inside, ~inside))
    judged = min(periods, len(frame) - periods) >= settings.judged_from
    gap, error = gap_of(own, rest)
    families = len(np.unique(cluster[inside]))
    lower, upper = own.range(settings.confidence)
    own_rows = frame[inside]
    held = (own_rows["actual"] >= own_rows["lower"]) & (own_rows["actual"] <= own_rows["upper"])
    share = wilson(np.array(held.mean()), np.array(float(periods)), confidence=settings.confidence)
    return row | {
        "actual": float(own_rows["actual"].sum()), "bias": own.value, "lower": lower, "upper": upper, "difference": gap,
        "p_value": float(2 * stats.t.sf(abs(gap) / error, max(families - 1, 1))) if judged and error > 0 else np.nan,
        "inside": float(share.value), "inside_lower": float(share.lower), "inside_upper": float(share.upper),
        "inside_p_value": float(stats.binom.cdf(held.sum(), periods, settings.coverage)) if judged else np.nan,
        "below": float((own_rows["actual"] > own_rows["upper"]).mean()),
        "standing": MEASURED if judged else CANNOT_BE_JUDGED,
    }  # fmt: skip


def _bias(rows: pd.DataFrame, cluster: npt.NDArray[np.int64]) -> Score:
    """Relative bias, a ratio of sums, with each period's influence on it."""
    actual = rows["actual"].to_numpy(dtype=np.float64)
    error = rows["median"].to_numpy(dtype=np.float64) - actual
    whole = actual.sum()
    if whole <= 0:
        return Score(float("nan"), np.zeros(len(rows)), cluster)
    value = float(error.sum() / whole)
    return Score(value, (error - value * actual) / whole, cluster)
