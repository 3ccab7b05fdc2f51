"""Signing a report: nobody but a named reviewer who is not its author, once, over every byte."""

import json
from datetime import date
from itertools import product
from pathlib import Path

import pytest

from ehforecast.advisory.sign_off import (
    Reviewer,
    ReviewState,
    Role,
    can_sign,
    find_reports,
    find_review,
    role_of,
    sign,
)
from ehforecast.errors import ReleaseRefused, SettingsError

AUTHOR, REVIEWER, DAY = "Bo Kay, analyst", "Ann Lee, head of service", date(2026, 3, 4)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    for name in ("plan", "risk/return"):
        folder = tmp_path / "run-1" / name
        folder.mkdir(parents=True)
        (folder / "index.html").write_text("<p>")
        (folder / "metadata.json").write_text("{}")
    (tmp_path / "run-1" / ".plan.new").mkdir()
    (tmp_path / "run-1" / ".plan.new" / "metadata.json").write_text("{}")
    return tmp_path / "run-1"


def signed(run: Path, report: str = "plan", *, person: str = REVIEWER, because: str = "") -> ReviewState:
    sign(run, report, reviewer=Reviewer(person, AUTHOR, because), on=DAY)
    return find_review(run, report).state


def put_in(run: Path, state: ReviewState) -> None:
    """Bring a report into a state by the ways people have."""
    if state is not ReviewState.NOT_YET:
        signed(run, because="The ranges are wrong." if state is ReviewState.SENT_BACK else "")
    if state is ReviewState.VOID:
        (run / "plan" / "index.html").write_text("<p>other")


@pytest.mark.parametrize(("state", "role"), [*product(ReviewState, Role)])
def test_every_state_with_every_role(run: Path, state: ReviewState, role: Role) -> None:
    put_in(run, state)
    # Catches a way into a state that leads to another.
    assert find_review(run, "plan").state is state
    person = AUTHOR if role is Role.AUTHOR else "Di Fox, service manager"
    may = role is Role.REVIEWER and state in (ReviewState.NOT_YET, ReviewState.VOID)
    assert can_sign(state, role) is may
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    if may:
        # Catches a report that nobody can review once it was mended.
        assert signed(run, person=person) is ReviewState.REVIEWED
        return
    # Catches an author who signs, and a reviewer who takes back or writes over what was said.
    with pytest.raises(ReleaseRefused, match=r"a reviewer other than the author|a report that nobody has signed yet"):
        signed(run, person=person)
    assert {path: path.read_bytes() for path in run.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("name", ["BO KAY, director", "bo   kay,analyst", " Bo Kay , head of service"])
def test_an_author_by_any_spelling_is_the_author(run: Path, name: str) -> None:
    assert role_of(name, AUTHOR) is Role.AUTHOR
    # Catches an author who signs under another role.
    with pytest.raises(ReleaseRefused, match="a reviewer other than the author"):
        signed(run, person=name)


@pytest.mark.parametrize("person", ["", "Ann Lee", "Ann Lee, ", ", head of service"])
def test_a_signature_without_name_or_role_is_none(person: str) -> None:
    # Catches "the team" signing.
    with pytest.raises(SettingsError, match="give the reviewer as a name and a role"):
        Reviewer(person, AUTHOR)
    with pytest.raises(SettingsError, match="give the author as a name and a role"):
        Reviewer(REVIEWER, person)


def test_a_report_that_is_not_there_cannot_be_signed(run: Path) -> None:
    # Catches a signature over nothing, and reports half written.
    with pytest.raises(SettingsError, match=r"no report 'pan'.* it has: plan, risk/return"):
        signed(run, "pan")
    with pytest.raises(SettingsError, match="it has: none"):
        signed(run / "plan" / "none")
    assert find_reports(run) == ["plan", "risk/return"]


@pytest.mark.parametrize("change", ["a byte", "a file more", "a file less"])
def test_any_change_voids_it(run: Path, change: str) -> None:
    signed(run, "risk/return")
    assert find_review(run, "risk/return").words == "Reviewed by Ann Lee, head of service, on 4 March 2026"
    page = run / "risk" / "return" / "index.html"
    if change == "a byte":
        page.write_text("<q>")
    elif change == "a file more":
        page.with_name("more.csv").write_text("")
    else:
        page.unlink()
    # Catches a signature that outlives what was signed.
    assert find_review(run, "risk/return").state is ReviewState.VOID
    assert find_review(run, "risk/return").words == (
        "Changed since Ann Lee, head of service, on 4 March 2026 signed it: not reviewed"
    )
    # Catches one report's change voiding another's.
    assert find_review(run, "plan").words == "Not yet reviewed"


@pytest.mark.parametrize("forged", ["reviewer", "seal", "report", "run", "no json", "no signature"])
def test_a_signature_that_was_written_over_is_none(run: Path, forged: str) -> None:
    signed(run)
    path = run / "signatures" / "plan.json"
    told = json.loads(path.read_text())
    match forged:
        case "no json":
            path.write_text("{")
        case "no signature":
            path.write_text("{}")
        case "report":
            (run / "signatures" / "risk").mkdir()
            path = path.replace(run / "signatures" / "risk" / "return.json")
        case "run":
            run = run.rename(run.with_name("run-2"))
        case _:
            path.write_text(json.dumps(told | {forged: "Eve Roe, director"}))
    # Catches a name put in place of another, or a signature moved to another report.
    review = find_review(run, "risk/return" if forged == "report" else "plan")
    assert review.state is ReviewState.VOID
    assert review.words == "Its signature was changed: not reviewed"


def test_what_a_reviewer_found_wrong_stands(run: Path) -> None:
    signed(run, because="The ranges are wrong.")
    # Catches a reviewer's no that reads like a yes.
    assert (
        find_review(run, "plan").words
        == "Sent back by Ann Lee, head of service, on 4 March 2026: The ranges are wrong."
    )
