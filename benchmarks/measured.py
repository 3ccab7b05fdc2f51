"""One command measured from outside: seconds, processor seconds, memory of all its processes, and when it said what."""

import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

EVERY_S = 0.2
"""How often memory is looked at: a peak shorter than this can be missed."""


@dataclass(frozen=True)
class Measured:
    """What a command took.

    Attributes:
        seconds: by the clock.
        cpu_seconds: of all its processes; it tells more than seconds where other work shares the machine.
        peak_mib: the most memory that it and its children held at one moment (proportional set size, so that what they
            share counts once). Without /proc the largest of any one process.
        load: other work: how many processes waited for a processor in the minute before.
        said: lines of its error stream, each with its second.
    """

    seconds: float
    cpu_seconds: float
    peak_mib: float
    load: float
    said: list[tuple[float, str]] = field(repr=False)

    def figures(self) -> dict[str, float]:
        """The metrics that every case writes."""
        return {
            "seconds": self.seconds, "cpu_seconds": self.cpu_seconds, "peak_mib": self.peak_mib, "load": self.load,
        }  # fmt: skip


def run_measured(
    command: Sequence[str | Path],
    *,
    environment: Mapping[str, str] | None = None,
    heard: Callable[[str], None] = lambda _: None,
) -> Measured:
    """Run a command to its end; `heard` is given each line of its error stream. Raises for a command that fails."""
    load, before, began = os.getloadavg()[0], resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    said: list[tuple[float, str]] = []
    with subprocess.Popen(  # noqa: S603 - the caller's own command
        [str(part) for part in command], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
        env={**os.environ, **(environment or {})},
    ) as process:  # fmt: skip
        sampler = _Sampler(process.pid)
        sampler.start()
        assert process.stderr is not None  # noqa: S101 - a pipe was asked for
        for line in process.stderr:
            said.append((time.perf_counter() - began, line.rstrip()))
            heard(line)
    seconds = time.perf_counter() - began
    sampler.stop()
    if process.returncode:
        raise SystemExit(f"{command[0]} ended with {process.returncode}:\n" + "\n".join(line for _, line in said[-20:]))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Measured(seconds, cpu, sampler.peak_mib or after.ru_maxrss / 1024, load, said)


def ehforecast(*arguments: str | Path) -> list[str | Path]:
    """The command line of this very environment."""
    return [sys.executable, "-c", "from ehforecast.cli import main; main()", *arguments]


class _Sampler(threading.Thread):
    """Looks at the memory of a process and all below it until it is stopped."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._pid, self._over = pid, threading.Event()
        self.peak_mib = 0.0

    def run(self) -> None:
        while not self._over.wait(EVERY_S):
            self.peak_mib = max(self.peak_mib, sum(_memory_mib(pid) for pid in _family(self._pid)))

    def stop(self) -> None:
        self._over.set()
        self.join()


def _family(pid: int) -> list[int]:
    """A process and all its descendants."""
    children: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(path.read_text("ascii", errors="replace").rpartition(")")[2].split()[1])
        except (OSError, ValueError, IndexError):
            continue
        children.setdefault(parent, []).append(int(path.parent.name))
    found = [pid]
    for one in found:
        found.extend(children.get(one, []))
    return found


def _memory_mib(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines()
    except OSError:  # it has ended, or this is no Linux
        return 0.0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0) / 1024
