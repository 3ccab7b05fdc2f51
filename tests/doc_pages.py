"""Examples on pages of the documentation: found, and run one after the other as a reader would."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any

from command_line import ehforecast

FENCE = re.compile(
    r"(?:<!-- not run: (?P<why>[^\n]*?) -->\s*\n\s*\n?)?"
    r"(?P<block>^(?P<indent> *)```(?P<language>\w+)"
    r'(?: title="(?P<saved_as>[^"]+)")?[^\n]*\n'
    r"(?P<text>.*?)^(?P=indent)```$)",
    re.MULTILINE | re.DOTALL,
)

SMALL = {
    "synthetic.yaml": (
        ("councils: 16", "councils: 4"), ("years: 10", "years: 6"), ("first_month: 2014-04", "first_month: 2018-04"),
        (", ets, calendar_regression, pooled_ensemble]", "]\ntracking: {mlflow: false}"),
    ),
    "synthetic_council.yaml": (
        ("contacts_a_year: 12000", "contacts_a_year: 800"), ("trials: 4", "trials: 1"),
        ("pooled_smoothing, theta]", "pooled_smoothing]"), ("keys: [source_group]", "keys: []"),
        ("\nassessment:", "\ntracking: {mlflow: false}\nassessment:"),
    ),
    "audit_example.yaml": (("draws: 2000", "draws: 200"), ("permutations: 2000", "permutations: 200")),
}  # fmt: skip
"""What is made smaller in the configurations, so that every run of the tests can afford the examples."""


UNTRACKED = "\ntracking: {mlflow: false}\n"
"""Added to configurations that stand on a page, for the same reason."""


@dataclass(frozen=True)
class Block:
    """One example: `python`, `console`, or another language, which is not run; with a title, a file to be saved."""

    language: str
    text: str
    not_run: str = ""
    saved_as: str = ""

    @property
    def runs(self) -> bool:
        """Whether it is run at all."""
        return self.language in {"python", "console"} and not self.not_run


def blocks_of(page: Path) -> list[Block]:
    """The code blocks of a page that name a language, in order."""
    found = FENCE.finditer(page.read_text("utf-8"))
    return [
        Block(match["language"], dedent(match["text"]), match["why"] or "", match["saved_as"] or "") for match in found
    ]


def folder_of_examples(root: Path, folder: Path, *, in_full: bool) -> None:
    """The configurations as a clone has them; smaller ones unless the examples are to be run in full."""
    for path in (root / "configs").rglob("*.yaml"):
        text = path.read_text("utf-8")
        for whole, small in () if in_full else SMALL.get(path.name, ()):
            assert whole in text, f"{path.name} no longer holds {whole!r}"
            text = text.replace(whole, small)
        copy = folder / path.relative_to(root)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(text, "utf-8")


def run_blocks(blocks: Sequence[Block], folder: Path, *, exact: bool) -> list[str]:
    """Run the examples of one page in one folder; says what went wrong. Python blocks share their names."""
    names: dict[str, Any] = {"__name__": "example"}
    wrong: list[str] = []
    for block in blocks:
        if block.saved_as:
            (folder / block.saved_as).write_text(block.text + ("" if exact else UNTRACKED), "utf-8")
        if block.runs and block.language == "python":
            sys.modules.setdefault("example", type(sys)("example"))
            exec(compile(block.text, "example", "exec"), names)  # noqa: S102 - our own pages
        elif block.runs:
            wrong += [said for call, expected in calls(block.text) for said in _wrong(call, expected, folder, exact)]
    return wrong


def calls(text: str) -> Iterator[tuple[str, list[str]]]:
    """Each command of a console with the lines it should print."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, *expected = part.rstrip("\n").split("\n")
        yield command, expected


def _wrong(call: str, expected: list[str], folder: Path, exact: bool) -> Iterator[str]:
    if call.startswith("ehforecast "):
        answer = ehforecast(*_arguments(call, folder))
        code, printed = answer.code, f"{answer.err}{answer.out}"
    else:
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(
            ["bash", "-euc", call],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | {"PATH": path},
        )
        code, printed = done.returncode, f"{done.stderr}{done.stdout}"
    refused = any(line.startswith("ehforecast: ") for line in expected)
    if (code != 0) != refused:
        yield f"{call}: ended with {code}\n{printed}"
    elif expected and not _as_expected(printed, expected, exact=exact):
        yield f"{call}: printed\n{printed}\nand should have printed\n" + "\n".join(expected)


def _arguments(call: str, folder: Path) -> list[str]:
    """The words of a command; RUN stands for the id of the run that was made last, as it does for a reader."""
    made = sorted((folder / "reports").glob("*/"), key=lambda run: run.stat().st_mtime) if "RUN" in call else []
    return [made[-1].name if word == "RUN" else word for word in shlex.split(call)[1:]]


def _as_expected(printed: str, expected: list[str], *, exact: bool) -> bool:
    """Line by line; `...` stands for anything. Numbers must agree only where the example is run in full."""
    lines = [".*?" if line.strip() == "..." else _pattern(line, exact=exact) for line in expected]
    return re.fullmatch("\n".join(lines) + "\n*", printed if exact else _masked(printed), re.DOTALL) is not None


def _pattern(line: str, *, exact: bool) -> str:
    return "[^\n]*".join(re.escape(part) for part in (line if exact else _masked(line)).split("..."))


def _masked(text: str) -> str:
    return re.sub(r"\d[\d,.]*\d|\d", "#", text)
