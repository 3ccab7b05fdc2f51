"""From the store to the page on how families move: what is private stays private, what leaves says its n and range."""

import json
import re
from pathlib import Path

import pandas as pd
import pytest
from flow_sample import invented_flows

from ehforecast.advisory.flow_advice import release_flows
from ehforecast.advisory.letterhead import Letterhead
from ehforecast.demand.flow_results import FlowResult
from ehforecast.errors import ForecastError, SettingsError
from ehforecast.pipelines.council_records import Given, ingest_records
from ehforecast.pipelines.flows import CALENDAR, flows
from ehforecast.pipelines.one_run import current_run
from ehforecast.pipelines.places import Places
from ehforecast.pipelines.settings import CouncilSettings, read_council_settings
from ehforecast.reports.document import missing_meanings
from ehforecast.reports.flow_page import flow_document
from ehforecast.reports.flow_words import answer

SECTION = """
flows:
  reader: head of early help
  by: quarter
  changes:
    front_door: {changed_on: 2019-04-01, words: New front door, origin: early_help, destination: needs_met}
  rolling_ahead: {months: 2, forecasters: [seasonal_naive]}
  reviews:
    first: {on: 2020-01-31, file: review.csv}
  check_ins: {months_after: [3, 12]}
  cohorts: [housing, temporary_accommodation]
"""
REVIEW = "child,family,age,domestic_abuse,adult_mental_health,substance_misuse\n" + "\n".join(
    f"C{n},F{n // 2},{n % 17},{'yes' if n % 3 else 'no'},no,{'yes' if n % 5 == 0 else 'not known'}" for n in range(200)
)


def settings_of(folder: Path, section: str = SECTION) -> CouncilSettings:
    path = folder / "northmere.yaml"
    path.write_text(
        "title: Records of Northmere\npurpose: planning\n"
        "records: {layout: plain_tables, pseudonyms: already_made}\n"
        "synthetic: {seed: 1, first_month: 2018-04, years: 4, contacts_a_year: 1000}\n" + section,
        "utf-8",
    )
    (folder / "review.csv").write_text(REVIEW, "utf-8")
    return read_council_settings(path)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Places, CouncilSettings]:
    folder = tmp_path_factory.mktemp("flows")
    settings, places = settings_of(folder), Places(folder / "private", folder / "reports")
    ingest_records(settings, places, given=Given(), progress=lambda _: None)
    return flows(settings, places, progress=lambda _: None), places, settings


def seen(page: Path) -> str:
    return " ".join(
        re.sub(r"<[^>]+>", " ", re.sub(r"<svg.*?</svg>", " ", page.read_text("utf-8"), flags=re.DOTALL)).split()
    )


def test_the_page_tells_every_part(made: tuple[Path, Places, CouncilSettings]) -> None:
    words = seen(made[0])
    # Catches a part asked for that does not reach the page.
    for heading in ("From where to where", "Before and after", "The last 12 months", "Themes of Locality 1",
                    "Reviews of open cases", "Keeping in touch", "Groups that are watched"):  # fmt: skip
        assert heading in words
    # Catches an answer that does not stand first.
    assert words.index("in 100") < words.index("What this report is")
    assert "invented (synthetic)" in words


def test_families_not_counted_by_place_are_not_marked_as_nobody(
    made: tuple[Path, Places, CouncilSettings],
) -> None:
    for name in ("rolling_now", "rolling_counts"):
        rows = pd.read_csv(made[0].parent / f"{name}.csv", dtype="str", keep_default_na=False)
        places = rows[rows["locality"] != "Whole council"]["families"]
        # Catches "[z]", nothing to count, beside 190 episodes of early help: they are counted of the whole alone.
        assert set(places) == {"[x]"}, name
        assert rows.loc[rows["locality"] == "Whole council", "families"].str[:1].str.isdigit().any()
    assert "Different families are counted of the whole council alone" in seen(made[0])


