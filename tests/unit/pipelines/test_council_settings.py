"""Configurations for a council's records: read whole, or refused with file, key and what to do."""

from datetime import date
from pathlib import Path

import pytest

from ehforecast.errors import SettingsError
from ehforecast.pipelines.places import Places
from ehforecast.pipelines.pseudonym_key import pseudonyms_of
from ehforecast.pipelines.settings import CouncilSettings, PseudonymSettings, Settings, read_any_settings, read_settings

GOOD = """\
title: Records of Northmere
purpose: planning
records:
  source: extracts/2024-03-31
  extracted_on: 2024-03-31
  layout: ssd
  schema: ssd_development
  pseudonyms: {key_file: northmere.key}
  code_maps: maps/northmere.yaml
  recording_lags: {contacts: 1, referrals: 2}
"""
SYNTHETIC = "synthetic: {seed: 1, first_month: 2021-04, years: 1, contacts_a_year: 500}\n"
KEY = bytes(range(50, 82)).hex()


def council(folder: Path, content: str = GOOD) -> CouncilSettings:
    (folder / "northmere.yaml").write_text(content, "utf-8")
    found = read_any_settings(folder / "northmere.yaml")
    assert isinstance(found, CouncilSettings)
    return found


def refusal(folder: Path, content: str) -> str:
    with pytest.raises(SettingsError) as caught:
        council(folder, content)
    return str(caught.value)


def test_a_good_configuration_is_read(tmp_path: Path) -> None:
    records = council(tmp_path).records
    # Catches a day left as text, a lag that is no number, or a key read under another name.
    assert (records.extracted_on, records.database_schema) == (date(2024, 3, 31), "ssd_development")
    assert records.recording_lags == {"contacts": 1, "referrals": 2}
    assert records.pseudonyms == PseudonymSettings(key_file=Path("northmere.key"))


def test_paths_are_relative_to_the_configuration(tmp_path: Path) -> None:
    settings = council(tmp_path)
    # Catches an extract that is found or not depending on where the command is started.
    assert settings.at("extracts") == tmp_path / "extracts"
    assert settings.at(tmp_path / "elsewhere") == tmp_path / "elsewhere"
    assert settings.at("~/x").is_absolute()
    # Catches the path of one machine in whatever records the settings.
    assert str(tmp_path) not in settings.model_dump_json()


def test_the_shipped_council_is_read(root: Path) -> None:
    settings = read_any_settings(root / "configs" / "synthetic_council.yaml")
    # Catches a shipped example that no longer fits the code.
    assert isinstance(settings, CouncilSettings)
    assert settings.synthetic is not None


