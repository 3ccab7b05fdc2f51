"""The tables of the page on explanations."""

import pandas as pd

from ehforecast.reports.explain_words import value_words
from ehforecast.reports.fairness_words import group_words
from ehforecast.reports.page_table import Column, PageTable, rows_of
from ehforecast.reports.words import as_sentence, per_cent
from ehforecast.risk.explain_results import ExplanationResult

MOST_FEATURES = 20
OFTEN_ABSENT = 0.1
"""Share of estimates from which a missing value is worth a line."""

_ROUNDED = "rounded to 5; 1 to 7 hidden"
_POINTS = (
    Column(
        "value", "Points", "mean size of what it adds to or takes from an estimate, points of a hundred", "number", 2
    ),
    Column("lower", "From", "lower end of the 95% range over resampled families", "number", 2),
    Column("upper", "To", "upper end of that range", "number", 2),
)
_ROWS = Column("rows", "Estimates", f"how many, {_ROUNDED}", "count")


def hundredfold(frame: pd.DataFrame) -> pd.DataFrame:
    """Chances as points of a hundred."""
    return frame.assign(**{name: frame[name] * 100 for name in ("value", "lower", "upper")})


def themes_table(result: ExplanationResult) -> PageTable:
    """What moves estimates, by theme."""
    columns = (Column("name", "Theme", "reasons people recognise"), *_POINTS, _ROWS)
    shown = hundredfold(result.importance[result.importance["kind"] == "theme"])
    note = "A theme's size is that of all its features together, which may point different ways."
    caption = "How far each theme moves an estimate, on average, with 95% ranges"
    return PageTable("themes", caption, columns, rows_of(shown, columns, words={"name": as_sentence}), (note,))


def features_table(result: ExplanationResult) -> PageTable:
    """The features that move estimates most."""
    columns = (
        Column("label", "What", "what was on record"),
        Column("theme", "Theme", "theme it belongs to"),
        *_POINTS,
        Column("not_on_record", "Not on record", "share of estimates for which it should be and is not", "share"),
        Column("rise", "Loss without it", "rise of the log loss, in thousandths, when its values are dealt out anew",
               "number", 1),
    )  # fmt: skip
    features = hundredfold(result.importance[result.importance["kind"] == "feature"])
    shown = features[features["value"] > 0].head(MOST_FEATURES)
    shown = shown.assign(rise=shown["rise"] * 1000)
    unused = len(features) - int((features["value"] > 0).sum())
    note = f"{unused} further features were looked at and move nothing. Below 0, estimates were better without it."
    caption = f"The {len(shown)} features that move estimates most, with 95% ranges"
    return PageTable("features_moving", caption, columns, rows_of(shown, columns), (note,), is_folded=True)


def steadiness_table(result: ExplanationResult) -> PageTable:
    """How steady the strongest reasons are."""
    columns = (
        Column("label", "Reason", "the feature"),
        Column("reasons", "Times", f"times among the three strongest reasons of an estimate, {_ROUNDED}", "count"),
        Column("value", "Steady", "share of these that are steady", "share"),
        Column("lower", "From", "lower end of the 95% range over resampled families", "share"),
        Column("upper", "To", "upper end of that range", "share"),
        Column("kept", "Kept by other models", "mean share of models of resampled families that give it", "share"),
        Column("kept_nearby", "Kept nearby", "mean share of rows a day or a month apart that give it", "share"),
    )
    note = "Steady: given by at least 80% of models of resampled families, and by every row a day or a month apart."
    caption = "How steady the strongest reasons are"
    return PageTable("steadiness", caption, columns, rows_of(result.steadiness, columns), (note,), is_folded=True)


def effects_table(curve: pd.DataFrame, *, base: float, number: int) -> PageTable:
    """One curve: what an otherwise average estimate is by value of a feature."""
    label, unit = str(curve["label"].iloc[0]), str(curve["unit"].iloc[0])
    columns = (
        Column("at", "Value", "value of the feature"),
        Column("value", "Estimate", "estimate at this value, all else average", "share", 1),
        Column("lower", "From", "lower end of the 95% range over resampled families", "share", 1),
        Column("upper", "To", "upper end of that range", "share", 1),
    )
    rows = [
        [value_words(float(row["at"]), unit), *(base + float(row[name]) for name in ("value", "lower", "upper"))]
        for row in curve.to_dict("records")
    ]
    caption = f"{label}: estimate by value, all else average"
    note = "Values that fewer than ten people reach are left out."
    return PageTable(f"effect_{number}", caption, columns, rows, (note,), is_folded=True)


