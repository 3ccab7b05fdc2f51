"""Reasons in plain words: the strongest each way, what is missing or old, what cannot be seen, and how often not."""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ehforecast.errors import RiskError
from ehforecast.risk.cohort import Feature
from ehforecast.risk.explain import words
from ehforecast.risk.explain.explainer import Explanations

HIGHER, LOWER = "higher", "lower"

COLUMNS = ("at", "row", "direction", "place", "feature", "label", "theme", "value", "points", "log_odds", "reason")


def strongest_reasons(explanations: Explanations, *, most: int = 3) -> pd.DataFrame:
    """The strongest reasons each way of every estimate: `COLUMNS`; private, as it holds values.

    ``at`` is the place of the row among the explanations, ``place`` that of the reason among those of its direction.

    A contribution of nought is no reason, and neither has a row without an estimate any.
    """
    values, points = explanations.values.to_numpy(), explanations.points.to_numpy()
    parts = [
        _one_way(np.where(np.isnan(values), 0.0, way * values), most=most, direction=direction)
        for way, direction in ((1.0, HIGHER), (-1.0, LOWER))
    ]
    found = pd.concat(parts, ignore_index=True).sort_values(["at", "direction", "place"], ignore_index=True)
    at, column = found["at"].to_numpy(), found["column"].to_numpy()
    features = [explanations.catalogue[place] for place in column]
    known = explanations.features.astype("object").to_numpy()[at, column]
    found = found.assign(
        row=explanations.values.index.to_numpy()[at],
        feature=[feature.name for feature in features],
        label=[feature.label for feature in features],
        theme=[feature.theme for feature in features],
        value=[words.value_in_words(feature, value) for feature, value in zip(features, known, strict=True)],
        points=points[at, column],
        log_odds=values[at, column],
    )
    told = zip(features, known, found["points"], found["direction"], strict=True)
    return found.assign(
        reason=[
            words.reason_in_words(feature, value, points=size or _hair(direction))
            for feature, value, size, direction in told
        ]
    )[list(COLUMNS)]


def _hair(direction: str) -> float:
    """Points of a reason that calibration levels: too few to see, but of a sign."""
    return 1e-12 if direction == HIGHER else -1e-12


def _one_way(strength: np.ndarray, *, most: int, direction: str) -> pd.DataFrame:
    """Places of the largest positive entries of each row, in order; ties by column, so that the same gives the same."""
    order = np.argsort(-strength, axis=1, kind="stable")[:, :most]
    is_reason = np.take_along_axis(strength, order, axis=1) > 0
    at, place = np.nonzero(is_reason)
    return pd.DataFrame({"at": at, "direction": direction, "place": place + 1, "column": order[at, place]})


@dataclass(frozen=True)
class Card:
    """All that is said of one estimate, for the private area; one that leaves out the other side cannot be made.

    Attributes:
        row: of the explanations.
        starting_point: what everybody starts from, in words.
        higher: reasons that go with a higher estimate.
        lower: reasons that go with a lower one; or that there are none.
        themes: points by theme, in words.
        missing: what is not on record.
        old: whose latest record is old.
        unsteady: reasons that do not last, with the share of checks in which they do; empty if none were made.
        cannot_see: what no model of records can see.
        no_event: how often people with such estimates had no later event.
    """

    row: Hashable
    starting_point: str
    higher: tuple[str, ...]
    lower: tuple[str, ...]
    themes: tuple[str, ...]
    missing: tuple[str, ...]
    old: tuple[str, ...]
    unsteady: tuple[str, ...]
    cannot_see: tuple[str, ...]
    no_event: str

    def __post_init__(self) -> None:
        lacking = [name for name in ("higher", "lower", "cannot_see", "no_event") if not getattr(self, name)]
        if lacking:
            raise RiskError(f"a card lacks {', '.join(lacking)}: it would show one side only")

    def lines(self) -> tuple[str, ...]:
        """Every sentence."""
        doubts = (*self.unsteady, *self.missing, *self.old, *self.cannot_see)
        return (self.starting_point, *self.higher, *self.lower, *self.themes, *doubts, self.no_event)


