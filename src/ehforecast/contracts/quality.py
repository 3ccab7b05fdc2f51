"""What checking several tables found: rows used and set aside, and each rule's answers. Counts, never values."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date

import pandas as pd

from ehforecast.contracts.rules import Severity
from ehforecast.errors import Finding


@dataclass(frozen=True)
class RuleCount:
    """One rule of one table: how many rows it was judged on, how many broke it, how many it could not judge."""

    table: str
    rule: str
    column: str
    severity: Severity
    rows: int
    judged: int
    broken: int
    not_judged: int
    remedy: str


@dataclass(frozen=True)
class TableCount:
    """Rows of one table: `rows_in == rows_used + sum(set_aside.values())`, always.

    `set_aside` counts each row once, by the first rule of severity error that it broke.
    """

    table: str
    rows_in: int
    rows_used: int
    set_aside: Mapping[str, int]


@dataclass(frozen=True)
class QualityResult:
    """What a check found. `used` holds the typed rows that broke no rule of severity error, in the order received.

    `set_aside` holds the others as text, with a column `rules` that names every rule of severity error each broke.
    These frames hold records of people: they are left out of what the result prints.
    """

    as_of: date
    tables: tuple[TableCount, ...]
    rules: tuple[RuleCount, ...]
    used: Mapping[str, pd.DataFrame] = field(repr=False)
    set_aside: Mapping[str, pd.DataFrame] = field(repr=False)

    def counts(self) -> pd.DataFrame:
        """One row per table and rule, those that nothing broke included."""
        return pd.DataFrame([asdict(count) for count in self.rules])

    def find_broken(self, severity: Severity, *, file: str = "") -> tuple[Finding, ...]:
        """Rules of a severity that some row broke, as findings a person can act on."""
        return tuple(
            Finding(file, count.table, count.column, count.rule, count.broken, count.remedy)
            for count in self.rules
            if count.severity == severity and count.broken
        )
