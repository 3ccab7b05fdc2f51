"""The section `plan` of a configuration: every number with what is thought likeliest, between what limits, and why."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ehforecast.demand.plan.assumptions import Assumption

Words = Annotated[str, Field(min_length=1, pattern=r"\S")]
Month = Annotated[str, Field(pattern=r"^20[0-4]\d-(0[1-9]|1[0-2])$")]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PlanNumber(_Section):
    """A number with its doubt and its reason; `value` alone for one known exactly."""

    low: float | None = None
    central: float | None = None
    high: float | None = None
    value: float | None = None
    unit: str = ""
    words: str = ""
    reason: Words

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        three = (self.low, self.central, self.high)
        if (self.value is None) == (None in three) or (self.value is not None and any(x is not None for x in three)):
            raise ValueError("give low, central and high, or value alone for a number known exactly")
        if self.low is not None and not self.low <= self.likeliest <= (self.high or self.likeliest):
            raise ValueError("low, central and high must stand in that order")
        return self

    @property
    def likeliest(self) -> float:
        """The central value."""
        chosen = self.value if self.central is None else self.central
        return float(chosen if chosen is not None else float("nan"))

    def assumption(self, name: str) -> Assumption:
        """As the plan's core takes it, named by its key."""
        low, high = (self.likeliest if end is None else end for end in (self.low, self.high))
        return Assumption(name, low, self.likeliest, high, self.unit, self.reason)


class EverySource(_Section):
    """Minutes of first work on each family that comes, and the share that is given a worker, whoever sends them."""

    minutes: PlanNumber
    opened: PlanNumber


class SourceSettings(_Section):
    """Who sends families: the share of all that come; and its own minutes and share opened where they differ."""

    share: PlanNumber | None = None
    """Needed where only a total is forecast."""
    minutes: PlanNumber | None = None
    opened: PlanNumber | None = None


class PlanWork(_Section):
    """The work of an open case, and the people there are."""

    weeks_open: PlanNumber
    hours_per_case_week: PlanNumber
    hours_per_worker_week: PlanNumber
    workers: PlanNumber
    families_per_worker: PlanNumber
    families_open: PlanNumber
    spread: Annotated[float, Field(ge=0, le=3)] = 1.0
    """Standard deviation of how long cases stay open over its mean; 1 where they end by chance."""


class PromiseSettings(_Section):
    """A share of families to be served within so many days of coming."""

    within_days: float
    share: float
    source: Words


class PanelSettings(_Section):
    """Panels that sit every four weeks."""

    first_on: date
    capacity: PlanNumber
    share: PlanNumber
    days_before: int = 0
    waiting_now: Annotated[int, Field(ge=0)] = 0


class VolumeChangeSettings(_Section):
    """Counts of some sources multiplied from a day on."""

    sources: Annotated[tuple[str, ...], Field(min_length=1)]
    factor: PlanNumber
    begins: date
    ends: date | None = None
    moves_to: str | None = None


class StaffChangeSettings(_Section):
    """Hours of work available multiplied from a day on."""

    factor: PlanNumber
    begins: date
    ends: date | None = None


class ScenarioSettings(_Section):
    """What would happen, and what that changes."""

    words: Words
    volume: tuple[VolumeChangeSettings, ...] = ()
    staff: tuple[StaffChangeSettings, ...] = ()

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if not self.volume and not self.staff:
            raise ValueError("a scenario changes something: give volume or staff")
        return self


class StatedSettings(_Section):
    """A figure somebody states."""

    value: float
    period: Words
    source: Words
    of: Annotated[int, Field(ge=1)] | None = None


class CountSettings(_Section):
    """A count that builds up."""

    so_far: PlanNumber
    sources: Annotated[tuple[str, ...], Field(min_length=1)]
    share: PlanNumber


class IndicatorSettings(_Section):
    """What is watched and where it should be."""

    definition: Words
    unit: Words
    better: Literal["lower", "higher"]
    target: float
    by: date
    source: Words
    stated: tuple[StatedSettings, ...] = ()
    official: str = ""
    yardstick: str = ""
    count: CountSettings | None = None
    promise: str = ""
    measured: str = ""
    """A measure that the council's records tell; see `ehforecast.demand.boards.measures`."""

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.official and self.yardstick:
            raise ValueError("official is for the very same definition and yardstick for another; give one of them")
        if self.unit == "percent" and not 0 < self.target <= 100:
            raise ValueError("a target in percent lies above 0 and up to 100")
        return self


class _PlanParts(_Section):
    """What every plan has, whatever it is made from."""

    reader: Words
    counted: Words
    workers_called: Words
    promises: Annotated[dict[str, PromiseSettings], Field(min_length=1)]
    panels: PanelSettings | None = None
    scenarios: dict[str, ScenarioSettings] = {}
    indicators: dict[str, IndicatorSettings] = {}
    notes: tuple[str, ...] = ()
    futures: Annotated[int, Field(ge=50, le=5000)] = 300
    seed: Annotated[int, Field(ge=0)] = 20_261_123


class PlanConfig(_PlanParts):
    """What to plan, and everything that is assumed for it; see `ehforecast.demand.plan`."""

    area: Words
    families_per_count: PlanNumber
    every_source: EverySource
    sources: Annotated[dict[str, SourceSettings], Field(min_length=1)]
    work: PlanWork
    workers_tried: Annotated[tuple[float, ...], Field(min_length=1)]
    data_until: Month | None = None
    """Plan as it stood when this month was the last known; the latest month if none is given."""
    per_month: PlanNumber | None = None
    """Where nothing is forecast: how many come in a month."""

    @model_validator(mode="after")
    def _known_month(self) -> Self:
        if self.per_month is not None and self.data_until is None:
            raise ValueError("where per_month is given, data_until says after which month the plan begins")
        return self


class RecordsWork(_Section):
    """The same as `PlanWork`; what is left out is counted from the council's records."""

    hours_per_case_week: PlanNumber
    hours_per_worker_week: PlanNumber
    weeks_open: PlanNumber | None = None
    workers: PlanNumber | None = None
    families_per_worker: PlanNumber | None = None
    families_open: PlanNumber | None = None
    spread: Annotated[float, Field(ge=0, le=3)] = 1.0


class RecordsPlanConfig(_PlanParts):
    """A plan from a council's own records: who comes is their forecast, and what they tell is counted, not assumed.

    Series are those of the section `forecast`: its sources, or its localities.
    """

    minutes: PlanNumber
    """Of first work on a family, whoever sends it: no record tells."""
    opened: PlanNumber | None = None
    """Share of families given a worker."""
    families_per_count: PlanNumber | None = None
    """Families for each child that is counted."""
    work: RecordsWork
    workers_tried: tuple[float, ...] = ()
    """Around those in post if none are given."""


PLAN_SECTIONS: tuple[type[BaseModel], ...] = (
    PlanNumber, EverySource, SourceSettings, PlanWork, PromiseSettings, PanelSettings, VolumeChangeSettings,
    StaffChangeSettings, ScenarioSettings, StatedSettings, CountSettings, IndicatorSettings, PlanConfig,
    RecordsWork, RecordsPlanConfig,
)  # fmt: skip
