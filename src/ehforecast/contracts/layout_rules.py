"""Rules of a wide statistical table: what must be true of its lines, cells and sums for any of it to be read."""

import re

import duckdb

from ehforecast.contracts.layout import Layout
from ehforecast.contracts.recognise import TableInFile
from ehforecast.contracts.rules import SOURCE_COLUMN, Rule
from ehforecast.contracts.source_file import EVERY_COLUMN
from ehforecast.contracts.sql import literal, literals
from ehforecast.errors import Finding

_NO_NAMES = "'', 'and', 'the', 'of', 'city', 'county', 'upon'"
_HALF_A_UNIT = "CASE WHEN rounded_to > 1 THEN rounded_to / 2.0 ELSE 0 END"


def line_rules(layout: Layout) -> tuple[Rule, ...]:
    """What each line must say of itself. A rule with no column is broken in the column its level keeps codes in."""
    year, levels = layout.reporting_year, layout.geographic_levels
    used = ", ".join((*levels.used, *levels.set_aside))
    known = "text_level IN (" + literals(levels.used) + ")"
    in_register = "area_code IS NOT NULL"
    return (
        Rule("geographic_level_is_a_known_word", levels.column, f"NOT ({known})", f"Known are: {used}."),
        Rule(
            "the_year_is_written_in_four_digits", year.column, "year IS NULL",
            f"The year is the one the {year.identifier.lower()} ends in.",
        ),
        Rule(
            "the_period_is_a_reporting_year", year.identifier_column, f"text_identifier <> {literal(year.identifier)}",
            f"Only rows of the kind '{year.identifier}' can be read.",
        ),
        Rule(
            "the_area_code_is_in_the_register", "", f"{known} AND NOT ({in_register})",
            "Check the code; an area created lately must first be added to the register of areas.",
        ),
        Rule(
            "the_area_is_of_the_level_of_its_row", "", f"{in_register} AND NOT list_contains(area_levels, area_level)",
            "A country's, a region's or a council's code stands in a row of another level; get the file again.",
        ),
        Rule(
            "the_area_code_and_name_are_of_the_same_area", "", f"{in_register} AND NOT {_names_share_a_word()}",
            "Code and name contradict each other; find out which is right. Spelling and punctuation may differ.",
        ),
        Rule(
            "an_area_appears_once_in_a_year", "", f"{known} AND appearance > 1",
            "Its months or figures would be there twice; remove the repeated rows, or find out which are right.",
        ),
    )  # fmt: skip


def _names_share_a_word() -> str:
    """Loose on purpose: publishers write 'Hull', 'St. Helens' or 'and' for '&'. Catches codes beside another's name."""
    words = [
        f"list_filter(string_split_regex(lower({name}), '[^a-z0-9]+'), lambda word: word NOT IN ({_NO_NAMES}))"
        for name in ("text_name", "name_under_code || ' ' || area_name")
    ]
    return f"list_has_any({words[0]}, {words[1]})"


def is_sound_line(layout: Layout) -> str:
    """An SQL expression over `lines`, true where no rule of lines is broken."""
    return " AND ".join(f"NOT coalesce({rule.is_broken}, false)" for rule in line_rules(layout))


def check_end(what: TableInFile) -> list[Finding]:
    """A finding if the last line has no end: all that tells 14 from the start of 145, or a blank from a lost figure."""
    remedy = "The file may be cut short; get it again, or save it anew if it is known to be whole."
    return [] if what.file.is_ended else [what.finding(EVERY_COLUMN, rule="the_last_line_is_ended", remedy=remedy)]


def check_lines(engine: duckdb.DuckDBPyConnection, what: TableInFile) -> list[Finding]:
    """Findings about single lines."""
    findings = []
    for rule in line_rules(what.layout):
        place = literal(rule.column) if rule.column else f"coalesce(code_column, {literal(EVERY_COLUMN)})"
        query = f"SELECT {place} AS place, count(*) FROM lines WHERE {rule.is_broken} GROUP BY place ORDER BY place"
        found = engine.execute(query).fetchall()
        findings += [what.finding(place, rule=rule.name, remedy=rule.remedy, count=count) for place, count in found]
    return findings


def check_figures(engine: duckdb.DuckDBPyConnection, what: TableInFile) -> list[Finding]:
    """Findings about cells that hold neither a number nor a known symbol."""
    symbols = ", ".join(symbol or "nothing" for symbol in what.layout.symbols)
    remedy = f"Numbers are digits without commas or spaces; a figure that is not there is marked {symbols}."
    query = f"""
        SELECT {SOURCE_COLUMN}, count(*) FROM figures WHERE number IS NULL AND absent_because IS NULL
        GROUP BY ALL ORDER BY ALL
    """
    found = engine.execute(query).fetchall()
    rule = "a_figure_is_a_number_or_a_known_symbol"
    findings = [what.finding(column, rule=rule, remedy=remedy, count=count) for column, count in found]
    return findings + _check_total(engine, what)


def _check_total(engine: duckdb.DuckDBPyConnection, what: TableInFile) -> list[Finding]:
    """A total that becomes no row is checked by no contract, so it is checked here."""
    only_checked = literals(set(what.table.figure_columns) - set(what.table.columns))
    if not only_checked:
        return []
    query = f"""
        SELECT {SOURCE_COLUMN}, count(*) FROM figures
        WHERE {SOURCE_COLUMN} IN ({only_checked}) AND NOT regexp_full_match(number, '\\d+') GROUP BY ALL
    """
    rule, remedy = "a_total_is_a_whole_number_of_zero_or_more", "It is written in digits alone; get the file again."
    found = engine.execute(query).fetchall()
    return [what.finding(column, rule=rule, remedy=remedy, count=count) for column, count in found]


