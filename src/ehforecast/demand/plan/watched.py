"""The table of targets: what each rests on, its chance, how often such changes come, and every figure stated."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ehforecast.demand.plan.assumptions import Assumption
from ehforecast.demand.plan.capacity import Array, Volume, check_series
from ehforecast.demand.plan.measured_targets import MeasuredShare, chance_of_measured
from ehforecast.demand.plan.targets import (
    Indicator,
    agreed_definitions,
    chance_of_count_target,
    find_conflicts,
    learn_changes,
    share_interval,
)
from ehforecast.demand.plan_results import COUNT, NO_BASIS, OFFICIAL, PROMISE, YARDSTICK
from ehforecast.errors import ForecastError, SettingsError

_UNKNOWN: Mapping[str, object] = {
    name: float("nan")
    for name in (
        "current", "current_low", "current_high", "forecast_low", "forecast", "forecast_high", "chance", "base_rate",
        "comparable", "like_rate", "like_starts", "usual_return",
    )
}  # fmt: skip


@dataclass(frozen=True)
class OfficialRates:
    """An official indicator: rates (percent) and what they are shares of, one row per area and one column per year."""

    definition: str
    rates: pd.DataFrame
    of: pd.DataFrame


@dataclass(frozen=True)
class CountTarget:
    """A count that builds up: what there is so far, and the share of what is opened ahead that counts towards it."""

    so_far: float
    series: tuple[str, ...]
    share: Assumption


@dataclass(frozen=True)
class Watched:
    """An indicator and what its chance can rest on.

    Attributes:
        indicator: with definition, target and stated figures; `official` names a rate of the very same definition.
        yardstick: the name of an official rate of another definition whose past changes say how often such a change
            comes; it is never compared in value.
        count: where it is a count that builds up out of the volume.
        promise: the name of a promise of the plan that is this very target.
        measured: what the council's own records tell of it, quarter by quarter.
    """

    indicator: Indicator
    yardstick: str = ""
    count: CountTarget | None = None
    promise: str = ""
    measured: MeasuredShare | None = None


@dataclass(frozen=True)
class TargetTables:
    """The frames `targets`, `stated` and `conflicts` of a plan."""

    targets: pd.DataFrame
    stated: pd.DataFrame
    conflicts: pd.DataFrame


@dataclass(frozen=True)
class Evidence:
    """What chances are told from: the area, its last day known, official rates by name, and what is opened ahead."""

    area_code: str
    known_until: pd.Timestamp
    official: Mapping[str, OfficialRates]
    opened: Volume
    seed: int


def target_tables(watched: Sequence[Watched], evidence: Evidence) -> TargetTables:
    """Everything to be said about targets; raises `SettingsError` naming the key of an indicator that cannot be."""
    agreed_definitions([each.indicator for each in watched])
    for each in watched:
        each.indicator.check_ahead(evidence.known_until.date())
    return TargetTables(
        targets=pd.DataFrame([_row(each, evidence) for each in watched]),
        stated=pd.DataFrame(
            [row for each in watched for row in _stated(each.indicator)],
            columns=["indicator", "period", "value", "low", "high", "source", "of"],
        ),
        conflicts=_conflicts(watched, evidence),
    )


def _row(watched: Watched, evidence: Evidence) -> dict[str, object]:
    """One indicator's row; see `PlanResult`."""
    indicator = watched.indicator
    told: dict[str, object] = {
        "indicator": indicator.name,
        "definition": indicator.definition,
        "unit": indicator.unit,
        "better": indicator.better,
        "target": indicator.target,
        "target_by": indicator.by.isoformat(),
        **_UNKNOWN,
        **_current(indicator),
    }
    if watched.count is not None:
        return told | _of_count(watched, watched.count, evidence=evidence)
    if indicator.official:
        return told | _of_official(indicator, evidence)
    if watched.measured is not None:
        found = chance_of_measured(indicator, watched.measured, seed=evidence.seed)
        return told | found | _of_yardstick(watched, evidence, start=watched.measured.value * 100, beside=found)
    if watched.yardstick and indicator.stated:
        return told | _of_yardstick(watched, evidence, start=indicator.stated[-1].value)
    why = "No chance is given: no baseline is stated, and no official figure has the same definition."
    if indicator.stated:
        why = "No chance is given: no official figure has the same definition, and one baseline shows no change."
    return told | {"basis": NO_BASIS, "basis_words": why}


