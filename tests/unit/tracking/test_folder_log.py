"""Runs kept in a private folder: what is saved comes back, and what is missing or damaged is said in words."""

import stat
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ehforecast.demand.results import DemandResult
from ehforecast.errors import StoreError
from ehforecast.tracking.folder_log import FolderLog
from ehforecast.tracking.run_record import RunRecord


def record(data_until: str = "2022-03") -> RunRecord:
    return RunRecord(name="northmere", settings={}, inputs=[], data_until=data_until, versions={"python": "3.11.7"})


@pytest.fixture
def result() -> DemandResult:
    """Every type a result holds: text, counts with gaps, shares, truth values; and a frame without rows."""
    return DemandResult(
        measure="referrals",
        data_until="2022-03",
        horizon=12,
        areas=pd.DataFrame({"area_code": ["X06000001"], "rounded_to": [1], "refusal": [""]}),
        observed=pd.DataFrame({"month": ["2022-02", "2022-03"], "observed_count": [12.0, np.nan]}),
        forecast=pd.DataFrame({"level": [0.025, 0.5], "forecast_count": [1 / 3, 1e-17]}),
        accuracy=pd.DataFrame({"metric": pd.Series([], dtype="str"), "value": pd.Series([], dtype="float64")}),
        forecasters=pd.DataFrame({"forecaster": ["ets"], "label": ["trend, “season”"], "is_published": [True]}),
    )


@pytest.fixture
def log(tmp_path: Path) -> FolderLog:
    return FolderLog(tmp_path / "private" / "northmere" / "runs")


def test_a_result_comes_back_as_it_was(log: FolderLog, result: DemandResult) -> None:
    log.save(record(), result.facts(), frames=result.frames(), step="forecast")
    back = DemandResult.from_parts(*log.load(record().run_id, "forecast"))
    # Catches a fact that changes its type on the way through JSON.
    assert back.facts() == result.facts()
    # Catches a frame lost, rounded, or with other types after the way through Parquet; an empty one included.
    assert back.frames().keys() == result.frames().keys()
    for name, frame in result.frames().items():
        # A frame without columns has no types to keep.
        typed = bool(len(frame.columns))
        pd.testing.assert_frame_equal(back.frames()[name], frame, check_exact=True, check_column_type=typed)


def test_runs_are_listed_once_kept_whole(log: FolderLog, result: DemandResult) -> None:
    # Catches a crash where nothing was kept yet.
    assert log.runs() == []
    for until in ("2022-03", "2021-03"):
        log.save(record(until), result.facts(), frames=result.frames(), step="forecast")
    (log.folder / "half").mkdir()
    # Catches a run that was never finished, or the name of the latest, taken for a run; and an order by chance.
    assert log.runs() == [record("2021-03").run_id, record("2022-03").run_id]


def test_saving_twice_leaves_the_same_bytes(log: FolderLog, result: DemandResult, tmp_path: Path) -> None:
    other = FolderLog(tmp_path / "elsewhere")
    folders = [
        kept.save(record(), result.facts(), frames=result.frames(), step="forecast") for kept in (log, log, other)
    ]
    files = [{path.name: path.read_bytes() for path in folder.iterdir()} for folder in folders]
    # Catches a time, a folder or a user name written into what is kept.
    assert files[0] == files[1] == files[2]
    # Catches a record that is not written beside its result.
    assert (folders[0].parent / "record.json").read_bytes() == record().to_json()


def test_the_latest_run_is_the_one_saved_last(log: FolderLog, result: DemandResult) -> None:
    for month in ("2022-03", "2022-06", "2022-03"):
        log.save(record(month), result.facts(), frames=result.frames(), step="forecast")
        # Catches a latest that is the greatest by name or time of data.
        assert log.latest() == record(month).run_id


def test_only_the_owner_can_read_a_run(log: FolderLog, result: DemandResult, tmp_path: Path) -> None:
    log.save(record(), result.facts(), frames=result.frames(), step="forecast")
    modes = (
        {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "private").rglob("*") if path.is_file()},
        {
            stat.S_IMODE(path.stat().st_mode)
            for path in (tmp_path / "private", *(tmp_path / "private").rglob("*"))
            if path.is_dir()
        },
    )
    # Catches results about a council that others on the machine can read.
    assert modes == ({0o600}, {0o700})


def test_without_any_run_there_is_no_latest(log: FolderLog) -> None:
    # Catches a traceback where a user only forgot a step.
    with pytest.raises(
        StoreError, match="no run is kept yet for this configuration; run 'ehforecast forecast' first"
    ) as caught:
        log.latest()
    assert caught.value.exit_code == 5


@pytest.mark.parametrize("run_id", ["northmere-2022-03-00000000", "", ".", "..", "../runs/northmere", "/etc"])
def test_a_run_that_is_not_kept_is_refused(log: FolderLog, result: DemandResult, run_id: str) -> None:
    log.save(record(), result.facts(), frames=result.frames(), step="forecast")
    # Catches an id that reaches out of the folder of runs, and a missing run answered with an empty one.
    with pytest.raises(StoreError, match="is not kept in runs") as caught:
        log.load(run_id, "forecast")
    assert caught.value.exit_code == 5


def test_an_id_that_leads_back_into_the_folder_is_refused_too(log: FolderLog, result: DemandResult) -> None:
    log.save(record(), result.facts(), frames=result.frames(), step="forecast")
    # Catches a path taken for an id: a report would be written wherever the path leads.
    with pytest.raises(StoreError, match="is not kept"):
        log.load(f"../runs/{record().run_id}", "forecast")


@pytest.mark.parametrize("name", ["../record.json", "facts.json", "forecast.parquet"])
def test_a_run_that_is_not_there_whole_is_refused(log: FolderLog, result: DemandResult, name: str) -> None:
    folder = log.save(record(), result.facts(), frames=result.frames(), step="forecast")
    (folder / name).unlink()
    # Catches half a run reported as a whole one, or a traceback.
    with pytest.raises(StoreError, match=record().run_id):
        log.load(record().run_id, "forecast")


@pytest.mark.parametrize("name", ["facts.json", "forecast.parquet"])
@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"PAR1 cut short"])
def test_a_damaged_run_is_refused(log: FolderLog, result: DemandResult, name: str, content: bytes) -> None:
    folder = log.save(record(), result.facts(), frames=result.frames(), step="forecast")
    (folder / name).write_bytes(content)
    # Catches a damaged file that ends in a traceback, or is read as if it were whole.
    with pytest.raises(StoreError, match="is damaged"):
        log.load(record().run_id, "forecast")


def test_steps_of_one_run_stand_beside_each_other(log: FolderLog) -> None:
    for step in ("forecast", "plan"):
        log.save(record(), {"step": step}, frames={}, step=step)
    # Catches a step that overwrites another of the same run.
    assert [log.load(record().run_id, step)[0]["step"] for step in ("forecast", "plan")] == ["forecast", "plan"]
    # Catches runs listed for a step they never made.
    assert (log.runs("plan"), log.runs("risk")) == ([record().run_id], [])
    # Catches a step that was not made answered with a traceback.
    with pytest.raises(StoreError, match="has kept no step 'risk'"):
        log.load(record().run_id, "risk")


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"\xff"])
def test_a_damaged_record_is_refused(log: FolderLog, result: DemandResult, content: bytes) -> None:
    folder = log.save(record(), result.facts(), frames=result.frames(), step="forecast")
    (folder.parent / "record.json").write_bytes(content)
    # Catches half a record taken for a whole one.
    with pytest.raises(StoreError, match="is damaged"):
        log.record_of(record().run_id)
