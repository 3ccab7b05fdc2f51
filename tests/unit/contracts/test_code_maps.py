"""Code maps: read whole or refused with the file and the key; a value means one thing."""

from collections.abc import Callable
from pathlib import Path

import extracts
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ehforecast.contracts.code_maps import VOCABULARIES, fold, fold_sql, read_code_maps
from ehforecast.contracts.contract import load_contract
from ehforecast.contracts.council_layout import load_council_layout
from ehforecast.contracts.read_council import COUNCIL_LAYOUTS
from ehforecast.contracts.sql import open_engine
from ehforecast.errors import SettingsError

SOUND = """\
code_maps: testshire
version: 1.2.0
folding: case_and_spaces
fields:
  source:
    national_codes: kept
    codes:
      2A: [School, "17"]
      "6": [Police]
  locality:
    national_codes: kept
    codes:
      north: [North End]
"""

Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(text: str) -> Path:
        path = tmp_path / "testshire.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_a_sound_map(write: Write) -> None:
    maps = read_code_maps(write(SOUND))
    # Catches codes taken for local values, numbers read as numbers, values not folded.
    assert dict(maps.fields["source"].codes) == {"school": "2A", "17": "2A", "police": "6"}
    # Catches a field without a vocabulary refused, and facts for the manifest lost.
    assert dict(maps.fields["locality"].codes) == {"north end": "north"}
    assert (maps.name, maps.version, len(maps.sha256), maps.folds) == ("testshire", "1.2.0", 64, True)


def test_a_map_that_does_not_fold(write: Write) -> None:
    maps = read_code_maps(write(SOUND.replace("case_and_spaces", "none").replace("School", '" School "')))
    # Catches values folded against what the map says.
    assert dict(maps.fields["source"].codes) == {"School": "2A", "17": "2A", "Police": "6"}


BROKEN = {
    "value twice": ("[Police]", "[Police, SCHOOL]", "key 'fields.source.codes.6': value 2 stands already under '2A'"),
    "value twice under one code": ('[School, "17"]', "[School, ' school']", "codes.2A': value 2 stands already under"),
    "unknown code": ("2A:", "2Z:", "key 'fields.source.codes.2Z' is no code of referral_source_codes"),
    "unknown field": ("  source:", "  sauce:", "key 'fields.sauce' is not known"),
    "unknown key": ("version:", "vresion:", "key 'vresion' is not known"),
    "missing key": ("folding: case_and_spaces\n", "", "key 'folding' is missing"),
    "folding": ("case_and_spaces", "sometimes", "key 'folding' is one of case_and_spaces, none"),
    "version": ("1.2.0", "one", "key 'version' is written like 1.0.0"),
    "name": ("testshire\n", "Test Shire\n", "key 'code_maps' is written like my_council"),
    "national codes": ("national_codes: kept\n    codes:\n      2A", "national_codes: yes\n    codes:\n      2A",
                       "key 'fields.source.national_codes' is kept or not_kept"),
    "field without codes": ("    national_codes: kept\n    codes:\n      2A", "    codes:\n      2A",
                            "key 'fields.source' has exactly two keys"),
    "codes as a list": ("      north: [North End]", "      [north]", "key 'fields.locality.codes': a code, then"),
    "values no list": ("[Police]", "Police", "key 'fields.source.codes.6' is a list of values"),
    "a blank value": ("[Police]", "[' ']", "key 'fields.source.codes.6' is a list of values"),
    "fields no mapping": (SOUND[SOUND.index("fields:") :], "fields: none\n", "key 'fields': names of fields"),
    "tag": ("testshire\n", "!!python/object/apply:os.system [touch x]\n", "tags (!name) are not read"),
    "alias": ("[Police]", "&all [Police]\n      '7': *all", "aliases (*name) are not read"),
    "key twice": ('      "6": [Police]', "      2A: [Police]", "key '2A' is there twice"),
    "not YAML": ("[Police]", "[Police", "is not valid YAML"),
    "no mapping": (SOUND, "- a\n- b\n", "must hold keys and values"),
    "too deep": (SOUND, "a: " + "[" * 500, "nested too deeply"),
    "a mapping as key": ("2A: [School", "{a: b}: [School", "is not valid YAML"),
}  # fmt: skip


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_map(write: Write, fault: str) -> None:
    old, new, message = BROKEN[fault]
    assert old in SOUND
    with pytest.raises(SettingsError) as refusal:
        read_code_maps(write(SOUND.replace(old, new)))
    # Catches a map that is read although nobody could say what it means, or a message without its place.
    assert message in str(refusal.value)
    assert "testshire.yaml" in str(refusal.value)


def test_files_that_are_no_map(tmp_path: Path) -> None:
    large, latin = tmp_path / "large.yaml", tmp_path / "latin.yaml"
    large.write_text("a: " + "x" * 1_000_001)
    latin.write_bytes("code_maps: Caf\xe9".encode("latin-1"))
    for path, message in ((large, "larger than"), (latin, "UTF-8"), (tmp_path / "none.yaml", "no file")):
        # Catches a file read whole before its size is known, a guess at an encoding, and a missing file's trace.
        with pytest.raises(SettingsError, match=message):
            read_code_maps(path)


@given(st.text(alphabet=" \t\nAbÀ&é1", max_size=12))
def test_folding_is_the_same_in_both_places(text: str) -> None:
    with open_engine() as engine:
        (found,) = engine.execute(f"SELECT {fold_sql('v')} FROM (SELECT ? AS v)", [text]).fetchall()  # noqa: S608 - our own SQL
    # Catches a value of a map that its own cell does not find.
    assert found == (fold(text),)


def test_the_example_map() -> None:
    maps = extracts.example_maps()
    # Catches the example in the manual failing.
    assert {"source", "outcome", "reason", "end_reason", "lead_organisation"} == set(maps.fields)
    # Catches lookup ids taken for national codes.
    assert not maps.fields["source"].keeps_national_codes


@pytest.mark.parametrize("layout", COUNCIL_LAYOUTS)
def test_fields_are_those_that_layouts_use(layout: str) -> None:
    used = [
        (fed.code_map, load_contract(table).columns[load_contract(table).column_names.index(name)].vocabulary)
        for table, parts in load_council_layout(layout).gives.items()
        for part in parts
        for name, fed in part.columns.items()
        if fed.code_map
    ]
    for field, vocabulary in used:
        # Catches a layout that asks for a field of another vocabulary than its column's.
        assert VOCABULARIES[field] == vocabulary
    # Catches layouts that translate nothing.
    assert used
