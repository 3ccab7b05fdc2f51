"""From a council's records to a cohort: features as known, what came of it, and groups for audits, joined once."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Self

import pandas as pd

from ehforecast.contracts import load_contract
from ehforecast.errors import SettingsError
from ehforecast.risk.audit_columns import build_audit, protected_values
from ehforecast.risk.cohort import PERIODS, Cohort, Feature
from ehforecast.risk.cohort_account import CohortAccount, PeriodTilt
from ehforecast.risk.features import build_features, feature_recipes
from ehforecast.risk.features_catalogue import Recipe, Values, usual_lag
from ehforecast.risk.features_known import KnownRecords
from ehforecast.risk.index_events import OWN_TABLE
from ehforecast.risk.known_history import word_numbers
from ehforecast.risk.linked_families import group_of
from ehforecast.risk.matrix_leaks import check_nothing_leaks, find_suspects
from ehforecast.risk.matrix_protected import (
    check_no_field_is_copied,
    check_reasons,
    check_sources_are_permitted,
    find_proxies,
)
from ehforecast.risk.outcome import FollowUp, check_some_are_followed, follow_up, followed_until
from ehforecast.risk.outcome_settings import OutcomeSettings
from ehforecast.risk.place_history import PlaceHistory
from ehforecast.risk.timeline import (
    FamiliesApart,
    TimelineSettings,
    check_periods_are_filled,
    check_timeline,
    find_period,
    follow_up_limit,
    keep_families_apart,
)

Tables = Mapping[str, pd.DataFrame]

_TILTED = 0.20
_FEWEST_EVENTS = 50
_TEST_OPENS = "test period opens"


@dataclass(frozen=True)
class MatrixSettings:
    """What goes into the matrix.

    Attributes:
        leave_out: names of features not to be made.
        protected_reasons: table.column of each audit-only field that is to be a feature, with the reason why.
        accepted_suspects: features that seem to know the outcome and are kept, with the reason why.
        check_for_leaks: whether such features are refused at all; False only to look at what would be refused.
    """

    leave_out: tuple[str, ...] = ()
    protected_reasons: Mapping[str, str] = field(default_factory=dict)
    accepted_suspects: Mapping[str, str] = field(default_factory=dict)
    check_for_leaks: bool = True


@dataclass(frozen=True)
class CouncilCohort:
    """A cohort made of a council's records, with the account of how."""

    cohort: Cohort
    account: CohortAccount


@dataclass(frozen=True)
class CohortPlan:
    """What is asked, of which days, and how the matrix is made.

    Attributes:
        question: from which index event to which later event.
        timeline: when index events train, calibrate and test.
        extracted_on: the day of the extract, up to which is followed.
        settings: which features are made, left out, or kept for a reason.
    """

    question: OutcomeSettings
    timeline: TimelineSettings
    extracted_on: date
    settings: MatrixSettings = field(default_factory=MatrixSettings)


@dataclass(frozen=True)
class WholeCouncil:
    """What a cohort of some families must know of all: the day on which records begin, and what areas were like."""

    first_on: date
    places: PlaceHistory

    @classmethod
    def of(cls, tables: Tables, question: OutcomeSettings) -> Self:
        """Out of a council's tables."""
        return cls(_first_day(tables, question), PlaceHistory.of(tables["contacts"]))


def build_cohort(
    tables: Tables,
    *,
    question: OutcomeSettings,
    timeline: TimelineSettings,
    extracted_on: date,
    settings: MatrixSettings | None = None,
) -> CouncilCohort:
    """The cohort of a question: index events in their periods, with features, follow-up and audit columns.

    `tables` are a council's, as `Store.known_by(extracted_on)` shows them. Rows stand in the order of the day of the
    estimate. Raises `SettingsError` for a timeline or reasons that cannot be used, `ContractError` for a feature that
    must not be there.
    """
    plan = CohortPlan(question, timeline, extracted_on, settings or MatrixSettings())
    made = cohort_of_families(tables, plan, whole=WholeCouncil.of(tables, question))
    check_account(made.account, plan)
    return look_for_leaks(made, plan)


