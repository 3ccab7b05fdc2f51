"""Each fault that can be planted is reported once, with its count, when it comes in files like a real extract."""

from pathlib import Path

import numpy as np
import pytest

from ehforecast.contracts import QualityResult, check_council
from ehforecast.contracts.read_council import read_council
from ehforecast.synthetic.council import SyntheticCouncil, draw_council
from ehforecast.synthetic.council_plan import CouncilPlan
from ehforecast.synthetic.faults import plant_faults
from ehforecast.synthetic.plain_files import write_frame, write_plain
from ehforecast.synthetic.row_faults import ROW_FAULTS

PLAN = CouncilPlan(seed=11, first_month="2020-04", years=3, contacts_a_year=2_000, warm_up_years=1)
FAULTS = {fault.name: fault for fault in ROW_FAULTS}
TOGETHER = tuple(name for name in FAULTS if name not in {"duplicate_person", "overlapping_help"})
"""Planted in one council at once; two need rows that the others have used up."""

Where = tuple[str, str]


@pytest.fixture(scope="module")
def council() -> SyntheticCouncil:
    return draw_council(PLAN)


@pytest.fixture(scope="module")
def files(council: SyntheticCouncil, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sound council as files: Parquet, which is quicker to write and to read than CSV."""
    folder = tmp_path_factory.mktemp("plain")
    write_plain(council.tables, folder, file_format="parquet")
    return folder


@pytest.fixture(scope="module")
def clean(files: Path) -> dict[Where, int]:
    return broken(check(files))


def check(folder: Path) -> QualityResult:
    return check_council(read_council(folder, extracted_on=PLAN.extracted_on), as_of=PLAN.extracted_on)


def broken(result: QualityResult) -> dict[Where, int]:
    return {(count.table, count.rule): count.broken for count in result.rules if count.broken}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_reported_once_with_its_count(
    name: str, council: SyntheticCouncil, files: Path, clean: dict[Where, int], tmp_path: Path
) -> None:
    tables, planted = plant_faults(
        dict(council.tables), dict(council.truth_tables), names=(name,), rng=np.random.default_rng(5)
    )
    for path in files.iterdir():
        (tmp_path / path.name).hardlink_to(path)
    for table, frame in tables.items():
        if frame is not council.tables[table]:
            (tmp_path / f"{table}.parquet").unlink()
            write_frame(frame, tmp_path / table, file_format="parquet")
    result = check(tmp_path)
    grown = {
        where: number - clean.get(where, 0) for where, number in broken(result).items() if number > clean.get(where, 0)
    }
    # Catches a fault that files hide, one counted wrongly, and one reported under two rules.
    assert [(table, number) for (table, _), number in grown.items()] == [
        (FAULTS[name].table, int(planted.iloc[0]["count"]))
    ]
    # Catches rows lost on the way in: received is used and set aside, whatever is wrong with them.
    assert all(count.rows_in == count.rows_used + sum(count.set_aside.values()) for count in result.tables)
    assert {count.table: count.rows_in for count in result.tables} == {
        table: len(frame) for table, frame in tables.items()
    }


@pytest.mark.parametrize("file_format", ["csv", "parquet"])
def test_files_and_frames_are_judged_alike(file_format: str, tmp_path: Path) -> None:
    council = draw_council(CouncilPlan(seed=3, years=3, contacts_a_year=3_000, warm_up_years=1, faults=TOGETHER))
    write_plain(council.tables, tmp_path, file_format=file_format)  # type: ignore[arg-type] # a format by its name
    last = council.plan.extracted_on
    through_files = check_council(read_council(tmp_path, extracted_on=last), as_of=last)
    in_memory = check_council(council.tables, as_of=last)
    # Catches a rule that sees something else in files than in frames: each rule's every count is the same.
    assert through_files.rules == in_memory.rules
    assert through_files.tables == in_memory.tables
