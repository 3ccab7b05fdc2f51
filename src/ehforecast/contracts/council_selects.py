"""From a layout to SQL: views of a source's tables under the layout's names, and a query per contract table."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import pyarrow as pa

from ehforecast.contracts.code_maps import CodeMaps, fold_sql
from ehforecast.contracts.contract import Column, Contract, load_contract
from ehforecast.contracts.council_layout import CouncilLayout, FedColumn, FedTable, LookUp
from ehforecast.contracts.council_translations import (
    answer_in_outcome,
    answers_of_keys,
    code_pairs,
    factors,
    letter_code,
    month,
    outcome,
    outcome_items,
    recorded,
    unfolded_pairs,
)
from ehforecast.contracts.sql import literal, quoted

FIRST_EVENTS = "source_first_events"


def relation(table: str) -> str:
    """Name of the relation of a table of the layout."""
    return f"source_{table}"


@dataclass(frozen=True)
class Reading:
    """How one extract is read: its layout, the tables it has, the council's maps, and days of recording.

    `has_texts` says that some outcomes are lists of words instead of objects.
    """

    layout: CouncilLayout
    present: frozenset[str]
    maps: CodeMaps
    extracted_on: date
    lags: Mapping[str, int]
    has_texts: bool = True


@dataclass
class PartQuery:
    """One part of a contract's query while it is put together."""

    reading: Reading
    contract: Contract
    part: FedTable
    words: dict[str, dict[str, str]]
    joins: list[str] = field(default_factory=list)

    def base(self, name: str, fed: FedColumn) -> str:
        """The value that a column starts from."""
        if fed.fixed is not None:
            return literal(fed.fixed)
        if fed.look_up is not None:
            return self._looked_up(name, fed.look_up)
        cells = [f"s.{quoted(column)}" for column in fed.of]
        return f"coalesce({', '.join(cells)})" if len(cells) > 1 else cells[0]

    def _looked_up(self, name: str, look_up: LookUp) -> str:
        if look_up.table not in self.reading.present:
            return "NULL::VARCHAR"
        alias, column, order = f"l_{name}", quoted(look_up.column), quoted(look_up.order or look_up.column)
        keys = ", ".join(quoted(key) for key in look_up.keys)
        same = " AND ".join(f"{alias}.{quoted(key)} = s.{quoted(own)}" for key, own in look_up.keys.items())
        self.joins.append(
            f"LEFT JOIN (SELECT {keys}, min({{'o': {order}, 'v': {column}}}).v AS found FROM {relation(look_up.table)} "
            f"GROUP BY {keys}) AS {alias} ON {same}"
        )
        return f"{alias}.found"

    def translated(self, column: Column, fed: FedColumn) -> str:
        """The value of a column of the contract, before what depends on other columns of the row."""
        base = self.base(column.name, fed)
        translations = {
            "text": lambda: base,
            "recorded": lambda: base,
            "month": lambda: month(base),
            "words": lambda: f"coalesce({self.word(column, fed, base=base)}, {base})",
            "answer_or_outcome": lambda: f"coalesce({self.word(column, fed, base=base)}, {base}, {self._answer(fed)})",
            "outcome": lambda: self._outcome(column, fed, base=base),
            "first_event": lambda: self._first_event(base),
        }
        value = translations[fed.via]()
        return value if fed.otherwise is None else f"coalesce({value}, {literal(fed.otherwise)})"

    def word(self, column: Column, fed: FedColumn, *, base: str) -> str:
        """The word that a value stands for, absent where none is known; joins what it needs."""
        reading, found = self.reading, []
        if not (fed.words or fed.coded or fed.code_map in reading.maps.fields):
            return "NULL::VARCHAR"
        pairs = code_pairs(column, field=fed.code_map, words=reading.layout.words.get(fed.words, {}), maps=reading.maps)
        unfolded = unfolded_pairs(field=fed.code_map, maps=reading.maps)
        if unfolded:
            found.append(self._joined(column.name, "m", pairs=unfolded, key=base))
        if fed.coded and fed.code_map in reading.maps.fields:
            found.append(
                self._joined(column.name, "f", pairs=dict(reading.maps.fields[fed.code_map].codes), key=fold_sql(base))
            )
        key = fold_sql(letter_code(base) if fed.coded else base)
        found.append(self._joined(column.name, "w", pairs=pairs, key=key))
        return f"coalesce({', '.join(found)})"

    def _joined(self, name: str, kind: str, *, pairs: dict[str, str], key: str) -> str:
        table = f"source_words_{self.contract.name}_{name}_{kind}_{self.part.table}"
        self.words[table] = pairs
        alias = f"{kind}_{name}"
        self.joins.append(f"LEFT JOIN {table} AS {alias} ON {alias}.local = {key}")
        return f"{alias}.word"

    def _answer(self, fed: FedColumn) -> str:
        return answer_in_outcome(f"s.{quoted(self.reading.layout.answers[fed.of[0]])}")

    def _first_event(self, base: str) -> str:
        alias = "first_events"
        self.joins.append(f"LEFT JOIN {FIRST_EVENTS} AS {alias} ON {alias}.person = {base}")
        return f"coalesce({alias}.first_on, {literal(f'{self.reading.extracted_on:%Y-%m-%d}')})"

    def _outcome(self, column: Column, fed: FedColumn, *, base: str) -> str:
        told = self.reading.layout.outcomes[self.part.table]
        self.joins.append(
            f"LEFT JOIN (SELECT {quoted(told.episode_person)} AS person, list({quoted(told.episode_day)}) AS days "
            f"FROM {relation(told.episodes)} WHERE {quoted(told.episode_day)} LIKE '____-__-__' GROUP BY person) "
            f"AS helped ON helped.person = s.{quoted(told.person)}"
        )
        until = f"strftime(TRY_CAST(s.{quoted(told.day)} AS DATE) + {told.within_days}, '%Y-%m-%d')"
        soon = f"len(list_filter(helped.days, lambda d: d BETWEEN s.{quoted(told.day)} AND {until})) > 0"
        return outcome(base, "s.said", told=told, soon=soon, listed=self._listed(column, fed))

    def _listed(self, column: Column, fed: FedColumn) -> str:
        """The strongest word of a list of words, where every one of them is known."""
        if not self.reading.has_texts:
            return "NULL::VARCHAR"
        items = outcome_items(quoted(fed.of[0]), relation(self.part.table))
        inner = PartQuery(self.reading, self.contract, self.part, self.words)
        word = inner.word(column, fed, base="s.item")
        place = " ".join(f"WHEN {literal(word)} THEN {place}" for place, word in enumerate(reversed(column.words)))
        self.joins.append(
            f"LEFT JOIN (SELECT written, CASE WHEN count(*) = count(word) THEN min_by(word, CASE word {place} END) END "
            f"AS word FROM (SELECT s.written, {word} AS word FROM ({items}) AS s {' '.join(inner.joins)}) "
            f"GROUP BY written) AS listed ON listed.written = s.{quoted(fed.of[0])}"
        )
        return "listed.word"

    def source(self) -> str:
        """The relation a part reads, a field of several values taken apart."""
        name, explode = relation(self.part.table), self.part.explode
        if any(fed.via == "outcome" for fed in self.part.columns.values()):
            told = self.reading.layout.outcomes[self.part.table]
            return f"(SELECT *, {answers_of_keys(quoted(told.column), told=told)} AS said FROM {name}) AS s"
        if not explode:
            return f"{name} AS s"
        cell = quoted(explode)
        return f"(SELECT * EXCLUDE ({cell}), unnest({factors(cell)}) AS {cell} FROM {name}) AS s"

    def final(self, name: str) -> str:
        """A column of the contract from the translated ones."""
        fed = self.part.columns.get(name)
        if fed is None:
            return "NULL::VARCHAR"
        value = f"t.{quoted(name)}"
        if fed.made_of:
            value = self._made(fed)
        elif fed.latest is not None:
            value = "latest.found" if fed.latest.table in given_contracts(self.reading) else "NULL::VARCHAR"
        elif fed.via == "recorded":
            lag = self.reading.lags.get(self.contract.name, 0)
            day = value if fed.look_up else f"t.{quoted(fed.of[0])}"
            value = recorded(day, lag_days=lag, extracted_on=f"{self.reading.extracted_on:%Y-%m-%d}")
        return f"CASE WHEN t.{quoted(fed.given)} IS NOT NULL THEN {value} END" if fed.given else value

    def _made(self, fed: FedColumn) -> str:
        """An id of the columns it is made of and a number; equal rows get the same numbers in every extract."""
        of = ", ".join(f"t.{quoted(column)}" for column in fed.made_of)
        whole = " AND ".join(f"t.{quoted(column)} IS NOT NULL" for column in fed.made_of)
        number = f"row_number() OVER (PARTITION BY {of} ORDER BY {', '.join(self._inner_names())})"
        return f"CASE WHEN {whole} THEN concat_ws(':', {literal(fed.prefix)}, {of}, {number}) END"

    def _inner_names(self) -> list[str]:
        return [f"t.{quoted(name)}" for name, fed in self.part.columns.items() if _is_inner(fed)]

    def query(self) -> str:
        """The whole query of the part."""
        inner = {name: fed for name, fed in self.part.columns.items() if _is_inner(fed)}
        columns = [self.contract.columns[self.contract.column_names.index(name)] for name in inner]
        cells = [f"{self.translated(column, inner[column.name])} AS {quoted(column.name)}" for column in columns]
        finals = ", ".join(f"{self.final(name)} AS {quoted(name)}" for name in self.contract.column_names)
        return (
            f"SELECT {finals} FROM (SELECT {', '.join(cells)} FROM {self.source()} {' '.join(self.joins)}) AS t "
            f"{self._latest()}"
        ).strip()

    def _latest(self) -> str:
        asked = [fed.latest for fed in self.part.columns.values() if fed.latest is not None]
        if not asked or asked[0].table not in given_contracts(self.reading):
            return ""
        told = asked[0]
        others = build_select(self.reading, told.table, words=self.words)
        return (
            f"ASOF LEFT JOIN (SELECT person_id AS person, {quoted(told.day)} AS day, max({quoted(told.id)}) AS found "
            f"FROM ({others}) WHERE {quoted(told.day)} IS NOT NULL GROUP BY ALL) AS latest "
            f"ON t.person_id = latest.person AND t.{quoted(told.by)} >= latest.day"
        )


