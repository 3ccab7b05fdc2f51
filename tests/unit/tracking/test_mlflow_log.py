"""The experiment record: what is sent is there, nothing else is, and nothing is lost when it cannot be sent."""

import json
import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import lightgbm
import numpy as np
import pytest

from ehforecast.errors import StoreError
from ehforecast.tracking.experiment_run import ExperimentRun, Figure, flat_settings
from ehforecast.tracking.logged_model import LoggedTrees
from ehforecast.tracking.mlflow_log import FILES, MlflowLog
from ehforecast.tracking.parcel import Parcel

TRIALS = tuple(
    ExperimentRun(
        "risk council", f"trial {number}", "run-1", {"leaves": str(number)}, (Figure("logloss", 0.5 - number / 100),)
    )
    for number in range(3)
)
RUN = ExperimentRun(
    "risk council",
    "risk-council-2024-03-abc",
    "run-1",
    {f"setting_{number}": "x" for number in range(130)},
    (*(Figure("auroc", 0.7, step) for step in range(1100)), Figure("skill", float("nan")), Figure("skill", 0.1)),
    {"verdict": "not met"},
    TRIALS,
)
OTHER = ExperimentRun("risk council", "another", "run-2")
COMMIT = "0123456789" * 4


def trees() -> LoggedTrees:
    """A small model of numbers that mean nothing."""
    rng = np.random.default_rng(1)
    table = rng.normal(size=(300, 3))
    data = lightgbm.Dataset(table, (table[:, 0] > 0).astype(float))
    booster = lightgbm.train({"objective": "binary", "verbosity": -1, "num_threads": 1}, data, num_boost_round=3)
    return LoggedTrees(booster.model_to_string(), ("a", "b", "c"), lightgbm.__version__)


