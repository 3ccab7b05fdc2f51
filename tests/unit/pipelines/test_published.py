"""The one way out: checked, held against what went out before, written down, and only then there to be read."""

import hashlib
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from command_line import ehforecast

from ehforecast.advisory.count_tables import ALL, CountTable
from ehforecast.advisory.counted import describe_counts
from ehforecast.advisory.ledger import Release
from ehforecast.advisory.sign_off import Reviewer, hash_files
from ehforecast.errors import ReleaseRefused, SettingsError
from ehforecast.pipelines import published
from ehforecast.pipelines.places import Places
from ehforecast.pipelines.published import WayOut
from ehforecast.pipelines.sign import sign_report, verify_run
from ehforecast.reports.folder import replace_folder
from ehforecast.store import write_bytes_atomically

RUN = "ours-2024-01-abc"
ANN, BO = "Ann Lee, head of service", "Bo Kay, analyst"


def writer(words: str = "thirty", **facts: str) -> Callable[[Path], Path]:
    """A report of one page."""
    page = f"<p>{words}</p>".encode()
    told = {"title": "T", "purpose": "planning", "data_source": "Invented", "run_id": RUN, "controls": "rounded"}
    metadata = told | {"files": {"index.html": hashlib.sha256(page).hexdigest()}} | facts

    def write(folder: Path) -> Path:
        replace_folder(folder, {"index.html": page, "metadata.json": json.dumps(metadata).encode()})
        return folder / "index.html"

    return write


def counted(number: int, run_id: str = RUN) -> list[Release]:
    rows = pd.DataFrame({"area": ["n", ALL], "count": [number, number]})
    return [describe_counts(CountTable("areas", "2024", ("area",), rows), run_id=run_id, counts="children")]


@pytest.fixture
def places(tmp_path: Path) -> Places:
    write_bytes_atomically(tmp_path / "private" / "ours" / "runs" / RUN / "record.json", b"{}")
    return Places(tmp_path / "private", tmp_path / "reports")


@pytest.fixture
def way(places: Places) -> WayOut:
    return WayOut(places.reports / RUN, places.private / "ours" / "ledger")


