"""The account of all explanations of the test period: what drives estimates, how steadily, for whom, and when."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from scipy.special import expit

from ehforecast.compute.threads import one_thread
from ehforecast.errors import RiskError
from ehforecast.risk.bands import fixed_edges, observed_bands
from ehforecast.risk.bootstrap import interval, replicated
from ehforecast.risk.cohort import Cohort
from ehforecast.risk.explain import words
from ehforecast.risk.explain.effects import effect_curve, strongest_pairs
from ehforecast.risk.explain.explainer import Explainer, Explanations
from ehforecast.risk.explain.overall import (
    agreement,
    importance,
    importance_by,
    importance_over_time,
    permutation_importance,
)
from ehforecast.risk.explain.stability import reason_stability
from ehforecast.risk.explain_results import ExplanationResult
from ehforecast.risk.model import RiskModel

MOST_CURVES = 4
MOST_PAIRS = 10

_EFFECTS = ("feature", "label", "unit", "at", "rows", "beyond", "value", "lower", "upper")
_PAIRS = ("first", "second", "first_label", "second_label", "value", "share")
_BY_GROUP = ("characteristic", "group", "name", "rows", "value", "lower", "upper")
_STEADINESS = ("feature", "label", "reasons", "value", "lower", "upper", "kept", "kept_nearby")


@dataclass(frozen=True)
class Explained:
    """What may be published, beside what may not.

    Attributes:
        result: the account; nothing about one person.
        explanations: private; every estimate of the test period with its contributions.
        stability: private; how steady each of the strongest reasons is.
    """

    result: ExplanationResult
    explanations: Explanations = field(repr=False)
    stability: pd.DataFrame = field(repr=False)


@one_thread
def explain_test_period(
    cohort: Cohort, model: RiskModel, *, estimates: pd.DataFrame, outcome: str, seed: int = 0
) -> Explained:
    """Explain every estimate of the test period, and give the account of all of them.

    ``estimates``: as an `Assessment` has them, on the cohort's index. Raises `RiskError` where no row has an estimate.
    """
    test = cohort.at(estimates.index)
    explainer = Explainer.of(model, cohort.catalogue)
    explanations = explainer.explain(test.features)
    known = explanations.odds.notna()
    if not known.any():
        raise RiskError("no row of the test period has an estimate: there is nothing to explain")
    families = test.rows["group_id"]
    stability = reason_stability(explainer, test.features)
    in_points = replace(explanations, values=explanations.points)
    sizes = _importance(explainer, in_points, judged=_Judged(test, _known(estimates), seed))
    of_features = sizes[sizes["kind"] == "feature"]
    result = ExplanationResult(
        outcome=outcome,
        rows=int(known.sum()),
        families=int(families[known].nunique()),
        silent=int((~known).sum()),
        base_chance=explanations.base_chance,
        method=explanations.method,
        agreement=_agreement(of_features),
        cannot_see=words.CANNOT_SEE,
        seed=seed,
        importance=sizes,
        effects=_effects(explainer, test, of_features=of_features, seed=seed),
        pairs=_pairs(explainer, test.features[known], seed=seed),
        over_time=_themes(importance_over_time(in_points, families, index_on=test.rows["index_on"], seed=seed)),
        by_group=_by_group(in_points, test, seed=seed),
        steadiness=_steadiness(explainer, stability, families=families, seed=seed),
        bands=observed_bands(_known(estimates), fixed_edges(_before_test(cohort, model))),
    )
    return Explained(result, explanations, stability)


def _before_test(cohort: Cohort, model: RiskModel) -> pd.Series:
    """Estimates of the period just before the test, from which edges of bands are taken before it is opened."""
    estimates: pd.Series = model.estimate(cohort.of("calibrate").features)["estimate"]
    return estimates


def _known(estimates: pd.DataFrame) -> pd.DataFrame:
    return estimates[(estimates["weight"] > 0) & estimates["estimate"].notna() & estimates["outcome"].notna()]


@dataclass(frozen=True)
class _Judged:
    """The test period with what is known of its outcomes."""

    cohort: Cohort
    known: pd.DataFrame
    seed: int


def _importance(explainer: Explainer, in_points: Explanations, *, judged: _Judged) -> pd.DataFrame:
    """Sizes in points, with labels, how often it should be on record and is not, and what dealing it out anew costs."""
    found = importance(in_points, judged.cohort.rows["group_id"], seed=judged.seed)
    features = judged.cohort.features.loc[judged.known.index]
    rises = permutation_importance(explainer, features, known=judged.known, seed=judged.seed)
    labels = {feature.name: feature.label for feature in explainer.catalogue}
    themes = {feature.name: str(feature.theme) for feature in explainer.catalogue}
    by_nature = [feature.name for feature in explainer.catalogue if feature.absent_by_nature]
    absent = in_points.features[in_points.odds.notna()].isna().mean().drop(by_nature, errors="ignore")
    return found.assign(
        label=found["name"].map(labels).fillna(found["name"]),
        theme=found["name"].map(themes).fillna(found["name"]),
        not_on_record=found["name"].map(absent),
        rise=found["name"].map(rises),
    )


def _agreement(of_features: pd.DataFrame) -> float:
    moved = of_features[of_features["value"] > 0].set_index("name")
    return agreement(moved["value"], moved["rise"]) if len(moved) >= 3 else float("nan")


def _effects(explainer: Explainer, test: Cohort, *, of_features: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Curves of the numbers that move estimates most, in points around an average estimate."""
    units = {feature.name: feature for feature in explainer.catalogue}
    levels = explainer.model.learned.encoder.levels
    numbers = [name for name in of_features.loc[of_features["value"] > 0, "name"] if name not in levels]
    parts: list[pd.DataFrame] = []
    for name in numbers:
        if len(parts) == MOST_CURVES:
            break
        if test.features[name].nunique() < 2:
            continue
        curve = effect_curve(explainer, test.features, feature=name, families=test.rows["group_id"], seed=seed)
        points = {column: _in_points(explainer, curve[column]) for column in ("value", "lower", "upper")}
        parts.append(curve.assign(feature=name, label=units[name].label, unit=units[name].unit, **points))
    found = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(_EFFECTS))
    return found[list(_EFFECTS)]


