"""The tables of the page on what changed."""

from collections.abc import Hashable, Mapping

import numpy as np
import pandas as pd

from ehforecast.demand.past_results import PastResult
from ehforecast.reports.page_table import Column, PageTable
from ehforecast.reports.past_words import (
    METHOD_WORDS,
    VERDICT_WORDS,
    period_words,
    range_words,
    signed_per_cent,
    step_words,
    window_words,
)
from ehforecast.reports.words import as_sentence, slug
from ehforecast.vocabulary.absence import AbsenceReason

BIN = 0.1
"""Width of a bar of the chart of placebos: ten per cent."""


def names_of(result: PastResult) -> dict[str, str]:
    """The name of each area watched, by code."""
    return dict(zip(result.areas["area_code"].astype(str), result.areas["area_name"].astype(str), strict=True))


def breaks_table(result: PastResult) -> PageTable:
    """Every break: when, how much, how surely, and when it could be known."""
    names, unit = names_of(result), step_words(result.step)
    columns = (
        Column("area", "Where", "the series"),
        Column("from", "New level from", f"first of the {unit} at the new level"),
        Column("change", "Change", "of the level, as measured now", "share"),
        Column("low", "At least", "lower end of its 95% interval", "share"),
        Column("high", "At most", "upper end of its 95% interval", "share"),
        Column("before", f"Counted before, a {step_words(result.step, number=1)}", "mean of up to 12 before", "count"),
        Column("after", "Counted after", "mean of up to 12 after", "count"),
        Column("months_before", f"{as_sentence(unit)} before", "that the first mean rests on", "count"),
        Column("months_after", f"{as_sentence(unit)} after", "that the second mean rests on", "count"),
        Column("found", "Could be known", "when the figures of this time had come in"),
        Column("change_found", "Change as first read", "of the level, as measured then", "share"),
        Column("p_value", "Chance alone", "how often chance alone gives one comparison as clear", "share", 2),
    )
    rows = [
        (
            names[str(row["area_code"])], period_words(str(row["month"])), *_changes(row, "ratio", "low", "high"),
            row["before_count"], row["after_count"], row["months_before"], row["months_after"],
            period_words(str(row["found_on"])), *_changes(row, "ratio_found"), row["p_value"],
        )
        for row in result.breaks.to_dict("records")
    ]  # fmt: skip
    note = "Where the range holds 0%, later figures did not bear the break out."
    return PageTable("breaks", f"Breaks in {result.measure.replace('_', ' ')}", columns, rows, (note,))


def singles_table(result: PastResult) -> PageTable:
    """Single periods that stood out."""
    names = names_of(result)
    columns = (
        Column("area", "Where", "the series"),
        Column("period", "When", "the one that stood out"),
        Column("change", "Against those before", "over the middle of up to 12 before", "share"),
        Column("p_value", "Chance alone", "how often chance alone gives one as far out as this", "share", 2),
    )
    rows = [
        (
            names[str(row["area_code"])], period_words(str(row["month"])), *_changes(row, "ratio"), row["p_value"],
        )
        for row in result.singles.to_dict("records")
    ]  # fmt: skip
    caption = f"Single {step_words(result.step)} that stood out and were back at once: no break"
    return PageTable("single_periods", caption, columns, rows, is_folded=True)


def windows_table(result: PastResult) -> PageTable:
    """Named national shocks, in each series."""
    names, unit = names_of(result), step_words(result.step)
    columns = (
        Column("area", "Where", "the series"),
        Column("window", "What", "named national shock"),
        Column("span", "When", "first and last month"),
        Column("change", "Level in it", "against the three years before", "share"),
        Column("low", "At least", "lower end of its 95% interval", "share"),
        Column("high", "At most", "upper end of its 95% interval", "share"),
        Column("months", f"{as_sentence(unit)} in it", "that have a count", "count"),
        Column("after", "Level in the year after", "against the three years before", "share"),
        Column("after_low", "After, at least", "lower end of its 95% interval", "share"),
        Column("after_high", "After, at most", "upper end of its 95% interval", "share"),
        Column("months_after", f"{as_sentence(unit)} after", "that have a count", "count"),
    )
    rows = [
        (
            names[str(row["area_code"])], window_words(str(row["window"])),
            f"{period_words(str(row['first']))} to {period_words(str(row['last']))}",
            *_changes(row, "ratio", "low", "high"), row["months"],
            *_changes(row, "after_ratio", "after_low", "after_high"), row["months_after"],
        )
        for row in result.windows.to_dict("records")
    ]  # fmt: skip
    return PageTable("windows", "Named national shocks: not called breaks", columns, rows)


def _changes(row: Mapping[Hashable, object], *columns: str) -> tuple[float, ...]:
    """Ratios as changes."""
    return tuple(float(row[name]) - 1.0 for name in columns)  # type: ignore[arg-type] # columns of numbers


