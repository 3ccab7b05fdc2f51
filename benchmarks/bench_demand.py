"""Demand forecasts on public series, beside simple peers, as a tidy table.

Case `dfe_monthly`: councils with complete series, origins March 2016 to December 2018, horizons 1 to 12, the design in
which pooled smoothing is known to reach a WAPE of 0.177 to 0.178. Case `dfe_monthly_2021`: origins March to December
2021, after the worst of Covid, each scored on the months there are. Method `ehforecast` is the forecaster chosen on an
earlier origin.

Cases `swast` (days), `scotw`, `scotw_covid` (weeks) and `scotm` (months): every node of a hierarchy. `ehforecast`
is the ensemble of calendar methods, its ranges calibrated and its levels reconciled, the same for all four. With
`--peers`, other libraries forecast the same nodes from the same dates in an environment of their own; a peer whose name
ends in `_sample` was too slow for all of them and stands on fewer (see `peers/run.py`).
"""

import argparse
import tempfile
import time
from pathlib import Path
from statistics import median

import pandas as pd
from peers.run import peer_forecasters
from real_series import Case, real_cases

from ehforecast.compute.engine import engine
from ehforecast.contracts import find_extract_files, load_layout, read_extract
from ehforecast.demand.accuracy import accuracy_table
from ehforecast.demand.backtest import REPORT, Backtest, Origins
from ehforecast.demand.choice import choose_forecaster, relative_losses
from ehforecast.demand.forecasters.calibrated import Calibrated
from ehforecast.demand.forecasters.count_regression import CountRegression
from ehforecast.demand.forecasters.ensemble import CalendarEnsemble
from ehforecast.demand.forecasters.interface import Task
from ehforecast.demand.forecasters.reconciled import Reconciled
from ehforecast.demand.forecasters.registry import FORECASTERS
from ehforecast.demand.forecasters.regression_arima import RegressionArima
from ehforecast.demand.forecasters.seasonal_naive import SeasonalNaive
from ehforecast.demand.forecasters.stl import StlTheta
from ehforecast.demand.forecasters.theta import Theta
from ehforecast.demand.period_calendar import calendar_ahead
from ehforecast.demand.results import ALL_AREAS
from ehforecast.demand.series import SeriesSet, monthly_series
from ehforecast.reference.area_codes import english_areas
from ehforecast.store import Store
from ehforecast.vocabulary.areas import AreaLevel

CHOSEN_ON = (pd.Period("2015-03", "M"),)
CASES = {
    "dfe_monthly": pd.period_range("2016-03", "2018-12", freq="M"),
    "dfe_monthly_2021": pd.period_range("2021-03", "2021-12", freq="M"),
}
UNITS = {"wape": "share of volume", "mase": "ratio", "mwql": "share of volume", "seconds_per_series": "seconds"}


def complete_councils(data: Path) -> SeriesSet:
    """Monthly referrals of every council without a gap, read and checked the way a run does it."""
    layout = load_layout("dfe_children_in_need")
    path = find_extract_files(data, layout, required=("referrals_by_month",))["referrals_by_month"]
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder) / "store")
        store.load(read_extract(path, layout, english_areas()))
        return monthly_series(store.table("demand_counts"), english_areas()).of_level(AreaLevel.COUNCIL).complete()


def dfe_case(series: SeriesSet, case: str) -> pd.DataFrame:
    """Every registered method on one case of monthly referrals; ours is the one chosen on an earlier origin."""
    codes, origins = [str(code) for code in series.counts], Origins(CHOSEN_ON, tuple(CASES[case]))
    tests = [Backtest(series, [forecaster], codes, origins) for forecaster in FORECASTERS]
    scores, seconds = _timed(case, tests)
    published = choose_forecaster(relative_losses(scores), FORECASTERS).name
    print(f"{case}: chosen on origin {CHOSEN_ON[0]}: {published}")
    return _tidy(case, scores[scores["stage"] == REPORT], seconds=seconds, ours=published)


