"""The planner's page: how many people it takes, what if, and whether targets will be met. The answer stands first."""

from collections.abc import Hashable, Iterator, Mapping
from pathlib import Path

import pandas as pd

from ehforecast.advisory.plan_advice import (
    PLAN_CANNOT_KNOW,
    PLAN_NEVER_USE_FOR,
    PLAN_STATEMENT,
    RANGE_LEVELS,
    PlanAdvice,
)
from ehforecast.demand.plan_results import NO_BASIS, SCENARIO_LABEL, PlanResult
from ehforecast.reports import plan_charts as charts
from ehforecast.reports import plan_tables as tables
from ehforecast.reports.document import PAGE, Document, Section, document_files
from ehforecast.reports.folder import replace_folder
from ehforecast.reports.plan_words import (
    HARDLY_BELOW,
    HARDLY_MET,
    LIKELY_FROM,
    in_futures,
    in_unit,
    likelihood_words,
    workers_words,
)
from ehforecast.reports.words import as_sentence, month_words, per_cent, whole
from ehforecast.vocabulary.periods import day_words

GOOD_CHANCE = 0.8
"""The chance for which the answer names a number of workers."""


def write_plan_report(advice: PlanAdvice, folder: Path) -> Path:
    """Write the page and its tables into a folder of their own; returns the path of the page."""
    replace_folder(folder, document_files(plan_document(advice)))
    return folder / PAGE


def plan_document(advice: PlanAdvice) -> Document:
    """The report of one plan."""
    result = advice.result
    first, last = (str(result.enough["period"].iloc[place]) for place in (0, -1))
    return Document(
        strap="Plan: advice to people, never a decision",
        title="People, waiting and targets",
        subtitle=f"{result.area_name}, {month_words(first)} to {month_words(last)}",
        lead=answer(result),
        facts=tuple(_facts(advice)),
        statement=PLAN_STATEMENT,
        never=PLAN_NEVER_USE_FOR,
        sections=tuple(_sections(result)),
        run_id=advice.run_id,
        source=advice.data_source,
        purpose=advice.purpose,
        reader=advice.reader,
        extra={"seed": result.seed, "data_until": result.data_until},
    )


def answer(result: PlanResult) -> str:
    """The first sentences: will the first promise be kept with the people in post, with how many, and the hours."""
    told = _promise(result, str(result.workers_for["promise"].iloc[0]))
    row = told.iloc[0]
    now, chance, tried = float(row["workers_now"]), float(row["chance_now"]), float(result.staffing["workers"].max())
    wanted = workers_words(float(told.loc[told["chance"] == GOOD_CHANCE, "workers"].iloc[0]), tried)
    return (
        f"With the {now:g} {result.workers} in post, {result.area_name} would keep its promise of {row['promise']} "
        f"for {per_cent(float(row['share']))} of families in {in_futures(chance)} futures: {likelihood_words(chance)}. "
        f"For 8 in 10, it takes {wanted}: so many have a place free in time. {as_sentence(_hours_words(result))} "
        "Whoever wants both needs the larger number."
    )


def _hours_words(result: PlanResult) -> str:
    """People for all hours of work in the month that needs most: another question than places free in time."""
    needed = tables.wide(result.capacity[result.capacity["measure"] == "people_needed"])
    fullest = needed.iloc[int(needed[0.5].to_numpy().argmax())]
    low, middle, high = (float(fullest[level]) for level in RANGE_LEVELS)
    when = f"the fullest month, {month_words(str(fullest.name))}"
    return f"all the hours of work take {middle:.0f} ({low:.0f} to {high:.0f}) in {when}."


def _promise(result: PlanResult, name: str) -> pd.DataFrame:
    return result.workers_for[result.workers_for["promise"] == name]


def _facts(advice: PlanAdvice) -> Iterator[tuple[str, str]]:
    result = advice.result
    row = result.workers_for.iloc[0]
    tried = float(result.staffing["workers"].max())
    yield "In post", f"{row['workers_now']:g} {result.workers}"
    yield "Needed, in 8 futures of 10", f"{workers_words(row['low'], tried)} to {workers_words(row['high'], tried)}"
    year = result.volume[result.volume["series"].eq("all") & result.volume["level"].eq(0.5)]["value"].sum()
    yield as_sentence(result.counted), f"about {whole(round(year, -1))} in {len(result.enough)} months"
    yield "Figures known until", month_words(result.data_until)
    yield "Made for", f"{advice.purpose}, read by the {advice.reader}"


