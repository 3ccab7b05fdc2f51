"""Resampling of whole families, as weights: what every interval here stands on."""

from collections.abc import Callable, Iterator, Mapping

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float64]

CHUNK_CELLS = 200_000
"""Replicates are worked through in parts of about this many weights, which stay in a processor's nearest memory."""

LIMITS = (2.5, 97.5)
"""Ends of a 95% interval, in per cent."""


def family_weights(groups: npt.ArrayLike, *, replicates: int, seed: int) -> Iterator[Matrix]:
    """How often each row is drawn, where families are drawn with replacement: parts of replicates x rows."""
    _, codes = np.unique(np.asarray(groups), return_inverse=True)
    families = int(codes.max()) + 1 if len(codes) else 0
    generator = np.random.default_rng(seed)
    step = max(1, CHUNK_CELLS // max(len(codes), 1))
    for start in range(0, replicates, step):
        count = min(step, replicates - start)
        drawn = generator.integers(families, size=(count, families)) + families * np.arange(count)[:, None]
        times = np.bincount(drawn.ravel(), minlength=count * families).reshape(count, families)
        yield times[:, codes].astype("float64")


def replicated(
    figures: Callable[[Matrix], Mapping[str, Matrix]], groups: npt.ArrayLike, *, replicates: int, seed: int
) -> dict[str, Matrix]:
    """Each figure over all replicates. ``figures`` takes weights (replicates x rows), and gives arrays by name."""
    parts = [figures(weights) for weights in family_weights(groups, replicates=replicates, seed=seed)]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def interval(values: Matrix) -> tuple[float, float]:
    """The middle 95% of the replicates that could be computed; NaN when fewer than nine in ten could."""
    known = values[np.isfinite(values)]
    if len(known) < 0.9 * len(values) or not len(known):
        return float("nan"), float("nan")
    lower, upper = np.percentile(known, LIMITS)
    return float(lower), float(upper)
