"""What ways of changing a model would do to accuracy, calibration and each group's errors. Nothing is applied."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from fairlearn.postprocessing import ThresholdOptimizer
from fairlearn.reductions import ErrorRate, ExponentiatedGradient, TruePositiveRateParity
from sklearn.base import BaseEstimator, ClassifierMixin

from ehforecast.errors import SettingsError
from ehforecast.risk.fairness.counts import tally
from ehforecast.risk.fairness.frame import AuditFrame
from ehforecast.risk.fairness.intervals import Range, difference
from ehforecast.risk.fairness.scores import AUROC, BRIER, IN_THE_LARGE, members, score
from ehforecast.risk.fairness.settings import AuditSettings, Characteristic, GroupColumn
from ehforecast.risk.fairness.shares import (
    BAND_SHARE,
    FALSE_NEGATIVE_RATE,
    FALSE_POSITIVE_RATE,
    GroupShares,
    group_shares,
)
from ehforecast.risk.fairness.standing import Standing, standing, words_of
from ehforecast.risk.fairness.tables import tidy
from ehforecast.risk.fairness.wording import mitigation_statements
from ehforecast.risk.fairness_results import MitigationResult

Floats = npt.NDArray[np.float64]
Booleans = npt.NDArray[np.bool_]
Predict = Callable[[pd.DataFrame], Floats]
Fit = Callable[[pd.DataFrame, Floats, Floats], Predict]
"""From features, outcome and weights to a function that estimates from features."""

NOTHING, WITHOUT_FEATURES, REWEIGHED = "nothing", "without_features", "reweighed"
GRADIENT, THRESHOLDS, SIMPLER, NO_MODEL = "exponentiated_gradient", "threshold_optimiser", "simpler_model", "no_model"

LABELS = {
    NOTHING: "Do nothing",
    WITHOUT_FEATURES: "Leave features out",
    REWEIGHED: "Weigh people so that group and outcome are unrelated in training",
    GRADIENT: "Exponentiated gradient, false negative rates alike (fairlearn)",
    THRESHOLDS: "An edge for each group, false negative rates alike (fairlearn)",
    SIMPLER: "A simpler model",
    NO_MODEL: "No model: the same estimate for everybody",
}

BALANCED_ACCURACY = "balanced_accuracy"
OPTION_COLUMNS = ("option", "label", "metric", "value", "lower", "upper", "change", "placed_otherwise")
GROUP_COLUMNS = ("option", "group", "metric", "value", "lower", "upper", "denominator", "standing")


@dataclass(frozen=True)
class Trial:
    """Training and test people; features and groups are kept apart, aligned by row.

    Attributes:
        train, test: features.
        train_outcome, test_outcome: 0.0 or 1.0.
        train_group, test_group: of one characteristic; text, no row absent.
        test_cluster: families of the test people; every row its own if not given.
    """

    train: pd.DataFrame = field(repr=False)
    train_outcome: Floats = field(repr=False)
    train_group: "pd.Series[str]" = field(repr=False)
    test: pd.DataFrame = field(repr=False)
    test_outcome: Floats = field(repr=False)
    test_group: "pd.Series[str]" = field(repr=False)
    test_cluster: npt.NDArray[np.int64] | None = field(repr=False, default=None)

    def __post_init__(self) -> None:
        sizes = (len(self.train), len(self.train_outcome), len(self.train_group)), (
            len(self.test), len(self.test_outcome), len(self.test_group),
        )  # fmt: skip
        if any(len(set(size)) != 1 for size in sizes):
            raise SettingsError("mitigation: features, outcomes and groups have one row for each person")


@dataclass(frozen=True)
class Ways:
    """How models are made, and what is tried.

    Attributes:
        fit: makes the model as it is.
        simpler: makes a simpler one; left out if not given.
        edge: an estimate at or above it is placed in the upper band.
        leave_out: features to do without; left out if empty.
        view: the name of the characteristic.
        seed: of what involves chance; the next one is used to see what changes with it.
    """

    fit: Fit
    edge: float
    view: str
    simpler: Fit | None = None
    leave_out: tuple[str, ...] = ()
    seed: int = 0
    confidence: float = 0.95
    judged_from: int = 100


@dataclass(frozen=True)
class Outcome:
    """What one option says of the test people.

    Attributes:
        estimate: NaN throughout where the option places people without estimating.
        placed: in the upper band; ``otherwise``: with another seed.
    """

    estimate: Floats
    placed: Booleans
    otherwise: Booleans


def compare_options(trial: Trial, ways: Ways) -> MitigationResult:
    """Fit every option on the training people, and measure all of them on the same test people.

    Nothing is kept of the models. Options that involve chance (exponentiated gradient, edges by group) place some
    people otherwise with another seed; `placed_otherwise` says how many.
    """
    tried = dict(_options(trial, ways))
    parts = {option: _measured(trial, ways, option=option, found=found) for option, found in tried.items()}
    options = pd.concat([part[0] for part in parts.values()], ignore_index=True)
    base = options[options["option"] == NOTHING].set_index("metric")["value"]
    options["change"] = options["value"] - options["metric"].map(base)
    result = MitigationResult(
        ways.view, ways.edge, len(trial.test), ways.confidence, options[list(OPTION_COLUMNS)],
        pd.concat([part[1] for part in parts.values()], ignore_index=True)[list(GROUP_COLUMNS)], pd.DataFrame(),
    )  # fmt: skip
    return replace(result, statements=mitigation_statements(result))


def reweights(outcome: Floats, group: "pd.Series[str]") -> Floats:
    """Weights under which group and outcome are unrelated: (share of group)(share of outcome) / (share of both).

    Source: Kamiran and Calders (2012).
    """
    codes = pd.factorize(group)[0]
    events = outcome.astype(np.int64)
    both = np.bincount(codes * 2 + events, minlength=2 * (int(codes.max()) + 1)).reshape(-1, 2) / len(outcome)
    expected = both.sum(axis=1, keepdims=True) * both.sum(axis=0, keepdims=True)
    return np.asarray(np.divide(expected, both, out=np.ones_like(both), where=both > 0)[codes, events])


def _options(trial: Trial, ways: Ways) -> Iterator[tuple[str, Outcome]]:
    even = np.ones(len(trial.train))
    model = ways.fit(trial.train, trial.train_outcome, even)
    yield NOTHING, _estimated(model(trial.test), ways)
    if ways.leave_out:
        left = [name for name in trial.train if name not in ways.leave_out]
        fewer = ways.fit(trial.train[left], trial.train_outcome, even)
        yield WITHOUT_FEATURES, _estimated(fewer(trial.test[left]), ways)
    weighed = ways.fit(trial.train, trial.train_outcome, reweights(trial.train_outcome, trial.train_group))
    yield REWEIGHED, _estimated(weighed(trial.test), ways)
    yield GRADIENT, _gradient(trial, ways)
    if _can_have_edges(trial):
        yield THRESHOLDS, _thresholds(trial, ways, model=model)
    if ways.simpler is not None:
        yield SIMPLER, _estimated(ways.simpler(trial.train, trial.train_outcome, even)(trial.test), ways)
    yield NO_MODEL, _estimated(np.full(len(trial.test), trial.train_outcome.mean()), ways)


def _estimated(estimate: Floats, ways: Ways) -> Outcome:
    placed = np.asarray(estimate >= ways.edge)
    return Outcome(np.asarray(estimate, dtype=np.float64), placed, placed)


class FittedBy(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """A fit function as fairlearn expects a classifier: upper band or not."""

    def __init__(self, fit_model: Fit, edge: float) -> None:
        self.fit_model = fit_model
        self.edge = edge

    def fit(self, X: pd.DataFrame, y: npt.ArrayLike, *, sample_weight: npt.ArrayLike | None = None) -> "FittedBy":  # noqa: N803 (scikit-learn's name)
        weights = np.ones(len(X)) if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)
        self.predict_ = self.fit_model(X, np.asarray(y, dtype=np.float64), weights)
        self.classes_ = np.array([0, 1])
        return self

    def predict(self, X: pd.DataFrame) -> npt.NDArray[np.int64]:  # noqa: N803
        return np.asarray(self.predict_(X) >= self.edge).astype(np.int64)

    def predict_proba(self, X: pd.DataFrame) -> Floats:  # noqa: N803
        estimate = self.predict_(X)
        return np.column_stack([1 - estimate, estimate])


def _gradient(trial: Trial, ways: Ways) -> Outcome:
    """A mixture of models with labels and weights changed until false negative rates are alike in training.

    Wrongly placed people cost as the edge implies: 1 - edge for a miss, edge for a false alarm.
    """
    costs = {"fp": ways.edge, "fn": 1 - ways.edge}
    method = ExponentiatedGradient(
        FittedBy(ways.fit, 0.5),
        TruePositiveRateParity(difference_bound=0.01),
        objective=ErrorRate(costs=costs),
        max_iter=10,
    )
    method.fit(trial.train, trial.train_outcome.astype(np.int64), sensitive_features=trial.train_group)
    return _placed([method.predict(trial.test, random_state=seed) for seed in (ways.seed, ways.seed + 1)])


def _can_have_edges(trial: Trial) -> bool:
    """Every group in training has people with and without the outcome, and every group of the test was trained on."""
    known = pd.Series(trial.train_outcome).groupby(trial.train_group.to_numpy()).nunique()
    return bool((known == 2).all()) and set(trial.test_group) <= set(known.index)


def _thresholds(trial: Trial, ways: Ways, *, model: Predict) -> Outcome:
    estimator = FittedBy(ways.fit, ways.edge)
    estimator.predict_, estimator.classes_ = model, np.array([0, 1])
    method = ThresholdOptimizer(
        estimator=estimator, constraints="false_negative_rate_parity", objective="balanced_accuracy_score",
        prefit=True, predict_method="predict_proba",
    )  # fmt: skip
    method.fit(trial.train, trial.train_outcome.astype(np.int64), sensitive_features=trial.train_group)
    groups = trial.test_group
    return _placed(
        [method.predict(trial.test, sensitive_features=groups, random_state=s) for s in (ways.seed, ways.seed + 1)]
    )


def _placed(by_seed: Sequence[Any]) -> Outcome:
    first, second = (np.asarray(one).astype(np.float64) > 0.5 for one in by_seed)
    return Outcome(np.full(len(first), np.nan), first, second)


def _measured(trial: Trial, ways: Ways, *, option: str, found: Outcome) -> tuple[pd.DataFrame, pd.DataFrame]:
    """One option's figures, overall and by group."""
    frame = _frame(trial, found.placed.astype(np.float64), ways=ways)
    settings = AuditSettings(
        (0.5,), (GroupColumn(ways.view, Characteristic.RACE),), judged_from=ways.judged_from, confidence=ways.confidence
    )
    counted = tally(frame, (0.5,))
    view = counted.views[0]
    given = standing(counted, view, settings=settings)
    shares = group_shares(counted, view, moments=None, confidence=ways.confidence)
    groups = pd.concat(
        [
            tidy(
                view.labels, (0.5,),
                columns={
                    "option": option, "metric": metric, "value": side.range.value, "lower": side.range.lower,
                    "upper": side.range.upper, "denominator": side.people,
                    "standing": np.array(words_of(given), dtype=object)[:, None],
                },
            )[given.shown]
            for metric in (BAND_SHARE, FALSE_NEGATIVE_RATE, FALSE_POSITIVE_RATE)
            for side in [shares.groups[metric]]
        ],
        ignore_index=True,
    )  # fmt: skip
    overall = {**_placement(trial, found, ways=ways), **_gaps(shares, given), **_scores(trial, found, ways=ways)}
    rows = [
        {"option": option, "label": LABELS[option], "metric": metric, "value": v, "lower": lower, "upper": upper,
         "placed_otherwise": float((found.placed != found.otherwise).mean())}
        for metric, (v, lower, upper) in overall.items()
    ]  # fmt: skip
    return pd.DataFrame(rows), groups


