"""A council's extract into the store: every way in gives the same tables, and nothing is half kept."""

import csv
from datetime import date
from pathlib import Path

import extracts
import pandas as pd
import pytest
from council_way_in import KEY, WayIn, in_order, pseudonymised
from databases import schema_of_its_own

from ehforecast.contracts.contract import load_contract
from ehforecast.contracts.council_layout import load_council_layout
from ehforecast.errors import ContractError, SettingsError, StoreError
from ehforecast.pipelines.council_records import Given
from ehforecast.synthetic.annex_a_files import write_annex_a
from ehforecast.synthetic.annex_a_workbook import write_annex_a_workbook
from ehforecast.synthetic.council import SyntheticCouncil
from ehforecast.synthetic.plain_files import write_plain
from ehforecast.synthetic.ssd_files import ssd_frames, write_ssd

LAST = extracts.PLAN.extracted_on
DAY = f"extracted_on: {LAST}"
Tables = dict[str, pd.DataFrame]


@pytest.fixture(scope="module")
def council() -> SyntheticCouncil:
    return extracts.draw()


@pytest.fixture(scope="module")
def ssd_tables(council: SyntheticCouncil, tmp_path_factory: pytest.TempPathFactory) -> Tables:
    """What the store holds after the council came as SSD files in CSV, under a pseudonym key."""
    folder = tmp_path_factory.mktemp("ssd")
    write_ssd(council, folder / "extract")
    return stored(WayIn(folder), "source: extract", DAY)


def stored(way: WayIn, *lines: str) -> Tables:
    way.ingest(*lines)
    return {name: way.store.table(name) for name in load_council_layout("plain_tables").gives}


def held(layout: str, table: str) -> list[str]:
    """The columns of a table that a layout holds."""
    told = load_council_layout(layout)
    return [column for column in load_contract(table).column_names if column not in told.not_held.get(table, {})]


def test_ssd_files_come_back_as_they_were(council: SyntheticCouncil, ssd_tables: Tables) -> None:
    expected = pseudonymised(council.tables)
    expected["statutory_steps"] = expected["statutory_steps"].query("step != 'looked_after'")
    for table in load_council_layout("ssd").gives:
        columns = held("ssd", table)
        # Catches a row or cell lost or changed between the files and the store, and an id that is not its pseudonym.
        pd.testing.assert_frame_equal(in_order(ssd_tables[table], columns), in_order(expected[table], columns))


def test_parquet_files_give_the_same_tables(council: SyntheticCouncil, ssd_tables: Tables, tmp_path: Path) -> None:
    write_ssd(council, tmp_path / "extract", file_format="parquet")
    for table, frame in stored(WayIn(tmp_path), "source: extract", DAY, "layout: ssd").items():
        # Catches a difference between two ways of writing the same extract.
        pd.testing.assert_frame_equal(frame, ssd_tables[table])


def test_a_database_gives_the_same_tables(council: SyntheticCouncil, ssd_tables: Tables, tmp_path: Path) -> None:
    way = WayIn(tmp_path)
    with schema_of_its_own() as schema:
        schema.load({name.upper(): frame for name, frame in ssd_frames(council).items()})
        got = stored(way, f"source: '{schema.url}'", f"schema: {schema.name}", DAY)
    for table, frame in got.items():
        # Catches dates, blanks or ids that come otherwise out of a database than out of files.
        pd.testing.assert_frame_equal(frame, ssd_tables[table])
    # Catches raw tables left lying beside the store.
    assert not way.places.incoming(way.settings("source: x", DAY)).exists()
    # Catches an address, which may tell of users and machines, on the screen.
    assert schema.url not in " ".join(way.said)


def test_a_workbook_gives_the_same_tables_as_its_lists(council: SyntheticCouncil, tmp_path: Path) -> None:
    for name in ("lists", "sheets"):
        (tmp_path / name).mkdir()
    write_annex_a(council, tmp_path / "lists" / "extract")
    write_annex_a_workbook(council, tmp_path / "sheets" / "annex a.xlsx", named=True, other_headers=True)
    lists = stored(WayIn(tmp_path / "lists"), "source: extract", DAY)
    sheets = stored(WayIn(tmp_path / "sheets"), "source: annex a.xlsx", DAY, "layout: annex_a")
    for table, frame in lists.items():
        # Catches a difference between CSV and workbook, header variants and dates as text included.
        pd.testing.assert_frame_equal(sheets[table], frame)
    recent = pseudonymised(council.tables)["contacts"].query("contact_on >= '2022-10-01'")
    columns = [column for column in held("annex_a", "contacts") if column != "contact_id"]
    # Catches rows lost between the lists and the store: Annex A holds the last six months.
    pd.testing.assert_frame_equal(in_order(lists["contacts"], columns), in_order(recent, columns))
    # Catches a window that the store takes for a whole extract, and so for thousands of deletions.
    assert {extract.covers_from for extract in WayIn(tmp_path / "lists").store.manifest().extracts} == {"2022-10-01"}


