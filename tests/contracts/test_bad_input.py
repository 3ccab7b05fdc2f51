"""Bad files: each is refused with its finding, exit code 4, and leaves the store as it was to the byte."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import dfe_tables
import pandas as pd
import pytest
from dfe_tables import ASHBY, FILE_NAMES, KIRBY, NEW_HURST, OLD_HURST, write_table

from ehforecast.contracts import find_extract_files, load_layout
from ehforecast.errors import ContractError, Finding
from ehforecast.store import Store

MONTHLY = FILE_NAMES["referrals_by_month"]
Edit = Callable[[pd.DataFrame], pd.DataFrame]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A store that holds one sound file of every table; no test here may change it."""
    files = dfe_tables.write_all(tmp_path_factory.mktemp("sound"))
    store = Store(tmp_path_factory.mktemp("stores") / "store")
    store.load_all([dfe_tables.read(path) for path in files.values()])
    return store


def content(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()}


def findings_of(path: Path, store: Store) -> tuple[Finding, ...]:
    """The findings on a bad file, after checking all that is true of every refusal."""
    before = content(store.folder)
    with pytest.raises(ContractError) as refusal:
        store.load(dfe_tables.read(path))
    # Catches a refusal that has already written something.
    assert content(store.folder) == before
    # Catches a bad file that a script would take for another kind of error.
    assert refusal.value.exit_code == 4
    for finding in refusal.value.findings:
        # Catches a message without its place, its count or its remedy.
        assert all((finding.file, finding.table, finding.column, finding.rule, finding.remedy))
        assert finding.count >= 1
        # Catches a rule whose name is not a message, and a remedy that is not a sentence.
        assert re.fullmatch(r"[a-z0-9_]+", finding.rule)
        assert re.search(r"[.?]$", finding.remedy)
    return refusal.value.findings


def brief(findings: tuple[Finding, ...]) -> list[tuple[str, str, int]]:
    return [(finding.column, finding.rule, finding.count) for finding in findings]


def at(code: str, year: int, column: str, value: str, table: pd.DataFrame) -> pd.DataFrame:
    codes = table["new_la_code"].where(table["new_la_code"] != "", table["region_code"])
    is_line = (codes == code) & (table["time_period"] == str(year))
    assert is_line.sum() == 1
    return table.assign(**{column: table[column].mask(is_line, value)})


def cell(column: str, value: str, code: str = ASHBY, year: int = 2021) -> Edit:
    return lambda table: at(code, year, column, value, table)


def without(**equal: str) -> Edit:
    def edit(table: pd.DataFrame) -> pd.DataFrame:
        is_gone = pd.Series(data=True, index=table.index)
        for column, value in equal.items():
            is_gone &= table[column] == value
        return table[~is_gone]

    return edit


