"""Documents of council layouts: a misspelt name in one is found when it is read, not in the middle of an extract."""

import pytest

from ehforecast.contracts.council_layout import load_council_layout, parse_council_layout
from ehforecast.contracts.folder import contracts_folder
from ehforecast.contracts.read_council import COUNCIL_LAYOUTS
from ehforecast.errors import SettingsError

SOUND = (contracts_folder() / "layouts" / "ssd.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("contact_id: {of: cont_contact_id}", "contact_id: {of: cont_id}", "does not have: ssd_contacts.cont_id"),
        ("words: spelt_with_spaces", "words: spelt", "does not have: spelt"),
        ("explode: cinf_assessment_factors_json", "explode: factors", "does not have: ssd_assessment_factors.factors"),
        (
            "        contact_id: {of: cont_contact_id}\n",
            "",
            "contacts: neither fed nor not held, or unknown: contact_id",
        ),
        ("        family_id: {of: fami_family_id}", "        famly_id: {of: fami_family_id}", "family_id, famly_id"),
        ("via: month", "via: mouth", "via"),
        ("required: true", "requird: true", "requird"),
        ("layout: ssd", "layout: [", "not valid YAML"),
    ],
)
def test_a_layout_with_a_fault(old: str, new: str, message: str) -> None:
    assert old in SOUND
    # Catches a column that would silently stay empty.
    with pytest.raises(SettingsError, match=message):
        parse_council_layout(SOUND.replace(old, new, 1))


@pytest.mark.parametrize("name", COUNCIL_LAYOUTS)
def test_layouts_are_named_as_their_files(name: str) -> None:
    # Catches a manifest that names another layout than the one that was read.
    assert load_council_layout(name).layout == name


@pytest.mark.parametrize("name", COUNCIL_LAYOUTS)
def test_nothing_is_both_held_and_not(name: str) -> None:
    layout = load_council_layout(name)
    for table, columns in layout.not_held.items():
        # Catches reasons given for a table or column that the layout does not feed at all.
        assert table in layout.gives
        for why in columns.values():
            # Catches a reason that is no sentence's end: a notice adds the full stop.
            assert why
            assert not why.endswith(".")
