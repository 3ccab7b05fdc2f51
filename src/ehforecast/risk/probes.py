"""Probes for what no honest record could know: features made of the outcome, and models that learn from noise."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import expit

from ehforecast.errors import RiskError
from ehforecast.risk.bootstrap import interval, replicated
from ehforecast.risk.calibration import family_folds
from ehforecast.risk.fairness.intervals import Range, wilson
from ehforecast.risk.learning import LearningRows
from ehforecast.risk.model import ModelSettings, fit_trees
from ehforecast.risk.performance import Judged, PerformanceSettings
from ehforecast.risk.scores import Scores

Matrix = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]

LEAK, LOOK = "leak", "look at it"

ALONE = 0.8
"""AUROC of one feature alone above which it is taken for the outcome itself: whole models reach 0.65 to 0.75."""

GAIN, WHOLE = 0.05, 0.77
"""AUROC that one feature may add to all others where with it the whole model has more than `WHOLE`.

One honest feature may add much to a weak model; a planted column lifts a good one beyond what honest records reach.
"""

SURE_GAIN = 0.02
"""And at least this for certain: on a hundred people an AUROC moves by more on its own."""

SURE_SHARE = 0.9
"""A value whose share with an event is certainly above this tells the outcome, where most people have none."""

THREEFOLD = 3.0
"""Shares with an event where a value is absent and where it is not may not differ by this factor."""

ABSENCE_ALONE = 0.6
"""AUROC of nothing but which values are absent, above which someone should look at how they come to be absent."""

BINS, FEWEST_ROWS, PRIOR_ROWS, MOST_ROWS, STRONGEST, REPLICATES = 20, 30, 10.0, 20_000, 3, 200

_MADE_TO_FAIL = {
    "permuted_outcome": (
        "A model of outcomes dealt out at random",
        "It should find nothing, which is 0.5. One in twenty is so far off by chance: see whether another seed is too.",
    ),
    "absence_alone": (
        "A model of nothing but which values are absent",
        "Somebody should find out how they come to be absent.",
    ),
}


@dataclass(frozen=True)
class Probes:
    """What the probes found before the test period was opened.

    Attributes:
        features: one row per feature: ``feature, own_auroc`` (alone, on families left out), ``highest_share`` and
            ``lowest_share`` (with an event at one of its values, certain to 95%), ``absence_ratio`` (larger share over
            smaller, absent or not), ``gain`` (in AUROC over all others, of the strongest three, with
            ``gain_lower`` and ``whole``, the AUROC of all), ``finding`` (`LEAK` or empty), ``because``.
        models: ``probe, value, lower, upper, finding``: `permuted_outcome` and `absence_alone`, AUROC.
    """

    features: pd.DataFrame = field(repr=False)
    models: pd.DataFrame = field(repr=False)

    def check(self, explained: Mapping[str, str]) -> None:
        """Raise `RiskError` naming each feature that looks like the outcome and has no written explanation."""
        leaks = self.features[self.features["finding"] == LEAK]
        named = [f"{row.feature} ({row.because})" for row in leaks.itertuples() if not explained.get(str(row.feature))]
        if named:
            raise RiskError(
                "these features look as if they were recorded after the outcome: " + "; ".join(named) + ". Leave them "
                "out (`leave_out`), or say why each was known on the day of the estimate (`accepted_features` of a "
                "configuration, `explained_features` in Python)"
            )

    def to_look_at(self) -> Iterator[str]:
        """A sentence for each model that was made to fail and did not."""
        for row in self.models[self.models["finding"] != ""].to_dict("records"):
            found = f"an AUROC of {row['value']:.2f} ({row['lower']:.2f} to {row['upper']:.2f})"
            yield f"{_MADE_TO_FAIL[row['probe']][0]} reached {found}. {_MADE_TO_FAIL[row['probe']][1]}"


def probe(
    train: LearningRows, calibrate: LearningRows, *, parameters: Mapping[str, Any], settings: ModelSettings
) -> Probes:
    """Look for leaks in the periods before the test."""
    train = train.sample(MOST_ROWS, seed=settings.seed)
    features = pd.DataFrame([_probe_feature(train, name, seed=settings.seed) for name in train.features])
    strongest = features["own_auroc"].nlargest(STRONGEST).index
    gains = {
        place: _gain(str(features["feature"][place]), train, calibrate=calibrate, fit=(parameters, settings))
        for place in strongest
    }
    for column, part in (("gain", 0), ("gain_lower", 1), ("whole", 2)):
        features[column] = pd.Series({place: gain[part] for place, gain in gains.items()}, dtype="float64")
    findings = [_finding(row, rate=train.rate) for row in features.to_dict("records")]
    features["finding"], features["because"] = ([pair[part] for pair in findings] for part in (0, 1))
    models = [
        _permuted(train, calibrate, parameters=parameters, settings=settings),
        _absence_alone(train, calibrate, parameters=parameters, settings=settings),
    ]
    return Probes(features, pd.DataFrame(models))


def _probe_feature(rows: LearningRows, name: object, *, seed: int) -> dict[str, object]:
    column = rows.features[name]
    codes = _binned(column)
    highest, lowest = _certain_shares(codes, rows)
    return {
        "feature": str(name),
        "own_auroc": _own_auroc(codes, rows, seed=seed),
        "highest_share": highest,
        "lowest_share": lowest,
        "absence_ratio": _absence_ratio(column.isna().to_numpy(), rows),
    }


def _binned(column: pd.Series) -> Codes:
    """Levels, or up to twenty quantile bins, with absent as a bin of its own."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return np.asarray(column.cat.codes, dtype=np.int64) + 1
    if column.nunique() > BINS:
        codes = pd.qcut(column, BINS, labels=False, duplicates="drop")
        return np.asarray(codes.fillna(-1).astype("int64") + 1)
    return np.asarray(pd.factorize(column, sort=True)[0], dtype=np.int64) + 1


