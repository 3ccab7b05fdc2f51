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
    """The smallest value thought possible."""
    central: float | None = None
    """The likeliest value."""
    high: float | None = None
    """The largest value thought possible."""
    value: float | None = None
    """Where it is known exactly."""
    unit: str = ""
    """As printed, such as hours."""
    words: str = ""
    """What it is, where the plan has no words for it."""
    reason: Words
    """Where it comes from; begin with *Assumed* where nobody measured it."""

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
    """Minutes of first work on a family."""
    opened: PlanNumber
    """Share, 0 to 1."""


class SourceSettings(_Section):
    """Who sends families: the share of all that come; and its own minutes and share opened where they differ."""

    share: PlanNumber | None = None
    """Needed where only a total is forecast."""
    minutes: PlanNumber | None = None
    """Where they differ from those of every source."""
    opened: PlanNumber | None = None
    """Where it differs from that of every source."""


class PlanWork(_Section):
    """The work of an open case, and the people there are."""

    weeks_open: PlanNumber
    """Weeks a case stays open on average."""
    hours_per_case_week: PlanNumber
    """Hours of work on an open case in a week, travel and writing included."""
    hours_per_worker_week: PlanNumber
    """Hours a person has for cases in a week, after leave, sickness, training and supervision."""
    workers: PlanNumber
    """People in post, in full-time equivalents."""
    families_per_worker: PlanNumber
    """Open cases one person holds at most."""
    families_open: PlanNumber
    """Cases open when the plan begins."""
    spread: Annotated[float, Field(ge=0, le=3)] = 1.0
    """Standard deviation of how long cases stay open over its mean; 1 where they end by chance."""


class PromiseSettings(_Section):
    """A share of families to be served within so many days of coming."""

    within_days: float
    """Days."""
    share: float
    """Above 0 and up to 1: 0.9 for nine in ten."""
    source: Words
    """Who promised it, and where."""


class PanelSettings(_Section):
    """Panels that sit every four weeks."""

    first_on: date
    """The day of any one panel; the others lie four weeks apart from it."""
    capacity: PlanNumber
    """Cases one panel can hear."""
    share: PlanNumber
    """Share of families who come that go to a panel, 0 to 1."""
    days_before: int = 0
    """A case that comes within so many days before a panel waits for the next one, for its papers."""
    waiting_now: Annotated[int, Field(ge=0)] = 0
    """Cases that wait when the plan begins."""


class VolumeChangeSettings(_Section):
    """Counts of some sources multiplied from a day on."""

    sources: Annotated[tuple[str, ...], Field(min_length=1)]
    """By the names they have in the plan."""
    factor: PlanNumber
    """What their counts are multiplied by; 0.8 for a fifth fewer."""
    begins: date
    """First day."""
    ends: date | None = None
    """Last day; it stays so if not given."""
    moves_to: str | None = None
    """The source that gets what these lose; nobody if not given."""


class StaffChangeSettings(_Section):
    """Hours of work available multiplied from a day on."""

    factor: PlanNumber
    """What hours of work are multiplied by; 0.9 for a tenth fewer."""
    begins: date
    """First day."""
    ends: date | None = None
    """Last day; it stays so if not given."""


class ScenarioSettings(_Section):
    """What would happen, and what that changes."""

    words: Words
    """In a sentence, as printed."""
    volume: tuple[VolumeChangeSettings, ...] = ()
    """Changes to who comes."""
    staff: tuple[StaffChangeSettings, ...] = ()
    """Changes to the people there are."""

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if not self.volume and not self.staff:
            raise ValueError("a scenario changes something: give volume or staff")
        return self


class StatedSettings(_Section):
    """A figure somebody states."""

    value: float
    """In the indicator's unit."""
    period: Words
    """As stated, such as 2016/17."""
    source: Words
    """Who states it, and where."""
    of: Annotated[int, Field(ge=1)] | None = None
    """Number of cases it was counted from; without it there is no range."""


