"""The tables of the page on what changed."""

import numpy as np
import pandas as pd

from ehforecast.demand.past_results import PastResult
from ehforecast.reports.page_table import Column, PageTable
from ehforecast.reports.past_words import (
    METHOD_WORDS,
    VERDICT_WORDS,
    chance_of,
    detectable_words,
    period_words,
    range_words,
    signed_per_cent,
    step_words,
    window_words,
)
from ehforecast.reports.words import as_sentence, per_cent, whole
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
        Column("p_value", "Chance alone", "how often chance alone gives one comparison as clear", "share", 2),
    )
    rows = [
        (
            names[str(row["area_code"])], period_words(str(row["month"])), signed_per_cent(float(row["ratio"]) - 1),
            range_words(float(row["low"]) - 1, float(row["high"]) - 1), row["before_count"], row["after_count"],
            f"{row['months_before']} and {row['months_after']}", period_words(str(row["found_on"])),
            chance_of(float(row["p_value"])),
        )
        for row in result.breaks.to_dict("records")
    ]  # fmt: skip
    return PageTable("breaks", f"Breaks in {result.measure.replace('_', ' ')}", columns, rows)


def singles_table(result: PastResult) -> PageTable:
    """Single periods that stood out."""
    names = names_of(result)
    columns = (
        Column("area", "Where", "the series"),
        Column("period", "When", "the one that stood out"),
        Column("change", "Against the year before it", "over the middle of the 12 before"),
        Column("chance", "Chance alone", "how often chance alone gives one as far out as this"),
    )
    rows = [
        (
            names[str(row["area_code"])], period_words(str(row["month"])), signed_per_cent(float(row["ratio"]) - 1),
            chance_of(float(row["p_value"])),
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
        Column("in_window", "Level in it", "against the three years before"),
        Column("in_range", "Range", "95% interval"),
        Column("months", f"{as_sentence(unit)} in it", "that have a count", "count"),
        Column("after", "Level in the year after", "against the three years before"),
        Column("after_range", "Its range", "95% interval"),
        Column("months_after", f"{as_sentence(unit)} after", "that have a count", "count"),
    )
    rows = [
        (
            names[str(row["area_code"])], window_words(str(row["window"])),
            f"{period_words(str(row['first']))} to {period_words(str(row['last']))}",
            signed_per_cent(float(row["ratio"]) - 1), range_words(float(row["low"]) - 1, float(row["high"]) - 1),
            row["months"], signed_per_cent(float(row["after_ratio"]) - 1), _after_range(row), row["months_after"],
        )
        for row in result.windows.to_dict("records")
    ]  # fmt: skip
    return PageTable("windows", "Named national shocks: not called breaks", columns, rows)


def _after_range(row: dict[object, object]) -> str:
    low, high = (float(row[name]) for name in ("after_low", "after_high"))  # type: ignore[arg-type]
    return "not known" if np.isnan(low) else range_words(low - 1, high - 1)


def areas_table(result: PastResult) -> PageTable:
    """What was watched, for how long, or why not."""
    unit = step_words(result.step)
    columns = (
        Column("area", "Series", "what was watched"),
        Column("months", f"{as_sentence(unit)} counted", "outside named shocks", "count"),
        Column("watched", f"{as_sentence(unit)} watched", "in which a break could have been found", "count"),
        Column("noise", "Usual ups and downs", "standard deviation from one to the next, of the level"),
        Column("against", "Season known from", "what season and calendar are taken off by"),
        Column("refusal", "Not watched because", "why no break is looked for"),
    )
    rows = [
        (
            str(row["area_name"]), row["months"], row["months_watched"],
            "not known" if row["refusal"] else per_cent(float(row["noise"])), str(row["against"]),
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
        Column("period", "When", "the time counted"),
        Column("counted", "Counted", "as published, or as may be shown of records"),
    )
    rows = [
        (names[str(row["area_code"])], period_words(str(row["month"])), _count(row))
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


def slug(name: str) -> str:
    """A name for files and anchors.

    >>> slug("One front door, 2017")
    'one_front_door_2017'
    """
    words = "".join(letter if letter.isalnum() else " " for letter in name.casefold()).split()
    return "_".join(words)


def estimates_table(result: PastResult, name: str) -> PageTable:
    """Every estimate of one change."""
    columns = (
        Column("method", "Held", "what it is held against"),
        Column("months", "Over", "months since it began"),
        Column("effect", "Change", "of the level, against what was expected"),
        Column("range", "Range", "95%, from placebos"),
        Column("observed", "Counted", "in those months together", "count"),
        Column("expected", "Expected", "had it gone on as before", "count"),
        Column("chance", "As large where nothing was done", "share of placebos, itself among them"),
        Column("placebos", "Placebos", "same sum where nothing was done", "count"),
        Column("verdict", "Which means", "by placebos, at one in twenty"),
    )
    rows = [
        (
            as_sentence(METHOD_WORDS[str(row["method"])]),
            f"{row['months']} months ({row['months_used']} with a figure)",
            signed_per_cent(float(row["effect"])), range_words(float(row["low"]), float(row["high"])),
            row["observed_total"], row["expected_total"], per_cent(float(row["p_value"]), places=1), row["placebos"],
            VERDICT_WORDS[str(row["verdict"])],
        )
        for row in of_change(result.estimates, name).to_dict("records")
    ]  # fmt: skip
    return PageTable(f"effect_{slug(name)}", f"What changed after: {name}", columns, rows)


def power_table(result: PastResult, name: str) -> PageTable:
    """The least change that could have been told, and how often placebos fool the yardstick."""
    columns = (
        Column("method", "Held", "what it is held against"),
        Column("months", "Over", "months since it began"),
        Column("detectable", "Would have been told", "8 times in 10, beside what other series do by themselves"),
        Column(
            "least", "If months alone varied", "fall told 8 times in 10 if nothing but month-to-month chance moved it"
        ),
        Column("false_rate", "Called where nothing was done", "placebos of other dates that this yardstick would call"),
        Column("false_number", "Of so many", "placebos of other dates", "count"),
    )
    rows = [
        (
            as_sentence(METHOD_WORDS[str(row["method"])]), f"{row['months']} months",
            detectable_words(float(row["detectable_fall"]), float(row["detectable_rise"])),
            f"a fall of {per_cent(float(row['least_detectable_fall']))}",
            per_cent(float(row["false_rate"]), places=1) if row["false_number"] else "not known", row["false_number"],
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


def count_words(value: object) -> str:
    """A count, or that it is hidden.

    >>> count_words(1204.0), count_words(float("nan"))
    ('1,204', 'hidden')
    """
    number = float(value)  # type: ignore[arg-type] # a cell of a column of numbers
    return "hidden" if np.isnan(number) else whole(number)
