"""Settings of the trees by a search that anyone can repeat; the default must be beaten, not merely met."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import Any

import numpy as np
import numpy.typing as npt
import optuna
import pandas as pd

from ehforecast.errors import SettingsError
from ehforecast.risk.calibration import clustered_error
from ehforecast.risk.classifier import HeldOutFit, Learning, RiskClassifier, leaf_rows_for, leaves_for
from ehforecast.risk.encoder import FeatureEncoder
from ehforecast.risk.learning import LearningRows, folds_of
from ehforecast.risk.scores import log_losses

Matrix = npt.NDArray[np.float64]
Progress = Callable[[str, int, int], None]
"""Told what is being done, how many parts of it are done, and how many there are."""

GROWTH = 0.56
"""The best number of trees grows with the number of rows to this power (measured at 500 to 8,000 rows)."""

SEARCH_SPEED = 2.0
"""While searching trees learn this much faster, and there are so many times fewer of them."""

FEWEST_TREES = 10

DOUBT = 0.05
"""Chance of taking some trial for better than the default when none is: the luckiest of eight is often worse."""

SEARCHED = ("leaves", "feature_fraction", "l2", "min_rows_per_leaf")


@dataclass(frozen=True)
class TuningSettings:
    """The search.

    Attributes:
        trials: settings tried, the default first; 1 chooses only the number of trees.
        folds: each trial is judged on.
        most_trees: at the classifier's own learning rate.
        most_rows: more rows are sampled for the search, families whole.
        seed: of the search and of all draws.
        threads: of LightGBM; any number gives the same model.
    """

    trials: int = 8
    folds: int = 4
    most_trees: int = 2_000
    most_rows: int = 20_000
    seed: int = 0
    threads: int = 1

    def __post_init__(self) -> None:
        if self.trials < 1 or self.folds < 2:
            raise SettingsError("a search needs at least 1 trial and 2 folds")


@dataclass(frozen=True)
class TuningResult:
    """What the search found.

    Attributes:
        parameters: of the classifier, the number of trees included.
        divided: how the rows were divided, in words.
        trials: one row per trial: ``trial``, its settings, ``trees``, ``logloss``, ``difference`` from the default its
            ``se`` (families apart), ``chosen``, and ``logloss_fold_1`` and so on, its mean on each fold.
    """

    parameters: dict[str, Any]
    divided: str
    trials: pd.DataFrame = field(repr=False)


@dataclass(frozen=True)
class _Trial:
    parameters: dict[str, Any]
    losses: Matrix  # one per held-out row
    loss: float  # their weighted mean
    trees: int  # at the classifier's own learning rate, for all the rows
    by_fold: tuple[float, ...]  # their weighted mean on each fold


@dataclass(frozen=True)
class _Divided:
    """Rows in pairs to learn from and to judge on, and what is known of those judged on."""

    pairs: list[tuple[Learning, Learning]]
    known: pd.DataFrame
    words: str


def tune(rows: LearningRows, settings: TuningSettings, *, progress: Progress | None = None) -> TuningResult:
    """The settings with the lowest log loss on held-out families, where they beat the default beyond doubt.

    The number of trees is where the mean loss over the folds is lowest, enlarged for the rows the folds left out; for
    more rows than these, see `grown`.
    """
    divided = _divided(rows.sample(settings.most_rows, seed=settings.seed), settings)
    trials: list[_Trial] = []

    def run(trial: optuna.Trial) -> float:
        trials.append(_tried(_suggested(trial, rows=len(rows)), rows=rows, divided=divided, settings=settings))
        if progress is not None:
            progress("search", len(trials), settings.trials)
        return trials[-1].loss

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    sampler = optuna.samplers.TPESampler(seed=settings.seed, n_startup_trials=max(4, settings.trials // 2))
    study = optuna.create_study(sampler=sampler)
    study.enqueue_trial(default_parameters(len(rows)))
    study.optimize(run, n_trials=settings.trials, n_jobs=1)
    return _chosen(trials, divided=divided)


def grown(parameters: Mapping[str, Any], times: float) -> dict[str, Any]:
    """The same settings for so many times the rows: more rows bear more trees.

    >>> grown({"trees": 100, "leaves": 4}, 1.5)
    {'trees': 125, 'leaves': 4}
    """
    return dict(parameters) | {"trees": max(FEWEST_TREES, round(parameters["trees"] * times**GROWTH))}


def default_parameters(rows: int) -> dict[str, Any]:
    """What the search starts from: the classifier's own defaults."""
    default = RiskClassifier().get_params()
    by_rows = {"leaves": leaves_for(rows), "min_rows_per_leaf": leaf_rows_for(rows)}
    return {name: default[name] for name in SEARCHED} | by_rows


