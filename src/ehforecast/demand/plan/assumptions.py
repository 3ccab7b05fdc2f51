"""Numbers nobody measured: what is thought likeliest, between what limits, and why."""

import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ehforecast.errors import SettingsError


@dataclass(frozen=True)
class Assumption:
    """A number that goes into a plan with its doubt.

    Attributes:
        name: the key of the configuration it is given under; also names its random numbers, so that every scenario
            draws the same ones.
        low, central, high: the smallest and largest value thought possible, and the likeliest.
        unit: what one of it is.
        reason: where it comes from.
    """

    name: str
    low: float
    central: float
    high: float
    unit: str
    reason: str

    def __post_init__(self) -> None:
        if not np.isfinite([self.low, self.central, self.high]).all() or not self.low <= self.central <= self.high:
            raise SettingsError(f"key '{self.name}': low, central and high must be numbers in that order")
        if not self.reason.strip():
            raise SettingsError(f"key '{self.name}': say where the numbers come from, under 'reason'")

    def draw(self, number: int, *, seed: int) -> NDArray[np.float64]:
        """Values of a triangular distribution; the same for the same name and seed, whatever else is drawn."""
        if self.low == self.high:
            return np.full(number, self.central)
        return random_numbers(seed, self.name).triangular(self.low, self.central, self.high, number)


def certain(name: str, value: float, *, unit: str, reason: str) -> Assumption:
    """A number known exactly, such as people in post today."""
    return Assumption(name, value, value, value, unit, reason)


def check_above_zero(*assumptions: Assumption) -> None:
    """Hours, shares and durations of nothing, or less, plan nothing."""
    for assumption in assumptions:
        if assumption.low <= 0:
            raise SettingsError(f"key '{assumption.name}': must be above zero; its low end is not")


def check_share(*assumptions: Assumption) -> None:
    """A share lies between 0 and 1."""
    for assumption in assumptions:
        if assumption.low < 0 or assumption.high > 1:
            raise SettingsError(f"key '{assumption.name}': a share lies between 0 and 1")


def random_numbers(seed: int, name: str) -> np.random.Generator:
    """A stream of random numbers of its own for each name."""
    return np.random.default_rng([seed, zlib.crc32(name.encode())])
