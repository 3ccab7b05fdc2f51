"""The one way out of the private area: every report is checked, held against what went out before, and written down.

Use it wherever a report is written:

    way_out(run).publish("plan", lambda folder: write_plan_report(advice, folder), counted=advice.counted)

``counted`` are the tables of counts from records that the report tells (`advisory.ledger.Release`); leave it out for
reports that tell none. The report is made in the private area first. Then the ledger is written, then the report
appears whole, then the run's index: broken off in between, the ledger says more than went out, never less.
"""

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from ehforecast.advisory.demand_protection import RULES
from ehforecast.advisory.ledger import Ledger, Release
from ehforecast.advisory.publishing import check_files
from ehforecast.advisory.sign_off import find_reports, find_strays, hash_files
from ehforecast.pipelines.one_run import OneRun
from ehforecast.reports.folder import replace_folder
from ehforecast.reports.index_page import PAGE as INDEX
from ehforecast.reports.index_page import write_index
from ehforecast.tracking.folder_log import FolderLog

LEDGER, OUTBOX = "ledger.jsonl", "outbox"


@dataclass(frozen=True)
class WayOut:
    """Where the reports of one run go, and what went out of the same configuration before.

    Attributes:
        published: the run's folder of reports.
        private: the private folder of the ledger, one for each configuration.
    """

    published: Path
    private: Path

    @property
    def ledger(self) -> Ledger:
        """What went out before."""
        return Ledger(self.private / LEDGER)

    def publish(self, report: str, write: Callable[[Path], Path], *, counted: Sequence[Release] = ()) -> Path:
        """Let one report out; returns its page. Raises `ReleaseRefused` where it may not go, and then nothing went."""
        ledger, made = self.ledger, self.private / OUTBOX / report
        ledger.check(counted, rules=RULES)
        try:
            page = write(made)
            files = {path.relative_to(made).as_posix(): path.read_bytes() for path in made.rglob("*") if path.is_file()}
        finally:
            shutil.rmtree(self.private / OUTBOX, ignore_errors=True)
        self._let_out(report, files, counted=counted)
        return self.published / report / page.name

    def take_over(self, report: str, files: Mapping[str, bytes]) -> None:
        """Let a report that an earlier run published stand in this one too: its very bytes, which name that run."""
        self._let_out(report, files)

    def _let_out(self, report: str, files: Mapping[str, bytes], *, counted: Sequence[Release] = ()) -> None:
        check_files(files)
        hashes = {name: sha256(data).hexdigest() for name, data in sorted(files.items())}
        self.ledger.append(counted, run_id=self.run_id, report=report, files=hashes)
        replace_folder(self.published / report, files)
        self.write_index()

    def write_index(self) -> Path:
        """Write the page that leads to every report of the run; returns it."""
        return write_index(self.published, made_by=self._made_by())

    def _made_by(self) -> dict[str, str]:
        """Reports that an earlier run made, by name: the same files went out under its id first."""
        first: dict[tuple[str, str], str] = {}
        found = {}
        for entry in self.ledger.reports():
            is_of = (entry["report"], repr(sorted(entry["files"].items())))
            run_id = first.setdefault(is_of, entry["run_id"])
            if entry["run_id"] == self.run_id != run_id:
                found[entry["report"]] = run_id
        return found

    def find_unknown(self) -> list[str]:
        """What lies in the run's folder and did not go out this way, or not as it is there, with what is wrong."""
        went = {entry["report"]: entry["files"] for entry in self.ledger.reports() if entry["run_id"] == self.run_id}
        there = find_reports(self.published)
        strays = find_strays(self.published, reports={*went, *there}, beside=(INDEX,))
        found = [
            f"{name}: it is not in the ledger of what was published"
            for name in (*(name for name in there if name not in went), *strays)
        ]
        return found + [
            f"{name}: {'its files are not those that were published' if name in there else 'it is gone'}"
            for name, files in went.items()
            if name not in there or hash_files(self.published / name) != files
        ]

    @property
    def run_id(self) -> str:
        """The run."""
        return self.published.name


def way_out(run: OneRun) -> WayOut:
    """The way out of a run's reports."""
    return WayOut(run.published, ledger_folder(run.log))


def ledger_folder(log: FolderLog) -> Path:
    """The private folder of what was published of the configuration whose runs these are."""
    return log.folder.parent / "ledger"
