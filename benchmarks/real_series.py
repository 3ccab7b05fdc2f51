"""Public daily, weekly and monthly series with their levels, and the dates they are forecast from."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ehforecast.demand.backtest import Origins
from ehforecast.demand.hierarchy import Hierarchy, hierarchy_of
from ehforecast.demand.series import SeriesSet
from ehforecast.reference.calendar_plan import CalendarPlan
from ehforecast.reference.nations import Nation


@dataclass(frozen=True)
class Case:
    """One benchmark: every node of a hierarchy, forecast from several dates.

    The dates are those under which the seasonal naive forecast has the accuracy that was published with these series.
    """

    name: str
    series: SeriesSet
    hierarchy: Hierarchy
    origins: Origins
    horizon: int
    plan: CalendarPlan


def real_cases(data: Path) -> list[Case]:
    """The cases whose files are there: swast, scotw, scotw_covid, scotm."""
    folder = data / "series"
    ambulances = _leaves(folder / "swast_ambulance_daily.csv", ["area"], freq="D")
    emergencies = _leaves(folder / "scotland_ed_weekly.csv", ["board", "site"], freq="W-SUN")
    attendances = _leaves(folder / "scotland_ae_monthly.csv", ["board", "dept"], freq="M")
    before_covid = emergencies.loc[: pd.Period("2020-02-23", "W-SUN")]
    return [
        _case("swast", ambulances, levels=[()], plan=(12, 61, 28), nation=Nation.ENGLAND),
        _case("scotw", before_covid, levels=[(), ("board",)], plan=(8, 7, 13), nation=Nation.SCOTLAND),
        _case("scotw_covid", emergencies, levels=[(), ("board",)], plan=(8, 8, 13), nation=Nation.SCOTLAND),
        _case("scotm", attendances.loc[:"2020-02"], levels=[(), ("board",)], plan=(8, 6, 12), nation=Nation.SCOTLAND),
    ]


def _leaves(path: Path, keys: list[str], *, freq: str) -> pd.DataFrame:
    """Counts of the finest series that are complete: (periods, leaves), columns a MultiIndex of the keys."""
    table = pd.read_csv(path, parse_dates=["ds"])
    wide = table.pivot(index="ds", columns=keys, values="y")
    wide.index = pd.PeriodIndex(wide.index, freq=freq, name="period")
    wide.columns = pd.MultiIndex.from_arrays([wide.columns.get_level_values(key) for key in keys], names=keys)
    return wide.loc[:, wide.notna().all()]


def _case(
    name: str, leaves: pd.DataFrame, *, levels: list[tuple[str, ...]], plan: tuple[int, int, int], nation: Nation
) -> Case:
    number, apart, horizon = plan
    codes = [" / ".join(map(str, labels)) for labels in leaves.columns]
    hierarchy = hierarchy_of(leaves.columns.to_frame(index=False).set_axis(codes), levels)
    counts = hierarchy.add_up(leaves.set_axis(codes, axis=1))
    areas = pd.DataFrame(
        {"area_name": counts.columns, "area_level": "node", "rounded_to": 1}, index=counts.columns.rename("area_code")
    )
    series = SeriesSet(counts, counts.isna().replace({True: "not_available", False: ""}), areas)
    last = counts.index[-1] - horizon
    origins = Origins((), tuple(last - apart * back for back in reversed(range(number))))
    return Case(name, series, hierarchy, origins, horizon, CalendarPlan(nation=nation))
