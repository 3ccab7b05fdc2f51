"""What a demand report says of one area beyond its forecast: its total, what it is made of, what changed."""

import math
from dataclasses import dataclass, replace
from functools import cached_property

from ehforecast.advisory.reading import AreaRow
from ehforecast.demand.results import DemandResult
from ehforecast.reports.demand_parts import changes_table, completed_table, parts_table
from ehforecast.reports.page_table import PageTable
from ehforecast.reports.words import Measure, month_words, tie_sentence, whole
from ehforecast.vocabulary.absence import AbsenceReason


@dataclass(frozen=True)
class AreaAccount:
    """The account of one area, out of a released result."""

    result: DemandResult
    area: AreaRow
    measure: Measure

    @property
    def total_sentence(self) -> str:
        """The total of the months ahead with its range, beside as many months before; empty if there is none told."""
        totals = self.result.totals
        own = totals[totals["area_code"] == self.area.code] if not totals.empty else totals
        if own.empty or len(self.result.forecast["month"].unique()) == 1:
            return ""
        months, before = int(own["months"].iloc[0]), float(own["total_before"].iloc[0])
        counts = dict(zip(own["level"].astype(float).round(3), own["total_count"].astype(float), strict=True))
        if math.isnan(counts[0.5]):
            mark = AbsenceReason(str(own["absent_because"].iloc[0])).shorthand
            return f"No total of the {months} months is given: {mark} stands in its place."
        said = (
            f"Over the {months} months ahead together, expect about {self.measure.of(counts[0.5])}; the 80% range is "
            f"{whole(counts[0.1])} to {whole(counts[0.9])}."
        )
        return said if math.isnan(before) else f"{said} In the {months} months before there were {whole(before)}."

    @property
    def verdict_sentence(self) -> str:
        """Whether the method is truly better than the same month last year, over all dates tested."""
        comparison = self.result.comparison
        own = comparison[comparison["forecaster"] == self.area.forecaster] if not comparison.empty else comparison
        return "" if own.empty else tie_sentence(str(own["verdict"].iloc[0]), int(own["origins"].iloc[0]))

    @property
    def incomplete(self) -> set[str]:
        """Months whose records are still coming in."""
        completed = self.result.completed
        return set(completed.loc[completed["area_code"] == self.area.code, "month"]) if not completed.empty else set()

    @cached_property
    def tables(self) -> list[PageTable]:
        """What stands below the forecast, each only where there is something to say."""
        made = (
            completed_table(self.result, self.area.code),
            replace(changes_table(self.result, self.area.code), is_folded=True),
            replace(self._ahead(parts_table(self.result, self.area.code)), is_folded=True),
        )
        return [self._named(table) for table in made if table.rows]

    def _ahead(self, table: PageTable) -> PageTable:
        months = set(self.result.forecast["month"])
        return replace(table, rows=[row for row in table.rows if row[0] in months])

    def _named(self, table: PageTable) -> PageTable:
        rows = [[month_words(str(row[0])), *row[1:]] for row in table.rows]
        return replace(table, caption=f"{table.caption}, {self.area.name}", rows=rows)
