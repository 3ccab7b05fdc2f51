"""What stands behind a forecast of demand, as tables: totals, parts of months, changes, comparisons, effects."""

from collections.abc import Iterator, Sequence

import pandas as pd

from ehforecast.advisory.reading import area_rows, label_of
from ehforecast.demand.results import ALL_AREAS, SEASONAL_NAIVE, DemandResult
from ehforecast.reports.demand_words import months_missed_more
from ehforecast.reports.page_table import Column, PageTable
from ehforecast.reports.words import as_sentence, verdict_words
from ehforecast.vocabulary.absence import AbsenceReason

AREA_CODE = Column(
    "area_code", "Area code", "code of the area; 'all' means areas tested together: councils, where there are any"
)
AREA_NAME = Column("area_name", "Area", "name of the area")
MONTH = Column("month", "Month", "calendar month, ISO 8601")
RANGE_LEVELS = {
    0.5: "forecast_middle", 0.25: "range_50_low", 0.75: "range_50_high", 0.1: "range_80_low", 0.9: "range_80_high",
    0.025: "range_95_low", 0.975: "range_95_high",
}  # fmt: skip
"""Column of each published quantile level, in printed order."""

PART_WORDS = {
    "level": ("A usual month", "what a month without trend, season and calendar would bring (count)"),
    "trend": ("Trend", "added by the trend over the months ahead (count)"),
    "season": ("Season", "added or taken away by the time of year (count)"),
    "calendar": ("Working days", "added or taken away by working days, holidays and school terms (count)"),
    "event": ("Events", "added or taken away by named events (count)"),
    "rest": ("Rest", "what the parts before do not explain (count)"),
}
CHANGE_WORDS = {
    "earlier_count": ("Forecast before", "middle of the forecast before (count)"),
    "observed_count": ("Counted since", "what was counted since (count); [z] where the month has not come"),
    "latest_count": ("Forecast now", "middle of this forecast (count); [z] where the month has come"),
    "change": ("Change", "this forecast less the one before (count)"),
    "new_data": ("From new months", "part of the change from the months counted since (count)"),
    "level": ("From corrections", "part of the change from late records and corrections of earlier months (count)"),
    "calendar": ("From season and calendar", "part of the change from season, calendar and events (count)"),
    "rest": ("Rest", "part of the change that nothing before explains, a change of method above all (count)"),
}


def names_of(result: DemandResult) -> dict[str, str]:
    """The name of each area by its code."""
    return {ALL_AREAS: "Areas tested together"} | {area.code: area.name for area in area_rows(result)}


def range_columns(what: str) -> tuple[Column, ...]:
    """The middle and both ends of each range."""
    middle = Column(
        "forecast_middle", "Middle", f"the middle of {what}: as likely to be passed as not (count)", "count"
    )
    ends = [
        Column(
            f"range_{share}_{end}",
            f"{share}% range, {end}",
            f"{end} end of the {share}% range of {what} (count)",
            "count",
        )
        for share in (50, 80, 95)
        for end in ("low", "high")
    ]
    return middle, *ends


def evidence_tables(result: DemandResult) -> Iterator[PageTable]:
    """Every table beyond forecast, counts, accuracy and areas that has any rows."""
    makers = (totals_table, parts_table, changes_table, completed_table, comparison_table, effects_table,
              past_forecasts_table, months_ahead_table, notes_table)  # fmt: skip
    yield from (table for table in (make(result) for make in makers) if table.rows)


def totals_table(result: DemandResult) -> PageTable:
    """The total of the months ahead, by area."""
    columns = (
        AREA_CODE, AREA_NAME, Column("months", "Months", "months added up", "count"),
        *range_columns("the total of those months"),
        Column("total_before", "Counted before", "counted in as many months before (count)", "count"),
        Column("absent_because", "Absent because", "why a total is not there, else empty"),
    )  # fmt: skip
    names, rows = names_of(result), []
    for code in [] if result.totals.empty else result.totals["area_code"].unique():
        part = result.totals[result.totals["area_code"] == code]
        values = part.assign(level=part["level"].astype(float).round(3)).set_index("level")["total_count"]
        why = str(part["absent_because"].iloc[0])
        counts = [*(values[level] for level in RANGE_LEVELS), part["total_before"].iloc[0]]
        marked = [AbsenceReason(why).shorthand if why and pd.isna(count) else count for count in counts]
        rows.append([code, names[code], part["months"].iloc[0], *marked, why])
    note = "A total is not the sum of its months' ranges: misses of single months partly cancel."
    return PageTable("totals", "Total of the months ahead, by area", columns, rows, (note,))


