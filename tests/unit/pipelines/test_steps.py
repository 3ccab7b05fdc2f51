"""Single steps of the pipelines: what they refuse before anything is kept, and where things are kept."""

import stat
from pathlib import Path

import pandas as pd
import pytest

from ehforecast.demand.series import SeriesSet
from ehforecast.errors import ContractError, SettingsError
from ehforecast.pipelines.demonstrate import area_register, write_synthetic_files
from ehforecast.pipelines.forecast import _wanted, forecast
from ehforecast.pipelines.ingest import ingest
from ehforecast.pipelines.places import Places
from ehforecast.pipelines.settings import Settings
from ehforecast.reference.area_codes import english_areas
from ehforecast.synthetic.referrals import ReferralTruth

SETTINGS = Settings.model_validate(
    {
        "name": "tiny",
        "title": "Referrals, made-up councils",
        "purpose": "research",
        "data": {"layout": "dfe_children_in_need", "required": ["referrals_by_month"], "source": "Made for a test."},
        "areas": ["Northmere", "Synthetica"],
        "forecast": {"measure": "referrals", "horizon_months": 12, "forecasters": ["seasonal_naive"]},
        "synthetic": {"councils": 3, "first_month": "2014-04", "years": 2, "seed": 1},
    }
)
PLACES = Places(Path("private"), Path("reports"))


def changed(section: str, **values: object) -> Settings:
    part = getattr(SETTINGS, section).model_copy(update=values)
    return SETTINGS.model_copy(update={section: part})


def silent(_: str) -> None: ...


def series(*codes: str) -> SeriesSet:
    counts = pd.DataFrame(1.0, index=pd.period_range("2014-04", periods=3, freq="M"), columns=list(codes))
    return SeriesSet(counts, counts.astype(str), pd.DataFrame(index=list(codes)))


def asking(*areas: str) -> Settings:
    return SETTINGS.model_copy(update={"areas": areas, "synthetic": None})


def test_areas_are_found_in_the_order_asked_each_once() -> None:
    found = _wanted(
        asking("Wakefield", "England", "E08000036", "wakefield"),
        series("E92000001", "E08000036"),
        register=english_areas(),
    )
    # Catches an area forecast twice because it was asked for by name and by code, or an order that is not the user's.
    assert found == ["E08000036", "E92000001"]


def test_all_areas_are_those_with_a_series() -> None:
    everything = SETTINGS.model_copy(update={"areas": "all"})
    # Catches an area of the register without data, or a series left out.
    assert _wanted(everything, series("b", "a"), register=english_areas()) == ["b", "a"]


@pytest.mark.parametrize("area", ["Wakefeild", "Walsall", "E99999999", ""])
def test_an_area_without_a_series_is_refused(area: str) -> None:
    # Catches an area silently left out of a report, and a message that names neither configuration nor key.
    with pytest.raises(SettingsError, match=f"configuration 'tiny', key 'areas': no series for {area}; use the name"):
        _wanted(asking("Wakefield", area), series("E08000036"), register=english_areas())


def test_an_unknown_forecaster_is_refused_before_anything_is_read() -> None:
    # Catches a misspelt method left out silently, or found only after minutes of work.
    with pytest.raises(
        SettingsError, match=r"'tiny', key 'forecast.forecasters': no forecaster named etts; there are:"
    ):
        forecast(changed("forecast", forecasters=("seasonal_naive", "etts")), PLACES, progress=silent)


def test_an_unknown_layout_is_refused_with_those_there_are() -> None:
    # Catches a layout name taken for a path.
    with pytest.raises(SettingsError, match="there are: annex_a, dfe_children_in_need"):
        ingest(changed("data", layout="../demand_counts"), PLACES, data=None, progress=silent)
    # Catches files invented for a configuration that cannot be read.
    assert not Path("private").exists()


def test_an_unknown_required_table_is_refused_with_those_there_are() -> None:
    # Catches a table that can never be there reported as a missing file.
    with pytest.raises(SettingsError, match="has no table contacts; it has: referrals_by_month"):
        ingest(changed("data", required=("contacts",)), PLACES, data=None, progress=silent)


def test_a_folder_without_the_required_file_is_refused(tmp_path: Path) -> None:
    # Catches an empty store kept in place of a message.
    with pytest.raises(ContractError, match="rule 'a_required_table_has_a_file' broken 1 time"):
        ingest(SETTINGS, PLACES, data=tmp_path, progress=silent)
    assert not PLACES.store(SETTINGS).exists()


def test_invented_files_are_private_and_carry_their_truth(tmp_path: Path) -> None:
    folder = write_synthetic_files(SETTINGS, tmp_path / "a" / "synthetic")
    # Catches files that a reader could not check results against.
    assert {path.name for path in folder.iterdir()} == {
        "truth.json",
        "c6_children_in_need_referrals_by_month_2015_to_2016.csv",
    }
    assert ReferralTruth(**pd.read_json(folder / "truth.json", typ="series").to_dict()).holiday_ratio == 0.8
    # Catches a folder of the private area that others may read.
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_other_years_replace_the_file_of_the_years_before(tmp_path: Path) -> None:
    write_synthetic_files(SETTINGS, tmp_path)
    write_synthetic_files(changed("synthetic", years=3), tmp_path)
    # Catches two files of one table in the folder: the next run would refuse both.
    assert [path.name for path in tmp_path.glob("*.csv")] == ["c6_children_in_need_referrals_by_month_2015_to_2017.csv"]


def test_real_and_invented_areas_do_not_mix() -> None:
    # Catches an invented council in a register of real ones, or the reverse.
    assert "X06000001" in area_register(SETTINGS)
    assert "E08000036" not in area_register(SETTINGS)
    assert "E08000036" in area_register(asking("Wakefield"))
    assert "X06000001" not in area_register(asking("Wakefield"))


def test_two_configurations_share_no_folder() -> None:
    other = SETTINGS.model_copy(update={"name": "other"})
    folders = [
        folder(settings) for settings in (SETTINGS, other) for folder in (PLACES.store, PLACES.runs, PLACES.synthetic)
    ]
    # Catches data of one council in the store of another.
    assert len(set(folders)) == 6
    # Catches anything kept outside the private folder.
    assert all(folder.is_relative_to("private") for folder in folders)


def test_progress_says_what_was_read() -> None:
    said: list[str] = []
    ingest(SETTINGS, PLACES, data=None, progress=said.append)
    # Catches a long step that is silent, and invented figures that are not called so.
    assert said == [
        "inventing 3 councils (synthetic data, seed 1)",
        "checked c6_children_in_need_referrals_by_month_2015_to_2016.csv: 12 rows in, 12 used, none set aside",
        "store: 1 of 1 files are new",
    ]
    ingest(SETTINGS, PLACES, data=None, progress=said.append)
    # Catches the same file kept twice.
    assert said[-1] == "store: nothing new, every file was already there"