def test_ids_already_made_are_kept(council: SyntheticCouncil, tmp_path: Path) -> None:
    write_plain(council.tables, tmp_path / "extract")
    way = WayIn(tmp_path)
    way.ingest("source: extract", DAY, key=None)
    for table in load_council_layout("plain_tables").gives:
        columns = list(load_contract(table).column_names)
        # Catches ids changed where the configuration says that they are pseudonyms already.
        pd.testing.assert_frame_equal(
            in_order(way.store.table(table), columns), in_order(council.tables[table], columns)
        )


def test_the_same_extract_twice_changes_nothing(council: SyntheticCouncil, tmp_path: Path) -> None:
    write_ssd(council, tmp_path / "extract")
    way = WayIn(tmp_path)
    page = way.ingest("source: extract", DAY)
    before = way.store.manifest()
    # Catches an extract that counts twice.
    assert way.ingest("source: extract", DAY) == page
    assert way.store.manifest() == before
    assert way.said[-1] == "store: it held this extract already"


def test_another_key_is_refused_and_the_store_stays(council: SyntheticCouncil, tmp_path: Path) -> None:
    write_ssd(council, tmp_path / "extract")
    way = WayIn(tmp_path)
    way.ingest("source: extract", DAY)
    before = way.store.manifest()
    with pytest.raises(StoreError, match="key"):
        # Catches people under two pseudonyms in one store: nobody could tell that they are the same.
        way.ingest("source: extract", given=Given(extracted_on=date(2024, 6, 30)), key=KEY[::-1])
    with pytest.raises(StoreError, match="key"):
        # Catches the same with an extract whose ids were never replaced.
        way.ingest("source: extract", given=Given(extracted_on=date(2024, 6, 30)), key=None)
    assert way.store.manifest() == before
    # Catches the key itself in the manifest, where its fingerprint should be.
    assert KEY.hex() not in before.to_bytes().decode()


def test_an_older_extract_is_refused(council: SyntheticCouncil, tmp_path: Path) -> None:
    write_ssd(council, tmp_path / "extract")
    way = WayIn(tmp_path)
    way.ingest("source: extract", DAY)
    before = way.store.manifest()
    with pytest.raises(StoreError, match="not later"):
        # Catches extracts out of order, from which nobody could tell what was known when.
        way.ingest("source: extract", given=Given(extracted_on=date(2022, 12, 31)))
    assert way.store.manifest() == before


def test_the_day_of_the_extract_must_be_said(council: SyntheticCouncil, tmp_path: Path) -> None:
    write_ssd(council, tmp_path / "extract")
    with pytest.raises(SettingsError, match=r"key 'records.extracted_on': say of which day .* --extracted-on"):
        # Catches an extract dated by the clock of the machine, or by its file.
        WayIn(tmp_path).ingest("source: extract")


def test_the_command_line_comes_before_the_configuration(council: SyntheticCouncil, tmp_path: Path) -> None:
    write_ssd(council, tmp_path / "other")
    way = WayIn(tmp_path)
    way.ingest("source: extract", "extracted_on: 1999-01-01", given=Given(tmp_path / "other", LAST))
    # Catches a folder or day given on the command line that is not used.
    assert {extract.extracted_on for extract in way.store.manifest().extracts} == {f"{LAST}"}


def test_code_maps_and_lags_reach_the_reader(council: SyntheticCouncil, tmp_path: Path, root: Path) -> None:
    write_ssd(council, tmp_path / "extract")
    (tmp_path / "maps.yaml").write_bytes((root / "configs" / "code_maps" / "example_council.yaml").read_bytes())
    way = WayIn(tmp_path)
    way.ingest(
        "source: extract",
        DAY,
        "code_maps: maps.yaml",
        "recording_lags: {contacts: 5, referrals: 2, assessments: 2, early_help_episodes: 7, statutory_steps: 2}",
    )
    # Catches a day of recording for what has not happened yet, which sets aside whatever is still open.
    aside = {rule for one in way.store.manifest().extracts for rule in one.set_aside}
    assert not {rule for rule in aside if "recording" in rule}
    contacts = way.store.table("contacts")
    late = (contacts["recorded_on"] - contacts["contact_on"]).dt.days
    # Catches lags that are read and not used; near the day of the extract they are cut.
    assert late.max() == 5
    assert (late == 5).mean() > 0.9
    (tmp_path / "maps.yaml").write_text("code_maps: x\n", "utf-8")
    with pytest.raises(SettingsError, match=r"maps.yaml"):
        # Catches maps that are named and never opened.
        way.ingest("source: extract", DAY, "code_maps: maps.yaml")


