"""The opened test period: every figure about it, and the verdict on each bar."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from ehforecast.risk.accounts import abstention_table, count_table, feature_table, follow_up_table
from ehforecast.risk.bar import SealedBar
from ehforecast.risk.censoring import CensoringSettings, known_outcomes
from ehforecast.risk.cohort import Cohort, Feature
from ehforecast.risk.learning import LearningRows
from ehforecast.risk.learning_curve import by_time
from ehforecast.risk.model import FittedModel
from ehforecast.risk.performance import Judged, PerformanceSettings
from ehforecast.risk.points import PointsScore
from ehforecast.risk.probes import Probes
from ehforecast.risk.results import MODEL
from ehforecast.risk.simple_models import POINTS, SimpleModel
from ehforecast.risk.tuning import TuningResult
from ehforecast.risk.verdict import Evidence, implied_auroc, judge, verdict_of


@dataclass(frozen=True)
class Prepared:
    """All that was fixed before the test period was opened."""

    cohort: Cohort = field(repr=False)
    catalogue: tuple[Feature, ...] = field(repr=False)
    constants: tuple[str, ...]
    before: LearningRows = field(repr=False)
    search: TuningResult = field(repr=False)
    probes: Probes = field(repr=False)
    fitted: FittedModel = field(repr=False)
    simple: Mapping[str, SimpleModel] = field(repr=False)
    sealed: SealedBar


@dataclass(frozen=True)
class Opened:
    """The test period with estimates and what came.

    Attributes:
        cohort: of the test period.
        estimates: one row per index event, those without an estimate or a known outcome included.
        judged: the rest.
    """

    cohort: Cohort = field(repr=False)
    estimates: pd.DataFrame = field(repr=False)
    judged: Judged = field(repr=False)

    @classmethod
    def of(
        cls, test: Cohort, prepared: Prepared, *, censoring: CensoringSettings, performance: PerformanceSettings
    ) -> "Opened":
        """Estimate everyone in the test period, by every model."""
        known = known_outcomes(test, censoring)
        estimates = prepared.fitted.model.estimate(test.features).assign(
            outcome=known.outcome, weight=known.weights, group_id=test.rows["group_id"], period=test.rows["period"]
        )
        for name, model in prepared.simple.items():
            estimates[f"estimate_by_{name}"] = model.estimate(test.features)
        used = estimates[(estimates["weight"] > 0) & estimates["estimate"].notna()]
        by_model = {MODEL: used["estimate"].to_numpy()} | {
            name: used[f"estimate_by_{name}"].to_numpy() for name in prepared.simple
        }
        return cls(test, estimates, Judged(by_model, used[["outcome", "weight", "group_id"]], performance))

    @property
    def known(self) -> pd.DataFrame:
        """Outcome, weight and family of the rows judged."""
        return self.judged.known


def figures_of(opened: Opened) -> dict[str, pd.DataFrame]:
    """Every frame of the result that is about the test period alone."""
    judged, audit = opened.judged, opened.cohort.audit.loc[opened.known.index]
    time = by_time(opened.cohort.rows.loc[opened.known.index, "index_on"])
    return {
        "performance": judged.performance(),
        "differences": judged.differences(MODEL),
        "by_group": judged.by_group(MODEL, audit),
        "stability": judged.by_group(MODEL, time.rename("time").to_frame().dropna(axis=1, how="all")),
        "calibration_curve": judged.calibration_curve(),
        "net_benefit_curve": judged.net_benefit_curve(),
        "capacities": judged.at_capacities(),
        "abstentions": abstention_table(opened.estimates["abstained_because"]),
    }


def frames_of(prepared: Prepared, censoring: CensoringSettings) -> dict[str, pd.DataFrame]:
    """Every frame of the result that was there before the test period was opened, and the counts of all periods."""
    points = prepared.simple[POINTS]
    return {
        "counts": count_table(prepared.cohort, censoring),
        "follow_up": follow_up_table(prepared.cohort, censoring),
        "features": feature_table(prepared.catalogue, prepared.constants),
        "trials": prepared.search.trials,
        "calibration": prepared.fitted.calibration.table,
        "points": points.table if isinstance(points, PointsScore) else pd.DataFrame(),
        "probes": prepared.probes.features,
        "model_probes": prepared.probes.models,
    }


def verdicts_on(prepared: Prepared, opened: Opened, *, figures: Mapping[str, pd.DataFrame]) -> dict[str, object]:
    """The bars judged: facts and the frame of conditions, by the names they have in the result."""
    evidence = Evidence(MODEL, opened.judged, figures["performance"], figures["differences"], figures["by_group"])
    prepared.sealed.check()
    bars = prepared.sealed.bars
    conditions = {bar.name: judge(bar, evidence) for bar in bars}
    verdicts = {name: verdict_of(table) for name, table in conditions.items()}
    rate, families = evidence.figure("rate")[0], opened.known["group_id"].nunique()
    return {
        "verdict": verdicts[bars[0].name],
        "verdicts": verdicts,
        "implied_auroc": {bar.name: implied_auroc(bar, rate=rate, families=families) for bar in bars},
        "rate_in_test": rate,
        "families_in_test": families,
        "conditions": pd.concat(conditions.values(), ignore_index=True),
        "bar_text": prepared.sealed.text,
        "bar_sha256": prepared.sealed.sha256,
    }


def notes_on(prepared: Prepared, opened: Opened, *, frames: Mapping[str, pd.DataFrame]) -> tuple[str, ...]:
    """What a reader must know, in sentences without counts of people."""
    counts, follow_up = frames["counts"], frames["follow_up"]
    silent = opened.estimates["abstained_because"] != ""
    said = {
        "Those who were not followed for the whole window are stood for by others like them.": (
            counts["not_known"].any()
        ),
        "The largest weights of those who stand for others were cut.": follow_up["weights_cut"].any(),
        "Some of the test period got no estimate, because nothing like it was learned from.": silent.any(),
        f"Features with one value only were not used: {', '.join(prepared.constants)}.": prepared.constants,
    }
    return (*(sentence for sentence, holds in said.items() if holds), *prepared.probes.to_look_at())