def _sections(result: PlanResult) -> Iterator[Section]:
    yield Section("monday", "What to do on Monday", lines=tuple(_first_steps(result)))
    yield from _promises(result)
    yield from _people(result)
    if len(result.panels):
        yield _panels(result)
    if len(result.scenarios):
        yield _scenarios(result)
    if len(result.targets):
        yield _targets(result)
    if len(result.conflicts):
        words = "These figures claim to be the same thing. They are not equal."
        yield Section("conflicts", "Figures that disagree", (words,), tables=(tables.conflicts_table(result),))
    words = "Most of this plan rests on these numbers. Where one is wrong for you, change it and run the plan again."
    yield Section(
        "assumptions",
        "What was assumed",
        (words,),
        tables=(tables.assumptions_table(result), tables.volume_table(result)),
    )
    yield Section("limits", "What this plan cannot know", terms=PLAN_CANNOT_KNOW, lines=tuple(result.notes["note"]))
    yield Section("method", "How it was done", lines=_method(result))


def _first_steps(result: PlanResult) -> Iterator[str]:
    """Lines for people to weigh, each with the figure behind it."""
    yield from (_about_people(result, str(name)) for name in result.workers_for["promise"].unique())
    yield (
        f"Hours: {_hours_words(result)} A promise asks for free places instead. Where hours take more people, workers "
        "hold more families than the hours assumed for each allow: one of the two is wrong, so measure them."
    )
    yield _about_driver(result)
    if len(result.panels):
        yield _about_panels(result)
    yield from _about_targets(result.targets)
    if len(result.conflicts):
        yield f"{len(result.conflicts)} stated figures disagree with official ones. Find out which are right."


def _about_people(result: PlanResult, name: str) -> str:
    told = _promise(result, name)
    now, tried = float(told["workers_now"].iloc[0]), float(result.staffing["workers"].max())
    wanted = float(told.loc[told["chance"] == GOOD_CHANCE, "workers"].iloc[0])
    if wanted <= now:
        return f"People: the {now:g} in post are enough for a good chance (8 in 10) of {name}. Keep the posts filled."
    more = f"{wanted - now:g} more" if wanted != float("inf") else f"more than {tried - now:g} more"
    return (
        f"People: talk about {more} {result.workers}, or a lighter promise. With those in post it is "
        f"{likelihood_words(float(told['chance_now'].iloc[0]))} that {name} is kept."
    )


def _about_driver(result: PlanResult) -> str:
    assumed = result.drivers[result.drivers["driver"].isin(result.assumptions["words"])]
    if assumed.empty:
        return "Every number but what comes is known exactly, as this plan was told."
    first = assumed.iloc[0]
    low, high = sorted((float(first["people_at_low"]), float(first["people_at_high"])))
    return (
        f"Measure this first: {str(first['driver'])[:1].lower()}{str(first['driver'])[1:]}. It was assumed, and it "
        f"alone moves the people needed from {low:.0f} to {high:.0f}."
    )


def _about_panels(result: PlanResult) -> str:
    full = result.panels[result.panels["chance_over"] >= 0.5]
    if full.empty:
        highest = float(result.panels["chance_over"].max())
        return f"Panels: no panel is more likely than not to be too full. The highest chance is {in_futures(highest)}."
    first = full.iloc[0]
    return (
        f"Panels: from {day_words(pd.Timestamp(first['panel_on']).date())} on, some families are more likely than not "
        f"to wait for a later panel ({in_futures(float(first['chance_over']))} futures). Plan a longer sitting."
    )


_TARGETS_BY_CHANCE = (
    (HARDLY_MET, 0.0, HARDLY_BELOW, "Ask what will be done differently, and by whom."),
    ("Targets that are open", HARDLY_BELOW, LIKELY_FROM, "Here work can tip the scale: look at these first."),
    ("Targets that are likely to be met", LIKELY_FROM, 1.1, "Keep doing what is done."),
)
"""Groups of targets by their chance."""


def _about_targets(targets: pd.DataFrame) -> Iterator[str]:
    if targets.empty:
        return
    for told, low, high, ask in _TARGETS_BY_CHANCE:
        named = [
            f"{row['indicator']} ({in_unit(float(row['target']), str(row['unit']))}: "
            f"{in_futures(float(row['chance']))})"
            for row in targets.to_dict("records")
            if pd.notna(row["chance"]) and low <= float(row["chance"]) < high
        ]
        if named:
            yield f"{told}: {'; '.join(named)}. {ask}"
    unknown = targets.loc[targets["chance"].isna(), "indicator"].tolist()
    if unknown:
        yield (
            f"For {len(unknown)} of {len(targets)} targets nobody can tell a chance yet. Ask for the number of cases "
            "behind each figure, every three months."
        )


