"""What changed after a date, beside a series' own past and beside others like it, with tests where nothing was done."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from ehforecast.demand.breaks import BreakPlan, find_breaks, months_in
from ehforecast.demand.impact_counterfactual import Carried
from ehforecast.demand.impact_date import FEWEST_BEFORE, Dated, Intervention
from ehforecast.demand.impact_panel import Date, Logs, Panel
from ehforecast.demand.impact_placebo import FEWEST as FEWEST_PLACEBOS
from ehforecast.demand.impact_placebo import LEVEL, Placebos, Yardstick, yardstick
from ehforecast.demand.neighbours import FEWEST, NEAREST, alike, named_neighbours
from ehforecast.demand.past_results import HIGHER, LIKE_OTHERS, LOWER, NO_TEST, NOT_TOLD, OWN_PAST
from ehforecast.demand.series import SeriesSet

BETWEEN_DATES = 12
"""Months between the dates that placebos are taken at."""


ESTIMATE_COLUMNS = [
    "change", "method", "months", "months_used", "months_before", "effect", "low", "high", "p_value", "placebos",
    "observed_total", "expected_total", "detectable_fall", "detectable_rise", "least_detectable_fall", "false_rate",
    "false_number", "verdict", "is_main",
]  # fmt: skip


@dataclass(frozen=True)
class ImpactFound:
    """What was found of one intervention; columns as in `past_results.PastResult`."""

    estimates: pd.DataFrame
    paths: pd.DataFrame
    placebos: pd.DataFrame
    neighbours: pd.DataFrame
    fits: pd.DataFrame
    notes: tuple[str, ...] = field(default=())


def measure_impact(series: SeriesSet, done: Intervention, *, plan: BreakPlan | None = None) -> ImpactFound:
    """How much higher or lower a series ran after a date than it would have, over 3, 6 and 12 months.

    Two answers to what would have come. ``own_past``: the series carried forward from before the date, season and
    school holidays included. ``like_others`` (difference in differences on logs): the mean of the others most like it
    before, or of those named, plus the difference between them carried forward. Each estimate is the mean of log
    differences over the months after; an effect of -0.1 is 10% fewer.

    Each is held against placebos: the same sum for every other series of the level on the same date, or, where there
    are fewer than 19, for all of them on earlier dates. Both p-value and interval come from those and from nothing
    else; every council's estimate is divided by its own usual error first, so that noisy ones do not set the measure
    for steady ones.

    Raises `ForecastError` where the past is too short or too patchy, where fewer than three months have come since, or
    where named neighbours have no whole series.

    Source: Abadie, Diamond and Hainmueller (2010) on placebo tests in space; Arkhangelsky et al. (2021) and Ferman and
    Pinto (2021) on taking levels off and on scaling by each unit's own error.
    """
    chosen = plan or BreakPlan()
    return _Measured(series, done, chosen.fewest, chosen).found()


@dataclass(frozen=True)
class _Measured(Dated):
    """One intervention, and everything that is said of it."""

    plan: BreakPlan

    @cached_property
    def logs(self) -> Logs:
        level = self.series.areas.loc[self.done.area_code, "area_level"]
        return Logs.of(self.series.of_level(str(level)), self.plan.calendar)

    def panel_at(self, start: int, apart: str) -> Panel:
        first = max(start - self.before, self.first)
        return Panel(self.logs, Date(first, start, start + max(self.horizons)), self.horizons, apart=apart)

    @cached_property
    def panel(self) -> Panel:
        """The date itself."""
        return self.panel_at(self.start, self.done.area_code)

    @cached_property
    def nearest(self) -> "pd.Series[float]":
        """The others it is held against, with how unlike each is; empty where there are too few."""
        code, whole = self.done.area_code, self.panel.whole
        if self.done.neighbours:
            whole = named_neighbours(self.done.neighbours, whole, code=code)
        if len(whole) < FEWEST:
            return pd.Series(dtype=float)
        past = self.panel.window[[code, *whole]].iloc[: self.panel.date.before].dropna()
        return alike(past, code).iloc[: len(whole) if self.done.neighbours else NEAREST]

    @cached_property
    def carried(self) -> dict[str, Carried]:
        """By method."""
        found = {OWN_PAST: self.panel.own_past(self.done.area_code)}
        if len(self.nearest):
            found = {LIKE_OTHERS: self.panel.like_others(self.done.area_code, list(self.nearest.index))} | found
        return found

    @cached_property
    def has_peers(self) -> bool:
        """Whether enough others are there on the date itself."""
        return len(self.panel.whole) >= FEWEST_PLACEBOS

    @cached_property
    def placebos(self) -> dict[str, pd.DataFrame]:
        """By method: a row per series and date, standardised changes by horizon, and whether it is held against."""
        return {method: self._placebos(method) for method in self.carried}

    def _placebos(self, method: str) -> pd.DataFrame:
        dates = [start for start in self._starts() if start != self.start]
        parts = [self.panel_at(start, self._apart(start)).placebos(method).assign(at=start) for start in dates]
        here = [self.panel.placebos(method).assign(at=self.start)] if self.has_peers else []
        if not here + parts:
            return pd.DataFrame(columns=[*self.horizons, "at", "is_here"], dtype=float)
        table = pd.concat([*here, *parts])
        return table.assign(is_here=(table["at"] == self.start) if self.has_peers else True)

    def _apart(self, start: int) -> str:
        """Before the date, the series itself is one of those in which nothing was done."""
        return "" if start + max(self.horizons) <= self.start else self.done.area_code

    def _starts(self) -> Iterator[int]:
        """Dates a year apart, the date itself among them; every wholly earlier month where few others are there."""
        reach, step = max(self.horizons), BETWEEN_DATES
        if self.has_peers:
            years = (self.start - self.first - self.before) // step
            yield from range(self.start - years * step, len(self.series.periods) - reach + 1, step)
        else:
            yield from range(self.first + FEWEST_BEFORE, self.start - reach + 1)

    def found(self) -> ImpactFound:
        """Everything, as frames."""
        return ImpactFound(
            pd.DataFrame([row for method in self.carried for row in self._estimates(method)], columns=ESTIMATE_COLUMNS),
            pd.concat([self._path(method) for method in self.carried], ignore_index=True),
            pd.concat([self._placebo_rows(method) for method in self.carried], ignore_index=True),
            self._neighbour_rows(),
            pd.DataFrame([self._fit(method) for method in self.carried]),
            tuple(self._notes()),
        )

    def _estimates(self, method: str) -> Iterator[dict[str, object]]:
        carried, placebos = self.carried[method], self.placebos[method]
        for place, horizon in enumerate(self.horizons):
            here = placebos["is_here"].to_numpy(dtype=bool)
            values = placebos[horizon].to_numpy(dtype=np.float64)
            size, error = float(carried.sizes[place]), float(carried.errors[place])
            held = yardstick(size / error, Placebos(values[here], values[~here]))
            yield self._estimate(method, horizon, held=held, sizes=(size, error, float(carried.chance_errors[place])))

    def _estimate(
        self, method: str, horizon: int, *, held: Yardstick, sizes: tuple[float, float, float]
    ) -> dict[str, object]:
        size, error, chance = sizes
        observed = self.counts.iloc[self.start : self.start + horizon]
        total, reach = float(observed.sum()), held.needed * error
        main = method == next(iter(self.carried)) and horizon == max(self.horizons)
        return {
            "change": self.done.name, "method": method, "months": horizon,
            "months_used": int(observed.notna().sum()), "months_before": int(self.before),
            "effect": np.expm1(size), "low": np.expm1(size - reach), "high": np.expm1(size + reach),
            "p_value": held.p_value, "placebos": held.number,
            "observed_total": total, "expected_total": total / np.exp(size),
            "detectable_fall": -np.expm1(-held.detectable * error),
            "detectable_rise": np.expm1(held.detectable * error),
            "least_detectable_fall": -np.expm1(-(1.96 + 0.8416) * chance),
            "false_rate": held.false_rate, "false_number": held.false_number,
            "verdict": _verdict(size, held), "is_main": main,
        }  # fmt: skip

    def _path(self, method: str) -> pd.DataFrame:
        """Observed and expected counts, month by month."""
        date, carried = self.panel.date, self.carried[method]
        inside = slice(date.first, date.end)
        beside = self.panel.window[list(self.nearest.index)].to_numpy().mean(axis=1) if method == LIKE_OTHERS else 0.0
        usual = self.logs.usual[inside] if method == OWN_PAST else 0.0
        logs = np.concatenate([carried.fitted, carried.path]) + usual + beside + self.logs.days[inside]
        months = self.series.periods[inside]
        return pd.DataFrame(
            {
                "change": self.done.name,
                "method": method,
                "month": months.astype(str),
                "observed_count": self.counts.iloc[inside].to_numpy(dtype=np.float64),
                "expected_count": np.exp(logs),
                "is_after": np.arange(date.first, date.end) >= date.start,
            }
        )

    def _placebo_rows(self, method: str) -> pd.DataFrame:
        """Standardised changes of the main horizon, as effects of a series with this one's usual error."""
        table, longest = self.placebos[method], max(self.horizons)
        error = float(self.carried[method].errors[self.horizons.index(longest)])
        kept = table[table["is_here"].astype(bool)] if len(table) else table
        return pd.DataFrame(
            {
                "change": self.done.name,
                "method": method,
                "months": longest,
                "area_code": kept.index.astype(str),
                "month": [str(self.series.periods[int(at)]) for at in kept["at"]],
                "effect": np.expm1(kept[longest].to_numpy(dtype=np.float64) * error),
            }
        )

    def _neighbour_rows(self) -> pd.DataFrame:
        names = self.series.areas["area_name"]
        return pd.DataFrame(
            {
                "change": self.done.name,
                "area_code": self.nearest.index.astype(str),
                "area_name": [str(names[code]) for code in self.nearest.index],
                "distance": self.nearest.to_numpy(dtype=np.float64),
                "chosen_by": "named" if self.done.neighbours else "likeness before",
            }
        )

    def _fit(self, method: str) -> dict[str, object]:
        """How closely the expected path ran to what came before the date."""
        path = self._path(method)
        before = path[~path["is_after"]]
        ratio = pd.Series(np.log(before["observed_count"] / before["expected_count"]))
        return {
            "change": self.done.name, "method": method, "first": before["month"].iloc[0],
            "last": before["month"].iloc[-1], "months": int(ratio.notna().sum()),
            "usual_gap": float(np.sqrt((ratio**2).mean())),
        }  # fmt: skip

    def _notes(self) -> Iterator[str]:
        before = self.series.known_until(self.done.start - 1)
        found = find_breaks(before, [self.done.area_code], plan=self.plan).breaks
        for month in found["month"][found["month"] >= str(self.series.periods[self.panel.date.first])]:
            jumped = pd.Period(month, freq="M").strftime("%B %Y")
            yield f"the figures jumped in {jumped}, before it began: what was expected rests on what came since then"
        date = self.panel.date
        if months_in(self.plan.windows, self.series.periods)[date.first : date.end].any():
            yield "a national shock lies in the months compared; others felt it too, but not all alike"
        if not self.has_peers:
            yield (
                f"only {len(self.panel.whole)} other series cover these months, so placebos are earlier dates, which "
                "overlap and say less than their number suggests"
            )


def _verdict(size: float, held: Yardstick) -> str:
    if held.number < FEWEST_PLACEBOS:
        return NO_TEST
    if held.p_value > LEVEL:
        return NOT_TOLD
    return HIGHER if size > 0 else LOWER
