"""Breaking a command off: Ctrl-C, or a request to end, becomes one exception that nothing takes for its own."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupted(BaseException):
    """Somebody asked the program to end. What it had finished is kept; what it had begun is not."""

    def __init__(self, number: int) -> None:
        super().__init__(f"interrupted by signal {number}")
        self.exit_code = 128 + number
        """As shells know it: 130 for Ctrl-C, 143 for a request to end."""


@contextmanager
def interruptible() -> Iterator[None]:
    """Raise `Interrupted` at the first signal to end; those that follow leave the clearing up alone.

    What is raised where nothing can be raised, in a callback of a library or while an object is thrown away, is lost.
    So a signal counts again as long as no error is on its way: nobody has to ask for more than a second time.

    Libraries that wait outside Python turn a signal into an error of their own; that error too comes out as
    `Interrupted`.
    """
    came: list[Interrupted] = []

    def stop(number: int, _frame: FrameType | None) -> None:
        if not came:
            came.append(Interrupted(number))
        elif sys.exception() is not None:  # the clearing up of the first
            return
        raise came[0]

    before = {one: signal.signal(one, stop) for one in SIGNALS}
    try:
        yield
    except BaseException:
        if came:
            raise came[0] from None
        raise
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
