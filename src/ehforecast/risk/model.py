"""A model that may be asked: trees, calibration, how far it can be trusted, and where it keeps silent."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import expit
from sklearn.base import clone

from ehforecast.compute.engine import map_each
from ehforecast.errors import SettingsError
from ehforecast.risk.abstention import LearnedFrom
from ehforecast.risk.bootstrap import family_weights
from ehforecast.risk.calibration import (
    CalibrationChoice,
    Calibrator,
    Method,
    choose_calibrator,
    family_folds,
    load_calibrator,
)
from ehforecast.risk.classifier import Learning, RiskClassifier
from ehforecast.risk.learning import LearningRows, joined
from ehforecast.risk.tuning import Progress
from ehforecast.risk.venn_abers import VennAbers

Matrix = npt.NDArray[np.float64]

NORMAL_95 = 1.959964

CALIBRATION_FOLDS = 4


@dataclass(frozen=True)
class ModelSettings:
    """How a model is put together once the trees' settings are known.

    Attributes:
        spread_models: models fitted to resampled families, from which the range of each estimate comes; 0 for no range.
        spread_rows: more rows are sampled for them, and the range scaled down accordingly.
        learn_from_calibration: trees learn from the calibration period too, which is then scored out of family.
        seed: of everything drawn.
        threads: of LightGBM; any number gives the same model.
    """

    spread_models: int = 20
    spread_rows: int = 20_000
    learn_from_calibration: bool = True
    seed: int = 0
    threads: int = 1

    def __post_init__(self) -> None:
        if self.spread_models == 1 or self.spread_models < 0:
            raise SettingsError("spread_models is 0, or at least 2: one model has no spread")


@dataclass(frozen=True)
class RiskModel:
    """Estimates with a range and, where a row is unlike all that was learned from, a reason instead.

    Attributes:
        classifier: the trees.
        method: of calibration.
        calibrator: fitted on its own later period.
        learned: what the rows learned from looked like.
        spread: the same trees on resampled families.
        spread_scale: what the standard deviation over `spread` is multiplied by.
    """

    classifier: RiskClassifier
    method: Method
    calibrator: Calibrator
    learned: LearnedFrom
    spread: tuple[RiskClassifier, ...] = field(repr=False, default=())
    spread_scale: float = 1.0

    def estimate(self, features: pd.DataFrame, *, abstain: bool = True) -> pd.DataFrame:
        """``estimate, lower, upper, abstained_because`` for each row.

        The range says how much the estimate would move with other families to learn from, settings and calibration
        held: 1.96 standard deviations of the log odds over resampled families. It is no range for the true chance,
        which other things move too: what no record shows, and what all such models miss alike. Two independent fits
        differ by the square root of 2 as much as one moves: about 83% of fresh fits lie inside (measured: see tests).
        Without `abstain` every row gets an estimate, an unseen category standing as absent: for comparisons only.
        """
        features = self._own(features)
        matrix = self.learned.encoder.encode(features)
        odds = self.classifier.log_odds_of(matrix)
        half = NORMAL_95 * self._deviation(matrix)
        reasons = self.learned.reasons(features)
        silent = (reasons != "").to_numpy() & abstain
        lower, upper = self._limits(expit(odds - half), expit(odds + half))
        columns = {"estimate": self.calibrator.apply(expit(odds)), "lower": lower, "upper": upper}
        frame = pd.DataFrame(
            {name: np.where(silent, np.nan, values) for name, values in columns.items()}, features.index
        )
        return frame.assign(abstained_because=reasons.where(silent, ""))

    def _own(self, features: pd.DataFrame) -> pd.DataFrame:
        """The columns learned from, by name, where all are there; constant ones may have been left out in learning."""
        names = list(self.learned.encoder.names)
        return features[names] if set(names) <= set(features) else features

    def _deviation(self, matrix: Matrix) -> Matrix:
        if not self.spread:
            return np.full(len(matrix), np.nan)
        odds = np.array([one.log_odds_of(matrix) for one in self.spread])
        return np.asarray(odds.std(axis=0, ddof=1) * self.spread_scale)

    def _limits(self, lower: Matrix, upper: Matrix) -> tuple[Matrix, Matrix]:
        if isinstance(self.calibrator, VennAbers):
            return self.calibrator.interval(lower)[0], self.calibrator.interval(upper)[1]
        return self.calibrator.apply(lower), self.calibrator.apply(upper)

    def to_parts(self) -> tuple[dict[str, Any], dict[str, str]]:
        """What is not trees, for JSON, and the trees as LightGBM's text by name."""
        texts = {f"spread_{number:03d}": one.model_text_ for number, one in enumerate(self.spread)}
        facts = {
            "method": self.method,
            "calibrator": self.calibrator.to_dict(),
            "learned": self.learned.to_dict(),
            "spread_scale": self.spread_scale,
        }
        return facts, {"model": self.classifier.model_text_} | texts

    @classmethod
    def from_parts(cls, facts: Mapping[str, Any], texts: Mapping[str, str]) -> "RiskModel":
        """What `to_parts` gave. Check where the texts come from before: LightGBM trusts what it reads."""
        learned = LearnedFrom.from_dict(facts["learned"])
        trees = {name: RiskClassifier.from_text(text, learned.encoder) for name, text in sorted(texts.items())}
        return cls(
            trees.pop("model"),
            facts["method"],
            load_calibrator(facts["method"], facts["calibrator"]),
            learned,
            tuple(trees.values()),
            float(facts["spread_scale"]),
        )