def _frame(trial: Trial, estimate: Floats, *, ways: Ways) -> AuditFrame:
    cluster = np.arange(len(trial.test)) if trial.test_cluster is None else trial.test_cluster
    groups = pd.DataFrame({ways.view: trial.test_group.to_numpy()}, dtype="str")
    return AuditFrame(estimate, trial.test_outcome, groups, cluster.astype(np.int64), np.ones(len(estimate)))


Told = dict[str, tuple[float, float, float]]


def _placement(trial: Trial, found: Outcome, *, ways: Ways) -> Told:
    """Balanced accuracy and share in the upper band; (1 + hit rate - false alarm rate) / 2 from their two ranges."""
    everyone = replace(trial, test_group=pd.Series(["everyone"] * len(trial.test)))
    counted = tally(_frame(everyone, found.placed.astype(np.float64), ways=ways), (0.5,))
    shares = group_shares(counted, counted.views[0], moments=None, confidence=ways.confidence).groups
    misses, alarms, share = (shares[m].range for m in (FALSE_NEGATIVE_RATE, FALSE_POSITIVE_RATE, BAND_SHARE))
    hits = Range(1 - misses.value, 1 - misses.upper, 1 - misses.lower)
    gap = difference(hits, alarms)
    balanced = tuple(float((1 + end[0, 0]) / 2) for end in gap)
    told = tuple(float(end[0, 0]) for end in share)
    return {BALANCED_ACCURACY: (balanced[0], balanced[1], balanced[2]), BAND_SHARE: (told[0], told[1], told[2])}


