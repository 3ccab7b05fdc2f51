"""Ingest of a council's records beside the engine's own plain scan of the same files, as a tidy table.

Cases: contacts (300,000 and 20 million), with the people and families they refer to, as CSV and as Parquet. The rows
are those of a synthetic council, repeated under new ids; one in 500 has an unknown source, and up to one in 1,000 an id
that stands already.

Methods, each in a process of its own, with the same threads and limit of memory:

- `ehforecast`: what an analyst's extract goes through: layout recognised, files hashed, every rule judged, rows used
  and set aside written to Parquet, hashed, and adopted by a store.
- `check_and_load`: the same without recognising and hashing the files.
- `plain_scan`: the engine reads the files, casts every column to its type and takes the largest value of each, so that
  every cell is read, cast and looked at. It judges no rule, keeps no row and writes nothing.
- `plain_copy`: the engine reads, casts and writes each table to Parquet, compressed as the store does: the least that
  keeping the rows can cost.

- `by_stage`: the first once more under the interpreter's profiler: processor seconds of each stage, and what is left.

`rows_per_second` are contacts over the seconds of the whole work; `peak_mib` is the largest resident memory;
`cpu_seconds` are of all cores, and tell more than seconds where other work shares the machine.
"""

import argparse
import cProfile
import json
import os
import pstats
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from ehforecast.contracts import check_council, council_rows, load_contract
from ehforecast.contracts.council_layout import load_council_layout
from ehforecast.contracts.council_source import CouncilSource, Relations
from ehforecast.contracts.read_council import COUNCIL_LAYOUTS, read_council
from ehforecast.contracts.rules import SQL_TYPES
from ehforecast.contracts.sql import literal, open_engine, quoted
from ehforecast.contracts.workspace import temporary_workspace
from ehforecast.store import Store
from ehforecast.synthetic.council import draw_council
from ehforecast.synthetic.council_plan import CouncilPlan

TABLES = ("people", "families", "contacts")
PLAN = CouncilPlan(seed=11, years=3)
SIZES = (300_000, 20_000_000)
FORMATS = ("csv", "parquet")
UNITS = {"rows_per_second": "contacts per second", "peak_mib": "MiB", "seconds": "seconds"}


def write_case(folder: Path, rows: int, *, formats: Sequence[str] = FORMATS) -> None:
    """The tables in each format: the synthetic council as often as it takes, each time under ids of its own."""
    tables = draw_council(PLAN).tables
    times = -(-rows // len(tables["contacts"]))
    with open_engine(temporary_workspace()) as engine:
        for name in TABLES:
            engine.register("drawn", tables[name])
            limit = f"LIMIT {rows}" if name == "contacts" else ""
            query = f"SELECT {_columns(name, _written)} FROM range({times}) AS again(n), drawn {limit}"  # noqa: S608 - ours
            engine.execute(f"COPY ({query}) TO {literal(folder / f'{name}.parquet')} (COMPRESSION zstd)")
            engine.unregister("drawn")
            if "csv" in formats:
                engine.execute(
                    f"COPY (FROM {literal(folder / f'{name}.parquet')}) TO {literal(folder / f'{name}.csv')}"
                )
            if "parquet" not in formats:
                (folder / f"{name}.parquet").unlink()


def _written(table: str, column: str) -> str:
    cell = quoted(column)
    if column.endswith("_id"):
        again = f"CASE WHEN hash({cell}, n) % 1000 = 0 THEN 0 ELSE n END" if column == "contact_id" else "n"
        cell = f"{cell} || '-' || ({again})"
    elif table == "contacts" and column == "source":
        cell = f"CASE WHEN hash(contact_id, n) % 500 = 1 THEN '?' ELSE {cell} END"
    elif column.endswith("_on") or column == "birth_month":
        cell = f"strftime({cell}, '%Y-%m-%d')"
    return cell


def _relation(path: Path, table: str) -> str:
    if path.suffix == ".parquet":
        return f"read_parquet({literal(path)})"
    columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in load_contract(table).column_names)
    return f"read_csv({literal(path)}, columns = {{{columns}}}, auto_detect = false, header = true)"


