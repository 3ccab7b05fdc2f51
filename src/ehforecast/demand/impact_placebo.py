"""Placebo tests: the same sum where nothing was done, so that it is known how large a change chance alone makes."""

from dataclasses import dataclass

import numpy as np

from ehforecast.demand.breaks_noise import MAD_TO_SD, Array

LEVEL = 0.05
"""Share of placebos that may look like a change."""

POWER_REACH = 0.8416
"""Standard errors beyond the yardstick at which a change is found 8 times in 10."""

FEWEST = 19
"""Placebos below which no change can be told at this level: 1 in 20 is the least that they can say."""


@dataclass(frozen=True)
class Placebos:
    """Standardised changes where nothing was done, for one method and horizon.

    Attributes:
        here: those that the estimate is held against.
        elsewhere: those of other dates, that only show how far the yardstick can be trusted.
    """

    here: Array
    elsewhere: Array


@dataclass(frozen=True)
class Yardstick:
    """What a change is held against.

    Attributes:
        needed: standardised change that one placebo in twenty reaches; infinite with fewer than 19 placebos.
        p_value: share of placebos, the change itself among them, that are as large.
        number: placebos.
        detectable: standardised change that would be found 8 times in 10.
        false_rate: share of the placebos of other dates that this yardstick would call a change; NaN without any.
        false_number: how many those are.
    """

    needed: float
    p_value: float
    number: int
    detectable: float
    false_rate: float
    false_number: int


def yardstick(change: float, placebos: Placebos) -> Yardstick:
    """Hold one standardised change against placebos.

    The p-value is (1 + placebos as large) / (1 + placebos), two-sided: exact where the change is one of as many that
    could have come in any order. The range of the estimate is the change give or take `needed`, so that it leaves
    nought out exactly where the p-value is at most 5%.

    >>> held = yardstick(5.0, Placebos(np.arange(39) / 20, np.array([0.5, 3.0])))
    >>> round(held.p_value, 3), held.needed, held.false_rate
    (0.025, 1.85, 0.5)
    """
    sizes = np.sort(np.abs(placebos.here))[::-1]
    number = len(sizes)
    allowed = int(np.floor(LEVEL * (number + 1)))
    needed = float(sizes[allowed - 1]) if number >= FEWEST else float("inf")
    spread = MAD_TO_SD * float(np.median(sizes)) if number else float("nan")
    elsewhere = np.abs(placebos.elsewhere)
    return Yardstick(
        needed=needed,
        p_value=float((1 + (sizes >= abs(change)).sum()) / (1 + number)),
        number=number,
        detectable=needed + POWER_REACH * spread,
        false_rate=float((elsewhere > needed).mean()) if len(elsewhere) else float("nan"),
        false_number=len(elsewhere),
    )
