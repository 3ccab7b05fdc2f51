"""Runs on their way to the experiment record: kept first, sent once, never lost; and what lists and comparisons say."""

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from command_line import ehforecast
from recorded_runs import RISK, keep_forecast, keep_risk, one_run

from ehforecast.errors import StoreError
from ehforecast.pipelines import sending
from ehforecast.pipelines.compare import compare
from ehforecast.pipelines.recorded import KEPT_PRIVATE, NEVER_JUDGED, record_release, recorded
from ehforecast.pipelines.runs import NOTHING, run_lines
from ehforecast.pipelines.sending import STORE, send_waiting, waiting
from ehforecast.pipelines.tracking_settings import TrackingConfig
from ehforecast.store.files import write_bytes_atomically
from ehforecast.store.lock import only_writer
from ehforecast.tracking.kept_runs import find_run
from ehforecast.tracking.mlflow_log import MlflowLog
from ehforecast.tracking.parcel import Parcel, read_parcel


@pytest.fixture
def private(tmp_path: Path) -> Path:
    return tmp_path / "private"


class Post:
    """Stands for MLflow: what arrived, and whether it answers."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.arrived: list[Parcel] = []
        self.answers = True
        self.asked = 0
        monkeypatch.setattr(MlflowLog, "send", lambda _, parcel: self.take(parcel))

    def take(self, parcel: Parcel) -> bool:
        self.asked += 1
        if not self.answers:
            raise StoreError("the experiment record cannot be written (OperationalError); it can be sent later")
        known = [(other.run.experiment, other.run.run_id) for other in self.arrived]
        self.arrived.append(parcel)
        return (parcel.run.experiment, parcel.run.run_id) not in known


@pytest.fixture
def post(monkeypatch: pytest.MonkeyPatch) -> Iterator[Post]:
    return Post(monkeypatch)  # type: ignore[return-value] # nothing to clear up


def said(private: Path) -> list[str]:
    lines: list[str] = []
    send_waiting(private, progress=lines.append)
    return lines


@pytest.mark.usefixtures("post")
def test_nothing_waits_where_nothing_was_made(private: Path) -> None:
    # Catches MLflow loaded, and a folder made, for nothing.
    assert said(private) == []
    assert not private.exists()


def test_what_is_laid_ready_is_sent_once_with_what_was_released(private: Path, post: Post) -> None:
    run = keep_forecast(one_run(private))
    assert said(private) == ["experiment record: 1 sent; 'ehforecast ui' shows them"]
    (sent,) = post.arrived
    # Catches a released table that is not shown, or a workbook that MLflow cannot show.
    assert sorted(sent.files) == ["forecast/accuracy.csv", "forecast/index.html"]
    assert (sent.run.run_id, sent.run.name) == (run.run_id, run.run_id)
    # Catches a parcel that stays and is sent again, or an empty folder left beside the run.
    assert said(private) == []
    assert len(post.arrived) == 1
    assert not (run.log.folder / run.run_id / "unsent").exists()


def test_a_silent_mlflow_loses_nothing_and_is_asked_once(private: Path, post: Post) -> None:
    keep_forecast(one_run(private))
    keep_forecast(one_run(private, name="southmere"))
    post.answers = False
    lines = said(private)
    # Catches a run that fails, or waits for a server that is down as often as there are runs.
    assert post.asked == 1
    assert lines[-1] == "experiment record: 2 wait; the next run sends them, or 'ehforecast runs --send'"
    assert "it can be sent later" in lines[0]
    post.answers = True
    # Catches runs that wait for ever, or are sent twice.
    assert said(private) == ["experiment record: 2 sent; 'ehforecast ui' shows them"]
    assert len(post.arrived) == 2


def test_each_address_is_asked_by_itself(private: Path, post: Post) -> None:
    keep_forecast(one_run(private, name="here"))
    keep_forecast(one_run(private, name="there", tracking={"uri": "https://mlflow.example.org"}))
    assert len(waiting(private)) == 2
    said(private)
    # Catches a run sent to another council's server.
    assert {parcel.run.experiment: parcel.uri for parcel in post.arrived} == {
        "here forecast": "",
        "there forecast": "https://mlflow.example.org",
    }


def test_a_damaged_parcel_holds_up_no_other(private: Path, post: Post) -> None:
    broken = keep_forecast(one_run(private, name="a"))
    keep_forecast(one_run(private, name="b"))
    (broken.log.folder / broken.run_id / "unsent" / "forecast" / "experiment.json").write_bytes(b"{")
    lines = said(private)
    # Catches one bad file that keeps every later run out of the record.
    assert [parcel.run.experiment for parcel in post.arrived] == ["b forecast"]
    assert "damaged" in lines[0]


@pytest.mark.usefixtures("post")
def test_a_folder_that_cannot_be_written_is_said(private: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep_forecast(one_run(private))

    def refused(_: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(sending, "make_private_folder", refused)
    lines = said(private)
    # Catches a run that ends in a traceback because its log is on a read-only disk.
    assert lines[0] == "experiment record: Permission denied. The run is whole in its files."
    assert len(waiting(private)) == 1


def test_two_runs_at_once_send_in_turn(private: Path, post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in "abcd":
        keep_forecast(one_run(private, name=name))
    senders = [threading.Thread(target=said, args=(private,)) for _ in range(3)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    # Catches a parcel that two senders take at once.
    assert sorted(parcel.run.experiment for parcel in post.arrived) == [f"{name} forecast" for name in "abcd"]
    keep_forecast(one_run(private, name="e"))
    monkeypatch.setattr(sending, "LONGEST_WAIT", 0.1)
    with only_writer(private / STORE):
        # Catches a run that waits for ever for another that is sending.
        assert "being written by another run" in said(private)[0]
    assert len(waiting(private)) == 1


@pytest.mark.usefixtures("post")
def test_turned_off_nothing_is_laid_ready(private: Path) -> None:
    run = keep_forecast(one_run(private, tracking={"mlflow": False}))
    # Catches a setting that is not heeded; the record in files is there all the same.
    assert waiting(private) == []
    assert find_run(private, run.run_id).steps["forecast"].experiment is not None


def test_a_report_published_later_is_written_down_and_sent(private: Path, post: Post) -> None:
    run = keep_forecast(one_run(private))
    said(private)
    (run.report("forecast") / "late.csv").write_bytes(b"a")
    record_release(
        run.log, run.run_id, step="forecast", report=run.report("forecast"), tracking=TrackingConfig()
    )  # fmt: skip
    # Catches a released file of which the run record knows nothing.
    assert "forecast/late.csv" in find_run(private, run.run_id).released
    said(private)
    assert "forecast/late.csv" in post.arrived[-1].files


def test_a_model_card_written_after_its_question_is_sent_with_it(private: Path, post: Post) -> None:
    run = one_run(private)
    keep_risk(run)
    card = run.published / "model_card_escalation_after_early_help"
    with recorded(run):
        card.mkdir()
        (card / "model_card.json").write_bytes(b"{}")
    said(private)
    # Catches a model without its card in the experiment record.
    assert "model_card_escalation_after_early_help/model_card.json" in post.arrived[0].files


def test_papers_of_a_whole_run_count_as_released(private: Path) -> None:
    run = keep_forecast(one_run(private))
    done = run.step("records") / "done.json"
    write_bytes_atomically(done, b'{"files": {"datasheet/index.html": "ab"}}')
    found = find_run(private, run.run_id)
    # Catches a published paper of which the list of released files knows nothing.
    assert found.released["datasheet/index.html"] == "ab"
    # Catches steps made together whose time is counted more than once.
    assert found.seconds == found.steps["forecast"].made["seconds"]
    done.write_bytes(b"{")
    with pytest.raises(StoreError, match="damaged"):
        find_run(private, run.run_id)


def bundle() -> dict[str, bytes]:
    """Files of a model, as far as they are read."""
    import lightgbm  # noqa: PLC0415
    import numpy as np  # noqa: PLC0415

    table = np.arange(400.0).reshape(-1, 1)
    data = lightgbm.Dataset(table, (table[:, 0] >= 350).astype(float))
    told = {"objective": "binary", "num_leaves": 2, "verbosity": -1, "num_threads": 1}
    text = lightgbm.train(told, data, num_boost_round=1).model_to_string()
    return {"model.txt": text.encode(), "facts.json": b'{"learned": {"encoder": {"names": ["a"]}}}'}


GIVEN_AWAY = "an attack finds those it learned from"


@pytest.mark.parametrize(
    ("verdict", "because", "uri", "expected"),
    [
        ("met", (), "", "a model"),
        ("not met", (), "", "text"),
        ("met", (GIVEN_AWAY,), "", "nothing"),
        ("not met", (GIVEN_AWAY,), "", "nothing"),
        ("met", None, "", "nothing"),
        ("met", (), "https://mlflow.example.org", "nothing"),
    ],
)
def test_trees_are_shown_as_a_model_where_they_passed_and_nowhere_else(
    private: Path, verdict: str, because: tuple[str, ...] | None, uri: str, expected: str
) -> None:
    run = one_run(private, tracking={"uri": uri})
    keep_risk(run, verdict=verdict, files=bundle(), private_because=because)
    (parcel,) = (read_parcel(folder) for folder in waiting(private))
    found = "a model" if parcel.model else "text" if "model/trees.txt" in parcel.files else "nothing"
    # Catches a model below its bar offered as one, one that gives people away or was never asked, or one that leaves
    # the machine.
    assert found == expected
    said = NEVER_JUDGED if because is None else "; ".join(because)
    # Catches a model left out in silence, by the experiment record or by the run's own.
    assert parcel.run.tags.get(KEPT_PRIVATE, "") == said
    assert (f"{KEPT_PRIVATE} {said}" in "\n".join(run_lines(private))) == bool(said)


def test_a_gate_that_is_damaged_is_shut(private: Path) -> None:
    run = one_run(private)
    keep_risk(run, files=bundle())
    (run.step(RISK.replace("risk", "membership")) / "facts.json").write_bytes(b'{"facts": {}, "frames": []}')
    (run.step(RISK) / "results.json").unlink()
    with recorded(run):
        pass
    (parcel,) = (read_parcel(folder) for folder in waiting(private))
    # Catches half a judgement taken for a good one.
    assert (parcel.model, parcel.run.tags[KEPT_PRIVATE]) == (None, NEVER_JUDGED)


def test_the_list_says_what_came_of_each_run(private: Path) -> None:
    assert run_lines(private) == [NOTHING]
    run = keep_forecast(one_run(private))
    keep_risk(run, verdict="not met")
    keep_forecast(one_run(private, name="southmere"))
    text = "\n".join(run_lines(private, name="northmere"))
    # Catches a list from which nobody can tell which run was which, or what was published of it.
    for words in (
        run.run_id, "configuration northmere, data until 2022-03, made 20", "forecast: pooled season",
        f"{RISK}: bar not met",
        "AUROC", "absolute error 20% of the total", f"released: forecast, {RISK} (6 files)",
        f"not yet in the experiment record: forecast, {RISK}",
    ):  # fmt: skip
        assert words in text
    # Catches runs of another configuration among those asked for.
    assert "southmere" not in text


def test_runs_are_compared_in_words_and_on_a_page(private: Path) -> None:
    first = keep_forecast(one_run(private))
    second = keep_forecast(one_run(private, title="Another"), error=0.15)
    lines, page = compare(private, first.run_id, second=second.run_id)
    text = "\n".join(lines)
    # Catches a comparison that leaves out what differs, or calls the worse one better.
    assert "title: Northmere in A, Another in B" in text
    assert "absolute error, share of the total: 0.200 in A, 0.150 in B (lower by 0.050, better)" in text
    assert "B was lower at 3 of 3 dates" in text
    # Catches a page outside the private folder.
    assert page.is_relative_to(private)
    assert "<svg" in page.read_text("utf-8")


@pytest.mark.parametrize(
    ("given", "answer"),
    [
        ("nonsense", "no run has the id 'nonsense'; 'ehforecast runs' lists them"),
        ("northmere-2022", "several runs have the id 'northmere-2022'; did you mean northmere-2022-03-"),
        ("nor", "no run has the id 'nor'"),
        ("northmere-2022-04-00000000", "did you mean northmere-2022-03-"),
    ],
)
def test_an_unknown_id_is_answered_with_those_near(private: Path, given: str, answer: str) -> None:
    keep_forecast(one_run(private))
    keep_forecast(one_run(private, title="Another"))
    # Catches a traceback, or a wrong run taken for the one meant.
    with pytest.raises(StoreError, match=answer.replace("'", ".")) as raised:
        find_run(private, given)
    assert raised.value.exit_code == 5


def test_a_part_of_an_id_that_only_one_has_is_enough(private: Path) -> None:
    run = keep_forecast(one_run(private))
    assert find_run(private, run.run_id[-8:]).run_id == run.run_id
    # Catches a run compared with itself.
    with pytest.raises(StoreError, match="both ids mean"):
        compare(private, run.run_id, second=run.run_id[-8:])
    with pytest.raises(StoreError, match="no run is kept"):
        find_run(private / "empty", "x")
    (run.log.folder / run.run_id / "record.json").write_bytes(b"{}")
    with pytest.raises(StoreError, match="is damaged"):
        find_run(private, run.run_id)


@pytest.mark.usefixtures("post")
def test_the_commands_answer(private: Path) -> None:
    first, second = keep_forecast(one_run(private)), keep_forecast(one_run(private, title="Another"))
    listed = ehforecast("runs", "--send", "--private", private)
    # Catches a command that does not reach what it is for.
    assert (listed.code, first.run_id in listed.out, "2 sent" in listed.err) == (0, True, True)
    compared = ehforecast("compare", first.run_id, second.run_id, "--private", private)
    assert (compared.code, "Page: " in compared.out) == (0, True)
    unknown = ehforecast("compare", "x", "y", "--private", private)
    assert (unknown.code, unknown.out) == (5, "")
    shown = ehforecast("ui", "--private", private / "nothing")
    # Catches MLflow started to show an empty page.
    assert (shown.code, "there are no experiments yet" in shown.err) == (5, True)


@pytest.mark.acceptance("trust")
def test_sent_to_mlflow_itself_nothing_leads_back(private: Path, record_figure: object) -> None:
    """Canaries where text and ids could slip in: a path of the source, a title, and frames that are not sent."""
    marks = ("Anna Lee", "anna.lee", "9434765919", "H801200001001")
    mask = os.umask(0)
    try:
        run = one_run(private, records={"source": "/srv/anna.lee/Anna Lee/9434765919/H801200001001/extract.csv"})
        result = keep_risk(run, files=bundle())
        assert result.verdict == "met"
        keep_forecast(run)
        assert send_waiting(private, progress=lambda _: None) == 2
    finally:
        os.umask(mask)
    swept = [path for path in private.rglob("*") if path.is_file()]
    for path in swept:
        content = path.read_bytes()
        # Catches a name, a number of a child, or where the machine keeps things, in any page of the database or file.
        assert not [mark for mark in marks if mark.encode() in content], path
        assert str(private).encode() not in content, path
        assert path.stat().st_mode & 0o077 == 0, path
    with closing(sqlite3.connect(private / STORE / "mlflow.db")) as database:
        kinds = dict(database.execute("SELECT value, count(*) FROM tags WHERE key = 'kind' GROUP BY value"))
    # Catches a search or a backtest whose parts did not arrive.
    assert kinds == {"forecast": 1, "method tried": 2, "risk research": 1, "simple model": 3, "trial of the search": 2}
    record_figure("files swept for canaries, MLflow's database included", len(swept), "none found")  # type: ignore[operator]
