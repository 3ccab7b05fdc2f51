"""One council through the whole command line: what a run takes, step by step, and how that grows with its size."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from measured import Measured, ehforecast, run_measured

from ehforecast.synthetic.council import draw_council
from ehforecast.synthetic.council_plan import CouncilPlan
from ehforecast.synthetic.plain_files import write_plain

Row = tuple[str, str, str, float, str]
"""Case, method, metric, value, unit."""

ONE_COUNCIL = 100_000
YEARS = 6
SEED = 5
"""Of a council that has enough events to learn from at 10,000 contacts already; many have not."""

STEP = re.compile(r"step \d+ of \d+, (\w+)")
UNITS = {
    "peak_mib": "MiB",
    "load": "processes waiting",
    "ratio": "ratio",
    "exponent": "power of contacts",
    "series": "series",
    "parts": "parts",
    "events": "index events",
    "matrix_mib": "MiB",
    "largest": "contacts",
    "largest_process_mib": "MiB",
}

METHODS = {"month": "seasonal_naive, pooled_smoothing, theta", "week": "seasonal_naive, theta"}
"""By step: pooled smoothing is for months."""

ASKED = """\
name: one_council
title: One council of the benchmark
purpose: research
records: {{source: records, extracted_on: {day}, layout: plain_tables, pseudonyms: already_made}}
forecast:
  measure: contacts
  step: {step}
  keys: [locality, source_group]
  levels: [[], [locality], [source_group]]
  forecasters: [{methods}]
  calendar: {{covid: kept}}
"""
THE_REST = """\
past: {reader: head of early help, of: records}
flows: {reader: head of early help, check_ins: {}, cohorts: [young_carers, housing]}
assessment: {questions: [QUESTION], reader: head of research, trials: 8}
"""
"""Breaks, flows, risk with tuning, SHAP, audit and papers. A plan needs series of one key, and these have two."""


@dataclass(frozen=True)
class Council:
    """A folder with the records of one council and two configurations that ask of the same store."""

    folder: Path

    @classmethod
    def draw(cls, folder: Path, contacts: int, *, question: str = "escalation_after_early_help") -> "Council":
        """Invent the records, as files that a run reads like any other's. Not part of what is measured."""
        plan = CouncilPlan(seed=SEED, years=YEARS, contacts_a_year=max(contacts // YEARS, 1))
        write_plain(draw_council(plan).tables, folder / "records")
        for step, methods in METHODS.items():
            text = ASKED.format(step=step, methods=methods, day=plan.extracted_on)
            text += THE_REST.replace("QUESTION", question) if step == "month" else ""
            (folder / f"{step}.yaml").write_text(text, "utf-8")
        return cls(folder)

    def call(self, command: str, step: str, *more: str | Path, run: str = "kept") -> list[str | Path]:
        """The command line of one of the configurations, keeping its things below the folder."""
        places: list[str | Path] = ["--private", self.folder / run / "private"]
        places += ["--reports", self.folder / run / "reports"] if command == "run" else []
        return ehforecast(command, self.folder / f"{step}.yaml", *places, *more)


def one_council(engine: str) -> Iterator[Row]:
    """100,000 contacts: everything by months, forecasts by weeks, on this machine."""
    with TemporaryDirectory() as folder:
        council = Council.draw(Path(folder), ONE_COUNCIL)
        wheres = {"ehforecast": "local"} | ({f"ehforecast_{engine}": engine} if engine != "local" else {})
        for method, where in wheres.items():
            monthly = run_measured(council.call("run", "month", "--engine", where, run=method))
            steps = {f"seconds_{name}": seconds for name, seconds in seconds_by_step(monthly).items()}
            yield from rows_of("one_council", f"{method}_months", figures=monthly.figures() | steps)
            weekly = run_measured(council.call("forecast", "week", "--engine", where, run=method))
            yield from rows_of("one_council", f"{method}_weeks", figures=weekly.figures())
            yield from rows_of("one_council", method, figures=whole_of(monthly, weekly))
        again = run_measured(council.call("run", "month", run="ehforecast"))
        yield from rows_of("one_council", "nothing_new", figures=again.figures())


def growth(sizes: Iterable[int]) -> Iterator[Row]:
    """The whole run at several sizes, and the power of the number of contacts that its time grows with.

    Its question is asked after every contact, not after early help: of that small councils have too few to learn from.
    """
    seconds: dict[int, float] = {}
    processor: dict[int, float] = {}
    for contacts in sorted(sizes):
        with TemporaryDirectory() as folder:
            council = Council.draw(Path(folder), contacts, question="escalation_after_contact")
            found = run_measured(council.call("run", "month"))
        seconds[contacts], processor[contacts] = found.seconds, found.cpu_seconds
        yield from rows_of(f"growth_{contacts}", "ehforecast", figures=found.figures())
        steps = {f"seconds_{name}": each for name, each in seconds_by_step(found).items()}
        yield from rows_of(f"growth_{contacts}", "ehforecast", figures=steps)
        print(f"growth: {contacts:,} contacts in {found.seconds:.0f} s, {found.peak_mib:,.0f} MiB", flush=True)
    if len(seconds) > 1:
        largest = dict(sorted(processor.items())[-2:])
        figures = {"exponent": exponent(seconds), "exponent_cpu": exponent(processor), "largest": max(seconds),
                   "exponent_cpu_of_the_largest_two": exponent(largest)}  # fmt: skip
        yield from rows_of("growth", "ehforecast", figures=figures)


def start_up() -> Iterator[Row]:
    """Seconds until the package is imported, and until `--help` is answered: the median of five each."""
    commands = {"import": [ehforecast()[0], "-c", "import ehforecast"], "help": ehforecast("--help")}
    for name, command in commands.items():
        found = [run_measured(command) for _ in range(5)]
        seconds = float(np.median([each.seconds for each in found]))
        yield from rows_of("start_up", name, figures={"seconds": seconds, "load": found[0].load})


def seconds_by_step(found: Measured) -> dict[str, float]:
    """Between the lines that begin a step; before the first it loads, reads and checks; MLflow comes with the last."""
    starts = [("ingest", 0.0)]
    starts += [(match[1], second) for second, line in found.said if (match := STEP.match(line))]
    ends = [second for _, second in starts[1:]] + [found.seconds]
    starts[-1] = (f"{starts[-1][0]}_and_experiment_record", starts[-1][1])
    return {name: end - start for (name, start), end in zip(starts, ends, strict=True)}


def whole_of(*parts: Measured) -> dict[str, float]:
    """Commands one after the other: times add up, the peak is the highest."""
    figures = [part.figures() for part in parts]
    added = {name: sum(each[name] for each in figures) for name in ("seconds", "cpu_seconds")}
    return added | {name: max(each[name] for each in figures) for name in ("peak_mib", "load")}


def exponent(seconds: dict[int, float]) -> float:
    """The slope of log seconds over log contacts, by least squares.

    >>> round(exponent({10: 1.0, 100: 10.0, 1000: 100.0}), 6)
    1.0
    """
    return float(np.polyfit(np.log([*seconds]), np.log([*seconds.values()]), 1)[0])


def rows_of(case: str, method: str, *, figures: dict[str, float]) -> list[Row]:
    """Figures as rows, each with its unit."""
    return [(case, method, name, value, UNITS.get(name.split("_cpu")[0], "seconds")) for name, value in figures.items()]
