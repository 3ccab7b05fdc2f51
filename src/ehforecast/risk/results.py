"""All that the risk half can say of one question: who was looked at, how well estimates did, and the verdict."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from ehforecast.kept_result import KeptResult

MODEL = "lightgbm"
"""The name of the trees among the models of every frame."""


@dataclass(frozen=True)
class RiskResult(KeptResult):
    """One run's assessment of one question, with the evidence. Nothing in it is about one person.

    Shares and chances lie between 0 and 1; `lower` and `upper` are 95% limits over resampled families.

    Attributes:
        outcome: the recorded later event that is estimated.
        label_card: what that record is: who decides it, what it misses, how being watched feeds it.
        horizon_days: an event later than this is no event.
        rate_before_test: share with an event before the test period.
        rate_in_test: share with an event in it.
        families_in_test: independent families the judgement rests on.
        verdict: on the bar that counts: met, not met, cannot be judged.
        verdicts: on every bar, by name.
        implied_auroc: by bar, the AUROC its accuracy condition asks for at this share; NaN where it asks for none.
        bar_text: the bars as they were sealed, as JSON.
        bar_sha256: of that text.
        parameters: of the trees.
        calibration_method: shrunk_sigmoid, sigmoid, venn_abers or isotonic.
        learned_from_calibration: whether the calibration period was learned from too.
        tuned_on: how the training period was divided in the search, in words.
        seed: of everything drawn.
        notes: what a reader must know, in sentences.
        counts: by ``period``: ``index_events, people, families, events, no_event``, ``not_known`` (follow-up too short)
            and ``rate`` (weighted).
        left_out: ``events, reason, count``: of the index events those without an estimate, of the later events those
            that do not count. Empty where the cohort was not made from records.
        follow_up: by ``period``, the share with an event by treatment of short follow-up: ``weights``, ``complete``,
            and the two wrong ones, ``not_known_as_none`` and ``not_known_left_out``; ``largest_weight, weights_cut``.
        features: the catalogue: ``name, label, unit, source, lag, reason, theme, direction, is_used``.
        performance: ``model, metric, value, lower, upper`` on the test period.
        differences: ``model, than, metric, value, lower, upper``.
        by_group: ``characteristic, group, rows, events, metric, value, lower, upper, can_be_judged`` of the trees.
        stability: the same over quarters of the test period, ``characteristic`` being "time".
        calibration_curve: ``model, bin, mean_estimate, rows, value, lower, upper``.
        net_benefit_curve: ``model, threshold, value, lower, upper``: net benefit.
        capacities: ``model, metric, capacity, value, lower, upper``: precision and recall.
        learning_curve: ``share, rows, events, metric, value, lower, upper``.
        trials: the search, one row per trial.
        calibration: ``method, logloss, difference, se, chosen``.
        points: the points score: ``question, points, share_yes``.
        probes: by feature: ``feature, own_auroc, highest_share, lowest_share, absence_ratio, gain, gain_lower,
            whole, finding, because``.
        model_probes: ``probe, value, lower, upper, finding``.
        abstentions: ``reason, rows`` of the test period without an estimate.
        conditions: ``bar, condition, needed, value, lower, upper, margin, verdict``.
    """

    outcome: str
    label_card: Mapping[str, str]
    horizon_days: float
    rate_before_test: float
    rate_in_test: float
    families_in_test: int
    verdict: str
    verdicts: Mapping[str, str]
    implied_auroc: Mapping[str, float]
    bar_text: str
    bar_sha256: str
    parameters: Mapping[str, Any]
    calibration_method: str
    learned_from_calibration: bool
    tuned_on: str
    seed: int
    notes: tuple[str, ...]
    counts: pd.DataFrame
    follow_up: pd.DataFrame
    features: pd.DataFrame
    performance: pd.DataFrame
    differences: pd.DataFrame
    by_group: pd.DataFrame
    stability: pd.DataFrame
    calibration_curve: pd.DataFrame
    net_benefit_curve: pd.DataFrame
    capacities: pd.DataFrame
    learning_curve: pd.DataFrame
    trials: pd.DataFrame
    calibration: pd.DataFrame
    points: pd.DataFrame
    probes: pd.DataFrame
    model_probes: pd.DataFrame
    abstentions: pd.DataFrame
    conditions: pd.DataFrame
    left_out: pd.DataFrame = field(default_factory=pd.DataFrame)

    def figure(self, metric: str, *, model: str = MODEL) -> float:
        """One model's figure on the test period."""
        rows = self.performance
        return float(rows.loc[(rows["model"] == model) & (rows["metric"] == metric), "value"].iloc[0])
