"""Complete results of what changed, for tests of the door and of the page."""

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
from past_series import Null, drawn_counts, series_set

from ehforecast.demand.breaks import BreakPlan
from ehforecast.demand.past_results import PastResult
from ehforecast.demand.series import SeriesSet
from ehforecast.pipelines.past import past_result
from ehforecast.pipelines.past_ground import Ground
from ehforecast.pipelines.past_settings import ChangeConfig, PastConfig

MONTHS = pd.period_range("2015-04", periods=84, freq="M")
DONE = {"words": "A new front door opened.", "source": "Strategy, page 3"}


def figures() -> SeriesSet:
    """Councils that never existed: the first falls by a half, the second has one odd month and a shock."""
    counts = drawn_counts(Null(noise=0.06), MONTHS, number=24, seed=1)
    counts.iloc[48:, 0] = (counts.iloc[48:, 0] * 0.5).round()
    counts.iloc[40, 1] = (counts.iloc[40, 1] * 0.4).round()
    return series_set(counts)


def records() -> SeriesSet:
    """One council's records: the whole, and two places, one of them with small counts."""
    counts = drawn_counts(Null(level=40, noise=0.06), MONTHS, number=1, seed=2)
    north = counts.iloc[:, 0] * np.where(np.arange(84) >= 48, 0.4, 1.0)
    south = drawn_counts(Null(level=12), MONTHS, number=1, seed=3).iloc[:, 0]
    table = pd.DataFrame({"north": north.round(), "south": south}).assign(total=lambda rows: rows.sum(axis=1))
    found = series_set(table[["total", "north", "south"]])
    return replace(found, areas=found.areas.assign(area_level=["council", "locality", "locality"]))


def config(**changes: ChangeConfig) -> PastConfig:
    return PastConfig(reader="head of performance", changes=changes)


def result_of(series: SeriesSet, told: PastConfig, *, fewest: float = 5.0) -> PastResult:
    ground = Ground(
        "referrals", series, pd.DataFrame(), list(series.counts)[:3], BreakPlan(fewest=fewest),
        lambda name: name if name in series.counts else None, "Invented figures.",
    )  # fmt: skip
    return past_result(told, ground, progress=lambda _: None)


@cache
def figures_result() -> PastResult:
    """Two things done, one followed by a fall, one that nothing can be told of, and one too late to measure."""
    codes = list(figures().counts)
    done = {
        "Front door": ChangeConfig(area=codes[0], begins="2019-04", **DONE),
        "Family hub": ChangeConfig(area=codes[2], begins="2018-04", **DONE),
        "Late": ChangeConfig(area=codes[2], begins="2022-03", **DONE),
    }
    return result_of(figures(), config(**done))


@cache
def records_result() -> PastResult:
    """A change in one place of a council, with a shock in the months compared."""
    done = {"Hub": ChangeConfig(area="north", begins="2019-04", **DONE)}
    return result_of(records(), config(**done), fewest=10.0)