def files_of(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def reviews(places: Places) -> list[str]:
    """Where each report stands, as `verify` says it."""
    return verify_run(places, RUN)[:-1]


def test_a_report_goes_out_whole_and_is_written_down(way: WayOut) -> None:
    page = way.publish("plan", writer(), counted=counted(40))
    # Catches a page that is not where it is said to be, and an index that does not lead there.
    assert page == way.published / "plan" / "index.html"
    assert files_of(way.published) == ["index.html", "plan/index.html", "plan/metadata.json"]
    assert 'href="plan/index.html"' in (way.published / "index.html").read_text("utf-8")
    # Catches a report that went out and is not in the ledger, with every file.
    entry = way.ledger.reports()[0]
    assert (entry["run_id"], entry["report"], sorted(entry["files"])) == (RUN, "plan", ["index.html", "metadata.json"])
    assert [release.total for release in way.ledger.read()] == [40]
    # Catches anything left behind in the private area.
    assert files_of(way.private) == ["ledger.jsonl", "ledger.jsonl.head"]
    assert way.find_unknown() == []


def test_what_the_ledger_refuses_leaves_everything_as_it_was(way: WayOut) -> None:
    way.publish("plan", writer(), counted=counted(40))
    before = {path: path.read_bytes() for path in way.published.parent.rglob("*") if path.is_file()}
    with pytest.raises(ReleaseRefused, match="by so few"):
        way.publish("plan", writer("forty-four"), counted=counted(44, "next"))
    # Catches a report that is written although it was refused.
    assert {path: path.read_bytes() for path in way.published.parent.rglob("*") if path.is_file()} == before
    # Catches a refused table in the ledger.
    assert [release.total for release in way.ledger.read()] == [40]


def test_a_report_that_breaks_a_rule_is_not_in_the_ledger(way: WayOut) -> None:
    with pytest.raises(ReleaseRefused, match="'purpose'"):
        way.publish("plan", writer(purpose=""), counted=counted(40))

    def sly(folder: Path) -> Path:
        page = writer()(folder)
        (folder / "children.csv").write_text("person_id\n")
        return page

    # Catches a file beside a report that was checked.
    with pytest.raises(ReleaseRefused, match=r"a declaration of file children\.csv"):
        way.publish("plan", sly, counted=counted(40))
    assert not way.published.exists()
    assert files_of(way.private) == []


def test_the_ledger_is_written_before_the_report(way: WayOut, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(folder: Path, files: object) -> None:
        del folder, files
        raise OSError(28, "No space left on device")

    write = writer()
    monkeypatch.setattr(published, "replace_folder", full)
    with pytest.raises(OSError, match="No space"):
        way.publish("plan", write, counted=counted(40))
    # Catches figures that went out, or may have gone out, and are not held against the next.
    assert [release.total for release in way.ledger.read()] == [40]
    monkeypatch.undo()
    # Catches a run that can never be finished after that.
    assert way.publish("plan", writer(), counted=counted(40)).is_file()


def test_reports_that_came_another_way_are_found(way: WayOut) -> None:
    way.publish("plan", writer())
    way.publish("risk/return", writer())
    writer()(way.published / "stray")
    assert way.find_unknown() == ["stray: it is not in the ledger of what was published"]
    (way.published / "plan" / "index.html").write_text("<p>changed")
    for path in (way.published / "risk" / "return").iterdir():
        path.unlink()
    # Catches a report that was changed or taken away, and one nobody let out.
    assert way.find_unknown() == [
        "stray: it is not in the ledger of what was published",
        "plan: its files are not those that were published",
        "risk/return: it is gone",
    ]


def test_whatever_was_put_there_by_hand_is_found(places: Places, way: WayOut) -> None:
    way.publish("plan", writer())
    sign_report(places, RUN, report="plan", reviewer=Reviewer(ANN, BO), on=date(2026, 3, 4))
    # Catches a usual run, with its index and a signature, that no longer verifies.
    assert way.find_unknown() == []
    put = (".hidden/page.html", "extra.html", "pages/index.html", "signatures/other.json")
    for name in put:
        write_bytes_atomically(way.published / name, b"<p>Help this family last.")
    (way.published / "linked").symlink_to(way.private)
    # Catches a page in a folder without metadata, a single file, a hidden one, a link, a signature of nothing.
    assert way.find_unknown() == [
        f"{name}: it is not in the ledger of what was published" for name in sorted([*put, "linked"])
    ]
    checked = ehforecast("verify", RUN, "--private", places.private, "--reports", places.reports)
    # Catches such a file that is found and leaves verify content.
    assert (checked.code, "extra.html: it is not in the ledger" in checked.err) == (7, True)


def test_sign_and_verify(places: Places, way: WayOut) -> None:
    way.publish("plan", writer())
    assert reviews(places) == ["plan: Not yet reviewed"]
    # Catches a list that could be written anew with nobody able to tell: its end is said, to be kept elsewhere.
    assert f" {way.ledger.last()}: keep a copy" in verify_run(places, RUN)[-1]
    review = sign_report(places, RUN, report="plan", reviewer=Reviewer(ANN, BO), on=date(2026, 3, 4))
    said = "Reviewed by Ann Lee, head of service, on 4 March 2026"
    assert review.words == said
    assert reviews(places) == [f"plan: {said}"]
    # Catches an index that does not say who reviewed what.
    assert said in (way.published / "index.html").read_text("utf-8")
    way.publish("plan", writer())
    # Catches a signature lost because the very same report was made again.
    assert reviews(places) == [f"plan: {said}"]
    way.publish("plan", writer("fifty"))
    # Catches a changed report that still counts as reviewed, on the index and when asked.
    assert "Changed since Ann Lee" in (way.published / "index.html").read_text("utf-8")
    with pytest.raises(ReleaseRefused, match="plan: Changed since Ann Lee"):
        verify_run(places, RUN)


def test_a_report_forged_with_a_line_of_its_own_is_found(places: Places, way: WayOut) -> None:
    way.publish("plan", writer())
    forged = writer("Help this family last.")(way.published / "plan").parent
    line = {"before": way.ledger.last(), "kind": "report", "run_id": RUN, "report": "plan", "files": hash_files(forged)}
    with (way.private / "ledger.jsonl").open("a") as file:
        file.write(f"{json.dumps(line)}\n")
    # Catches a report that nobody let out, with a line added to the list that says somebody did.
    with pytest.raises(ReleaseRefused, match=r"line 2 of ledger\.jsonl is not what was written"):
        verify_run(places, RUN)


def test_what_is_not_as_it_went_out_cannot_be_signed(places: Places, way: WayOut) -> None:
    way.publish("plan", writer())
    (way.published / "plan" / "index.html").write_text("<p>changed")
    # Catches a reviewer's name under bytes that never went through the door.
    with pytest.raises(ReleaseRefused, match="its files are not those that were published"):
        sign_report(places, RUN, report="plan", reviewer=Reviewer(ANN, BO), on=date(2026, 3, 4))


def test_a_signature_nobody_gave_is_found(places: Places, way: WayOut) -> None:
    way.publish("plan", writer())
    sign_report(places, RUN, report="plan", reviewer=Reviewer(ANN, BO), on=date(2026, 3, 4))
    made = WayOut(places.reports / RUN, places.private / "theirs" / "ledger")
    made.publish("plan", writer())
    (places.private / "ours" / "runs" / RUN / "record.json").rename(places.private / "record.json")
    write_bytes_atomically(places.private / "theirs" / "runs" / RUN / "record.json", b"{}")
    # Catches a signature file put there by hand: it is in no ledger.
    with pytest.raises(ReleaseRefused, match="plan: its signature is not in the ledger"):
        verify_run(places, RUN)


@pytest.mark.parametrize("run_id", ["other-2024-01-abc", "../ours", ""])
def test_a_run_that_is_not_there(places: Places, way: WayOut, run_id: str) -> None:
    way.publish("plan", writer())
    with pytest.raises(SettingsError, match="name both folders with --private and --reports"):
        verify_run(places, run_id)


def test_by_command(places: Places, way: WayOut) -> None:
    way.publish("plan", writer())
    where = ("--private", places.private, "--reports", places.reports)
    assert ehforecast("verify", RUN, *where).out.startswith("plan: Not yet reviewed\nThese are the bytes ")
    refused = ehforecast("sign", RUN, "--report", "plan", "--reviewer", BO, "--author", BO, *where)
    # Catches an author who signs, and a refusal without its exit code.
    assert (refused.code, refused.err.strip()) == (
        7, "ehforecast: not released as advice; missing: a reviewer other than the author"
    )  # fmt: skip
    signed = ehforecast("sign", RUN, "--report", "plan", "--reviewer", ANN, "--author", BO, *where)
    assert signed.out.startswith("Reviewed by Ann Lee, head of service, on ")
    again = ehforecast("sign", RUN, "--report", "plan", "--reviewer", "Di Fox, manager", "--author", BO, *where)
    # Catches a review that is written over.
    assert again.code == 7
    (way.published / "plan" / "index.html").write_text("<p>changed")
    checked = ehforecast("verify", RUN, *where)
    # Catches a change that verify does not tell.
    assert checked.code == 7
    assert "plan: its files are not those that were published" in checked.err
