"""Keys and words as columns: made-up keys that tell nothing, and coded words."""

import numpy as np
import numpy.typing as npt
import pandas as pd

Integers = npt.NDArray[np.int64]

_DIGITS = 8
_SCRAMBLE = 73_687_871
"""Has no factor in common with 10**8, so that no two numbers meet."""


def named_keys(prefix: str, numbers: Integers) -> "pd.Series[str]":
    """Keys of eight digits after a prefix.

    >>> named_keys("KC", np.array([7])).tolist()
    ['KC00000007']
    """
    digits = np.char.zfill(numbers.astype(f"U{_DIGITS}"), _DIGITS)
    return pd.Series(np.char.add(prefix, digits), dtype="str")


def scrambled_keys(prefix: str, numbers: Integers) -> "pd.Series[str]":
    """Keys whose order and neighbours tell nothing about the numbers they stand for."""
    return named_keys(prefix, (numbers * _SCRAMBLE + 31) % 10**_DIGITS)