def check_years(engine: duckdb.DuckDBPyConnection, what: TableInFile) -> list[Finding]:
    """Findings about the years of the whole file: none left out, and those its name promises."""
    if not _number(engine, "SELECT count(*) FROM lines"):
        remedy = "Every row would be set aside; get the whole file."
        return [what.finding(EVERY_COLUMN, rule="some_rows_can_be_used", remedy=remedy)]
    found = engine.execute("SELECT DISTINCT year FROM lines WHERE year IS NOT NULL").fetchall()
    years = {int(year) for (year,) in found}
    return _check_set_of_years(years, what) if years else []


def _check_set_of_years(years: set[int], what: TableInFile) -> list[Finding]:
    column, in_file_name = what.layout.reporting_year.column, what.layout.reporting_year.in_file_name
    left_out = max(years) - min(years) + 1 - len(years)
    findings = []
    if left_out:
        remedy = f"Years are left out between {min(years)} and {max(years)}; get the whole file."
        findings.append(what.finding(column, rule="years_follow_one_another", remedy=remedy, count=left_out))
    named = re.search(in_file_name, what.file.name)
    if named and (int(named["first"]), int(named["last"])) != (min(years), max(years)):
        remedy = f"It holds {min(years)} to {max(years)}: cut short, or named wrongly; get the file again."
        findings.append(what.finding(column, rule="years_are_those_in_the_name_of_the_file", remedy=remedy))
    return findings


def check_sums(engine: duckdb.DuckDBPyConnection, what: TableInFile) -> list[Finding]:
    """Findings about sums that do not hold: of columns in a row, of areas in the area they are part of.

    A sum is judged in full where every part is given; with a part absent, the rest may still not exceed the total. Each
    published number may be off by half of what it is rounded to.
    """
    return _check_sum_of_columns(engine, what) + _check_sum_of_areas(engine, what)


def _check_sum_of_columns(engine: duckdb.DuckDBPyConnection, what: TableInFile) -> list[Finding]:
    sums = what.table.adds_up
    if sums is None:
        return []
    short = "false" if sums.parts_may_fall_short else "absent = 0 AND parts < total - slack"
    query = f"""
        SELECT count(*) FROM (
            SELECT sum(value) FILTER (is_part) AS parts, count(*) FILTER (is_part AND value IS NULL) AS absent,
                   max(value) FILTER (NOT is_part) AS total, any_value(slack) * ({len(sums.parts)} + 1) AS slack
            FROM (SELECT line, value, {_HALF_A_UNIT} AS slack, {SOURCE_COLUMN} <> {literal(sums.total)} AS is_part
                  FROM figures JOIN lines USING (line)
                  WHERE {SOURCE_COLUMN} IN ({literals((sums.total, *sums.parts))}))
            GROUP BY line)
        WHERE parts > total + slack OR ({short})
    """
    count = _number(engine, query)
    rule = f"the_{'parts_do_not_exceed' if sums.parts_may_fall_short else 'parts_add_up_to'}_the_total"
    remedy = f"{sums.parts[0]} to {sums.parts[-1]} against {sums.total}: cut short or altered; get the file again."
    return [what.finding(sums.total, rule=rule, remedy=remedy, count=count)] if count else []


def _check_sum_of_areas(engine: duckdb.DuckDBPyConnection, what: TableInFile) -> list[Finding]:
    """Only areas that the file gives parts of are judged: a file of England alone has nothing to add up."""
    query = f"""
        WITH known AS (SELECT year, area_code, parent_code, {SOURCE_COLUMN}, value, {_HALF_A_UNIT} AS slack
                       FROM figures JOIN lines USING (line)
                       WHERE {SOURCE_COLUMN} IN ({literals(what.table.areas_add_up)})),
             parts AS (SELECT year, parent_code AS area_code, {SOURCE_COLUMN}, sum(value) AS parts,
                              count(*) FILTER (value IS NULL) AS absent, sum(slack) AS parts_slack
                       FROM known GROUP BY ALL)
        SELECT {SOURCE_COLUMN}, count(*)
        FROM (SELECT {SOURCE_COLUMN}, value AS total, coalesce(parts, 0) AS parts, coalesce(absent, 0) AS absent,
                     slack + coalesce(parts_slack, 0) AS slack
              FROM known LEFT JOIN parts USING (year, area_code, {SOURCE_COLUMN})
              WHERE area_code IN (SELECT parent_code FROM lines))
        WHERE parts > total + slack OR (absent = 0 AND parts < total - slack)
        GROUP BY ALL ORDER BY ALL
    """
    if not what.table.areas_add_up:
        return []
    found = dict(engine.execute(query).fetchall())
    if not found:
        return []
    columns = [name for name in what.table.areas_add_up if name in found]
    shown = ", ".join(columns[:3]) + (f" and {len(columns) - 3} more" if columns[3:] else "")
    remedy = "Councils, regions and the country disagree: rows are missing or altered; get the whole file again."
    rule = "areas_add_up_to_the_area_they_are_part_of"
    return [what.finding(shown, rule=rule, remedy=remedy, count=sum(found.values()))]


def _number(engine: duckdb.DuckDBPyConnection, query: str) -> int:
    (number,) = engine.execute(query).fetchall()[0]
    return int(number)