TREES = trees()
PARCEL = Parcel(
    RUN,
    files={"report/card.json": b"{}"},
    model=TREES,
    started_at="2026-11-23T09:00:00Z",
    seconds=2.5,
    commit=COMMIT,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("council") / "experiments"
    mask = os.umask(0)
    try:
        assert MlflowLog(folder).send(PARCEL)
        assert MlflowLog(folder).send(Parcel(OTHER))
    finally:
        os.umask(mask)
    return folder


@pytest.fixture
def database(folder: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(f"file:{folder / 'mlflow.db'}?mode=ro", uri=True)) as database:
        yield database


def test_every_setting_figure_tag_and_part_is_there(database: sqlite3.Connection) -> None:
    def count(query: str) -> int:
        return int(database.execute(query).fetchone()[0])

    # Catches a batch cut off: MLflow takes 1,000 figures and 100 settings at once.
    assert count("SELECT count(*) FROM metrics WHERE key = 'auroc'") == 1100
    assert count("SELECT count(*) FROM params WHERE key LIKE 'setting_%'") == 130
    # Catches a figure that is no number drawn as one.
    assert count("SELECT count(*) FROM metrics WHERE key = 'skill'") == 1
    # Catches trials that MLflow's page cannot put under their search.
    assert count("SELECT count(*) FROM tags WHERE key = 'mlflow.parentRunId'") == 3
    assert count("SELECT count(*) FROM tags WHERE key = 'verdict' AND value = 'not met'") == 1
    # Catches runs left "running" for ever.
    assert count("SELECT count(*) FROM runs WHERE status <> 'FINISHED'") == 0


def test_a_run_is_recorded_once(folder: Path, database: sqlite3.Connection) -> None:
    # Catches a run sent again after a crash that then stands twice.
    assert not MlflowLog(folder).send(Parcel(RUN))
    assert database.execute("SELECT count(*) FROM tags WHERE key = 'ehforecast.run_id'").fetchone()[0] == 2


def test_nothing_of_the_machine_or_its_user_is_there(folder: Path, database: sqlite3.Connection) -> None:
    content = (folder / "mlflow.db").read_bytes()
    # Catches an absolute path in a table or in the free pages of the file.
    assert str(folder).encode() not in content
    assert str(folder.parent).encode() not in content
    places = [row[0] for row in database.execute("SELECT artifact_uri FROM runs")]
    places += [row[0] for row in database.execute("SELECT artifact_location FROM logged_models")]
    # Catches places that would only be found on this machine.
    assert all(place.startswith("artifacts/") for place in places)
    # Catches MLflow's own experiment, which lies wherever the command was given.
    assert {row[0] for row in database.execute("SELECT artifact_location FROM experiments")} == {"artifacts"}
    # Catches the machine's name.
    assert socket.gethostname().encode() not in content
    # Catches who ran it, and from which script.
    assert set(database.execute("SELECT user_id, source_name FROM runs")) <= {
        ("unknown", ""),
        (None, None),
        ("", ""),
    }


def test_files_lie_where_mlflow_looks_for_them(folder: Path, database: sqlite3.Connection) -> None:
    (place,) = database.execute(
        "SELECT artifact_uri FROM runs JOIN tags USING (run_uuid) WHERE key = 'ehforecast.run_id' AND value = 'run-1'"
    ).fetchone()
    # Catches a released file that MLflow's page does not show.
    assert (folder / place / "report" / "card.json").read_bytes() == b"{}"


def test_times_and_commit_are_the_runs_own(database: sqlite3.Connection) -> None:
    times = set(database.execute("SELECT start_time, end_time FROM runs WHERE name = 'risk-council-2024-03-abc'"))
    # Catches times of sending shown as those of the run.
    assert times == {(1_795_424_400_000, 1_795_424_402_500)}
    commits = list(database.execute("SELECT value FROM tags WHERE key = 'mlflow.source.git.commit'"))
    # Catches a run whose code cannot be found again from MLflow's page.
    assert commits == [(COMMIT,)]


def test_the_model_is_text_with_a_signature_and_nothing_that_runs(folder: Path, database: sqlite3.Connection) -> None:
    ((model, status),) = database.execute("SELECT model_id, status FROM logged_models").fetchall()
    place = folder / FILES / "models" / model / "artifacts"
    # Catches a pickle, an example row or code beside the text; and a model left "pending".
    assert {path.name for path in place.rglob("*")} == {"MLmodel", "model.lgb", "requirements.txt"}
    assert (place / "model.lgb").read_text("ascii") == TREES.text
    assert status == 2
    told = json.loads((place / "MLmodel").read_text())
    # Catches a way to serve the model, which a `python_function` flavour would be.
    assert set(told["flavors"]) == {"lightgbm"}
    # Catches a signature that does not name the columns.
    assert [column["name"] for column in json.loads(told["signature"]["inputs"])] == ["a", "b", "c"]
    assert database.execute("SELECT count(*) FROM logged_model_metrics").fetchone()[0] > 0


def test_others_can_read_the_model_as_mlflow_writes_them(folder: Path, database: sqlite3.Connection) -> None:
    """MLflow's own reading, which the package itself never calls."""
    (model,) = database.execute("SELECT model_id FROM logged_models").fetchone()
    place = folder / FILES / "models" / model / "artifacts"
    script = (
        "import json, sys, warnings\n"
        "warnings.simplefilter('ignore')\n"
        "import mlflow.lightgbm, numpy\n"
        "from mlflow.models import Model\n"
        "signature = Model.load(sys.argv[1]).signature\n"
        "booster = mlflow.lightgbm.load_model(sys.argv[1])\n"
        "rows = numpy.random.default_rng(2).normal(size=(4, 3))\n"
        "print(json.dumps([signature.inputs.input_names(), booster.predict(rows).tolist()]))\n"
    )
    quiet = {**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_LOGGING_LEVEL": "ERROR"}
    done = subprocess.run(
        [sys.executable, "-c", script, str(place)], capture_output=True, text=True, timeout=120, check=True, env=quiet
    )
    names, estimates = json.loads(done.stdout.splitlines()[-1])
    rows = np.random.default_rng(2).normal(size=(4, 3))
    # Catches a description that MLflow cannot read, or trees that say something else from there.
    assert names == ["a", "b", "c"]
    assert estimates == lightgbm.Booster(model_str=TREES.text).predict(rows).tolist()


def test_a_run_broken_off_while_it_was_sent_is_sent_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = MlflowLog(tmp_path / "log")

    def broken(*_: object, **__: object) -> None:
        raise OSError("killed")

    with monkeypatch.context() as patched:
        patched.setattr(MlflowLog, "_send_files", broken)
        with pytest.raises(StoreError, match="sent later"):
            log.send(PARCEL)
    # Catches half a run taken for a whole one, for ever.
    assert log.send(PARCEL)
    assert not log.send(PARCEL)
    with closing(sqlite3.connect(tmp_path / "log" / "mlflow.db")) as database:
        shown = database.execute("SELECT count(*) FROM runs WHERE lifecycle_stage = 'active'").fetchone()[0]
        # Catches the half beside the whole, or its parts without it.
        assert shown == 1 + len(TRIALS)
        # Catches a path that stays behind where sending failed.
        assert str(tmp_path).encode() not in (tmp_path / "log" / "mlflow.db").read_bytes()


def test_files_published_later_are_added_to_the_same_run(folder: Path, database: sqlite3.Connection) -> None:
    assert not MlflowLog(folder).send(Parcel(OTHER, files={"late.csv": b"a"}))
    (place,) = database.execute("SELECT artifact_uri FROM runs WHERE name = 'another'").fetchone()
    # Catches a report that was published after its forecast had been sent, and never shown.
    assert (folder / place / "late.csv").read_bytes() == b"a"


def test_everything_is_for_its_owner_only(folder: Path) -> None:
    for path in [folder, *folder.rglob("*")]:
        # Catches a database or file that a colleague may read, under a umask of 0.
        assert path.stat().st_mode & 0o077 == 0, path


@pytest.mark.parametrize("name", ["../x", "/x", "a/../../x"])
def test_files_stay_in_their_folder(name: str) -> None:
    # Catches a name that writes elsewhere.
    with pytest.raises(StoreError, match="leaves its folder"):
        Parcel(OTHER, files={name: b""})


def test_a_store_that_cannot_be_reached_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    # Catches MLflow's own error, with its path and query, shown to a planner.
    with pytest.raises(StoreError, match=r"cannot be written .* can be sent later") as raised:
        MlflowLog(tmp_path / "file").send(Parcel(OTHER))
    assert str(tmp_path) not in str(raised.value)


def test_what_was_kept_can_be_sent_later() -> None:
    # Catches a part or a step lost on the way to the folder and back.
    again = ExperimentRun.from_json(RUN.to_json())
    assert again.to_json() == RUN.to_json()
    assert [part.name for part in again.parts] == ["trial 0", "trial 1", "trial 2"]
    for damaged in (b"", b"[]", b"{}", RUN.to_json().replace(b'"figures"', b'"numbers"')):
        with pytest.raises(StoreError, match="damaged"):
            ExperimentRun.from_json(damaged)


@pytest.mark.parametrize("name", ["", "a\nb", "<b>", "x" * 300, "*"])
def test_names_are_plain_words(name: str) -> None:
    # Catches text of a record that slips in as the name of a figure.
    with pytest.raises(StoreError, match="not plain words"):
        ExperimentRun("e", "n", "r", figures=(Figure(name, 1.0),))


def test_long_settings_are_cut_with_a_mark() -> None:
    found = flat_settings({"a": {"b": "x" * 900}, "c": 1})
    # Catches a setting that MLflow refuses for its length.
    assert len(found["a.b"]) == 500
    assert found["a.b"].endswith("…")
    assert found["c"] == "1"


def test_loading_it_sends_nothing_and_opens_no_socket(tmp_path: Path) -> None:
    """In a process of its own without pytest's or CI's marks, where MLflow would not be quiet by itself."""
    script = (
        "import socket, sys\n"
        "def refuse(*given, **named): raise SystemExit('a socket was opened')\n"
        "socket.socket.connect = refuse\n"
        "socket.socket.listen = refuse\n"
        "from pathlib import Path\n"
        "from ehforecast.tracking.experiment_run import ExperimentRun\n"
        "from ehforecast.tracking.mlflow_log import MlflowLog\n"
        "from ehforecast.tracking.parcel import Parcel\n"
        "assert 'mlflow' not in sys.modules\n"
        f"MlflowLog(Path({str(tmp_path / 'log')!r})).send(Parcel(ExperimentRun('e', 'n', 'r')))\n"
        "import os\n"
        "assert os.environ['MLFLOW_DISABLE_TELEMETRY'] == os.environ['DO_NOT_TRACK'] == 'true'\n"
    )
    kept = {name: value for name, value in os.environ.items() if name != "CI" and not name.startswith("PYTEST")}
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=False, env=kept
    )
    # Catches telemetry, a server started, MLflow's own lines on the screen, and MLflow loaded for nothing.
    assert (done.returncode, done.stderr) == (0, ""), done.stderr[-2000:]


def test_a_database_of_others_gets_figures_and_no_file_or_model(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.db"
    log = MlflowLog(tmp_path / "here", uri=f"sqlite:///{elsewhere}")
    assert log.send(PARCEL)
    assert not log.send(PARCEL)
    with closing(sqlite3.connect(elsewhere)) as database:
        (place,) = database.execute("SELECT artifact_location FROM experiments WHERE name = 'risk council'").fetchone()
        # Catches a folder of this machine written into a database that others share.
        assert place == "mlflow-artifacts:/"
        # Catches a model of the private area in a store that is not ours.
        assert database.execute("SELECT count(*) FROM logged_models").fetchone()[0] == 0
        assert database.execute("SELECT count(*) FROM metrics WHERE key = 'auroc'").fetchone()[0] == 1100
    # Catches released files left in the working folder or ours, where nobody looks for them.
    assert not (tmp_path / "here").exists()
    assert sorted(path.name for path in tmp_path.iterdir() if path.suffix != ".db") == []


def test_files_go_to_a_server_through_a_private_file_that_is_gone_after(tmp_path: Path) -> None:
    seen: list[tuple[str, bytes, str | None, int]] = []

    class Client:
        def log_artifact(self, recorded: str, path: str, *, artifact_path: str | None) -> None:
            file = Path(path)
            assert recorded == "abc"
            seen.append((file.name, file.read_bytes(), artifact_path, file.parent.stat().st_mode & 0o777))
            paths.append(file)

    paths: list[Path] = []
    log = MlflowLog(tmp_path, uri="https://mlflow.example.org")
    log._send_files(Client(), "abc", files={"a/b.csv": b"1", "c.csv": b"2"})
    # Catches a file under another name, or one that others on the machine may read on its way.
    assert seen == [("b.csv", b"1", "a", 0o700), ("c.csv", b"2", None, 0o700)]
    assert not any(path.exists() for path in paths)


def test_a_server_that_cannot_be_reached_says_so(tmp_path: Path) -> None:
    # Catches a run that fails, or an address in a message.
    with pytest.raises(StoreError, match="can be sent later") as raised:
        MlflowLog(tmp_path, uri="http://127.0.0.1:9").send(PARCEL)
    assert "127.0.0.1" not in str(raised.value)