def _promises(result: PlanResult) -> Iterator[Section]:
    words = (
        "Families are served in the order in which they come. Each keeps its place with a worker for as long as its "
        "case is open. More workers never make it worse."
    )
    yield Section(
        "promise", "How many people keep the promise", (words,),
        tables=(tables.workers_table(result), tables.staffing_table(result)),
        charts=tuple(charts.staffing_chart(result, str(name)) for name in result.workers_for["promise"].unique()),
    )  # fmt: skip


def _people(result: PlanResult) -> Iterator[Section]:
    words = (
        f"This counts hours of first work and on open families. The range holds what nobody knows of who will come, "
        f"and of the work each brings. It does not ask who waits. {as_sentence(result.workers)} needed for the "
        "promise, above, are another number: a promise needs free places."
    )
    yield Section(
        "people", "The work, month by month", (words,),
        tables=(tables.people_table(result),), charts=(charts.people_chart(result),),
    )  # fmt: skip
    moved = "The longer the bar, the more it is worth to measure that number instead of assuming it."
    yield Section(
        "drivers", "What the answer hangs on", (moved,),
        tables=(tables.drivers_table(result),), charts=(charts.drivers_chart(result),),
    )  # fmt: skip


def _panels(result: PlanResult) -> Section:
    words = (
        "Panels sit every four weeks, 13 times a year. Each day's families are on one agenda. Who cannot be heard is "
        "heard first at the next panel."
    )
    return Section("panels", "Panels", (words,), tables=(tables.panels_table(result),))


def _scenarios(result: PlanResult) -> Section:
    named = result.scenarios.drop_duplicates("scenario")[["scenario", "words"]].itertuples(index=False, name=None)
    words = (
        f"Each of these is an {SCENARIO_LABEL}. Nobody says that it will happen, or that it would work like this. "
        "Nothing changes before its date. The same futures are run with it and without it."
    )
    return Section(
        "scenarios", "What if", (words,), tuple((str(name), str(told)) for name, told in named),
        tables=(
            tables.scenarios_table(result),
            *((tables.promises_if_table(result),) if len(result.promises_if) else ()),
            tables.difference_table(result),
        ),
        charts=(charts.scenario_chart(result),),
    )  # fmt: skip


def _targets(result: PlanResult) -> Section:
    words = (
        "Indicators are compared only with figures of the very same definition. Early help re-referral and social care "
        "re-referral are two things. Every figure that was stated stands below."
    )
    chart = charts.targets_chart(result)
    shown = [tables.targets_table(result), tables.definitions_table(result)] + (
        [tables.stated_table(result)] if len(result.stated) else []
    )
    return Section(
        "targets", "Targets", (words,), tuple(_target_terms(result.targets)), tables=tuple(shown),
        charts=(chart,) if chart else (),
    )  # fmt: skip


def _target_terms(targets: pd.DataFrame) -> Iterator[tuple[str, str]]:
    """For each target with anything to hold it against: what that is, and how much the return to the usual gives."""
    for row in targets.to_dict("records"):
        told = str(row["basis_words"])
        if pd.notna(row["comparable"]):
            told += (
                f" A change as large came in {per_cent(float(row['base_rate']))} of {float(row['comparable']):,.0f} "
                f"cases. From a start like this one: {_like(row)}. High figures tend to fall and low ones to rise by "
                f"themselves: that alone would give {tables.share_sentence(float(row['usual_return']))}."
            )
        if row["basis"] != NO_BASIS:
            yield f"{row['indicator']}: {row['definition']}", told


def _like(row: Mapping[Hashable, object]) -> str:
    rate, starts = float(row["like_rate"]), float(row["like_starts"])  # type: ignore[arg-type]
    return f"{per_cent(rate)} of {starts:,.0f}" if starts else "nobody started like this"


def _method(result: PlanResult) -> tuple[str, ...]:
    futures = (
        "What comes is drawn from the forecast as equally likely futures. Each future takes its own value of every "
        "number that was assumed, between its limits."
    )
    waiting = (
        "Waiting is worked out family by family. It was held against textbook queues (M/M/c and M/G/1) and agrees "
        "within 2%."
    )
    return (
        futures,
        waiting,
        "Chances of targets are learned from how the rates of all councils changed in the past.",
        "Words for chances are those of the Government's probability yardstick.",
        f"Seed {result.seed}: the same figures and settings give the same report.",
    )
