"""A council that never existed, judged beside the chances that drew what came; several are pooled.

The question is escalation after early help, with the package's default settings and search. Two ceilings stand beside
the models, on the very rows judged: `true_chance` is all that the simulation knows; `records` is what the features can
say of it, a model fitted to the true chances themselves (not to what came) in the periods before the test.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import lightgbm
import numpy as np
import pandas as pd
from scipy.special import logit
from sklearn.linear_model import LogisticRegression

from ehforecast.risk.assessment import AssessmentSettings, assess
from ehforecast.risk.cohort import Cohort
from ehforecast.risk.matrix import build_cohort
from ehforecast.risk.model import ModelSettings
from ehforecast.risk.outcome import followed_until
from ehforecast.risk.outcome_settings import QUESTIONS
from ehforecast.risk.performance import Judged, PerformanceSettings
from ehforecast.risk.timeline import default_timeline
from ehforecast.synthetic.council import draw_council
from ehforecast.synthetic.council_plan import CouncilPlan

QUESTION = QUESTIONS["escalation_after_early_help"]
OURS, TRUE_CHANCE, RECORDS = "ehforecast", "true_chance", "records"


@dataclass(frozen=True)
class KnownCouncil:
    """A cohort and, on its index, the true chances."""

    cohort: Cohort
    chance: "pd.Series[float]"


def known_council(seed: int, contacts_a_year: int) -> KnownCouncil:
    """Draw a council of six years and ask the question of it."""
    plan = CouncilPlan(seed=seed, contacts_a_year=contacts_a_year)
    council = draw_council(plan)
    followed = followed_until(QUESTION, plan.extracted_on)
    timeline = default_timeline(plan.starts_on, followed, families=QUESTION.families)
    found = build_cohort(council.tables, question=QUESTION, timeline=timeline, extracted_on=plan.extracted_on)
    chances = council.truth_tables["ends_of_help"].set_index("episode_id")["true_escalation_risk"]
    rows = found.cohort.rows
    return KnownCouncil(found.cohort, pd.Series(chances.reindex(rows["event_id"]).to_numpy(), index=rows.index))


def judged(council: KnownCouncil) -> pd.DataFrame:
    """The test period: ``outcome, weight, group_id, is_silent`` and the estimate by each model, abstained or not."""
    model = ModelSettings(spread_models=0)
    found = assess(
        council.cohort, AssessmentSettings(model=model, performance=PerformanceSettings(20, 20, learning_shares=()))
    )
    estimates = found.estimates[(found.estimates["weight"] > 0) & council.chance[found.estimates.index].notna()]
    features = council.cohort.features.loc[estimates.index]
    simple = [str(name) for name in estimates if str(name).startswith("estimate_by_")]
    by_model = {name.removeprefix("estimate_by_"): estimates[name] for name in simple}
    by_model |= {
        OURS: found.model.estimate(features, abstain=False)["estimate"],
        TRUE_CHANCE: council.chance[estimates.index],
        RECORDS: _of_records(council, features),
    }
    known = estimates[["outcome", "weight", "group_id"]].assign(is_silent=estimates["abstained_because"] != "")
    return pd.concat([known, pd.DataFrame(by_model)], axis=1)


def _of_records(council: KnownCouncil, wanted: pd.DataFrame) -> "pd.Series[float]":
    before = (council.cohort.rows["period"] != "test") & council.chance.notna()
    log_rate = np.log(-np.log1p(-council.chance[before].clip(1e-6, 1 - 1e-6)))
    trees = lightgbm.LGBMRegressor(
        n_estimators=600, num_leaves=8, learning_rate=0.05, min_child_samples=40, colsample_bytree=0.5, n_jobs=1,
        random_state=0, verbose=-1,
    )  # fmt: skip
    trees.fit(_codes(council.cohort.features[before]), log_rate)
    return pd.Series(-np.expm1(-np.exp(np.asarray(trees.predict(_codes(wanted))))), index=wanted.index)


def _codes(features: pd.DataFrame) -> pd.DataFrame:
    return features.assign(**{str(name): features[name].cat.codes for name in features.select_dtypes("category")})


def pooled(seeds: Sequence[int], contacts_a_year: int) -> pd.DataFrame:
    """Councils one under the other; no family is in two of them."""
    parts = [judged(known_council(seed, contacts_a_year)) for seed in seeds]
    named = [part.assign(group_id=f"{seed}-" + part["group_id"].astype("str"), seed=seed)
             for seed, part in zip(seeds, parts, strict=True)]  # fmt: skip
    return pd.concat(named, ignore_index=True)


def slope_by_truth(rows: pd.DataFrame, model: str) -> float:
    """The calibration slope of a model had what came been no luck: each row counts as its true chance of an event."""
    odds = np.tile(logit(rows[model].clip(1e-6, 1 - 1e-6)), 2)[:, None]
    came = np.repeat([1, 0], len(rows))
    weights = np.concatenate([rows[TRUE_CHANCE], 1 - rows[TRUE_CHANCE]]) * np.tile(rows["weight"], 2)
    return float(LogisticRegression(C=np.inf).fit(odds, came, sample_weight=weights).coef_[0, 0])


def judge(rows: pd.DataFrame, *, replicates: int = 300) -> Judged:
    """Every model on the same rows."""
    models = [str(name) for name in rows if name not in ("outcome", "weight", "group_id", "is_silent", "seed")]
    known = rows[["outcome", "weight", "group_id"]]
    return Judged({name: rows[name].to_numpy() for name in models}, known, PerformanceSettings(replicates))
