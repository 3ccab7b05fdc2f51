"""The experiment record: runs sent to MLflow, which draws and compares them. A logbook only; nothing is read back.

Client calls alone: no server is started, no model is loaded, nothing is logged by itself. What goes in is an
`ExperimentRun` and files that were released; no user, no source, no path of this machine, nothing of a child.
"""

import os
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from ehforecast.errors import StoreError
from ehforecast.store.files import make_private_folder, write_bytes_atomically
from ehforecast.tracking.experiment_run import OUTDATED, ExperimentRun, Figure
from ehforecast.tracking.logged_model import LoggedTrees
from ehforecast.tracking.parcel import Parcel

if TYPE_CHECKING:
    from mlflow.entities import Metric
    from mlflow.tracking import MlflowClient

RUN_ID, WHOLE = "ehforecast.run_id", "ehforecast.whole"
"""Tags: whose run it is, and that all of it has arrived; a run without the second was broken off, and is sent anew."""

DATABASE, FILES = "mlflow.db", "artifacts"
QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "MLFLOW_LOGGING_LEVEL": "WARNING",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "20",
}
"""Set before MLflow is loaded; DO_NOT_TRACK counts only for "true". A server that is down is not waited for."""

KIND = {"mlflow.experimentKind": "custom_model_development"}
"""MLflow shows such experiments as runs to compare, not as conversations with a language model."""

MOST_METRICS, MOST_PARAMS = 1000, 100
"""That MLflow takes at once."""

SERVED = "mlflow-artifacts:/"
"""Where files of experiments in a shared database lie: with whoever serves it. From here none are sent."""

_PARENT, _SHOWN_NAME, _COMMIT = "mlflow.parentRunId", "mlflow.runName", "mlflow.source.git.commit"
_USUAL = "0"
_PLACES = (("experiments", "artifact_location"), ("runs", "artifact_uri"), ("logged_models", "artifact_location"))


class MlflowLog:
    """Runs in an MLflow store: by default an SQLite file in a private folder, otherwise any tracking address."""

    def __init__(self, folder: Path, *, uri: str = "") -> None:
        self._folder = folder.resolve()
        self._uri = uri
        self._is_local = not uri
        self._takes_files = self._is_local or uri.startswith("http")

    def send(self, parcel: Parcel) -> bool:
        """Record a run with its parts and released files; False where it is recorded already.

        Raises `StoreError` where the store cannot be reached or written; what the run kept in its own folder is whole.
        """
        try:
            with self._private():
                return self._send(parcel)
        except StoreError:
            raise
        except Exception as error:  # MLflow's own, its database's, its network's: many kinds, one consequence
            raise StoreError(
                f"the experiment record cannot be written ({type(error).__name__}); it can be sent later"
            ) from error

    def _send(self, parcel: Parcel) -> bool:
        from mlflow.tracking import MlflowClient  # noqa: PLC0415 - seconds to load, and only after `QUIET` is set

        run = parcel.run
        client = MlflowClient(tracking_uri=self._uri or f"sqlite:///{self._folder / DATABASE}")
        experiment = self._experiment(client, run.experiment)
        found = client.search_runs([experiment], filter_string=f"tags.`{RUN_ID}` = '{run.run_id}'")
        whole = [one.info.run_id for one in found if one.data.tags.get(WHOLE)]
        if whole:
            self._send_files(client, whole[0], files=parcel.files)  # a report may have been published since
            _tag_outdated(client, whole[0], run=run, experiment=experiment)
            return False
        for one in found:
            _forget_run(client, one.info.run_id, experiment=experiment)
        recorded = self._record(client, parcel, experiment=experiment)
        self._send_files(client, recorded, files=parcel.files)
        client.set_tag(recorded, WHOLE, "yes")
        return True

    def _record(self, client: "MlflowClient", parcel: Parcel, *, experiment: str) -> str:
        """The run, its model and its parts; returns what MLflow calls it."""
        run, started = parcel.run, _milliseconds(parcel.started_at)
        tags = {RUN_ID: run.run_id} | ({_COMMIT: parcel.commit} if parcel.commit else {})
        ended = started + round(parcel.seconds * 1000)
        recorded = _created(client, run, experiment=experiment, tags=tags, started=started)
        for below in run.parts:
            part = _created(client, below, experiment=experiment, tags={_PARENT: recorded}, started=started)
            _log(client, part, run=below, at=ended)
            client.set_terminated(part, end_time=ended)
        model = parcel.model
        shown = self._record_model(client, model, run=(recorded, run), experiment=experiment) if model else None
        _log(client, recorded, run=run, at=ended, model=shown)
        client.set_terminated(recorded, end_time=ended)
        return recorded

    def _record_model(
        self, client: "MlflowClient", trees: LoggedTrees, *, run: tuple[str, ExperimentRun], experiment: str
    ) -> str | None:
        """Show the trees among the experiment's models, in the store of this machine only."""
        if not self._is_local:
            return None
        from mlflow import __version__  # noqa: PLC0415
        from mlflow.entities import LoggedModelOutput  # noqa: PLC0415

        recorded, told = run
        made = client.create_logged_model(
            experiment, name="trees", source_run_id=recorded, params=dict(told.settings), tags=dict(told.tags)
        )
        files = trees.files(model_id=made.model_id, run_id=recorded, mlflow_version=__version__)
        for name, data in files.items():
            write_bytes_atomically(self._folder / FILES / "models" / made.model_id / "artifacts" / name, data)
        client.finalize_logged_model(made.model_id, "READY")
        client.log_outputs(recorded, [LoggedModelOutput(made.model_id, 0)])
        return str(made.model_id)

    def _send_files(self, client: "MlflowClient", recorded: str, *, files: Mapping[str, bytes]) -> None:
        for name, data in files.items() if self._takes_files else ():
            if self._is_local:
                write_bytes_atomically(self._folder / FILES / recorded / "artifacts" / name, data)
            else:
                _send_file(client, recorded, name=name, data=data)

    def _experiment(self, client: "MlflowClient", name: str) -> str:
        found = client.get_experiment_by_name(name)
        if found:
            return str(found.experiment_id)
        if self._is_local:
            if client.get_experiment(_USUAL).lifecycle_stage == "active":
                client.delete_experiment(_USUAL)  # MLflow's own empty one, which would stand first
            return str(client.create_experiment(name, artifact_location=str(self._folder / FILES), tags=KIND))
        place = None if self._takes_files else SERVED
        return str(client.create_experiment(name, artifact_location=place, tags=KIND))

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
        finally:
            _forget_paths(self._folder)
            os.umask(umask)


