"""What differs between two kept runs: in the data they read, their settings, their versions, and how good they were."""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ehforecast.tracking.experiment_run import flat_settings
from ehforecast.tracking.kept_runs import KeptRun
from ehforecast.tracking.run_record import SOURCE

ABSENT = "not there"
NO_LIMITS = (math.nan, math.nan)
BY_ORIGIN = "by origin/"
DATES = "dates forecast from"
"""The setting of an experiment that lists the dates in the past on which its methods were tested."""


@dataclass(frozen=True)
class Difference:
    """One thing that is not the same: what, and how it stands in each run."""

    what: str
    first: str
    second: str


@dataclass(frozen=True)
class Score:
    """One figure of one step in both runs.

    Limits are 95% ones where the step gives them, otherwise not a number. The task is the same where both were tested
    on the same past; otherwise one may be lower because its past was easier.
    """

    step: str
    name: str
    first: float
    second: float
    first_limits: tuple[float, float] = NO_LIMITS
    second_limits: tuple[float, float] = NO_LIMITS
    is_same_task: bool = True

    @property
    def change(self) -> float:
        """The second less the first."""
        return self.second - self.first


@dataclass(frozen=True)
class ByDate:
    """One figure at each date in the past from which both runs' published methods forecast, in order."""

    step: str
    name: str
    first: tuple[float, ...]
    second: tuple[float, ...]


@dataclass(frozen=True)
class RunComparison:
    """Two runs beside each other.

    Attributes:
        first, second: the runs.
        data, settings, versions: what differs.
        answers: short words of steps that differ: a verdict, the method that was published.
        scores: every figure of the whole that both have.
        by_date: figures over dates in the past, where both were tested at the same ones.
        steps_of_one: steps that only one of them has.
    """

    first: KeptRun
    second: KeptRun
    data: tuple[Difference, ...]
    settings: tuple[Difference, ...]
    versions: tuple[Difference, ...]
    answers: tuple[Difference, ...]
    scores: tuple[Score, ...]
    by_date: tuple[ByDate, ...]
    steps_of_one: tuple[Difference, ...]

    @property
    def is_same(self) -> bool:
        """Whether nothing that goes into a run differs."""
        return not (self.data or self.settings or self.versions)


def compare_runs(first: KeptRun, second: KeptRun) -> RunComparison:
    """Everything that differs."""
    shared = [step for step in first.steps if step in second.steps]
    return RunComparison(
        first,
        second,
        data=tuple(_data(first.record, second.record)),
        settings=tuple(_differing(*(flat_settings(run.record["settings"]) for run in (first, second)))),
        versions=tuple(_differing(*(_versions(run.record) for run in (first, second)))),
        answers=tuple(answer for step in shared for answer in _answers(first, second, step=step)),
        scores=tuple(score for step in shared for score in _scores(first, second, step=step)),
        by_date=tuple(line for step in shared for line in _by_date(first, second, step=step)),
        steps_of_one=tuple(_steps_of_one(first, second)),
    )


def _differing(first: Mapping[str, str], second: Mapping[str, str]) -> Iterator[Difference]:
    for name in sorted({*first, *second}):
        one, other = first.get(name, ABSENT), second.get(name, ABSENT)
        if one != other:
            yield Difference(name, one, other)


def _versions(record: Mapping[str, Any]) -> dict[str, str]:
    contracts = {f"contract {name}": ", ".join(found) for name, found in record.get("contracts", {}).items()}
    own = {"source of ehforecast itself": str(record["versions"].get(SOURCE, ABSENT))}
    return {name: str(number) for name, number in record["versions"].items() if name != SOURCE} | contracts | own


def _data(first: Mapping[str, Any], second: Mapping[str, Any]) -> Iterator[Difference]:
    if first["data_until"] != second["data_until"]:
        yield Difference("data until", str(first["data_until"]), str(second["data_until"]))
    yield from _differing(_inputs(first), _inputs(second))


def _inputs(record: Mapping[str, Any]) -> dict[str, str]:
    """Each input in a few words, by table, day and file; the hash in full decides whether it is the same."""
    told: dict[str, str] = {}
    for one in record["inputs"]:
        name = " ".join(str(one[key]) for key in ("table", "extracted_on") if one.get(key))
        file = one.get("file_name") or one.get("name") or "file"
        sha256 = str(one.get("file_sha256") or one.get("sha256") or json.dumps(one, sort_keys=True))
        rows = one.get("rows_used", one.get("rows"))
        told[f"{name} ({file})".strip()] = f"{rows if rows is None else f'{rows:,}'} rows, {sha256[:12]}"
    return told


def _answers(first: KeptRun, second: KeptRun, *, step: str) -> Iterator[Difference]:
    def words(run: KeptRun) -> dict[str, str]:
        return {f"{step}: {name}": value for name, value in run.steps[step].headline.items() if isinstance(value, str)}

    yield from _differing(words(first), words(second))


def _scores(first: KeptRun, second: KeptRun, *, step: str) -> Iterator[Score]:
    mine, theirs = first.steps[step].headline, second.steps[step].headline
    limits = [_limits(run, step) for run in (first, second)]
    same = _tested_on(first, step) == _tested_on(second, step)
    for name in mine:
        one, other = mine[name], theirs.get(name)
        if isinstance(one, int | float) and isinstance(other, int | float) and not isinstance(one, bool):
            ends = [found.get(name, NO_LIMITS) for found in limits]
            yield Score(step, name, float(one), float(other), ends[0], ends[1], is_same_task=same)


def _limits(run: KeptRun, step: str) -> dict[str, tuple[float, float]]:
    """95% limits by figure, where the step gives them."""
    experiment = run.steps[step].experiment
    found = {figure.name: figure.value for figure in experiment.figures} if experiment else {}
    names = [name.removeprefix("limits/").removesuffix(" lower") for name in found if name.endswith(" lower")]
    return {name: (found[f"limits/{name} lower"], found.get(f"limits/{name} upper", math.nan)) for name in names}


def _by_date(first: KeptRun, second: KeptRun, *, step: str) -> Iterator[ByDate]:
    if _tested_on(first, step) != _tested_on(second, step):
        return
    one, other = (_dated(run, step) for run in (first, second))
    for name in one:
        if len(one[name]) == len(other.get(name, ())):
            yield ByDate(step, name, one[name], other[name])


def _tested_on(run: KeptRun, step: str) -> tuple[str, ...]:
    """What decides which past a step was tested on."""
    experiment = run.steps[step].experiment
    settings = experiment.settings if experiment else {}
    horizon = [value for name, value in settings.items() if "horizon" in name]
    read = sorted(f"{name}: {told}" for name, told in _inputs(run.record).items())
    return (settings.get(DATES, ""), str(run.record["data_until"]), *horizon, *read)


def _dated(run: KeptRun, step: str) -> dict[str, tuple[float, ...]]:
    experiment = run.steps[step].experiment
    found: dict[str, dict[int, float]] = {}
    for figure in experiment.figures if experiment else ():
        if figure.name.startswith(BY_ORIGIN):
            found.setdefault(figure.name.removeprefix(BY_ORIGIN), {})[figure.step] = figure.value
    return {name: tuple(values[step] for step in sorted(values)) for name, values in found.items()}


def _steps_of_one(first: KeptRun, second: KeptRun) -> Iterator[Difference]:
    for step in sorted({*first.steps} ^ {*second.steps}):
        yield Difference(step, "made" if step in first.steps else ABSENT, "made" if step in second.steps else ABSENT)