def test_the_calendar_is_private_and_ordered_by_date(made: tuple[Path, Places, CouncilSettings]) -> None:
    page, places, settings = made
    run_id = page.parent.parent.name
    calendar = places.runs(settings) / run_id / "flows" / CALENDAR
    rows = pd.read_csv(calendar)
    # Catches a calendar that others can read, or in another order than that of dates.
    assert calendar.stat().st_mode & 0o077 == 0
    assert rows["due_on"].is_monotonic_increasing
    published = b"".join(
        path.read_bytes() for path in page.parent.rglob("*") if path.suffix in {".html", ".csv", ".json"}
    )
    # Catches a family in what is published.
    assert not [family for family in set(rows["family"].astype(str)) if family.encode() in published]


def test_the_same_run_gives_the_same_bytes(made: tuple[Path, Places, CouncilSettings]) -> None:
    page, places, settings = made
    before = {path.name: path.read_bytes() for path in page.parent.iterdir()}
    flows(settings, places, progress=lambda _: None)
    # Catches a figure that hangs on anything but records and settings.
    assert {path.name: path.read_bytes() for path in page.parent.iterdir()} == before
    told = json.loads(before["metadata.json"])
    assert told["followed_until"] < told["known_on"]


def test_another_review_is_another_run(made: tuple[Path, Places, CouncilSettings], tmp_path: Path) -> None:
    page, places, _ = made
    again = settings_of(tmp_path)
    assert current_run(again, places).run_id == page.parent.parent.name
    (tmp_path / "review.csv").write_text(REVIEW.replace("C0,F0,0,no", "C0,F0,0,yes"), "utf-8")
    # Catches a corrected review of which a run says that it was finished before with the same data.
    assert current_run(again, places).run_id != page.parent.parent.name


def test_a_run_without_the_section_or_with_a_wrong_one_is_refused(
    made: tuple[Path, Places, CouncilSettings], tmp_path: Path
) -> None:
    _, places, _ = made
    quiet = {"progress": lambda _: None}
    with pytest.raises(SettingsError, match="no section 'flows'"):
        flows(settings_of(tmp_path, ""), places, **quiet)
    change = "{changed_on: 2019-04-01, words: x, origin: contact, destination: moon}"
    wrong = f"flows:\n  reader: head\n  changes: {{a: {change}}}\n"
    with pytest.raises(ForecastError, match="section 'flows': no move from contact to moon"):
        flows(settings_of(tmp_path, wrong), places, **quiet)
    lost = "flows: {reader: head, themes: false, reviews: {a: {on: 2020-01-01, file: none.csv}}}\n"
    # Catches an error that does not say which key is at fault.
    with pytest.raises(SettingsError, match=r"flows\.reviews\.a.*cannot be read"):
        flows(settings_of(tmp_path, lost), places, **quiet)


def test_a_council_that_never_existed_gets_an_invented_review(
    made: tuple[Path, Places, CouncilSettings], tmp_path: Path
) -> None:
    settings = settings_of(tmp_path, "flows: {reader: head, themes: false, reviews: {walsall: {on: 2016-09-30}}}\n")
    # Catches a review that needs a file where there can be none.
    assert "walsall" in seen(flows(settings, made[1], progress=lambda _: None))


def test_every_column_is_explained_and_every_part_can_be_left_out() -> None:
    told = Letterhead(purpose="planning", reader="head", run_id="run-1", data_source="Invented")
    whole = flow_document(release_flows(invented_flows(), told))
    # Catches a column nobody can read.
    assert missing_meanings(whole.tables) == []
    assert len({table.name for table in whole.tables}) == len(whole.tables)
    result = invented_flows()
    bare = FlowResult(**result.facts(), flows=result.flows[result.flows["need_level"] == "all"])  # type: ignore[arg-type]
    # Catches a section about nothing.
    assert [section.anchor for section in flow_document(release_flows(bare, told)).sections] == [
        "moves", "periods", "limits", "method",
    ]  # fmt: skip
    untold = result.flows.assign(share=float("nan"), reason="too recent")
    # Catches an answer made up where there is none.
    assert answer(FlowResult(**result.facts(), flows=untold)).startswith("No period")  # type: ignore[arg-type]