def _suggested(trial: optuna.Trial, *, rows: int) -> dict[str, Any]:
    least = leaf_rows_for(rows)
    return {
        "leaves": trial.suggest_categorical("leaves", (3, 4, 6, 8)),
        "feature_fraction": trial.suggest_float("feature_fraction", 0.15, 0.6),
        "l2": trial.suggest_float("l2", 1.0, 100.0, log=True),
        "min_rows_per_leaf": trial.suggest_categorical("min_rows_per_leaf", (least, 2 * least)),
    }


def _divided(rows: LearningRows, settings: TuningSettings) -> _Divided:
    words, masks = folds_of(rows, folds=settings.folds, seed=settings.seed)
    encoded = FeatureEncoder.fit(rows.features, rows.catalogue).encode(rows.features)
    parts = [Learning(encoded[mask], rows.outcome[mask], rows.weights[mask]) for pair in masks for mask in pair]
    known = pd.concat([rows.known[judged] for _, judged in masks])
    return _Divided(list(zip(parts[::2], parts[1::2], strict=True)), known, words)


def _tried(parameters: dict[str, Any], *, rows: LearningRows, divided: _Divided, settings: TuningSettings) -> _Trial:
    classifier = RiskClassifier(
        **parameters,
        learning_rate=RiskClassifier().learning_rate * SEARCH_SPEED,
        catalogue=rows.catalogue,
        seed=settings.seed,
        threads=settings.threads,
    )
    most = int(settings.most_trees / SEARCH_SPEED)
    fits = [classifier.fit_beside(learning, held_out, most=most) for learning, held_out in divided.pairs]
    best = _best_length(fits)
    parts = [log_losses(fit.estimates(best), fit.held_out.outcome) for fit in fits]
    by_fold = [float(np.average(part, weights=fit.held_out.weights)) for part, fit in zip(parts, fits, strict=True)]
    losses = np.concatenate(parts)
    learned_from = np.mean([len(learning.outcome) for learning, _ in divided.pairs])
    trees = grown({"trees": best * SEARCH_SPEED}, float(len(rows) / learned_from))["trees"]
    loss = float(np.average(losses, weights=divided.known["weight"]))
    return _Trial(parameters, losses, loss, trees, tuple(by_fold))


def _best_length(fits: Sequence[HeldOutFit]) -> int:
    """The number of trees at which the held-out loss of all folds together is lowest."""
    longest = max(len(fit.losses) for fit in fits)
    curves = [np.pad(fit.losses, (0, longest - len(fit.losses)), mode="edge") for fit in fits]
    return int(np.average(curves, axis=0, weights=[fit.held_out.weights.sum() for fit in fits]).argmin()) + 1


def _chosen(trials: list[_Trial], *, divided: _Divided) -> TuningResult:
    """The best trial whose difference from the default is too large for chance, in view of how many were tried."""
    default, weights = trials[0], divided.known["weight"].to_numpy()
    gaps = [trial.losses - default.losses for trial in trials]
    differences = np.array([np.average(gap, weights=weights) for gap in gaps])
    errors = np.array([clustered_error(gap, known=divided.known) for gap in gaps])
    sure = NormalDist().inv_cdf(1 - DOUBT / max(len(trials) - 1, 1))
    place = int(np.argmin(np.where(differences < -sure * errors, differences, 0.0)))
    table = pd.DataFrame(
        [
            {"trial": number, **trial.parameters, "trees": trial.trees, "logloss": trial.loss}
            for number, trial in enumerate(trials)
        ]
    )
    folds = {
        f"logloss_fold_{fold}": values for fold, values in enumerate(zip(*(t.by_fold for t in trials), strict=True), 1)
    }
    table = table.assign(difference=differences, se=errors, chosen=table["trial"] == place, **folds)
    return TuningResult(trials[place].parameters | {"trees": trials[place].trees}, divided.words, table)
