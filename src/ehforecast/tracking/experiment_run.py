"""A run as an experiment log shows it: settings, figures and their steps, as plain values that can be sent later."""

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field

from ehforecast.errors import StoreError

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_. /-]{0,249}")
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9_. /-]+")
OUTDATED = "outdated"
"""The tag of a run that must not be used any more; says why."""

LONGEST_VALUE = 500
"""Characters of a setting; longer ones are cut, with a mark."""


@dataclass(frozen=True)
class Figure:
    """One figure of a run; several of one name have a step each (a fold, a trial, a month ahead)."""

    name: str
    value: float
    step: int = 0


@dataclass(frozen=True)
class ExperimentRun:
    """One run, or one part of a run.

    Attributes:
        experiment: what runs are compared within: the configuration.
        name: of the run, shown in lists.
        run_id: of the run record; finds it again.
        settings: by name, as text.
        figures: what came of it. Figures that are not numbers are left out, for they could not be drawn.
        tags: few and short: kind of run, data date, verdict.
        parts: trials of a search, origins of a backtest.
    """

    experiment: str
    name: str
    run_id: str
    settings: Mapping[str, str] = field(default_factory=dict)
    figures: tuple[Figure, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    parts: tuple["ExperimentRun", ...] = ()

    def __post_init__(self) -> None:
        names = [self.experiment, self.name, *self.settings, *self.tags, *(figure.name for figure in self.figures)]
        wrong = sum(_NAME.fullmatch(name) is None for name in names)
        if wrong:
            raise StoreError(
                f"{wrong} names of the experiment record are not plain words; nothing was recorded under them"
            )

    def drawable(self) -> Iterator[Figure]:
        """The figures that are numbers."""
        return (figure for figure in self.figures if math.isfinite(figure.value))

    def to_json(self) -> bytes:
        """For keeping beside the run, so that it can be sent later."""
        return (json.dumps(asdict(self), sort_keys=True) + "\n").encode()

    @classmethod
    def from_json(cls, kept: bytes) -> "ExperimentRun":
        """What `to_json` kept. Raises `StoreError` for anything else."""
        try:
            return _run(json.loads(kept))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise StoreError("the experiment record of a run is damaged; make the run again") from error


def _run(kept: Mapping[str, object]) -> ExperimentRun:
    parts = dict(kept)
    figures = tuple(Figure(**figure) for figure in parts.pop("figures"))  # type: ignore[attr-defined] # checked by use
    below = tuple(_run(part) for part in parts.pop("parts"))  # type: ignore[attr-defined] # checked by use
    return ExperimentRun(**parts, figures=figures, parts=below)  # type: ignore[arg-type] # checked by use


def plain_name(name: str) -> str:
    """A name that MLflow takes: codes and words of a configuration may hold other signs.

    >>> plain_name("ethnicity/mixed | A1")
    'ethnicity/mixed _ A1'
    """
    return _NOT_PLAIN.sub("_", name).strip()[:250] or "_"


def as_setting(value: object) -> str:
    """A setting as it is shown, cut where it is long."""
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str)
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"


def flat_settings(settings: Mapping[str, object], *, within: str = "") -> dict[str, str]:
    """Settings of settings, named by their path.

    >>> flat_settings({"forecast": {"horizon_months": 12}, "areas": ["A", "B"]})
    {'forecast.horizon_months': '12', 'areas': '["A", "B"]'}
    """
    found: dict[str, str] = {}
    for name, value in settings.items():
        path = f"{within}.{name}" if within else str(name)
        found |= flat_settings(value, within=path) if isinstance(value, Mapping) else {path: as_setting(value)}
    return found
