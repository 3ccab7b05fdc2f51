"""The tables of the planner's page."""

from collections.abc import Hashable, Mapping

import pandas as pd

from ehforecast.demand.plan_results import PlanResult
from ehforecast.reports.page_table import Column, PageTable
from ehforecast.reports.plan_words import (
    chance_words,
    in_futures,
    in_unit,
    range_words,
    signed,
    three_figures,
    workers_words,
)
from ehforecast.reports.words import as_sentence, month_words, per_cent
from ehforecast.vocabulary.coded_words import coded_words
from ehforecast.vocabulary.periods import day_words

_RANGE = (
    ("From", "lower end of the 80% range: lower in 1 future of 10"),
    (
        "To",
        "upper end of the 80% range: higher in 1 future of 10",
    ),
)


def _ends(kind: str = "number", places: int = 0) -> tuple[Column, Column, Column]:
    shown = "count" if kind == "count" else "number"
    return (
        Column("middle", "Middle", "as many futures lie above as below", shown, places),  # type: ignore[arg-type]
        Column("low", *_RANGE[0], shown, places),  # type: ignore[arg-type]
        Column("high", *_RANGE[1], shown, places),  # type: ignore[arg-type]
    )


def wide(frame: pd.DataFrame, by: str = "period") -> pd.DataFrame:
    """Levels side by side, rows in the order they come."""
    table = frame.pivot(index=by, columns="level", values="value")
    return table.loc[list(dict.fromkeys(frame[by]))]


def people_table(result: PlanResult) -> PageTable:
    """People needed, month by month, with the chance that those in post are enough."""
    needed = wide(result.capacity[result.capacity["measure"] == "people_needed"])
    left = wide(result.capacity[result.capacity["measure"] == "backlog_hours"])
    enough = result.enough.set_index("period")["chance_enough"]
    columns = (
        Column("month", "Month", "the month"),
        *_ends("number", 0),
        Column(
            "left_undone", "Hours left undone", "middle of the hours of work left at the end, people as now", "count"
        ),
        Column("left_undone_high", "At most", "upper end of their 80% range", "count"),
        Column("chance_enough", "Chance that people in post are enough", "and that nothing is left over"),
    )
    rows = [
        (
            month_words(str(month)), row[0.5], row[0.1], row[0.9], left[0.5][str(month)], left[0.9][str(month)],
            chance_words(float(enough[str(month)])),
        )
        for month, row in needed.iterrows()
    ]  # fmt: skip
    caption = f"{as_sentence(result.workers)} needed to do each month's work, {result.area_name}"
    return PageTable("people_needed", caption, columns, rows, is_folded=True)


def workers_table(result: PlanResult) -> PageTable:
    """How many workers give each chance of keeping each promise."""
    tried = float(result.staffing["workers"].max())
    columns = (
        Column("wanted", "To keep the promise", "chance wanted"),
        Column("promise", "Promise", "what was promised"),
        Column("workers", f"{as_sentence(result.workers)} needed", "the fewest of those tried that give it"),
        Column("workers_now", "In post", "now", "number", 1),
    )
    rows = [
        (
            f"in {in_futures(row['chance'])}",
            str(row["promise"]),
            workers_words(row["workers"], tried),
            row["workers_now"],
        )
        for row in result.workers_for.to_dict("records")
    ]
    notes = tuple(
        f"{as_sentence(str(row['promise']))}: the number needed lies between {workers_words(row['low'], tried)} and "
        f"{workers_words(row['high'], tried)} in 8 futures of 10."
        for row in result.workers_for.drop_duplicates("promise").to_dict("records")
    )
    return PageTable("workers_for", f"{as_sentence(result.workers)} needed for each chance", columns, rows, notes)


def staffing_table(result: PlanResult) -> PageTable:
    """The chance of each promise for every number of workers tried."""
    columns = (
        Column("workers", as_sentence(result.workers), "how many, full-time", "number", 0),
        Column("promise", "Promise", "what was promised"),
        Column("chance_kept", "Chance that it is kept", "over all the months together", "share"),
        Column("share_in_time", "Families served in time", "mean share", "share"),
        Column("share_low", "From", "lower end of the 80% range", "share"),
        Column("share_high", "To", "upper end of the 80% range", "share"),
    )
    rows = [
        (f"{row['workers']:g}", str(row["promise"]), *(row[column.name] for column in columns[2:]))
        for row in result.staffing.to_dict("records")
    ]  # fmt: skip
    return PageTable("staffing", "Chance of keeping the promise, by number of workers", columns, rows, is_folded=True)


