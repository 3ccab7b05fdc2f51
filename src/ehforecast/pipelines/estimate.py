"""What a run of a council's records will take in time and memory, by its contacts: said before a long one begins."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from ehforecast.compute.countdown import duration_in_words

LONG_S = 60
"""A shorter run is not worth a word."""

SECONDS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "forecast": (25.0, 0.0),
        "plan": (10.0, 2.0),
        "past": (3.0, 0.2),
        "flows": (3.0, 2.5),
        "pack": (10.0, 5.0),
        "assessment": (15.0, 33.0),
    }
)
"""By section, of an assessment by question: in all, and for each 100,000 contacts, on one processor of 2023; see
`make bench-scale`."""

MEMORY_GIB = (0.5, 0.15)
"""In all, and for each 100,000 contacts."""


def told_before(sections: Iterable[str], contacts: int) -> str:
    """One line of what these sections will take, each as often as it is named; empty where that is short."""
    size = contacts / 100_000
    seconds = sum(fixed + more * size for fixed, more in (SECONDS.get(name, (0.0, 0.0)) for name in sections))
    if seconds < LONG_S:
        return ""
    memory = MEMORY_GIB[0] + MEMORY_GIB[1] * size
    return (
        f"to do: about {duration_in_words(seconds)}, and {memory:.1f} GiB of memory, as is usual with {contacts:,} "
        "contacts; longer where other work shares the machine"
    )
