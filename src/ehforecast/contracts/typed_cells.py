"""A table's cells in their types, as SQL: each cast once, for the rules about cells and for the rows that are kept."""

from collections.abc import Mapping
from dataclasses import dataclass

from ehforecast.contracts.contract import Contract
from ehforecast.contracts.rules import is_blank, typed_cell
from ehforecast.contracts.sql import quoted


@dataclass(frozen=True)
class TypedCells:
    """The cells of one contract's table, out of text in which a blank is absent already."""

    contract: Contract

    @property
    def _names(self) -> Mapping[str, str]:
        """Columns that have another type than the text they come from, and what the cast cell is called."""
        typed = [column for column in self.contract.columns if column.words or column.logical_type != "string"]
        return {column.name: f"typed_{place}" for place, column in enumerate(typed)}

    @property
    def _casts(self) -> Mapping[str, str]:
        return {name: typed_cell(self.contract.columns[self.contract.column_names.index(name)]) for name in self._names}

    @property
    def casts(self) -> str:
        """What a query selects besides the text."""
        return "".join(f", {cast} AS {self._names[name]}" for name, cast in self._casts.items())

    def told_by(self, rule: str) -> str:
        """A rule about a cell, told by the cast cell and by its being absent."""
        for name in self.contract.column_names:
            rule = rule.replace(is_blank(name), f"({quoted(name)} IS NULL)")
        for name, cast in self._casts.items():
            rule = rule.replace(cast, self._names[name])
        return rule

    @property
    def columns(self) -> str:
        """The typed cells under the names of the contract."""
        names = self._names
        return ", ".join(f"{names.get(name, quoted(name))} AS {quoted(name)}" for name in self.contract.column_names)

    @property
    def received(self) -> str:
        """The text of a row that cannot be written again from its types: a cell is unsound, or a number written oddly.

        Text and days are written again as they were; of numbers only those written as the engine does.
        """
        rewritten = "".join(
            f" OR CAST({self._names[column.name]} AS VARCHAR) IS DISTINCT FROM {quoted(column.name)}"
            for column in self.contract.columns
            if column.logical_type in {"integer", "number"}
        )
        text = ", ".join(map(quoted, self.contract.column_names))
        return f"CASE WHEN cells_broken <> 0{rewritten} THEN [{text}] END"

    @property
    def shown(self) -> Mapping[str, str]:
        """Each kept cell as rules see it: words as text again, one that is no word as it was received."""
        return {
            column.name: f"coalesce(CAST({quoted(column.name)} AS VARCHAR), received[{place}])"
            if column.words
            else quoted(column.name)
            for place, column in enumerate(self.contract.columns, start=1)
        }
