"""A later run beside earlier ones: what changed since, and how good they were."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from builders import INVENTED_AREAS, make_demand_result
from command_line import ehforecast

from ehforecast.demand.results import DemandResult
from ehforecast.pipelines.earlier_runs import find_earlier_runs, with_earlier_runs
from ehforecast.tracking.folder_log import FolderLog
from ehforecast.tracking.run_record import RunRecord

CONFIG = """\
title: Referrals, six made-up councils
purpose: research
data: {layout: dfe_children_in_need, required: [referrals_by_month], source: Synthetic figures made for a test.}
synthetic: {councils: 6, first_month: 2014-04, years: 7, seed: 5}
areas: [Northmere]
forecast: {measure: referrals, horizon_months: 12, forecasters: [seasonal_naive]}
tracking: {mlflow: false}
"""
ASKED: dict[str, object] = {"forecast": {"measure": "referrals", "horizon_months": 12, "forecasters": ["ets"]}}


@pytest.fixture(scope="module")
def latest() -> DemandResult:
    return make_demand_result(INVENTED_AREAS[:1])


def keep(log: FolderLog, until: str, settings: dict[str, object] = ASKED) -> str:
    record = RunRecord(name="kept", settings=settings, inputs=[], data_until=until, versions={})
    result = make_demand_result(INVENTED_AREAS[:1], data_until=until)
    log.save(record, result.facts(), frames=result.frames(), step="forecast")
    return record.run_id


def test_only_earlier_runs_that_asked_the_same_are_found(tmp_path: Path, latest: DemandResult) -> None:
    log, said = FolderLog(tmp_path), list[str]()
    earlier = keep(log, "2021-03")
    keep(log, "2022-03")
    keep(log, "2020-03", {"forecast": {"measure": "referrals", "horizon_months": 6}})
    broken = keep(log, "2019-03")
    (log.folder / broken / "forecast" / "forecast.parquet").unlink()
    other_methods = {"forecast": {"measure": "referrals", "horizon_months": 12, "forecasters": ["theta"]}}
    found = find_earlier_runs(latest, settings=other_methods, log=log, progress=said.append)
    # Catches a run of the same month or of another question taken for an earlier forecast, or one lost because another
    # method made it.
    assert list(found) == [earlier]
    # Catches a damaged run that stops the new one, or that is passed over in silence.
    assert len(said) == 1
    assert broken in said[0]


def test_without_earlier_runs_nothing_is_compared(latest: DemandResult) -> None:
    # Catches a comparison with nothing.
    assert with_earlier_runs(latest, {}) is latest


def test_months_still_coming_in_are_not_what_came(latest: DemandResult) -> None:
    earlier = {"old": make_demand_result(INVENTED_AREAS[:1], data_until="2021-03")}
    whole = with_earlier_runs(latest, earlier)
    incomplete = pd.DataFrame({"area_code": ["X00000001"], "month": ["2022-03"], "level": [0.5]})
    partly = with_earlier_runs(replace(latest, completed=incomplete), earlier)
    scored = [
        result.past_forecasts.query("area_code == 'all' and months_ahead == 0")["months"].max()
        for result in (whole, partly)
    ]
    # Catches an earlier forecast called too high because late records are not in yet.
    assert scored == [12, 11]
    # Catches the observed counts of the page cut short for it.
    assert len(partly.observed) == len(latest.observed)


def test_the_last_of_several_earlier_runs_is_the_one_before() -> None:
    latest = make_demand_result(INVENTED_AREAS[:1])
    runs = {until: make_demand_result(INVENTED_AREAS[:1], data_until=until) for until in ("2021-09", "2021-03")}
    months = set(with_earlier_runs(latest, runs).changes["month"])
    # Catches a comparison with the oldest forecast, or with the last by name.
    assert (min(months), max(months)) == ("2021-10", "2022-09")


def test_a_second_run_tells_what_changed(tmp_path: Path) -> None:
    pages = []
    for years in (7, 8):
        (tmp_path / "tiny.yaml").write_text(CONFIG.replace("years: 7", f"years: {years}"), "utf-8")
        answer = ehforecast("run", tmp_path / "tiny.yaml", "--private", tmp_path / "p", "--reports", tmp_path / "r")
        assert answer.code == 0, answer.err
        pages.append(Path(answer.out.removeprefix("Report: ").strip()).parent / "forecast" / "index.html")
    # Catches a first report that compares with nothing.
    assert not (pages[0].parent / "changes.csv").exists()
    past = pd.read_csv(pages[1].parent / "past_forecasts.csv")
    # Catches earlier runs that are not scored once what they forecast has come.
    assert set(past["run_id"]) == {pages[0].parent.parent.name}
    assert past.query("area_code == 'all' and months_ahead == 0 and metric == 'wape'")["months"].tolist() == [12]
    changes = pd.read_csv(pages[1].parent / "changes.csv", na_values=["[z]"])
    # Catches months that have come without what was counted.
    assert changes["observed_count"].notna().all()
    text = pages[1].read_text("utf-8")
    # Catches tables nobody gets to see.
    assert "Earlier forecasts, as published" in text
    assert "What changed since the forecast before, Northmere" in text
