"""What changed, on one page: where figures broke, and what came after each thing that was done. The answer first."""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from ehforecast.advisory.past_advice import PAST_CANNOT_KNOW, PAST_NEVER_USE_FOR, PAST_STATEMENT, PastAdvice
from ehforecast.demand.past_results import FALSE_ALARMS, HIGHER, LOWER, NO_TEST, PastResult
from ehforecast.reports import past_charts as charts
from ehforecast.reports import past_tables as tables
from ehforecast.reports.document import PAGE, Document, Section, document_files
from ehforecast.reports.folder import replace_folder
from ehforecast.reports.page_table import PageTable
from ehforecast.reports.past_words import (
    METHOD_WORDS,
    change_words,
    detectable_words,
    period_words,
    range_words,
    step_words,
)
from ehforecast.reports.words import as_sentence, per_cent, slug

MOST_CHARTS = 12
"""Series drawn; the tables hold all of them."""


def write_past_report(advice: PastAdvice, folder: Path) -> Path:
    """Write the page and its tables into a folder of their own; returns the path of the page."""
    replace_folder(folder, document_files(past_document(advice)))
    return folder / PAGE


def past_document(advice: PastAdvice) -> Document:
    """The report of what changed."""
    result = advice.result
    number = int((result.areas["refusal"] == "").sum())
    lead = answer(result)
    return Document(
        strap="What changed: advice to people, never a decision",
        title="What changed",
        subtitle=f"{result.measure.replace('_', ' ')} in {number} series, to {period_words(result.data_until)}",
        lead=lead,
        facts=tuple(_facts(advice)),
        statement=PAST_STATEMENT,
        never=PAST_NEVER_USE_FOR,
        sections=tuple(_sections(result)),
        run_id=advice.run_id,
        source=advice.data_source,
        purpose=advice.purpose,
        reader=advice.reader,
        extra={"data_until": result.data_until, "reader": advice.reader, "lead": lead},
    )


def answer(result: PastResult) -> str:
    """The first sentences: what came of each thing that was done, and where figures broke last."""
    names = [str(name) for name in result.changes["change"]]
    if len(names) > 1:
        return f"{_summary(result)} {breaks_sentence(result)}"
    return " ".join([*(conclusion(result, name) for name in names), breaks_sentence(result)])


def _summary(result: PastResult) -> str:
    """Of several things done, how many were followed by a change that can be told."""
    measured = result.estimates[result.estimates["is_main"].astype(bool)] if len(result.estimates) else pd.DataFrame()
    told = [str(row["change"]) for row in measured.to_dict("records") if row["verdict"] in {HIGHER, LOWER}]
    number = len(result.changes)
    if not told:
        return f"After none of the {number} things that were done can a change be told from chance."
    return (
        f"After {len(told)} of the {number} things that were done, the figures changed by more than chance "
        f"({', '.join(told)})."
    )


def conclusion(result: PastResult, name: str) -> str:
    """What can be said of one change, in two sentences."""
    row = result.changes[result.changes["change"] == name].iloc[0]
    if row["refusal"]:
        return f"{name}: nothing can be measured. {as_sentence(str(row['refusal']))}."
    main = tables.main_of(result, name)
    effect, low, high = (float(str(main[key])) for key in ("effect", "low", "high"))
    counted = result.measure.replace("_", " ")
    level = (
        f"in the {main['months']} months from {period_words(str(row['month']))}, {counted} in {row['area_name']} ran "
        f"{change_words(effect)} than expected {METHOD_WORDS[str(main['method'])]}"
        if change_words(effect) != "the same"
        else f"in the {main['months']} months from {period_words(str(row['month']))}, {counted} in {row['area_name']} "
        "ran as expected"
    )
    verdict = str(main["verdict"])
    if verdict == NO_TEST:
        return f"{name}: {level}. Nothing can be concluded: there is too little to hold it against."
    span = f"{level} (95% range {range_words(low, high)})"
    if verdict in {HIGHER, LOWER}:
        return f"{name}: {span}. That is more than chance does. Why, the figures cannot tell."
    least = detectable_words(float(str(main["detectable_fall"])), float(str(main["detectable_rise"])))
    return f"{name}: {span}. No change can be told from chance; only {least} would have been."


def breaks_sentence(result: PastResult) -> str:
    """How many breaks there are, and which is the latest."""
    number = len(result.breaks)
    watched = int((result.areas["refusal"] == "").sum())
    if not number:
        return f"No break was found in the {watched} series watched."
    last = result.breaks.sort_values("month", kind="stable").iloc[-1]
    where = tables.names_of(result)[str(last["area_code"])]
    return (
        f"The figures broke {number} time{'s' if number > 1 else ''} in the {watched} series watched; last in {where} "
        f"from {period_words(str(last['month']))} on, {change_words(float(last['ratio']) - 1)}."
    )


def _facts(advice: PastAdvice) -> Iterator[tuple[str, str]]:
    result = advice.result
    years = float(result.areas["months_watched"].sum()) / {"week": 365.25 / 7, "four_weeks": 13.04}.get(result.step, 12)
    yield "Figures known until", period_words(result.data_until)
    yield "Breaks", f"{len(result.breaks)} in {years:.0f} years of one series"
    yield "False alarms to expect", f"up to {FALSE_ALARMS * years:.0f} among them"
    yield "Changes measured", str(int((result.changes["refusal"] == "").sum()) if len(result.changes) else 0)
    yield "Made for", f"{advice.purpose}, read by the {advice.reader}"


