"""The page on how families move: step up and step down, counts over 12 months, reviews, check-ins, groups, themes.

Each part is a section of its own, so that a pack can take the ones it needs and print the same figures.
"""

from collections.abc import Iterator
from pathlib import Path

from ehforecast.advisory.flow_advice import FLOW_CANNOT_KNOW, FLOW_NEVER_USE_FOR, FLOW_STATEMENT, FlowAdvice
from ehforecast.demand.flow_results import ALL, FlowResult
from ehforecast.reports import flow_tables as tables
from ehforecast.reports import flow_watch_tables as watch
from ehforecast.reports.document import PAGE, Document, Section, document_files
from ehforecast.reports.flow_charts import rolling_chart, step_charts
from ehforecast.reports.flow_words import answer, period_words, place_words
from ehforecast.reports.folder import replace_folder
from ehforecast.vocabulary.periods import day_words


def write_flow_report(advice: FlowAdvice, folder: Path) -> Path:
    """Write the page and its tables into a folder of their own; returns the path of the page."""
    replace_folder(folder, document_files(flow_document(advice)))
    return folder / PAGE


def flow_document(advice: FlowAdvice) -> Document:
    """The report of one council."""
    result = advice.result
    return Document(
        strap="How families move: advice to people, never a decision",
        title="How families move",
        subtitle=f"{result.council}, as known on {day_words(result.known_on)}",
        lead=answer(result),
        facts=tuple(_facts(advice)),
        statement=FLOW_STATEMENT,
        never=FLOW_NEVER_USE_FOR,
        sections=tuple(flow_sections(advice)),
        run_id=advice.run_id,
        source=advice.data_source,
        purpose=advice.purpose,
        reader=advice.reader,
        extra={"known_on": result.known_on, "followed_until": result.followed_until, "days": dict(result.days)},
    )


def _facts(advice: FlowAdvice) -> Iterator[tuple[str, str]]:
    result = advice.result
    yield "Records as known on", day_words(result.known_on)
    yield "Moves counted until", day_words(result.followed_until)
    yield "Told by", result.by
    periods = sorted(set(result.flows.loc[result.flows["share"].notna() & result.flows["period"].ne(ALL), "period"]))
    if periods:
        yield "Latest period told", period_words(periods[-1])
    yield "Made for", f"{advice.purpose}, read by the {advice.reader}"


def flow_sections(advice: FlowAdvice) -> Iterator[Section]:
    """Every section the result has figures for."""
    result = advice.result
    yield from moves_sections(result)
    if len(result.contrasts):
        yield contrasts_section(result)
    if len(result.rolling):
        yield rolling_section(result)
    if len(result.themes):
        yield from theme_sections(result)
    if len(result.reviews):
        yield reviews_section(result)
    if len(result.check_ins):
        yield check_ins_section(result)
    if len(result.cohort_trends):
        yield cohorts_section(result)
    notes = tuple(result.notes["note"]) if len(result.notes) else ()
    yield Section("limits", "What this report cannot know", terms=FLOW_CANNOT_KNOW, lines=notes)
    yield Section("method", "How it was done", lines=_method(result))


def moves_sections(result: FlowResult) -> Iterator[Section]:
    """Step up, step down and the rest: over the whole time, by period and by need level."""
    whole = (
        "Each line starts where a child was and tells where the child went first. One child may begin more than once. "
        "Who could not be followed for the whole time counts for as long as they were."
    )
    yield Section("moves", "From where to where", (whole,), tables=(tables.flows_table(result),))
    by_period = (
        "A range that holds the share before and after may hide a change, or show none. A dash: nothing is told."
    )
    yield Section(
        "periods", f"By {result.by}", (by_period,), tables=(tables.periods_table(result),), charts=step_charts(result)
    )  # fmt: skip
    levels = tables.need_levels_table(result)
    if levels.rows:
        said = "The level is the one recorded when help began."
        yield Section("needs", "By level of need", (said,), tables=(levels,))