def test_a_configuration_of_the_other_kind_is_told_apart(tmp_path: Path, root: Path) -> None:
    council(tmp_path)
    with pytest.raises(SettingsError, match=r"northmere.yaml: it has a section 'records'.*Use `ehforecast run`"):
        # Catches a list of missing keys for a configuration that is only meant for another command.
        read_settings(tmp_path / "northmere.yaml")
    # Catches published figures taken for records.
    assert isinstance(read_any_settings(root / "configs" / "five_councils.yaml"), Settings)


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("  source: extracts/2024-03-31\n", "", "give either records.source, or a section synthetic"),
        ("records:", f"{SYNTHETIC}records:", "give either records.source, or a section synthetic"),
        ("extracted_on: 2024-03-31", "extracted_on: 31/03/2024", "records.extracted_on': input should be a valid date"),
        ("extracted_on: 2024-03-31", "extracted_on: 2024-02-30", "records.extracted_on': input should be a valid date"),
        ("layout: ssd", "layout: sdd", "'records.layout': input should be 'auto', 'ssd', 'annex_a' or 'plain_tables'"),
        ("layout: ssd", "leyout: ssd", "key 'records.leyout' is not known; did you mean 'layout'?"),
        ("records:", "record:", "key 'record' is not known; did you mean 'records'?"),
        ("{key_file: northmere.key}", "none", "key 'records.pseudonyms': input should be 'already_made'"),
        ("{key_file: northmere.key}", "{}", "key 'records.pseudonyms': give either key_file or key_variable"),
        ("{key_file: northmere.key}", "{key_file: a, key_variable: B}", "give either key_file or key_variable"),
        ("{key_file: northmere.key}", "{key: '00'}", "key 'records.pseudonyms.key' is not known"),
        ("{key_file: northmere.key}", "{key_variable: 'A B'}", "key 'records.pseudonyms.key_variable'"),
        ("  pseudonyms: {key_file: northmere.key}\n", "", "key 'records.pseudonyms': field required"),
        ("contacts: 1", "contacts: -1", "key 'records.recording_lags.contacts': input should be greater than"),
        ("contacts: 1", "contacts: soon", "key 'records.recording_lags.contacts': input should be a valid integer"),
        ("title:", "folder: elsewhere\ntitle:", "key 'folder' is not known"),
        ("title:", "_folder: elsewhere\ntitle:", "key '_folder' is not known"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_refused_by_key(tmp_path: Path, right: str, wrong: str, said: str) -> None:
    assert right in GOOD
    # Catches a wrong value that is passed on, changed, or refused without saying where it stands.
    assert said in refusal(tmp_path, GOOD.replace(right, wrong))


def test_refusals_do_not_speak_of_python_or_values(tmp_path: Path) -> None:
    said = refusal(tmp_path, GOOD.replace("{key_file: northmere.key}", f"{{key: '{KEY}'}}"))
    # Catches names of classes, and a key that somebody wrote into the configuration shown on the screen.
    assert "PseudonymSettings" not in said
    assert KEY not in said


def test_the_key_is_found_where_the_configuration_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "northmere.key").write_text(KEY, "utf-8")
    (tmp_path / "northmere.key").chmod(0o600)
    by_file = pseudonyms_of(council(tmp_path))
    monkeypatch.setenv("NORTHMERE_KEY", KEY)
    by_variable = pseudonyms_of(
        council(tmp_path, GOOD.replace("key_file: northmere.key", "key_variable: NORTHMERE_KEY"))
    )
    other = pseudonyms_of(council(tmp_path, GOOD.replace("northmere.key", "northmere.key, project: research")))
    assert by_file is not None
    assert by_variable is not None
    assert other is not None
    # Catches a key that is read otherwise from one place than from the other.
    assert by_file.fingerprint == by_variable.fingerprint
    # Catches two projects under one key whose people could be matched.
    assert by_file.fingerprint != other.fingerprint
    # Catches pseudonyms made of pseudonyms.
    assert pseudonyms_of(council(tmp_path, GOOD.replace("{key_file: northmere.key}", "already_made"))) is None


def test_a_missing_key_stops_the_run_and_names_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NORTHMERE_KEY", raising=False)
    with pytest.raises(SettingsError, match=r"'northmere', key 'records.pseudonyms': there is no pseudonym key file"):
        # Catches a run that goes on with the ids as they are because the key was not there.
        pseudonyms_of(council(tmp_path))
    with pytest.raises(SettingsError, match=r"key 'records.pseudonyms': the environment variable NORTHMERE_KEY"):
        pseudonyms_of(council(tmp_path, GOOD.replace("key_file: northmere.key", "key_variable: NORTHMERE_KEY")))


def test_places_of_a_council_are_its_own(tmp_path: Path) -> None:
    places, settings = Places(tmp_path / "private", tmp_path / "reports"), council(tmp_path)
    found = [places.store(settings), places.incoming(settings), places.quality(settings), places.synthetic(settings)]
    # Catches raw rows or counts of a council's records put where reports are published, or two kinds in one folder.
    assert all(path.parent == tmp_path / "private" / "northmere" for path in found)
    assert len(set(found)) == 4
