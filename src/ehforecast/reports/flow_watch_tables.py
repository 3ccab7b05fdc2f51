"""The tables of reviews, check-ins, groups and themes, of the page on how families move."""

from ehforecast.advisory.protection import HIDDEN
from ehforecast.demand.flow_results import ALL, FlowResult
from ehforecast.reports.flow_tables import RANGE, SHARE, points, records
from ehforecast.reports.flow_words import REVIEW_WORDS, THEME_WORDS, period_words, place_words, trend_words
from ehforecast.reports.page_table import Column, PageTable
from ehforecast.reports.words import as_sentence, month_words, slug
from ehforecast.vocabulary.coded_words import coded_words


def reviews_table(result: FlowResult) -> PageTable:
    """How common each trouble is among the children reviewed."""
    columns = (
        Column("review", "Review", "which review"),
        Column("question", "What", "what was asked"),
        Column("found", "Children", "for whom the answer is yes, rounded", "count"),
        Column("of", "Of", "children for whom it is known, rounded", "count"),
        SHARE,
        *RANGE,
        Column("low_by_family", "From, by family", "lower end where brothers and sisters count together", "share", 1),
        Column("high_by_family", "To, by family", "upper end where brothers and sisters count together", "share", 1),
    )
    rows = [
        [
            str(row["review"]), REVIEW_WORDS[str(row["question"])],
            *(row[column.name] for column in columns[2:]),
        ]
        for row in records(result.reviews)
    ]  # fmt: skip
    note = "The ranges by family are the ones to use: brothers and sisters live with the same troubles."
    return PageTable("case_reviews", "What reviews of open cases found", columns, rows, (note,))


def overlap_table(result: FlowResult) -> PageTable:
    """Which troubles come together."""
    names = ("domestic_abuse", "adult_mental_health", "substance_misuse")
    columns = (
        Column("review", "Review", "which review"),
        *(Column(name, REVIEW_WORDS[name], "yes, no or not known") for name in names),
        Column("children", "Children", "rounded", "count"),
    )
    rows = [
        [str(row["review"]), *(str(row[name]) for name in names), row["children"]]
        for row in records(result.review_overlap)
    ]
    return PageTable("review_overlap", "Which troubles come together", columns, rows, is_folded=True)


def ages_table(result: FlowResult) -> PageTable:
    """Children with domestic abuse, by age."""
    columns = (
        Column("review", "Review", "which review"),
        Column("age", "Age", "in years"),
        Column("children", "Children", "with domestic abuse, rounded", "count"),
        SHARE,
        *RANGE,
    )
    rows = [[row[column.name] for column in columns] for row in records(result.review_ages)]
    return PageTable("review_ages", "Children with domestic abuse, by age", columns, rows, is_folded=True)


def review_change_table(result: FlowResult) -> PageTable:
    """What changed between reviews."""
    columns = (
        Column("question", "What", "what was asked"),
        Column("first", "First review", "which review"),
        Column("second", "Second review", "which review"),
        Column("share_first", "Share in the first", "of those known", "share", 1),
        Column("share_second", "Share in the second", "of those known", "share", 1),
        Column("difference", "Difference in points", "second less first, in percentage points", "number", 1),
        Column("low", "Range from", "lower end of its 95% range", "number", 1),
        Column("high", "Range to", "upper end of its 95% range", "number", 1),
        Column("verdict", "What it shows", "whether it could be chance"),
    )
    rows = [
        [
            REVIEW_WORDS[str(row["question"])], str(row["first"]), str(row["second"]), row["share_first"],
            row["share_second"], *points(row), trend_words(str(row["verdict"])),
        ]
        for row in records(result.review_change)
    ]  # fmt: skip
    return PageTable("review_change", "What changed between the reviews", columns, rows)


def check_ins_table(result: FlowResult) -> PageTable:
    """Check-ins due by month and locality."""
    columns = (
        Column("due", "Due in", "month"),
        Column("locality", "Where", "locality of the help that closed"),
        Column("count", "Check-ins due", "rounded", "count"),
    )
    rows = [
        [month_words(str(row["due"])), place_words(str(row["locality"])), row["count"]]
        for row in records(result.check_ins[result.check_ins["step"] == "month"])
    ]
    return PageTable("check_ins_by_month", "Check-ins due, by month and locality", columns, rows, is_folded=True)


