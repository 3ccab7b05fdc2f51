"""Bad extracts: each is refused with its finding; never a value, never half."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import extracts
import pandas as pd
import pytest

from ehforecast.contracts import council_files
from ehforecast.contracts.read_council import council_from_files, read_council
from ehforecast.errors import ContractError, Finding, SettingsError
from ehforecast.synthetic.annex_a_files import write_annex_a
from ehforecast.synthetic.council import SyntheticCouncil
from ehforecast.synthetic.plain_files import write_plain
from ehforecast.synthetic.ssd_files import write_ssd

LAST = extracts.PLAN.extracted_on
CANARY = "Zebediah QX9 9ZZ"
Break = Callable[[Path], Any]


@pytest.fixture(scope="module")
def council() -> SyntheticCouncil:
    return extracts.draw()


@pytest.fixture
def ssd(council: SyntheticCouncil, tmp_path: Path) -> Path:
    write_ssd(council, tmp_path / "ssd")
    return tmp_path / "ssd"


def findings_of(path: Path, layout: str | None = None) -> tuple[Finding, ...]:
    with pytest.raises(ContractError) as refusal:
        read_council(path, extracted_on=LAST, layout=layout)
    # Catches a value of a record in a message.
    assert CANARY not in str(refusal.value)
    for finding in refusal.value.findings:
        # Catches a message without its place, its count or its remedy.
        assert all((finding.file, finding.table, finding.column, finding.rule))
        assert finding.count >= 1
        assert finding.remedy.endswith(".")
    return refusal.value.findings


def rules_of(path: Path, layout: str | None = None) -> list[str]:
    return [finding.rule for finding in findings_of(path, layout)]


def contacts(folder: Path) -> Path:
    return folder / "ssd_contacts.csv"


def recode(encoding: str) -> Break:
    def change(folder: Path) -> None:
        text = contacts(folder).read_text(encoding="utf-8") + f'é,"{CANARY}",2022-01-01,2A,,\n'
        contacts(folder).write_bytes(text.encode(encoding))

    return change


def replace(old: bytes, new: bytes) -> Break:
    def change(folder: Path) -> None:
        content = contacts(folder).read_bytes()
        assert old in content
        contacts(folder).write_bytes(content.replace(old, new, 1))

    return change


def append(line: bytes) -> Break:
    return lambda folder: contacts(folder).write_bytes(contacts(folder).read_bytes() + line)


def in_its_place(make: Break) -> Break:
    """Something else where the table of contacts was; the table itself lies beside it, as `x`."""

    def change(folder: Path) -> None:
        contacts(folder).rename(folder / "x")
        make(folder)

    return change


BROKEN: dict[str, tuple[Break, str]] = {
    "UTF-16": (recode("utf-16"), "the_file_is_text_in_utf_8"),
    "UTF-16 without mark": (recode("utf-16-le"), "the_file_is_text_in_utf_8"),
    "cp1252": (recode("cp1252"), "the_file_is_text_in_utf_8"),
    "half a character": (append(b"\xc3"), "the_file_is_text_in_utf_8"),
    "empty": (lambda folder: contacts(folder).write_bytes(b""), "the_file_is_not_empty"),
    "one blank line": (lambda folder: contacts(folder).write_bytes(b"\n"), "the_first_line_names_the_columns"),
    "cut short": (append(f"C9,{CANARY}".encode()), "the_last_line_is_ended"),
    "too few fields": (append(f"C9,{CANARY}\n".encode()), "every_line_has_as_many_fields_as_the_header"),
    "too many fields": (append(f"C9,{CANARY},,,,,,x\n".encode()), "every_line_has_as_many_fields_as_the_header"),
    "an open quote": (append(f'C9,"{CANARY},,,,\n'.encode()), "every_line_has_as_many_fields_as_the_header"),
    "a header twice": (replace(b"cont_contact_source_desc", b"CONT_contact_date"), "a_column_stands_once"),
    "a column missing": (replace(b"cont_contact_date", b"day"), "every_column_of_the_table_is_there"),
    "a header over two lines": (
        replace(b"cont_contact_id", b'"cont_\ncontact_id"'),
        "the_first_line_names_the_columns",
    ),
    "no table": (lambda folder: contacts(folder).unlink(), "a_required_table_is_there"),
    "a table twice": (
        lambda folder: (folder / "contacts.csv").write_bytes(contacts(folder).read_bytes()),
        "a_table_is_there_once",
    ),
    "a link": (in_its_place(lambda folder: contacts(folder).symlink_to(folder / "x")), "the_file_is_no_link"),
    "a folder": (in_its_place(lambda folder: contacts(folder).mkdir()), "the_file_is_an_ordinary_file"),
    "a pipe": (in_its_place(lambda folder: os.mkfifo(contacts(folder))), "the_file_is_an_ordinary_file"),
    "no Parquet": (
        lambda folder: contacts(folder).rename(folder / "ssd_contacts.parquet"),
        "the_file_is_whole_parquet",
    ),
    "Parquet in name only": (
        in_its_place(lambda folder: (folder / "ssd_contacts.parquet").write_bytes(b"PAR1" * 4)),
        "the_file_is_whole_parquet",
    ),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_broken_files(ssd: Path, kind: str) -> None:
    change, rule = BROKEN[kind]
    change(ssd)
    # Catches a bad file read, or refused by another rule than its own.
    assert rules_of(ssd) == [rule]


def test_parquet_with_a_damaged_page(council: SyntheticCouncil, tmp_path: Path) -> None:
    write_ssd(council, tmp_path, file_format="parquet")
    path = tmp_path / "ssd_contacts.parquet"
    content = bytearray(path.read_bytes())
    content[60:4_000] = bytes(3_940)
    path.write_bytes(bytes(content))
    # Catches damage inside a file that begins and ends well.
    assert rules_of(tmp_path) == ["every_row_of_the_file_can_be_read"]


def test_a_file_that_may_not_be_read(ssd: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(council_files, "read_text_bytes", refuse)
    # Catches an error of the system that reaches the user as a trace.
    assert rules_of(ssd) == ["the_file_can_be_read"]


def test_an_extract_of_two_layouts(council: SyntheticCouncil, ssd: Path) -> None:
    write_plain({"people": council.tables["people"]}, ssd)
    (finding,) = findings_of(ssd)
    # Catches one of two layouts chosen by chance.
    assert (finding.rule, finding.count) == ("an_extract_has_one_layout", 2)
    # Catches a layout that was named and not used.
    assert read_council(ssd, extracted_on=LAST, layout="ssd").layout == "ssd"


def test_tables_named_alike_are_told_apart_by_their_columns(council: SyntheticCouncil, tmp_path: Path) -> None:
    for name, write in (("annex_a", write_annex_a), ("ssd", write_ssd)):
        write(council, tmp_path / name)
    for path in (tmp_path / "ssd").iterdir():
        path.rename(path.with_name(path.name.removeprefix("ssd_")))
    write_plain(council.tables, tmp_path / "plain_tables")
    for name in ("annex_a", "ssd", "plain_tables"):
        # Catches `contacts` of one layout taken for that of another.
        assert read_council(tmp_path / name, extracted_on=LAST).layout == name


@pytest.mark.parametrize(
    ("content", "rule"),
    [({}, "the_extract_holds_tables"), ({"notes.csv": b"a,b\n1,2\n"}, "an_extract_has_a_layout_that_is_read"),
     ({"~$x.xlsx": b"x", ".hidden.csv": b"x"}, "the_extract_holds_tables")],
)  # fmt: skip
def test_folders_without_an_extract(tmp_path: Path, content: dict[str, bytes], rule: str) -> None:
    for name, data in content.items():
        (tmp_path / name).write_bytes(data)
    # Catches nothing read as an extract of nothing.
    assert rules_of(tmp_path) == [rule]


def test_many_files_without_an_extract(tmp_path: Path) -> None:
    for name in "abcd":
        (tmp_path / f"{name}.csv").write_text("a,b\n1,2\n")
    # Catches a message as long as the folder.
    assert findings_of(tmp_path)[0].file == "a.csv, b.csv, c.csv and 1 more"


def test_paths_that_are_no_extract(tmp_path: Path, ssd: Path) -> None:
    (tmp_path / "link").symlink_to(ssd)
    # Catches a link followed, and a path that is not there.
    assert rules_of(tmp_path / "link") == ["the_extract_is_no_link"]
    assert rules_of(tmp_path / "none") == ["the_extract_exists"]


def test_a_layout_that_does_not_exist(ssd: Path) -> None:
    # Catches a misspelt layout taken for recognising it.
    with pytest.raises(SettingsError, match="no layout sds for council records; there are: ssd, annex_a, plain_tables"):
        read_council(ssd, extracted_on=LAST, layout="sds")


def test_the_layout_named_is_not_the_one_there(ssd: Path) -> None:
    # Catches another layout read than the one that was asked for.
    assert set(rules_of(ssd, layout="plain_tables")) == {
        "a_required_table_is_there",
        "every_column_of_the_table_is_there",
    }


def test_staged_files_are_looked_at_too(tmp_path: Path) -> None:
    # Catches staged files taken on trust.
    with pytest.raises(ContractError, match="the_file_exists"):
        council_from_files({"contacts": tmp_path / "none.parquet"}, extracted_on=LAST)


def test_names_with_wildcards(council: SyntheticCouncil, tmp_path: Path) -> None:
    folder = tmp_path / "a[b]*?"
    write_ssd(council, folder, file_format="parquet")
    (folder / "ssd_family.parquet").unlink()
    write_ssd(council, tmp_path / "csv")
    (tmp_path / "csv" / "ssd_family.csv").rename(folder / "ssd_family.csv")
    # Catches a path read as a pattern, and formats that may not be mixed.
    assert len(extracts.select_all(read_council(folder, extracted_on=LAST))["families"]) == len(
        council.tables["families"]
    )


def test_columns_that_no_layout_names_stay_out(council: SyntheticCouncil, tmp_path: Path) -> None:
    write_ssd(council, tmp_path)
    path = tmp_path / "ssd_person.csv"
    people = pd.read_csv(path, dtype="str").assign(pers_forename=CANARY, pers_upn=CANARY, pers_dob="2012-05-17")
    people.to_csv(path, index=False)
    got = extracts.select_all(read_council(tmp_path, extracted_on=LAST))
    # Catches names, and days of birth, let into the tables.
    assert not any(frame.isin([CANARY, "2012-05-17"]).to_numpy().any() for frame in got.values())


def test_files_are_identified_by_their_content(council: SyntheticCouncil, tmp_path: Path) -> None:
    write_plain(council.tables, tmp_path)
    (tmp_path / "notes.csv").write_text("a,b\n1,2\n")
    files = {file.name: file for file in read_council(tmp_path, extracted_on=LAST).files}
    # Catches files that were not used told of as received.
    assert set(files) == {f"{name}.csv" for name in council.tables}
    for name, table in council.tables.items():
        # Catches rows of another table, or the header counted.
        assert files[f"{name}.csv"].rows == len(table)
        assert files[f"{name}.csv"].bytes == (tmp_path / f"{name}.csv").stat().st_size
