"""What a demand report says about one area, as plain values for the templates.

Rows are picked and worded, never computed.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from ehforecast.advisory.disclosure import shown_count
from ehforecast.advisory.reading import AreaRow, PastPerformance, past_performance
from ehforecast.demand.results import INTERVAL_COVERAGES, SEASONAL_NAIVE, DemandResult, interval_ends
from ehforecast.reference.shocks import COVID
from ehforecast.reports.area_account import AreaAccount
from ehforecast.reports.words import (
    Measure,
    as_sentence,
    fell_short,
    held_verdict,
    held_words,
    measure_named,
    month_words,
    per_cent,
    place_in_range,
    whole,
    year_before,
)
from ehforecast.vocabulary.absence import AbsenceReason
from ehforecast.vocabulary.areas import AreaLevel

YEARS_SHOWN = 6

LEVEL_WORDS = {
    AreaLevel.COUNTRY: "Country",
    AreaLevel.REGION: "Region",
    AreaLevel.SUB_REGION: "Part of a region",
    AreaLevel.COUNCIL: "Council",
    "source_group": "Group of sources",
    "lead_organisation": "Lead organisation",
    "need_level": "Level of need",
}
"""Of official areas, and of what a council's records are split by; any other stands as its own word."""

PROVISIONAL = "[p]"
"""Mark of a count whose records are still coming in (Government Analysis Function shorthand)."""


