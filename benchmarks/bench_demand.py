"""Demand forecasts on the Department for Education's monthly referrals, beside simple peers, as a tidy table.

Case `dfe_monthly`: councils with complete series, origins March 2016 to December 2018, horizons 1 to 12, the design in
which pooled smoothing is known to reach a WAPE of 0.177 to 0.178. Case `dfe_monthly_2021`: origins March to December
2021, after the worst of Covid, each scored on the months there are. Method `ehforecast` is the forecaster chosen on an
earlier origin.
"""

import argparse
import tempfile
import time
from pathlib import Path

import pandas as pd

from ehforecast.contracts import find_extract_files, load_layout, read_extract
from ehforecast.demand.accuracy import accuracy_table
from ehforecast.demand.backtest import REPORT, Backtest, Origins
from ehforecast.demand.choice import choose_forecaster, relative_losses
from ehforecast.demand.forecasters.registry import FORECASTERS
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


def measure(series: SeriesSet, case: str, *, jobs: int) -> pd.DataFrame:
    """Accuracy of every method on one case, and how long a forecast of one series takes."""
    codes, origins = [str(code) for code in series.counts], Origins(CHOSEN_ON, tuple(CASES[case]))
    tables, seconds = [], {}
    for forecaster in FORECASTERS:
        began = time.perf_counter()
        tables.append(Backtest(series, [forecaster], codes, origins).run(jobs=jobs))
        forecasts = len(codes) * (len(origins.choice) + len(origins.report))
        seconds[forecaster.name] = (time.perf_counter() - began) * jobs / forecasts
        print(f"{case}: {forecaster.name} done", flush=True)
    scores = pd.concat(tables, ignore_index=True)
    published = choose_forecaster(relative_losses(scores), FORECASTERS).name
    print(f"{case}: chosen on origin {CHOSEN_ON[0]}: {published}")
    table = accuracy_table(scores[scores["stage"] == REPORT], codes)
    table = table.loc[table["area_code"] == ALL_AREAS, ["forecaster", "metric", "value"]]
    timed = pd.DataFrame(
        [(name, "seconds_per_series", value) for name, value in seconds.items()], columns=table.columns
    )
    table = pd.concat([table, timed]).rename(columns={"forecaster": "method"}).replace({"metric": {"wql": "mwql"}})
    ours = table[table["method"] == published].assign(method="ehforecast")
    return pd.concat([ours, table]).assign(case=case)


def main() -> None:
    """Measure every case, print the table and write it as CSV."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--data", type=Path, required=True, help="folder with the DfE files")
    arguments.add_argument("--out", type=Path, default=Path("benchmarks/out"))
    arguments.add_argument("--jobs", type=int, default=2)
    given = arguments.parse_args()
    series = complete_councils(given.data)
    print(f"{series.counts.shape[1]} councils with complete series, {series.periods[0]} to {series.last_period}")
    table = pd.concat([measure(series, case, jobs=given.jobs) for case in CASES], ignore_index=True)
    table["unit"] = table["metric"].map(UNITS).fillna("share of months")
    given.out.mkdir(parents=True, exist_ok=True)
    path = given.out / "demand.csv"
    table[["case", "method", "metric", "value", "unit"]].to_csv(path, index=False)
    print(table.pivot(index=["case", "method"], columns="metric", values="value").round(4).to_string())
    print(f"written: {path}")


if __name__ == "__main__":
    main()
