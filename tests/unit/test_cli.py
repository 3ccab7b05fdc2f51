"""The command line: what it says, where it says it, and the exit code of every kind of failure."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from command_line import Answer, ehforecast

from ehforecast import __version__, cli
from ehforecast.errors import (
    ContractError,
    EhforecastError,
    Finding,
    ForecastError,
    ReleaseRefused,
    SettingsError,
    StoreError,
)
from ehforecast.store import make_private_folder
from ehforecast.store.lock import only_writer

COMMANDS = (
    "run",
    "ingest",
    "check",
    "manual",
    "assess",
    "forecast",
    "report",
    "plan",
    "changes",
    "flows",
    "audit",
    "sign",
    "verify",
    "runs",
    "compare",
    "ui",
    "purge",
    "version",
)
NEVER = "Never used to make decisions automatically."


def failing(error: Exception) -> Callable[[], None]:
    def app() -> None:
        raise error

    return app


@pytest.mark.parametrize(
    "command", [(), *((command,) for command in COMMANDS)], ids=lambda words: " ".join(words) or "-"
)
def test_every_command_explains_itself(command: tuple[str, ...]) -> None:
    program = [sys.executable, "-c", "from ehforecast.cli import main; main()"]
    answer = subprocess.run([*program, *command, "--help"], capture_output=True, text=True, check=False)
    # Catches a command that cannot even be asked what it does.
    assert (answer.returncode, answer.stderr) == (0, "")
    # Catches a command whose help leaves out what the program is never used for, in words that may wrap.
    assert NEVER in " ".join(answer.stdout.split())


def test_help_lists_every_command_and_exit_code() -> None:
    shown = " ".join(ehforecast("--help").out.split())
    # Catches a command or a family of errors that help does not know.
    assert all(f" {command} " in shown for command in COMMANDS)
    assert shown.endswith(
        "Exit codes: 0 done, 2 wrong arguments, 3 configuration, 4 data contract, 5 store, 6 forecast, 7 not released, "
        "8 no honest estimate, 9 a damaged model, 10 processes or cluster lost, 130 interrupted."
    )


def test_every_command_is_tested() -> None:
    # Catches a new command that the tests here do not ask.
    assert [command.callback.__name__ for command in cli.app.registered_commands if command.callback] == list(COMMANDS)


def test_version_is_printed() -> None:
    # Catches a version that is not the package's own.
    assert ehforecast("version") == Answer(0, f"ehforecast {__version__}\n", "")


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("fly",),
        ("run",),
        ("run", "a.yaml", "b.yaml"),
        ("run", "a.yaml", "--fast"),
        ("report", "a.yaml", "--run"),
        ("version", "1"),
        ("check",),
        ("check", "folder"),
        ("manual", "a", "b"),
    ],
    ids=" ".join,
)
def test_wrong_arguments_exit_with_2(arguments: tuple[str, ...]) -> None:
    answer = ehforecast(*arguments)
    # Catches a wrong call that does something, or that fails as if the data were at fault.
    assert answer.code == 2
    assert re.search("^(Usage|Error): ", answer.err)
    # Catches a step begun before the arguments were understood.
    assert list(Path.cwd().iterdir()) == []


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (SettingsError("key 'x' is not known"), 3),
        (ContractError([Finding("f.csv", "t", "c", "the_rule", 2, "Mend it.")]), 4),
        (StoreError("the store is locked"), 5),
        (ForecastError("too short"), 6),
        (ReleaseRefused(["the run"]), 7),
        (EhforecastError("something else"), 1),
    ],
    ids=lambda value: type(value).__name__,
)
def test_each_family_has_its_code_and_its_words(
    monkeypatch: pytest.MonkeyPatch, error: EhforecastError, code: int
) -> None:
    monkeypatch.setattr(cli, "app", failing(error))
    # Catches a refusal on the wrong stream, with the wrong code, or as a traceback.
    assert ehforecast("run") == Answer(code, "", f"ehforecast: {error}\n")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (PermissionError(13, "Permission denied", "private/store"), "ehforecast: private/store: Permission denied\n"),
        (OSError(28, "No space left on device"), "ehforecast: a file: No space left on device\n"),
    ],
    ids=["not ours to write", "disk full"],
)
def test_what_the_system_refuses_is_said_in_words(monkeypatch: pytest.MonkeyPatch, error: OSError, said: str) -> None:
    monkeypatch.setattr(cli, "app", failing(error))
    # Catches a traceback, with its lines of code, for a full disk or a folder of somebody else.
    assert ehforecast("run") == Answer(5, "", said)


def test_a_fault_of_the_program_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "app", failing(ZeroDivisionError("a bug")))
    # Catches a program that answers its own bugs as if the user had made them.
    with pytest.raises(ZeroDivisionError):
        cli.main()


def test_real_files_are_asked_for_where_none_are_given(root: Path) -> None:
    answer = ehforecast("run", root / "configs" / "five_councils.yaml")
    # Catches a real configuration answered with invented figures, or with a traceback.
    assert (answer.code, answer.out) == (3, "")
    assert "say where they are with --data FOLDER" in answer.err
    # Catches folders left behind by a run that could not begin.
    assert list(Path.cwd().iterdir()) == []


@pytest.mark.parametrize("command", ["run", "ingest", "forecast", "report"])
def test_every_step_refuses_a_configuration_that_is_not_there(command: str) -> None:
    answer = ehforecast(command, "nowhere.yaml")
    # Catches a step that reads its configuration in a way of its own.
    assert (answer.code, answer.out) == (3, "")
    assert answer.err == "ehforecast: no configuration file nowhere.yaml; examples are in configs/\n"


def test_a_report_needs_a_run(root: Path) -> None:
    answer = ehforecast("report", root / "configs" / "synthetic.yaml")
    # Catches an empty report, or a traceback, where a step was forgotten.
    assert (answer.code, answer.out) == (5, "")
    assert "run 'ehforecast forecast' first" in answer.err


def test_a_forecast_needs_data(root: Path) -> None:
    answer = ehforecast("forecast", root / "configs" / "synthetic.yaml")
    # Catches a forecast from nothing.
    assert (answer.code, answer.out) == (5, "")
    assert "holds nothing yet; run 'ehforecast ingest' first" in answer.err
    # Catches a store made by reading it.
    assert list(Path.cwd().iterdir()) == []


def test_private_folder_that_is_a_file_is_refused(root: Path, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("mine", "utf-8")
    answer = ehforecast("ingest", root / "configs" / "synthetic.yaml", "--private", tmp_path / "taken")
    # Catches somebody's file replaced by a folder, or a traceback.
    assert answer.code == 5
    assert (tmp_path / "taken").read_text("utf-8") == "mine"
    assert str(tmp_path / "taken") in answer.err


COMMANDS_THAT_WRITE = (
    "run", "ingest", "assess", "forecast", "report", "changes", "flows", "plan", "audit", "purge"
)  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS_THAT_WRITE)
def test_no_command_writes_beside_a_run(command: str, root: Path, tmp_path: Path) -> None:
    told = {"plan": "walsall_plan", "audit": "audit_example", "ingest": "synthetic"}
    name = told.get(command, "synthetic_council")
    config = root / "configs" / f"{name}.yaml"
    others = {"audit": ("scores.csv", "--config", config), "purge": (config, "--person", "KP00000031")}
    asked = others.get(command, (config,))
    runs = tmp_path / name / "runs"
    make_private_folder(runs)
    with only_writer(runs):
        answer = ehforecast(command, *asked, "--private", tmp_path)
    # Catches a command that writes what a run of the same configuration is writing or would sweep away, brings in other
    # records between two of its steps, or takes a person away whom the run has read already.
    assert (answer.code, "is being written by another run" in answer.err) == (5, True), answer.err


def test_the_package_is_a_command_too() -> None:
    program = [sys.executable, "-m", "ehforecast", "version"]
    answer = subprocess.run(program, capture_output=True, text=True, check=False)
    # Catches a package that runs only where its script is on the path.
    assert answer.returncode == 0
    assert __version__ in answer.stdout
