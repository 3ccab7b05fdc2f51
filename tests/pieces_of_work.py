"""Pieces of work for tests of engines, where worker processes can import them."""

import os
import signal
import time
from pathlib import Path

from ehforecast.compute.engine import map_each
from ehforecast.errors import SettingsError


def in_process(number: int) -> tuple[int, int]:
    """The square, and where it was worked out."""
    return number * number, os.getpid()


def slowly(number: int) -> tuple[int, int]:
    """The same, taking a while."""
    time.sleep(0.05)
    return in_process(number)


def end_itself(number: int) -> int:
    """The third piece takes its process with it."""
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def end_once(place: tuple[Path, int]) -> int:
    """The third piece takes its process with it the first time."""
    folder, number = place
    with (folder / f"{number}").open("a", encoding="ascii") as tries:
        tries.write("x")
    if number == 3 and (folder / "3").read_text("ascii") == "x":
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def inner(number: int) -> list[int]:
    """Where a piece and its own pieces are worked out."""
    return [pid for _, pid in map_each(in_process, range(number))] + [os.getpid()]


def refuse(number: int) -> int:
    """Does nothing but refuse."""
    raise SettingsError(f"piece {number} cannot be done")
