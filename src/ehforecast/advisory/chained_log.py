"""A private list that only grows: each line carries the hash of the one before, and the last one's lies beside it.

So a line that was changed, dropped, swapped or put in later is found, the last one included.
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
        """Add entries: the lines first, then their head.

        Broken off between, the list is longer than its head says, which is sound; the next entry mends it.
        """
        lines, last = self._lines()
        new = []
        for entry in entries:
            line = json.dumps({"before": last, **entry}, ensure_ascii=False)
            last = _sha256(line)
            new.append(line)
        if new:
            write_bytes_atomically(self._path, "".join(f"{line}\n" for line in [*lines, *new]).encode())
            write_bytes_atomically(self._head, f"{last}\n".encode())

    @property
    def _head(self) -> Path:
        return self._path.with_name(f"{self._path.name}{_HEAD}")

    def _lines(self) -> tuple[list[str], str]:
        head = self._head.read_text("utf-8").strip() if self._head.is_file() else _FIRST
        lines = self._path.read_text("utf-8").splitlines() if self._path.is_file() else []
        last, is_head_met = _FIRST, head == _FIRST
        for number, line in enumerate(lines, start=1):
            if not line.startswith(f'{{"before": "{last}"'):
                raise self._unsound(number)
            last = _sha256(line)
            is_head_met = is_head_met or last == head
        if not is_head_met:
            raise self._unsound(max(len(lines), 1))
        return lines, last

    def _unsound(self, line: int) -> ReleaseRefused:
        return ReleaseRefused([f"a sound ledger: line {line} of {self._path.name} is not what was written"])


def _without_chain(entry: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in entry.items() if name != "before"}


def _sha256(line: str) -> str:
    return hashlib.sha256(line.encode()).hexdigest()
