"""The data-quality report as one page: what was received, what is used, and what somebody should look at."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from ehforecast.contracts import QualityResult, RuleCount, TableCount
from ehforecast.contracts.council_source import Notice
from ehforecast.contracts.missing import MissingCount
from ehforecast.contracts.rules import Severity
from ehforecast.reports.chart import Chart
from ehforecast.reports.drawing import SHAPES
from ehforecast.reports.rule_bars import Bar, bars_alt, draw_bars
from ehforecast.reports.template import page_from_template
from ehforecast.reports.words import as_sentence, per_cent, rule_words, whole
from ehforecast.store import StoredExtract
from ehforecast.version import __version__
from ehforecast.vocabulary.periods import day_words

BARS_SHOWN = 10
_NOT_HELD = "_is_not_held"
"""Ends the name of a notice about one column."""
STAYS_WITH_YOU = (
    "This page is for the person who looks after these records. It holds counts and no values, but a small count can "
    "point to a family, so keep it where you keep the records and do not publish or send it on."
)


@dataclass(frozen=True)
class QualityFacts:
    """What the report is of.

    Attributes:
        title: the council's configuration, in its own words.
        result: what the check found.
        missing: how often each column is absent from the rows used.
        pseudonym_key: fingerprint of the key; empty where ids were kept as received.
        extracts: what the store has received so far, this extract included; none after a check that stored nothing.
    """

    title: str
    result: QualityResult
    missing: Sequence[MissingCount]
    pseudonym_key: str
    extracts: Sequence[StoredExtract] = ()


@dataclass(frozen=True)
class QualityPage:
    """What the template may say about one extract."""

    facts: QualityFacts

    version = __version__
    stays_with_you = STAYS_WITH_YOU
    bars_shown = BARS_SHOWN

    @property
    def result(self) -> QualityResult:
        """What the check found."""
        return self.facts.result

    @property
    def title(self) -> str:
        """The page's title: of what and of when."""
        return f"Data quality, {self.facts.title}, extract of {self.day}"

    @property
    def day(self) -> str:
        """The day of the extract, in words."""
        return day_words(self.result.as_of)

    @property
    def tables(self) -> Sequence[TableCount]:
        """The tables received, in the order of the contracts."""
        return self.result.tables

    @property
    def rows_in(self) -> int:
        """Rows received, over all tables."""
        return sum(table.rows_in for table in self.tables)

    @property
    def rows_used(self) -> int:
        """Rows used, over all tables."""
        return sum(table.rows_used for table in self.tables)

    @property
    def glance(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """Each table with its labelled counts."""
        return [(table.table, self._counts(table)) for table in self.tables]

    def _counts(self, table: TableCount) -> list[tuple[str, str]]:
        queries = [rule for rule in self.broken("query") if rule.table == table.table]
        share = per_cent(table.rows_used / table.rows_in, places=1) if table.rows_in else "no rows"
        return [
            ("Received", whole(table.rows_in)),
            ("Used", whole(table.rows_used)),
            ("Set aside", whole(table.rows_in - table.rows_used)),
            ("Share used", share),
            ("Queries", whole(sum(rule.broken for rule in queries))),
        ]

    def broken(self, severity: Severity) -> list[RuleCount]:
        """Rules of a severity that some row broke, the most often broken first."""
        found = [rule for rule in self.result.rules if rule.severity == severity and rule.broken]
        return sorted(found, key=lambda rule: -rule.broken)

    @cached_property
    def findings(self) -> list[tuple[str, str, str, list[RuleCount]]]:
        """Broken rules by severity: anchor, heading, what it means, rules."""
        return [
            ("errors", "Errors", "Rows that broke one of these rules were set aside and are not used.",
             self.broken("error")),
            ("queries", "Queries", "These rows are used. Somebody should look whether they are right.",
             self.broken("query")),
        ]  # fmt: skip

    def named(self, table: str) -> str:
        """A table's name as the first words of a line; the extract, where something is of no single table."""
        return as_sentence((table or "the extract").replace("_", " "))

    def said(self, rule: RuleCount) -> str:
        """A rule as words."""
        return rule_words(rule.rule)

    @property
    def set_aside(self) -> list[tuple[str, list[tuple[str, int]]]]:
        """By table, how many rows were set aside by the first rule each broke: these add up."""
        return [
            (table.table, [(rule_words(rule), count) for rule, count in table.set_aside.items()])
            for table in self.tables
            if table.set_aside
        ]

    @property
    def never_judged(self) -> list[RuleCount]:
        """Rules that could be judged on no row at all, of tables that have rows."""
        return [rule for rule in self.result.rules if rule.rows and not rule.judged]

    @property
    def partly_judged(self) -> list[RuleCount]:
        """Rules that could be judged on some rows and not on others."""
        return [rule for rule in self.result.rules if rule.judged and rule.not_judged]

    @property
    def missing(self) -> list[tuple[str, int, list[MissingCount]]]:
        """By table: its name, the rows used, and its columns, those that are always there left out."""
        by_table = [
            (table, [count for count in self.facts.missing if count.table == table.table]) for table in self.tables
        ]
        return [
            (table.table, table.rows_used, [count for count in counts if count.missing])
            for table, counts in by_table
            if any(count.missing for count in counts)
        ]

    def share(self, part: int, whole_number: int) -> str:
        """A share to one decimal place, never rounded to none or all."""
        return per_cent(part / whole_number, places=1)

    @property
    def notices(self) -> list[Notice]:
        """What there is to know about the extract, columns that its layout does not hold left out."""
        return [notice for notice in self.result.notices if not notice.name.endswith(_NOT_HELD)]

    @property
    def not_held(self) -> list[tuple[str, str, str]]:
        """Columns that this layout does not hold or that were assumed: table, column, words."""
        held = (notice for notice in self.result.notices if notice.name.endswith(_NOT_HELD))
        return [(self.named(notice.table), notice.name.removesuffix(_NOT_HELD), notice.words) for notice in held]

    @property
    def extract_columns(self) -> list[str]:
        """Tables that the store has extracts of, in the order of the contracts."""
        known = {extract.contract for extract in self.facts.extracts}
        return [table.table for table in self.tables if table.table in known]

    @property
    def extract_rows(self) -> list[tuple[str, list[str]]]:
        """Rows used in each extract so far: its day, and a count for each of `extract_columns`."""
        used = {(extract.extracted_on or "", extract.contract): extract.rows_used for extract in self.facts.extracts}
        return [
            (day, [whole(used[day, table]) if (day, table) in used else "none" for table in self.extract_columns])
            for day in sorted({day for day, _ in used})
        ]

    @property
    def charts(self) -> list[Chart]:
        """Which rules are broken most; no chart where none is."""
        rules = sorted([*self.broken("error"), *self.broken("query")], key=lambda rule: -rule.broken)[:BARS_SHOWN]
        bars = [Bar(f"{self.named(rule.table)}: {rule_words(rule.rule)}", rule.broken, rule.severity) for rule in rules]
        if not bars:
            return []
        return [
            Chart(
                name="broken-rules",
                caption=f"Rules broken most, rows of each (up to {BARS_SHOWN} rules)",
                alt_text=bars_alt(bars),
                figures=[(shape, draw_bars(bars, shape)) for shape in SHAPES],
            )
        ]


def quality_html(facts: QualityFacts) -> str:
    """The whole page."""
    return page_from_template("quality_report.html", QualityPage(facts))