def _sections(result: PastResult) -> Iterator[Section]:
    yield Section("monday", "What to do on Monday", lines=tuple(_first_steps(result)))
    for name in result.changes["change"]:
        yield change_section(result, str(name))
    yield _breaks(result)
    if len(result.windows):
        words = (
            "These are known national shocks. The months in them are not looked at for breaks, and what changed across "
            "them is told here."
        )
        yield Section("windows", "National shocks", (words,), tables=(tables.windows_table(result),))
    yield Section(
        "watched", "What was watched", ("Every series with a break may have more than one reason.",),
        tables=(tables.areas_table(result), tables.counts_table(result)),
    )  # fmt: skip
    notes = result.notes.loc[result.notes["change"] == "", "note"] if len(result.notes) else pd.Series(dtype=str)
    yield Section("limits", "What these figures cannot tell", terms=PAST_CANNOT_KNOW, lines=tuple(notes))
    yield Section("method", "How it was done", lines=_method(result))


def _first_steps(result: PastResult) -> Iterator[str]:
    """Lines for people to weigh."""
    for row in result.changes.to_dict("records"):
        name = str(row["change"])
        if row["refusal"]:
            yield f"{name}: wait for more figures, or begin the comparison at another month. {row['refusal']}."
        elif str(tables.main_of(result, name)["verdict"]) in {HIGHER, LOWER}:
            yield f"{name}: ask what else began about then, before anybody calls this its effect."
        else:
            yield f"{name}: do not report a success or a failure on these figures. Say that nothing can be told yet."
    if len(result.breaks):
        for row in result.breaks.sort_values("month", kind="stable").tail(3).to_dict("records"):
            where = tables.names_of(result)[str(row["area_code"])]
            yield (
                f"{where}: find out what changed in {period_words(str(row['month']))} (a form, a system, a threshold, "
                "a definition), and tell forecasts of it as a level shift."
            )
    yield "Do not compare a year with one on the other side of a break as if both counted the same thing."


def change_section(result: PastResult, name: str) -> Section:
    """What came after one thing that was done."""
    row = result.changes[result.changes["change"] == name].iloc[0]
    told = (
        str(row["words"]),
        f"It began in {period_words(str(row['month']))} in {row['area_name']}. Source: {row['said_by']}.",
        conclusion(result, name),
    )
    anchor, heading = slug(name), f"What came after: {name}"
    if row["refusal"]:
        return Section(anchor, heading, told)
    shown = [
        tables.estimates_table(result, name), tables.power_table(result, name), tables.fits_table(result, name),
        tables.paths_table(result, name), tables.placebos_table(result, name),
    ]  # fmt: skip
    if len(tables.of_change(result.neighbours, name)):
        shown.append(tables.neighbours_table(result, name))
    notes = result.notes.loc[result.notes["change"] == name, "note"] if len(result.notes) else pd.Series(dtype=str)
    return Section(
        anchor, heading, told, lines=tuple(as_sentence(str(note)) + "." for note in notes), tables=tuple(shown),
        charts=(charts.path_chart(result, name), charts.placebo_chart(result, name)),
    )  # fmt: skip


def _breaks(result: PastResult) -> Section:
    words = (
        "A break is a change that came from one month to the next and stayed. It is called one as soon as two months "
        "of the new level make it clearer than chance; small ones take longer. Season, calendar and what all councils "
        "share are taken off first."
    )
    if result.breaks.empty:
        return Section("breaks", "Breaks", (words, breaks_sentence(result)), tables=_singles(result))
    codes = list(dict.fromkeys(result.breaks["area_code"].astype(str)))
    more = f"The first {MOST_CHARTS} of {len(codes)} series with a break are drawn; the table holds all."
    told = (words,) if len(codes) <= MOST_CHARTS else (words, more)
    return Section(
        "breaks", "Breaks", told, tables=(tables.breaks_table(result), *_singles(result)),
        charts=tuple(charts.breaks_chart(result, code) for code in codes[:MOST_CHARTS]),
    )  # fmt: skip


def _singles(result: PastResult) -> tuple[PageTable, ...]:
    return (tables.singles_table(result),) if len(result.singles) else ()


def _method(result: PastResult) -> tuple[str, ...]:
    unit, needed = step_words(result.step), "3.7" if result.step == "week" else "3.5"
    breaks = (
        f"Breaks: at each of the {unit}, a step that began two or more {unit} before is measured by generalised least "
        "squares beside level, season, school holidays, noise that carries over, and slow drift. It must be more than "
        f"{needed} standard errors, more than any single one of the {unit} stands out, and still clear with any one "
        "set aside. Later figures play no part in finding it."
    )
    alarms = (
        f"On simulated series without any break it calls fewer than {FALSE_ALARMS:g} a year of one series. Figures "
        "that wander by themselves, or have wild spells, give more: about 0.07."
    )
    effects = (
        "Changes: the mean of logs over the months since, against the past carried on (best linear prediction), and "
        "against the mean of those most like it before (difference in differences)."
    )
    placebos = (
        "Ranges and chances come from placebos alone: the same sum for every other series on the same date, or on "
        f"earlier dates where there are few. At {per_cent(0.05)}, one in twenty placebos would be called a change."
    )
    one = "One conclusion is drawn for each change, from the longest span. The others stand beside it for judging it."
    return breaks, alarms, effects, placebos, one
