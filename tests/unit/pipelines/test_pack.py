"""The pack step on one small council: every part, hubs with their themes, and counts that the ledger knows."""

import json
from pathlib import Path

import pandas as pd
import pytest
from pack_sample import CONFIG, FLOWS, PACK, PARTS, pack_settings, received

from ehforecast.errors import SettingsError
from ehforecast.pipelines.flows import flows, kept_flows
from ehforecast.pipelines.one_run import current_run
from ehforecast.pipelines.pack import pack
from ehforecast.pipelines.past import kept_past
from ehforecast.pipelines.places import Places
from ehforecast.pipelines.published import way_out
from ehforecast.pipelines.settings import CouncilSettings
from ehforecast.pipelines.whole_run import STEPS
from ehforecast.reports.board_words import PART_WORDS

pytestmark = [pytest.mark.acceptance("councils"), pytest.mark.timeout(300)]
HUBS = {"north_hill": "North & Hill", "south": "South"}


def quiet(_: str) -> None:
    """Nobody listens."""


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[CouncilSettings, Places, Path]:
    """A council, where its things lie, and the folder of its reports."""
    folder = tmp_path_factory.mktemp("northmere")
    settings = pack_settings(folder)
    places = received(folder, settings)
    flows(settings, places, progress=quiet)
    return settings, places, pack(settings, places, progress=quiet).parent.parent


def table(report: Path, name: str) -> pd.DataFrame:
    """A table as published."""
    return pd.read_csv(report / f"{name}.csv", dtype="str", keep_default_na=False)


def test_every_part_is_there_or_says_why_not(made: tuple[CouncilSettings, Places, Path]) -> None:
    page = (made[2] / "pack" / "index.html").read_text("utf-8")
    headed = {"places": "Hubs", "impact_circle": "Impact circle 4", "flows": "From where to where",
              "themes": "Themes of the whole council"}  # fmt: skip
    asked = [part.strip() for part in PARTS.split(",")]
    # Catches a part that a board asks for and that is passed over in silence.
    assert [part for part in asked if headed.get(part, PART_WORDS[part]) not in page] == []
    # Catches parts of steps that this run did not make, told from nothing or left without a word.
    assert page.count("This run made no plan") == 3  # scorecard, indicators, panels
    assert page.count("This run did not follow families") == 3  # reviews, check-ins, groups
    assert page.count("This run did not measure what changed") == 1
    assert "never a decision" in page
    assert "Northmere (synthetic records)" in page


def test_hubs_talk_about_the_figures_of_the_report_on_families(made: tuple[CouncilSettings, Places, Path]) -> None:
    for slug, hub in HUBS.items():
        here, name = made[2] / f"pack_{slug}", f"themes_{slug}"
        themes = table(here, name)
        # Row 9. Catches a hub's pack without its themes, or with figures of its own.
        assert themes.equals(table(made[2] / "flows", name))
        told = themes[themes["share"].str[:1].str.isdigit()]
        # Row 9. Catches a theme without n or range, or a count that was not protected.
        assert len(told)
        assert told[["count", "of", "low", "high"]].map(lambda cell: cell[:1].isdigit()).to_numpy().all()
        assert {int(count) % 5 for count in told["count"]} == {0}
        # Catches what lies ahead of another place, or of all.
        months = table(made[2] / "pack", "places_months")
        shared = ["month", "low", "value", "high"]
        ahead = table(here, "places_months")[shared]
        assert ahead.equals(months.loc[months["place"] == hub, shared].reset_index(drop=True))
        assert len(ahead) == 3
        assert table(here, "measures_here")["measure"].nunique() == 4


def test_numbers_have_definition_and_cell(made: tuple[CouncilSettings, Places, Path]) -> None:
    folder = made[2] / "pack"
    told = json.loads((folder / "metadata.json").read_text("utf-8"))["tables"]
    for name, meaning in told.items():
        frame = table(folder, name)
        # Catches a column that nobody explains.
        assert set(frame) <= {column for column, words in meaning["columns"].items() if words.strip()}
        if "cell" in frame:
            # Row 14. Catches a number that cites another line than its own.
            assert frame["cell"].tolist() == [f"{name}!{line}" for line in range(2, len(frame) + 2)]
    definitions = table(folder, "measures")["definition"]
    assert definitions.str.strip().all()


