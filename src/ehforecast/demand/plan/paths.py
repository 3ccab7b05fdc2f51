"""From a forecast's quantiles to equally likely futures by source, which every part of a plan starts from."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from ehforecast.demand.plan.assumptions import Assumption, check_above_zero, check_share, random_numbers
from ehforecast.demand.plan.capacity import Array, Volume
from ehforecast.demand.quantile_functions import sum_quantiles, values_at
from ehforecast.demand.results import QUANTILE_LEVELS, DemandResult
from ehforecast.demand.totals import USUAL_PERSISTENCE
from ehforecast.errors import ForecastError, SettingsError

_PERSISTENCES = tuple(np.round(np.linspace(0, 1, 11), 1))


def forecast_paths(result: DemandResult, area_code: str, *, number: int = 400, seed: int = 20_261_123) -> Volume:
    """One series of equally likely futures whose months have the forecast's quantiles and whose total has its range.

    Months go together by the same normal copula as the result's totals; how strongly is read off those totals. Paths
    come in mirrored pairs. Raises `ForecastError` for an area without a forecast.
    """
    quantiles, months = _quantiles(result, area_code)
    persistence = _persistence(result, area_code, quantiles=quantiles)
    ahead = np.arange(1, len(months) + 1)
    wander = np.sqrt(np.minimum.outer(ahead, ahead) / np.maximum.outer(ahead, ahead))
    factor = np.linalg.cholesky(persistence * wander + (1 - persistence + 1e-9) * np.eye(len(ahead)))
    half = random_numbers(seed, "volume").standard_normal(((number + 1) // 2, len(ahead))) @ factor.T
    paths = values_at(np.concatenate([half, -half])[:number], quantiles, levels=QUANTILE_LEVELS)
    return Volume((area_code,), months, np.maximum(paths, 0.0)[:, None, :])


def _quantiles(result: DemandResult, area_code: str) -> tuple[Array, pd.PeriodIndex]:
    of_area = result.forecast[result.forecast["area_code"] == area_code]
    table = of_area.pivot(index="month", columns="level", values="forecast_count").sort_index()
    if table.empty or table.isna().to_numpy().any():
        raise ForecastError("the area that is planned for has no forecast, so there is nothing to plan from")
    months = pd.PeriodIndex(table.index.astype(str), freq="M")
    return table[list(QUANTILE_LEVELS)].to_numpy(dtype=np.float64), months


def _persistence(result: DemandResult, area_code: str, *, quantiles: Array) -> float:
    """The persistence of errors that gives the total the range it was published with."""
    if result.totals.empty:
        return USUAL_PERSISTENCE
    totals = result.totals[result.totals["area_code"] == area_code].set_index("level")["total_count"]
    if totals.empty or not np.isfinite(totals.loc[[0.1, 0.9]]).all():
        return USUAL_PERSISTENCE
    width = float(totals[0.9] - totals[0.1])

    def distance(persistence: float) -> float:
        low, high = _ends(quantiles, persistence)
        return abs(high - low - width)

    return float(min(_PERSISTENCES, key=distance))


def _ends(quantiles: Array, persistence: float) -> tuple[float, float]:
    sums = sum_quantiles(quantiles[None], levels=QUANTILE_LEVELS, persistence=persistence)[0]
    return float(sums[QUANTILE_LEVELS.index(0.1)]), float(sums[QUANTILE_LEVELS.index(0.9)])


def stated_paths(per_month: Assumption, months: pd.PeriodIndex, *, number: int = 400, seed: int) -> Volume:
    """Futures where nothing is forecast and a number a month is assumed: its doubt, and chance about it (Poisson)."""
    check_above_zero(per_month)
    level = per_month.draw(number, seed=seed)
    counts = random_numbers(seed, "volume").poisson(level[:, None], (number, len(months)))
    return Volume(("all",), months, counts[:, None, :].astype(np.float64))


def split_volume(total: Volume, shares: Mapping[str, Assumption], *, scale: Assumption, seed: int) -> Volume:
    """The total, times how many of what is planned come with each one counted, split by source.

    Shares are drawn with their doubt and made to add up, so sources sum to the total on every path. Raises
    `SettingsError` for likeliest shares that do not add up to 1.
    """
    check_share(*shares.values())
    check_above_zero(scale)
    if abs(sum(share.central for share in shares.values()) - 1) > 0.005:
        raise SettingsError("key 'plan.sources': the central shares of all sources must add up to 1")
    drawn = np.stack([share.draw(len(total.paths), seed=seed) for share in shares.values()], axis=1)
    drawn /= drawn.sum(axis=1, keepdims=True)
    scaled = total.paths.sum(axis=1) * scale.draw(len(total.paths), seed=seed)[:, None]
    return Volume(tuple(shares), total.periods, drawn[:, :, None] * scaled[:, None, :])


def opened_volume(volume: Volume, share_opened: Mapping[str, Assumption], *, seed: int) -> Volume:
    """Of what comes, those that open a case, by source; the same draws as `plan_capacity` uses."""
    shares = np.stack(
        [
            share_opened[code].draw(len(volume.paths), seed=seed)
            if code in share_opened
            else np.zeros(len(volume.paths))
            for code in volume.series
        ],
        axis=1,
    )
    return Volume(volume.series, volume.periods, volume.paths * shares[:, :, None])


def daily_paths(volume: Volume, *, share: Assumption, seed: int) -> tuple[pd.DatetimeIndex, Array]:
    """Whole cases of every day ahead: all series together, each case coming or not by chance, on any day alike."""
    check_share(share)
    rng = random_numbers(seed, "days of cases")
    days = pd.date_range(volume.periods[0].start_time.normalize(), volume.periods[-1].end_time.normalize(), freq="D")
    whole = np.rint(volume.paths.sum(axis=1)).astype(int)
    cases = rng.binomial(whole, share.draw(len(whole), seed=seed)[:, None])
    lengths = [period.days_in_month for period in volume.periods]
    parts = [rng.multinomial(cases[:, k], np.full(length, 1 / length)) for k, length in enumerate(lengths)]
    return days, np.concatenate(parts, axis=1).astype(np.float64)