@dataclass(frozen=True)
class AreaSection:
    """One area with a forecast.

    Attributes:
        number: its place in the report, from 1; links and drawing ids are made of it.
        observed: the last six years, one row for every month: `observed_count`, `absent_because`.
        ahead: indexed by month: a column for each published quantile level.
        method: the published method in plain words.
    """

    number: int
    area: AreaRow
    measure: Measure
    observed: pd.DataFrame
    ahead: pd.DataFrame
    method: str
    account: AreaAccount
    own: PastPerformance
    naive: PastPerformance

    @property
    def anchor(self) -> str:
        """Target of links to this area."""
        return f"area-{self.number}"

    @property
    def level(self) -> str:
        """Kind of area, in words."""
        parts = self.area.level.split(" by ")
        return as_sentence(" and ".join(LEVEL_WORDS.get(part, part).lower() for part in parts))

    @cached_property
    def rows(self) -> list["ForecastRow"]:
        """The forecast, month by month."""
        return [ForecastRow(str(month), counts) for month, counts in self.ahead.iterrows()]

    @property
    def next(self) -> "ForecastRow":
        """The first month ahead."""
        return self.rows[0]

    @property
    def headline_count(self) -> str:
        """The middle of the first month ahead, with its noun."""
        return self.measure.of(self.next.middle)

    @property
    def likely(self) -> tuple[str, str]:
        """The ends of the 80% range of the first month ahead."""
        return self.next.range_words(0.8)

    @property
    def fell_short(self) -> bool:
        """Whether the 80% range held too seldom in tests for its promise to be repeated."""
        return fell_short(self.own.coverages[0.8], 0.8)

    @property
    def average_miss(self) -> str:
        """Average miss of the method in tests."""
        return per_cent(self.own.wape)

    @property
    def held(self) -> str:
        """How often the 80% range held in tests."""
        return per_cent(self.own.coverages[0.8])

    @property
    def held_in(self) -> str:
        """The same in months."""
        return held_words(self.own.coverages[0.8], self.own.months)

    @property
    def a_year_before(self) -> str:
        """What was counted in the same month a year before the first month ahead, or the shorthand for its absence."""
        return self.shown.get(year_before(self.next.month), AbsenceReason.NOT_AVAILABLE.shorthand)

    @property
    def year_before_sentence(self) -> str:
        """How the same month a year before stands beside the range."""
        month = year_before(self.next.month)
        count = float(self.observed["observed_count"].get(month, math.nan))
        if math.isnan(count):
            return f"There is no figure for {month_words(month)} to compare with."
        low, high = self.next.ends(0.8)
        place = place_in_range(count, low=low, high=high)
        verb = "was" if count == 1 else "were"
        return f"In {month_words(month)} there {verb} {self.measure.of(count)}: {place}."

    @property
    def extremes_sentence(self) -> str:
        """The months with the highest and the lowest middle."""
        by_middle = sorted(self.rows, key=lambda row: row.middle)
        low, high = by_middle[0], by_middle[-1]
        if high.middle == low.middle:
            return ""
        return (
            f"Of the {len(self.rows)} months ahead, the forecast is highest for {high.name} "
            f"(about {high.shown_middle}) and lowest for {low.name} (about {low.shown_middle})."
        )

    @property
    def gap_shorthands(self) -> list[str]:
        """Which marks stand in the chart for absent months, in their order; empty if all six years are there."""
        reasons = self.observed["absent_because"]
        return list(dict.fromkeys(AbsenceReason(reason).shorthand for reason in reasons if reason))

    @cached_property
    def shown(self) -> dict[str, str]:
        """By month of the last six years, the count as printed or the shorthand for its absence."""
        counts = self.observed[["observed_count", "absent_because"]].itertuples(name=None)
        marked = self.account.incomplete
        return {
            str(month): shown_count(count, reason) + (f" {PROVISIONAL}" if month in marked else "")
            for month, count, reason in counts
        }

    @property
    def observed_years(self) -> list[str]:
        """Heads of the table behind the chart, whose columns are whole years: the last month of each."""
        return [month_words(month, short=True) for month in list(self.shown)[11::12]]

    @property
    def observed_rows(self) -> list[tuple[str, list[str]]]:
        """Rows of that table: the month of the year, and its count in each year."""
        months, shown = list(self.shown), list(self.shown.values())
        return [(month_words(months[start]).split()[0], shown[start::12]) for start in range(12)]

    @property
    def accuracy_sentences(self) -> Iterator[str]:
        """Past accuracy in words."""
        yield f"In months it had not seen, this method was {per_cent(self.own.wape)} off on average."
        if self.area.forecaster != SEASONAL_NAIVE:
            yield f"Taking the same month last year would have been {per_cent(self.naive.wape)} off."
            if self.account.verdict_sentence:
                yield self.account.verdict_sentence
        yield f"Its 80% range held in {self.held_in}."
        yield held_verdict(self.own.coverages[0.8], 0.8)
        if months := self._tested_in_covid:
            yield f"The tests include {_covid_words(months)}, which no method could foresee."
        if self.own.is_pooled:
            yield "All this is for areas tested together: too few months of this area alone could be tested."

    @property
    def _tested_in_covid(self) -> list[str]:
        first = pd.Period(self.own.first_origin, "M") + 1
        last = pd.Period(self.own.last_origin, "M") + len(self.rows)
        return [str(month) for month in pd.period_range(max(first, COVID[0]), min(last, COVID[1]), freq="M")]

    @property
    def accuracy_rows(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """Past accuracy of the published method, and beside it the same month last year: labelled cells."""
        pairs = {"This forecast": self.own, "Same month last year": self.naive}
        return [(name, _accuracy_cells(one)) for name, one in pairs.items()]

    @property
    def accuracy_caption(self) -> str:
        """What the accuracy table rests on."""
        own, scope = self.own, ", areas tested together" if self.own.is_pooled else ""
        return (
            f"Past accuracy, {self.area.name}{scope}: {own.months:,} months, forecast from {own.origins} dates "
            f"between {month_words(own.first_origin)} and {month_words(own.last_origin)}"
        )


def _covid_words(months: list[str]) -> str:
    """How much of Covid: all its months are not claimed where one was met."""
    first, last = month_words(months[0]), month_words(months[-1])
    return f"{first}, a month of Covid-19" if first == last else f"{len(months)} months of Covid-19 ({first} to {last})"


def _accuracy_cells(one: PastPerformance) -> list[tuple[str, str]]:
    held = [(f"{per_cent(coverage)} range held in", per_cent(share)) for coverage, share in one.coverages.items()]
    return [("Average miss", per_cent(one.wape)), *held]


@dataclass(frozen=True)
class ForecastRow:
    """One month of a forecast."""

    month: str
    counts: pd.Series

    @property
    def name(self) -> str:
        """The month in words."""
        return month_words(self.month)

    @property
    def middle(self) -> float:
        """The count that is as likely to be passed as not."""
        return float(self.counts[0.5])

    @property
    def shown_middle(self) -> str:
        """The middle as printed."""
        return whole(self.middle)

    def ends(self, coverage: float) -> tuple[float, float]:
        """The low and high end of one range."""
        low, high = interval_ends(coverage)
        return float(self.counts[low]), float(self.counts[high])

    def range_words(self, coverage: float) -> tuple[str, str]:
        """The two ends as printed."""
        low, high = self.ends(coverage)
        return whole(low), whole(high)

    @property
    def cells(self) -> list[tuple[str, str]]:
        """The three ranges as printed, the narrowest first."""
        return [self.range_words(coverage) for coverage in INTERVAL_COVERAGES]


def area_section(result: DemandResult, area: AreaRow, *, number: int, method: str, ahead: pd.DataFrame) -> AreaSection:
    """Pick one area's rows out of a released result."""
    return AreaSection(
        number=number,
        area=area,
        measure=measure_named(result.measure),
        observed=last_years(result, area.code),
        ahead=ahead,
        method=method,
        account=AreaAccount(result, area, measure_named(result.measure)),
        own=past_performance(result, area.code, forecaster=area.forecaster),
        naive=past_performance(result, area.code, forecaster=SEASONAL_NAIVE),
    )


def last_years(result: DemandResult, area_code: str) -> pd.DataFrame:
    """The last six years of one area, every month with its count or the reason why there is none."""
    months = [str(month) for month in pd.period_range(end=result.data_until, periods=12 * YEARS_SHOWN, freq="M")]
    rows = result.observed[result.observed["area_code"] == area_code].set_index("month")
    window = rows[["observed_count", "absent_because"]].reindex(months)
    unreported = ~window.index.isin(rows.index)
    window.loc[unreported, "absent_because"] = AbsenceReason.NOT_AVAILABLE.value
    return window