def cards(
    explanations: Explanations,
    calibration_curve: pd.DataFrame,
    *,
    stability: pd.DataFrame | None = None,
    most: int = 3,
) -> Iterator[Card]:
    """A card for every row with an estimate, in order.

    ``calibration_curve``: of this model on later data, ``mean_estimate, value, lower, upper`` by bin.
    ``stability``: what `reason_stability` found for the same rows.
    """
    unsteady = _unsteady(explanations, stability)
    reasons = dict(list(strongest_reasons(explanations, most=most).groupby("at", sort=False)))
    bands = similar_estimates(explanations.estimates["estimate"], calibration_curve)
    themes = explanations.by_theme()
    nothing = pd.DataFrame(columns=list(COLUMNS))
    for at in np.flatnonzero(explanations.odds.notna()).tolist():
        own, known = reasons.get(at, nothing), explanations.features.iloc[at]
        yield Card(
            row=explanations.values.index[at],
            starting_point=f"Before anything is known the estimate is {100 * explanations.base_chance:.0f}%.",
            higher=_told(own, HIGHER),
            lower=_told(own, LOWER),
            themes=tuple(_theme_in_words(str(name), float(size)) for name, size in themes.iloc[at].items() if size),
            missing=tuple(_missing(explanations.catalogue, known)),
            old=tuple(_old(explanations.catalogue, known)),
            unsteady=tuple(unsteady.get(explanations.values.index[at], ())),
            cannot_see=words.CANNOT_SEE,
            no_event=words.no_event_in_words(bands.iloc[at]),
        )


def _told(reasons: pd.DataFrame, direction: str) -> tuple[str, ...]:
    return tuple(reasons.loc[reasons["direction"] == direction, "reason"]) or (words.NONE_AGAINST,)


def _theme_in_words(theme: str, points: float) -> str:
    return f"All of {theme} together: {words.points_in_words(points)}."


def _unsteady(explanations: Explanations, stability: pd.DataFrame | None) -> dict[Hashable, list[str]]:
    """Sentences on the unsteady reasons of each row, by its name."""
    told: dict[Hashable, list[str]] = {}
    if stability is None:
        return told
    known = {feature.name: feature for feature in explanations.catalogue}
    shares = stability[["kept", "kept_nearby"]].min(axis=1)
    doubtful = ~stability["is_stable"].fillna(True).astype(bool)
    for row, name, share in zip(
        stability["row"][doubtful], stability["feature"][doubtful], shares[doubtful], strict=True
    ):
        told.setdefault(row, []).append(words.unsteady_in_words(known[name], share))
    return told


def _missing(catalogue: Sequence[Feature], known: pd.Series) -> Iterator[str]:
    for feature in catalogue:
        if pd.isna(known[feature.name]) and not feature.absent_by_nature:
            yield words.missing_in_words(feature)


def _old(catalogue: Sequence[Feature], known: pd.Series) -> Iterator[str]:
    for feature in catalogue:
        if words.is_recency(feature) and known[feature.name] > words.OLD_DAYS:
            yield words.old_in_words(feature, float(known[feature.name]))


def similar_estimates(estimates: pd.Series, calibration_curve: pd.DataFrame) -> pd.DataFrame:
    """For each estimate ``mean_estimate, value, lower, upper`` of the bin of the curve whose mean estimate is nearest.

    Absent where there is no estimate. Raises `RiskError` for an empty curve.
    """
    if calibration_curve.empty:
        raise RiskError("no calibration on later data: how often such people had no later event cannot be said")
    curve = calibration_curve.sort_values("mean_estimate", ignore_index=True)
    means = curve["mean_estimate"].to_numpy(dtype="float64")
    at = np.searchsorted((means[1:] + means[:-1]) / 2, estimates.to_numpy(dtype="float64"))
    found = curve.loc[at, ["mean_estimate", "value", "lower", "upper"]].set_index(estimates.index)
    return found.mask(estimates.isna())
