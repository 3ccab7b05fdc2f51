"""A private list that only grows: each line carries the hash of the one before, and the last one's lies beside it.

So a line that was changed, dropped, swapped, put in or added is found, the last one included. Whoever can write both
files can write both anew: against that, somebody else must keep a copy of the last hash.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ehforecast.errors import ReleaseRefused
from ehforecast.store.files import write_bytes_atomically

_FIRST = "0" * 64
_HEAD = ".head"
"""Ending of the file that holds the hash of the last line."""


class ChainedLog:
    """Lines of JSON in one private file, for one writer at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> list[dict[str, Any]]:
        """Every entry, in order. Raises `ReleaseRefused` naming the first line that is not what was written."""
        return [_without_chain(json.loads(line)) for line in self._lines()[0]]

    def append(self, entries: Iterable[Mapping[str, object]]) -> None:
        """Add entries: their head is announced, then the lines are written, then the head is what was announced.

        Broken off anywhere, the list ends where its head says or where it was announced to, and goes on from there.
        """
        lines, before = self._lines()
        new, last = [], before
        for entry in entries:
            line = json.dumps({"before": last, **entry}, ensure_ascii=False)
            last = _sha256(line)
            new.append(line)
        if new:
            write_bytes_atomically(self._head, f"{before}\n{last}\n".encode())
            write_bytes_atomically(self._path, "".join(f"{line}\n" for line in [*lines, *new]).encode())
            write_bytes_atomically(self._head, f"{last}\n".encode())

    def last(self) -> str:
        """The hash of the last line: who keeps a copy elsewhere can tell later whether the list was written anew."""
        return self._lines()[1]

    @property
    def _head(self) -> Path:
        return self._path.with_name(f"{self._path.name}{_HEAD}")

    def _lines(self) -> tuple[list[str], str]:
        ends = self._head.read_text("utf-8").split() if self._head.is_file() else [_FIRST]
        lines = self._path.read_text("utf-8").splitlines() if self._path.is_file() else []
        last, agreed = _FIRST, 0 if _FIRST in ends else -1
        for number, line in enumerate(lines, start=1):
            if not line.startswith(f'{{"before": "{last}"'):
                raise self._unsound(number)
            last = _sha256(line)
            agreed = number if last in ends else agreed
        if agreed < len(lines):
            raise self._unsound(agreed + 1 if agreed >= 0 else max(len(lines), 1))
        return lines, last

    def _unsound(self, line: int) -> ReleaseRefused:
        return ReleaseRefused([f"a sound ledger: line {line} of {self._path.name} is not what was written"])


def _without_chain(entry: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in entry.items() if name != "before"}


def _sha256(line: str) -> str:
    return hashlib.sha256(line.encode()).hexdigest()