def contrasts_section(result: FlowResult) -> Section:
    """Before and after changes."""
    words = (
        "Those who began in the months before the day are compared with those who began in the months from it on. Some "
        "of those who began before were followed past the day. A difference is not an effect: other things changed too."
    )
    return Section("change", "Before and after", (words,), tables=(tables.contrasts_table(result),))


def rolling_section(result: FlowResult) -> Section:
    """Counts over 12 months."""
    words = "Each month looks back over the 12 months that end with it. Seasons cancel out, and news comes slowly."
    chart = rolling_chart(result, "early_help_started", words="Early help episodes started")
    ahead = (tables.rolling_ahead_table(result),) if len(result.rolling_ahead) else ()
    shown = (tables.latest_rolling_table(result), *ahead, tables.rolling_table(result))
    return Section("rolling", "The last 12 months", (words,), tables=shown, charts=(chart,))


def theme_sections(result: FlowResult) -> Iterator[Section]:
    """What each locality's meeting talks about; the people in the room settle what to do, and record it elsewhere."""
    words = (
        "Volumes, needs and sources of 12 months, for local conversations. Nothing here names or orders a child. Lines "
        "stand in the order of the alphabet: none comes before another."
    )
    yield Section("themes", "Themes of the whole council", (words,), tables=(watch.themes_table(result, locality=ALL),))
    for name in dict.fromkeys(result.themes["locality"]):
        if name != ALL:
            yield place_themes_section(result, str(name))


def place_themes_section(result: FlowResult, place: str) -> Section:
    """The themes of one locality."""
    anchor = f"themes-{''.join(letter if letter.isalnum() else '-' for letter in place.lower())}"
    return Section(anchor, f"Themes of {place_words(place)}", tables=(watch.themes_table(result, locality=place),))


def reviews_section(result: FlowResult) -> Section:
    """What reviews of open cases found."""
    words = (
        "Practitioners read every open case and answered three questions. Shares are of children whose answer is known."
    )
    change = (watch.review_change_table(result),) if len(result.review_change) else ()
    shown = (watch.reviews_table(result), *change, watch.overlap_table(result), watch.ages_table(result))
    return Section("reviews", "Reviews of open cases", (words,), tables=shown)


def check_ins_section(result: FlowResult) -> Section:
    """Check-ins that fall due, and what is known of timings."""
    words = (
        "Every family whose early help closed in the last year has a check-in within 12 months, by date alone. No "
        "estimate chooses or orders families. The calendar with its families is private to the people who ask."
    )
    research = (
        "Research: when families came back, if they did. It says before how many returns a check-in would have come. "
        "It does not say that a check-in would have changed them."
    )
    shown = (watch.reasons_table(result), watch.check_ins_table(result), watch.check_in_weeks_table(result))
    timings = (watch.timings_table(result),) if len(result.timings) else ()
    return Section("check-ins", "Keeping in touch", (words, research), tables=(*shown, *timings))


def cohorts_section(result: FlowResult) -> Section:
    """Groups that are watched."""
    words = (
        "Trends of whole groups, so that a service can reach out. Nothing is told of a child, or of a group under ten."
    )
    by_quarter = (watch.cohorts_table(result),) if len(result.cohorts) else ()
    return Section(
        "groups", "Groups that are watched", (words,), tables=(watch.cohort_trends_table(result), *by_quarter)
    )


def _method(result: FlowResult) -> tuple[str, ...]:
    days = result.days
    shares = (
        "Shares: the Aalen-Johansen estimate of going to each place first; those followed for less time count for as "
        f"long as they were. Time looked at: {days['contact']} days after a contact, {days['early_help']} days after "
        f"everything else; a step down comes within {days['step_down']} days of closing."
    )
    ranges = (
        "Ranges: 95%, by Wilson's method for as many independent cases as have the same standard error, brothers and "
        "sisters together."
    )
    return (
        shares,
        ranges,
        "A share is told where at least 20 began and at least half could be followed for the whole time.",
        f"Counts are rounded to 5, and 1 to 7 are hidden with whatever would give them away. Seed {result.seed}.",
    )
