"""Season, calendar and events of a calendar regression on the log scale, and the effects one by one."""

from collections.abc import Sequence

import numpy as np
from scipy.stats import norm

from ehforecast.demand.contributions import Contributions, Effect
from ehforecast.demand.forecasters.arima_fit import GroupFit
from ehforecast.demand.forecasters.calendar_design import EffectKind
from ehforecast.demand.forecasters.interface import Array, Task
from ehforecast.demand.forecasters.smoothing import smoothed_levels

LEVEL_WEIGHT = 0.3
"""Of the newest period in the level, as in pooled smoothing."""

SMALLEST = 0.05
"""Counts a period below which a level is not told apart, so that a logarithm exists."""

PART_OF = {
    EffectKind.SHAPE: "season",
    EffectKind.HARMONIC: "season",
    EffectKind.NAMED: "calendar",
    EffectKind.EVENT: "event",
    EffectKind.SHIFT: "event",
}


def calendar_account(task: Task, fits: Sequence[GroupFit]) -> Contributions:
    """What the calendar adds to each series, past and ahead.

    Effects are counts added to a level; their logarithm together, ``log((level + all) / level)``, is shared out in
    proportion to what each part adds. The effects told are those of the largest area, with the interval of their normal
    posterior.
    """
    areas, past = len(task.areas), len(task.history.periods)
    kinds = dict.fromkeys(PART_OF.values())
    before = {part: np.zeros((areas, past)) for part in kinds}
    ahead = {part: np.zeros((areas, task.horizon)) for part in kinds}
    level = np.full((areas, past), np.nan)
    for fit in fits:
        columns, start = fit.group.columns, fit.group.start
        levels = np.maximum(smoothed_levels(fit.without_calendar, LEVEL_WEIGHT), SMALLEST)
        level[columns, start:] = np.log(levels).T
        for part, values in _logs(fit, fit.group.design.past, levels=levels).items():
            before[part][columns, start:] = values.T
        for part, values in _logs(fit, fit.group.design.future, levels=levels[[-1]]).items():
            ahead[part][columns] = values.T
    return Contributions(before, ahead, level, _effects(task, fits))


def _logs(fit: GroupFit, regressors: Array, *, levels: Array) -> dict[str, Array]:
    """By part: (periods, series)."""
    parts = np.array([PART_OF.get(kind, "") for kind in fit.group.design.kinds])
    added = {part: regressors[:, parts == part] @ fit.arima.coefficients[parts == part] for part in set(parts) - {""}}
    together = np.sum(list(added.values()), axis=0) if added else np.zeros(1)
    log = np.log(np.maximum(levels + together, SMALLEST) / levels)
    per_count = np.where(np.abs(together) > 1e-9 * levels, log / np.where(together == 0, 1.0, together), 1.0 / levels)
    return {part: per_count * counts for part, counts in added.items()}


def _effects(task: Task, fits: Sequence[GroupFit]) -> tuple[Effect, ...]:
    fit, place = max(
        ((fit, place) for fit in fits for place in range(len(fit.group.columns))),
        key=lambda pair: float(pair[0].group.values[:, pair[1]].mean()),
    )
    design, level = fit.group.design, max(float(fit.group.values[:, place].mean()), SMALLEST)
    told, result = (EffectKind.NAMED, EffectKind.EVENT, EffectKind.SHIFT), []
    for number, (name, kind) in enumerate(zip(design.names, design.kinds, strict=True)):
        if kind in told:
            ratio = 1 + fit.arima.coefficients[number, place] / level
            off = norm.ppf(0.975) * np.sqrt(fit.arima.covariance[place, number, number]) / level
            what = f"a {task.step.value.replace('_', ' ')} with one more of {name.replace('_', ' ')}"
            usual = f"a usual {task.step.value.replace('_', ' ')}"
            result.append(Effect(name, float(ratio), float(ratio - off), float(ratio + off), what, usual))
    return tuple(result)
