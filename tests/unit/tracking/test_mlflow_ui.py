"""MLflow's own pages: on this machine alone, without what could run commands or send anything away."""

import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Self

import pytest

from ehforecast.errors import StoreError
from ehforecast.tracking import mlflow_ui
from ehforecast.tracking.mlflow_ui import show_ui, ui_command, ui_settings


def test_it_is_bound_to_this_machine_and_quiet() -> None:
    command, settings = ui_command(5001), ui_settings(5001)
    # Catches a page that anybody on the network can open.
    assert command[command.index("--host") + 1] == "127.0.0.1"
    assert "0.0.0.0" not in " ".join([*command, *settings.values()])  # noqa: S104 - that it is not there
    assert settings["MLFLOW_SERVER_ALLOWED_HOSTS"] == "127.0.0.1:5001,localhost:5001"
    # Catches the server that also offers an assistant which runs commands and asks language models.
    assert any(option in command for option in ("--gunicorn-opts", "--waitress-opts"))
    # Catches telemetry.
    assert settings["MLFLOW_DISABLE_TELEMETRY"] == settings["DO_NOT_TRACK"] == "true"


def test_nothing_is_started_where_there_is_nothing_to_show(tmp_path: Path) -> None:
    # Catches an empty page, and a database made by looking.
    with pytest.raises(StoreError, match="there are no experiments yet"):
        show_ui(tmp_path, progress=lambda _: None)
    assert list(tmp_path.iterdir()) == []


def test_a_port_that_is_taken_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mlflow.db").write_bytes(b"")

    class Taken:
        def __init__(self, *_: object) -> None:
            pass

        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def bind(self, _: object) -> None:
            raise OSError(98, "Address already in use")

    monkeypatch.setattr(socket, "socket", Taken)
    # Catches a traceback, or another port than the one asked for.
    with pytest.raises(StoreError, match="port 5001 is taken"):
        show_ui(tmp_path, port=5001, progress=lambda _: None)


def test_it_starts_in_the_folder_of_the_store_and_ends_with_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mlflow.db").write_bytes(b"")
    where = "import os, time; open('seen', 'w').write(os.environ['DO_NOT_TRACK']); time.sleep(60)"
    monkeypatch.setattr(mlflow_ui, "ui_command", lambda _: [sys.executable, "-c", where])
    monkeypatch.setattr(mlflow_ui, "free_port", lambda _: 5001)
    started: list[subprocess.Popen[bytes]] = []

    class Interrupted(subprocess.Popen[bytes]):
        """A server whose reader presses Ctrl+C once it runs."""

        def wait(self, timeout: float | None = None) -> int:
            if timeout is not None:
                return super().wait(timeout)
            started.append(self)
            while not (tmp_path / "seen").is_file() or not (tmp_path / "seen").read_text():
                time.sleep(0.01)
            raise KeyboardInterrupt

    monkeypatch.setattr(subprocess, "Popen", Interrupted)
    said: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        show_ui(tmp_path, progress=said.append)
    # Catches places in the database that lead nowhere, since they are relative to its folder.
    assert (tmp_path / "seen").read_text() == "true"
    # Catches a server that goes on after the command has ended.
    assert started[0].poll() is not None
    assert "http://127.0.0.1:5001/" in said[0]
    assert "this machine only" in said[0]
