"""The experiment record: runs sent to MLflow, which draws and compares them. A logbook only; nothing is read back.

Client calls alone: no server is started, no model is loaded, nothing is logged by itself. What goes in is an
`ExperimentRun` and files that were released; no user, no source, no path of this machine, nothing of a child.
"""

import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from ehforecast.errors import StoreError
from ehforecast.store.files import make_private_folder, write_bytes_atomically
from ehforecast.tracking.experiment_run import ExperimentRun

if TYPE_CHECKING:
    from mlflow.tracking import MlflowClient

RUN_ID = "ehforecast.run_id"
DATABASE, FILES = "mlflow.db", "artifacts"
QUIET = {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true", "MLFLOW_LOGGING_LEVEL": "WARNING"}
"""Set before MLflow is loaded; DO_NOT_TRACK counts only when it says "true"."""

MOST_METRICS, MOST_PARAMS = 1000, 100
"""That MLflow takes at once."""

_PARENT, _SHOWN_NAME = "mlflow.parentRunId", "mlflow.runName"


class MlflowLog:
    """Runs in an MLflow store: by default an SQLite file in a private folder, otherwise any tracking address."""

    def __init__(self, folder: Path, *, uri: str = "") -> None:
        self._folder = folder
        self._uri = uri
        self._is_local = not uri

    def send(self, run: ExperimentRun, *, files: Mapping[str, bytes] | None = None) -> bool:
        """Record a run with its parts and released files; False where it is recorded already.

        Raises `StoreError` where the store cannot be reached or written; what the run kept in its own folder is whole.
        """
        for name in files or {}:
            if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
                raise StoreError("a file for the experiment record leaves its folder; nothing was recorded")
        try:
            with self._private():
                return self._send(run, files or {})
        except StoreError:
            raise
        except Exception as error:  # MLflow's own, its database's, its network's: many kinds, one consequence
            raise StoreError(
                f"the experiment record cannot be written ({type(error).__name__}); it can be sent later"
            ) from error

    def _send(self, run: ExperimentRun, files: Mapping[str, bytes]) -> bool:
        from mlflow.tracking import MlflowClient  # noqa: PLC0415 - seconds to load, and only after `QUIET` is set

        client = MlflowClient(tracking_uri=self._uri or f"sqlite:///{self._folder / DATABASE}")
        experiment = _experiment(client, run.experiment, location=str(self._folder / FILES) if self._is_local else None)
        if client.search_runs([experiment], filter_string=f"tags.`{RUN_ID}` = '{run.run_id}'", max_results=1):
            return False
        recorded = self._record(client, run, experiment=experiment, parent="")
        if self._is_local:
            for name, data in files.items():
                write_bytes_atomically(self._folder / FILES / recorded / "artifacts" / name, data)
        else:
            for name, data in files.items():
                _send_file(client, recorded, name=name, data=data)
        return True

    def _record(self, client: "MlflowClient", run: ExperimentRun, *, experiment: str, parent: str) -> str:
        from mlflow.entities import Metric, Param  # noqa: PLC0415

        tags = {_SHOWN_NAME: run.name, **run.tags} | ({_PARENT: parent} if parent else {RUN_ID: run.run_id})
        recorded: str = client.create_run(experiment, tags=tags).info.run_id
        metrics = [Metric(figure.name, figure.value, 0, figure.step) for figure in run.drawable()]
        params = [Param(name, value) for name, value in run.settings.items()]
        for first in range(0, len(metrics), MOST_METRICS):
            client.log_batch(recorded, metrics=metrics[first : first + MOST_METRICS])
        for first in range(0, len(params), MOST_PARAMS):
            client.log_batch(recorded, params=params[first : first + MOST_PARAMS])
        for below in run.parts:
            self._record(client, below, experiment=experiment, parent=recorded)
        client.set_terminated(recorded)
        return recorded

    @contextmanager
    def _private(self) -> Iterator[None]:
        """Quiet, for the owner only, and without a path of this machine left behind."""
        os.environ.update(QUIET)  # noqa: TID251 - MLflow reads nothing else
        if not self._is_local:
            yield
            return
        make_private_folder(self._folder)
        umask = os.umask(0o077)
        try:
            yield
            _forget_paths(self._folder)
        finally:
            os.umask(umask)


def _experiment(client: "MlflowClient", name: str, *, location: str | None) -> str:
    found = client.get_experiment_by_name(name)
    created = found.experiment_id if found else client.create_experiment(name, artifact_location=location)
    return str(created)


def _send_file(client: "MlflowClient", recorded: str, *, name: str, data: bytes) -> None:
    """Through a private temporary file, which is all that MLflow's client takes."""
    import tempfile  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / PurePosixPath(name).name
        path.write_bytes(data)
        client.log_artifact(recorded, str(path), artifact_path=str(PurePosixPath(name).parent))


def _forget_paths(folder: Path) -> None:
    """Make every place in the database relative to its folder: it can be moved, and tells nothing of the machine."""
    path = folder / DATABASE
    path.chmod(0o600)
    with closing(sqlite3.connect(path)) as database:
        for table, column in (("experiments", "artifact_location"), ("runs", "artifact_uri")):
            database.execute(
                f"UPDATE {table} SET {column} = replace({column}, ?, '') WHERE {column} LIKE ?",  # noqa: S608 - both are ours
                (f"{folder}/", f"{folder}/%"),
            )
        changed = database.total_changes
        database.commit()
        if changed:
            database.execute("VACUUM")  # deleted text stays in a file's free pages until then