def test_every_count_of_the_pack_is_in_the_ledger(made: tuple[CouncilSettings, Places, Path]) -> None:
    settings, places, folder = made
    ledger = way_out(current_run(settings, places)).ledger
    entries = {release.counts.partition(",")[0]: release for release in ledger.read()}
    # Catches counts that leave and are held against nothing, by which the next pack gives a few children away.
    assert {"contacts", "children after help", "children assessed", "help_closed"} <= set(entries)
    places_shown = table(folder / "pack", "places").set_index("place")["contacts"]
    # Catches figures shown that are not those the ledger remembers.
    shown = entries["contacts"].shown
    assert int(places_shown["South"].replace(",", "")) == shown["place=South"]
    before, lines = {path: path.read_bytes() for path in folder.rglob("*.*")}, len(ledger.read())
    pack(settings, places, progress=quiet)
    # Row 14. Catches a pack that hangs on anything but records and settings, and counts entered twice.
    assert {path: path.read_bytes() for path in folder.rglob("*.*")} == before
    assert len(ledger.read()) == lines


def test_what_lies_ahead_and_hubs_are_no_finer_than_counts(made: tuple[CouncilSettings, Places, Path]) -> None:
    folder = made[2] / "pack"
    shown = [table(folder, "openings")[["before", "after"]], table(folder, "places_months")[["low", "value", "high"]]]
    cells = pd.Series([cell.replace(",", "") for frame in shown for cell in frame.to_numpy().ravel()])
    numbers = cells[cells.str.isdigit()].astype(int)
    # Catches exact means of months, or months ahead that are last year's to the last family.
    assert len(numbers)
    assert set(numbers % 5) == {0}


def test_no_child_is_in_it(made: tuple[CouncilSettings, Places, Path]) -> None:
    settings, places, folder = made
    people = pd.concat(pd.read_parquet(path) for path in places.store(settings).rglob("*people*.parquet"))
    published = b"".join(path.read_bytes() for path in folder.rglob("*") if path.suffix in {".html", ".csv", ".json"})
    # Row 9. Catches a child in what the people in the room are given.
    assert len(people)
    assert [one for one in people["person_id"].astype(str) if one.encode() in published] == []


def test_a_pack_nobody_defined_is_refused_by_its_key(
    made: tuple[CouncilSettings, Places, Path], tmp_path: Path
) -> None:
    places = made[1]
    with pytest.raises(SettingsError, match="no section 'pack': say what the board asks for"):
        pack(pack_settings(tmp_path, CONFIG), places, progress=quiet)
    wrong = PACK.replace("measures: [no_further_action,", "measures: [nothing_at_all,")
    # Catches a misspelt measure that is left out in silence.
    with pytest.raises(SettingsError, match=r"'pack\.measures': records tell no measure 'nothing_at_all'"):
        pack(pack_settings(tmp_path, CONFIG + FLOWS + wrong), places, progress=quiet)


def test_what_the_run_did_not_make_is_none(made: tuple[CouncilSettings, Places, Path]) -> None:
    settings, places, _ = made
    run = current_run(settings, places)
    # Catches a step of another run taken for this one's.
    assert kept_past(settings, run) is None
    assert kept_flows(settings, run) is not None


def test_what_changed_is_skipped_with_words_where_no_figures_were_given(root: Path, tmp_path: Path) -> None:
    text = (root / "configs" / "wandsworth.yaml").read_text("utf-8")
    settings, said = pack_settings(tmp_path, text), list[str]()
    step = next(step for step in STEPS if step.section == "past")
    # Row 6. Catches a run that fails, or says nothing, where it has nothing to hold referrals against.
    assert step.make(settings, Places(tmp_path / "p", tmp_path / "r"), progress=said.append) == []
    assert said == ["what changed: skipped, for it is asked of published figures and none were given with --data"]
