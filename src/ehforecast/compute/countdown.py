"""How long work still takes, from how long its finished pieces took."""

from collections.abc import Callable
from time import monotonic

SHORTEST_SAID_S = 10
"""A shorter wait is not worth a word."""


class Countdown:
    """Counts pieces of about the same size from the moment it is made.

    >>> seconds = iter([0.0, 30.0])
    >>> Countdown(3, clock=lambda: next(seconds)).left(1)
    ', about 1 minute left'
    """

    def __init__(self, pieces: int, *, clock: Callable[[], float] = monotonic) -> None:
        self._pieces, self._clock, self._began = pieces, clock, clock()

    def left(self, done: int) -> str:
        """Words to put after a line of progress; none where little is left, or nothing is known yet."""
        if not 0 < done < self._pieces:
            return ""
        seconds = (self._clock() - self._began) * (self._pieces - done) / done
        return f", about {duration_in_words(seconds)} left" if seconds >= SHORTEST_SAID_S else ""


def duration_in_words(seconds: float) -> str:
    """As nearly as a person wants to know it.

    >>> [duration_in_words(each) for each in (0.2, 42, 60, 700, 9000)]
    ['1 second', '40 seconds', '1 minute', '12 minutes', '2.5 hours']
    """
    if seconds < 10:
        number, unit = float(max(1, round(seconds))), "second"
    elif seconds < 55:
        number, unit = round(seconds, -1), "second"
    elif seconds < 5400:
        number, unit = float(max(1, round(seconds / 60))), "minute"
    else:
        number, unit = round(seconds / 3600, 1), "hour"
    return f"{number:g} {unit}{'' if number == 1 else 's'}"
