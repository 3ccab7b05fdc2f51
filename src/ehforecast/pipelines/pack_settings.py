"""The section `pack` of a configuration: what one council's board asks for, in its own words, each with its source."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ehforecast.vocabulary.need_levels import NeedLevel
from ehforecast.vocabulary.pathways import ContactOutcome

Words = Annotated[str, Field(min_length=1, pattern=r"\S")]
Grade = Literal["early", "developing", "maturing", "mature"]
Part = Literal[
    "places", "impact_circle", "hub_packs", "measures", "scorecard", "panels", "lead_professional", "led_by",
    "indicators", "openings", "maturity", "criteria", "small_samples", "effect", "flows", "rolling", "check_ins",
    "cohorts", "themes", "reviews",
]  # fmt: skip


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FrontDoorSettings(_Section):
    """What the front door is called, and what the council calls the ways through it."""

    name: Words
    """What the council calls it."""
    form: str = ""
    """What the council calls the form by which others refer."""
    pathways: dict[ContactOutcome, Words]
    """By outcome of a contact, the council's words for where it leads."""
    source: Words
    """Where this is written."""


class NeedLevelSettings(_Section):
    """The council's own words for each of the four common levels of need."""

    levels: dict[NeedLevel, Words]
    """Words by level; every level has some."""
    source: Words
    """Where this is written."""

    @model_validator(mode="after")
    def _every_level(self) -> Self:
        if missing := [level.value for level in NeedLevel if level not in self.levels]:
            raise ValueError(f"no words for {', '.join(missing)}")
        return self


class PlaceSettings(_Section):
    """A locality or hub."""

    opens: date | None = None
    """First day, of a hub that opens within the records; there from the beginning if not given."""
    share: Annotated[float, Field(gt=0)] = 1.0
    """How large it is beside the others where the council is invented."""


class PlacesSettings(_Section):
    """Localities or hubs by name, and what they are called."""

    called: Words
    """In the plural, such as localities."""
    source: Words
    """Where this is written."""
    named: Annotated[dict[str, PlaceSettings], Field(min_length=1)]
    """Each place under the name that its records carry."""


class StatedShare(_Section):
    """A figure somebody states for a share that records tell too."""

    measure: Words
    """The measure by its name in `ehforecast.demand.boards.measures`."""
    value: Annotated[float, Field(ge=0, le=100)]
    """Percent."""
    period: Words
    """As stated, such as 2016/17."""
    source: Words
    """Who states it, and where."""


class SmallSample(_Section):
    """A result stated for a small number of people."""

    name: Words
    """What was asked of whom."""
    met: Annotated[int, Field(ge=0)]
    """People of whom it was true."""
    of: Annotated[int, Field(ge=1)]
    """People asked."""
    stated: Annotated[float, Field(ge=0, le=100)]
    """Percent, as stated."""
    source: Words
    """Who states it, and where."""

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.met > self.of:
            raise ValueError("no more can be met than there are")
        return self


class MaturitySettings(_Section):
    """Grades of a maturity matrix: by strand and year one grade, or the two it lies between."""

    source: Words
    """Where the grades stand."""
    strands: Annotated[dict[str, dict[Annotated[str, Field(pattern=r"^20\d\d$")], tuple[Grade, ...]]],
                       Field(min_length=1)]  # fmt: skip
    """By strand and year."""


class FactSettings(_Section):
    """A figure from the council's strategy, to read the pack beside."""

    what: Words
    """What it counts."""
    value: Words
    """The figure with its unit, as printed."""
    source: Words
    """Who states it, and where."""


class PackConfig(_Section):
    """What the board's pack holds, and what the council calls things."""

    council: Words
    """Its name, as printed."""
    reader: Words
    """The board that reads the pack, printed on it."""
    strategy: Words
    """The papers the pack follows."""
    rhythm: Literal["month", "quarter", "four_weeks", "year"]
    """How often the board reads it."""
    parts: Annotated[tuple[Part, ...], Field(min_length=1)]
    """Sections, in the order of the page."""
    front_door: FrontDoorSettings
    """The council's words for its front door."""
    need_levels: NeedLevelSettings
    """The council's words for levels of need."""
    places: PlacesSettings
    """The council's localities or hubs."""
    measures: Annotated[tuple[str, ...], Field(min_length=1)]
    """Measures that records tell, by name; see `ehforecast.demand.boards.measures`."""
    quarters: Annotated[int, Field(ge=5, le=40)] = 8
    """Quarters shown; 8 let each stand beside the same quarter of the year before."""
    equality_of: str = "stayed_below"
    """The measure that groups are compared on."""
    led_by: tuple[StatedShare, ...] = ()
    """Stated shares of who leads early help, to hold the records against."""
    small_samples: tuple[SmallSample, ...] = ()
    """Results stated for few people, to show how little they settle."""
    maturity: MaturitySettings | None = None
    """Grades of a maturity matrix; none if not given."""
    facts: tuple[FactSettings, ...] = ()
    """Figures from the strategy."""
    notes: tuple[str, ...] = ()
    """Sentences printed with the pack."""
    seed: Annotated[int, Field(ge=0)] = 20_261_123
    """Where every draw begins. The same seed gives the same figures; it is not tuned."""


PACK_SECTIONS: tuple[type[BaseModel], ...] = (
    FrontDoorSettings, NeedLevelSettings, PlaceSettings, PlacesSettings, StatedShare, SmallSample, MaturitySettings,
    FactSettings, PackConfig,
)  # fmt: skip