@pytest.mark.parametrize(
    ("lines", "error", "said"),
    [
        (("source: nowhere",), ContractError, "the_"),
        (("source: 'postgresql://reader:sw0rdfish@127.0.0.1:1/x'",), SettingsError,
         r"'records.source': a configuration holds no password; put it into PGPASSWORD or ~/.pgpass"),
        (("source: 'postgresql://reader@127.0.0.1:1/x'",), SettingsError, r"'records.source': PostgreSQL at 127.0.0.1"),
        (("source: 'mssql://server/x'",), SettingsError, r"'records.source': databases of kind 'mssql'"),
        (("source: 'postgresql://a@b/c'", "layout: annex_a"), SettingsError, r"'records.layout': a database holds"),
        (("source: extract", "recording_lags: {people: 3}"), SettingsError, "recording lags for people"),
        (("source: extract", "layout: annex_a"), ContractError, "a_required_table_is_there"),
    ],
)  # fmt: skip
def test_a_source_that_cannot_be_read_leaves_nothing(
    council: SyntheticCouncil, tmp_path: Path, lines: tuple[str, ...], error: type[Exception], said: str
) -> None:
    write_ssd(council, tmp_path / "extract")
    way = WayIn(tmp_path)
    with pytest.raises(error, match=said) as caught:
        way.ingest(*lines, DAY)
    # Catches a password on the screen.
    assert "sw0rdfish" not in f"{caught.value} {way.said}"
    # Catches a store, a report or raw rows made out of nothing.
    assert not [path for path in (tmp_path / "private").rglob("*") if path.is_file()]


def test_what_a_killed_run_left_is_taken_away(tmp_path: Path) -> None:
    with schema_of_its_own() as schema:
        way = WayIn(tmp_path)
        settings = way.settings(f"source: '{schema.url}'", f"schema: {schema.name}", DAY)
        left = way.places.incoming(settings) / "ssd_person.parquet"
        left.parent.mkdir(parents=True)
        left.write_text("raw rows", "utf-8")
        with pytest.raises(ContractError, match="the_table_is_in_the_database"):
            way.ingest(f"source: '{schema.url}'", f"schema: {schema.name}", DAY)
    # Catches raw rows of a run that was killed left for ever, or read as if they were today's.
    assert not left.parent.exists()


def test_counts_on_the_page_are_those_of_the_store(council: SyntheticCouncil, tmp_path: Path) -> None:
    write_plain(council.tables, tmp_path / "extract")
    way = WayIn(tmp_path)
    page = way.ingest("source: extract", DAY)
    with (page.parent / "tables.csv").open(encoding="utf-8") as file:
        shown = {row["table"]: (int(row["rows_in"]), int(row["rows_used"])) for row in csv.DictReader(file)}
    # Catches a report of another extract, or rows that were counted and not kept.
    assert shown == {one.contract: (one.rows_in, one.rows_used) for one in way.store.manifest().extracts}
    assert {name: used for name, (_, used) in shown.items()} == {name: len(way.store.table(name)) for name in shown}
    # Catches a report beside the published ones.
    assert page == tmp_path / "private" / "northmere" / "quality" / f"{LAST}" / "index.html"
    assert not (tmp_path / "reports").exists()


@pytest.mark.parametrize("layout", ["auto", "ssd", "annex_a", "plain_tables"])
def test_a_synthetic_council_comes_in_like_a_real_one(tmp_path: Path, layout: str) -> None:
    way = WayIn(tmp_path)
    invented = "\nsynthetic: {seed: 3, first_month: 2021-04, years: 1, contacts_a_year: 600}"
    way.ingest(f"layout: {layout}", invented, key=None)
    # Catches a layout that cannot be written or read back, and a day of extract that is not the council's own.
    assert {extract.extracted_on for extract in way.store.manifest().extracts} == {"2022-03-31"}
    assert {extract.layout for extract in way.store.manifest().extracts} == {layout.replace("auto", "ssd")}
    assert len(way.store.table("contacts")) > 100


def test_an_unknown_fault_is_named_with_its_key(tmp_path: Path) -> None:
    invented = "\nsynthetic: {seed: 3, first_month: 2021-04, years: 1, contacts_a_year: 600, faults: [gremlins]}"
    with pytest.raises(SettingsError, match=r"configuration 'northmere', key 'synthetic'.*gremlins"):
        # Catches a mistyped fault that is simply not planted.
        WayIn(tmp_path).ingest("layout: ssd", invented, key=None)


def test_files_are_private(council: SyntheticCouncil, tmp_path: Path) -> None:
    write_ssd(council, tmp_path / "extract")
    WayIn(tmp_path).ingest("source: extract", DAY)
    for path in (tmp_path / "private").rglob("*"):
        # Catches rows or counts of a council's records left readable by others.
        assert path.stat().st_mode & 0o077 == 0, path.name