def parts_table(result: DemandResult, area_code: str | None = None) -> PageTable:
    """What each month's middle is made of; of one area the months ahead alone, named by its months."""
    parts = tuple(Column(name, words, meaning, "number") for name, (words, meaning) in PART_WORDS.items())
    rows = []
    if not result.explanation.empty:
        wide = result.explanation.pivot(index=["area_code", "month"], columns="part", values="count")
        rows = _area_rows(result, wide.reindex(columns=list(PART_WORDS)).reset_index(), area_code=area_code)
    note = "A usual month plus all other parts is the forecast, or what was counted, to within rounding."
    return PageTable("parts", "What each month is made of", (*_heads(area_code), *parts), rows, (note,))


def changes_table(result: DemandResult, area_code: str | None = None) -> PageTable:
    """What changed since the forecast before."""
    columns = tuple(Column(name, words, meaning, "number") for name, (words, meaning) in CHANGE_WORDS.items())
    rows = _area_rows(result, result.changes, area_code=area_code, columns=list(CHANGE_WORDS))
    note = "The parts add up to the change, to within rounding."
    return PageTable("changes", "What changed since the forecast before", (*_heads(area_code), *columns), rows, (note,))


def completed_table(result: DemandResult, area_code: str | None = None) -> PageTable:
    """The latest months as recorded so far, and as they are expected to be in the end."""
    columns = (
        Column("recorded_count", "Recorded so far", "recorded by the day of the data (count)", "number"),
        Column("completed_count", "Expected in the end", "expected once late records are in (count)", "number"),
        Column("range_80_low", "80% range, low", "low end of the 80% range of that (count)", "number"),
        Column("range_80_high", "80% range, high", "high end of that range (count)", "number"),
    )
    rows: list[list[object]] = []
    if not result.completed.empty:
        table = result.completed.assign(level=result.completed["level"].astype(float).round(3))
        keys = ["area_code", "month", "recorded_count", "completed_count"]
        wide = table.pivot(index=keys, columns="level", values="quantile_count").reset_index()
        wide = wide.rename(columns={0.1: "range_80_low", 0.9: "range_80_high"})
        rows = _area_rows(result, wide, area_code=area_code, columns=[column.name for column in columns])
    note = "Records of these months still come in late. The forecast knows how many, and how unsure that is."
    return PageTable("completed", "Months that are not complete yet", (*_heads(area_code), *columns), rows, (note,))


def comparison_table(result: DemandResult) -> PageTable:
    """Each method against the same month last year, with ties called ties."""
    columns = (
        Column("forecaster", "Method", "the method"),
        Column("relative_loss", "Loss against last year's", "loss less that of the same month last year, as a share of "
               "it; below 0 is better", "share", 1),
        Column("low", "From", "low end of the 95% interval of that", "share", 1),
        Column("high", "To", "high end of it", "share", 1),
        Column("origins", "Forecast dates", "dates compared", "count"),
        Column("verdict", "Verdict", "whether the difference is more than chance"),
    )  # fmt: skip
    labels = label_of(result)
    rows = [
        [as_sentence(labels.get(row["forecaster"], row["forecaster"])), row["relative_loss"], row["low"], row["high"],
         row["origins"], verdict_words(row["verdict"])]
        for row in result.comparison.to_dict("records")
    ]  # fmt: skip
    note = (
        "A difference that a test over forecast dates cannot tell from chance is a tie (Diebold and Mariano). [z]: too "
        "few dates to say."
    )
    caption = "Each method against the same month last year, on later forecasts"
    return PageTable("comparison", caption, columns, rows, (note,))


def effects_table(result: DemandResult) -> PageTable:
    """Calendar effects one by one, in words and numbers."""
    columns = (
        Column("words", "Effect", "the effect in words, with its 95% interval"),
        Column("ratio", "Times", "times the count compared with", "number", 2),
        Column("low", "From", "low end of the 95% interval", "number", 2),
        Column("high", "To", "high end of it", "number", 2),
    )
    rows = [
        [as_sentence(str(row["words"])), row["ratio"], row["low"], row["high"]]
        for row in result.effects.to_dict("records")
    ]
    return PageTable("effects", "What season and calendar do, all areas together", columns, rows)


def past_forecasts_table(result: DemandResult) -> PageTable:
    """Forecasts of earlier runs against what came."""
    columns = (
        Column("run_id", "Run", "the earlier run"),
        Column("data_until", "Data up to", "last month it knew, ISO 8601"),
        AREA_CODE,
        Column("months_ahead", "Months ahead", "how far ahead; 0 means all", "count"),
        Column("metric", "Figure", "wape: average miss as a share; bias: forecasts above (+) or below what came; "
               "coverage50, coverage80, coverage95: share of months in that range; interval_score80: lower is better"),
        Column("value", "Value", "value of the figure, a share", "number", 3),
        Column("months", "Months scored", "months that have come since, over all areas", "count"),
    )  # fmt: skip
    rows = [[row[column.name] for column in columns] for row in result.past_forecasts.to_dict("records")]
    return PageTable("past_forecasts", "Earlier forecasts, as published, against what came", columns, rows)