def _own_auroc(codes: Codes, rows: LearningRows, *, seed: int) -> float:
    """AUROC of the share with an event at each value, learned on the other half of the families."""
    halves = family_folds(rows.known["group_id"], folds=2, seed=seed)
    estimate = np.empty(len(rows))
    for half in (0, 1):
        learned, judged = halves != half, halves == half
        weights = np.where(learned, rows.weights, 0.0)
        events, mass = (
            np.bincount(codes, part, minlength=codes.max() + 1) for part in (weights * rows.outcome, weights)
        )
        estimate[judged] = ((events + PRIOR_ROWS * rows.rate) / (mass + PRIOR_ROWS))[codes[judged]]
    return float(Scores(estimate, rows.outcome).auroc(rows.weights[None, :])[0])


def _certain_shares(codes: Codes, rows: LearningRows) -> tuple[float, float]:
    """The highest share with an event that is certain at one value, and the lowest; the rate where none is."""
    counts = np.bincount(codes).astype("float64")
    events = np.bincount(codes, rows.outcome).astype("float64")
    enough = counts >= FEWEST_ROWS
    if not enough.any():
        return rows.rate, rows.rate
    share = _wilson(events[enough], counts[enough])
    return float(share.lower.max()), float(share.upper.min())


def _wilson(events: Matrix, counts: Matrix) -> Range:
    return wilson(events / counts, counts, confidence=0.95)


def _absence_ratio(absent: npt.NDArray[np.bool_], rows: LearningRows) -> float:
    """Larger share over smaller, at the ends of their intervals that are nearest; 1 where they overlap."""
    sizes = np.array([absent.sum(), (~absent).sum()], dtype=np.float64)
    if sizes.min() < FEWEST_ROWS:
        return 1.0
    events = np.array([rows.outcome[absent].sum(), rows.outcome[~absent].sum()])
    share = _wilson(events, sizes)
    return float(max(share.lower[0] / share.upper[1], share.lower[1] / share.upper[0], 1.0))


