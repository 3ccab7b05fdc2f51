"""Calling the command line in this process, for tests of what it says and leaves behind."""

import io
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from ehforecast import cli


@dataclass(frozen=True)
class Answer:
    """Exit code, and what was printed on each stream."""

    code: int | str
    out: str
    err: str


def ehforecast(*arguments: str | Path) -> Answer:
    """`ehforecast("run", "--help")`."""
    out, err = io.StringIO(), io.StringIO()
    with (
        mock.patch.object(sys, "argv", ["ehforecast", *map(str, arguments)]),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        code = _exit_code()
    return Answer(code, out.getvalue(), err.getvalue())


def _exit_code() -> int | str:
    try:
        cli.main()
    except SystemExit as ended:
        return ended.code or 0
    return 0


def content(*folders: Path) -> dict[str, bytes]:
    """Every file under the folders with its bytes, by its path from there."""
    files = {
        f"{folder.name}/{path.relative_to(folder).as_posix()}": path for folder in folders for path in folder.rglob("*")
    }
    return {name: path.read_bytes() for name, path in sorted(files.items()) if path.is_file()}
