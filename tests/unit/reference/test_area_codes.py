"""The register of areas: who exists, who is part of whom, whose code changed."""

import re
from collections import Counter

import pytest

from ehforecast.reference.area_codes import Area, AreaRegister, english_areas
from ehforecast.vocabulary.areas import AreaLevel

ENGLAND = "E92000001"


@pytest.fixture(scope="module")
def areas() -> AreaRegister:
    return english_areas()


def test_levels_have_their_known_numbers(areas: AreaRegister) -> None:
    now = Counter(area.level for area in areas if not area.valid_to)
    # Catches a council lost from the file: 153 have children's services since April 2023.
    assert now == {AreaLevel.COUNTRY: 1, AreaLevel.REGION: 9, AreaLevel.SUB_REGION: 2, AreaLevel.COUNCIL: 153}


@pytest.mark.parametrize(("day", "councils"), [("2012-04-01", 152), ("2019-04-01", 151), ("2021-04-01", 152)])
def test_councils_in_force_at_earlier_dates(areas: AreaRegister, day: str, councils: int) -> None:
    in_force = [
        area
        for area in areas
        if area.level is AreaLevel.COUNCIL and area.valid_from <= day and (not area.valid_to or area.valid_to >= day)
    ]
    # Catches a merger whose old or new councils are missing or dated wrongly.
    assert len(in_force) == councils


def test_every_area_is_part_of_england(areas: AreaRegister) -> None:
    for area in areas:
        code, steps = area.code, 0
        while areas[code].parent_code:
            code, steps = areas[code].parent_code, steps + 1
            # Catches a circle of parents.
            assert steps <= 3
        # Catches a parent that does not exist, or an area that belongs to nobody.
        assert code == ENGLAND


def test_parents_are_of_a_wider_level(areas: AreaRegister) -> None:
    above = {
        AreaLevel.COUNCIL: {AreaLevel.REGION, AreaLevel.SUB_REGION},
        AreaLevel.SUB_REGION: {AreaLevel.REGION},
        AreaLevel.REGION: {AreaLevel.COUNTRY},
    }
    # Catches a council under another council, or a region under a council.
    assert all(areas[area.parent_code].level in above[area.level] for area in areas if area.code != ENGLAND)


def test_codes_are_official_and_of_their_level(areas: AreaRegister) -> None:
    prefixes = {
        AreaLevel.COUNTRY: {"E92"},
        AreaLevel.REGION: {"E12"},
        AreaLevel.SUB_REGION: {"E13"},
        AreaLevel.COUNCIL: {"E06", "E08", "E09", "E10"},
    }
    # Catches a mistyped code.
    assert all(re.fullmatch(r"E\d{8}", area.code) and area.code[:3] in prefixes[area.level] for area in areas)


def test_dates_follow_each_other_when_a_code_changes(areas: AreaRegister) -> None:
    changed = [area for area in areas if area.continues_as]
    # Catches a file whose code changes went missing.
    assert len(changed) >= 5
    for area in changed:
        after = areas[area.continues_as]
        # Catches an area that continues as one of another name or from before it ended.
        assert (after.name, after.level, after.parent_code) == (area.name, area.level, area.parent_code)
        assert after.valid_from[:4] == area.valid_to[:4]


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ("Wakefield", "E08000036"),
        ("wakefield", "E08000036"),
        ("E08000036", "E08000036"),
        ("Buckinghamshire", "E06000060"),
        ("E10000002", "E06000060"),
        ("Dorset", "E06000059"),
        ("England", ENGLAND),
        ("Bournemouth", "E06000028"),
    ],
)
def test_areas_are_found_by_name_code_and_old_code(areas: AreaRegister, asked: str, code: str) -> None:
    found = areas.find(asked)
    # Catches a search that knows only one spelling, or prefers a council that has ended to its namesake.
    assert found is not None
    assert found.code == code


def test_an_unknown_area_is_not_found(areas: AreaRegister) -> None:
    # Catches a search that guesses.
    assert areas.find("Wakefeild") is None
    assert areas.find("E99999999") is None
    assert areas.find("") is None
    assert "E99999999" not in areas


def test_a_merged_council_continues_as_nobody(areas: AreaRegister) -> None:
    # Catches figures of Poole passed on to a council of which Poole is only a part.
    assert [areas.current_code(code) for code in ("E06000029", "E10000021", "E10000006")] == [
        "E06000029",
        "E10000021",
        "E10000006",
    ]


def test_chains_of_changes_are_followed_to_their_end() -> None:
    chain = AreaRegister(
        [
            Area("A", "Old", AreaLevel.COUNCIL, continues_as="B", valid_to="2010-03-31"),
            Area("B", "Old", AreaLevel.COUNCIL, continues_as="C", valid_to="2015-03-31"),
            Area("C", "Old", AreaLevel.COUNCIL),
        ]
    )
    # Catches a chain followed for one step only.
    assert [chain.current_code(code) for code in "ABC"] == ["C", "C", "C"]
    # Catches a search by old code that stops half way.
    assert chain.find("A") == chain["C"]
    assert chain.find("old") == chain["C"]


def test_an_area_cannot_be_changed(areas: AreaRegister) -> None:
    # Catches published facts that a careless line could rewrite for everybody.
    with pytest.raises(AttributeError):
        areas[ENGLAND].name = "Albion"  # type: ignore[misc]
