"""The parts of a board's pack, one function each: what the board asked for becomes sections of its page."""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from ehforecast.demand.board_results import ALL, BoardResult
from ehforecast.demand.plan_results import SCENARIO_LABEL, PlanResult
from ehforecast.reports import board_charts as charts
from ehforecast.reports import board_part_tables as parts
from ehforecast.reports import board_tables as tables
from ehforecast.reports import plan_charts, plan_tables
from ehforecast.reports.board_words import PART_WORDS
from ehforecast.reports.document import Section
from ehforecast.reports.words import per_cent

Build = Callable[[BoardResult, PlanResult | None], Iterator[Section]]

NO_PLAN = (
    "This run made no plan, so nothing can be said here: give the configuration a section 'plan' and run it again."
)
DOMAINS = (
    "health, development, self-care, learning, basic care, warmth, stability, boundaries, stimulation, mental and "
    "physical health, substance use, housing, employment, finance, social resources"
)
"""Source: Wandsworth, Early Help Strategy 2017-2021, section 5: domains of an individual child's progress."""


def _measures(result: BoardResult, _: PlanResult | None) -> Iterator[Section]:
    words = (
        "The latest quarter beside the same quarter a year before, so that the season does not mislead. A measure rose "
        "or fell only where chance alone would hardly do it."
    )
    chart = charts.dashboard_chart(result)
    shown = (
        tables.dashboard_table(result), tables.quarters_table(result, list(tables.words_of(result))),
        tables.by_place_table(result),
    )  # fmt: skip
    yield Section("measures", PART_WORDS["measures"], (words,), tables=shown, charts=(chart,) if chart else ())


def _places(result: BoardResult, _: PlanResult | None) -> Iterator[Section]:
    words = (
        "In every single future the places add up to the whole council. Middles and ends of ranges need not: the whole "
        "is surer than its parts."
    )
    chart = charts.places_chart(result)
    shown = [tables.places_table(result)] + ([tables.places_months_table(result)] if len(result.places) else [])
    heading = f"{result.words['places'][:1].upper()}{result.words['places'][1:]}"
    yield Section("places", heading, (words,), tables=tuple(shown), charts=(chart,) if chart else ())


def _circle(result: BoardResult, _: PlanResult | None) -> Iterator[Section]:
    yield Section(
        "circle-population", "Impact circle 1: the population",
        ("How many children live in each place, and how many contacts come for each 1,000 of them.",),
        tables=() if "places" in result.parts else (tables.places_table(result),),
        lines=("The table and the forecast stand under the places.",) if "places" in result.parts else (),
    )  # fmt: skip
    yield Section(
        "circle-quality", "Impact circle 2: service quality",
        ("What the service does, measured every quarter: the dashboard shows each measure with its range.",),
        lines=("What families think of the help is in no record: it must be asked.",),
    )  # fmt: skip
    gap = charts.equality_chart(result)
    yield Section(
        "circle-equality", "Impact circle 3: equality and diversity",
        (
            ("For whom help works less well, as far as records tell. Every group carries its number and range. Numbers "
            "of 1 to 7 are hidden, and others with them, so that no subtraction gives them back."),
            ("A group of children about whom something was not recorded is a group like any other. Families who go on "
            "to social care are asked more, so a high share among those not recorded tells of recording, not of help."),
        ),
        lines=("Records hold one view. Children, parents and practitioners must be asked for theirs.",),
        tables=(tables.equality_table(result),), charts=(gap,) if gap else (),
    )  # fmt: skip
    yield Section(
        "circle-children", "Impact circle 4: individual children, counted",
        (
            ("Where children stood when help began, and what was recorded about them in the 12 months after it ended. "
            "They are counted, never listed. Early help records hold the level of need and no scale of progress, so "
            f"progress by domain ({DOMAINS}) cannot be told from them."),
        ),
        tables=(tables.after_help_table(result),),
    )  # fmt: skip


def _scorecard(result: BoardResult, plan: PlanResult | None) -> Iterator[Section]:
    yield from _targets(result, plan, part="scorecard")


def _indicators(result: BoardResult, plan: PlanResult | None) -> Iterator[Section]:
    yield from _targets(result, plan, part="indicators")


def _targets(_: BoardResult, plan: PlanResult | None, *, part: str) -> Iterator[Section]:
    """Targets of the plan of the same run: both pages show the same figures."""
    if plan is None or plan.targets.empty:
        yield Section(part, PART_WORDS[part], (NO_PLAN,))
        return
    words = (
        "Where each indicator stands, where it should be, and the chance of getting there if nothing changes. A chance "
        "is held against how often councils made a change as large. Figures are compared only where they count alike."
    )
    shown = [plan_tables.targets_table(plan), plan_tables.definitions_table(plan)]
    shown += [plan_tables.stated_table(plan)] if len(plan.stated) else []
    chart = plan_charts.targets_chart(plan)
    yield Section(
        part, PART_WORDS[part], (words,), tables=tuple(shown), charts=(chart,) if chart else ()
    )  # fmt: skip
    if len(plan.conflicts):
        said = "Each pair claims to be the same in the same year. They are not equal. Both stand; none is averaged."
        yield Section("conflicts", "Figures that disagree", (said,), tables=(plan_tables.conflicts_table(plan),))


