"""The audit of an assessed model: its test-period estimates beside audit-only fields that it never saw."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ehforecast.compute.threads import one_thread
from ehforecast.errors import SettingsError
from ehforecast.risk.bands import fixed_edges
from ehforecast.risk.classifier import RiskClassifier
from ehforecast.risk.cohort import Cohort
from ehforecast.risk.explain_results import ExplanationResult
from ehforecast.risk.fairness.audit import Beside, audit
from ehforecast.risk.fairness.frame import AuditColumns, AuditFrame, audit_frame
from ehforecast.risk.fairness.mitigation import Fit, Predict, Trial, Ways, compare_options
from ehforecast.risk.fairness.settings import AuditSettings, Characteristic, GroupColumn, RecordingScenario
from ehforecast.risk.fairness_results import NOT_RECORDED, FairnessResult, MitigationResult
from ehforecast.risk.learning import LearningRows
from ehforecast.risk.logistic import LogisticModel
from ehforecast.risk.model import RiskModel

Floats = npt.NDArray[np.float64]

GROUPINGS = (
    GroupColumn("sex", Characteristic.SEX),
    GroupColumn("age", Characteristic.AGE, "age_band"),
    GroupColumn("ethnicity", Characteristic.RACE, "ethnicity", "ethnicity_ons"),
    GroupColumn("ethnicity, Chinese among other", Characteristic.RACE, "ethnicity", "ethnicity_census"),
    GroupColumn("disability", Characteristic.DISABILITY, "disabled"),
    GroupColumn("care experience", Characteristic.CARE_EXPERIENCE, "care_experienced"),
    GroupColumn("locality", Characteristic.LOCALITY),
)
"""What a council's records hold of the twelve characteristics; the report lists the others as not recorded."""

NOT_APPLICABLE = (
    (
        Characteristic.MARRIAGE,
        "the estimates are about children, and nobody under 18 can marry or form a civil partnership",
    ),
)
"""Marriage and Civil Partnership (Minimum Age) Act 2022, in force from 27 February 2023."""

CROSSED = (("sex", "ethnicity"),)
_POPULATION = {"age": "age_band", "sex": "sex", "ethnicity": "ethnicity_group"}
_ALL = "all"
_NO_DISABILITY = "none"


@dataclass(frozen=True)
class ModelAuditSettings:
    """What is asked of the audit of a model.

    Attributes:
        band_edges: estimates from which people count as placed above; fixed before they are looked at by group.
        scenarios: suppositions about how outcomes were recorded.
        no_population_because: why there is no population to compare with, where there is none.
        draws, permutations, seed: of bootstrap and null.
    """

    band_edges: tuple[float, ...]
    scenarios: tuple[RecordingScenario, ...] = ()
    no_population_because: str = "the records hold no figures of all children in the area by these groups"
    draws: int = 2000
    permutations: int = 2000
    seed: int = 0

    def asked(self, cohort: Cohort) -> AuditSettings:
        """The same as settings of an audit; groups that cannot be crossed are not."""
        known = {group.name for group in GROUPINGS if group.source in audited_fields(cohort)}
        return AuditSettings(
            self.band_edges,
            GROUPINGS,
            intersections=tuple(crossing for crossing in CROSSED if set(crossing) <= known),
            not_applicable=NOT_APPLICABLE,
            scenarios=self.scenarios,
            no_population_because=self.no_population_because,
            draws=self.draws,
            permutations=self.permutations,
            seed=self.seed,
        )


def edges_for(account: ExplanationResult, *, cohort: Cohort, model: RiskModel) -> tuple[float, ...]:
    """Edges of the bands that can be told apart; where there is one band only, the edge of the upper fifth."""
    apart = tuple(float(edge) for edge in account.bands["at_least"].iloc[1:])
    return apart or fixed_edges(model.estimate(cohort.of("calibrate").features)["estimate"])[-1:]


def audit_test_period(
    cohort: Cohort, *, estimates: pd.DataFrame, settings: ModelAuditSettings, population: pd.DataFrame | None = None
) -> FairnessResult:
    """Audit the estimates of the test period by every characteristic on record.

    ``estimates``: as an `Assessment` has them. Index events without an estimate or weight are left out; a follow-up
    that is too short leaves an outcome unknown. ``population``: a council's table of that name.
    """
    test, frame = test_frame(cohort, estimates)
    compared = None if population is None or population.empty else population_of(population, by=test.rows["index_on"])
    compared = None if compared is None or compared.empty else compared
    return audit(frame, settings.asked(test), beside=Beside(compared, test.features))


def test_frame(cohort: Cohort, estimates: pd.DataFrame) -> tuple[Cohort, AuditFrame]:
    """The test period's index events with an estimate, and what is audited of them, by half-years."""
    known = estimates.index[estimates["estimate"].notna()]
    test = cohort.at(known)
    told = test.rows.drop(columns="period").assign(
        estimate=estimates["estimate"], outcome=test.outcome, half_year=_half_years(test.rows["index_on"])
    )
    table = pd.concat([told, audited_fields(test)], axis=1)
    columns = AuditColumns(
        "estimate",
        "outcome",
        cluster="group_id",
        period="half_year",
        source="referral_source" if "referral_source" in table else "",
    )
    return test, audit_frame(table, columns, groups=GROUPINGS)


