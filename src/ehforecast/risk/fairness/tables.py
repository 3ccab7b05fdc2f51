"""Arrays of groups by edges laid out as tidy rows."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]


def tidy(labels: Sequence[str], edges: Sequence[float], *, columns: Mapping[str, object]) -> pd.DataFrame:
    """One row per group and edge: arrays of groups x edges as they are, anything else repeated.

    >>> tidy(("a", "b"), (0.5,), columns={"value": np.array([[1.0], [2.0]]), "metric": "m"}).to_dict("list")
    {'group': ['a', 'b'], 'band_edge': [0.5, 0.5], 'value': [1.0, 2.0], 'metric': ['m', 'm']}
    """
    shape = (len(labels), len(edges))
    told: dict[str, object] = {
        "group": np.repeat(np.asarray(labels, dtype=object), len(edges)),
        "band_edge": np.tile(np.asarray(edges, dtype=np.float64), len(labels)),
    }
    for name, value in columns.items():
        told[name] = np.broadcast_to(value, shape).ravel() if isinstance(value, np.ndarray) else value
    return pd.DataFrame(told)


def joined(parts: Sequence[pd.DataFrame], columns: Sequence[str]) -> pd.DataFrame:
    """Frames one below the other, in the columns that are told; a frame without rows has them too."""
    filled = [part for part in parts if len(part)]
    if not filled:
        return pd.DataFrame({name: pd.Series(dtype="float64") for name in columns})
    return pd.concat([part.reindex(columns=list(columns)) for part in filled], ignore_index=True)
