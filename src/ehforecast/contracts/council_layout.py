"""Layouts of a council's records: which source columns feed each column of a contract, and how they are translated."""

from functools import cache
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from ehforecast.contracts.contract import load_contract
from ehforecast.contracts.folder import contracts_folder, read_named_yaml
from ehforecast.contracts.safe_yaml import parse_text_yaml
from ehforecast.errors import SettingsError

Via = Literal["text", "month", "words", "outcome", "answer_or_outcome", "recorded", "first_event"]


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], BeforeValidator(_as_list)]


class _Part(BaseModel):
    """A part of a layout: a misspelt key is refused, nothing changes after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SourceColumn(_Part):
    """One column of a source table: its other headers, if it must be there, if it holds days, what means nothing."""

    also: Names = ()
    required: bool = False
    days: bool = False
    missing: Names = ()


class SourceTable(_Part):
    """One table, sheet or file of a source."""

    named: Names
    required: bool = False
    columns: dict[str, SourceColumn]


class LookUp(_Part):
    """A value kept in another table: of its rows with the same keys, the first in order of `order`."""

    table: str
    keys: dict[str, str]
    column: str
    order: str = ""


class Latest(_Part):
    """The person's latest row of another contract table, by `day`, no later than this row's day in column `by`."""

    table: str
    id: str
    day: str
    by: str


class FedColumn(_Part):
    """What feeds one column of a contract.

    `of` are source columns, the first that is given counts. `words` names a list of the layout, `code_map` a field of a
    council's maps; `coded` says that a value is spelt like `q) 6: Police`. `otherwise` stands for an absent value;
    `given` names a column of the contract without which this one is absent too. `made_of` makes an id of columns of the
    contract; `latest` finds the person's latest row of another contract table.
    """

    of: Names = ()
    via: Via = "text"
    words: str = ""
    code_map: str = ""
    coded: bool = False
    fixed: str | None = None
    otherwise: str | None = None
    given: str = ""
    look_up: LookUp | None = None
    made_of: Names = ()
    prefix: str = ""
    latest: Latest | None = None


class FedTable(_Part):
    """One source table's part in a contract table. `explode` is a source column that holds several values per row."""

    table: str
    columns: dict[str, FedColumn]
    explode: str = ""


class Events(_Part):
    """Where days are found on which something happened to a person: the first is when they were first known."""

    table: str
    person: str
    day: str


class Outcome(_Part):
    """Keys of an outcome object by the word they stand for, strongest first; one key says only that there is more.

    Where only that key says yes, an episode that begins within so many days says that help was the outcome.
    """

    column: str
    keys: dict[str, tuple[str, ...]]
    other: str
    episodes: str
    episode_person: str
    episode_day: str
    person: str
    day: str
    within_days: int = Field(ge=0, le=365)


class Gathered(_Part):
    """One row per person, from several tables that repeat who rows are about; the first that is given counts."""

    tables: tuple[str, ...]
    person: str
    columns: tuple[str, ...]


class Selection(_Part):
    """Whose early help is in the extract: people with episodes against people with any record of social care."""

    episodes: str
    person: str
    social_care: dict[str, str]
    suspected_below: float = Field(gt=0, lt=1)


class Counted(_Part):
    """Rows that somebody should know of: how many there are goes into a notice. `where` is SQL over the table."""

    table: str
    where: str
    words: str


class CouncilLayout(_Part):
    """How one kind of extract lays out its tables. Version and name go into every manifest."""

    layout: str
    version: str
    kind: Literal["council_records"]
    title: str
    source: str
    missing: tuple[str, ...] = ()
    missing_days: tuple[str, ...] = ()
    window_months: int | None = None
    tables: dict[str, SourceTable]
    gathered: dict[str, Gathered] = {}
    words: dict[str, dict[str, str]] = {}
    events: tuple[Events, ...] = ()
    outcomes: dict[str, Outcome] = {}
    answers: dict[str, str] = {}
    selection: Selection | None = None
    gives: dict[str, tuple[FedTable, ...]]
    not_held: dict[str, dict[str, str]] = {}
    notices: dict[str, str] = {}
    counted: dict[str, Counted] = {}

    @property
    def relations(self) -> dict[str, dict[str, SourceColumn]]:
        """Every relation a select may speak of, gathered ones too, with its columns."""
        told = {name: table.columns for name, table in self.tables.items()}
        for name, gathered in self.gathered.items():
            told[name] = {column: SourceColumn() for column in (gathered.person, *gathered.columns)}
        return told

    @model_validator(mode="after")
    def _every_column_of_a_contract_is_told_of(self) -> Self:
        for name, parts in self.gives.items():
            columns = load_contract(name).column_names
            for part in parts:
                told = (
                    *part.columns,
                    *(column for column in self.not_held.get(name, {}) if column not in part.columns),
                )
                wrong = set(columns) ^ set(told)
                if wrong:
                    raise ValueError(f"{name}: neither fed nor not held, or unknown: {', '.join(sorted(wrong))}")
        return self

    @model_validator(mode="after")
    def _every_name_is_known(self) -> Self:
        unknown = [
            f"{part.table}.{column}"
            for parts in self.gives.values()
            for part in parts
            for column in _named_columns(part)
            if column not in self.relations.get(part.table, {})
        ]
        unknown += [
            fed.words
            for parts in self.gives.values()
            for part in parts
            for fed in part.columns.values()
            if fed.words and fed.words not in self.words
        ]
        if unknown:
            raise ValueError(f"the layout speaks of what it does not have: {', '.join(sorted(set(unknown)))}")
        return self


def _named_columns(part: FedTable) -> list[str]:
    named = [column for fed in part.columns.values() for column in fed.of if fed.via != "recorded"]
    return [column for column in (*named, part.explode) if column]


@cache
def load_council_layout(name: str) -> CouncilLayout:
    """The layout of that name in `data_contracts/layouts/`.

    >>> load_council_layout("ssd").version
    '1.0.0'
    """
    return parse_council_layout(read_named_yaml(contracts_folder() / "layouts", name, ending=".yaml"))


def parse_council_layout(text: str) -> CouncilLayout:
    """A layout from the text of its YAML document."""
    try:
        return CouncilLayout.model_validate(parse_text_yaml(text, name="the layout"))
    except ValidationError as error:
        raise SettingsError(f"a layout cannot be understood: {error}") from error