def line_twice(table: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([table, table[(table["new_la_code"] == KIRBY) & (table["time_period"] == "2022")]])


def both_codes_of_one_council(table: pd.DataFrame) -> pd.DataFrame:
    line = table[table["new_la_code"] == NEW_HURST].assign(new_la_code=OLD_HURST)
    return pd.concat([table, line])


NUMBER_OR_SYMBOL = "a_figure_is_a_number_or_a_known_symbol"
WHOLE = "count_is_a_whole_number_of_zero_or_more"
AREAS = "areas_add_up_to_the_area_they_are_part_of"
BAD_LINES: dict[str, tuple[Edit, list[tuple[str, str, int]]]] = {
    "text in a number": (cell("June", "many"), [("June", NUMBER_OR_SYMBOL, 1)]),
    "thousands comma": (cell("June", "1,024"), [("June", NUMBER_OR_SYMBOL, 1)]),
    "unknown symbol": (cell("Referrals", ".."), [("Referrals", NUMBER_OR_SYMBOL, 1)]),
    "negative count": (cell("June", "-3"), [("June", WHOLE, 1)]),
    "fractional count": (cell("June", "12.5"), [("June", WHOLE, 1)]),
    "count beyond any number": (cell("June", "9" * 40), [("June", WHOLE, 1)]),
    "several faults": (
        lambda table: cell("May", "-1")(cell("June", "many")(cell("new_la_code", "T99999999", KIRBY)(table))),
        [
            ("new_la_code", "the_area_code_is_in_the_register", 1),
            ("June", NUMBER_OR_SYMBOL, 1),
            ("May", WHOLE, 1),
        ],
    ),
    "unknown council": (
        cell("new_la_code", "T06999999"),
        [("new_la_code", "the_area_code_is_in_the_register", 1)],
    ),
    "no council code": (cell("new_la_code", ""), [("new_la_code", "the_area_code_is_in_the_register", 1)]),
    "region's code for a council": (
        lambda table: cell("la_name", "Wold")(table).pipe(cell("new_la_code", dfe_tables.WOLD)),
        [("new_la_code", "the_area_is_of_the_level_of_its_row", 1)],
    ),
    "another council's name": (
        cell("la_name", "Kirby"),
        [("new_la_code", "the_area_code_and_name_are_of_the_same_area", 1)],
    ),
    "another council's name with a small word in common": (
        cell("la_name", "Ham and Egg", dfe_tables.NEWBURGH),
        [("new_la_code", "the_area_code_and_name_are_of_the_same_area", 1)],
    ),
    "region's code for the country": (
        lambda table: table.assign(country_code=dfe_tables.WOLD, country_name="Wold"),
        [("country_code", "the_area_is_of_the_level_of_its_row", 3)],
    ),
    "council twice in a year": (line_twice, [("new_la_code", "an_area_appears_once_in_a_year", 1)]),
    "council under both its codes": (
        both_codes_of_one_council,
        [("new_la_code", "an_area_appears_once_in_a_year", 1)],
    ),
    "misspelt level": (
        cell("geographic_level", "Local Authority"),
        [("geographic_level", "geographic_level_is_a_known_word", 1)],
    ),
    "year as text": (cell("time_period", "2021/22"), [("time_period", "the_year_is_written_in_four_digits", 1)]),
    "calendar year": (
        cell("time_identifier", "Calendar year"),
        [("time_identifier", "the_period_is_a_reporting_year", 1)],
    ),
    "year left out": (
        without(time_period="2021"),
        [("time_period", "years_follow_one_another", 1)],
    ),
    "last year cut off": (
        without(time_period="2020"),
        [("time_period", "years_are_those_in_the_name_of_the_file", 1)],
    ),
    "months against year": (
        cell("June", "0"),
        [("Referrals", "the_parts_add_up_to_the_total", 1), ("June", AREAS, 1)],
    ),
    "months above year, one absent": (
        lambda table: cell("May", "c")(cell("Referrals", "10")(table)),
        [("Referrals", "the_parts_add_up_to_the_total", 1), ("Referrals", AREAS, 1)],
    ),
    "council's line lost": (
        without(new_la_code=KIRBY, time_period="2020"),
        [("Referrals, April, May and 10 more", AREAS, 13)],
    ),
    "half of London lost": (
        without(region_code=dfe_tables.SOUTH_WEALD, time_period="2020"),
        [("Referrals, April, May and 10 more", AREAS, 13)],
    ),
    "council above its region": (
        lambda table: cell("Referrals", "c")(cell("June", "9000")(cell("May", "c")(table))),
        [("June", AREAS, 1)],
    ),
    "no line in use": (
        lambda table: table.assign(geographic_level="Ward"),
        [("all", "some_rows_can_be_used", 1)],
    ),
    "unknown column": (
        lambda table: table.assign(Notes=""),
        [("Notes", "every_column_is_known", 1)],
    ),
    "column without a name": (
        lambda table: table.assign(**{"": ""}),
        [("(no name)", "every_column_is_known", 1)],
    ),
    "missing column": (
        lambda table: table.drop(columns="July"),
        [("July", "every_column_of_the_table_is_there", 1)],
    ),
    "misspelt column": (
        lambda table: table.rename(columns={"July": "Jully"}),
        [("July", "every_column_of_the_table_is_there", 1), ("Jully", "every_column_is_known", 1)],
    ),
    "month twice": (
        lambda table: table.rename(columns={"July": "June"}),
        [("July", "every_column_of_the_table_is_there", 1), ("June", "no_column_is_named_twice", 1)],
    ),
    "misspelt category column": (
        lambda table: table.rename(columns={"category": "Category"}),
        [("category", "every_column_of_the_table_is_there", 1)],
    ),
    "header only": (lambda table: table.iloc[:0], [("all", "the_file_has_rows", 1)]),
    "two tables in one": (
        cell("category", "Source of referral"),
        [("all", "the_file_holds_one_table", 1)],
    ),
    "mostly another table": (
        lambda table: table.assign(category="Something else").pipe(cell("category", "Month of referral")),
        [("all", "the_file_holds_one_table", 1)],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD_LINES)
def test_bad_table_is_refused_with_its_findings(case: str, tmp_path: Path, store: Store) -> None:
    edit, expected = BAD_LINES[case]
    path = write_table(edit(dfe_tables.referrals_by_month()), tmp_path / MONTHLY)
    # Catches a fault that is not seen, is seen twice, or is blamed on another place.
    assert brief(findings_of(path, store)) == expected


def sound_text() -> str:
    return dfe_tables.referrals_by_month().to_csv(index=False, lineterminator="\n")


BAD_BYTES: dict[str, tuple[Callable[[str], bytes], str, int]] = {
    "empty": (lambda _: b"", "the_file_is_not_empty", 1),
    "only blanks": (lambda _: b" \n\n", "the_file_is_not_empty", 1),
    "cut within a line": (lambda text: text.rstrip()[:-30].encode(), "every_line_has_as_many_fields_as_the_header", 1),
    "cut within the last number": (lambda text: text.rstrip()[:-1].encode(), "the_last_line_is_ended", 1),
    "cut before the last number": (lambda text: text[: text.rindex(",") + 1].encode(), "the_last_line_is_ended", 1),
    "cut within quotes": (lambda text: (text + '2019,"Reporting').encode(), "every_quotation_mark_is_closed", 1),
    "a field too many": (
        lambda text: text.replace("\n2020", ",1\n2020").encode(),
        "every_line_has_as_many_fields_as_the_header",
        10,
    ),
    "a line beyond all bounds": (
        lambda text: text.replace("Selby", "x" * 3_000_000, 1).encode(),
        "every_line_can_be_read",
        1,
    ),
    "semicolons": (lambda text: text.replace(",", ";").encode(), "fields_are_separated_by_commas", 1),
    "tabs": (lambda text: text.replace(",", "\t").encode(), "fields_are_separated_by_commas", 1),
    "vertical bars": (lambda text: text.replace(",", "|").encode(), "fields_are_separated_by_commas", 1),
    "UTF-16": (lambda text: text.encode("utf-16"), "the_file_is_text_in_utf_8", 1),
    "Windows encoding": (lambda text: text.replace("Selby", "Sélby").encode("cp1252"), "the_file_is_text_in_utf_8", 1),
    "no header": (lambda text: text.partition("\n")[2].encode(), "the_file_is_a_table_this_layout_reads", 1),
    "no text": (lambda _: b"PK\x03\x04" + b"\x00" * 100, "the_file_is_a_table_this_layout_reads", 1),
    "blank first line": (lambda text: b"\n" + text.encode(), "the_file_is_a_table_this_layout_reads", 1),
    "two kinds of line end": (
        lambda text: text.replace("\n", "\r").replace("\r", "\r\n", 3).encode(),
        "the_file_is_a_table_of_comma_separated_values",
        1,
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD_BYTES)
def test_bad_file_is_refused_with_one_finding(case: str, tmp_path: Path, store: Store) -> None:
    damage, rule, count = BAD_BYTES[case]
    path = tmp_path / MONTHLY
    path.write_bytes(damage(sound_text()))
    # Catches a damaged file that is read all the same, crashes the reader, or is blamed on something else.
    assert [(finding.rule, finding.count) for finding in findings_of(path, store)] == [(rule, count)]


def test_the_delimiter_in_use_is_named(tmp_path: Path, store: Store) -> None:
    path = tmp_path / MONTHLY
    path.write_text(sound_text().replace(",", ";"))
    # Catches a message that leaves the user to find out what separates the fields.
    assert "semicolons" in findings_of(path, store)[0].remedy


def test_near_names_are_suggested(tmp_path: Path, store: Store) -> None:
    path = write_table(dfe_tables.referrals_by_month().rename(columns={"July": "Jully"}), tmp_path / MONTHLY)
    # Catches a message that leaves the user to compare headers.
    assert [finding.remedy for finding in findings_of(path, store)] == ["The file has Jully?", "Is it July?"]


@pytest.mark.parametrize("name", ["c2_children_in_need_assessments_duration_2014_to_2022.csv", MONTHLY, "my.csv"])
def test_another_table_of_the_publisher_is_refused(name: str, tmp_path: Path, store: Store) -> None:
    other = dfe_tables.referrals_by_month().assign(category="Duration of assessment")
    (finding,) = findings_of(write_table(other, tmp_path / name), store)
    # Catches months of one table read as figures of another, and a message that does not say what can be read.
    assert finding.rule == "the_file_is_a_table_this_layout_reads"
    assert "c6, referrals by month" in finding.remedy


def test_a_file_with_few_of_the_columns_is_another_table(tmp_path: Path, store: Store) -> None:
    columns = ["time_period", "time_identifier", "geographic_level", "country_code", "country_name", "Referrals"]
    path = write_table(dfe_tables.referrals_by_month()[columns], tmp_path / "headline_figures_2013_to_2022.csv")
    # Catches a list of missing columns where one line would do: this is no table of the layout.
    assert brief(findings_of(path, store)) == [("all", "the_file_is_a_table_this_layout_reads", 1)]


def test_content_that_contradicts_the_name_is_refused(tmp_path: Path, store: Store) -> None:
    path = write_table(dfe_tables.referrals_by_source(), tmp_path / MONTHLY)
    (finding,) = findings_of(path, store)
    # Catches files whose names were swapped.
    assert finding.rule == "the_name_of_the_file_agrees_with_its_content"


def test_sources_may_fall_short_of_their_total_but_not_exceed_it(tmp_path: Path, store: Store) -> None:
    table = dfe_tables.referrals_by_source()
    short, beyond = cell("Unknown", "0")(table), cell("Referrals", "5")(table)
    path = tmp_path / FILE_NAMES["referrals_by_source"]
    # Catches the sum of sources being asked for in full: the published files fall short in seven rows.
    assert brief(findings_of(write_table(short, path), store)) == [("Unknown", AREAS, 1)]
    # Catches the sum of sources not being asked for at all.
    assert brief(findings_of(write_table(beyond, path), store)) == [
        ("Referrals", "the_parts_do_not_exceed_the_total", 1),
        ("Referrals", AREAS, 1),
    ]


@pytest.mark.parametrize("total", ["-5", "10.5"])
def test_a_total_that_becomes_no_row_is_checked_too(total: str, tmp_path: Path, store: Store) -> None:
    table = cell("Referrals", total)(dfe_tables.referrals_by_source())
    path = write_table(table, tmp_path / FILE_NAMES["referrals_by_source"])
    # Catches a column that escapes every rule because no contract holds it.
    assert brief(findings_of(path, store)) == [("Referrals", "a_total_is_a_whole_number_of_zero_or_more", 1)]


@pytest.mark.parametrize(
    ("column", "value", "column_found", "rule"),
    [
        ("Re_referrals_percent", "101", "Re_referrals_percent", "a_percentage_is_at_most_100"),
        ("Referrals_child", "12.5", "Referrals_child", "a_count_is_a_whole_number"),
        ("Referrals_rate", "-1", "Referrals_rate", "value_is_a_number_of_zero_or_more"),
    ],
)
def test_bad_indicators_are_refused(
    column: str, value: str, column_found: str, rule: str, tmp_path: Path, store: Store
) -> None:
    table = cell(column, value)(dfe_tables.referrals_and_rereferrals())
    path = write_table(table, tmp_path / FILE_NAMES["referrals_and_rereferrals"])
    # Catches a finding blamed on the contract's column instead of the file's.
    assert brief(findings_of(path, store)) == [(column_found, rule, 1)]


def test_no_value_of_a_record_is_repeated(tmp_path: Path, store: Store) -> None:
    private = "Zebedee7"  # stands for a value of a record
    table, path = dfe_tables.referrals_by_month(), tmp_path / MONTHLY
    for column in ("June", "la_name", "new_la_code", "geographic_level", "time_period", "time_identifier", "category"):
        write_table(cell(column, private)(table), path)
        # Catches a message that would print a child's value once records are read by the same rules.
        assert not any(private in str(finding) for finding in findings_of(path, store))
    path.write_text(table.assign(la_name=private).to_csv(index=False, header=False))
    # Catches a first line of values being printed as names of columns.
    assert not any(private in str(finding) for finding in findings_of(path, store))
    path.write_text(table.to_csv(index=False) + f"2019,{private}\n")
    # Catches the engine's own message, which quotes the line.
    assert not any(private in str(finding) for finding in findings_of(path, store))


def test_a_directory_is_refused(tmp_path: Path, store: Store) -> None:
    # Catches a folder given where a file is meant.
    assert findings_of(tmp_path, store)[0].rule == "the_file_is_not_a_directory"


def test_a_missing_file_is_refused(tmp_path: Path, store: Store) -> None:
    # Catches a traceback for the commonest mistake of all.
    assert findings_of(tmp_path / "none.csv", store)[0].rule == "the_file_exists"


def test_a_pipe_is_refused(tmp_path: Path, store: Store) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    # Catches a reader that waits for ever.
    assert findings_of(tmp_path / "pipe.csv", store)[0].rule == "the_file_is_an_ordinary_file"


def test_an_unreadable_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_table(dfe_tables.referrals_by_month(), tmp_path / MONTHLY)

    def refused(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", refused)
        with pytest.raises(ContractError) as refusal:
            dfe_tables.read(path)
    # Catches an error of the system reaching the user bare.
    assert [(finding.rule, "Permission denied" in finding.remedy) for finding in refusal.value.findings] == [
        ("the_file_can_be_read", True)
    ]


def test_two_files_of_one_table_are_refused_by_both_names(tmp_path: Path) -> None:
    (tmp_path / "older").mkdir()
    dfe_tables.write_all(tmp_path)
    older = write_table(dfe_tables.referrals_by_month((2020,)), tmp_path / "older" / MONTHLY.replace("2022", "2020"))
    with pytest.raises(ContractError) as refusal:
        find_extract_files(tmp_path, load_layout(), required=("referrals_by_month",))
    (finding,) = refusal.value.findings
    # Catches one of two files being read without a word.
    assert finding.rule == "a_table_has_one_file"
    assert sorted(finding.file.split(", ")) == sorted([MONTHLY, f"older/{older.name}"])