def audited_fields(cohort: Cohort) -> pd.DataFrame:
    """The audit-only fields, and whether any disability is recorded: of single kinds there are too few to judge."""
    fields = cohort.audit
    if "disability" not in fields:
        return fields
    kind = fields["disability"]
    disabled = pd.Series(np.where(kind.eq(_NO_DISABILITY), "no", "yes"), fields.index, dtype="str")
    return fields.assign(disabled=disabled.mask(kind.isna()))


def _half_years(days: pd.Series) -> pd.Series:
    half = np.where(days.dt.month <= 6, "first half", "second half")
    told: pd.Series = days.dt.year.astype("str") + " " + pd.Series(half, days.index)
    return told


def population_of(population: pd.DataFrame, *, by: pd.Series) -> pd.DataFrame:
    """``column, group, population``: children of the middle year of the estimates, or the nearest one there is.

    A grouping of which the figures know one group only compares nothing, and is left out.
    """
    middle = int(by.dt.year.median())
    years = sorted({int(year) for year in population["year"]}, key=lambda year: (abs(year - middle), year))
    chosen = population[population["year"] == years[0]]
    whole = chosen[chosen["locality"] == _ALL]
    parts = [_counted(whole, name, column=column) for name, column in _POPULATION.items()]
    parts.append(_counted(chosen[chosen["locality"] != _ALL], "locality", column="locality"))
    found = pd.concat(parts, ignore_index=True)
    found = found[found["population"] > 0]
    return found[found.groupby("column")["group"].transform("size") > 1].reset_index(drop=True)


def _counted(rows: pd.DataFrame, name: str, *, column: str) -> pd.DataFrame:
    children = rows.groupby(rows[column].astype("str"))["children"].sum()
    counts = {"column": name, "group": children.index, "population": children.to_numpy("float64")}
    return pd.DataFrame(counts)


@dataclass(frozen=True)
class Remedies:
    """What is tried, as research, to see what it would cost.

    Attributes:
        by: the grouping whose gaps are looked at.
        edge: an estimate from which people count as placed above.
        parameters: of the trees.
        leave_out: features to do without.
        seed: of what involves chance.
    """

    by: str
    edge: float
    parameters: Mapping[str, Any] = field(default_factory=dict)
    leave_out: tuple[str, ...] = ()
    seed: int = 0


@one_thread
def compare_remedies(cohort: Cohort, *, estimates: pd.DataFrame, remedies: Remedies) -> MitigationResult:
    """Models with and without each remedy, learned before the test period and measured in it. Nothing is applied.

    Index events whose outcome is not known to the end are left out. Raises `SettingsError` for a grouping there is not.
    """
    named = {group.name: group for group in GROUPINGS if group.source in audited_fields(cohort)}
    if remedies.by not in named:
        raise SettingsError(f"mitigation: no grouping '{remedies.by}'; there are {', '.join(named)}")
    labels = _labels(cohort, named[remedies.by])
    known = cohort.outcome.notna()
    train = known & cohort.rows["period"].isin(["train", "calibrate"])
    test = known & cohort.rows.index.isin(estimates.index[estimates["estimate"].notna()])
    outcome = cohort.outcome
    trial = Trial(
        cohort.features[train], outcome[train].to_numpy(), labels[train].reset_index(drop=True),
        cohort.features[test], outcome[test].to_numpy(), labels[test].reset_index(drop=True),
        pd.factorize(cohort.rows.loc[test, "group_id"])[0].astype(np.int64),
    )  # fmt: skip
    ways = Ways(
        _trees(cohort, remedies),
        remedies.edge,
        remedies.by,
        simpler=_logistic(cohort, seed=remedies.seed),
        leave_out=remedies.leave_out,
        seed=remedies.seed,
    )
    return compare_options(trial, ways)


def _labels(cohort: Cohort, column: GroupColumn) -> pd.Series:
    told = cohort.rows.assign(estimate=0.0)
    table = pd.concat([told.drop(columns="period"), audited_fields(cohort)], axis=1)
    frame = audit_frame(table, AuditColumns("estimate"), groups=[column])
    return frame.groups[column.name].set_axis(cohort.rows.index).fillna(NOT_RECORDED)


def _trees(cohort: Cohort, remedies: Remedies) -> Fit:
    catalogue = {feature.name: feature for feature in cohort.catalogue}

    def fit(features: pd.DataFrame, outcome: Floats, weights: Floats) -> Predict:  # noqa: PLR0917 - as `Fit` is called
        used = tuple(catalogue[str(name)] for name in features)
        model = RiskClassifier(**remedies.parameters, catalogue=used, seed=remedies.seed)
        model.fit(features, outcome, sample_weight=weights)
        return lambda asked: np.asarray(model.predict_proba(asked)[:, 1])

    return fit


def _logistic(cohort: Cohort, *, seed: int) -> Fit:
    catalogue = {feature.name: feature for feature in cohort.catalogue}

    def fit(features: pd.DataFrame, outcome: Floats, weights: Floats) -> Predict:  # noqa: PLR0917 - as `Fit` is called
        rows = cohort.rows.loc[features.index, ["group_id", "index_on"]]
        known = rows.assign(outcome=outcome, weight=weights)
        used = tuple(catalogue[str(name)] for name in features)
        return LogisticModel.fit(LearningRows(features, used, known, cohort.horizon_days), seed=seed).estimate

    return fit