def _finding(row: Mapping[Any, Any], *, rate: float) -> tuple[str, str]:
    adds = row["gain"] > GAIN and row["gain_lower"] > SURE_GAIN and row["whole"] > WHOLE
    tells = {
        f"alone it has an AUROC of {row['own_auroc']:.2f}": row["own_auroc"] > ALONE,
        f"it adds {row['gain']:.2f} to the AUROC of all others, which makes {row['whole']:.2f}": adds,
        "at one of its values nearly everyone has the event": row["highest_share"] > SURE_SHARE > 1.5 * rate,
        "at one of its values hardly anyone has the event": row["lowest_share"] < rate / 10,
        "whether it is absent changes the share with an event threefold": row["absence_ratio"] > THREEFOLD,
    }
    because = "; ".join(words for words, holds in tells.items() if holds)
    return (LEAK if because else ""), because


def _gain(
    name: str, train: LearningRows, *, calibrate: LearningRows, fit: tuple[Mapping[str, Any], ModelSettings]
) -> tuple[float, float, float]:
    """AUROC on the later period with all features, less that without one; its lower limit; and the AUROC with all."""
    if len(train.catalogue) < 2:
        return 0.0, 0.0, 0.5
    pairs = {"with": (train, calibrate), "without": (_without(name, train), _without(name, calibrate))}
    chances = {
        words: fit_trees(learned, parameters=fit[0], settings=fit[1]).log_odds(later.features, unseen_as_absent=True)
        for words, (learned, later) in pairs.items()
    }
    estimates = {words: np.asarray(expit(odds)) for words, odds in chances.items()}
    judged = Judged(estimates, calibrate.known, PerformanceSettings(replicates=REPLICATES, seed=fit[1].seed))
    table = judged.differences("with").set_index("metric")
    figures = judged.performance()
    is_whole = ((figures["model"] == "with") & (figures["metric"] == "auroc")).to_numpy()
    whole = figures["value"].to_numpy(dtype="float64")[is_whole][0]
    gain, lower = table[["value", "lower"]].loc["auroc"].to_numpy(dtype="float64")
    return float(gain), float(lower), float(whole)


def _without(name: str, rows: LearningRows) -> LearningRows:
    kept = tuple(feature for feature in rows.catalogue if feature.name != name)
    return LearningRows(rows.features[[feature.name for feature in kept]], kept, rows.known, rows.horizon_days)


def _permuted(
    train: LearningRows, calibrate: LearningRows, *, parameters: Mapping[str, Any], settings: ModelSettings
) -> dict[str, object]:
    """With outcomes dealt out at random nothing can be learned: an AUROC away from 0.5 is a fault of the machinery."""
    order = np.random.default_rng(settings.seed).permutation(len(train))
    dealt = train.known.assign(outcome=train.outcome[order], weight=train.weights[order])
    rows = LearningRows(train.features, train.catalogue, dealt, train.horizon_days)
    value, (lower, upper) = _auroc_later(rows, calibrate, parameters=parameters, settings=settings)
    finding = LOOK if lower > 0.5 or upper < 0.5 else ""
    return {"probe": "permuted_outcome", "value": value, "lower": lower, "upper": upper, "finding": finding}


def _absence_alone(
    train: LearningRows, calibrate: LearningRows, *, parameters: Mapping[str, Any], settings: ModelSettings
) -> dict[str, object]:
    """What the mere absence of values tells of the outcome."""
    rows, later = (
        LearningRows(part.features.isna().astype("float64"), (), part.known, part.horizon_days)
        for part in (train, calibrate)
    )
    value, (lower, upper) = _auroc_later(rows, later, parameters=parameters, settings=settings)
    finding = LOOK if value > ABSENCE_ALONE else ""
    return {"probe": "absence_alone", "value": value, "lower": lower, "upper": upper, "finding": finding}


def _auroc_later(
    train: LearningRows, later: LearningRows, *, parameters: Mapping[str, Any], settings: ModelSettings
) -> tuple[float, tuple[float, float]]:
    trees = fit_trees(train, parameters=parameters, settings=settings)
    scores = Scores(trees.log_odds(later.features, unseen_as_absent=True), later.outcome)
    spread = replicated(
        lambda weights: {"auroc": scores.auroc(weights * later.weights)},
        later.known["group_id"].to_numpy(),
        replicates=REPLICATES,
        seed=settings.seed,
    )
    return float(scores.auroc(later.weights[None, :])[0]), interval(spread["auroc"])