def drivers_table(result: PlanResult) -> PageTable:
    """What drives the people needed, most first."""
    columns = (
        Column("driver", "What", "what was assumed or forecast"),
        Column("low", "Low end", "lowest value thought possible", "plain", 2),
        Column("high", "High end", "highest value thought possible", "plain", 2),
        Column("people_at_low", "People at the low end", "mean people needed, others as they are", "number", 1),
        Column("people_at_high", "People at the high end", "mean people needed, others as they are", "number", 1),
    )
    rows = [
        (str(row["driver"]), *(three_figures(float(row[end])) for end in ("low", "high")), row["people_at_low"],
         row["people_at_high"])
        for row in result.drivers.to_dict("records")
    ]  # fmt: skip
    return PageTable("drivers", "What moves the number of people needed most", columns, rows, is_folded=True)


def panels_table(result: PlanResult) -> PageTable:
    """The agenda of every panel."""
    columns = (
        Column("panel_on", "Panel on", "day on which it sits"),
        *_ends("count"),
        Column("capacity", "Can hear", "families the panel can hear", "count"),
        Column("chance_over", "Chance that some must wait", "more, with those left over, than it can hear"),
    )
    rows = [
        (
            day_words(pd.Timestamp(row["panel_on"]).date()), row["cases"], row["cases_low"], row["cases_high"],
            row["capacity"], chance_words(float(row["chance_over"])),
        )
        for row in result.panels.to_dict("records")
    ]  # fmt: skip
    caption = "New families for each panel, and whether it can hear them"
    return PageTable("panels", caption, columns, rows)


def scenarios_table(result: PlanResult) -> PageTable:
    """What each scenario changes over its months, beside the base."""
    columns = (
        Column("scenario", "What if", "named change"),
        Column("label", "What it is", "every scenario is an assumption"),
        Column("period", "Last month", "month for which it is given"),
        Column("base", "People needed without", "middle", "number", 1),
        Column("changed", "With", "middle", "number", 1),
        Column("difference", "Difference", "middle of the difference, future by future", "number", 1),
        Column("low", *_RANGE[0], "number", 1),
        Column("high", *_RANGE[1], "number", 1),
        Column("left", "More hours left undone", "middle of the difference in hours of work left over", "number"),
        Column("left_low", "At least", "lower end of its 80% range", "number"),
        Column("left_high", "At most", "upper end of its 80% range", "number"),
    )
    rows = [_scenario_row(part) for _, part in result.scenarios.groupby("scenario", sort=False)]
    return PageTable("scenarios", "What if, beside the plan as it is", columns, rows)


def _scenario_row(part: pd.DataFrame) -> tuple[object, ...]:
    last = part["period"].iloc[-1]
    rows = part[part["period"] == last].set_index(["measure", "part", "level"])["value"]
    people, left = rows["people_needed"], rows["backlog_hours"]
    difference = people["difference"]
    return (
        str(part["scenario"].iloc[0]), str(part["label"].iloc[0]), month_words(str(last)),
        people["base"][0.5], people["changed"][0.5], difference[0.5], difference[0.1], difference[0.9],
        left["difference"][0.5], left["difference"][0.1], left["difference"][0.9],
    )  # fmt: skip


def difference_table(result: PlanResult) -> PageTable:
    """The difference in people needed, month by month, for every scenario."""
    columns = (
        Column("scenario", "What if", "named change"),
        Column("label", "What it is", "every scenario is an assumption"),
        Column("month", "Month", "the month"),
        *_ends("number", 1),
    )
    shown = differences(result, "people_needed")
    rows = [
        (str(name), str(part["label"].iloc[0]), month_words(str(month)), row[0.5], row[0.1], row[0.9])
        for name, part in shown.groupby("scenario", sort=False)
        for month, row in wide(part).iterrows()
    ]
    return PageTable("scenario_months", "Difference in people needed, by month", columns, rows, is_folded=True)


