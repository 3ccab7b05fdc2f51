"""How steady reasons are: under other families to learn from, and under changes of a row that mean nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
import pandas as pd

from ehforecast.compute.engine import map_each
from ehforecast.errors import SettingsError
from ehforecast.risk.classifier import RiskClassifier
from ehforecast.risk.explain.explainer import Contributions, Explainer

Matrix = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

COLUMNS = ("row", "feature", "place", "direction", "sign_kept", "stays_on_top", "kept", "kept_nearby", "is_stable")

SMALL_CHANGES = {"days": 1.0, "years": 1 / 12}
"""What means nothing by unit: a day more since anything, a month of age. Each is also taken the other way."""


@dataclass(frozen=True)
class StabilitySettings:
    """What counts as steady.

    Attributes:
        most: reasons of a row that are looked at: the strongest, whatever their direction.
        least_kept: a reason is steady if at least this share of the resampled models give it, with the same sign.
        least_kept_nearby: and at least this share of the rows that differ by nothing that matters.
    """

    most: int = 3
    least_kept: float = 0.8
    least_kept_nearby: float = 1.0

    def __post_init__(self) -> None:
        if self.most < 1 or not (0 < self.least_kept <= 1 and 0 < self.least_kept_nearby <= 1):
            raise SettingsError("steadiness needs at least one reason, and shares above 0 and at most 1")


def reason_stability(
    explainer: Explainer, features: pd.DataFrame, *, settings: StabilitySettings | None = None
) -> pd.DataFrame:
    """`COLUMNS` for the strongest reasons of every row that has an estimate.

    ``sign_kept``: the share of the models on resampled families in which the contribution has the same sign.
    ``stays_on_top``: in which it is among the strongest. ``kept``: both at once; absent for a model without any.
    ``kept_nearby``: the same over rows a day or a month apart; absent where no feature counts days or years.
    ``is_stable``: neither share is below what the settings ask; absent where neither could be had. A reason that is
    not is to be reported as unstable, with its share.
    """
    settings = settings or StabilitySettings()
    explained = explainer.explain(features)
    known = explained.odds.notna().to_numpy()
    own, matrix = explained.features[known], explainer.encode(features)[known]
    values = explained.values[known].to_numpy()
    top = _top(values, most=settings.most)
    again = list(map_each(partial(_values, matrix), explainer.model.spread))
    nearby = [explainer.contributions.of_rows(changed)[0] for changed in _nearby(explainer, matrix)]
    at, column = np.nonzero(top)
    size = np.abs(values)[at, column]
    places = 1 + (np.abs(values)[at] > size[:, None]).sum(axis=1)
    frame = pd.DataFrame(
        {
            "row": own.index.to_numpy()[at],
            "feature": np.array([feature.name for feature in explainer.catalogue], dtype=object)[column],
            "place": places,
            "direction": np.where(values[at, column] > 0, "higher", "lower"),
            "sign_kept": _share([np.sign(other) == np.sign(values) for other in again], top),
            "stays_on_top": _share([_top(other, most=settings.most) for other in again], top),
            "kept": _share(_kept(values, again, most=settings.most), top),
            "kept_nearby": _share(_kept(values, nearby, most=settings.most), top),
        }
    )
    return frame.assign(is_stable=_is_stable(frame, settings))[list(COLUMNS)]


def _values(matrix: Matrix, classifier: RiskClassifier) -> Matrix:
    return Contributions.of(classifier).of_rows(matrix)[0]


def steady_themes(
    explainer: Explainer, features: pd.DataFrame, *, settings: StabilitySettings | None = None
) -> pd.DataFrame:
    """Whether each theme of each row points the same way under other families and small changes; by row and theme.

    A theme that moves nothing is not steady; nor is any of a row without an estimate, or where there is nothing to
    compare with.
    """
    settings = settings or StabilitySettings()
    explained = explainer.explain(features)
    themes = np.array([feature.theme for feature in explainer.catalogue])
    names = sorted(set(themes))
    belongs = np.column_stack([themes == name for name in names]).astype(np.float64)
    matrix = explainer.encode(features)
    own = np.sign(np.nan_to_num(explained.values.to_numpy()) @ belongs)
    again = [Contributions.of(one).of_rows(matrix)[0] for one in explainer.model.spread]
    nearby = [explainer.contributions.of_rows(changed)[0] for changed in _nearby(explainer, matrix)]
    kept = _signs_kept(own, [other @ belongs for other in again], least=settings.least_kept)
    kept &= _signs_kept(own, [other @ belongs for other in nearby], least=settings.least_kept_nearby)
    return pd.DataFrame(kept & (own != 0) & bool(again or nearby), features.index, names)


def _signs_kept(own: Matrix, others: list[Matrix], *, least: float) -> Mask:
    if not others:
        return np.ones(own.shape, dtype=bool)
    return np.asarray(np.mean([np.sign(other) == own for other in others], axis=0) >= least)


def _is_stable(frame: pd.DataFrame, settings: StabilitySettings) -> pd.Series:
    steady = ~(frame["kept"] < settings.least_kept) & ~(frame["kept_nearby"] < settings.least_kept_nearby)
    return steady.astype("boolean").mask(frame[["kept", "kept_nearby"]].isna().all(axis=1))


def _kept(values: Matrix, others: list[Matrix], *, most: int) -> list[Mask]:
    return [(np.sign(other) == np.sign(values)) & _top(other, most=most) for other in others]


def _share(kept: list[Mask], top: Mask) -> Matrix:
    """The share of several comparisons in which something was kept, of each reason."""
    if not kept:
        return np.full(int(top.sum()), np.nan)
    return np.asarray(np.mean([one[top] for one in kept], axis=0), dtype=np.float64)


def _top(values: Matrix, *, most: int) -> Mask:
    """Whether an entry is among the largest of its row in size; nought never is."""
    size = np.abs(values)
    order = np.argsort(-size, axis=1, kind="stable")[:, :most]
    top = np.zeros(values.shape, dtype=bool)
    np.put_along_axis(top, order, True, axis=1)
    return top & (size > 0)


def _nearby(explainer: Explainer, matrix: Matrix) -> Iterator[Matrix]:
    """The same rows with all days, then all years, a little more and a little less; never below nought by it."""
    for unit, change in SMALL_CHANGES.items():
        columns = [place for place, feature in enumerate(explainer.catalogue) if feature.unit == unit]
        for signed in (change, -change) if columns else ():
            changed = matrix.copy()
            moved = matrix[:, columns] + signed
            changed[:, columns] = np.where((moved < 0) & (matrix[:, columns] >= 0), matrix[:, columns], moved)
            yield changed
