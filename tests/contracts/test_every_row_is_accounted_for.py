"""Whatever a file holds, its rows are used or set aside with a reason, or all of it is refused."""

from collections import Counter
from contextlib import suppress
from pathlib import Path

import dfe_tables
import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ehforecast.contracts import load_layout
from ehforecast.contracts.wide_table import LEVEL_IS_NOT_USED
from ehforecast.errors import ContractError
from ehforecast.store import Store
from ehforecast.vocabulary.periods import MONTH_NAMES

NAME = dfe_tables.FILE_NAMES["referrals_by_month"]
SOUND = dfe_tables.referrals_by_month()
COUNCIL_LINES = SOUND.index[SOUND["geographic_level"] == "Local authority"].tolist()
SYMBOLS = load_layout().symbols
OTHER_LEVELS = load_layout().geographic_levels.set_aside
one_folder = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


def with_other_levels(table: pd.DataFrame, levels: list[str], places: list[int]) -> pd.DataFrame:
    """The table with lines of other levels put in at some places, about anything at all."""
    lines = list(table.to_dict("records"))
    for level, place in zip(levels, places, strict=True):
        lines.insert(place % (len(lines) + 1), lines[0] | {"geographic_level": level, "April": "?", "time_period": "-"})
    return pd.DataFrame(lines)


@one_folder
@given(
    levels=st.lists(st.tuples(st.sampled_from(OTHER_LEVELS), st.integers(0, 99)), max_size=12),
    absent=st.dictionaries(
        st.tuples(st.sampled_from(COUNCIL_LINES), st.sampled_from(MONTH_NAMES)), st.sampled_from(list(SYMBOLS))
    ),
)
def test_rows_are_used_or_set_aside(
    tmp_path: Path, levels: list[tuple[str, int]], absent: dict[tuple[int, str], str]
) -> None:
    table = SOUND.copy()
    for (line, month), symbol in absent.items():
        table.loc[line, month] = symbol
    words, places = [level for level, _ in levels], [place for _, place in levels]
    given_table = with_other_levels(table, words, places)
    extract = dfe_tables.read(dfe_tables.write_table(given_table, tmp_path / NAME))
    # Catches a line that is lost, invented or counted twice.
    assert extract.rows_in == len(given_table) == extract.rows_used + sum(extract.set_aside.values())
    # Catches a line set aside without its reason, or under another line's number.
    assert extract.set_aside == ({LEVEL_IS_NOT_USED: len(levels)} if levels else {})
    assert extract.set_aside_rows["geographic_level"].tolist() == [
        level for level in given_table["geographic_level"] if level in OTHER_LEVELS
    ]
    kept_lines = set(range(2, len(given_table) + 2)) - set(extract.set_aside_rows["line"])
    assert [given_table["geographic_level"][line - 2] in OTHER_LEVELS for line in sorted(kept_lines)].count(True) == 0
    # Catches a cell of a line in use that becomes no row, or two.
    assert len(extract.frame) == 13 * extract.rows_used
    # Catches a figure changed on its way, and an absent one turned into zero or a reason lost.
    cells = table[[*MONTH_NAMES, "Referrals"]].to_numpy().ravel()
    numbers = sum(int(cell) for cell in cells if cell.isdigit())
    assert int(extract.frame["count"].sum()) == numbers
    assert Counter(extract.frame["absent_because"].dropna()) == Counter(
        str(SYMBOLS[cell]) for cell in cells if not cell.isdigit()
    )


@pytest.fixture(scope="module")
def sound_text() -> str:
    return SOUND.to_csv(index=False, lineterminator="\n")


@one_folder
@example(end=2).via("the last cell, alone, is lost: it would read as blank")
@given(end=st.integers(0, 3000))
def test_a_file_cut_short_is_refused(tmp_path: Path, sound_text: str, end: int) -> None:
    (tmp_path / NAME).write_text(sound_text[: len(sound_text) - 2 - end])
    # Catches a transfer that broke off being read as the whole: fewer rows, or the first digits of a number.
    with pytest.raises(ContractError):
        dfe_tables.read(tmp_path / NAME)


@one_folder
@given(
    damage=st.lists(st.tuples(st.floats(0, 0.999), st.binary(min_size=0, max_size=3)), min_size=1, max_size=4),
)
def test_damage_is_refused_or_harmless(tmp_path: Path, sound_text: str, damage: list[tuple[float, bytes]]) -> None:
    content = sound_text.encode()
    for share, inserted in damage:
        place = int(share * len(content))
        content = content[:place] + inserted + content[place + 1 :]
    (tmp_path / NAME).write_bytes(content)
    with suppress(ContractError):  # any other error would be a crash of the reader, and fail the test
        extract = dfe_tables.read(tmp_path / NAME)
        # Catches damage that loses rows quietly.
        assert extract.rows_in == extract.rows_used + sum(extract.set_aside.values())
        assert len(extract.frame) == 13 * extract.rows_used


def test_what_was_set_aside_is_in_the_manifest(tmp_path: Path) -> None:
    table = with_other_levels(SOUND, ["Ward", "School"], [3, 9])
    store = Store(tmp_path / "store")
    store.load(dfe_tables.read(dfe_tables.write_table(table, tmp_path / NAME)))
    (stored,) = store.manifest().extracts
    # Catches rows set aside without leaving a trace.
    assert (stored.rows_in, stored.rows_used, stored.set_aside) == (32, 30, {LEVEL_IS_NOT_USED: 2})