def check_in_weeks_table(result: FlowResult) -> PageTable:
    """Check-ins due by week."""
    columns = (
        Column("week", "Week from", "Monday it begins with"),
        Column("count", "Check-ins due", "rounded", "count"),
    )
    rows = [[str(row["due"]), row["count"]] for row in records(result.check_ins[result.check_ins["step"] == "week"])]
    return PageTable("check_ins_by_week", "Check-ins due, by week", columns, rows, is_folded=True)


def reasons_table(result: FlowResult) -> PageTable:
    """What check-ins are for."""
    columns = (
        Column("reason", "For", "what brings the check-in"),
        Column("count", "Check-ins due", "in the 12 months ahead, rounded", "count"),
    )
    rows = [[as_sentence(str(row["reason"])), row["count"]] for row in records(result.check_in_reasons)]
    note = "A check-in for two reasons stands under both."
    return PageTable("check_in_reasons", "What the check-ins of 12 months are for", columns, rows, (note,))


def timings_table(result: FlowResult) -> PageTable:
    """How many returns each timing would come before."""
    columns = (
        Column("words", "A check-in", "so long after help closed"),
        Column("came_back", "Came back", "children who came back within a year, rounded", "count"),
        Column("before", "Of them, later", "who came back after that day, rounded", "count"),
        SHARE,
        *RANGE,
    )
    rows = [[row[column.name] for column in columns] for row in records(result.timings)]
    return PageTable("check_in_timings", "Before how many returns a check-in would come", columns, rows)


def cohort_trends_table(result: FlowResult) -> PageTable:
    """Trends of the groups that are watched."""
    columns = (
        Column("words", "Group", "which group"),
        Column("source", "Counted", "what its children are told by"),
        Column("total", "Children in all", "over the whole time, rounded", "count"),
        Column("change_a_year", "Change a year", "in per cent", "number"),
        Column("low", "Range from", "lower end of its 95% range", "number"),
        Column("high", "Range to", "upper end of its 95% range", "number"),
        Column("verdict", "What it shows", "whether it could be chance"),
        Column("refused", "Why nothing is told", "or that something is"),
    )
    rows = [
        [
            str(row["words"]), str(row["source"]), row["total"],
            *(100 * float(row[name]) for name in ("change_a_year", "low", "high")),  # type: ignore[arg-type] # numbers
            trend_words(str(row["verdict"])), str(row["refused"]) or "told",
        ]
        for row in records(result.cohort_trends)
    ]  # fmt: skip
    return PageTable("cohort_trends", "Groups that are watched", columns, rows)


def cohorts_table(result: FlowResult) -> PageTable:
    """The groups that are watched, by quarter."""
    words = dict(zip(result.cohort_trends["cohort"], result.cohort_trends["words"], strict=True))
    columns = (
        Column("cohort", "Group", "which group"),
        Column("quarter", "Quarter", "three months"),
        Column("children", "Children", "newly recorded in it, rounded; nothing under ten is shown", "count"),
    )
    rows = [
        [str(words[row["cohort"]]), period_words(str(row["quarter"])), row["children"]]
        for row in records(result.cohorts)
    ]
    return PageTable("cohorts", "Groups that are watched, by quarter", columns, rows, is_folded=True)


def themes_table(result: FlowResult, *, locality: str = "") -> PageTable:
    """Themes of one locality, or of all of them; in the order of the alphabet, never of size."""
    rows = result.themes[result.themes["locality"] == locality] if locality else result.themes
    where = () if locality else (Column("locality", "Where", "locality"),)
    columns = (
        *where,
        Column("theme", "Theme", "what is told apart"),
        Column("value", "Which", "alphabetical"),
        Column("count", "Count", "in 12 months, rounded", "count"),
        Column("of", "Of", "all in the locality, rounded", "count"),
        SHARE,
        *RANGE,
    )
    volumes_first = sorted(records(rows), key=lambda row: str(row["value"]) != ALL)
    shown = [
        [
            *([] if locality else [place_words(str(row["locality"]))]), THEME_WORDS[str(row["theme"])],
            as_sentence(coded_words(str(row["value"]))), row["count"], row["of"],
            *(HIDDEN if row["count"] == HIDDEN else row[name] for name in ("share", "low", "high")),
        ]
        for row in volumes_first
    ]  # fmt: skip
    name = f"themes_{slug(locality)}" if locality else "themes"
    of = f", {place_words(locality)}" if locality else ", by locality"
    return PageTable(name, f"Volumes, needs and sources of 12 months{of}", columns, shown, is_folded=not locality)