VERDICT_NOTES = (
    "Higher, Lower: by more than placebos do, at one in twenty.",
    "Cannot be told: placebos often do as much. No test: fewer than 19 placebos, so nothing can be concluded.",
)


def _finite(row: Mapping[Hashable, object], *columns: str) -> tuple[float, ...]:
    """Ends of a range; not known where there is nothing to hold the estimate against."""
    values = [float(row[name]) for name in columns]  # type: ignore[arg-type] # columns of numbers
    return tuple(values) if np.isfinite(values).all() else (np.nan,) * len(values)


def areas_table(result: PastResult) -> PageTable:
    """What was watched, for how long, or why not."""
    unit = step_words(result.step)
    columns = (
        Column("area", "Series", "what was watched"),
        Column("months", f"{as_sentence(unit)} counted", "outside named shocks", "count"),
        Column("watched", f"{as_sentence(unit)} watched", "in which a break could have been found", "count"),
        Column("noise", "Usual ups and downs", "standard deviation from one to the next, of the level", "share"),
        Column("against", "Season known from", "what season and calendar are taken off by"),
        Column("refusal", "Not watched because", "why no break is looked for"),
    )
    rows = [
        (
            str(row["area_name"]), row["months"], row["months_watched"],
            row["noise"], str(row["against"]),
            str(row["refusal"]) or "[z]",
        )
        for row in result.areas.to_dict("records")
    ]  # fmt: skip
    return PageTable("areas_watched", "Series that were watched", columns, rows, is_folded=True)


def counts_table(result: PastResult) -> PageTable:
    """Every count drawn."""
    names = names_of(result)
    columns = (
        Column("area", "Where", "the series"),
        Column("area_code", "Code", "code of the series: two may share a name"),
        Column("period", "When", "the time counted"),
        Column("counted", "Counted", "as published, or as may be shown of records"),
    )
    rows = [
        (names[str(row["area_code"])], str(row["area_code"]), period_words(str(row["month"])), _count(row))
        for row in result.observed.to_dict("records")
    ]
    return PageTable(
        "counted", f"{as_sentence(result.measure.replace('_', ' '))} counted", columns, rows, is_folded=True
    )


def _count(row: dict[object, object]) -> object:
    reason = str(row["absent_because"] or "")
    return AbsenceReason(reason).shorthand if reason else row["observed_count"]


