"""The first sentence of a demand report: how many to expect next month, area by area."""

from collections.abc import Iterator

from ehforecast.advisory.demand_protection import TOTAL, WHOLE
from ehforecast.advisory.reading import AreaRow, area_rows, forecast_tables, horizon_months
from ehforecast.demand.results import DemandResult
from ehforecast.reports.words import measure_named, month_words, whole

_AREAS_TOLD = 3


def answer(result: DemandResult) -> str:
    """What the report says in a sentence or two: the whole council, or the first areas, and how many more there are."""
    areas = [area for area in area_rows(result) if not area.refusal]
    if not areas:
        return "No forecast can honestly be made for any of these areas. The reasons are below."
    councils = [area for area in areas if _is_whole(area)]
    first = (councils or areas)[:_AREAS_TOLD]
    said = f"In {month_words(horizon_months(result)[0])}, expect about {'; '.join(_told(result, first))}."
    more = len(areas) - len(first)
    if not more:
        return said
    if councils:
        return f"{said} Below, it is split {more} ways."
    return f"{said} There {'is 1 more area' if more == 1 else f'are {more} more areas'} below."


def _is_whole(area: AreaRow) -> bool:
    return (area.level, area.code) == (WHOLE, TOTAL)


def _told(result: DemandResult, areas: list[AreaRow]) -> Iterator[str]:
    tables, month = forecast_tables(result), horizon_months(result)[0]
    counted = measure_named(result.measure)
    for area in areas:
        low, middle, high = (
            float(count) for count in tables[area.code].loc[month, [0.1, 0.5, 0.9]].to_numpy(dtype=float)
        )
        where = "the whole council" if _is_whole(area) else area.name
        yield f"{counted.of(middle)} in {where} (likely {whole(low)} to {whole(high)})"