def _panels(_: BoardResult, plan: PlanResult | None) -> Iterator[Section]:
    if plan is None or plan.panels.empty:
        yield Section("panels", PART_WORDS["panels"], (NO_PLAN,))
        return
    words = "Panels sit every four weeks, 13 times a year. Whoever cannot be heard is heard first at the next."
    yield Section("panels", PART_WORDS["panels"], (words,), tables=(plan_tables.panels_table(plan),))


def _lead(result: BoardResult, plan: PlanResult | None) -> Iterator[Section]:
    words = (
        "What the records say of families whose help began, and what waiting would be with more or fewer people. The "
        "two differ: records count every family, the plan those who need one of the council's own practitioners."
    )
    shown = [tables.quarters_table(result, ["lead_in_five_days"], name="lead_quarters")]
    shown += [plan_tables.workers_table(plan), plan_tables.staffing_table(plan)] if plan is not None else []
    names = plan.workers_for["promise"].unique() if plan is not None else ()
    drawn = tuple(plan_charts.staffing_chart(plan, str(name)) for name in names) if plan is not None else ()
    yield Section("lead", PART_WORDS["lead_professional"], (words,), tables=tuple(shown), charts=drawn)


def _led_by(result: BoardResult, _: PlanResult | None) -> Iterator[Section]:
    words = (
        "Shares of few families have wide ranges: these are exact (Clopper and Pearson), never narrower than they say. "
        "Where two figures are stated for the same time, both stand."
    )
    measures = [name for name in ("health_led", "vcs_led") if name in tables.words_of(result)]
    shown = (parts.stated_shares_table(result), tables.quarters_table(result, measures, name="led_by_quarters"))
    yield Section("led-by", PART_WORDS["led_by"], (words,), tables=shown)


def _openings(result: BoardResult, plan: PlanResult | None) -> Iterator[Section]:
    words = (
        "Of a hub that is open, what came before and after, beside places without one. Of a hub still to open, only "
        "what would come if it worked as assumed: that is no forecast, and nothing changes before its day."
    )
    shown = [parts.openings_table(result)]
    if plan is not None and len(plan.scenarios):
        shown += [plan_tables.scenarios_table(plan), plan_tables.difference_table(plan)]
    yield Section(
        "openings", PART_WORDS["openings"], (words,), tables=tuple(shown),
        lines=(f"Every scenario below is an {SCENARIO_LABEL}.",),
    )  # fmt: skip


def _maturity(result: BoardResult, _: PlanResult | None) -> Iterator[Section]:
    words = (
        "Grades have an order and no distance. So nothing here is added up or averaged, and a grade that lies between "
        "two is kept as the two it lies between."
    )
    yield Section("maturity", PART_WORDS["maturity"], (words,), tables=(parts.grades_table(result),))


def _criteria(result: BoardResult, _: PlanResult | None) -> Iterator[Section]:
    words = (
        "The published criteria as exact rules, so that anybody can check them by hand. They are something to compare "
        "with. They open no door and close none: people who know the family do."
    )
    yield Section("criteria", PART_WORDS["criteria"], (words,), tables=(parts.criteria_table(result),))


def _small(result: BoardResult, _: PlanResult | None) -> Iterator[Section]:
    lines = tuple(
        f"{row['name']}: {row['met']:.0f} of {row['of']:.0f} is {per_cent(row['stated'])}, and so few leave anything "
        f"from {per_cent(row['low'], places=1)} to {per_cent(row['high'], places=1)} plausible. Without a group that "
        "did not get the help, it says nothing of effect."
        for row in result.small.to_dict("records")
    )
    yield Section("small", PART_WORDS["small_samples"], lines=lines, tables=(parts.small_table(result),))


def _hubs(result: BoardResult, _: PlanResult | None) -> Iterator[Section]:
    names = [str(name) for name in result.people["group"] if name != ALL]
    lines = tuple(f"{name}: its own pages stand beside this one, for the people in the room." for name in names)
    yield Section(
        "hubs", PART_WORDS["hub_packs"],
        (("One pack for each hub: volumes, themes and what lies ahead. The people in the room settle what each family "
         "is offered, and write it down elsewhere."),),
        lines=lines,
    )  # fmt: skip


PARTS: Mapping[str, Build] = MappingProxyType(
    {
        "measures": _measures, "places": _places, "impact_circle": _circle, "scorecard": _scorecard,
        "indicators": _indicators, "panels": _panels, "lead_professional": _lead, "led_by": _led_by,
        "openings": _openings, "maturity": _maturity, "criteria": _criteria, "small_samples": _small,
        "hub_packs": _hubs,
    }
)  # fmt: skip
"""Each part by its name in a configuration; those that other reports tell are in `board_other_parts`."""
