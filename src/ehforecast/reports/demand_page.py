"""The demand report as one page: what it says about the run, and its areas one after another."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from ehforecast.advisory import Advice
from ehforecast.advisory.demand_protection import is_counted_from_records
from ehforecast.advisory.disclosure import ABSENCE_MEANINGS
from ehforecast.advisory.evidence import use_until
from ehforecast.advisory.reading import AreaRow, area_rows, forecast_tables, horizon_months, label_of
from ehforecast.advisory.statement import ADVISORY_STATEMENT, DEMAND_CANNOT_KNOW, NEVER_USE_FOR, REVIEW_NOTE
from ehforecast.compute.engine import map_each
from ehforecast.demand.results import ALL_AREAS, TIED_WITHIN, DemandResult
from ehforecast.reports.area_section import YEARS_SHOWN, AreaSection, area_section
from ehforecast.reports.chart import Chart, Drawn
from ehforecast.reports.demand_answer import answer
from ehforecast.reports.demand_parts import (
    comparison_table,
    effects_table,
    months_ahead_summary,
    notes_table,
    past_forecasts_summary,
)
from ehforecast.reports.demand_tables import page_tables
from ehforecast.reports.demand_words import lean_words, method_words
from ehforecast.reports.drawing import SHAPES
from ehforecast.reports.fan_chart import FanData, close_view_alt, draw_close_view, draw_six_years, six_years_alt
from ehforecast.reports.forecast_places import places_tables, places_words
from ehforecast.reports.page_table import PageTable
from ehforecast.reports.template import page_from_template
from ehforecast.reports.words import Measure, as_sentence, measure_named, month_words, per_cent, whole
from ehforecast.version import __version__

MARK_MEANINGS = {reason.shorthand: meaning for reason, meaning in reversed(ABSENCE_MEANINGS.items())}
"""Where reasons share a mark, the first one listed gives its meaning."""


@dataclass(frozen=True)
class DemandPage:
    """What the templates may say about one run."""

    advice: Advice

    version = __version__
    review_note = REVIEW_NOTE
    years_shown = YEARS_SHOWN
    statement = ADVISORY_STATEMENT
    never_use_for = NEVER_USE_FOR
    cannot_know = DEMAND_CANNOT_KNOW
    tied_within = per_cent(TIED_WITHIN)

    @property
    def measure(self) -> Measure:
        """Words for what is counted."""
        return measure_named(self.advice.result.measure)

    @property
    def title(self) -> str:
        """The page's heading: what is forecast, and for when."""
        return f"{self.measure.title} forecast, {self.span}"

    @property
    def span(self) -> str:
        """The months ahead, in words."""
        ahead = horizon_months(self.advice.result)
        return f"{month_words(ahead[0])} to {month_words(ahead[-1])}"

    @property
    def lead(self) -> str:
        """The page's first sentence."""
        return answer(self.advice.result)

    @property
    def data_until(self) -> str:
        """The last month with data, in words."""
        return month_words(self.advice.result.data_until)

    @property
    def use_until(self) -> str:
        """The last month in which this forecast may be used, in words."""
        return month_words(use_until(self.advice.result.data_until))

    @property
    def next_month(self) -> str:
        """The first month ahead, in words."""
        return month_words(horizon_months(self.advice.result)[0])

    @cached_property
    def sections(self) -> list[AreaSection]:
        """Areas with a forecast, in the order of the result."""
        result = self.advice.result
        methods, ahead = method_words(result), forecast_tables(result)
        given = [area for area in area_rows(result) if not area.refusal]
        return [
            area_section(result, area, number=number, method=methods[area.forecaster], ahead=ahead[area.code])
            for number, area in enumerate(given, start=1)
        ]

    @property
    def refused(self) -> list[AreaRow]:
        """Areas without a forecast."""
        return [area for area in area_rows(self.advice.result) if area.refusal]

    @property
    def glance_marks(self) -> dict[str, str]:
        """The marks for absent figures in the summary, with their meanings."""
        return self.meanings([section.a_year_before for section in self.sections])

    @property
    def marks(self) -> list[str]:
        """Everything in the page that may be a mark for an absent figure."""
        return [mark for section in self.sections for mark in (*section.gap_shorthands, section.a_year_before)]

    def meanings(self, marks: Iterable[str]) -> dict[str, str]:
        """The meaning of each mark among these; whatever is not a mark is left out."""
        used = set(marks)
        return {mark: meaning for mark, meaning in MARK_MEANINGS.items() if mark in used}

    @property
    def rounded_areas(self) -> list[tuple[str, int]]:
        """Areas whose counts are published rounded, with the unit."""
        return [
            (section.area.name, section.area.rounded_to) for section in self.sections if section.area.rounded_to > 1
        ]

    @property
    def methods(self) -> list[tuple[str, list[str], str]]:
        """Each method tried: label; score it was chosen by, average miss then and later; areas it is used for."""
        table = self.advice.result.accuracy
        pooled = table[(table["area_code"] == ALL_AREAS) & (table["metric"] == "wape")]
        values = pooled.set_index(["forecaster", "stage"])["value"]
        tried = self.advice.result.forecasters
        scores = dict(zip(tried["forecaster"], tried["choice_loss"], strict=True))
        published = [section.area.forecaster for section in self.sections]
        return [
            (
                as_sentence(label),
                [whole(100 * scores[name]), *(_miss(values, (name, stage)) for stage in ("choice", "report"))],
                whole(published.count(name)),
            )
            for name, label in label_of(self.advice.result).items()
        ]

    @property
    def choice_span(self) -> str:
        """The dates forecasts were made from when the method was chosen, in words; empty if not recorded."""
        return _span(self.advice.result.accuracy, "choice")

    @property
    def report_span(self) -> str:
        """The dates forecasts were made from when the chosen method was tested, in words."""
        return _span(self.advice.result.accuracy, "report")

    @property
    def notes(self) -> list[str]:
        """What the reader must know about the whole forecast."""
        return [str(row[0]) for row in notes_table(self.advice.result).rows]

    @property
    def comparison(self) -> PageTable:
        """Each method against the same month last year."""
        return comparison_table(self.advice.result)

    @property
    def months_ahead(self) -> PageTable:
        """How good forecasts were, by months ahead."""
        return months_ahead_summary(self.advice.result)

    @property
    def effects(self) -> list[str]:
        """What season and calendar do, a sentence each."""
        return [f"{row[0]}." for row in effects_table(self.advice.result).rows]

    @property
    def earlier(self) -> PageTable:
        """Earlier runs' forecasts against what came."""
        return past_forecasts_summary(self.advice.result)

    @property
    def places(self) -> tuple[PageTable, ...]:
        """For which places past forecasts were worse."""
        return places_tables(self.advice)

    @property
    def places_words(self) -> tuple[str, ...]:
        """What was found of places; empty where that was not looked at."""
        return () if self.advice.places is None else places_words(self.advice.places)

    @property
    def table_files(self) -> list[str]:
        """Names of the CSV files beside the page."""
        return [f"{table.name}.csv" for table in page_tables(self.advice)]

    @property
    def is_from_records(self) -> bool:
        """Whether the counts come from a council's own records."""
        return is_counted_from_records(self.advice.result)

    @property
    def coverage_words(self) -> str:
        """How often the 80% range held over the areas together, with its standard error; empty if not known."""
        return _coverage_words(self.advice.result)

    @property
    def lean_words(self) -> str:
        """How often what came lay at either end of its forecast; empty if not known."""
        return lean_words(self.advice.result)

    @cached_property
    def _drawn(self) -> dict[str, list[Drawn]]:
        """The charts of every area. They are most of the work of a page, so they are drawn by the engine in use."""
        asked = [AreaCharts(section, self.measure, self.span) for section in self.sections]
        return dict(zip([one.section.anchor for one in asked], map_each(AreaCharts.drawn, asked), strict=True))

    def charts(self, section: AreaSection) -> list[Drawn]:
        """One area's charts."""
        return self._drawn[section.anchor]


