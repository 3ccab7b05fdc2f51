"""For which areas or groups a forecast of counts runs low or high, or has a range that is too narrow."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

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
Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]

NEEDED = ("actual", "median", "lower", "upper", "group")

MULTIPLICITY = (
    "Differences of bias between each group and everyone else, and ranges inside which too few periods fell, are "
    "adjusted together by Holm, over all groups, so that at most one audit in twenty names a group where there is "
    "nothing to find."
)


@dataclass(frozen=True)
class ForecastAuditSettings:
    """How a forecast is audited.

    Attributes:
        coverage: nominal share of periods inside the range.
        confidence: of the limits around each figure.
        smallest_periods, smallest_count: periods, and events in them, that a group needs for a figure.
        judged_from, judged_clusters: periods, and clusters of them, that it needs to be judged.
    """

    coverage: float = 0.8
    confidence: float = 0.95
    smallest_periods: int = 6
    smallest_count: float = 100.0
    judged_from: int = 24
    judged_clusters: int = 8

    def __post_init__(self) -> None:
        if not (
            0 < self.coverage < 1 and 0.5 <= self.confidence < 1 and 2 <= self.smallest_periods <= self.judged_from
        ):
            raise SettingsError("forecast audit: coverage and confidence lie between 0 and 1; 2 or more periods")


def audit_forecasts(
    frame: pd.DataFrame,
    settings: ForecastAuditSettings | None = None,
    *,
    about: str = "",
    without: Sequence[tuple[str, str]] = (),
) -> ForecastFairnessResult:
    """Bias and coverage of forecasts by group.

    ``frame`` has ``actual, median, lower, upper, group``, one row per forecast of a period; rows that share a
    ``cluster`` (for example the month, when something hits every area at once, or the date the forecast was made) are
    taken together, and groups are compared with the others of their ``view`` alone (for example localities with
    localities). Bias is the sum of forecast less actual over the sum of actual: below 0, too few were forecast. Its
    range is Student's t, robust to clusters. The range of coverage is Wilson's, on as many periods as are left when
    those of a cluster go together: the design effect, which groups have in common, is estimated over all of them.

    ``about`` says in words which forecasts these are; ``without`` names views with groups that have none, so that they
    are listed.
    """
    settings = settings or ForecastAuditSettings()
    _check(frame)
    rows = _Rows.of(frame)
    shared = rows.design_effect
    table = pd.DataFrame(
        [
            _row(rows, view=view, group=group, shared=shared, settings=settings)
            for view, group in (*rows.groups, *without)
        ]
    )
    tested = ["p_value", "inside_p_value"]
    adjusted = holm(table[tested].to_numpy(dtype=np.float64).T.ravel()).reshape(2, -1)
    table["p_adjusted"], table["inside_p_adjusted"] = adjusted
    found = ForecastFairnessResult(
        about, settings.coverage, settings.confidence, MULTIPLICITY, table.drop(columns="inside_p_value"),
        pd.DataFrame(),
    )  # fmt: skip
    return replace(found, statements=forecast_statements(found))


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


@dataclass(frozen=True)
class _Rows:
    """The forecasts as arrays."""

    actual: Floats
    error: Floats
    held: Booleans
    above: Booleans
    group: npt.NDArray[np.object_]
    view: npt.NDArray[np.object_]
    cluster: Integers

    @classmethod
    def of(cls, frame: pd.DataFrame) -> "_Rows":
        actual, median, lower, upper = frame[list(NEEDED[:4])].to_numpy(dtype=np.float64).T
        group = frame["group"].astype("str").where(frame["group"].notna(), NOT_RECORDED).to_numpy(dtype=object)
        view = frame["view"].to_numpy(dtype=object) if "view" in frame else np.full(len(frame), "", dtype=object)
        cluster = pd.factorize(frame["cluster"])[0] if "cluster" in frame else np.arange(len(frame))
        inside = (actual >= lower) & (actual <= upper)
        return cls(actual, median - actual, inside, actual > upper, group, view, cluster.astype(np.int64))

    @property
    def groups(self) -> list[tuple[str, str]]:
        """Each view with each of its groups, in the order given."""
        return list(dict.fromkeys(zip(self.view, self.group, strict=True)))

    def of_group(self, view: str, group: str) -> Booleans:
        return np.asarray((self.view == view) & (self.group == group))

    def bias(self, mask: Booleans) -> Score:
        """Relative bias, a ratio of sums, with each period's influence on it."""
        actual, error, cluster = self.actual[mask], self.error[mask], self.cluster[mask]
        whole = actual.sum()
        if whole <= 0:
            return Score(float("nan"), np.zeros(len(actual)), cluster)
        value = float(error.sum() / whole)
        return Score(value, (error - value * actual) / whole, cluster)

    @property
    def design_effect(self) -> float:
        """How many times less the periods say of coverage than as many that have nothing to do with each other."""
        clustered, alone = 0.0, 0.0
        for view, group in self.groups:
            mask = self.of_group(view, group)
            share, number = self.held[mask].mean(), len(np.unique(self.cluster[mask]))
            if number > 1:
                sums = np.bincount(self.cluster[mask], self.held[mask] - share)
                clustered += float((sums**2).sum()) * number / (number - 1)
                alone += float(mask.sum() * share * (1 - share))
        return max(clustered / alone, 1.0) if alone > 0 else 1.0


def _row(rows: _Rows, *, view: str, group: str, shared: float, settings: ForecastAuditSettings) -> dict[str, object]:
    own = rows.of_group(view, group)
    rest = (rows.view == view) & ~own
    periods, clusters = int(own.sum()), len(np.unique(rows.cluster[own]))
    row: dict[str, object] = {"view": view, "group": group, "periods": periods, "clusters": clusters}
    if periods < settings.smallest_periods or rows.actual[own].sum() < settings.smallest_count:
        return row | dict.fromkeys(_FIGURES, np.nan) | {"standing": TOO_SMALL}
    judged = periods >= settings.judged_from and clusters >= settings.judged_clusters
    bias, others = rows.bias(own), rows.bias(np.asarray(rest))
    between = gap_of(bias, others) if rest.any() else None
    gap, error = (between.value, between.standard_error) if between else (np.nan, np.nan)
    lower, upper = bias.range(settings.confidence)
    share = wilson(np.array(rows.held[own].mean()), np.array(periods / shared), confidence=settings.confidence)
    return row | {
        "bias": bias.value, "lower": lower, "upper": upper, "difference": gap,
        "p_value": float(2 * stats.t.sf(abs(gap) / error, max(clusters - 1, 1))) if judged and error > 0 else np.nan,
        "inside": float(share.value), "inside_lower": float(share.lower), "inside_upper": float(share.upper),
        "inside_p_value": _p_too_few(rows.held[own], shared, coverage=settings.coverage) if judged else np.nan,
        "below": float(rows.above[own].mean()),
        "standing": MEASURED if judged else CANNOT_BE_JUDGED,
    }  # fmt: skip


_FIGURES = ("bias", "lower", "upper", "difference", "p_value", "inside", "inside_lower", "inside_upper",
            "inside_p_value", "below")  # fmt: skip


def _p_too_few(held: Booleans, shared: float, *, coverage: float) -> float:
    """The chance of so few periods inside the range or fewer, were it `coverage`, of as many as say something new.

    The binomial distribution, by way of the beta so that its number need not be whole.
    """
    inside, outside = held.sum() / shared, (~held).sum() / shared
    return float(stats.beta.sf(coverage, inside + 1, outside)) if outside > 0 else 1.0
