"""Who has reviewed a report: nobody, until a named person other than its author has signed its very bytes.

A signature lies beside the reports of a run, in ``signatures/``, and names every file of one report with its hash. A
byte that changes later, in the report or in the signature, voids it. What a reviewer has said stands: the same bytes
are signed once.
"""

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path

from ehforecast.errors import ReleaseRefused, SettingsError
from ehforecast.store.files import hash_file, write_bytes_atomically
from ehforecast.vocabulary.periods import day_words

SIGNATURES, METADATA = "signatures", "metadata.json"


class ReviewState(StrEnum):
    """Where a report stands."""

    NOT_YET = "not yet reviewed"
    REVIEWED = "reviewed"
    SENT_BACK = "sent back"
    VOID = "changed since it was signed"


class Role(StrEnum):
    """What somebody is to a report."""

    AUTHOR = "author"
    REVIEWER = "reviewer"


FINAL = (ReviewState.REVIEWED, ReviewState.SENT_BACK)
"""What a reviewer said of these bytes; it stays said."""


@dataclass(frozen=True)
class Signature:
    """What one reviewer said of one report.

    Attributes:
        run_id, report: which one; the report by its folder below the run's.
        author, reviewer: each a name and a role: "Ann Lee, head of service".
        signed_on: the day, ISO 8601.
        sent_back_because: why the reviewer does not stand by it; empty where the reviewer does.
        files: SHA-256 of each file of the report, by its name.
    """

    run_id: str
    report: str
    author: str
    reviewer: str
    signed_on: str
    sent_back_because: str
    files: Mapping[str, str]

    @property
    def seal(self) -> str:
        """The hash of all of it: a signature that was written over is not one."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()

    def to_json(self) -> bytes:
        """As it is kept."""
        return (json.dumps({**asdict(self), "seal": self.seal}, indent=2, ensure_ascii=False) + "\n").encode()


@dataclass(frozen=True)
class Review:
    """A report's state, and the signature it rests on, if there is one."""

    state: ReviewState
    signature: Signature | None = None

    @property
    def words(self) -> str:
        """The state in words.

        >>> Review(ReviewState.NOT_YET).words
        'Not yet reviewed'
        """
        if self.signature is None:
            is_new = self.state is ReviewState.NOT_YET
            return "Not yet reviewed" if is_new else "Its signature was changed: not reviewed"
        by = f"{self.signature.reviewer}, on {day_words(self.signature.signed_on)}"
        if self.state is ReviewState.REVIEWED:
            return f"Reviewed by {by}"
        if self.state is ReviewState.SENT_BACK:
            return f"Sent back by {by}: {self.signature.sent_back_because}"
        return f"Changed since {by} signed it: not reviewed"


def can_sign(state: ReviewState, role: Role) -> bool:
    """Whether somebody of a role may sign a report in a state: a reviewer, what nobody has spoken on yet."""
    return role is Role.REVIEWER and state not in FINAL


def role_of(person: str, author: str) -> Role:
    """Whether a person is the author or somebody else, however the name is written.

    >>> role_of("ANN  LEE, head", "Ann Lee, analyst"), role_of("Bo Kay, head", "Ann Lee, analyst")
    (<Role.AUTHOR: 'author'>, <Role.REVIEWER: 'reviewer'>)
    """
    return Role.AUTHOR if _name(person) == _name(author) else Role.REVIEWER


@dataclass(frozen=True)
class Reviewer:
    """Who signs, whose work it is, and what the reviewer says. Persons are a name and a role.

    Attributes:
        person: who signs.
        author: whose report it is.
        sent_back_because: why the reviewer does not stand by it; empty where the reviewer does.
    """

    person: str
    author: str
    sent_back_because: str = ""

    def __post_init__(self) -> None:
        for who, person in (("author", self.author), ("reviewer", self.person)):
            if not all(part.strip() for part in person.partition(",")[::2]):
                raise SettingsError(f"give the {who} as a name and a role, as in 'Ann Lee, head of service'")


def sign(run_folder: Path, report: str, *, reviewer: Reviewer, on: date) -> Signature:
    """Write a reviewer's signature over a report of a run.

    Raises `SettingsError` where there is no such report, and `ReleaseRefused` where the reviewer is the author or the
    same bytes were signed before.
    """
    folder = _report_folder(run_folder, report)
    found = find_review(run_folder, report)
    if not can_sign(ReviewState.NOT_YET, role_of(reviewer.person, reviewer.author)):
        raise ReleaseRefused(["a reviewer other than the author"])
    if not can_sign(found.state, Role.REVIEWER):
        raise ReleaseRefused([f"a report that nobody has signed yet: this one stands as '{found.words}'"])
    signature = Signature(
        run_id=run_folder.name,
        report=report,
        author=_tidy(reviewer.author),
        reviewer=_tidy(reviewer.person),
        signed_on=on.isoformat(),
        sent_back_because=reviewer.sent_back_because.strip(),
        files=hash_files(folder),
    )
    write_bytes_atomically(_signature_path(run_folder, report), signature.to_json())
    return signature


def find_review(run_folder: Path, report: str) -> Review:
    """Where a report stands now: its signature holds only as long as every file is as it was signed, and no other."""
    path = _signature_path(run_folder, report)
    if not path.is_file():
        return Review(ReviewState.NOT_YET)
    try:
        told = json.loads(path.read_text("utf-8"))
        seal = told.pop("seal")
        signature = Signature(**told)
    except (ValueError, KeyError, TypeError, AttributeError):
        return Review(ReviewState.VOID)
    if signature.seal != seal or (signature.run_id, signature.report) != (run_folder.name, report):
        return Review(ReviewState.VOID)
    if dict(signature.files) != hash_files(run_folder / report):
        return Review(ReviewState.VOID, signature)
    return Review(ReviewState.SENT_BACK if signature.sent_back_because else ReviewState.REVIEWED, signature)


def hash_files(folder: Path) -> dict[str, str]:
    """SHA-256 of every file of a report, by its path below the report's folder."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): hash_file(path) for path in paths}


def find_reports(run_folder: Path) -> list[str]:
    """The reports of a run, by their folders below it."""
    folders = (path.parent.relative_to(run_folder) for path in run_folder.rglob(METADATA))
    return sorted(folder.as_posix() for folder in folders if not any(part.startswith(".") for part in folder.parts))


def find_strays(run_folder: Path, *, reports: Collection[str], beside: Collection[str]) -> list[str]:
    """What lies below a run's folder and is no part of these reports or their signatures, nor named beside them.

    A link is named wherever it leads. What lies within a report is for its own list of files to tell; see `hash_files`.
    """
    allowed = {run_folder / name for name in beside} | {_signature_path(run_folder, report) for report in reports}
    folders = {run_folder / report for report in reports}
    found = (path for path in run_folder.rglob("*") if path.is_symlink() or not path.is_dir())
    return sorted(
        path.relative_to(run_folder).as_posix()
        for path in found
        if path not in allowed and folders.isdisjoint(path.parents)
    )


def _report_folder(run_folder: Path, report: str) -> Path:
    if report not in find_reports(run_folder):
        known = ", ".join(find_reports(run_folder)) or "none"
        raise SettingsError(f"run {run_folder.name} has no report '{report}' in {run_folder.parent}; it has: {known}")
    return run_folder / report


def _signature_path(run_folder: Path, report: str) -> Path:
    return run_folder / SIGNATURES / f"{report}.json"


def _tidy(person: str) -> str:
    return " ".join(person.split())


def _name(person: str) -> str:
    return _tidy(person.partition(",")[0]).casefold()
