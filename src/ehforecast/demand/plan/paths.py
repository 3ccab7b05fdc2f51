"""From a forecast's quantiles to equally likely futures by source, which every part of a plan starts from."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.stats import norm

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


def series_paths(result: DemandResult, whole: str, *, number: int = 400, seed: int = 20_261_123) -> Volume:
    """Futures of every series of a council that add up, future by future, to the forecast of the whole.

    The whole has its own forecast's quantiles and range of the total. Parts are drawn from theirs, go together with the
    whole as strongly as each other, and are then scaled to its sum on every path and month. A part too small for a
    forecast of its own gets the share it had of the last year. Raises `ForecastError` where the whole has no forecast,
    or no part does.
    """
    total = forecast_paths(result, whole, number=number, seed=seed)
    codes = _finest(result)
    own = {code: _own_paths(result, code, total=total, seed=seed) for code in codes if _has_forecast(result, code)}
    if not own:
        raise ForecastError("no part of the whole has a forecast; forecast fewer and larger series")
    recent = _recent(result, codes)
    small = [code for code in codes if code not in own]
    rest = total.paths[:, 0] * (recent[small].sum() / recent.sum() if small else 0.0)
    for code in small:
        own[code] = rest * (recent[code] / max(recent[small].sum(), 1.0))
    drawn = np.stack([own[code] for code in codes], axis=1)
    nowhere = drawn.sum(axis=1, keepdims=True) <= 0  # every part drawn as nothing: the whole goes as it went before
    drawn = np.where(nowhere, recent.to_numpy(dtype=np.float64)[:, None] + 1.0, drawn)
    return Volume(codes, total.periods, drawn * total.paths / drawn.sum(axis=1, keepdims=True))


_TOGETHER = 0.5
"""How strongly a part moves with the whole (assumption): half of councils' monthly changes are shared."""


def _own_paths(result: DemandResult, code: str, *, total: Volume, seed: int) -> Array:
    """Paths of one part, which go partly together with those of the whole."""
    quantiles, months = _quantiles(result, code)
    place = (np.argsort(np.argsort(total.paths[:, 0], axis=0), axis=0) + 0.5) / len(total.paths)
    shared = norm.ppf(place)
    own = random_numbers(seed, f"volume {code}").standard_normal(shared.shape)
    mixed = np.sqrt(_TOGETHER) * shared + np.sqrt(1 - _TOGETHER) * own
    return values_at(mixed[:, : len(months)], quantiles, levels=QUANTILE_LEVELS)


def _finest(result: DemandResult) -> tuple[str, ...]:
    """Codes of the finest series: those split by the most keys."""
    levels = result.areas["area_level"].astype(str)
    depth = levels.map(lambda level: 0 if level == "council" else 1 + level.count(" by "))
    return tuple(result.areas.loc[depth == depth.max(), "area_code"].astype(str))


def _has_forecast(result: DemandResult, code: str) -> bool:
    return bool((result.forecast["area_code"] == code).any())


def _recent(result: DemandResult, codes: tuple[str, ...]) -> "pd.Series[float]":
    """What each part counted in the last year."""
    months = sorted(set(result.observed["month"]))[-12:]
    last = result.observed[result.observed["month"].isin(months)]
    return last.groupby("area_code")["observed_count"].sum().reindex(list(codes)).fillna(0.0)


def scaled_volume(counted: Volume, scale: Assumption, *, seed: int) -> Volume:
    """What comes, series by series, times how many of what is planned come with each one counted."""
    check_above_zero(scale)
    factor = scale.draw(len(counted.paths), seed=seed)
    return Volume(counted.series, counted.periods, counted.paths * factor[:, None, None])


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