def hierarchy_case(case: Case, *, peers: Path | None) -> pd.DataFrame:
    """The calendar methods, their ensemble, the ensemble calibrated and reconciled, and peers, on every node."""
    ours = Reconciled(Calibrated(CalendarEnsemble()), case.hierarchy)
    methods = (SeasonalNaive(), RegressionArima(), CountRegression(), Theta(), StlTheta(), CalendarEnsemble(), ours)
    nodes = list(case.hierarchy.nodes)
    tests = [Backtest(case.series, [one], nodes, case.origins, case.horizon, case.plan) for one in methods]
    scores, seconds = _timed(case.name, tests)
    for peer in peer_forecasters(case, peers) if peers else ():
        there = Origins((), tuple(origin for origin in case.origins.report if origin in peer.by_origin))
        test = Backtest(case.series, [peer], list(peer.areas), there, case.horizon, case.plan)
        scores, seconds = pd.concat([scores, test.run()]), seconds | {peer.name: peer.seconds}
    return _tidy(case.name, scores, seconds=seconds, ours=ours.name)


def _timed(case: str, tests: list[Backtest]) -> tuple[pd.DataFrame, dict[str, float]]:
    """Scores of every test, and seconds of one core that one forecast of one series takes."""
    tables, seconds = [], {}
    for test in tests:
        tables.append(test.run())
        seconds[test.forecasters[0].name] = _seconds(test)
        print(f"{case}: {test.forecasters[0].name} done", flush=True)
    return pd.concat(tables, ignore_index=True), seconds


def _seconds(test: Backtest) -> float:
    """Median over three origins of the processor time of one forecast of all areas, over the number of areas.

    Everything a forecast costs is in it (calibration and reconciliation too), and nothing that scoring it costs.
    """
    taken = []
    for origin in test.origins.report[-3:]:
        history = test.series.known_until(origin)
        task = Task(history, test.areas, calendar_ahead(history.periods, test.horizon, plan=test.plan), test.horizon)
        began = time.process_time()
        test.forecasters[0].quantiles(task)
        taken.append((time.process_time() - began) / len(test.areas))
    return median(taken)


def _tidy(case: str, scores: pd.DataFrame, *, seconds: dict[str, float], ours: str) -> pd.DataFrame:
    table = accuracy_table(scores, sorted(set(scores["area_code"])))
    table = table.loc[table["area_code"] == ALL_AREAS, ["forecaster", "metric", "value"]]
    timed = pd.DataFrame(
        [(name, "seconds_per_series", value) for name, value in seconds.items()], columns=table.columns
    )
    table = pd.concat([table, timed]).rename(columns={"forecaster": "method"}).replace({"metric": {"wql": "mwql"}})
    return pd.concat([table[table["method"] == ours].assign(method="ehforecast"), table]).assign(case=case)


def main() -> None:
    """Run every case and write the table."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--data", type=Path, required=True, help="folder with the public data")
    arguments.add_argument("--out", type=Path, default=Path("benchmarks/out"))
    arguments.add_argument("--engine", default="local", help="local, processes:4, dask://HOST:PORT")
    arguments.add_argument("--peers", type=Path, help="python of an environment with peers/requirements.txt")
    arguments.add_argument("--case", action="append", help="only this case; may be given more than once")
    given = arguments.parse_args()
    with engine(given.engine):
        table = pd.concat(_tables(given), ignore_index=True)
    table["unit"] = table["metric"].map(UNITS).fillna("share of periods")
    given.out.mkdir(parents=True, exist_ok=True)
    path = given.out / "demand.csv"
    table[["case", "method", "metric", "value", "unit"]].to_csv(path, index=False)
    print(table.pivot(index=["case", "method"], columns="metric", values="value").round(4).to_string())
    print(f"written: {path}")


def _tables(given: argparse.Namespace) -> list[pd.DataFrame]:
    tables = [hierarchy_case(case, peers=given.peers) for case in real_cases(given.data) if _wanted(case.name, given)]
    monthly = [case for case in CASES if _wanted(case, given)]
    if monthly:
        series = complete_councils(given.data)
        print(f"{series.counts.shape[1]} councils with complete series, {series.periods[0]} to {series.last_period}")
        tables += [dfe_case(series, case) for case in monthly]
    return tables


def _wanted(case: str, given: argparse.Namespace) -> bool:
    return not given.case or case in given.case


if __name__ == "__main__":
    main()