def promises_if_table(result: PlanResult) -> PageTable:
    """Each promise under each scenario, beside the plan as it is."""
    columns = (
        Column("scenario", "What if", "named change"),
        Column("label", "What it is", "every scenario is an assumption"),
        Column("promise", "Promise", "what was promised"),
        Column("chance_kept_base", "Chance without", "that the promise is kept with those in post", "share"),
        Column("chance_kept", "Chance with", "the same with the change", "share"),
        Column("change", "Difference", "in futures out of 100"),
        Column("share_in_time_base", "Served in time without", "mean share of families", "share"),
        Column("share_low_base", "Without, from", "lower end of the 80% range, without the change", "share"),
        Column("share_high_base", "Without, to", "upper end of the 80% range, without the change", "share"),
        Column("share_in_time", "Served in time with", "the same with the change", "share"),
        Column("share_low", "With, from", "lower end of the 80% range, with the change", "share"),
        Column("share_high", "With, to", "upper end of the 80% range, with the change", "share"),
    )
    rows = [
        (row["scenario"], row["label"], row["promise"], row["chance_kept_base"], row["chance_kept"],
         signed(100 * (row["chance_kept"] - row["chance_kept_base"])),
         *(row[column.name] for column in columns[6:]))
        for row in result.promises_if.to_dict("records")
    ]  # fmt: skip
    return PageTable("promises_if", "Promises, under each what-if, with those in post", columns, rows)


def differences(result: PlanResult, measure: str) -> pd.DataFrame:
    """Scenario less base, in one measure."""
    frame = result.scenarios
    return frame[frame["part"].eq("difference") & frame["measure"].eq(measure)]


def targets_table(result: PlanResult) -> PageTable:
    """Every indicator: where it stands, where it should be, and how likely that is."""
    columns = (
        Column("indicator", "Indicator", "what is watched"),
        Column("current", "Now", "latest figure"),
        Column("range", "Could truly be", "95% range that the number of cases leaves"),
        Column("target", "Target", "and by when"),
        Column("forecast", "Forecast (80% range)", "of the figure then"),
        Column("chance", "Chance of meeting it", "in futures, per cent and words"),
        Column("base_rate", "How often such a change came", "among all councils"),
    )
    rows = [_target_row(row, now=now_words(result, row)) for row in result.targets.to_dict("records")]
    return PageTable("targets", "Targets: where we stand and what the chances are", columns, rows)


def figures_now(result: PlanResult, row: Mapping[Hashable, object]) -> list[float]:
    """Every figure stated for the period of the latest one, or the latest one alone where it is official."""
    stated = result.stated[result.stated["indicator"] == row["indicator"]] if len(result.stated) else result.stated
    if len(stated) and float(stated["value"].iloc[-1]) == row["current"]:
        return [float(value) for value in stated.loc[stated["period"] == stated["period"].iloc[-1], "value"].unique()]
    return [float(row["current"])]  # type: ignore[arg-type] # a column of numbers


def now_words(result: PlanResult, row: Mapping[Hashable, object]) -> str:
    """The latest figure; both where two are stated of one period."""
    return " and ".join(in_unit(value, str(row["unit"])) for value in figures_now(result, row))


def _target_row(row: Mapping[Hashable, object], *, now: str) -> tuple[object, ...]:
    unit = str(row["unit"])
    value = {name: float(row[name]) for name in _NUMBERS}  # type: ignore[arg-type]
    spread = range_words(value["current_low"], value["current_high"], unit=unit)
    known = value["comparable"] == value["comparable"]  # a missing number is not equal to itself
    ahead = f" ({range_words(value['forecast_low'], value['forecast_high'], unit=unit)})"
    has_forecast = value["forecast"] == value["forecast"]
    return (
        str(row["indicator"]),
        now,
        spread if spread != "not known" else f"not known: {row['no_range_because']}",
        f"{in_unit(value['target'], unit)} by {day_words(pd.Timestamp(str(row['target_by'])).date())}",
        f"{in_unit(value['forecast'], unit)}{ahead}" if has_forecast else "not known",
        chance_words(value["chance"]),
        f"{per_cent(value['base_rate'])} of {value['comparable']:,.0f} changes" if known else "not known",
    )


