"""Counts from records on their way into a report: protected beside what went out before, and noted for the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ehforecast.advisory.count_tables import CountTable
from ehforecast.advisory.ledger import Earlier, Release, cell_names, protect_beside
from ehforecast.advisory.protection import UK_STRICT, Rules


@dataclass
class SafeCounts:
    """What a report takes its counts from.

    Attributes:
        earlier: what was released before of the same records.
        run_id: the run they are for.
        rules: what is hidden, and how others are rounded.
    """

    earlier: Earlier = field(default_factory=Earlier)
    run_id: str = ""
    rules: Rules = UK_STRICT
    _told: list[Release] = field(default_factory=list)

    @property
    def counted(self) -> tuple[Release, ...]:
        """Every table that was taken, for the ledger."""
        return tuple(self._told)

    def shown(self, tables: Sequence[CountTable]) -> list[NDArray[np.float64]]:
        """Each row's count as it may be shown, absent where hidden; tables of one population, attacked together.

        They are held against earlier releases of the same population split the same ways.
        """
        ways = sorted({" and ".join(table.by) for table in tables})
        counts = f"{tables[0].population}, by {', '.join(ways)}"
        told = protect_beside(tables, self.earlier, rules=self.rules, run_id=self.run_id, counts=counts)
        self._told.append(told)
        return [np.array([told.shown.get(name, np.nan) for name in cell_names(table)]) for table in tables]

    def measures(self, counts: pd.DataFrame) -> pd.DataFrame:
        """The same counts as they may be shown: ``count`` rounded, or absent where hidden.

        ``counts`` have ``measure, population, period, split, group, answer, count``. Measures of one population and
        period share their sums, so they are attacked together: what one hides, another does not give away.
        """
        if counts.empty:
            return counts
        parts = [self._measures(part) for _, part in counts.groupby(["population", "period"], sort=False)]
        return pd.concat(parts).loc[counts.index]

    def _measures(self, part: pd.DataFrame) -> pd.DataFrame:
        population = f"{part['population'].iloc[0]}, {part['period'].iloc[0]}"
        groups = [*part.groupby(["measure", "split"], sort=False)]
        shown = self.shown([_measure_table(population, *names, rows=rows) for names, rows in groups])
        places = np.concatenate([rows.index.to_numpy() for _, rows in groups])
        figures = pd.Series(np.concatenate(shown), index=places).reindex(part.index)
        return part.assign(count=figures.round().astype("Int64"))


def _measure_table(population: str, measure: str, split: str, *, rows: pd.DataFrame) -> CountTable:  # noqa: PLR0917
    cells = {split: rows["group"].astype(str), measure: rows["answer"].astype(str)}
    frame = pd.DataFrame(cells | {"count": rows["count"].astype("int64")})
    return CountTable(f"{measure} by {split}", population, (split, measure), frame)
