"""What a planted fault is: a name, where it lies, what should have been true, and how to plant it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ehforecast.errors import SettingsError

Tables = dict[str, pd.DataFrame]
Places = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Ground:
    """Where a fault is planted: the tables as they are so far, the truth, and chance."""

    tables: Tables
    truth: Tables
    rng: np.random.Generator

    def pick(self, table: str, rows: "pd.Series[bool] | None" = None, *, number: int = 7) -> Places:
        """Some rows of a table by place, out of those asked for."""
        frame = self.tables[table]
        places = np.arange(len(frame)) if rows is None else np.flatnonzero(rows.to_numpy(dtype=bool))
        if len(places) < number:
            raise SettingsError(
                f"the council is too small for this fault: {table} has {len(places)} fit rows of {number}"
            )
        return np.sort(self.rng.choice(places, number, replace=False))

    def put(self, table: str, column: str, *, places: Places, values: object) -> Tables:
        """The tables with some cells of one column changed."""
        frame = self.tables[table].copy()
        frame.loc[frame.index[places], column] = values  # type: ignore[call-overload]
        return {**self.tables, table: frame}

    def add(self, table: str, rows: pd.DataFrame) -> Tables:
        """The tables with some rows added to one of them."""
        return {**self.tables, table: pd.concat([self.tables[table], rows], ignore_index=True)}


Plant = Callable[[Ground], tuple[Tables, int]]


@dataclass(frozen=True)
class Fault:
    """A fault by name. ``plant`` gives the changed tables and how many rows are wrong now."""

    name: str
    table: str
    column: str
    should_be: str
    plant: Plant