_NUMBERS = (
    "current", "current_low", "current_high", "target", "forecast_low", "forecast", "forecast_high", "chance",
    "base_rate", "comparable", "like_rate", "like_starts", "usual_return",
)  # fmt: skip


def definitions_table(result: PlanResult) -> PageTable:
    """What each indicator counts, and what its chance rests on."""
    columns = (
        Column("indicator", "Indicator", "what is watched"),
        Column("definition", "What it counts", "what is counted, over what"),
        Column("current_from", "Where the latest figure is from", "source and period"),
        Column("basis_words", "What its chance rests on", "or why there is none"),
    )
    rows = [tuple(str(row[column.name]) for column in columns) for row in result.targets.to_dict("records")]
    return PageTable("definitions", "What each indicator counts", columns, rows, is_folded=True)


def stated_table(result: PlanResult) -> PageTable:
    """Every figure that was stated, with its source."""
    columns = (
        Column("indicator", "Indicator", "what is watched"),
        Column("value", "Stated", "per cent or count, as stated", "number", 1),
        Column("range", "Could truly be", "95% range that the number of cases leaves"),
        Column("period", "For", "period"),
        Column("source", "Source", "who says so"),
    )
    rows = [
        (
            str(row["indicator"]), row["value"],
            range_words(row["low"], row["high"], unit="percent"), str(row["period"]), str(row["source"]),
        )
        for row in result.stated.to_dict("records")
    ]  # fmt: skip
    note = "Where two figures are stated for one indicator, both stand. They are never averaged."
    return PageTable("stated", "Figures that were stated", columns, rows, (note,), is_folded=True)


def conflicts_table(result: PlanResult) -> PageTable:
    """Stated figures that disagree with official ones."""
    columns = (
        Column("indicator", "Indicator", "what is watched"),
        Column("period", "Year", "reporting year"),
        Column("stated", "Stated (%)", "figure stated", "number", 1),
        Column("official", "Official (%)", "official figure of the same definition and year", "number", 1),
        Column("stated_by", "Stated by", "source of the stated figure"),
    )
    rows = [tuple(row[column.name] for column in columns) for row in result.conflicts.to_dict("records")]
    note = "Both figures stand. They are never averaged: find out which one is right."
    return PageTable("conflicts", "Figures that disagree", columns, rows, (note,))


def assumptions_table(result: PlanResult) -> PageTable:
    """Everything that was assumed, with its reason."""
    columns = (
        Column("words", "What", "what was assumed"),
        Column("central", "Likeliest", "likeliest value", "plain", 2),
        Column("low", "Low end", "lowest value thought possible", "plain", 2),
        Column("high", "High end", "highest value thought possible", "plain", 2),
        Column("unit", "Unit", "what one of it is"),
        Column("reason", "Reason", "where it comes from"),
        Column("name", "Key", "key of the configuration"),
    )
    rows = [
        tuple(row[column.name] or "[z]" if column.kind == "text" else row[column.name] for column in columns)
        for row in result.assumptions.to_dict("records")
    ]
    return PageTable("assumptions", f"The {len(rows)} numbers that were assumed", columns, rows, is_folded=True)


def volume_table(result: PlanResult) -> PageTable:
    """What comes, by source and month."""
    columns = (Column("month", "Month", "the month"), Column("series", "Sent by", "who sends them"), *_ends("count"))
    rows = [
        (month_words(str(month)), coded_words(str(name)), row[0.5], row[0.1], row[0.9])
        for name, part in result.volume.groupby("series", sort=False)
        for month, row in wide(part).iterrows()
    ]
    note = "Middles of sources need not add up to the middle of all; in every single future they do."
    caption = f"{as_sentence(result.counted)}, by month and source"
    return PageTable("volume", caption, columns, rows, (note,), is_folded=True)


def share_sentence(value: float) -> str:
    """How much of a change the return to the usual would give, in words."""
    if value != value:  # noqa: PLR0124
        return "not known"
    if value <= 0:
        return "none of it: the usual pulls the other way"
    return "all of it and more" if value >= 1 else f"about {per_cent(value)} of it"
