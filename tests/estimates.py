"""Estimates whose errors are known, because they were drawn: for tests of audits."""

import numpy as np
import pandas as pd

from ehforecast.risk.fairness.audit import audit
from ehforecast.risk.fairness.frame import AuditColumns, AuditFrame, audit_frame
from ehforecast.risk.fairness.settings import AuditSettings, Characteristic, GroupColumn
from ehforecast.risk.fairness_results import FairnessResult

GROUP = GroupColumn("group", Characteristic.RACE)
SEX = GroupColumn("sex", Characteristic.SEX)
ALONE = "there is no population of drawn people"


def settings(
    edges: tuple[float, ...] = (0.3,), columns: tuple[GroupColumn, ...] = (GROUP,), **given: object
) -> AuditSettings:
    told = {"no_population_because": ALONE, "permutations": 400, "draws": 200} | given
    return AuditSettings(edges, columns, **told)  # type: ignore[arg-type]


def drawn(people: int, seed: int | list[int], groups: dict[str, float] | None = None) -> pd.DataFrame:
    """Calibrated estimates, and groups that have nothing to do with them: no gap at all."""
    rng = np.random.default_rng(seed)
    shares = groups or {"a": 0.4, "b": 0.3, "c": 0.2, "d": 0.1}
    estimate = rng.beta(1.5, 3.0, people)
    return pd.DataFrame(
        {
            "estimate": estimate,
            "outcome": (rng.random(people) < estimate).astype(float),
            "group": rng.choice(list(shares), people, p=list(shares.values())),
            "sex": rng.choice(["female", "male"], people),
        }
    )


def in_families(people: int, seed: int | list[int]) -> pd.DataFrame:
    """No gap at all, among families of one to four whose members share a group and much of what happens to them."""
    rng = np.random.default_rng(seed)
    family = np.repeat(np.arange(people), rng.choice([1, 2, 3, 4], people, p=[0.5, 0.25, 0.15, 0.1]))[:people]
    shared = rng.normal(0, 1, family.max() + 1)[family]
    log_odds = -0.9 + shared + rng.normal(0, 0.5, people)
    estimate = 1 / (1 + np.exp(-log_odds))
    luck = rng.random(family.max() + 1)[family]
    alone = rng.random(people)
    outcome = np.where(rng.random(people) < 0.5, luck, alone) < estimate
    group = rng.choice(["a", "b", "c", "d"], family.max() + 1, p=[0.4, 0.3, 0.2, 0.1])[family]
    return pd.DataFrame({"estimate": estimate, "outcome": outcome.astype(float), "group": group, "family": family})


def framed(table: pd.DataFrame, columns: tuple[GroupColumn, ...] = (GROUP,)) -> AuditFrame:
    given = AuditColumns(
        outcome="outcome" if "outcome" in table else "",
        cluster="family" if "family" in table else "",
        weight="weight" if "weight" in table else "",
        period="period" if "period" in table else "",
        source="source" if "source" in table else "",
    )
    return audit_frame(table, given, groups=columns)


def audited(table: pd.DataFrame, asked: AuditSettings | None = None) -> FairnessResult:
    asked = asked or settings()
    return audit(framed(table, asked.columns), asked)


def beyond_chance(result: FairnessResult) -> pd.DataFrame:
    """Gaps the audit names."""
    return result.gaps[result.gaps["p_audit"] <= 0.05]
