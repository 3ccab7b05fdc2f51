"""Readers and chance: whatever the bytes, an extract is read or refused with findings; no crash, no value shown."""

import zipfile
from datetime import date
from pathlib import Path

import extracts
import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ehforecast.contracts import check_council
from ehforecast.contracts.code_maps import read_code_maps
from ehforecast.contracts.council_source import CouncilSource
from ehforecast.contracts.read_council import read_council
from ehforecast.errors import ContractError, SettingsError
from ehforecast.synthetic.annex_a_workbook import write_annex_a_workbook
from ehforecast.synthetic.council import draw_council
from ehforecast.synthetic.council_plan import CouncilPlan

LAST = date(2024, 3, 31)
CANARY = "Zebediah"
HEADERS = {
    "ssd_person": "pers_person_id,pers_sex,pers_ethnicity,pers_dob",
    "ssd_contacts":
        "cont_contact_id,cont_person_id,cont_contact_date,cont_contact_source_code,cont_contact_outcome_json",
    "ssd_early_help_episodes": "earl_episode_id,earl_person_id,earl_episode_start_date",
    "ssd_cin_episodes": "cine_referral_id,cine_person_id,cine_referral_date,cine_referral_outcome_json",
    "ssd_cin_assessments":
        "cina_assessment_id,cina_person_id,cina_referral_id,cina_assessment_start_date,cina_assessment_auth_date",
    "ssd_assessment_factors": "cinf_assessment_id,cinf_assessment_factors_json",
}  # fmt: skip
CHANCE = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
CHANGES = st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=6)
CELLS = st.one_of(
    st.sampled_from([
        "", " ", "P1", "2023-01-09", "09/01/2023", "1900-01-01", "9999-99-99", "-1", "SSD_PH", '{"NFA_FLAG": "Y"}',
        "{}", "[]", '["1A"]', '{"1A":"Yes"}', '{"a":{"b":[1]}}', "{", "[", '{"NFA_FLAG"', "2A", "a) Yes",
        "null", "00:00",
        "2023-01-09 25:00", "31/02/2023", "\u202e", "\U0001f600", '""', "'; DROP TABLE x; --", "$1", "{}{}",
    ]),
    st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=12),
)  # fmt: skip


def quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"'


@settings(CHANCE, max_examples=10)
@given(data=st.data())
def test_any_cells_are_read(tmp_path: Path, data: st.DataObject) -> None:
    rows: dict[str, int] = {}
    for name, header in HEADERS.items():
        width = header.count(",") + 1
        lines = data.draw(st.lists(st.lists(CELLS, min_size=width, max_size=width), max_size=4))
        text = "".join(",".join(map(quoted, line)) + "\n" for line in lines)
        (tmp_path / f"{name}.csv").write_text(f"{header}\n{text}", encoding="utf-8", newline="")
        rows[name] = len(lines)
    source = read_or_refused(tmp_path)
    if isinstance(source, ContractError):
        # Catches a refusal of cells that are only odd: the one thing refused is days month first.
        assert {finding.rule for finding in source.findings} == {"days_are_not_written_month_first"}
        return
    got = extracts.select_all(source)
    for table, name in (("people", "ssd_person"), ("contacts", "ssd_contacts"), ("referrals", "ssd_cin_episodes")):
        # Catches rows lost, or doubled by a join.
        assert len(got[table]) == rows[name]
    # Catches text that the checks cannot take in.
    check_council(got, as_of=LAST)


@CHANCE
@example(content=b'cont_contact_id,"\r\n')
@example(content=b"\xef\xbb\xbf\n")
@example(content=b"a\r\n\r\n\x00")
@given(content=st.binary(max_size=300))
def test_any_bytes_for_a_table(tmp_path: Path, content: bytes) -> None:
    for name, header in HEADERS.items():
        (tmp_path / f"{name}.csv").write_text(f"{header}\n")
    for ending in ("csv", "parquet"):
        (tmp_path / "ssd_contacts.csv").unlink(missing_ok=True)
        path = tmp_path / f"ssd_contacts.{ending}"
        path.write_bytes(content)
        # Catches a crash, and an error of another family.
        with pytest.raises(ContractError):
            read_council(tmp_path, extracted_on=LAST)
        path.unlink()


@pytest.fixture(scope="module")
def parquet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sound") / "contacts.parquet"
    row = dict.fromkeys(HEADERS["ssd_contacts"].split(","), CANARY)
    pd.DataFrame([row] * 50, dtype="str").to_parquet(path, index=False)
    return path


@CHANCE
@given(changes=CHANGES)
def test_any_damage_to_parquet(tmp_path: Path, parquet: Path, changes: list[tuple[float, int]]) -> None:
    for name, header in HEADERS.items():
        (tmp_path / f"{name}.csv").write_text(f"{header}\n")
    (tmp_path / "ssd_contacts.csv").unlink()
    (tmp_path / "ssd_contacts.parquet").write_bytes(damaged(parquet.read_bytes(), changes))
    assert_silent(read_or_refused(tmp_path))


def damaged(content: bytes, changes: list[tuple[float, int]]) -> bytes:
    new = bytearray(content)
    for place, byte in changes:
        new[int(place * len(new))] = byte
    return bytes(new)


def read_or_refused(path: Path) -> CouncilSource | ContractError:
    """Lets through a crash and another family of error; what is read may be other values than were written."""
    try:
        return read_council(path, extracted_on=LAST)
    except ContractError as refusal:
        return refusal


def assert_silent(result: CouncilSource | ContractError) -> None:
    # Catches a value in a message, or in a notice.
    assert CANARY not in (str(result) if isinstance(result, ContractError) else str(result.notices))


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    plan = CouncilPlan(seed=1, first_month="2023-04", years=1, contacts_a_year=60, warm_up_years=1)
    return write_annex_a_workbook(draw_council(plan), tmp_path_factory.mktemp("sound") / "sound.xlsx")


def parts_of(book: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(book) as parts:
        return {name: parts.read(name) for name in parts.namelist()}


@CHANCE
@given(data=st.data())
def test_any_damage_to_a_part_of_a_workbook(tmp_path: Path, book: Path, data: st.DataObject) -> None:
    parts = parts_of(book)
    name = data.draw(st.sampled_from(sorted(parts)))
    changes = data.draw(CHANGES)
    path = tmp_path / "book.xlsx"
    with zipfile.ZipFile(path, "w") as new:
        for part, content in parts.items():
            new.writestr(part, damaged(content, changes) if part == name else content)
    assert_silent(read_or_refused(path))


@CHANCE
@example(changes=[(0.6796875, 0)])
@given(changes=CHANGES)
def test_any_damage_to_a_workbook(tmp_path: Path, book: Path, changes: list[tuple[float, int]]) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(damaged(book.read_bytes(), changes))
    assert_silent(read_or_refused(path))


@CHANCE
@example(content=b"%")
@example(content=b"? {}\n: 1\n")
@example(content=b"\x85: \xc2\x85")
@given(content=st.one_of(st.binary(max_size=200), st.text(max_size=100).map(str.encode)))
def test_any_bytes_for_a_map(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "map.yaml"
    path.write_bytes(content)
    # Catches a crash, and an error of another family.
    with pytest.raises(SettingsError):
        read_code_maps(path)