def _created(
    client: "MlflowClient", run: ExperimentRun, *, experiment: str, tags: Mapping[str, str], started: int
) -> str:
    shown = {_SHOWN_NAME: run.name, **run.tags, **tags}
    return str(client.create_run(experiment, start_time=started, tags=shown).info.run_id)


def _log(client: "MlflowClient", recorded: str, *, run: ExperimentRun, at: int, model: str | None = None) -> None:
    from mlflow.entities import Param  # noqa: PLC0415

    metrics = [_metric(figure, at=at, model=model) for figure in run.drawable()]
    params = [Param(name, value) for name, value in run.settings.items()]
    for first in range(0, len(metrics), MOST_METRICS):
        client.log_batch(recorded, metrics=metrics[first : first + MOST_METRICS])
    for first in range(0, len(params), MOST_PARAMS):
        client.log_batch(recorded, params=params[first : first + MOST_PARAMS])


def _metric(figure: Figure, *, at: int, model: str | None) -> "Metric":
    from mlflow.entities import Metric  # noqa: PLC0415

    return Metric(figure.name, figure.value, at, figure.step, model_id=model)


def _tag_outdated(client: "MlflowClient", recorded: str, *, run: ExperimentRun, experiment: str) -> None:
    """Say of a run that was recorded before, and of its model, that it must not be used any more, and why."""
    if OUTDATED not in run.tags:
        return
    client.set_tag(recorded, OUTDATED, run.tags[OUTDATED])
    for model in client.search_logged_models([experiment], filter_string=f"source_run_id = '{recorded}'"):
        client.set_logged_model_tags(model.model_id, {OUTDATED: run.tags[OUTDATED]})


def _forget_run(client: "MlflowClient", recorded: str, *, experiment: str) -> None:
    """What is left of a run that was broken off while it was sent."""
    for part in client.search_runs([experiment], filter_string=f"tags.`{_PARENT}` = '{recorded}'", max_results=5000):
        client.delete_run(part.info.run_id)
    client.delete_run(recorded)


def _send_file(client: "MlflowClient", recorded: str, *, name: str, data: bytes) -> None:
    """Through a private temporary file, which is all that MLflow's client takes."""
    above = PurePosixPath(name).parent
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / PurePosixPath(name).name
        path.write_bytes(data)
        client.log_artifact(recorded, str(path), artifact_path=str(above) if above.name else None)


def _milliseconds(moment: str) -> int:
    read = datetime.fromisoformat(moment) if moment else datetime.now(UTC)
    return int(read.timestamp() * 1000)


def _forget_paths(folder: Path) -> None:
    """Make every place in the database relative to its folder: it can be moved, and tells nothing of the machine."""
    path = folder / DATABASE
    if not path.is_file():
        return
    if path.stat().st_mode & 0o077:
        path.chmod(0o600)
    with closing(sqlite3.connect(path)) as database:
        known = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        for table, column in (place for place in _PLACES if place[0] in known):
            database.execute(
                f"UPDATE {table} SET {column} = replace({column}, ?, '') WHERE {column} LIKE ?",  # noqa: S608 - both are ours
                (f"{folder}/", f"{folder}/%"),
            )
        if "experiments" in known:  # MLflow's own one lies wherever the command was given
            database.execute(
                "UPDATE experiments SET artifact_location = ? WHERE experiment_id = ? AND artifact_location <> ?",
                (FILES, int(_USUAL), FILES),
            )
        changed = database.total_changes
        database.commit()
        if changed:
            database.execute("VACUUM")  # deleted text stays in a file's free pages until then
