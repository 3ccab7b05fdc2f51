"""When and where a step was made: the declared time fields of a run, in files of their own.

Everything else that a run keeps is the same to the byte when it is made again. What stands here differs: times, the
machine, and the commit of the checkout. No name of a person, a machine or a folder is among it.
"""

import json
import os
import platform
import time
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime

from ehforecast.tracking.code_state import CodeState, code_state

MADE = "made.json"
"""Beside each step of a run; two runs that are otherwise the same differ in files of this name alone."""

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
_DECLARED = "Times, machine and commit: what differs between runs that are otherwise the same to the byte."


def machine_facts() -> dict[str, str]:
    """What may tell two machines apart in their arithmetic or speed, and names neither."""
    told = {"system": platform.system(), "processor": platform.machine(), "processors": str(os.cpu_count())}
    return told | {name: os.environ[name] for name in _THREADS if name in os.environ}  # noqa: TID251 - only written down


@dataclass(frozen=True)
class Made:
    """One step, made.

    Attributes:
        started_at: to the second, UTC.
        seconds: it took.
        code: where the code lay.
        machine: system, kind of processor, how many of them, and threads where they are limited.
    """

    started_at: str
    seconds: float
    code: CodeState = field(default_factory=code_state)
    machine: dict[str, str] = field(default_factory=machine_facts)

    def to_json(self) -> bytes:
        """For keeping."""
        told = {"declared": _DECLARED, **asdict(self)}
        return (json.dumps(told, indent=2, sort_keys=True) + "\n").encode()


class Stopwatch:
    """Running from the moment it is made."""

    def __init__(self) -> None:
        self._started_at = datetime.now(UTC)
        self._started = time.perf_counter()

    def stop(self) -> Made:
        """What was made meanwhile."""
        seconds = time.perf_counter() - self._started
        return Made(self._started_at.strftime("%Y-%m-%dT%H:%M:%SZ"), round(seconds, 3))