def of_change(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """The rows of one change."""
    return frame[frame["change"] == name] if len(frame) else frame


def estimates_table(result: PastResult, name: str) -> PageTable:
    """Every estimate of one change."""
    columns = (
        Column("method", "Held", "what it is held against"),
        Column("months", "Months since", "that the mean is taken over", "count"),
        Column("months_used", "With a figure", "how many of them have one", "count"),
        Column("effect", "Change", "of the level, against what was expected", "share"),
        Column("low", "At least", "lower end of its 95% range, from placebos", "share"),
        Column("high", "At most", "upper end of its 95% range, from placebos", "share"),
        Column("observed", "Counted", "in those months together", "count"),
        Column("expected", "Expected", "had it gone on as before", "count"),
        Column("p_value", "As large where nothing was done", "share of placebos, itself among them", "share", 1),
        Column("placebos", "Placebos", "same sum where nothing was done", "count"),
        Column("verdict", "Which means", "by placebos, at one in twenty"),
    )
    rows = [
        (
            as_sentence(METHOD_WORDS[str(row["method"])]), row["months"], row["months_used"], row["effect"],
            *_finite(row, "low", "high"), row["observed_total"], row["expected_total"], row["p_value"],
            row["placebos"], VERDICT_WORDS[str(row["verdict"])],
        )
        for row in of_change(result.estimates, name).to_dict("records")
    ]  # fmt: skip
    return PageTable(f"effect_{slug(name)}", f"What changed after: {name}", columns, rows, VERDICT_NOTES)


def power_table(result: PastResult, name: str) -> PageTable:
    """The least change that could have been told, and how often placebos fool the yardstick."""
    columns = (
        Column("method", "Held", "what it is held against"),
        Column("months", "Months since", "that the mean is taken over", "count"),
        Column("fall", "Fall that would have been told", "8 times in 10, beside what others do by themselves", "share"),
        Column("rise", "Rise that would have been told", "8 times in 10, beside what others do by themselves", "share"),
        Column("least", "Fall, if chance alone moved it", "told 8 times in 10 if only month-to-month chance", "share"),
        Column("false_rate", "Called where nothing was done", "placebos of other dates it would call", "share", 1),
        Column("false_number", "Of so many", "placebos of other dates", "count"),
    )
    rows = [
        (
            as_sentence(METHOD_WORDS[str(row["method"])]), row["months"],
            *_finite(row, "detectable_fall", "detectable_rise"), row["least_detectable_fall"], row["false_rate"],
            row["false_number"],
        )
        for row in of_change(result.estimates, name).to_dict("records")
    ]  # fmt: skip
    caption = f"The least change that could be told: {name}"
    return PageTable(f"least_change_{slug(name)}", caption, columns, rows)


def paths_table(result: PastResult, name: str) -> PageTable:
    """Counted and expected, month by month."""
    paths = of_change(result.paths, name)
    wide = paths.pivot(index="month", columns="method", values="expected_count")
    first = paths.drop_duplicates("month").set_index("month")
    methods = [method for method in METHOD_WORDS if method in wide]
    columns = (
        Column("month", "Month", "the month"),
        Column("part", "Part", "before or since it began"),
        Column("counted", "Counted", "as recorded", "count"),
        *(
            Column(method, f"Expected, {METHOD_WORDS[method]}", "level and season carried on from before", "count")
            for method in methods
        ),
    )
    rows = [
        (
            period_words(str(month)), "since" if first["is_after"][month] else "before", first["observed_count"][month],
            *(float(row[method]) for method in methods),
        )
        for month, row in zip(wide.index.astype(str), wide.to_dict("records"), strict=True)
    ]  # fmt: skip
    caption = f"{as_sentence(result.measure.replace('_', ' '))} counted and expected: {name}"
    return PageTable(f"months_{slug(name)}", caption, columns, rows, is_folded=True)


def placebo_bins(result: PastResult, name: str) -> pd.DataFrame:
    """How many placebos fell into each bar: ``low, high, number``; all but the ends are ten per cent wide."""
    method = str(main_of(result, name)["method"])
    rows = of_change(result.placebos, name)
    effects = rows.loc[rows["method"] == method, "effect"].astype(float)
    place = np.clip(np.floor(effects / BIN + 1e-9).astype(int), -9, 14)
    number = place.value_counts().reindex(range(-9, 15), fill_value=0)
    return pd.DataFrame({"low": number.index * BIN, "high": (number.index + 1) * BIN, "number": number.to_numpy()})


def main_of(result: PastResult, name: str) -> dict[str, object]:
    """The estimate that the conclusion rests on."""
    rows = of_change(result.estimates, name)
    return {str(key): value for key, value in rows[rows["is_main"].astype(bool)].iloc[0].to_dict().items()}


def placebos_table(result: PastResult, name: str) -> PageTable:
    """The bars of the chart of placebos."""
    bins = placebo_bins(result, name)
    first, last = bins.index[0], bins.index[-1]
    columns = (
        Column("change", "Change", "by how much a series ran above or below what was expected"),
        Column("number", "Placebos", "series and dates where nothing was done", "count"),
    )
    rows = [
        (
            f"below {signed_per_cent(float(row['high']))}" if place == first
            else f"{signed_per_cent(float(row['low']))} and above" if place == last
            else range_words(float(row["low"]), float(row["high"])),
            int(row["number"]),
        )
        for place, row in zip(bins.index, bins.to_dict("records"), strict=True)
    ]  # fmt: skip
    return PageTable(f"placebos_{slug(name)}", f"Placebos: {name}", columns, rows, is_folded=True)


def neighbours_table(result: PastResult, name: str) -> PageTable:
    """Whom it is held against. In the order of their names: it is no table of councils."""
    rows = of_change(result.neighbours, name).sort_values("area_name")
    chosen = str(rows["chosen_by"].iloc[0])
    columns = (
        Column("area", "Held against", "the others"),
        Column("distance", "Unlike by", "usual distance of its ups and downs from this one's, before", "share"),
    )
    cells = [(str(row["area_name"]), float(row["distance"])) for row in rows.to_dict("records")]
    caption = f"Whom it is held against ({len(rows)}, chosen by {chosen}): {name}"
    return PageTable(f"neighbours_{slug(name)}", caption, columns, cells, is_folded=True)


def fits_table(result: PastResult, name: str) -> PageTable:
    """How closely what was expected ran to what was counted, before."""
    columns = (
        Column("method", "Held", "what it is held against"),
        Column("span", "Past looked at", "first and last month"),
        Column("months", "Months", "that have a count", "count"),
        Column("usual_gap", "Usual gap", "between counted and expected in those months (root mean square)", "share"),
    )
    rows = [
        (
            as_sentence(METHOD_WORDS[str(row["method"])]),
            f"{period_words(str(row['first']))} to {period_words(str(row['last']))}", row["months"], row["usual_gap"],
        )
        for row in of_change(result.fits, name).to_dict("records")
    ]  # fmt: skip
    return PageTable(f"past_{slug(name)}", f"How well the past was met: {name}", columns, rows)
