"""The ledger of releases: differencing is refused or repeats what was told, and a line that was changed is found."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pytest

from ehforecast.advisory import chained_log
from ehforecast.advisory.chained_log import ChainedLog
from ehforecast.advisory.count_tables import ALL, CountTable
from ehforecast.advisory.counted import describe_counts
from ehforecast.advisory.ledger import Earlier, Ledger, Release, protect_beside
from ehforecast.advisory.protection import UK_STRICT
from ehforecast.errors import ReleaseRefused

FILES = {"index.html": "ab" * 32}


def table(counts: Mapping[str, int], *, population: str = "January 2024", name: str = "areas") -> CountTable:
    rows = pd.DataFrame({"area": list(counts), "count": list(counts.values())})
    return CountTable(name, population, ("area",), rows)


def entry(
    counts: dict[str, int], *, run_id: str = "run-1", population: str = "January 2024", of: str = "children"
) -> Release:
    return describe_counts(table(counts, population=population), run_id=run_id, counts=of)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    made = Ledger(tmp_path / "ledger.jsonl")
    earlier = [entry({"n": 40, "s": 60, ALL: 100}), entry({"n": 400, "s": 600}, run_id="run-2", population="2023")]
    made.append(earlier, run_id="run-1", report="forecast", files=FILES)
    return made


@pytest.mark.parametrize("more", [1, -1, 3, 7])
@pytest.mark.parametrize("population", ["January 2024", "1 day later"])
def test_one_child_more_or_less_is_refused(ledger: Ledger, more: int, population: str) -> None:
    later = entry({"n": 43, "s": 57 + more, ALL: 100 + more}, run_id="run-3", population=population)
    # Catches the same table with one child added or removed, or a day later, whose difference is that child.
    with pytest.raises(ReleaseRefused, match="differs from areas of run run-1 by so few"):
        ledger.check([later], rules=UK_STRICT)


def test_a_child_who_moved_is_refused(ledger: Ledger) -> None:
    # Catches totals alone being compared: two children moved from one area to the other.
    with pytest.raises(ReleaseRefused):
        ledger.check([entry({"n": 43, "s": 57, ALL: 100}, run_id="run-3")], rules=UK_STRICT)


def test_the_same_figures_and_quite_other_ones_pass(ledger: Ledger) -> None:
    # Catches a report that cannot be printed twice, and one of another month refused for nothing.
    ledger.check([entry({"n": 40, "s": 60, ALL: 100}, run_id="run-9")], rules=UK_STRICT)
    ledger.check([entry({"n": 44, "s": 64, ALL: 108}, run_id="run-9")], rules=UK_STRICT)
    # Catches families held against children.
    ledger.check([entry({"n": 41, "s": 60, ALL: 101}, of="families")], rules=UK_STRICT)
    # Catches figures refused that tell a reader nothing: one child more, and every figure as before.
    ledger.check([entry({"n": 41, "s": 60, ALL: 101}, run_id="run-9")], rules=UK_STRICT)
    # Catches a check that writes: what is only asked about was not released.
    assert len(ledger.read()) == 2


def test_the_total_is_that_of_the_table(ledger: Ledger) -> None:
    first, second = ledger.read()
    # Catches margins counted on top of their parts.
    assert (first.total, second.total) == (100, 1000)


def test_what_is_there_already_is_not_written_twice(ledger: Ledger, tmp_path: Path) -> None:
    before = (tmp_path / "ledger.jsonl").read_bytes()
    ledger.append([entry({"n": 40, "s": 60, ALL: 100}, run_id="run-8")], run_id="run-1", report="forecast", files=FILES)
    assert (tmp_path / "ledger.jsonl").read_bytes() == before
    ledger.append([entry({"n": 90, "s": 80}, run_id="run-4")], run_id="run-4", report="plan", files=FILES)
    # Catches earlier lines lost when one is added.
    assert (tmp_path / "ledger.jsonl").read_bytes().startswith(before)
    # Catches reports that are not written down, or not in order.
    assert [(told["run_id"], told["report"], told["files"]) for told in ledger.reports()] == [
        ("run-1", "forecast", FILES), ("run-4", "plan", FILES)
    ]  # fmt: skip


@pytest.mark.parametrize(
    "damage", ["change", "drop", "swap", "change the last", "drop the last", "drop all", "empty", "add"]
)
def test_a_line_that_was_changed_dropped_or_swapped_is_named(ledger: Ledger, tmp_path: Path, damage: str) -> None:
    path = tmp_path / "ledger.jsonl"
    lines = path.read_text().splitlines(keepends=True)
    forged = json.dumps({"before": hashlib.sha256(lines[2].strip().encode()).hexdigest(), "kind": "report"})
    damaged = {
        "change": [lines[0].replace("100", "900"), *lines[1:]],
        "drop": lines[1:],
        "swap": [lines[1], lines[0], lines[2]],
        "change the last": [*lines[:2], lines[2].replace("forecast", "foresaid")],
        "drop the last": lines[:2],
        "drop all": [],
        "empty": ["\n"],
        "add": [*lines, forged],
    }
    path.write_text("".join(damaged[damage]))
    named = {"change": 2, "drop": 1, "swap": 1, "change the last": 3, "drop the last": 2, "drop all": 1, "empty": 1,
             "add": 4}  # fmt: skip
    # Catches a history rewritten after the fact, its last line included, and a line forged onto its end.
    with pytest.raises(ReleaseRefused, match=f"line {named[damage]} of ledger.jsonl is not what was written"):
        ledger.read()


def test_a_ledger_that_was_taken_away_is_missed(ledger: Ledger, tmp_path: Path) -> None:
    (tmp_path / "ledger.jsonl").unlink()
    # Catches a history that ends by deleting it.
    with pytest.raises(ReleaseRefused, match="a sound ledger"):
        ledger.read()


@pytest.mark.parametrize("writes", [0, 1, 2])
def test_a_list_broken_off_between_its_writes_goes_on(
    tmp_path: Path, writes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, left = ChainedLog(tmp_path / "log.jsonl"), [0]
    log.append([{"one": 1}])
    whole = chained_log.write_bytes_atomically

    def broken_off(path: Path, data: bytes) -> None:
        if left[0] == writes:
            raise OSError
        left[0] += 1
        whole(path, data)

    monkeypatch.setattr(chained_log, "write_bytes_atomically", broken_off)
    with pytest.raises(OSError):  # noqa: PT011 - raised above
        log.append([{"two": 2}])
    monkeypatch.undo()
    # Catches a run that was killed between the writes and can never publish again.
    assert log.read() == [{"one": 1}, {"two": 2}][: 1 + (writes == 2)]
    log.append([{"three": 3}])
    assert log.read()[-1] == {"three": 3}
    lines = (tmp_path / "log.jsonl").read_bytes()
    # Catches a head that still announces what came, or a hash that is not the last line's.
    assert (tmp_path / "log.jsonl.head").read_text() == f"{log.last()}\n"
    assert log.last() == hashlib.sha256(lines.splitlines()[-1]).hexdigest()
    log.append([])
    # Catches a write of nothing.
    assert (tmp_path / "log.jsonl").read_bytes() == lines


def told_beside(earlier: list[Release], counts: dict[str, int], *, run_id: str) -> Release:
    return protect_beside([table(counts)], Earlier(earlier), rules=UK_STRICT, run_id=run_id, counts="children")


def test_counts_that_differ_by_a_few_repeat_what_was_told() -> None:
    first = told_beside([], {"n": 38, "s": 62, "w": 3, ALL: 103}, run_id="run-1")
    # Catches a small count that is shown, and a hidden one that its total gives back.
    assert "area=w" not in first.shown
    assert first.shown[""] == 105
    for more in (1, 4, 7):
        again = told_beside([first], {"n": 38 + more, "s": 62, "w": 3, ALL: 103 + more}, run_id="run-2")
        # Catches a figure that moves with one child: 103 + 7 would be told as 110.
        assert again is first
    risen = told_beside([first], {"n": 38, "s": 62, "w": 9, ALL: 109}, run_id="run-2")
    # Catches a count told as soon as it is large enough, so that the difference is the six children who came.
    assert risen is first
    moved = told_beside([first], {"n": 46, "s": 62, "w": 3, ALL: 111}, run_id="run-2")
    # Catches figures that never change again.
    assert moved.shown[""] == 110
    assert moved.run_id == "run-2"


def test_figures_do_not_drift_by_a_few_at_a_time() -> None:
    first = told_beside([], {"n": 40, "s": 60, ALL: 100}, run_id="run-1")
    told, counts = [first], 40
    for step in range(1, 4):
        counts += 5
        told.append(told_beside(told, {"n": counts, "s": 60, ALL: counts + 60}, run_id=f"run-{step + 1}"))
    # Catches each release held against the one before it alone, by which 115 would still be told as 100.
    assert [release.shown[""] for release in told] == [100, 100, 110, 110]
