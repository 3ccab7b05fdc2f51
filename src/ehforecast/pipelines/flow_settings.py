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
    words: Words
    """What changed, in a few words."""

    origin: Literal["contact", "early_help", "early_help_closed", "statutory", "statutory_closed"]
    destination: Words
    """Where to; see `ehforecast.demand.flow_results.ORIGINS`."""

    months: Annotated[int, Field(ge=1, le=60)] = 12
    """How many months on each side."""

    need_level: str = "all"


class ReviewConfig(_Section):
    """A review of open cases: a CSV file, or, for a council that never existed, a day to review its cases on."""

    on: date
    file: Path | None = None
    """Columns child, family, age, domestic_abuse, adult_mental_health, substance_misuse; answers yes, no, not known."""


class CheckInConfig(_Section):
    """When families that left early help are asked how they are."""

    months_after: Annotated[tuple[Annotated[int, Field(ge=1, le=24)], ...], Field(min_length=1)] = (3, 6, 12)
    at_transitions: bool = True
    days_before_transition: Annotated[int, Field(ge=0, le=120)] = 28
    timings_days: tuple[Annotated[int, Field(ge=1, le=364)], ...] = (30, 91, 182, 274)
    """Research: timings that are compared."""


class RollingAheadConfig(_Section):
    """Whether the count of early help started over 12 months is forecast, and how far."""

    months: Annotated[int, Field(ge=1, le=24)] = 6
    forecasters: Annotated[tuple[str, ...], Field(min_length=1)] = ("seasonal_naive", "theta")


class FlowConfig(_Section):
    """What to tell of how families move, and for whom."""

    reader: Words
    by: Literal["quarter", "year"] = "year"
    days: Annotated[int, Field(ge=30, le=1_500)] = 365
    contact_days: Annotated[int, Field(ge=7, le=365)] = 90
    step_down_days: Annotated[int, Field(ge=1, le=180)] = 60
    settle_days: Annotated[int, Field(ge=0, le=365)] = 90
    """The last days before the extract, in which not everything is recorded yet."""

    changes: dict[str, FlowChangeConfig] = {}
    rolling_ahead: RollingAheadConfig | None = None
    reviews: dict[str, ReviewConfig] = {}
    check_ins: CheckInConfig | None = None
    cohorts: tuple[Cohort, ...] = ()
    themes: bool = True
    seed: Annotated[int, Field(ge=0)] = 20_261_123


FLOW_SECTIONS: tuple[type[BaseModel], ...] = (
    FlowChangeConfig, ReviewConfig, CheckInConfig, RollingAheadConfig, FlowConfig,
)  # fmt: skip