def cohort_of_families(tables: Tables, plan: CohortPlan, *, whole: WholeCouncil) -> CouncilCohort:
    """The same of tables that hold some families with all that is known of them, before anything is judged.

    What is refused of a council may be chance in some of its families: `check_account` and `look_for_leaks` ask it of
    all together.
    """
    question, timeline = plan.question, plan.timeline
    until = followed_until(question, plan.extracted_on)
    check_timeline(timeline, first_on=whole.first_on, followed_until=until)
    recipes, own_table = _recipes(plan.settings, question), OWN_TABLE[question.index_event]
    followed = follow_up(tables, question, extracted_on=plan.extracted_on)
    rows, placed = _in_periods(followed.rows, tables, timeline=timeline)
    features = build_features(tables, rows, own_table=own_table, recipes=recipes, places=whole.places)
    own = tables[own_table].iloc[rows["place"].to_numpy()].reset_index(drop=True)
    audit = build_audit(tables, rows, own=own)
    catalogue = tuple(recipe.feature for recipe in recipes)
    cohort = Cohort(rows.drop(columns="place"), features, catalogue, audit, horizon_days=float(timeline.horizon_days))
    return CouncilCohort(cohort, _account(plan, followed, placed=placed))


def check_account(account: CohortAccount, plan: CohortPlan) -> None:
    """Refuse a council's cohort with nobody to follow, with an empty period, or parted so that the question changes."""
    check_some_are_followed(plan.question, index_events=account.index_events, left_out=account.left_out)
    check_periods_are_filled(account.families.kept)
    _check_tilt(account.tilts, plan.timeline)


def look_for_leaks(made: CouncilCohort, plan: CohortPlan) -> CouncilCohort:
    """The same with features that seem to know the outcome, or tell a protected group, in its account.

    Raises `ContractError` for a feature that must not be there. The test period's outcomes are not looked at.
    """
    cohort, settings = made.cohort, plan.settings
    reasons = [name.partition(".")[2] for name in settings.protected_reasons]
    check_no_field_is_copied(cohort.features, cohort.audit, allowed=reasons)
    looked_at = cohort.select(cohort.rows["period"] != "test")
    suspects = find_suspects(
        looked_at.features,
        looked_at.outcome,
        group_id=looked_at.rows["group_id"],
        absent_by_nature=[feature.name for feature in cohort.catalogue if feature.absent_by_nature],
    )
    if settings.check_for_leaks:
        check_nothing_leaks(suspects, accepted=settings.accepted_suspects)
    proxies = find_proxies(cohort.features, cohort.audit)
    return CouncilCohort(cohort, replace(made.account, proxies=proxies, suspects=suspects))


def _account(plan: CohortPlan, followed: FollowUp, *, placed: "_Placed") -> CohortAccount:
    """Before features were looked at."""
    return CohortAccount(
        question=plan.question.name,
        card=plan.question.card,
        extracted_on=plan.extracted_on,
        index_events=followed.index_events,
        left_out={str(name): count for name, count in followed.left_out.items()},
        outcomes_left_out=followed.outcomes_left_out,
        outside_the_periods=placed.outside,
        families=placed.families,
        largest_group_rows=placed.largest_group_rows,
        without_birth_month=followed.without_birth_month,
        tilts=placed.tilts,
        protected_reasons=plan.settings.protected_reasons,
        accepted_suspects=plan.settings.accepted_suspects,
    )


def _first_day(tables: Tables, question: OutcomeSettings) -> date:
    """The day on which records begin: with the council's contacts, or with the question's own events."""
    own = tables[OWN_TABLE[question.index_event]]
    if own["recorded_on"].isna().all():
        raise SettingsError(f"{OWN_TABLE[question.index_event]} holds no row: there is nothing to estimate")
    contacts = tables["contacts"]
    days = pd.Series([own["recorded_on"].min(), contacts["contact_on"].min(), contacts["recorded_on"].min()])
    found: date = days.min().date()
    return found


