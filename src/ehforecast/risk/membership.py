"""Whether a model gives away who was in the records it learned from; one that does never leaves the private area.

A model that remembers people fits them better than others like them. The attack knows the outcome and asks how much
less surprised the model is by somebody than models that never saw them are. Source: Yeom et al. (2018), loss attack;
Carlini et al. (2022), calibration by reference models; limits: UK SACRO-ML practice, as in governance A14.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ehforecast.compute.threads import one_thread
from ehforecast.errors import ModelError
from ehforecast.risk.bundle import bundle_of, smallest_leaf
from ehforecast.risk.calibration import family_folds
from ehforecast.risk.censoring import CensoringSettings
from ehforecast.risk.checks import without_constants
from ehforecast.risk.cohort import Cohort
from ehforecast.risk.explain_results import MembershipResult
from ehforecast.risk.fairness.scores import AUROC, Members, score
from ehforecast.risk.learning import LearningRows, joined, learning_rows
from ehforecast.risk.model import ModelSettings, RiskModel, fit_trees
from ehforecast.risk.scores import log_losses

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

MOST_AUC = 0.55
MOST_FOUND = 0.02
"""Of members, at one false alarm in a hundred."""

FALSE_ALARMS = 0.01
FEWEST_IN_A_LEAF = 10
FEWEST_ROWS = 300
"""Rows on either side; with fewer, how well an attack does cannot be told, and the gate stays shut."""

BY_LOSS = "how little the outcome surprises the model"
BY_REFERENCE = "the same beside models that never saw them"

_COLUMNS = ("attack", "auc", "lower", "upper", "found")


@one_thread
def membership_gate(
    model: RiskModel, rows: LearningRows, *, parameters: Mapping[str, Any], settings: ModelSettings | None = None
) -> MembershipResult:
    """Whether a model may leave the private area: attacks on models made the same way, and the leaves of this one.

    ``rows``: those the model learned from; ``parameters``: of its trees. The attack is on a model of the same settings
    that learned from a random half of the families, so that there are people like its own whom it never saw: the same
    days, the same records. Half the rows are remembered better than all, so the gate errs to the safe side. Refused: an
    area under the curve above 0.55, more than 2% of members found at 1% false alarms, a leaf of fewer than ten rows,
    and too few rows to tell.
    """
    folds = family_folds(rows.known["group_id"], folds=4, seed=(settings or ModelSettings()).seed)
    members, others = int((folds < 2).sum()), int((folds >= 2).sum())
    enough = min(members, others) >= FEWEST_ROWS
    attacks = _attacks(rows, folds, parameters=parameters, settings=settings) if enough else _none()
    leaf = smallest_leaf(model)
    return MembershipResult(attacks, members, others, leaf, _because(attacks, leaf, enough=enough))


def learned_from(cohort: Cohort, censoring: CensoringSettings | None = None) -> LearningRows:
    """The rows an assessment of a cohort lets its model learn from: all before the test period, constants left out."""
    usable, _ = without_constants(cohort)
    settings = censoring or CensoringSettings()
    return joined(learning_rows(usable.of("train"), settings), learning_rows(usable.of("calibrate"), settings))


def _none() -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype="object" if name == "attack" else "float64") for name in _COLUMNS})


def _attacks(
    rows: LearningRows, folds: npt.NDArray[np.int64], *, parameters: Mapping[str, Any], settings: ModelSettings | None
) -> pd.DataFrame:
    """Both attacks; ``folds`` 0 and 1 are learned from, 2 and 3 are each learned from by a model to compare with."""
    inside = folds < 2
    losses = {
        name: _losses(rows, learned, parameters=parameters, settings=settings or ModelSettings())
        for name, learned in {"target": inside, 2: folds == 2, 3: folds == 3}.items()
    }
    never_saw = np.where(np.isin(folds, (0, 2)), losses[3], losses[2])
    told = {BY_LOSS: -losses["target"], BY_REFERENCE: never_saw - losses["target"]}
    families = pd.factorize(rows.known["group_id"])[0].astype(np.int64)
    found = [(name, *_how_well(values, inside, families=families)) for name, values in told.items()]
    return pd.DataFrame(found, columns=list(_COLUMNS))


def _losses(
    rows: LearningRows, learned: Mask, *, parameters: Mapping[str, Any], settings: ModelSettings
) -> Floats:  # fmt: skip
    trees = fit_trees(rows.take(learned), parameters=parameters, settings=settings)
    return log_losses(np.asarray(trees.predict_proba(rows.features)[:, 1]), rows.outcome)


def _how_well(values: Floats, inside: Mask, *, families: npt.NDArray[np.int64]) -> tuple[float, float, float, float]:
    """Area under the curve with its limits, and the share of members above all but 1% of the others."""
    area = score(AUROC, Members(values, inside.astype(np.float64), np.ones(len(values)), families))
    edge = np.quantile(values[~inside], 1 - FALSE_ALARMS, method="higher")
    return (area.value, *area.range(0.95), float((values[inside] > edge).mean()))


def _because(attacks: pd.DataFrame, leaf: int, *, enough: bool) -> tuple[str, ...]:
    told = {
        f"fewer than {FEWEST_ROWS} rows on either side: how well an attack does cannot be told": not enough,
        f"an attack tells those it learned from from others with an area under the curve above {MOST_AUC}": bool(
            (attacks["auc"] > MOST_AUC).any()
        ),
        f"an attack finds more than {MOST_FOUND:.0%} of those it learned from at one false alarm in a hundred": bool(
            (attacks["found"] > MOST_FOUND).any()
        ),
        f"a leaf rests on fewer than {FEWEST_IN_A_LEAF} rows": leaf < FEWEST_IN_A_LEAF,
    }
    return tuple(words for words, holds in told.items() if holds)


def bundle_that_may_leave(
    model: RiskModel, gate: MembershipResult, *, about: Mapping[str, object], signing_key: bytes
) -> dict[str, bytes]:
    """The bundle of a model that passed the gate, always signed; raises `ModelError` that says why for any other."""
    if not gate.may_leave:
        raise ModelError(f"the model stays in the private area: {'; '.join(gate.because)}")
    return bundle_of(model, about=dict(about) | {"membership": gate.facts()}, signing_key=signing_key)