def _in_points(explainer: Explainer, effects: pd.Series) -> pd.Series:
    """What so many log odds are worth to an estimate at the starting point."""
    base = _base(explainer)
    calibrator = explainer.model.calibrator
    start = float(calibrator.apply(expit(np.array([base])))[0])
    return pd.Series(calibrator.apply(expit(base + effects.to_numpy(dtype="float64"))) - start, effects.index)


def _base(explainer: Explainer) -> float:
    one = np.full((1, len(explainer.catalogue)), np.nan)
    return explainer.contributions.of_rows(one)[1]


def _pairs(explainer: Explainer, features: pd.DataFrame, *, seed: int) -> pd.DataFrame:
    found = strongest_pairs(explainer, features, most=MOST_PAIRS, seed=seed)
    labels = {feature.name: feature.label for feature in explainer.catalogue}
    told = found.assign(first_label=found["first"].map(labels), second_label=found["second"].map(labels))
    return told[list(_PAIRS)]


def _themes(found: pd.DataFrame) -> pd.DataFrame:
    return found[found["kind"] == "theme"].reset_index(drop=True)


def _by_group(explanations: Explanations, test: Cohort, *, seed: int) -> pd.DataFrame:
    parts = [
        importance_by(explanations, test.rows["group_id"], groups=test.audit[name], seed=seed).assign(
            characteristic=str(name)
        )
        for name in test.audit
    ]
    found = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["kind", *_BY_GROUP])
    return _themes(found)[list(_BY_GROUP)]


def _steadiness(explainer: Explainer, stability: pd.DataFrame, *, families: pd.Series, seed: int) -> pd.DataFrame:
    """The share of the strongest reasons that are steady: of all, and by feature, the most frequent first."""
    judged = stability[stability["is_stable"].notna()]
    judged = judged.assign(family=families.reindex(judged["row"]).to_numpy(), steady=judged["is_stable"].astype(float))
    labels = {feature.name: feature.label for feature in explainer.catalogue}
    order = judged["feature"].value_counts(sort=True).index
    parts = [("", "All of them", judged), *((name, labels[name], judged[judged["feature"] == name]) for name in order)]
    rows = [(name, label, *_steady_share(part, seed=seed)) for name, label, part in parts if len(part)]
    return pd.DataFrame(rows, columns=list(_STEADINESS))


def _steady_share(reasons: pd.DataFrame, *, seed: int) -> Iterator[float]:
    """``reasons, value, lower, upper, kept, kept_nearby`` of some reasons."""
    steady = reasons["steady"].to_numpy(dtype="float64")

    def figures(weights: np.ndarray) -> dict[str, np.ndarray]:
        whole = weights.sum(axis=1)
        return {"share": np.divide(weights @ steady, whole, out=np.full(len(whole), np.nan), where=whole > 0)}

    drawn = replicated(figures, reasons["family"].to_numpy(), replicates=200, seed=seed)["share"]
    yield from (float(len(reasons)), float(steady.mean()), *interval(drawn))
    yield from (float(reasons["kept"].mean()), float(reasons["kept_nearby"].mean()))