def _current(indicator: Indicator) -> dict[str, object]:
    """The last figure stated, with its range where its number of cases is."""
    if not indicator.stated:
        return {"no_range_because": "no baseline is stated", "current_from": "not stated"}
    last = indicator.stated[-1]
    low, high = _stated_range(last.value, last.of)
    why = "" if np.isfinite(low) else "its source does not say of how many"
    words = f"{last.source}, {last.period}"
    return {"current": last.value, "current_low": low, "current_high": high, "no_range_because": why,
            "current_from": words}  # fmt: skip


def _stated_range(value: float, of: int | None) -> tuple[float, float]:
    if of is None:
        return float("nan"), float("nan")
    low, high = share_interval(round(value / 100 * of), of)
    return 100 * low, 100 * high


def with_promises(targets: pd.DataFrame, watched: Sequence[Watched], *, staffing: pd.DataFrame) -> pd.DataFrame:
    """The same table; a target that is a promise has the chance that those in post keep it.

    ``staffing`` has one row per promise, for the workers in post.
    """
    told, kept = targets.copy(), staffing.set_index("promise")
    for place, each in zip(told.index, watched, strict=True):
        if each.promise:
            row = {name: float(kept[name].loc[each.promise]) for name in kept}
            told.loc[place, "forecast_low"] = 100 * row["share_low"]
            told.loc[place, "forecast"] = 100 * row["share_in_time"]
            told.loc[place, "forecast_high"] = 100 * row["share_high"]
            told.loc[place, "chance"] = row["chance_kept"]
            told.loc[place, "basis"] = PROMISE
            told.loc[place, "basis_words"] = "The chance is worked out above, from waiting with the people in post."
    return told


def _stated(indicator: Indicator) -> list[tuple[object, ...]]:
    return [
        (
            indicator.name, figure.period, figure.value, *_stated_range(figure.value, figure.of), figure.source,
            float("nan") if figure.of is None else float(figure.of),
        )
        for figure in indicator.stated
    ]  # fmt: skip


def _years_ahead(indicator: Indicator, rates: pd.DataFrame) -> int:
    """Reporting years from the last known to the one in which, or at the start of which, the target falls due."""
    end = pd.Timestamp(f"{rates.columns[-1]}-03-31")
    return max(1, round((pd.Timestamp(indicator.by) - end).days / 365.25))


def _of_official(indicator: Indicator, evidence: Evidence) -> dict[str, object]:
    found = _rates_named(indicator.official, evidence, key=f"plan.indicators.{indicator.name}.official")
    rates, area = found.rates, evidence.area_code
    if area not in rates.index or not np.isfinite(rates.loc[area].iloc[-1]):
        raise ForecastError(f"the area has no figure of '{indicator.official}' in the latest year")
    chance = learn_changes(rates, years=_years_ahead(indicator, rates)).chance(
        area, target=indicator.target, better=indicator.better
    )
    year = str(rates.columns[-1])
    of = found.of.reindex(index=[area], columns=[year]).to_numpy(dtype=np.float64)[0, 0]
    low, high = _stated_range(chance.current, round(of) if np.isfinite(of) else None)
    return {
        "current": chance.current, "current_low": low, "current_high": high,
        "no_range_because": "" if np.isfinite(low) else "the number of cases is not published",
        "current_from": f"official figure, year to March {year}",
        "forecast_low": chance.quantiles[0.1], "forecast": chance.quantiles[0.5],
        "forecast_high": chance.quantiles[0.9],
        "chance": chance.chance, "basis": OFFICIAL,
        "basis_words": f"The chance comes from how the official rates of all councils changed: {found.definition}.",
        "base_rate": chance.base_rate, "comparable": float(chance.comparable),
        "like_rate": chance.from_like_starts, "like_starts": float(chance.like_starts),
        "usual_return": chance.usual_return,
    }  # fmt: skip