@dataclass(frozen=True)
class FittedModel:
    """A model with the account of its settings, of how its calibration was chosen and of what it learned from."""

    model: RiskModel
    parameters: dict[str, Any]
    calibration: CalibrationChoice
    learned_from_calibration: bool


def fit_model(
    train: LearningRows,
    calibrate: LearningRows,
    *,
    parameters: Mapping[str, Any],
    settings: ModelSettings,
    progress: Progress | None = None,
) -> FittedModel:
    """Learn from both periods before the test, calibrate on the later one, and find the range of the estimates.

    The later period is nearest to what comes, so trees learn from it too. Its scores for choosing and fitting the
    calibration come from trees that have not seen the family: learned from the training period and three quarters of
    the later one, in turn. With `learn_from_calibration` off, trees learn from the training period alone.
    """
    again = settings.learn_from_calibration
    rows = joined(train, calibrate) if again else train
    classifier = fit_trees(rows, parameters=parameters, settings=settings)
    if again:
        scores = _scores_out_of_family(train, calibrate, parameters=parameters, settings=settings)
    else:
        scores = classifier.predict_proba(calibrate.features)[:, 1]
    choice = choose_calibrator(scores, known=calibrate.known, seed=settings.seed)
    learned = LearnedFrom.fit(rows.features, classifier.encoder_)
    spread, scale = _spread(rows, classifier, settings=settings, progress=progress)
    model = RiskModel(classifier, choice.method, choice.calibrator, learned, spread, scale)
    return FittedModel(model, dict(parameters), choice, again)


def _scores_out_of_family(
    train: LearningRows, calibrate: LearningRows, *, parameters: Mapping[str, Any], settings: ModelSettings
) -> Matrix:
    """Scores of the calibration period by trees that learned from all families but those scored."""
    folds = family_folds(calibrate.known["group_id"], folds=CALIBRATION_FOLDS, seed=settings.seed)
    scores = np.empty(len(calibrate))

    def scored(fold: int) -> Matrix:
        learned = joined(train, calibrate.take(folds != fold))
        trees = fit_trees(learned, parameters=parameters, settings=settings)
        return trees.predict_proba(calibrate.take(folds == fold).features)[:, 1]

    for fold, of_fold in enumerate(map_each(scored, range(CALIBRATION_FOLDS))):
        scores[folds == fold] = of_fold
    return scores


def fit_trees(rows: LearningRows, *, parameters: Mapping[str, Any], settings: ModelSettings) -> RiskClassifier:
    """The classifier with given settings on given rows."""
    classifier = RiskClassifier(**parameters, catalogue=rows.catalogue, seed=settings.seed, threads=settings.threads)
    return classifier.fit(rows.features, rows.outcome, sample_weight=rows.weights)


def _spread(
    rows: LearningRows, classifier: RiskClassifier, *, settings: ModelSettings, progress: Progress | None
) -> tuple[tuple[RiskClassifier, ...], float]:
    """The same trees on families drawn anew, with the same codes; and the scale where only part of the rows served."""
    sample = rows.sample(settings.spread_rows, seed=settings.seed)
    matrix = classifier.encoder_.encode(sample.features)
    parts = family_weights(sample.known["group_id"], replicates=settings.spread_models, seed=settings.seed + 1)
    models: list[RiskClassifier] = []

    def learned(times: Matrix) -> RiskClassifier:
        drawn = times > 0
        data = Learning(matrix[drawn], sample.outcome[drawn], (sample.weights * times)[drawn])
        again: RiskClassifier = clone(classifier)
        return again.fit_encoded(data, classifier.encoder_)

    for model in map_each(learned, (row for part in parts for row in part)):
        models.append(model)
        if progress is not None:
            progress("range of estimates", len(models), settings.spread_models)
    return tuple(models), float(np.sqrt(len(sample) / len(rows)))
