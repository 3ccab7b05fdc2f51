"""England: records of every council checked and kept beside a plain scan of their files, and their series forecast."""

import json
import resource
import sys
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import bench_ingest
import numpy as np
import pandas as pd
from measured import Measured, run_measured
from scale_council import YEARS, Row, rows_of
from statsmodels.tsa.exponential_smoothing.ets import ETSModel

from ehforecast.compute.engine import engine
from ehforecast.demand.forecast import ForecastSettings, forecast_demand
from ehforecast.demand.forecasters.registry import forecasters_named
from ehforecast.demand.record_counts import count_days
from ehforecast.demand.record_series import Coverage, SeriesPlan, record_series
from ehforecast.demand.series import SeriesSet
from ehforecast.synthetic.council import draw_council
from ehforecast.synthetic.council_plan import CouncilPlan

COUNCILS = 153
CONTACTS = 20_000_000
METHODS = ("seasonal_naive", "pooled_smoothing", "theta")
BESIDE = 20
"""Series that a usual library forecasts beside; it takes each alone."""

UNITS = {
    "rows_per_second": "contacts per second", "peak_mib": "MiB", "ratio_to_plain_scan": "ratio",
    "cpu_ratio_to_plain_scan": "ratio",
}  # fmt: skip


def england_ingest(contacts: int) -> Iterator[Row]:
    """Check and keep the contacts beside the engine's own scan, and copy, of the same files; one process each."""
    case = f"england_ingest_{contacts}"
    with TemporaryDirectory() as folder:
        bench_ingest.write_case(Path(folder), contacts, formats=("csv",))
        found = {}
        for method in ("plain_scan", "plain_copy", "ehforecast"):
            figures = bench_ingest.measured_apart(method, Path(folder), file_format="csv")
            found[method] = figures | {"rows_per_second": contacts / figures["seconds"]}
    for method, figures in found.items():
        slower = {
            f"{name.removesuffix('seconds')}ratio_to_plain_scan": figures[name] / found["plain_scan"][name]
            for name in ("seconds", "cpu_seconds")
        }
        for metric, value in (figures | slower).items():
            yield (case, method, metric, value, UNITS.get(metric, "seconds"))


def england_forecast(councils: int, engines: tuple[str, ...]) -> Iterator[Row]:
    """Series of every council, its localities and its sources, by months: built in one pass, tested and forecast."""
    case = f"england_forecast_{councils}"
    for where in engines:
        print(f"{case}: by {where}", flush=True)
        found = run_measured([sys.executable, __file__, str(councils), where])
        yield from rows_of(case, f"ehforecast_{where}", figures=_told(found) | found.figures())
    series, _, _ = england_series(councils)
    yield (case, "statsmodels_ets", "cpu_seconds_per_series_in_this_process", _by_ets(series), "seconds")


def _told(found: Measured) -> dict[str, float]:
    """What the measured process itself says in its last line."""
    return dict(json.loads(found.said[-1][1]))


def england_series(councils: int) -> tuple[SeriesSet, list[str], float]:
    """All series, those asked for (each council's total, localities and sources), and seconds to build them.

    One council is drawn; the others are as many copies of its days, smaller or larger, each count drawn anew.
    """
    plan = CouncilPlan(seed=31, years=YEARS, contacts_a_year=CONTACTS // YEARS // COUNCILS)
    counted = count_days(draw_council(plan).tables, "contacts", keys=("locality", "source_group"))
    draw = np.random.default_rng(7)
    every = pd.concat(
        [counted.assign(council=f"council {number + 1:03d}",
                        count=draw.poisson(counted["count"] * draw.lognormal(0, 0.5)))
         for number in range(councils)], ignore_index=True,
    )  # fmt: skip
    levels = (("council",), ("council", "locality"), ("council", "source_group"))
    asked = SeriesPlan(keys=("council", "locality", "source_group"), levels=levels)
    began = time.perf_counter()
    built = record_series(every, asked, coverage=Coverage(plan.starts_on, plan.extracted_on)).series
    seconds = time.perf_counter() - began
    named = {" by ".join(level) for level in levels}
    wanted = built.areas.index[built.areas["area_level"].isin(named)]
    chosen = SeriesSet(built.counts[wanted], built.absences[wanted], built.areas.loc[wanted])
    return chosen, list(wanted), seconds


def _forecast(councils: int, where: str) -> dict[str, float]:
    series, wanted, built_in = england_series(councils)
    settings = ForecastSettings("contacts", forecasters_named(METHODS))
    began, worked = time.perf_counter(), time.process_time()
    with engine(where):
        forecast_demand(series, wanted, settings=settings)
    seconds, here = time.perf_counter() - began, time.process_time() - worked
    largest = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return {
        "series": len(wanted), "seconds_to_build": built_in, "seconds_to_forecast": seconds,
        "seconds_per_series": seconds / len(wanted), "cpu_seconds_per_series_in_this_process": here / len(wanted),
        "largest_process_mib": largest / 1024,
    }  # fmt: skip


def _by_ets(series: SeriesSet) -> float:
    """Median processor seconds to fit and forecast one series alone, once. Ours tries three methods at past dates."""
    times = []
    for code in list(series.counts)[:: max(1, series.counts.shape[1] // BESIDE)][:BESIDE]:
        values = series.counts[code].astype("float64") + 1.0
        began = time.process_time()
        warnings.simplefilter("ignore")  # of fits that have not settled: they cost what they cost
        model = ETSModel(values, error="add", trend="add", damped_trend=True, seasonal="add", seasonal_periods=12)
        ahead = values.index[-1] + 1, values.index[-1] + 12
        model.fit(disp=False, maxiter=200).get_prediction(*map(str, ahead)).summary_frame(alpha=0.2)
        times.append(time.process_time() - began)
    return float(median(times))


if __name__ == "__main__":
    print(json.dumps(_forecast(int(sys.argv[1]), sys.argv[2])), file=sys.stderr)
