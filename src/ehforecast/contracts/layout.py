"""Layouts: how a publisher lays out its own files, and what each column means under a contract."""

from functools import cache
from typing import Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ehforecast.contracts.folder import contracts_folder, read_named_yaml
from ehforecast.errors import SettingsError
from ehforecast.vocabulary.absence import AbsenceReason
from ehforecast.vocabulary.areas import AreaLevel


class _Part(BaseModel):
    """A part of a layout: a misspelt key is refused, nothing changes after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ReportingYear(_Part):
    """Where the reporting year stands, and how a file name tells which years it covers."""

    column: str
    identifier_column: str
    identifier: str
    in_file_name: str


class GeographicLevel(_Part):
    """One word for a level: which areas it may hold, where their code and name stand, and how counts are rounded."""

    area_levels: tuple[AreaLevel, ...]
    code_column: str
    name_column: str
    rounded_to: int


class GeographicLevels(_Part):
    """The levels whose rows are used, and those whose rows are counted and set aside."""

    column: str
    used: dict[str, GeographicLevel]
    set_aside: tuple[str, ...] = ()


class FigureColumn(_Part):
    """A column of figures: the month it is for (none: the whole year) and the words of the contract it stands for."""

    month: int | None = Field(default=None, ge=1, le=12)
    gives: dict[str, str] = {}
    rounded_to: float | None = None


class AddsUp(_Part):
    """Columns that add up to a total in each row, up to rounding."""

    total: str
    parts: tuple[str, ...]
    parts_may_fall_short: bool = False


class TableLayout(_Part):
    """One table of a layout: how to know it, and what each of its columns means."""

    title: str
    category: str
    file_names: tuple[str, ...]
    contract: str
    figure: str
    gives: dict[str, str] = {}
    columns: dict[str, FigureColumn]
    adds_up: AddsUp | None = None
    areas_add_up: tuple[str, ...] = ()

    @property
    def figure_columns(self) -> tuple[str, ...]:
        """Every column that holds figures, a total that is only checked included."""
        total = () if self.adds_up is None else (self.adds_up.total,)
        return tuple(dict.fromkeys((*self.columns, *total)))

    @model_validator(mode="after")
    def _sums_are_over_known_columns(self) -> Self:
        parts = () if self.adds_up is None else self.adds_up.parts
        unknown = [name for name in (*parts, *self.areas_add_up) if name not in self.figure_columns]
        if unknown:
            raise ValueError(f"sums name columns the table does not have: {', '.join(unknown)}")
        return self


class Layout(_Part):
    """How one publisher lays out its files. Version and name go into every manifest."""

    layout: str
    version: str
    kind: Literal["wide_statistics"]
    title: str
    licence: str
    identifying_columns: tuple[str, ...]
    category_column: str
    reporting_year: ReportingYear
    geographic_levels: GeographicLevels
    symbols: dict[str, AbsenceReason]
    tables: dict[str, TableLayout]

    def columns_of(self, table: str) -> tuple[str, ...]:
        """Every column a file of that table has."""
        return (*self.identifying_columns, *self.tables[table].figure_columns)

    @model_validator(mode="after")
    def _roles_are_played_by_known_columns(self) -> Self:
        levels = self.geographic_levels
        roles = {self.category_column, self.reporting_year.column, self.reporting_year.identifier_column, levels.column}
        roles |= {name for level in levels.used.values() for name in (level.code_column, level.name_column)}
        unknown = roles - set(self.identifying_columns)
        if unknown:
            raise ValueError(f"not among the identifying columns: {', '.join(sorted(unknown))}")
        return self


@cache
def load_layout(name: str = "dfe_children_in_need") -> Layout:
    """The layout of that name in `data_contracts/layouts/`.

    >>> sorted(load_layout().tables)
    ['referrals_and_rereferrals', 'referrals_by_month', 'referrals_by_source']
    """
    return parse_layout(read_named_yaml(contracts_folder() / "layouts", name, ending=".yaml"))


def parse_layout(text: str) -> Layout:
    """A layout from the text of its YAML document."""
    try:
        content: Any = yaml.safe_load(text)
        if isinstance(content, dict) and content.get("kind") == "council_records":
            raise SettingsError(
                f"layout {content.get('layout')} is of a council's records, not of published figures: use it under the "
                "key 'records'"
            )
        return Layout.model_validate(content)
    except (yaml.YAMLError, ValidationError) as error:
        raise SettingsError(f"a layout cannot be understood: {error}") from error