def past_forecasts_summary(result: DemandResult) -> PageTable:
    """One row for each earlier run, all areas and months together."""
    full, metrics = past_forecasts_table(result), ("wape", "bias", "coverage80")
    columns = (
        full.columns[0], full.columns[1],
        Column("wape", "Average miss", "average miss", "share"),
        Column("bias", "Too high (+) or low", "forecasts less what came, as a share", "share"),
        Column("coverage80", "80% range held in", "share of months in the 80% range", "share"),
        full.columns[-1],
    )  # fmt: skip
    rows = []
    if not result.past_forecasts.empty:
        scores = result.past_forecasts
        pooled = scores[(scores["area_code"] == ALL_AREAS) & (scores["months_ahead"] == 0)]
        for run_id in pooled["run_id"].unique():
            part = pooled[pooled["run_id"] == run_id].set_index("metric")
            shares = [part["value"][name] for name in metrics]
            rows.append([run_id, part["data_until"].iloc[0], *shares, part["months"].max()])
    return PageTable("past_forecasts", full.caption, columns, rows)


def months_ahead_table(result: DemandResult) -> PageTable:
    """Accuracy by months ahead, of the published method and of the same month last year."""
    columns = (
        AREA_CODE, Column("area_level", "Level", "level of the areas together, or empty"),
        Column("forecaster", "Method", "method: see methods"),
        Column("months_ahead", "Months ahead", "how far ahead", "count"),
        Column("metric", "Figure", "see accuracy.csv"), Column("value", "Value", "its value", "number", 6),
        Column("standard_error", "Standard error", "of coverage, dates being the sample; else [z]", "number", 6),
        Column("months", "Months", "forecast months scored", "count"),
        Column("origins", "Dates", "dates forecasts were made from", "count"),
    )  # fmt: skip
    pooled = _pooled_ahead(result)
    rows = [[row[column.name] for column in columns] for row in pooled.to_dict("records")]
    return PageTable("accuracy_ahead", "Accuracy by months ahead, on later forecasts", columns, rows)


def months_ahead_summary(result: DemandResult) -> PageTable:
    """The same for the page: the published method's miss beside last year's; ranges are told over all months."""
    columns = (
        Column("months_ahead", "Months ahead", "how far ahead"),
        Column("wape", "Average miss", "average miss of this forecast's method", "share"),
        Column("naive", "Miss of last year's month", "average miss of the same month last year", "share"),
    )
    pooled = _pooled_ahead(result)
    if pooled.empty:
        return PageTable("accuracy_ahead", "", columns, [])
    pooled = pooled[pooled["area_level"] == ""].set_index(["months_ahead", "metric", "forecaster"])
    published = str(result.forecasters.loc[result.forecasters["is_published"].astype(bool), "forecaster"].iloc[0])
    value = pooled["value"]
    rows = [
        [str(ahead), value[ahead, "wape", published], value[ahead, "wape", SEASONAL_NAIVE]]
        for ahead in sorted(set(pooled.index.get_level_values("months_ahead")))
    ]
    caption = "How good forecasts were, by months ahead, areas tested together"
    less = months_missed_more(rows)
    return PageTable("accuracy_ahead", caption, columns, rows, (less,) if less else ())


def _pooled_ahead(result: DemandResult) -> pd.DataFrame:
    table = result.accuracy_ahead
    return table if table.empty else table[table["area_code"] == ALL_AREAS]


def notes_table(result: DemandResult) -> PageTable:
    """What the reader must know about the whole forecast."""
    rows = [[str(note)] for note in result.notes.get("note", [])]
    return PageTable("notes", "What to know about this forecast", (Column("note", "Note", "a sentence"),), rows)


def _area_rows(
    result: DemandResult, table: pd.DataFrame, *, area_code: str | None, columns: Sequence[str] = tuple(PART_WORDS)
) -> list[list[object]]:
    """Rows of all areas with code and name before the month; of one area with the month alone, ahead of the data."""
    if table.empty:
        return []
    names = names_of(result)
    if area_code is None:
        keys = [[row["area_code"], names[row["area_code"]], row["month"]] for row in table.to_dict("records")]
        return [[*key, *values] for key, values in zip(keys, table[list(columns)].to_numpy().tolist(), strict=True)]
    own = table[table["area_code"] == area_code]
    return [[row["month"], *(row[name] for name in columns)] for row in own.to_dict("records")]


def _heads(area_code: str | None) -> tuple[Column, ...]:
    """The columns that name a row: the month alone where all rows are of one area."""
    return (AREA_CODE, AREA_NAME, MONTH) if area_code is None else (MONTH,)
