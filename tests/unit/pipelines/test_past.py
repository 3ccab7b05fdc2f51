"""`ehforecast changes`: from a configuration to a page, of figures and of records, and wrong inputs refused by key."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from command_line import ehforecast
from past_sample import records
from plans import as_yaml

from ehforecast.demand.past_results import PastResult
from ehforecast.demand.results import DemandResult
from ehforecast.demand.steps import Step
from ehforecast.errors import SettingsError
from ehforecast.pipelines.ingest import ingest
from ehforecast.pipelines.past import changes, observed_of
from ehforecast.pipelines.past_ground import series_of
from ehforecast.pipelines.places import Places
from ehforecast.pipelines.settings import CouncilSettings, Settings, read_any_settings, read_settings
from ehforecast.tracking.folder_log import FolderLog

DONE = {"begins": "2020-04", "words": "A new front door.", "source": "Strategy, page 3"}
BASE: dict[str, Any] = {
    "title": "What changed in synthetic councils",
    "purpose": "research",
    "data": {"layout": "dfe_children_in_need", "required": ["referrals_by_month"], "source": "Synthetic figures."},
    "synthetic": {"councils": 24, "first_month": "2016-04", "years": 6, "seed": 1},
    "areas": ["Northmere"],
    "forecast": {"measure": "referrals", "horizon_months": 12, "forecasters": ["seasonal_naive"]},
}
RECORDS: dict[str, Any] = {
    "title": "What changed in a synthetic council",
    "purpose": "research",
    "records": {"layout": "plain_tables", "pseudonyms": "already_made"},
    "synthetic": {"seed": 3, "first_month": "2018-04", "years": 6, "contacts_a_year": 1500},
    "forecast": {
        "measure": "contacts", "keys": ["locality"], "levels": [[]], "forecasters": ["seasonal_naive"],
        "calendar": {"covid": "kept"},
    },
}  # fmt: skip


def past(**told: object) -> dict[str, Any]:
    return {"past": {"reader": "head of performance", **told}}


def quiet(_: str) -> None:
    """Progress of no interest."""


@pytest.fixture(scope="module")
def store_of(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Places]:
    """A folder for configurations and places, figures read once."""
    folder = tmp_path_factory.mktemp("past")
    places = Places(folder / "private", folder / "reports")
    (folder / "northmere.yaml").write_text(as_yaml({**BASE, **past()}), "utf-8")
    ingest(read_settings(folder / "northmere.yaml"), places, data=None, progress=quiet)
    return folder, places


def settings_of(folder: Path, told: dict[str, Any], base: dict[str, Any] = BASE) -> Settings | CouncilSettings:
    (folder / "northmere.yaml").write_text(as_yaml({**base, **told}), "utf-8")
    return read_any_settings(folder / "northmere.yaml")


def test_what_changed_is_found_kept_and_written(store_of: tuple[Path, Places]) -> None:
    folder, places = store_of
    settings = settings_of(folder, past(changes={"Front door": DONE}))
    page = changes(settings, places, progress=quiet)
    log = FolderLog(places.runs(settings))
    result = PastResult.from_parts(*log.load(log.latest(), "past"))
    # Catches a page not written, or a kept result that is not the one on it.
    assert "Front door" in page.read_text("utf-8")
    assert result.changes["area_name"].tolist() == ["Northmere"]
    # Catches other councils left out of the placebos: 23 of the 24.
    assert set(result.estimates["placebos"]) == {23}
    # Catches the report left out of what was published.
    assert page.parent.parent.name == log.latest()


def test_the_command_prints_the_page(store_of: tuple[Path, Places]) -> None:
    folder, places = store_of
    settings_of(folder, past(data_until="2020-12"))
    answer = ehforecast("changes", folder / "northmere.yaml", "--private", places.private, "--reports", places.reports)
    # Catches a command that is not there, or does not say where its page is.
    assert answer.code == 0, answer.err
    page = Path(answer.out.splitlines()[0].removeprefix("Report: "))
    # Catches a look at figures after the month asked for.
    assert "to December 2020" in page.read_text("utf-8")


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({}, "has no section 'past'"),
        (past(areas=["Atlantis"]), "key 'past.areas': no series for Atlantis"),
        (past(data_until="2035-01"), "key 'past.data_until': the data run from"),
        (past(changes={"A": {**DONE, "area": "Atlantis"}}), "key 'past.changes.A': no series for Atlantis"),
        (
            past(changes={"A": {**DONE, "neighbours": ["Atlantis", "Mu", "Thule"]}}),
            "key 'past.changes.A': no series for Atlantis, Mu, Thule",
        ),
    ],
)
def test_wrong_settings_are_refused_by_their_key(
    store_of: tuple[Path, Places], told: dict[str, Any], words: str
) -> None:
    folder, places = store_of
    settings = settings_of(folder, told)
    with pytest.raises(SettingsError) as refused:
        changes(settings, places, progress=quiet)
    # Catches a message that names neither key nor configuration.
    assert words in str(refused.value)
    assert str(refused.value).startswith("configuration 'northmere'")


def test_two_neighbours_are_too_few(store_of: tuple[Path, Places]) -> None:
    with pytest.raises(SettingsError, match="name three neighbours or more"):
        settings_of(store_of[0], past(changes={"A": {**DONE, "neighbours": ["Northmere", "Mu"]}}))


def test_a_past_too_short_is_told_on_the_page_with_its_key(store_of: tuple[Path, Places]) -> None:
    folder, places = store_of
    settings = settings_of(folder, past(changes={"Early": {**DONE, "begins": "2017-04"}}))
    page = changes(settings, places, progress=quiet).read_text("utf-8")
    # Catches an effect measured against a single year, or a refusal that does not say which key.
    assert "Only 12 months before 2017-04 have a figure; 24 are needed" in page
    assert "past.changes.Early" in page


def test_records_of_a_council_are_watched_by_place(tmp_path: Path) -> None:
    config = tmp_path / "records.yaml"
    told = {**RECORDS, **past(changes={"Front door": {**DONE, "begins": "2022-01"}})}
    config.write_text(as_yaml(told), "utf-8")
    places = ("--private", tmp_path / "private", "--reports", tmp_path / "reports")
    ingested = ehforecast("ingest", config, "--private", tmp_path / "private")
    assert ingested.code == 0, ingested.err
    answer = ehforecast("changes", config, *places)
    assert answer.code == 0, answer.err
    folder = Path(answer.out.splitlines()[0].removeprefix("Report: ")).parent
    counted = pd.read_csv(folder / "counted.csv")
    shown = pd.to_numeric(counted["counted"], errors="coerce").dropna()
    # Catches a count from records shown as it is.
    assert (shown % 5 == 0).all()
    # Catches the places left out.
    assert counted["area"].nunique() > 2
    for section, words in (
        ({"areas": ["North"]}, "key 'past.areas'"),
        ({"data_until": "2020-01"}, "key 'past.data_until'"),
        ({"of": "figures"}, "has no section 'figures'"),
        ({"changes": {"A": {**DONE, "area": "Atlantis"}}}, "no series for Atlantis"),
    ):
        config.write_text(as_yaml({**RECORDS, **past(**section)}), "utf-8")
        refused = ehforecast("changes", config, *places)
        # Catches a key for figures that is taken, and passed over, with records.
        assert refused.code == 3
        assert words in refused.err
    daily = {**RECORDS["forecast"], "step": "day"}
    config.write_text(as_yaml({**RECORDS, "forecast": daily, **past()}), "utf-8")
    assert "key 'forecast.step': days are too noisy" in ehforecast("changes", config, *places).err


def test_series_of_a_forecast_hold_the_completed_counts() -> None:
    series = records()
    areas = series.areas.reset_index()
    nothing = pd.DataFrame()
    completed = pd.DataFrame(
        {"area_code": ["total"], "month": ["2022-03"], "recorded_count": [1.0], "completed_count": [99.0]}
    )
    observed = observed_of(series, list(series.counts))
    result = DemandResult("contacts", "2022-03", 1, areas, observed, nothing, nothing, nothing, completed=completed)
    found = series_of(result, Step.MONTH)
    # Catches the latest month taken as it stands on record, which would look like a fall.
    assert found.counts.loc[pd.Period("2022-03", "M"), "total"] == 99.0
    # Catches anything else changed on the way.
    assert found.counts.iloc[:-1].equals(series.counts.iloc[:-1].rename_axis(index="month"))
