"""What stands on every piece of advice beside its content: why it was made, for whom, by which run, from what."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from ehforecast.advisory.statement import Purpose


@dataclass(frozen=True)
class Letterhead:
    """What stands on advice.

    Attributes:
        purpose: one of `Purpose`.
        reader: the role of the person it is for.
        run_id, data_source: as printed.
    """

    purpose: str
    reader: str
    run_id: str
    data_source: str


class HasLetterhead(Protocol):
    """Advice of any kind, as far as its letterhead goes."""

    @property
    def purpose(self) -> str:
        """One of `Purpose`."""

    @property
    def reader(self) -> str:
        """The role of the person it is for."""

    @property
    def run_id(self) -> str:
        """The run."""

    @property
    def data_source(self) -> str:
        """Where the data came from, and their licence."""


def missing_of_run(advice: HasLetterhead) -> Iterator[str]:
    """What a letterhead lacks, in words."""
    purposes = [purpose.value for purpose in Purpose]
    if advice.purpose not in purposes:
        yield f"a purpose from the closed list: {', '.join(purposes)}"
    told = {
        "the role of the reader": advice.reader,
        "the id of the run": advice.run_id,
        "the source of the data and its licence": advice.data_source,
    }
    yield from (name for name, value in told.items() if not value.strip())