def _scores(trial: Trial, found: Outcome, *, ways: Ways) -> Told:
    told: Told = {}
    for metric in (AUROC, BRIER, IN_THE_LARGE):
        nothing = (float("nan"),) * 3
        if np.isnan(found.estimate).any():
            told[metric] = nothing
            continue
        frame = _frame(trial, found.estimate, ways=ways)
        made = score(metric, members(frame, np.ones(len(frame), dtype=bool)))
        told[metric] = (made.value, *made.range(ways.confidence))
    return told


def _gaps(shares: GroupShares, given: Standing) -> Told:
    """Largest less smallest over judged groups; the range is of those two, as if they had been named beforehand."""
    told: Told = {}
    for metric in (FALSE_NEGATIVE_RATE, FALSE_POSITIVE_RATE):
        found = shares.groups[metric].range
        judged = np.flatnonzero(given.judged & np.isfinite(found.value[:, 0]))
        name = f"gap_{metric}"
        if len(judged) < 2:
            told[name] = (float("nan"),) * 3
            continue
        order = judged[np.argsort(found.value[judged, 0], kind="stable")]
        high, low = (Range(*(end[place] for end in found)) for place in (order[-1], order[0]))
        gap = difference(high, low)
        told[name] = (float(gap.value[0]), float(gap.lower[0]), float(gap.upper[0]))
    return told
