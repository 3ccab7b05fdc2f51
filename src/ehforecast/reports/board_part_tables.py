"""Tables of single parts of a pack: who leads, small samples, grades, criteria, hubs, and local names."""

from collections.abc import Hashable, Mapping

import pandas as pd

from ehforecast.demand.board_results import ALL, CANNOT_BE_TOLD, FEWEST_MONTHS, BoardResult
from ehforecast.reports.board_tables import traced, words_of
from ehforecast.reports.board_words import quarter_words
from ehforecast.reports.page_table import Column, PageTable
from ehforecast.reports.words import as_sentence, per_cent
from ehforecast.vocabulary.periods import day_words


def stated_shares_table(result: BoardResult) -> PageTable:
    """Every figure stated for a share, beside what the records say: none is averaged with another."""
    columns = (
        Column("measure", "Measure", "what is counted"),
        Column("value", "Figure", "as stated, or counted", "share", 1),
        Column("range", "Could truly be", "exact 95% range that the number leaves"),
        Column("period", "Period", "of the figure"),
        Column("source", "Source", "who says so"),
    )
    rows = []
    for measure in dict.fromkeys(result.led_by["measure"]):
        name = words_of(result)[measure]
        rows += [
            (name, row["value"], "not known: no number of cases is stated", row["period"], row["source"])
            for row in result.led_by[result.led_by["measure"] == measure].to_dict("records")
        ]
        latest = result.changes[result.changes["measure"] == measure].iloc[0]
        known = latest["value"] == latest["value"]  # a hidden share is not equal to itself
        spread = f"{per_cent(latest['low'], places=1)} to {per_cent(latest['high'], places=1)}" if known else "hidden"
        rows.append((name, latest["value"] if known else "[c]", spread, quarter_words(latest["period"]),
                     "counted from the records"))  # fmt: skip
    return traced("stated_shares", "Figures stated, and figures counted", columns=columns, rows=rows)


def small_table(result: BoardResult) -> PageTable:
    """Results of few people, with the range that so few leave."""
    columns = (
        Column("name", "What", "what was found"),
        Column("stated", "As stated", "by its source", "share"),
        Column("met", "Number", "for whom it was so", "count"),
        Column("of", "Of", "how many there were", "count"),
        Column("low", "From", "lower end of Wilson's 95% range", "share", 1),
        Column("high", "To", "upper end of Wilson's 95% range", "share", 1),
        Column("source", "Source", "who says so"),
    )
    rows = [tuple(row[column.name] for column in columns) for row in result.small.to_dict("records")]
    return traced("small_samples", "What few people can tell", columns=columns, rows=rows)


def grades_table(result: BoardResult) -> PageTable:
    """A maturity matrix: strands by year; in-between grades as the two they lie between."""
    years = sorted(set(result.grades["year"]))
    changes = result.grade_changes.set_index("strand")["change"]
    columns = (
        Column("strand", "Strand", "of the matrix"),
        *(Column(f"grade_{year}", year, "grade, or the two it lies between") for year in years),
        Column("change", "Change", "first year to last; sure only where one grade lies wholly above the other"),
    )
    rows = []
    for strand, part in result.grades.groupby("strand", sort=False):
        told = {row["year"]: _grade_words(row["low"], row["high"]) for row in part.to_dict("records")}
        rows.append((strand, *(told.get(year, "not graded") for year in years), as_sentence(str(changes[str(strand)]))))
    source = str(result.grades["source"].iloc[0])
    return traced("maturity", f"Maturity matrix. Source: {source}", columns=columns, rows=rows)


def _grade_words(low: str, high: str) -> str:
    return as_sentence(low) if low == high else f"{as_sentence(low)} to {high}"


def criteria_table(result: BoardResult) -> PageTable:
    """Published criteria: exact rules, which of them records can judge, and how many children met those."""
    columns = (
        Column("words", "Criterion", "as published"),
        Column("needs", "What it needs", "fields without which nobody can say"),
        Column("judged", "Can these records tell?", "yes or no"),
        Column("met", "Children who met it", "of those assessed in 12 months, to the nearest 5", "count"),
        Column("of", "Of", "children assessed in 12 months, to the nearest 5", "count"),
    )
    rows = [
        (row["words"], row["needs"], row["judged"], *(_number(row[name], row["judged"]) for name in ("met", "of")))
        for row in result.criteria.to_dict("records")
    ]
    return traced("criteria", "Targeted early help criteria, as exact rules", columns=columns, rows=rows)


