"""The first page of a run: every report that was published under it, for whom, and whether anybody has reviewed it."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ehforecast.advisory.sign_off import METADATA, Review, ReviewState, find_reports, find_review
from ehforecast.advisory.statement import RUN_NEVER_USE_FOR, RUN_STATEMENT
from ehforecast.errors import ReleaseRefused
from ehforecast.reports.template import page_from_template
from ehforecast.reports.words import Measure, month_words
from ehforecast.store.files import write_bytes_atomically
from ehforecast.tracking.run_record import data_until_of
from ehforecast.version import __version__
from ehforecast.vocabulary.periods import day_words

PAGE, WORKBOOK = "index.html", "tables.xlsx"
NOT_STATED = "not stated"
_FIRST = ("forecast", "plan", "scorecard", "flow", "past", "watch", "risk", "audit")


@dataclass(frozen=True)
class IndexEntry:
    """One report, as its own metadata tell of it."""

    name: str
    told: Mapping[str, Any]
    review: Review
    has_workbook: bool
    made_by: str = ""
    """The earlier run that made it, where nothing that it rests on has changed since."""

    @property
    def title(self) -> str:
        """What the report is called, and of what it is."""
        parts = [str(self.told.get("title", self.name)), str(self.told.get("subtitle", ""))]
        return ": ".join(part for part in parts if part)

    @property
    def answer(self) -> str:
        """Its first sentence; empty where it tells none."""
        return str(self.told.get("lead", ""))

    @property
    def reader(self) -> str:
        """For whom it is."""
        return str(self.told.get("reader") or NOT_STATED)

    @property
    def purpose(self) -> str:
        """Why it was made."""
        return str(self.told.get("purpose") or NOT_STATED)

    @property
    def data_until(self) -> str:
        """Up to when its data reach, in words: by its own word, else those of the run that made it."""
        return time_words(str(self.told.get("data_until") or data_until_of(str(self.told["run_id"])) or NOT_STATED))


@dataclass(frozen=True)
class IndexPage:
    """What the template may say about one run."""

    run_id: str
    entries: Sequence[IndexEntry]

    version = __version__
    statement = RUN_STATEMENT
    never_use_for = RUN_NEVER_USE_FOR

    @property
    def title(self) -> str:
        """The page's title."""
        return f"Reports of run {self.run_id}"

    @property
    def lead(self) -> str:
        """How many reports there are, and how many of them somebody has reviewed."""
        if not self.entries:
            return "This run has no report yet."
        number, earlier = len(self.entries), sum(bool(entry.made_by) for entry in self.entries)
        made = f"This run made {Measure('reports').of(number)}."
        if earlier:
            stand = "stands" if earlier == 1 else "stand"
            made = f"This run has {Measure('reports').of(number)}; {earlier} of them {stand} from an earlier run."
        reviewed = sum(entry.review.state is ReviewState.REVIEWED for entry in self.entries)
        return f"{made} {f'{reviewed} of them reviewed.' if reviewed else 'Nobody has reviewed any yet.'}"

    @property
    def sources(self) -> list[str]:
        """Where the data came from, each source once."""
        return list(dict.fromkeys(str(entry.told.get("data_source") or NOT_STATED) for entry in self.entries))


def write_index(folder: Path, *, made_by: Mapping[str, str] = MappingProxyType({})) -> Path:
    """Write the page that leads to every report below a run's published folder; returns the page.

    It is made from the ``metadata.json`` of each report and from the signatures beside them; ``made_by`` names the
    reports that stand from an earlier run, with its id. Raises `ReleaseRefused` where other reports of another run lie
    among them, or a report does not say what it is.
    """
    page = IndexPage(folder.name, sorted(_entries(folder, made_by), key=_place))
    path = folder / PAGE
    write_bytes_atomically(path, page_from_template("run_index.html", page).encode())
    return path


def time_words(until: str) -> str:
    """A month or day in words; anything else as it is.

    >>> time_words("2022-03"), time_words("2024-03-31"), time_words("not stated")
    ('March 2022', '31 March 2024', 'not stated')
    """
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", until):
        return day_words(until)
    return month_words(until) if re.fullmatch(r"\d{4}-\d{2}", until) else until


def _entries(folder: Path, made_by: Mapping[str, str]) -> Iterator[IndexEntry]:
    for name in find_reports(folder):
        told, maker = _told(folder / name / METADATA), made_by.get(name, "")
        if told.get("run_id") != (maker or folder.name):
            raise ReleaseRefused([f"one run: report '{name}' in {folder.name} says that it is of another run"])
        has_workbook = (folder / name / WORKBOOK).is_file()
        yield IndexEntry(name, told, find_review(folder, name), has_workbook, maker)


def _told(path: Path) -> Mapping[str, Any]:
    try:
        told = json.loads(path.read_text("utf-8"))
    except ValueError:
        told = None
    if not isinstance(told, dict):
        raise ReleaseRefused([f"what report '{path.parent.name}' says of itself: its {METADATA} cannot be read"])
    return told


def _place(entry: IndexEntry) -> tuple[int, str]:
    """What planners wait for stands first; what is not known here stands last, by name."""
    kind = next((place for place, start in enumerate(_FIRST) if entry.name.startswith(start)), len(_FIRST))
    return kind, entry.name