@dataclass(frozen=True)
class AreaCharts:
    """The charts of one area, to be drawn."""

    section: AreaSection
    measure: Measure
    span: str

    def drawn(self) -> list[Drawn]:
        """The last years with the months ahead, and the months ahead alone."""
        section = self.section
        data = FanData(section.observed, section.ahead, f"{self.measure.title} a month")
        named = {"counted": self.measure.plural, "area_name": section.area.name}
        years = Chart(
            name=f"{section.anchor}-years",
            caption=f"The last {YEARS_SHOWN} years and the months ahead, up to {month_words(data.months[-1])}",
            alt_text=six_years_alt(data, **named),
            figures=[(shape, draw_six_years(data, shape)) for shape in SHAPES],
        )
        close = Chart(
            name=f"{section.anchor}-close",
            caption=f"The months ahead close up, {self.span}",
            alt_text=close_view_alt(data, **named),
            figures=[(shape, draw_close_view(data, shape)) for shape in SHAPES],
        )
        return [years.drawn(), close.drawn()]


def _miss(values: "pd.Series[float]", method: tuple[str, str]) -> str:
    return per_cent(values[method]) if method in values.index else "not scored"


def _coverage_words(result: DemandResult) -> str:
    accuracy = result.accuracy
    published = set(result.forecasters.loc[result.forecasters["is_published"].astype(bool), "forecaster"])
    rows = accuracy[
        (accuracy["area_code"] == ALL_AREAS) & (accuracy["stage"] == "report") & accuracy["forecaster"].isin(published)
    ].set_index("metric")
    if "standard_error" not in rows or "coverage80" not in rows.index or rows["standard_error"].isna()["coverage80"]:
        return ""
    share, error = float(rows["value"]["coverage80"]), float(rows["standard_error"]["coverage80"])
    said = (
        f"Over the areas tested together, the 80% range held in {per_cent(share)} of months, with a standard error of "
        f"{100 * error:.0f} points over {int(rows['origins']['coverage80'])} forecast dates."
    )
    if "total_coverage80" not in rows.index:
        return said
    total = float(rows["value"]["total_coverage80"])
    return f"{said} The 80% range of the total of all months ahead held in {per_cent(total)}."


def _span(accuracy: pd.DataFrame, stage: str) -> str:
    rows = accuracy[accuracy["stage"] == stage]
    if rows.empty:
        return ""
    return f"{month_words(rows['first_origin'].min())} to {month_words(rows['last_origin'].max())}"


def page_html(advice: Advice) -> str:
    """The whole page."""
    return page_from_template("demand_report.html", DemandPage(advice))