def _number(value: float, judged: str) -> object:
    if judged != "yes":
        return "cannot be told"
    return "[c]" if value != value else value  # noqa: PLR0124 - a hidden number is not equal to itself


def openings_table(result: BoardResult) -> PageTable:
    """What came to each hub's place before and after it opened, beside places without a hub by then."""
    columns = (
        Column("place", "Hub", "and its place"),
        Column("opens", "Opens", "day of opening"),
        Column("before", "Contacts a month before", "mean of up to 24 months, to the nearest 5", "count"),
        Column("after", "After", "mean of the whole months since, to the nearest 5", "count"),
        Column("ratio", "After over before", "beside places without a hub by then; 1 is no difference", "number", 2),
        Column("low", "From", "lower end of the 95% range", "number", 2),
        Column("high", "To", "upper end of the 95% range", "number", 2),
        Column("verdict", "What it says", "more or fewer only where chance alone would hardly do it"),
    )
    rows = [
        (row["place"], day_words(pd.Timestamp(row["opens_on"]).date()),
         *(_mean(row, name) for name in ("before", "after")),
         *(_ratio(row, name) for name in ("ratio", "low", "high")),
         as_sentence(row["verdict"]))
        for row in result.openings.to_dict("records")
    ]  # fmt: skip
    return traced("openings", "Hubs by opening date", columns=columns, rows=rows)


def _ratio(row: Mapping[Hashable, object], name: str) -> object:
    if row[name] == row[name]:  # a hidden number is not equal to itself
        return row[name]
    return "[c]" if row["verdict"] == CANNOT_BE_TOLD else "not yet"


def _mean(row: Mapping[Hashable, object], name: str) -> object:
    """A mean of months: hidden where it is small, absent where there are too few months."""
    mean, months = row[name], row[f"months_{name}"]
    if mean == mean:  # noqa: PLR0124 - a hidden number is not equal to itself
        return mean
    return "[c]" if months >= FEWEST_MONTHS else "not yet"  # type: ignore[operator] # a column of numbers


def names_table(result: BoardResult) -> PageTable:
    """The council's words for pathways and need levels, beside the common ones."""
    columns = (
        Column("kind", "Kind", "pathway or need level"),
        Column("common", "Common word", "in data contracts, the same for every council"),
        Column("local", "Council's word", "as in its strategy"),
    )
    rows = [
        (as_sentence(row["kind"]), as_sentence(row["common"].replace("_", " ")), row["local"])
        for row in result.names.to_dict("records")
    ]
    return traced("names", "What the council calls things", columns=columns, rows=rows, folded=True)


def facts_table(result: BoardResult) -> PageTable:
    """Figures of the strategy."""
    columns = (
        Column("what", "What", "in the strategy's words"),
        Column("value", "Figure", "as stated"),
        Column("source", "Source", "where it stands"),
    )
    rows = [tuple(row[column.name] for column in columns) for row in result.stated.to_dict("records")]
    return traced("strategy_figures", "Figures of the strategy, to read this beside", columns=columns, rows=rows)


def place_measures_table(result: BoardResult, place: str, *, name: str) -> PageTable:
    """The measures of one place beside the whole council, in the latest quarter."""
    latest = result.shares.groupby("measure")["period"].transform("max")
    latest_rows = result.shares[result.shares["period"] == latest].to_dict("records")
    rows = {(row["measure"], row["group"]): row for row in latest_rows}
    columns = (
        Column("measure", "Measure", "what is counted"),
        Column("period", "Quarter", "latest that was followed"),
        Column("value", "Here", "share", "share"),
        Column("low", "From", "lower end of the 95% range", "share"),
        Column("high", "To", "upper end of the 95% range", "share"),
        Column("of", "Of", "how many were counted here, to the nearest 5", "count"),
        Column("whole", "Whole council", "share", "share"),
    )
    told = []
    for measure, words in words_of(result).items():
        if (measure, place) in rows:
            here, whole = rows[measure, place], rows[measure, ALL]
            cells = [here["value"], here["low"], here["high"], here["of"], whole["value"]]
            shown = ["[c]" if cell != cell else cell for cell in cells]  # noqa: PLR0124
            told.append((words, quarter_words(str(here["period"])), *shown))
    return traced(name, f"Measures of {place}", columns=columns, rows=told)
