"""The door for boards: nothing leaves without definition, range, protection, day and source; rows can be traced."""

from dataclasses import replace

import pandas as pd
import pytest
from board_sample import released, sound

from ehforecast.advisory.board_advice import missing_of_board, protect_ahead, protect_openings
from ehforecast.advisory.safe_counts import SafeCounts
from ehforecast.errors import ReleaseRefused
from ehforecast.reports.board_page import PackParts, board_document
from ehforecast.reports.document import document_files

pytestmark = pytest.mark.acceptance("councils")


def test_a_sound_pack_leaves() -> None:
    # Catches a door that opens for nobody.
    assert released(sound()).reader == "board"


@pytest.mark.parametrize("name", ["reader", "run_id", "data_source", "purpose"])
def test_a_pack_without_its_run_stays(name: str) -> None:
    # Catches a pack that nobody answers for.
    with pytest.raises(ReleaseRefused):
        released(sound(), **{name: " "})


HUBS = ["place", "opens_on", "months_before", "months_after", "before", "after", "ratio", "low", "high", "verdict"]


def opened(before: float, after: float) -> pd.DataFrame:
    """A hub with so many contacts a month before and after it opened."""
    return pd.DataFrame([("North", "2021-02-01", 24, 4, before, after, 1.6, 1.2, 2.1, "more came")], columns=HUBS)


def ahead(value: float) -> pd.DataFrame:
    rows = [(place, "2021-07", value, value + 10, value + 20) for place in ("North", "South", "all")]
    return pd.DataFrame(rows, columns=["place", "month", "low", "value", "high"])


BROKEN = {
    "definition": lambda r: replace(r, measures=r.measures.assign(definition=" ")),
    "range of every share": lambda r: replace(r, shares=r.shares.assign(low=float("nan"))),
    "protection of": lambda r: replace(r, shares=r.shares.assign(met=3.0)),
    "protection of 1 counts": lambda r: replace(r, openings=opened(60.0, 97.0)),
    "protection of 2 counts": lambda r: replace(r, openings=opened(3.0, 5.0)),
    "protection of 9 forecasts": lambda r: replace(r, places=ahead(41.3)),
    "day of the data": lambda r: replace(r, data_until=""),
    "range of every forecast": lambda r: replace(
        r, places=pd.DataFrame([("a", 1.0, float("nan"), 2.0)], columns=["place", "low", "value", "high"])
    ),
    "strand, grade": lambda r: replace(
        r, grades=pd.DataFrame([("a", "early", None, "s")], columns=["strand", "low", "high", "source"])
    ),
}


@pytest.mark.parametrize("missing", BROKEN)
def test_a_pack_that_lacks_evidence_stays_and_says_what_is_missing(missing: str) -> None:
    # Catches a number without its definition, range, protection or day.
    with pytest.raises(ReleaseRefused, match=missing):
        released(BROKEN[missing](sound()))


def test_hubs_are_protected_as_counts_are() -> None:
    shown = protect_openings(opened(61.7, 97.0)).iloc[0]
    # Catches a mean as finely as it was counted; or a ratio taken away without need.
    assert (shown["before"], shown["after"], shown["ratio"], shown["verdict"]) == (60, 95, 1.6, "more came")
    few = protect_openings(opened(3.2, 12.0)).iloc[0]
    # Catches few contacts a month told as such, or by what came after over the ratio.
    assert few[["before", "ratio", "low", "high"]].isna().all()
    assert (few["after"], few["verdict"]) == (10, "cannot be told")
    # Catches a door that hides what was protected: a place where nobody came stays nought.
    assert list(missing_of_board(replace(sound(), openings=protect_openings(opened(0.0, 7.9))))) == []


def test_what_lies_ahead_of_a_place_with_a_hidden_month_is_not_told() -> None:
    shown = protect_ahead(ahead(41.3), {"South"}).set_index("place")[["low", "value", "high"]]
    # Catches next year's month told, which can be last year's hidden one.
    assert shown.loc["South"].isna().all()
    # Catches months finer than counts are shown, or other places hidden with it.
    assert shown.loc["North"].tolist() == [40, 50, 60]
    # Catches a door that refuses a pack because something in it is hidden.
    assert list(missing_of_board(replace(sound(), places=protect_ahead(ahead(41.3), {"South"})))) == []


def test_nothing_to_protect_is_nothing() -> None:
    # Catches a council without a single count, for whom protection fell over.
    assert SafeCounts().measures(pd.DataFrame(columns=["population", "period"])).empty


def test_every_row_can_be_traced_and_the_same_result_gives_the_same_bytes() -> None:
    document = board_document(PackParts(released(sound())))
    files = document_files(document)
    for table in document.tables:
        lines = files[f"{table.name}.csv"].decode("utf-8-sig").splitlines()
        if table.columns[-1].name == "cell":
            for row in table.kept_rows:
                # Row 14. Catches a cell that names another line than its own.
                assert lines[int(str(row[-1]).split("!")[1]) - 1].endswith(str(row[-1]))
    # Row 14. Catches a clock or an order of chance on the page.
    assert files == document_files(board_document(PackParts(released(sound()))))


def test_no_counts_are_protected_as_none() -> None:
    empty = pd.DataFrame(columns=["measure", "population", "period", "split", "group", "answer", "count"])
    # Catches a council without a measure that ends in a traceback.
    assert SafeCounts().measures(empty).empty


def test_measures_that_share_their_sums_are_protected_together() -> None:
    rows = [("helped", "families", "2024-Q1", "hub", hub, answer, count)
            for hub, answer, count in (("north", "yes", 3), ("north", "all", 40), ("south", "yes", 60),
                                       ("south", "all", 90), ("all", "yes", 63), ("all", "all", 130))]  # fmt: skip
    columns = ["measure", "population", "period", "split", "group", "answer", "count"]
    shown = SafeCounts().measures(pd.DataFrame(rows, columns=columns)).set_index(["group", "answer"])["count"]
    # Catches a small count that leaves as it is; rounding keeps what is left of the whole wide enough here.
    assert shown.isna()["north", "yes"]
    # Catches counts that leave unrounded.
    assert (shown.dropna() % 5 == 0).all()