class CountSettings(_Section):
    """A count that builds up."""

    so_far: PlanNumber
    """How many already count."""
    sources: Annotated[tuple[str, ...], Field(min_length=1)]
    """Whose families can add to it."""
    share: PlanNumber
    """Share of them that will, 0 to 1."""


class IndicatorSettings(_Section):
    """What is watched and where it should be."""

    definition: Words
    """What is counted, of what. Figures are compared only under the same definition."""
    unit: Words
    """As printed; `percent` for a share."""
    better: Literal["lower", "higher"]
    """Which way is better."""
    target: float
    """In that unit."""
    by: date
    """The day by which."""
    source: Words
    """Who set the target, and where."""
    stated: tuple[StatedSettings, ...] = ()
    """Where it stands, as somebody states it."""
    official: str = ""
    """A published rate of the very same definition: re_referrals_share or no_further_action_share."""
    yardstick: str = ""
    """A published rate of another definition that moves alike, to tell how often such a change came anywhere."""
    count: CountSettings | None = None
    """For a count that builds up towards the target."""
    promise: str = ""
    """Name of the promise whose keeping this is."""
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
    """The role of the person who reads the report, printed on it."""
    counted: Words
    """What the plan counts, such as families who come to early help."""
    workers_called: Words
    """In the plural, such as practitioners."""
    promises: Annotated[dict[str, PromiseSettings], Field(min_length=1)]
    """Each under the words it is known by."""
    panels: PanelSettings | None = None
    """None if not given."""
    scenarios: dict[str, ScenarioSettings] = {}
    """Each under its name. Assumptions, never forecasts."""
    indicators: dict[str, IndicatorSettings] = {}
    """Targets, each under its name."""
    notes: tuple[str, ...] = ()
    """Sentences printed with the plan."""
    futures: Annotated[int, Field(ge=50, le=5000)] = 300
    """Possible years drawn; 300 steady a chance to about three points in a hundred."""
    seed: Annotated[int, Field(ge=0)] = 20_261_123
    """Where every draw begins. The same seed gives the same figures; it is not tuned."""


class PlanConfig(_PlanParts):
    """What to plan, and everything that is assumed for it; see `ehforecast.demand.plan`."""

    area: Words
    """Name or code of the area planned for."""
    families_per_count: PlanNumber
    """How many of what is planned for come with each one counted."""
    every_source: EverySource
    """What holds for every source."""
    sources: Annotated[dict[str, SourceSettings], Field(min_length=1)]
    """Who sends them, each under its name."""
    work: PlanWork
    """The work of open cases, and the people."""
    workers_tried: Annotated[tuple[float, ...], Field(min_length=1)]
    """Numbers of people to try."""
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
    """Hours of work on an open case in a week: no record tells."""
    hours_per_worker_week: PlanNumber
    """Hours a person has for cases in a week, after leave, sickness, training and supervision."""
    weeks_open: PlanNumber | None = None
    """Weeks a case stays open on average."""
    workers: PlanNumber | None = None
    """People in post, in full-time equivalents."""
    families_per_worker: PlanNumber | None = None
    """Open cases one person holds at most."""
    families_open: PlanNumber | None = None
    """Cases open when the plan begins."""
    spread: Annotated[float, Field(ge=0, le=3)] = 1.0
    """Standard deviation of how long cases stay open over its mean; 1 where they end by chance."""


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
    """The work of open cases, and the people."""
    workers_tried: tuple[float, ...] = ()
    """Around those in post if none are given."""


PLAN_SECTIONS: tuple[type[BaseModel], ...] = (
    PlanNumber, EverySource, SourceSettings, PlanWork, PromiseSettings, PanelSettings, VolumeChangeSettings,
    StaffChangeSettings, ScenarioSettings, StatedSettings, CountSettings, IndicatorSettings, PlanConfig,
    RecordsWork, RecordsPlanConfig,
)  # fmt: skip
