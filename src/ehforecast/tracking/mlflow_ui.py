"""MLflow's own pages, shown to nobody but the person at this machine."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from ehforecast.errors import StoreError
from ehforecast.tracking.mlflow_log import DATABASE, QUIET

LOOPBACK = "127.0.0.1"
ALONE = QUIET | {
    "MLFLOW_ENABLE_AI_GATEWAY": "false",
    "MLFLOW_ENABLE_REMOTE_ASSISTANT": "false",
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    "MLFLOW_SERVER_JOB_ENABLE_PERIODIC_TASKS": "false",
    "PYTHONWARNINGS": "ignore",
}
"""What the pages have no need of is off: gateway, assistant, jobs."""

PLAIN_SERVER = ("--waitress-opts", "--threads=4") if os.name == "nt" else ("--gunicorn-opts", "--log-level warning")
"""By either of these MLflow serves its pages alone. As it usually starts it also offers an assistant, which runs
commands on this machine and sends what it is asked about to a language model, and doors for traces, jobs and agents."""


def ui_command(port: int) -> list[str]:
    """What is started, in the folder of the store: places in it are relative to that."""
    store = f"sqlite:///{DATABASE}"
    return [
        sys.executable, "-m", "mlflow", "server", "--backend-store-uri", store, "--registry-store-uri", store,
        "--host", LOOPBACK, "--port", str(port), "--workers", "1", *PLAIN_SERVER, "--no-serve-artifacts",
    ]  # fmt: skip


def ui_settings(port: int) -> dict[str, str]:
    """Environment of the server: all that is not needed is off, and no other name or site may ask it anything."""
    here = f"http://{LOOPBACK}:{port}"
    hosts = f"{LOOPBACK}:{port},localhost:{port}"
    return ALONE | {"MLFLOW_SERVER_ALLOWED_HOSTS": hosts, "MLFLOW_SERVER_CORS_ALLOWED_ORIGINS": here}


def show_ui(folder: Path, *, port: int = 0, progress: Callable[[str], None]) -> int:
    """Serve MLflow's pages until interrupted; returns the server's exit code.

    Raises `StoreError` where there is nothing to show, or the port is taken.
    """
    if not (folder / DATABASE).is_file():
        raise StoreError("there are no experiments yet; 'ehforecast run CONFIG' records the first")
    chosen = free_port(port)
    page = f"http://{LOOPBACK}:{chosen}/#/experiments?workflowType=machine_learning"
    progress(f"{page} shows the experiments, on this machine only. Stop with Ctrl+C.")
    umask = os.umask(0o077)
    try:
        started = subprocess.Popen(  # noqa: S603 - our own words
            ui_command(chosen), cwd=folder, env={**os.environ, **ui_settings(chosen)}  # noqa: TID251 - handed on
        )  # fmt: skip
    finally:
        os.umask(umask)
    try:
        return started.wait()
    finally:
        started.terminate()
        started.wait(timeout=20)


def free_port(wanted: int) -> int:
    """The port wanted, or any free one for 0. Raises `StoreError` where it is taken."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tried:
        try:
            tried.bind((LOOPBACK, wanted))
        except OSError:
            raise StoreError(f"port {wanted} is taken; give another with --port, or none") from None
        return int(tried.getsockname()[1])