def _recipes(settings: MatrixSettings, question: OutcomeSettings) -> tuple[Recipe, ...]:
    """The features wanted. What makes a step to statutory services likelier need not do so for early help."""
    check_reasons(settings.protected_reasons)
    everything = feature_recipes()
    unknown = sorted(
        {*settings.leave_out, *settings.accepted_suspects} - {recipe.feature.name for recipe in everything}
    )
    if unknown:
        raise SettingsError(f"there is no feature {', '.join(unknown)} to leave out or to accept")
    wanted = [recipe for recipe in everything if recipe.feature.name not in settings.leave_out]
    if not question.is_statutory:
        wanted = [replace(recipe, feature=replace(recipe.feature, direction=0)) for recipe in wanted]
    recipes = (*wanted, *(_protected_recipe(column, why) for column, why in settings.protected_reasons.items()))
    check_sources_are_permitted(recipes, reasons=settings.protected_reasons)
    return recipes


def _protected_recipe(column: str, reason: str) -> Recipe:
    table, _, name = column.partition(".")
    (found,) = (item for item in load_contract(table).columns if item.name == name)
    if table != "people" or not found.words:
        raise SettingsError(f"{column} cannot be made a feature: only protected words about people can")
    feature = Feature(name, f"{found.meaning.strip()} Used for a written reason.", "category", column,
                      usual_lag(table, name), reason, "other", levels=found.words)  # fmt: skip

    def values(known: KnownRecords) -> Values:
        return word_numbers(protected_values(known, name), found.words)

    return Recipe(feature, (column, "people.person_id", "people.recorded_on"), values)


@dataclass(frozen=True)
class _Placed:
    """What putting index events into periods did."""

    outside: int
    families: FamiliesApart
    tilts: tuple[PeriodTilt, ...]
    largest_group_rows: int


def _in_periods(rows: pd.DataFrame, tables: Tables, *, timeline: TimelineSettings) -> tuple[pd.DataFrame, _Placed]:
    """Index events of the three periods, no family in two of them, follow-up ended where a period may know no more."""
    period = find_period(rows["index_on"], timeline)
    group = group_of(rows["person_id"], tables["families"])
    kept, families = keep_families_apart(period, group, settings=timeline)
    limited = _end_follow_up(rows.assign(group_id=group, period=period), timeline)
    tilts = _tilts(limited, kept, horizon_days=timeline.horizon_days)
    inside = limited.assign(period=kept)[kept.notna()].reset_index(drop=True)
    largest = int(inside["group_id"].value_counts().to_numpy().max(initial=0))
    return inside, _Placed(int(period.isna().sum()), families, tilts, largest)


def _end_follow_up(rows: pd.DataFrame, timeline: TimelineSettings) -> pd.DataFrame:
    """Follow-up of training and calibration ends before the test period opens: what came later was not known then."""
    limit = (follow_up_limit(rows["period"], timeline) - rows["index_on"]).dt.days.astype("float64")
    cut = limit < rows["followed_days"]
    followed = rows["followed_days"].mask(cut, limit)
    seen = rows["event_days"] <= followed
    return rows.assign(
        followed_days=followed,
        follow_up_ended_by=rows["follow_up_ended_by"].mask(cut, _TEST_OPENS),
        event_days=rows["event_days"].where(seen),
        event_step=rows["event_step"].where(seen),
    )


def _tilts(rows: pd.DataFrame, kept: "pd.Series[str]", *, horizon_days: int) -> tuple[PeriodTilt, ...]:
    happened = rows["event_days"] <= horizon_days
    known = happened | (rows["followed_days"] >= horizon_days)
    tilts = []
    for name in PERIODS[:2]:
        everyone = happened[known & (rows["period"] == name)]
        stayed = happened[known & (kept == name)]
        tilts.append(PeriodTilt(name, len(everyone), int(everyone.sum()), len(stayed), int(stayed.sum())))
    return tuple(tilts)


def _check_tilt(tilts: tuple[PeriodTilt, ...], timeline: TimelineSettings) -> None:
    """Refuse a way of keeping families apart that changes the question: by lot, what moves is chance."""
    tilted = [
        f"{tilt.period} from {tilt.rate_of_all:.3f} to {tilt.rate_of_kept:.3f}"
        for tilt in tilts
        if timeline.families == "latest" and tilt.events >= _FEWEST_EVENTS and tilt.relative > _TILTED
    ]
    if tilted:
        raise SettingsError(
            "keeping each family in its latest period sets aside those who came back, and moves the share with the "
            f"outcome in the period to {', '.join(tilted)}: keep families apart by_lot"
        )
