"""How far apart groups could be if the missing were whatever they could be: groups not recorded, outcomes not known."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from ehforecast.risk.fairness.counts import Tally, View
from ehforecast.risk.fairness.intervals import share_of
from ehforecast.risk.fairness.shares import EVERYONE, Confusion, confusion, parts_of
from ehforecast.risk.fairness_results import NOT_RECORDED

Floats = npt.NDArray[np.float64]
Part = tuple[int, int]

_NOBODY = Confusion(*(np.zeros(1) for _ in range(6)))
_KNOWN = ("hits", "false_alarms", "misses", "correct_rest")
_UNKNOWN = {"unknown_above": ("hits", "false_alarms"), "unknown_below": ("misses", "correct_rest")}


def is_recorded(view: View) -> npt.NDArray[np.bool_]:
    """Which groups of a view are known in all their parts."""
    return np.array([NOT_RECORDED not in label for label in view.labels])


def gap_bounds(tally: Tally, view: View, *, metric: str, compared: int) -> tuple[Floats, Floats]:
    """The lowest and highest gap (groups x edges) over all that the missing could be.

    A person whose group was not recorded may belong to either side or neither; a person whose outcome is not known may
    have had it or not. Bounds after Manski: they assume nothing, so they are wide where much is missing. They hold
    always, and are reached where only groups or only outcomes are missing. NaN for the group not recorded.
    """
    grouped, recorded = tally.grouped(tally.counts, view), is_recorded(view)
    known, free = grouped[recorded], grouped[~recorded].sum(axis=0, keepdims=True)
    other = known.sum(axis=0, keepdims=True) - known if compared == EVERYONE else grouped[[compared]]
    ends = []
    for highest in (False, True):
        own = _extreme(confusion(known), confusion(free), metric=metric, highest=highest)
        theirs = _extreme(confusion(other), confusion(free), metric=metric, highest=not highest)
        told = np.full((len(recorded), len(tally.edges)), np.nan)
        told[recorded] = own - theirs
        ends.append(told)
    return ends[0], ends[1]


def _part(name: str, metric: str) -> Part:
    """What one person of a kind adds to the numerator and denominator of a share."""
    numerator, denominator = parts_of(replace(_NOBODY, **{name: np.ones(1)}), metric)
    return int(numerator[0]), int(denominator[0])


def _extreme(group: Confusion, free: Confusion, *, metric: str, highest: bool) -> Floats:
    """The highest (or lowest) share a group could have."""
    wanted = (1, 1) if highest else (0, 1)
    numerator, denominator = np.zeros_like(group.hits), np.zeros_like(group.hits)
    for name in _KNOWN:
        part = _part(name, metric)
        counted = getattr(group, name) + (getattr(free, name) if part == wanted else 0.0)
        numerator, denominator = numerator + part[0] * counted, denominator + part[1] * counted
    for name, outcomes in _UNKNOWN.items():
        options = {_part(outcome, metric) for outcome in outcomes}
        part = min(options, key=lambda option: _liking(option, wanted))
        counted = getattr(group, name) + (getattr(free, name) if part == wanted else 0.0)
        numerator, denominator = numerator + part[0] * counted, denominator + part[1] * counted
    return share_of(numerator, denominator)


def _liking(option: Part, wanted: Part) -> int:
    """What pulls a share the wanted way comes first, what leaves it alone next."""
    return 0 if option == wanted else 1 if option == (0, 0) else 2
