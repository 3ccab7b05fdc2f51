"""An extract that kept its contract, and how a file becomes one."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd

from ehforecast.contracts.contract import Contract, load_contract
from ehforecast.contracts.layout import Layout
from ehforecast.contracts.layout_rules import (
    check_end,
    check_figures,
    check_lines,
    check_sums,
    check_years,
    is_sound_line,
)
from ehforecast.contracts.recognise import TableInFile, check_columns, check_header, recognise_table
from ehforecast.contracts.rules import find_broken_rules
from ehforecast.contracts.source_file import load_lines, open_source_file
from ehforecast.contracts.sql import open_engine
from ehforecast.contracts.typed_frames import frame_from_arrow
from ehforecast.contracts.wide_table import (
    build_areas,
    build_figures,
    build_lines,
    build_rows,
    build_source,
    select_typed_rows,
)
from ehforecast.errors import ContractError, Finding
from ehforecast.reference.area_codes import AreaRegister


@dataclass(frozen=True)
class CheckedExtract:
    """One table of one source file, checked row by row.

    Rows are lines of the source file: `rows_in == rows_used + sum(set_aside.values())`, always. `frame` holds the
    canonical rows (a wide line gives several) with the contract's columns and types, in the order of its key;
    `set_aside_rows` holds the lines not used, as text, with the `rule` that set each aside; `set_aside` counts them by
    rule. `extracted_on` is the day a council's system was read, for tables that are looked at as they once were.
    """

    contract: str
    contract_version: str
    layout: str
    layout_version: str
    table: str
    file_name: str
    file_sha256: str
    file_bytes: int
    rows_in: int
    rows_used: int
    set_aside: Mapping[str, int]
    frame: pd.DataFrame
    set_aside_rows: pd.DataFrame
    extracted_on: str | None = None


def read_extract(  # noqa: PLR0917 - a file, how it is laid out, and the areas it may speak of
    path: Path, layout: Layout, register: AreaRegister
) -> CheckedExtract:
    """Read one file of the layout's publisher; raises `ContractError` with every finding if it breaks a rule.

    One file is one table, recognised by what it says it is about, and all of it is used or none, save lines of levels
    of geography that the layout sets aside. Area codes become those now in force. Nothing is written.
    """
    file = open_source_file(path)
    check_header(file, layout)
    with open_engine() as engine:
        load_lines(engine, file)
        what = TableInFile(file, layout, recognise_table(engine, file, layout=layout))
        check_columns(what)
        contract = load_contract(what.table.contract)
        build_areas(engine, register)
        _build(engine, what, contract=contract)
        _refuse_if_any(_check(engine, what, contract=contract))
        _refuse_if_any(check_sums(engine, what))  # only sound figures can be added up
        return _extract(engine, what, contract=contract)


def _build(engine: duckdb.DuckDBPyConnection, what: TableInFile, *, contract: Contract) -> None:
    build_source(engine, what)
    build_lines(engine, what.layout)
    build_figures(engine, what)
    build_rows(engine, what.table, contract=contract, sound_lines=is_sound_line(what.layout))


def _check(engine: duckdb.DuckDBPyConnection, what: TableInFile, *, contract: Contract) -> list[Finding]:
    findings = check_end(what) + check_lines(engine, what) + check_figures(engine, what) + check_years(engine, what)
    return [*findings, *find_broken_rules(engine, "rows", contract=contract, file=what.file.name, table=what.name)]


def _refuse_if_any(findings: list[Finding]) -> None:
    if findings:
        raise ContractError(findings)


def _extract(engine: duckdb.DuckDBPyConnection, what: TableInFile, *, contract: Contract) -> CheckedExtract:
    aside = engine.sql(
        "SELECT line + 1 AS line, set_aside_rule AS rule, * EXCLUDE (line, set_aside_rule) FROM source "
        "WHERE set_aside_rule <> '' ORDER BY line"
    ).df()
    (counts,) = engine.execute("SELECT count(*), count(*) FILTER (set_aside_rule = '') FROM source").fetchall()
    return CheckedExtract(
        contract=contract.name,
        contract_version=contract.version,
        layout=what.layout.layout,
        layout_version=what.layout.version,
        table=what.name,
        file_name=what.file.name,
        file_sha256=what.file.sha256,
        file_bytes=what.file.size,
        rows_in=counts[0],
        rows_used=counts[1],
        set_aside={str(rule): int(count) for rule, count in aside["rule"].value_counts().sort_index().items()},
        frame=frame_from_arrow(engine.sql(select_typed_rows(contract)).to_arrow_table(), contract),
        set_aside_rows=aside,
    )
