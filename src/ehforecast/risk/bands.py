"""At most five bands of estimates, each with the share that had the event; bands that cannot be told apart are one."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

from ehforecast.risk.fairness.intervals import wilson

MOST_BANDS = 5
FEWEST_FAMILIES = 30
"""A band of fewer families joins its neighbour."""

COLUMNS = ("band", "at_least", "below", "rows", "families", "events", "value", "lower", "upper")

_NAMES = {
    1: ("one band for all",),
    2: ("lower band", "higher band"),
    3: ("lower band", "middle band", "higher band"),
    4: ("lowest band", "lower band", "higher band", "highest band"),
    5: ("lowest band", "lower band", "middle band", "higher band", "highest band"),
}


def fixed_edges(estimates: pd.Series) -> tuple[float, ...]:
    """Edges that cut estimates made before the test period into fifths; fewer where many estimates are the same.

    Rounded to a tenth of a point, so that they say nothing of anybody's estimate.
    """
    known = estimates.dropna().to_numpy(dtype="float64")
    shares = np.arange(1, MOST_BANDS) / MOST_BANDS
    edges = np.unique(np.quantile(known, shares).round(3)) if len(known) else np.zeros(0)
    return tuple(float(edge) for edge in edges if (known < edge).any())


def observed_bands(known: pd.DataFrame, edges: Sequence[float]) -> pd.DataFrame:
    """`COLUMNS`: bands of estimates, the lowest first, with the share that had the event in each.

    ``known``: ``estimate, outcome, weight, group_id`` of rows whose outcome is known. Neighbours join where a 95% range
    (Wilson's, families counted as people) meets the next one, where the share does not rise, or where there are fewer
    than 30 families: a band says no more than records can bear. A noisy model ends with one band for all.
    """
    cuts = list(edges)
    while True:
        table = _counted(known, cuts)
        joins = _closest(table)
        if joins is None:
            return table.assign(band=list(_NAMES[len(table)]))[list(COLUMNS)]
        del cuts[joins]


def bands_of(estimates: pd.Series, table: pd.DataFrame) -> pd.Series:
    """The band of each estimate by name; absent where there is no estimate."""
    edges = table["at_least"].to_numpy(dtype="float64")[1:]
    places = np.searchsorted(edges, estimates.to_numpy(dtype="float64"), side="right")
    names = table["band"].to_numpy()[np.minimum(places, len(edges))]
    return pd.Series(names, estimates.index, dtype="object").mask(estimates.isna())


def _counted(known: pd.DataFrame, cuts: Sequence[float]) -> pd.DataFrame:
    ends = [-np.inf, *cuts, np.inf]
    place = np.searchsorted(np.asarray(cuts), known["estimate"].to_numpy(dtype="float64"), side="right")
    rows = []
    for at, (start, end) in enumerate(pairwise(ends)):
        inside = known[place == at]
        weight = inside["weight"].to_numpy(dtype="float64")
        outcome = inside["outcome"].to_numpy(dtype="float64")
        share = float(weight @ outcome / weight.sum()) if weight.sum() else float("nan")
        families = int(inside["group_id"].nunique())
        found = wilson(np.array(share), np.array(float(families)), confidence=0.95)
        limits = (float(found.lower), float(found.upper))
        rows.append((start, end, len(inside), families, int(outcome.sum()), share, *limits))
    return pd.DataFrame(rows, columns=list(COLUMNS[1:]))


def _closest(table: pd.DataFrame) -> int | None:
    """The cut between the two neighbours that can least be told apart; None where all can."""
    lower, upper = table["lower"].to_numpy(), table["upper"].to_numpy()
    few = table["families"].to_numpy() < FEWEST_FAMILIES
    gaps = np.where(few[1:] | few[:-1], -np.inf, lower[1:] - upper[:-1])
    if not len(gaps) or gaps.min() > 0:
        return None
    return int(gaps.argmin())
