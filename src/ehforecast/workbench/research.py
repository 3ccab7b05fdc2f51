"""Risk research as a notebook uses it: assess a question, explain the estimates, audit them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import pandas as pd

from ehforecast.errors import ContractError, Finding, SettingsError
from ehforecast.reports.notebook_plots import Axes, plot_calibration, plot_gaps, plot_net_benefit, plot_sizes
from ehforecast.risk.assessment import Assessment, AssessmentSettings
from ehforecast.risk.assessment import assess as assess_cohort
from ehforecast.risk.bar import CANNOT_BE_JUDGED, NOT_MET, PRESETS
from ehforecast.risk.cohort import Cohort
from ehforecast.risk.explain.account import Explained, explain_test_period
from ehforecast.risk.fairness.audit import Beside
from ehforecast.risk.fairness.audit import audit as audit_estimates
from ehforecast.risk.fairness.frame import AuditColumns, audit_frame
from ehforecast.risk.fairness.settings import AuditSettings, Characteristic, GroupColumn
from ehforecast.risk.fairness_results import ASSESSED, FairnessResult
from ehforecast.risk.matrix import CouncilCohort
from ehforecast.risk.model_audit import ModelAuditSettings, audit_test_period
from ehforecast.risk.results import RiskResult
from ehforecast.workbench.shown import Shown

BAND_EDGES = (0.1, 0.2)
"""Where bands of estimates begin, unless an audit says otherwise."""

NO_PROBABILITIES = "Some estimates lie below 0 or above 1 and are no chances: calibration and Brier were left out."

FALLS_SHORT = (NOT_MET, CANNOT_BE_JUDGED)
"""Verdicts on a condition that keep a bar from being met."""

GAPS_SHOWN = 4
"""Sentences on gaps that an audit shows of itself: how many there were, and the first three."""

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, repr=False)
class Assessed(Shown):
    """A question with its answer; see `assess`. Model and estimates are private; ``result`` may be told.

    Figures are of the test period, which nothing was learned or chosen on; formulas and sources:
    `docs/methods/risk_scores.md`.

    Attributes:
        cohort: who was asked about.
        assessment: all of it.
    """

    cohort: Cohort = field(repr=False)
    assessment: Assessment = field(repr=False)

    @property
    def result(self) -> RiskResult:
        """What may be told: nothing about one person."""
        return self.assessment.result

    @property
    def verdict(self) -> str:
        """On the bar that counts: met, not met, cannot be judged."""
        return self.result.verdict

    def lines(self) -> tuple[str, ...]:
        found = self.result
        auroc, slope = found.figure("auroc"), found.figure("slope")
        figures = (
            f"{found.families_in_test:,} families in the test period, {found.rate_in_test:.1%} with the event. "
            f"AUROC {auroc:.3f}, calibration slope {slope:.2f}, log loss {found.figure('logloss'):.4f} "
            f"(logistic regression {found.figure('logloss', model='logistic'):.4f})."
        )
        return (
            f"{found.outcome}: the bar is {found.verdict}.",
            *self._why(),
            figures,
            "Research: no estimate may be used to decide about a child or a family.",
        )

    def _why(self) -> list[str]:
        """Each condition that keeps the bar that counts, the first of them, from being met; none where it is."""
        held = self.result.conditions
        held = held[held["bar"] == next(iter(self.result.verdicts))]
        by_verdict = {verdict: ", ".join(held.loc[held["verdict"] == verdict, "condition"]) for verdict in FALLS_SHORT}
        told = [f"{verdict}: {names}" for verdict, names in by_verdict.items() if names]
        return [f"{'; '.join(told).capitalize()}. See conditions()."] if told else []

    def to_frame(self) -> pd.DataFrame:
        """Every model on the test period: a row for each, a column for each figure."""
        table = self.result.performance
        return table.pivot(index="model", columns="metric", values="value").rename_axis(columns=None)

    def conditions(self) -> pd.DataFrame:
        """What each bar asked for, what was found, and by how much it was met or missed."""
        return self.result.conditions

    def plot(self, kind: Literal["calibration", "net_benefit"] = "calibration") -> Axes:
        """Whether the estimates can be taken at their word, or at which chances they would be of use."""
        if kind == "calibration":
            return plot_calibration(self.result.calibration_curve)
        if kind == "net_benefit":
            return plot_net_benefit(self.result.net_benefit_curve)
        raise SettingsError(f"no plot '{kind}'; there are calibration and net_benefit")

    def explain(self) -> "Reasons":
        """What drives the estimates of the test period, how steadily, and what no explanation can show."""
        estimates = self.assessment.estimates
        found = explain_test_period(
            self.cohort, self.assessment.model, estimates=estimates, outcome=self.result.outcome
        )
        return Reasons(found)

    def audit(self, *, band_edges: Sequence[float] | float = BAND_EDGES, draws: int = 2000) -> "Audited":
        """For whom the estimates are worse, by every audit-only field of the cohort."""
        settings = ModelAuditSettings(_edges(band_edges), draws=draws, permutations=draws)
        return Audited(audit_test_period(self.cohort, estimates=self.assessment.estimates, settings=settings))


def assess(
    cohort: Cohort | CouncilCohort,
    *,
    bar: Literal["relative", "what_works_2020"] = "relative",
    settings: AssessmentSettings | None = None,
    progress: Progress | None = None,
) -> Assessed:
    """Estimate a later event and judge, by a bar fixed beforehand, whether the estimates deserve to be used.

    Args:
        cohort: from `cohort_from_table`, or from `Records.cohort`.
        bar: that the verdict is on; both are judged.
        settings: every choice of method; the defaults are those the published figures were measured with.
        progress: told what is being done, how many parts of it are done, and how many there are.

    Raises `RiskError` where the question cannot be asked of these data, or a feature looks like the outcome, and
    `SettingsError` for a bar that is not there.

    >>> import numpy as np
    >>> from ehforecast.risk.cohort_table import CohortColumns, cohort_from_table
    >>> from ehforecast.risk.model import ModelSettings
    >>> from ehforecast.risk.performance import PerformanceSettings
    >>> from ehforecast.risk.tuning import TuningSettings
    >>> draw = np.random.default_rng(0)
    >>> before = draw.normal(size=2400)
    >>> table = pd.DataFrame({
    ...     "child": range(2400), "before": before, "closed_on": pd.date_range("2019-01-01", periods=2400),
    ...     "came_back": draw.binomial(1, 1 / (1 + np.exp(1.2 - before))),
    ... })
    >>> columns = CohortColumns(person="child", index_on="closed_on", outcome="came_back")
    >>> cohort = cohort_from_table(table, columns, features=["before"], horizon_days=90)
    >>> quick = AssessmentSettings(  # far too few of everything, so that the example is quick
    ...     tuning=TuningSettings(trials=1, folds=2, most_trees=50), model=ModelSettings(spread_models=2),
    ...     performance=PerformanceSettings(20, 20, learning_shares=()),
    ... )
    >>> found = assess(cohort, settings=quick)
    >>> found.to_frame().index.tolist()
    ['base_rate', 'lightgbm', 'logistic', 'points_score']
    >>> found.verdict in {"met", "not met", "cannot be judged"}
    True
    """
    if bar not in PRESETS:
        raise SettingsError(f"no bar {bar}; there are {', '.join(PRESETS)}")
    if isinstance(cohort, pd.DataFrame):
        raise SettingsError("a table is not yet a cohort: say with cohort_from_table which column is what")
    method = replace(settings or AssessmentSettings(), bar=PRESETS[bar])
    if isinstance(cohort, CouncilCohort):
        method, cohort = replace(method, **cohort.account.told()), cohort.cohort
    return Assessed(cohort, assess_cohort(cohort, method, progress=progress))


@dataclass(frozen=True, repr=False)
class Reasons(Shown):
    """What drives estimates; see `Assessed.explain`. Points are of chance: 0.03 is three in a hundred.

    Exact Shapley values of the trees (`docs/methods/reasons.md`). They say what went together with an estimate in
    records, never what brings what about.

    Attributes:
        explained: ``explained.result`` may be told; the explanation of each estimate is private.
    """

    explained: Explained = field(repr=False)

    def lines(self) -> tuple[str, ...]:
        found = self.explained.result
        return (
            f"{found.rows:,} estimates explained exactly; everybody starts from {found.base_chance:.1%}.",
            *found.cannot_see,
        )

    def to_frame(self) -> pd.DataFrame:
        """Mean size of what each feature adds or takes away, in points of chance, with 95% limits."""
        sizes = self.explained.result.importance
        of_features = sizes[sizes["kind"] == "feature"]
        return of_features[["label", "theme", "value", "lower", "upper"]].sort_values("value", ascending=False)

    def plot(self, most: int = 12) -> Axes:
        """The largest of them."""
        return plot_sizes(self.to_frame().head(most))


@dataclass(frozen=True, repr=False)
class Audited(Shown):
    """An audit; see `audit`. Gaps are differences of shares: 0.1 is ten in a hundred.

    Formulas, tests and sources: `docs/methods/fairness.md`.

    Attributes:
        result: what was measured, and what could not be told and why.
    """

    result: FairnessResult = field(repr=False)

    def lines(self) -> tuple[str, ...]:
        told, inventory = self.result.statements, self.result.inventory
        missing = int((inventory["standing"] != ASSESSED).sum())
        return (
            f"{self.result.people:,} estimates audited; the outcome of {self.result.with_outcome:,} is known.",
            *([] if self.result.is_probability else [NO_PROBABILITIES]),
            *told.loc[told["subject"] == "gaps", "text"].head(GAPS_SHOWN),
            *told.loc[told["subject"] == "caution", "text"],
            f"{missing} of {len(inventory)} characteristics could not be looked at; see result.inventory.",
        )

    def to_frame(self) -> pd.DataFrame:
        """Every gap of every group to everyone else, with its 95% limits and adjusted p value."""
        names = ["view", "group", "band_edge", "metric", "difference", "lower", "upper", "p_audit", "standing"]
        gaps = self.result.gaps
        return gaps.loc[gaps["compared_with"] == "everyone else", names].reset_index(drop=True)

    def plot(self, metric: str = "false_negative_rate") -> Axes:
        """Gaps of one measure to everyone else, at the highest band; crossed groups are in `to_frame` only."""
        gaps = self.to_frame()
        is_crossed = gaps["view"].str.contains(" x ", regex=False)
        chosen = gaps[(gaps["metric"] == metric) & gaps["difference"].notna() & ~is_crossed]
        if chosen.empty:
            raise SettingsError(f"no gap in '{metric}'; there are {', '.join(sorted(set(gaps['metric'])))}")
        edges = chosen["band_edge"]
        return plot_gaps(chosen[edges.isna() | edges.eq(edges.max())], metric=metric)


def audit(  # noqa: PLR0913 - each argument names a column or a choice, as in any function for notebooks
    table: pd.DataFrame,
    groups: Mapping[str, Characteristic],
    *,
    estimate: str = "estimate",
    outcome: str = "outcome",
    cluster: str = "",
    band_edges: Sequence[float] | float = BAND_EDGES,
    population: pd.DataFrame | None = None,
    draws: int = 2000,
) -> Audited:
    """Say for whom estimates are worse, of any tool: one row per estimate.

    Args:
        table: a row for each estimate.
        groups: which columns say which group people belong to, and what each stands for.
        estimate, outcome, cluster: the columns of the estimate, of what came (1, 0 or absent; "" for none), and of
            the family.
        band_edges: where bands begin; one alone may be a number.
        population: ``column, group, population`` to compare with, where there is one.
        draws: of bootstrap and null.

    Raises `ContractError` for a table that is not so, `SettingsError` for an audit that cannot be asked.

    >>> import numpy as np
    >>> draw = np.random.default_rng(1)
    >>> table = pd.DataFrame({"estimate": draw.uniform(0.05, 0.6, 600), "sex": draw.choice(["female", "male"], 600)})
    >>> table["outcome"] = draw.binomial(1, table["estimate"])
    >>> found = audit(table, {"sex": Characteristic.SEX}, draws=100)
    >>> sorted(set(found.to_frame()["group"]))
    ['female', 'male']
    """
    if not isinstance(table, pd.DataFrame):
        raise SettingsError(f"estimates are given as a frame of pandas, a row for each, not as {type(table).__name__}")
    columns = _group_columns(table, groups)
    asked = AuditSettings(
        _edges(band_edges),
        columns,
        no_population_because="" if population is not None else "no population was given to the audit",
        draws=draws,
        permutations=draws,
    )
    frame = audit_frame(table, AuditColumns(estimate=estimate, outcome=outcome, cluster=cluster), groups=columns)
    return Audited(audit_estimates(frame, asked, beside=Beside(population, None)))


def _edges(given: Sequence[float] | float) -> tuple[float, ...]:
    """Edges of bands; one alone is a number, and not a sequence of them."""
    return (float(given),) if isinstance(given, int | float) else tuple(given)


def _group_columns(table: pd.DataFrame, groups: Mapping[str, Characteristic]) -> tuple[GroupColumn, ...]:
    """A name that no column has is a slip: left out, it would be a group whom nobody looked at."""
    known = {one.value for one in Characteristic}
    try:
        given = dict(groups)
    except (TypeError, ValueError):  # a list of names
        given = {}
    if not given or not known.issuperset(given.values()):
        raise SettingsError(f"groups are given as {{column: what it stands for}}, out of: {', '.join(sorted(known))}")
    absent = [name for name in given if name not in table]
    if absent:
        remedy = "Correct the name, or leave the group out."
        rule = "every_group_has_its_column"
        raise ContractError([Finding("", "estimates", name, rule, 1, remedy) for name in absent])
    return tuple(GroupColumn(name, Characteristic(stands_for)) for name, stands_for in given.items())
