"""What must be told, and what may be, of the places for which a forecast is worse."""

from collections.abc import Iterator
from dataclasses import replace

from ehforecast.risk.fairness_results import (
    CANNOT_BE_JUDGED,
    MEASURED,
    TOO_SMALL,
    ForecastFairnessResult,
)

STANDINGS = (MEASURED, CANNOT_BE_JUDGED, TOO_SMALL)
PLACES = 3
"""Decimal places of a share: nothing finer leaves, since a ratio of counts told exactly gives counts away."""

_RANGES = {"bias": ("lower", "upper"), "inside": ("inside_lower", "inside_upper")}
_SHARES = ("bias", "lower", "upper", "difference", "inside", "inside_lower", "inside_upper", "below")


def protect_places(found: ForecastFairnessResult | None) -> ForecastFairnessResult | None:
    """The same with shares cut to three places. It holds no counts of children: only of months and of dates."""
    if found is None:
        return None
    groups = found.groups
    cut = {name: groups[name].astype(float).round(PLACES) for name in _SHARES}
    return replace(found, groups=groups.assign(**cut))


def missing_of_places(found: ForecastFairnessResult | None) -> Iterator[str]:
    """What an audit of places lacks before anybody may be advised by it."""
    if found is None:
        return
    if not found.about.strip() or not found.multiplicity.strip():
        yield "which past forecasts were compared by place, and what their tests are adjusted for"
    groups = found.groups
    if unknown := int((~groups["standing"].isin(STANDINGS)).sum()):
        yield f"a standing of {unknown} places: {', '.join(STANDINGS)}"
    small = groups["standing"] == TOO_SMALL
    for figure, ends in _RANGES.items():
        told = groups[figure].notna()
        if bare := int((told & groups[list(ends)].isna().any(axis=1)).sum()):
            yield f"the range of '{figure}' of {bare} places"
        if exposed := int((told & small).sum()):
            yield f"protection of {exposed} places that are too small and still have a figure of '{figure}'"