def _selects(folder: Path, file_format: str, *, cell: Callable[[str, str], str]) -> dict[str, str]:
    return {
        name: f"SELECT {_columns(name, cell)} FROM {_relation(folder / f'{name}.{file_format}', name)}"  # noqa: S608 - ours
        for name in TABLES
    }


def _columns(table: str, cell: Callable[[str, str], str]) -> str:
    return ", ".join(f"{cell(table, column)} AS {quoted(column)}" for column in load_contract(table).column_names)


def _cast(table: str, column: str) -> str:
    (kind,) = (one.logical_type for one in load_contract(table).columns if one.name == column)
    return f"TRY_CAST({quoted(column)} AS {SQL_TYPES[kind]})"


def plain_scan(folder: Path, file_format: str) -> None:
    """Read, cast, look at every cell, keep nothing."""
    with open_engine(temporary_workspace()) as engine:
        for table, select in _selects(folder, file_format, cell=_cast).items():
            largest = ", ".join(f"max({quoted(column)})" for column in load_contract(table).column_names)
            engine.execute(f"SELECT {largest} FROM ({select})").fetchall()  # noqa: S608 - our own names


def plain_copy(folder: Path, file_format: str) -> None:
    """Read, cast, write."""
    workspace = temporary_workspace()
    with open_engine(workspace) as engine:
        for table, select in _selects(folder, file_format, cell=_cast).items():
            path = workspace.folder / f"{table}.parquet"
            engine.execute(f"COPY ({select}) TO {literal(path)} (FORMAT parquet, COMPRESSION zstd)")


def _ingest(source: CouncilSource, folder: Path) -> None:
    with tempfile.TemporaryDirectory(dir=folder) as place:
        store = Store(Path(place) / "store")
        with store.workspace() as workspace:
            result = check_council(source, as_of=PLAN.extracted_on, workspace=workspace)
            store.load_council(result)
        for count in result.tables:
            print(
                f"{count.table}: {count.rows_in:,} in, {count.rows_used:,} used, {dict(count.set_aside)}",
                file=sys.stderr,
            )


def check_and_load(folder: Path, file_format: str) -> None:
    """Our check and store, on views of the files."""
    selects = _selects(folder, file_format, cell=lambda _, column: quoted(column))
    source = CouncilSource("bench", "1.0.0", (), PLAN.extracted_on, None, (), selects, {}, Relations({}, {}))
    _ingest(source, folder)