def _of_yardstick(
    watched: Watched, evidence: Evidence, *, start: float, beside: Mapping[str, object] | None = None
) -> dict[str, object]:
    """How often a change as large, relative to its start, came to official rates of another definition.

    Beside a chance of its own, it adds only that.
    """
    indicator = watched.indicator
    if beside is not None and (not watched.yardstick or not start > 0):
        return {}
    found = _rates_named(watched.yardstick, evidence, key=f"plan.indicators.{indicator.name}.yardstick")
    ratio, years = indicator.target / start, _years_ahead(indicator, found.rates)
    before, after = _pairs(found.rates, years)
    met = after <= before * ratio if indicator.better == "lower" else after >= before * ratio
    like = np.abs(before / start - 1) < 0.25
    usual = (after[like].mean() / before[like].mean() - 1) / (ratio - 1) if like.any() and ratio != 1 else float("nan")
    words = "No chance of its own can be told: nobody publishes this rate for other councils."
    return {
        "basis": YARDSTICK if beside is None else beside["basis"],
        "basis_words": (
            f"{words if beside is None else beside['basis_words']} How often councils change is taken from another "
            f"one, as a yardstick only: {found.definition}."
        ),
        "base_rate": float(met.mean()), "comparable": float(len(met)),
        "like_rate": float(met[like].mean()) if like.any() else float("nan"), "like_starts": float(like.sum()),
        "usual_return": float(usual),
    }  # fmt: skip


def _pairs(rates: pd.DataFrame, years: int) -> tuple[Array, Array]:
    before, after = rates.iloc[:, :-years].to_numpy().ravel(), rates.iloc[:, years:].to_numpy().ravel()
    known = np.isfinite(before) & np.isfinite(after) & (before > 0)
    if not known.any():
        raise ForecastError(f"no past changes over {years} years to hold a target against")
    return before[known], after[known]


def _of_count(watched: Watched, count: CountTarget, *, evidence: Evidence) -> dict[str, object]:
    """A count: so far, and as many of the paths of what is opened as come before the day."""
    indicator, volume = watched.indicator, evidence.opened
    check_series(volume, count.series, key=f"plan.indicators.{indicator.name}.count.series")
    chosen = volume.paths[:, [volume.series.index(code) for code in count.series]].sum(axis=1)
    in_time = volume.periods.end_time <= pd.Timestamp(indicator.by) + pd.Timedelta(days=1)
    counted = chosen[:, in_time] * count.share.draw(len(chosen), seed=evidence.seed)[:, None]
    low, middle, high = np.quantile(count.so_far + counted.sum(axis=1), [0.1, 0.5, 0.9])
    chance = chance_of_count_target(counted, so_far=count.so_far, target=indicator.target)
    return {
        "current": count.so_far, "current_low": count.so_far, "current_high": count.so_far, "no_range_because": "",
        "current_from": "counted so far", "forecast_low": low, "forecast": middle, "forecast_high": high,
        "chance": chance, "basis": COUNT,
        "basis_words": "The chance is the share of equally likely futures in which the count is reached.",
    }  # fmt: skip


def _rates_named(name: str, evidence: Evidence, *, key: str) -> OfficialRates:
    if name not in evidence.official:
        known = ", ".join(sorted(evidence.official)) or "none"
        raise SettingsError(f"key '{key}': there is no official rate '{name}'; there are {known}")
    return evidence.official[name]


def _conflicts(watched: Sequence[Watched], evidence: Evidence) -> pd.DataFrame:
    """Stated figures that disagree with the official one of the same definition and period: both stand."""
    frames = []
    for each in watched:
        found_rates = evidence.official.get(each.indicator.official)
        if found_rates is not None and evidence.area_code in found_rates.rates.index:
            of_area = found_rates.rates.T[evidence.area_code].dropna()
            found = find_conflicts(each.indicator, of_area)
            frames.append(found.assign(indicator=each.indicator.name))
    columns = ["indicator", "period", "stated", "stated_by", "official"]
    return pd.concat(frames)[columns].reset_index(drop=True) if frames else pd.DataFrame(columns=columns)
