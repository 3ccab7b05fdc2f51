"""Resampling of whole families, as weights: what every interval here stands on."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial

import numpy as np
import numpy.typing as npt

from ehforecast.compute.engine import map_each

Matrix = npt.NDArray[np.float64]
Integers = npt.NDArray[np.integer]
Figures = Callable[[Matrix], Mapping[str, Matrix]]

CHUNK_CELLS = 200_000
"""Replicates are worked through in parts of about this many weights, which stay in a processor's nearest memory."""

WORTH_SENDING = 20
"""Parts from which they are worth sending elsewhere, where an engine runs elsewhere: a tenth of a second each."""

LIMITS = (2.5, 97.5)
"""Ends of a 95% interval, in per cent."""


def family_weights(groups: npt.ArrayLike, *, replicates: int, seed: int) -> Iterator[Matrix]:
    """How often each row is drawn, where families are drawn with replacement: parts of replicates x rows."""
    codes = _codes(groups)
    for times in _drawn(codes, replicates=replicates, seed=seed):
        yield times[:, codes].astype("float64")


def replicated(figures: Figures, groups: npt.ArrayLike, *, replicates: int, seed: int) -> dict[str, Matrix]:
    """Each figure over all replicates. ``figures`` takes weights (replicates x rows), and gives arrays by name."""
    codes = _codes(groups)
    spread = map_each if replicates * len(codes) > WORTH_SENDING * CHUNK_CELLS else map
    parts = list(spread(partial(_of_drawn, figures, codes), _drawn(codes, replicates=replicates, seed=seed)))
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _of_drawn(figures: Figures, codes: Integers, times: Integers) -> Mapping[str, Matrix]:  # noqa: PLR0917 - in parts
    return figures(times[:, codes].astype("float64"))


def _codes(groups: npt.ArrayLike) -> Integers:
    codes: Integers = np.unique(np.asarray(groups), return_inverse=True)[1]
    return codes


def _drawn(codes: Integers, *, replicates: int, seed: int) -> Iterator[Integers]:
    """How often each family is drawn, in the fewest bytes: parts of replicates x families."""
    families = int(codes.max()) + 1 if len(codes) else 0
    generator = np.random.default_rng(seed)
    step = max(1, CHUNK_CELLS // max(len(codes), 1))
    for start in range(0, replicates, step):
        count = min(step, replicates - start)
        drawn = generator.integers(families, size=(count, families)) + families * np.arange(count)[:, None]
        times = np.bincount(drawn.ravel(), minlength=count * families).reshape(count, families)
        yield times.astype(np.min_scalar_type(int(times.max(initial=0))))


def interval(values: Matrix) -> tuple[float, float]:
    """The middle 95% of the replicates that could be computed; NaN when fewer than nine in ten could."""
    known = values[np.isfinite(values)]
    if len(known) < 0.9 * len(values) or not len(known):
        return float("nan"), float("nan")
    lower, upper = np.percentile(known, LIMITS)
    return float(lower), float(upper)