def pairs_table(result: ExplanationResult) -> PageTable:
    """Features that work in pairs."""
    columns = (
        Column("first_label", "One feature", "the one"),
        Column("second_label", "With", "the other"),
        Column("share", "Share", "share of all that moves estimates", "share", 1),
    )
    caption = "The pairs of features that work together most"
    note = "Found on at most 500 estimates; it has no range, so read it as a hint."
    return PageTable("pairs", caption, columns, rows_of(result.pairs, columns), (note,), is_folded=True)


def time_table(result: ExplanationResult) -> PageTable:
    """Themes by quarter."""
    columns = (
        Column("group", "Quarter", "calendar quarter of the estimate"),
        Column("name", "Theme", "theme"),
        *_POINTS,
        _ROWS,
        Column("changed", "Changed", "whether its range and that of the first quarter do not meet"),
    )
    words = {True: "yes", False: "no"}
    shown = hundredfold(result.over_time).assign(changed=[words[bool(one)] for one in result.over_time["is_changed"]])
    rows = rows_of(shown, columns, words={"name": as_sentence})
    return PageTable("over_time", "What moves estimates, by quarter", columns, rows, is_folded=True)


def groups_table(result: ExplanationResult) -> PageTable:
    """Themes by group."""
    columns = (
        Column("group", "Group", "characteristic and group; not recorded is a group"),
        Column("name", "Theme", "theme"),
        *_POINTS,
        _ROWS,
    )
    pairs = zip(result.by_group["characteristic"], result.by_group["group"], strict=True)
    named = [group_words(str(one), str(group)) for one, group in pairs]
    rows = rows_of(hundredfold(result.by_group).assign(group=named), columns, words={"name": as_sentence})
    note = "Groups of fewer than 30 estimates have no figure. Ranges are not corrected for looking at many groups."
    return PageTable("reasons_by_group", "What moves estimates, by group", columns, rows, (note,), is_folded=True)


def bands_table(bands: pd.DataFrame) -> PageTable:
    """The share with the event in each band."""
    columns = (
        Column("band", "Band", "band of estimates, the lowest first"),
        Column("range", "Estimates", "estimates in the band"),
        Column("value", "Had the event", "share with the event", "share"),
        Column("lower", "From", "lower end of the 95% range", "share"),
        Column("upper", "To", "upper end of the 95% range", "share"),
        Column("rows", "Estimates, number", f"how many, {_ROUNDED}", "count"),
        Column("families", "Families", f"how many, {_ROUNDED}", "count"),
    )
    caption = "Bands of estimates, and the share with the event in each"
    note = "Neighbouring bands whose ranges met were made one: records cannot tell them apart."
    told = bands.assign(range=[_span(*ends) for ends in zip(bands["at_least"], bands["below"], strict=True)])
    rows = rows_of(told, columns, words={"band": as_sentence})
    return PageTable("bands", caption, columns, rows, (note,))


def _span(at_least: float, below: float) -> str:
    low, high = max(at_least, 0.0), min(below, 1.0)
    if low == 0 and high == 1:
        return "all"
    if low == 0:
        return f"below {high:.1%}"
    return f"{low:.1%} or more" if high == 1 else f"{low:.1%} to below {high:.1%}"


def gaps_table(result: ExplanationResult) -> PageTable:
    """What is not on record for many families among what moves estimates."""
    columns = (
        Column("label", "What", "what the model looks at"),
        Column("not_on_record", "Not on record", "share of estimates for which it should be and is not", "share"),
    )
    features = result.importance[(result.importance["kind"] == "feature") & (result.importance["value"] > 0)]
    often = features[features["not_on_record"] >= OFTEN_ABSENT].sort_values("not_on_record", ascending=False)
    caption = f"What moves estimates and is not on record for {per_cent(OFTEN_ABSENT)} of them or more"
    return PageTable("not_on_record", caption, columns, rows_of(often.head(MOST_FEATURES), columns), (_NO_VALUE,),
                     is_folded=True)  # fmt: skip


_NO_VALUE = "Absent because it never happened, such as days since a referral, is no gap in the records and not listed."
