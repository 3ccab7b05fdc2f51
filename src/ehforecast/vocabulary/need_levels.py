"""Levels of need that English councils' threshold documents share, lowest first."""

from enum import StrEnum


class NeedLevel(StrEnum):
    """Source: *Working Together to Safeguard Children* 2023, chapter 3 (local threshold documents), as laid out by
    Wakefield, Lewisham, Westminster and Wandsworth: levels 1 to 4.
    """

    UNIVERSAL = "universal"
    UNIVERSAL_PLUS = "universal_plus"
    TARGETED = "targeted"
    STATUTORY = "statutory"
