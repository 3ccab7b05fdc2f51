"""All series of one kind on one date: each held against its own past and against those most like it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from ehforecast.demand.breaks_noise import Array
from ehforecast.demand.breaks_series import ALONE, HOLIDAY_EFFECT, SMALLEST_COUNT, WITH_OTHERS, season_covariance
from ehforecast.demand.impact_counterfactual import Carried, carry_forward
from ehforecast.demand.neighbours import FEWEST, nearest_all
from ehforecast.demand.past_results import LIKE_OTHERS, OWN_PAST
from ehforecast.demand.period_calendar import period_calendar
from ehforecast.demand.series import SeriesSet
from ehforecast.reference.calendar_plan import CalendarPlan

METHODS = (LIKE_OTHERS, OWN_PAST)
"""The first is the one that a conclusion rests on, where it can be had."""


@dataclass(frozen=True)
class Logs:
    """Series of one level as logs per working day, with what is known of each month.

    Attributes:
        rates: (periods, series) logs; NaN where absent.
        usual: (periods,) usual effect of school holidays, in logs.
        days: (periods,) logs of working days.
        seasons: covariance of season over all periods, with others taken off and without.
    """

    rates: pd.DataFrame
    usual: Array
    days: Array
    seasons: tuple[Array, Array]

    @classmethod
    def of(cls, series: SeriesSet, plan: CalendarPlan | None = None) -> "Logs":
        """From counts."""
        calendar = period_calendar(series.periods, plan)
        days = np.log(calendar["working_days"].clip(lower=SMALLEST_COUNT).to_numpy(dtype=np.float64))
        counts = series.counts.clip(lower=SMALLEST_COUNT)
        logs = np.log(counts.to_numpy(dtype=np.float64)) - days[:, None]
        rates = pd.DataFrame(logs, index=counts.index, columns=counts.columns)
        usual = HOLIDAY_EFFECT * calendar["holiday_share"].to_numpy(dtype=np.float64)
        return cls(rates, usual, days, (season_covariance(calendar, WITH_OTHERS), season_covariance(calendar, ALONE)))


@dataclass(frozen=True)
class Date:
    """One date: from `first` on the past is looked at, at `start` something may have begun, up to `end`.

    All three are numbers of periods; `end` itself is left out.
    """

    first: int
    start: int
    end: int

    @property
    def before(self) -> int:
        """Periods of the past."""
        return self.start - self.first


@dataclass(frozen=True)
class Panel:
    """All series on one date.

    Attributes:
        logs: of the series.
        date: looked at.
        horizons: periods after it that are averaged over.
        apart: series that are nobody's neighbour and no placebo: the one something was done in.
    """

    logs: Logs
    date: Date
    horizons: tuple[int, ...]
    apart: str = ""

    @cached_property
    def window(self) -> pd.DataFrame:
        """The logs between first and end."""
        return self.logs.rates.iloc[self.date.first : self.date.end]

    @cached_property
    def whole(self) -> list[str]:
        """Series without a hole in the window, but the one apart."""
        there = self.window.notna().all()
        return [str(code) for code in there.index[there] if code != self.apart]

    def season(self, method: str) -> Array:
        """Covariance of season over the window."""
        inside = slice(self.date.first, self.date.end)
        return self.logs.seasons[METHODS.index(method)][inside, inside]

    def carried(self, values: Array, method: str, *, usual_count: float) -> Carried:
        """One series, carried forward from before the date."""
        season = self.season(method)
        return carry_forward(values, self.date.before, horizons=self.horizons, season=season, usual_count=usual_count)

    def own_past(self, code: str) -> Carried:
        """One series against its own past alone."""
        values = self.window[code].to_numpy(dtype=np.float64) - self.logs.usual[self.date.first : self.date.end]
        return self.carried(values, OWN_PAST, usual_count=self.usual_count(code))

    def like_others(self, code: str, others: Sequence[str]) -> Carried:
        """One series less the mean of others, against the past of that difference."""
        gap = self.window[code].to_numpy(dtype=np.float64) - self.window[list(others)].to_numpy().mean(axis=1)
        return self.carried(gap, LIKE_OTHERS, usual_count=self.usual_count(code))

    def usual_count(self, code: str) -> float:
        """Typical count before the date."""
        before = slice(self.date.first, self.date.start)
        counts = np.exp(self.logs.rates[code].to_numpy(dtype=np.float64)[before] + self.logs.days[before])
        return float(np.nanmedian(counts))

    def placebos(self, method: str) -> pd.DataFrame:
        """Standardised change of every whole series: (series, horizons)."""
        codes = self.whole
        if method == LIKE_OTHERS and len(codes) <= FEWEST:
            codes = []
        carried = [self._placebo(code, method) for code in codes]
        rows = [each.sizes / each.errors for each in carried]
        return pd.DataFrame(rows, index=pd.Index(codes, name="area_code"), columns=list(self.horizons), dtype=float)

    def _placebo(self, code: str, method: str) -> Carried:
        return self.own_past(code) if method == OWN_PAST else self.like_others(code, self._nearest[code])

    @cached_property
    def _nearest(self) -> dict[str, list[str]]:
        weights = nearest_all(self.window[self.whole].iloc[: self.date.before].to_numpy(dtype=np.float64))
        return {
            code: [self.whole[place] for place in np.flatnonzero(weights[:, at])] for at, code in enumerate(self.whole)
        }
