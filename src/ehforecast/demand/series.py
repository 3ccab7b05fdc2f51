"""Monthly series of counts, one per area, with what is absent kept absent."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from ehforecast.errors import ForecastError
from ehforecast.reference.area_codes import AreaRegister
from ehforecast.vocabulary.absence import AbsenceReason


@dataclass(frozen=True)
class SeriesSet:
    """Counts of one measure by month (rows, a monthly `PeriodIndex`) and area (columns, area codes).

    Attributes:
        counts: non-negative counts; NaN where absent.
        absences: why a count is absent (`AbsenceReason` value), empty where it is present or the area did not yet
            exist.
        areas: indexed by area code: ``area_name``, ``area_level``, ``rounded_to`` (counts).
    """

    counts: pd.DataFrame
    absences: pd.DataFrame
    areas: pd.DataFrame

    @property
    def periods(self) -> pd.PeriodIndex:
        """The months covered, oldest first, without holes."""
        return pd.PeriodIndex(self.counts.index)

    @property
    def last_period(self) -> pd.Period:
        """The last month for which any area has a count."""
        return self.periods[-1]

    def known_until(self, month: pd.Period) -> "SeriesSet":
        """The same series as they stood when `month` was the last one known."""
        return SeriesSet(self.counts.loc[:month], self.absences.loc[:month], self.areas)

    def of_level(self, level: str) -> "SeriesSet":
        """Only the areas of one level."""
        return self.of_areas(self.areas.index[self.areas["area_level"] == level].tolist())

    def of_areas(self, codes: Sequence[str]) -> "SeriesSet":
        """Only these areas, in this order."""
        return SeriesSet(self.counts[list(codes)], self.absences[list(codes)], self.areas.loc[list(codes)])

    def complete(self) -> "SeriesSet":
        """Only the areas with a count in every month."""
        return self.of_areas(self.counts.columns[self.counts.notna().all()].tolist())


def monthly_series(rows: pd.DataFrame, register: AreaRegister, *, measure: str = "referrals") -> SeriesSet:
    """Series from rows of the `demand_counts` contract: all sources together, by month.

    A council whose code changed while its ground and people stayed (Buckinghamshire 2020) is one series. A council that
    was merged or split ends, and its successors begin: nobody's past is invented.

    Raises `ForecastError` if there are no such rows, or if two codes claim the same area and month.
    """
    chosen = rows[(rows["measure"] == measure) & (rows["period_step"] == "month") & (rows["referral_source"] == "all")]
    if chosen.empty:
        raise ForecastError(f"table demand_counts has no monthly rows of measure '{measure}' for all sources together")
    long = pd.DataFrame(
        {
            "month": pd.PeriodIndex(chosen["period_start"], freq="M"),
            "area_code": chosen["area_code"].map(register.current_code).to_numpy(),
            "count": chosen["count"].astype("float64").to_numpy(),
            "absent_because": chosen["absent_because"].fillna("").astype(str).to_numpy(),
            "rounded_to": chosen["rounded_to"].astype("int64").to_numpy(),
        }
    )
    _check_once(long)
    counts = _wide(long, "count")
    absences = _wide(long, "absent_because").fillna("")
    return SeriesSet(counts, _name_holes(counts, absences), _areas(long, register))


def _check_once(long: pd.DataFrame) -> None:
    twice = int(long.duplicated(["month", "area_code"]).sum())
    if twice:
        raise ForecastError(f"table demand_counts has {twice} area-months under two area codes of the same area")


def _wide(long: pd.DataFrame, column: str) -> pd.DataFrame:
    wide = long.pivot(index="month", columns="area_code", values=column)
    months = pd.period_range(wide.index.min(), wide.index.max(), freq="M", name="month")
    return wide.reindex(months).rename_axis(columns=None)


def _name_holes(counts: pd.DataFrame, absences: pd.DataFrame) -> pd.DataFrame:
    """A month with no row at all between an area's first and last row is absent for a reason we were not told."""
    has_row = counts.notna() | (absences != "")
    within_life = has_row.cummax() & has_row[::-1].cummax()[::-1]
    return absences.mask(within_life & ~has_row, str(AbsenceReason.BLANK))


def _areas(long: pd.DataFrame, register: AreaRegister) -> pd.DataFrame:
    rounded_to = long.groupby("area_code")["rounded_to"].max()
    return pd.DataFrame(
        {
            "area_name": [register[code].name for code in rounded_to.index],
            "area_level": [str(register[code].level) for code in rounded_to.index],
            "rounded_to": rounded_to,
        }
    ).rename_axis("area_code")
