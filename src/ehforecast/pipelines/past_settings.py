"""The section `past` of a configuration: which series to watch for breaks, and what was done when, and who says so."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Words = Annotated[str, Field(min_length=1, pattern=r"\S")]
Month = Annotated[str, Field(pattern=r"^20[0-4]\d-(0[1-9]|1[0-2])$")]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ChangeConfig(_Section):
    """Something that was done, whose effect is asked for."""

    area: str = ""
    """Where: a council's name or code; of records a series, such as a locality. The first area, or the whole council,
    if none is given."""

    begins: Month
    """First month of it."""

    words: Words
    """What was done, in a sentence."""

    source: Words
    """Who says that it began then."""

    neighbours: tuple[str, ...] = ()
    """Whom to hold it against, by name or code; those most like it before if none are named."""

    months_before: Annotated[int, Field(ge=24, le=96)] = 36
    """How much of the past to look at."""

    @model_validator(mode="after")
    def _enough_neighbours(self) -> Self:
        if 0 < len(self.neighbours) < 3:
            raise ValueError("name three neighbours or more, or none")
        return self


class PastConfig(_Section):
    """What to look for in the past."""

    reader: Words
    """The role of the person who reads the report, printed on it."""

    of: Literal["figures", "records"] | None = None
    """For a council's records that have published figures beside them: which of the two. Records if none is given."""

    areas: tuple[str, ...] = ()
    """Which series to watch for breaks; the configuration's areas, or every series of the records, if none is given."""

    changes: dict[Annotated[str, Field(min_length=1, max_length=60)], ChangeConfig] = {}
    """What was done, each under its name."""

    data_until: Month | None = None
    """Look as if this month were the last known; the latest month if none is given."""


PAST_SECTIONS: tuple[type[BaseModel], ...] = (PastConfig, ChangeConfig)
