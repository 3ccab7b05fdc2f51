"""The ledger of releases: differencing is refused, and a line that was changed is found."""

from pathlib import Path

import pandas as pd
import pytest

from ehforecast.advisory.count_tables import ALL, CountTable
from ehforecast.advisory.ledger import Ledger, Release, describe_release
from ehforecast.advisory.protection import UK_STRICT
from ehforecast.errors import ReleaseRefused


def entry(counts: dict[str, int], *, run_id: str = "run-1", population: str = "January 2024") -> Release:
    rows = pd.DataFrame({"area": list(counts), "count": list(counts.values())})
    return describe_release(CountTable("areas", population, ("area",), rows), run_id=run_id, counts="children")


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    path = tmp_path / "ledger.jsonl"
    path.write_bytes(
        Ledger(path).lines_with([entry({"n": 40, "s": 60, ALL: 100}), entry({"n": 400, "s": 600}, run_id="run-2")])
    )
    return Ledger(path)


@pytest.mark.parametrize("more", [1, -1, 7])
def test_one_child_more_or_less_is_refused(ledger: Ledger, more: int) -> None:
    # Catches the same table a day later, with one child added or removed, whose difference is that child.
    with pytest.raises(ReleaseRefused, match="differs from areas of run run-1 by so few"):
        ledger.check(
            [entry({"n": 40, "s": 60 + more, ALL: 100 + more}, run_id="run-3", population="1 day later")],
            rules=UK_STRICT,
        )


def test_the_same_figures_and_quite_other_ones_pass(ledger: Ledger) -> None:
    # Catches a report that cannot be printed twice, and one of another month refused for nothing.
    ledger.check([entry({"n": 40, "s": 60, ALL: 100}, run_id="run-9")], rules=UK_STRICT)
    ledger.check([entry({"n": 44, "s": 64, ALL: 108}, run_id="run-9")], rules=UK_STRICT)
    other = describe_release(
        CountTable("areas", "x", ("area",), pd.DataFrame({"area": ["n"], "count": [101]})),
        run_id="r",
        counts="families",
    )
    # Catches families held against children.
    ledger.check([other], rules=UK_STRICT)
    # Catches a check that writes: what is only asked about was not released.
    assert len(ledger.read()) == 2


def test_the_total_is_that_of_the_table(ledger: Ledger) -> None:
    first, second = ledger.read()
    # Catches margins counted on top of their parts.
    assert (first.total, second.total) == (100, 1000)


def test_what_is_there_already_is_not_written_twice(ledger: Ledger, tmp_path: Path) -> None:
    before = (tmp_path / "ledger.jsonl").read_bytes()
    assert ledger.lines_with([entry({"n": 40, "s": 60, ALL: 100})]) == before
    # Catches earlier lines lost when one is added.
    assert ledger.lines_with([entry({"n": 1, "s": 2}, run_id="run-4")]).startswith(before)


@pytest.mark.parametrize("damage", ["change", "drop", "swap"])
def test_a_line_that_was_changed_dropped_or_swapped_is_named(ledger: Ledger, tmp_path: Path, damage: str) -> None:
    path = tmp_path / "ledger.jsonl"
    path.write_bytes(ledger.lines_with([entry({"n": 9, "s": 8}, run_id="run-5")]))
    lines = path.read_text().splitlines(keepends=True)
    damaged = {
        "change": [lines[0].replace("100", "900"), *lines[1:]],
        "drop": lines[1:],
        "swap": [lines[1], lines[0], lines[2]],
    }
    path.write_text("".join(damaged[damage]))
    named = {"change": 2, "drop": 1, "swap": 1}[damage]
    # Catches a history rewritten after the fact.
    with pytest.raises(ReleaseRefused, match=f"line {named} of ledger.jsonl is not what was written"):
        ledger.read()
