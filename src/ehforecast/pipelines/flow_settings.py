"""The section `flows` of a configuration: which flows, reviews, check-ins and groups to tell of, and which changes."""

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Words = Annotated[str, Field(min_length=1, pattern=r"\S")]
Cohort = Literal["young_carers", "housing", "temporary_accommodation", "no_recourse_to_public_funds"]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FlowChangeConfig(_Section):
    """A change whose before and after are asked for."""

    changed_on: date
    """First day of it."""
    words: Words
    """What changed, in a few words."""

    origin: Literal["contact", "early_help", "early_help_closed", "statutory", "statutory_closed"]
    """Where from."""
    destination: Words
    """Where to; see `ehforecast.demand.flow_results.ORIGINS`."""

    months: Annotated[int, Field(ge=1, le=60)] = 12
    """How many months on each side."""

    need_level: str = "all"
    """Only families of this level of need; all of them if not given."""


class ReviewConfig(_Section):
    """A review of open cases: a CSV file, or, for a council that never existed, a day to review its cases on."""

    on: date
    """The day of the review."""
    file: Path | None = None
    """Columns child, family, age, domestic_abuse, adult_mental_health, substance_misuse; answers yes, no, not known."""


class CheckInConfig(_Section):
    """When families that left early help are asked how they are."""

    months_after: Annotated[tuple[Annotated[int, Field(ge=1, le=24)], ...], Field(min_length=1)] = (3, 6, 12)
    """Months after help ended. 3, 6 and 12, as strategies commonly ask; nobody has shown which is best."""
    at_transitions: bool = True
    """Whether families are also asked before a child starts or changes school."""
    days_before_transition: Annotated[int, Field(ge=0, le=120)] = 28
    """How many days before that."""
    timings_days: tuple[Annotated[int, Field(ge=1, le=364)], ...] = (30, 91, 182, 274)
    """Research: timings that are compared."""


class RollingAheadConfig(_Section):
    """Whether the count of early help started over 12 months is forecast, and how far."""

    months: Annotated[int, Field(ge=1, le=24)] = 6
    """Months ahead."""
    forecasters: Annotated[tuple[str, ...], Field(min_length=1)] = ("seasonal_naive", "theta")
    """Methods that compete, by name."""


class FlowConfig(_Section):
    """What to tell of how families move, and for whom."""

    reader: Words
    """The role of the person who reads the report, printed on it."""
    by: Literal["quarter", "year"] = "year"
    """When families came: each quarter or each year is told apart."""
    days: Annotated[int, Field(ge=30, le=1_500)] = 365
    """Days looked at after help or social care began or ended; a year, as for re-referrals."""
    contact_days: Annotated[int, Field(ge=7, le=365)] = 90
    """Days looked at after a contact; what follows a contact mostly follows soon."""
    step_down_days: Annotated[int, Field(ge=1, le=180)] = 60
    """Early help within so many days after a referral closed is a step down; later, it is early help again."""
    settle_days: Annotated[int, Field(ge=0, le=365)] = 90
    """The last days before the extract, in which not everything is recorded yet."""

    changes: dict[str, FlowChangeConfig] = {}
    """Changes whose before and after are compared, each under its name."""
    rolling_ahead: RollingAheadConfig | None = None
    """Forecast of early help started over 12 months; none if not given."""
    reviews: dict[str, ReviewConfig] = {}
    """Reviews of open cases, each under its name."""
    check_ins: CheckInConfig | None = None
    """When families that left are asked how they are; not worked out if not given."""
    cohorts: tuple[Cohort, ...] = ()
    """Groups of children to count and watch."""
    themes: bool = True
    """Whether needs, sources and reasons of the last 12 months are counted by locality."""
    seed: Annotated[int, Field(ge=0)] = 20_261_123
    """Where every draw begins. The same seed gives the same figures; it is not tuned."""


FLOW_SECTIONS: tuple[type[BaseModel], ...] = (
    FlowChangeConfig, ReviewConfig, CheckInConfig, RollingAheadConfig, FlowConfig,
)  # fmt: skip
