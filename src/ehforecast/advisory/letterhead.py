"""What stands on every piece of advice beside its content: why it was made, for whom, by which run, from what."""

from collections.abc import Iterator
from dataclasses import dataclass

from ehforecast.advisory.statement import Purpose


@dataclass(frozen=True, kw_only=True)
class Letterhead:
    """What stands on advice of every kind.

    Attributes:
        purpose: one of `Purpose`.
        reader: the role of the person it is for.
        run_id: the run that made it, as printed.
        data_source: where the data came from and under which licence, as printed.
    """

    purpose: str
    reader: str
    run_id: str
    data_source: str


def missing_of_run(advice: Letterhead) -> Iterator[str]:
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