def ehforecast(folder: Path, file_format: str) -> None:
    """The whole way in."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        for name in TABLES:
            os.link(folder / f"{name}.{file_format}", Path(place) / f"{name}.{file_format}")
        _ingest(read_council(Path(place), extracted_on=PLAN.extracted_on, layout="plain_tables"), folder)


BY_STAGE = "by_stage"
METHODS: Mapping[str, Callable[[Path, str], None]] = {
    "ehforecast": ehforecast, "check_and_load": check_and_load, "plain_scan": plain_scan, "plain_copy": plain_copy,
}  # fmt: skip


STAGES = {
    "recognise, hash and look at the files": read_council,
    "read, cast and judge every cell": council_rows.build_rows,
    "find rows that repeat": council_rows.find_repeats,
    "judge rules of rows and tables": council_rows.answer_rules,
    "write the rows used": council_rows.write_used,
    "hash and adopt": Store.load_council,
}  # fmt: skip
"""What the way in spends its time on, by the function that does it; none of them calls another."""


def by_stage(folder: Path, file_format: str) -> dict[str, float]:
    """Processor seconds of all threads, by stage."""
    for name in TABLES:
        load_contract(name)  # once a process, in Python, which the profiler makes twice as slow
    for layout in COUNCIL_LAYOUTS:
        load_council_layout(layout)
    profile = cProfile.Profile(time.process_time)
    profile.runcall(ehforecast, folder, file_format)
    spent = {place: figures[3] for place, figures in pstats.Stats(profile).stats.items()}  # type: ignore[attr-defined]
    places = {stage: (work.__code__.co_filename, work.__code__.co_firstlineno, work.__name__)
              for stage, work in {**STAGES, "all": ehforecast}.items()}  # fmt: skip
    found = {stage: spent[place] for stage, place in places.items()}
    return found | {"everything else": 2 * found["all"] - sum(found.values())}


def measure(method: str, folder: Path, *, file_format: str) -> dict[str, float]:
    """Run one method in this process."""
    if method == BY_STAGE:
        return {f"cpu_seconds: {stage}": seconds for stage, seconds in by_stage(folder, file_format).items()}
    began, worked = time.perf_counter(), time.process_time()
    METHODS[method](folder, file_format)
    seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - worked
    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"seconds": seconds, "cpu_seconds": cpu_seconds, "peak_mib": _peak_mib(largest)}


def _peak_mib(largest_kib: int) -> float:
    """What Linux says at `getrusage` begins with the parent's own peak; the status of the process does not."""
    status = Path("/proc/self/status")
    lines = status.read_text("ascii").splitlines() if status.exists() else []
    found = [int(line.split()[1]) for line in lines if line.startswith("VmHWM")]
    return (found[0] if found else largest_kib) / 1024


def measured_apart(method: str, folder: Path, *, file_format: str) -> dict[str, float]:
    """The same in a process of its own, so that memory is that of the method alone."""
    command = [sys.executable, __file__, "--measure", method, file_format, str(folder)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - this very file
    print(done.stderr, end="")
    return dict(json.loads(done.stdout.splitlines()[-1]))


def case(rows: int, *, methods: list[str], formats: list[str]) -> pd.DataFrame:
    """Every method on one size, in both formats."""
    found = []
    with tempfile.TemporaryDirectory() as place:
        write_case(Path(place), rows)
        for file_format in formats:
            for method in methods:
                numbers = measured_apart(method, Path(place), file_format=file_format)
                if method != BY_STAGE:
                    numbers["rows_per_second"] = rows / numbers["seconds"]
                print(f"{rows:,} {file_format} {method}: {numbers}", flush=True)
                found += [(f"{file_format}_{rows}", method, metric, value) for metric, value in numbers.items()]
    return pd.DataFrame(found, columns=["case", "method", "metric", "value"])


def main() -> None:
    """Run every case and write the table."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--data", type=Path, help="not used: the rows are made")
    arguments.add_argument("--out", type=Path, default=Path("benchmarks/out"))
    arguments.add_argument("--rows", type=int, action="append", help="contacts; may be given more than once")
    arguments.add_argument("--method", action="append", choices=(*METHODS, BY_STAGE))
    arguments.add_argument("--format", action="append", choices=FORMATS)
    arguments.add_argument("--measure", nargs=3, metavar=("METHOD", "FORMAT", "FOLDER"), help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.measure:
        method, file_format, folder = given.measure
        print(json.dumps(measure(method, Path(folder), file_format=file_format)))
        return
    methods, formats = given.method or [*METHODS, BY_STAGE], given.format or list(FORMATS)
    tables = [case(rows, methods=methods, formats=formats) for rows in given.rows or SIZES]
    table = pd.concat(tables, ignore_index=True)
    table["unit"] = table["metric"].map(UNITS).fillna("seconds")
    given.out.mkdir(parents=True, exist_ok=True)
    path = given.out / "ingest.csv"
    table.to_csv(path, index=False)
    print(table.pivot(index="metric", columns=["case", "method"], values="value").round(1).to_string(na_rep=""))
    print(f"written: {path}")


if __name__ == "__main__":
    main()
