"""Columns that may know the outcome: what a matrix betrays by itself, before any model is fitted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from ehforecast.errors import ContractError, Finding
from ehforecast.risk.binned_auc import auc_error, binned_truth, bins_of, honest_auc
from ehforecast.risk.known_history import Booleans, Floats

Kind = Literal[
    "says_nothing", "says_the_same_as_another", "tells_the_outcome_alone", "a_value_gives_the_outcome_away",
    "absence_tells_the_outcome",
]  # fmt: skip
REFUSED: tuple[Kind, ...] = (
    "tells_the_outcome_alone", "a_value_gives_the_outcome_away", "absence_tells_the_outcome",
)  # fmt: skip

FAR_ABOVE, STRONG_AUC = 0.10, 0.75
CERTAIN_AUC = 0.90
AWAY_RATE = 0.90
ABSENCE_AUC = 0.60
ABSENCE_RATIO = 3.0
_FEWEST_ROWS, _FEWEST_EVENTS, _FEWEST_ABSENT = 30, 10, 100
_TOP = 5


@dataclass(frozen=True)
class Suspect:
    """A feature that needs a person to look: which, why, and how strong the sign is."""

    feature: str
    kind: Kind
    value: float

    def __str__(self) -> str:
        return f"{self.feature}: {self.kind.replace('_', ' ')} ({self.value:.3g})"


def find_suspects(
    features: pd.DataFrame, outcome: pd.Series, *, group_id: pd.Series, absent_by_nature: Sequence[str] = ()
) -> tuple[Suspect, ...]:
    """What is suspicious in the rows whose outcome is known.

    - says nothing: constant or all absent; says the same as another: equal to an earlier column;
    - tells the outcome alone: an AUC of at least 0.9, or of 0.75 and 0.1 above all the others (the best
      honest models of return reach 0.64 to 0.74 with all their features together); each AUC less two standard errors,
      learned on half of the families and judged on the other half;
    - a value gives the outcome away: a twentieth or level of at least 30 rows, 9 in 10 of which have the outcome;
    - absence tells the outcome: where a value is not recorded, the rate is a third or three times as high (at least
      100 rows and 10 expected events on both sides), or all such absences together reach an AUC of 0.6 on the later
      half of the rows. Columns of `absent_by_nature` (days since what never happened) are not judged by their absence.
    """
    known = outcome.notna()
    features, hit = features[known], outcome[known].to_numpy(dtype=np.float64) > 0
    suspects = [*_says_nothing(features), *_says_the_same(features)]
    if min(hit.sum(), (~hit).sum()) >= _FEWEST_EVENTS:
        fold = pd.util.hash_array(group_id[known].to_numpy(dtype=object)) % 2 == 0
        suspects += [*_tells_alone(features, hit, fold=fold), *_gives_away(features, hit)]
        judged = features.drop(columns=list(absent_by_nature), errors="ignore")
        suspects += [*_absence_by_column(judged, hit), *_absence_together(judged, hit)]
    return tuple(suspects)


def check_nothing_leaks(suspects: Sequence[Suspect], *, accepted: Mapping[str, str]) -> None:
    """Refuse a matrix with a column that seems to know the outcome, unless a reason to keep it is written."""
    findings = [
        Finding(
            "matrix", "features", suspect.feature, f"no_feature_{suspect.kind}", 1,
            "Find out when it is written down. Leave it out (leave_out), or say why it is kept (accepted_features).",
        )
        for suspect in suspects
        if suspect.kind in REFUSED and not accepted.get(suspect.feature, "").strip()
    ]  # fmt: skip
    if findings:
        raise ContractError(findings)


def _says_nothing(features: pd.DataFrame) -> list[Suspect]:
    return [
        Suspect(str(name), "says_nothing", float(features[name].isna().mean() if len(features) else 1.0))
        for name in features
        if _is_constant(features[name])
    ]


def _is_constant(column: pd.Series) -> bool:
    first = column.iloc[:1]
    return bool(column.isna().all() or column.eq(first.iloc[0]).all())


def _says_the_same(features: pd.DataFrame) -> list[Suspect]:
    first: dict[int, list[str]] = {}
    found = []
    for name in (name for name in features if not _is_constant(features[name])):
        column = features[name]
        key = int(pd.util.hash_pandas_object(column, index=False).sum())
        same = [other for other in first.setdefault(key, []) if features[other].equals(column)]
        found += [Suspect(str(name), "says_the_same_as_another", 1.0)] * bool(same)
        first[key].append(str(name))
    return found


def _tells_alone(features: pd.DataFrame, hit: Booleans, *, fold: Booleans) -> list[Suspect]:
    """Those above the widest gap among the strongest, if it is wide; and any that are nearly certain."""
    ordered = sorted(
        ((honest_auc(bins_of(features[name]), hit, fold=fold), str(name)) for name in features), reverse=True
    )
    aucs = np.array([auc for auc, _ in ordered[: _TOP + 1]])
    errors = np.array([auc_error(auc, int(hit.sum()), misses=int((~hit).sum())) for auc in aucs])
    sure = aucs - 2 * errors
    gaps = sure[:-1] - aucs[1:]
    widest = int(np.argmax(gaps)) if len(gaps) else 0
    alone = widest + 1 if len(gaps) and gaps[widest] >= FAR_ABOVE and sure[widest] >= STRONG_AUC else 0
    certain = int((sure >= CERTAIN_AUC).sum())
    return [Suspect(name, "tells_the_outcome_alone", auc) for auc, name in ordered[: max(alone, certain)]]


def _gives_away(features: pd.DataFrame, hit: Booleans) -> list[Suspect]:
    found = []
    for name in features:
        truth = binned_truth(bins_of(features[name]), hit)
        rate = float(truth.rates[truth.rows >= _FEWEST_ROWS].max(initial=0.0))
        if rate >= AWAY_RATE and hit.mean() < AWAY_RATE / 2:
            found.append(Suspect(str(name), "a_value_gives_the_outcome_away", rate))
    return found


def _absence_by_column(features: pd.DataFrame, hit: Booleans) -> list[Suspect]:
    found = []
    for name in features:
        absent = features[name].isna().to_numpy()
        rows = np.array([(~absent).sum(), absent.sum()])
        hits = np.array([hit[~absent].sum(), hit[absent].sum()])
        expected = rows * hit.mean()
        if rows.min() >= _FEWEST_ABSENT and expected.min() >= _FEWEST_EVENTS:
            there, gone = np.maximum(hits, 0.5) / rows
            if max(there / gone, gone / there) >= ABSENCE_RATIO:
                found.append(Suspect(str(name), "absence_tells_the_outcome", float(gone / there)))
    return found


def _absence_together(features: pd.DataFrame, hit: Booleans) -> list[Suspect]:
    """A logistic regression on is-absent alone, fitted on the earlier half of the rows, judged on the later."""
    absent = features.isna().to_numpy(dtype=np.float64)
    absent = absent[:, absent.std(axis=0) > 0] if len(absent) else absent
    half = len(hit) // 2
    if not absent.shape[1] or min(_events_of_halves(hit, half)) < _FEWEST_EVENTS:
        return []
    fitted = LogisticRegression(C=1.0).fit(absent[:half], hit[:half])
    scores: Floats = fitted.predict_proba(absent[half:])[:, 1]
    auc = float(roc_auc_score(hit[half:], scores))
    return [Suspect("absent values together", "absence_tells_the_outcome", auc)] if auc > ABSENCE_AUC else []


def _events_of_halves(hit: Booleans, half: int) -> tuple[int, int, int, int]:
    early, late = hit[:half], hit[half:]
    return int(early.sum()), int((~early).sum()), int(late.sum()), int((~late).sum())
