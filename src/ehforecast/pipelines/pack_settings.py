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
    form: str = ""
    pathways: dict[ContactOutcome, Words]
    source: Words


class NeedLevelSettings(_Section):
    """The council's own words for each of the four common levels of need."""

    levels: dict[NeedLevel, Words]
    source: Words

    @model_validator(mode="after")
    def _every_level(self) -> Self:
        if missing := [level.value for level in NeedLevel if level not in self.levels]:
            raise ValueError(f"no words for {', '.join(missing)}")
        return self


class PlaceSettings(_Section):
    """A locality or hub."""

    opens: date | None = None
    share: Annotated[float, Field(gt=0)] = 1.0
    """How large it is beside the others where the council is invented."""


class PlacesSettings(_Section):
    """Localities or hubs by name, and what they are called."""

    called: Words
    source: Words
    named: Annotated[dict[str, PlaceSettings], Field(min_length=1)]


class StatedShare(_Section):
    """A figure somebody states for a share that records tell too."""

    measure: Words
    value: Annotated[float, Field(ge=0, le=100)]
    period: Words
    source: Words


class SmallSample(_Section):
    """A result stated for a small number of people."""

    name: Words
    met: Annotated[int, Field(ge=0)]
    of: Annotated[int, Field(ge=1)]
    stated: Annotated[float, Field(ge=0, le=100)]
    source: Words

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.met > self.of:
            raise ValueError("no more can be met than there are")
        return self


class MaturitySettings(_Section):
    """Grades of a maturity matrix: by strand and year one grade, or the two it lies between."""

    source: Words
    strands: Annotated[dict[str, dict[Annotated[str, Field(pattern=r"^20\d\d$")], tuple[Grade, ...]]],
                       Field(min_length=1)]  # fmt: skip


class FactSettings(_Section):
    """A figure from the council's strategy, to read the pack beside."""

    what: Words
    value: Words
    source: Words


class PackConfig(_Section):
    """What the board's pack holds, and what the council calls things."""

    council: Words
    reader: Words
    strategy: Words
    rhythm: Literal["month", "quarter", "four_weeks", "year"]
    parts: Annotated[tuple[Part, ...], Field(min_length=1)]
    front_door: FrontDoorSettings
    need_levels: NeedLevelSettings
    places: PlacesSettings
    measures: Annotated[tuple[str, ...], Field(min_length=1)]
    quarters: Annotated[int, Field(ge=5, le=40)] = 8
    equality_of: str = "stayed_below"
    led_by: tuple[StatedShare, ...] = ()
    small_samples: tuple[SmallSample, ...] = ()
    maturity: MaturitySettings | None = None
    facts: tuple[FactSettings, ...] = ()
    notes: tuple[str, ...] = ()
    seed: Annotated[int, Field(ge=0)] = 20_261_123


PACK_SECTIONS: tuple[type[BaseModel], ...] = (
    FrontDoorSettings, NeedLevelSettings, PlaceSettings, PlacesSettings, StatedShare, SmallSample, MaturitySettings,
    FactSettings, PackConfig,
)  # fmt: skip