def given_contracts(reading: Reading) -> tuple[str, ...]:
    """The contract tables that the tables of an extract feed."""
    gives = reading.layout.gives.items()
    return tuple(name for name, parts in gives if any(part.table in reading.present for part in parts))


def build_select(reading: Reading, name: str, *, words: dict[str, dict[str, str]]) -> str:
    """The query of one contract table; the lists of words that it joins are put into `words`."""
    contract = load_contract(name)
    parts = [part for part in reading.layout.gives[name] if part.table in reading.present]
    return " UNION ALL ".join(PartQuery(reading, contract, part, words).query() for part in parts)


def words_in_memory(words: Mapping[str, Mapping[str, str]]) -> dict[str, pa.Table]:
    """Each list of words as a table of local values and words."""
    return {
        name: pa.table(
            {"local": pa.array(list(pairs), pa.string()), "word": pa.array(list(pairs.values()), pa.string())}
        )
        for name, pairs in words.items()
    }


def build_gathered(reading: Reading) -> dict[str, str]:
    """Views of one row per person, gathered from the tables that repeat who rows are about."""
    return {relation(name): _gather(reading, name) for name in reading.layout.gathered if name in reading.present}


def _gather(reading: Reading, name: str) -> str:
    told = reading.layout.gathered[name]
    person = quoted(told.person)
    rows = " UNION ALL ".join(
        f"SELECT {person}, {place} AS place, "
        + ", ".join(_own_or_absent(reading, table, column=column) for column in told.columns)
        + f" FROM {relation(table)}"
        for place, table in enumerate(told.tables)
        if table in reading.present
    )
    firsts = ", ".join(
        f"min({{'p': place, 'v': {quoted(column)}}}) FILTER ({quoted(column)} IS NOT NULL).v AS {quoted(column)}"
        for column in told.columns
    )
    return f"SELECT {person}, {firsts} FROM ({rows}) WHERE {person} IS NOT NULL GROUP BY {person} ORDER BY {person}"


def _own_or_absent(reading: Reading, table: str, *, column: str) -> str:
    has = column in reading.layout.tables[table].columns
    return quoted(column) if has else f"NULL::VARCHAR AS {quoted(column)}"


def first_events(reading: Reading) -> str:
    """The query of each person's first day of anything, none after the extract: then they were known at the latest."""
    days = " UNION ALL ".join(
        f"SELECT {quoted(event.person)} AS person, {quoted(event.day)} AS first_on FROM {relation(event.table)}"
        for event in reading.layout.events
        if event.table in reading.present
    )
    last = literal(f"{reading.extracted_on:%Y-%m-%d}")
    return (
        f"SELECT person, min(first_on) AS first_on FROM ({days}) "
        f"WHERE first_on LIKE '____-__-__' AND first_on <= {last} GROUP BY person"
    )


def _is_inner(fed: FedColumn) -> bool:
    """Whether a column is translated from cells, not from other columns of the contract."""
    return not fed.made_of and fed.latest is None and (fed.via != "recorded" or fed.look_up is not None)
