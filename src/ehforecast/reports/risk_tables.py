"""The tables of the risk research report."""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from ehforecast.reports.fairness_words import group_name
from ehforecast.reports.page_table import Column, PageTable, rows_of
from ehforecast.reports.risk_words import condition_words, left_out_words, metric_heading, model_words, probe_words
from ehforecast.reports.words import as_sentence, per_cent, with_labels
from ehforecast.risk.results import MODEL, RiskResult

_VALUE = (
    Column("value", "Figure", "the figure on the test period", "number", 3),
    Column("lower", "From", "lower end of the 95% range over resampled families", "number", 3),
    Column("upper", "To", "upper end of that range", "number", 3),
)
_METRIC = Column("metric", "Measure", "what is measured")
_MODEL = Column("model", "Method", "the method")
_ROUNDED = "rounded to 5; 1 to 7 hidden"
_METRICS = ("auroc", "average_precision", "brier", "brier_skill", "logloss", "slope", "citl", "ece")
_CAPACITY_WORDS = {"precision": "With the event, of those reached", "recall": "Reached, of those with the event"}
_OF_GROUPS = ("brier_skill", "citl", "slope", "auroc")


def plain(value: str) -> str:
    """A name as words."""
    return value.replace("_", " ")


def _period(name: str) -> str:
    return {"train": "Learning", "calibrate": "Adjusting", "test": "Testing"}.get(name, name)


def bars_table(result: RiskResult) -> PageTable:
    """Both presets and the bar that counts, with the AUROC each would take."""
    columns = (
        Column("bar", "Bar", "name of the bar"),
        Column("verdict", "Verdict", "met, not met or cannot be judged"),
        Column("auroc", "AUROC it would take", "AUROC that its accuracy condition asks for here", "number", 2),
    )
    rows = [
        (plain(name), verdict, float(result.implied_auroc.get(name, float("nan"))))
        for name, verdict in result.verdicts.items()
    ]
    note = "The bar that counts stands first. What Works 2020 asked for 0.65; none of its 32 models met it."
    caption = f"Verdict on each bar, at a share with the event of {per_cent(result.rate_in_test)}"
    return PageTable("bars", caption, columns, rows, (note,))


def conditions_table(result: RiskResult) -> PageTable:
    """Each condition of each bar, with its margin."""
    columns = (
        Column("condition", "Condition", "what the bar asks for"),
        Column("bar", "Bar", "name of the bar"),
        Column("needed", "Needed", "what would meet it"),
        *_VALUE,
        Column("margin", "Margin", "how far inside the condition; below 0 how far outside", "number", 3),
        Column("verdict", "Verdict", "met, not met or cannot be judged"),
    )
    rows = rows_of(result.conditions, columns, words={"condition": condition_words, "bar": plain})
    return PageTable("conditions", "Each condition: what was needed, what was found, by how much", columns, rows)


def counts_table(result: RiskResult) -> PageTable:
    """Who was looked at, by period."""
    headings = {
        "index_events": "Estimates made", "people": "Children", "families": "Families", "events": "With the event",
        "no_event": "Without", "not_known": "Not followed to the end",
    }  # fmt: skip
    columns = (
        Column("period", "Period", "what it was used for"),
        *(Column(name, words, f"{words.lower()}, {_ROUNDED}", "count") for name, words in headings.items()),
        Column("rate", "Share with the event", "share, those not followed to the end weighed in", "share", 1),
    )
    rows = rows_of(result.counts, columns, words={"period": _period})
    return PageTable("counts", "Who was looked at, by period", columns, rows)


def left_out_table(result: RiskResult) -> PageTable:
    """Who was not looked at, and which later events do not count."""
    columns = (
        Column("reason", "Why", "the first reason that holds"),
        Column("count", "How many", f"how many, {_ROUNDED}", "count"),
    )
    told = zip(result.left_out["events"], result.left_out["reason"], strict=True)
    rows = rows_of(
        result.left_out.assign(reason=[left_out_words(reason, of=events) for events, reason in told]), columns
    )
    notes = (
        "Each is counted once, under the first reason that holds.",
        "Those not in the periods are history that estimates look back on, or lie in the gap between two periods.",
    )
    return PageTable("left_out", "Who was not looked at, and why", columns, rows, notes)


def follow_up_table(result: RiskResult) -> PageTable:
    """What short follow-up does to the share with the event, wrong treatments included."""
    headings = {
        "weights": "Others like them stand for them", "complete": "They are left out",
        "not_known_as_none": "Wrong: they count as without the event",
        "not_known_left_out": "Wrong: left out only where no event was seen",
    }  # fmt: skip
    columns = (
        Column("period", "Period", "what it was used for"),
        *(
            Column(name, words, f"share with the event: {words.lower()}", "share", 1)
            for name, words in headings.items()
        ),
        Column("largest_weight", "One stands for at most", "largest weight of a known outcome", "number", 2),
    )
    rows = rows_of(result.follow_up, columns, words={"period": _period})
    note = "The first is used. Where the others are far from it, much hangs on how short follow-up is treated."
    caption = "The share with the event, by what is done about those not followed to the end"
    return PageTable("follow_up", caption, columns, rows, (note,), is_folded=True)


def points_table(result: RiskResult) -> PageTable:
    """The points score, as anybody could work it out."""
    columns = (
        Column("question", "Question", "asked of the records; not on record counts as no"),
        Column("points", "Points for yes", "added to the score where the answer is yes", "number"),
    )
    rows = rows_of(result.points, columns)
    return PageTable("points", "The points score, question by question", columns, rows, is_folded=True)


def probes_table(result: RiskResult) -> PageTable:
    """What was tried before the test period was opened, to find what no honest record could know."""
    columns = (
        Column("what", "What", "a feature alone, or a model made to fail"),
        Column("auroc", "AUROC", "alone, on families it was not learned from; 0.5 is a coin", "number", 2),
        *_VALUE[1:],
        Column("gain", "Adds to all others", "AUROC with it less that without; the strongest three", "number", 3),
        Column("gain_lower", "At least", "lower end of the 95% range of that", "number", 3),
        Column("finding", "Finding", "leak, look at it, or nothing"),
    )
    labels = labels_of(result)
    models = result.model_probes.rename(columns={"value": "auroc"})
    models = models.assign(what=models["probe"].map(probe_words), because="")
    alone = result.probes.sort_values("own_auroc", ascending=False, kind="stable").rename(
        columns={"own_auroc": "auroc"}
    )
    alone = alone.assign(what=[labels.get(name, plain(name)) for name in alone["feature"]])
    both = pd.concat([models, alone], ignore_index=True).reindex(columns=[*alone.columns, "lower", "upper"])
    told = [f"{finding}: {why}" if why else finding or "nothing"
            for finding, why in zip(both["finding"], both["because"], strict=True)]  # fmt: skip
    rows = rows_of(both.assign(finding=told), columns)
    return PageTable("probes", "What was tried to find leaks", columns, rows, is_folded=True)


def performance_table(result: RiskResult) -> PageTable:
    """Every method on every measure."""
    columns = (_MODEL, _METRIC, *_VALUE)
    shown = _in_order(result.performance, _METRICS)
    rows = rows_of(shown, columns, words={"model": model_words, "metric": metric_heading})
    return PageTable("performance", "How well each method did on the test period, with 95% ranges", columns, rows)


def differences_table(result: RiskResult) -> PageTable:
    """The trees less each simple method."""
    columns = (Column("than", "Simple method", "what is compared with"), _METRIC, *_VALUE)
    rows = rows_of(result.differences, columns, words={"than": model_words, "metric": metric_heading})
    caption = "Boosted trees less each simple method; for log loss and Brier score below 0 is better"
    return PageTable("differences", caption, columns, rows)


def calibration_table(curve: pd.DataFrame) -> PageTable:
    """Estimates and what came, in equal parts."""
    columns = (
        Column("part", "Part", "equal part of the estimates, the lowest first"),
        Column("mean_estimate", "Mean estimate", "mean estimate in the part", "share", 1),
        Column("rows", "Estimates", f"how many, {_ROUNDED}", "count"),
        Column("value", "Came", "share with the event", "share", 1),
        Column("lower", "From", "lower end of the 95% range", "share", 1),
        Column("upper", "To", "upper end of the 95% range", "share", 1),
    )
    numbered = curve.assign(part=[str(place) for place in range(1, len(curve) + 1)])
    caption = f"Estimate and what came, in {len(curve)} equal parts from the lowest estimates to the highest"
    return PageTable("calibration", caption, columns, rows_of(numbered, columns))


def net_benefit_table(result: RiskResult) -> PageTable:
    """Net benefit of each method by the chance from which help would be offered."""
    columns = (
        Column("threshold", "From a chance of", "chance from which help is offered", "share"),
        _MODEL,
        *(replace(column, meaning=f"{column.meaning}, per 100 families", places=1) for column in _VALUE),
    )
    figures = {column.name: 100 * result.net_benefit_curve[column.name] for column in _VALUE}
    rows = rows_of(result.net_benefit_curve.assign(**figures), columns, words={"model": model_words})
    caption = "Net benefit per 100 families, by the chance from which help would be offered"
    return PageTable("net_benefit", caption, columns, rows, is_folded=True)


def capacities_table(result: RiskResult) -> PageTable:
    """How right an offer to so many families would be."""
    columns = (
        Column("capacity", "Share reached", "share of all families that help could reach", "share"),
        _MODEL,
        Column("metric", "Share", "precision: with the event, of those reached; recall: reached, of those with it"),
        *(replace(column, kind="share", places=1) for column in _VALUE),
    )
    rows = rows_of(result.capacities, columns, words={"model": model_words, "metric": _CAPACITY_WORDS.__getitem__})
    note = "A question about the estimates as a whole. Nobody may be put in an order by them."
    caption = "How right the highest estimates are, by the share of families that help could reach"
    return PageTable("capacities", caption, columns, rows, (note,), is_folded=True)


def groups_table(result: RiskResult) -> PageTable:
    """The trees by group; those too few to judge are listed."""
    columns = (
        Column("group", "Group", "characteristic and group; not recorded is a group"),
        Column("rows", "Estimates", f"how many, {_ROUNDED}", "count"),
        Column("events", "With the event", f"how many, {_ROUNDED}", "count"),
        _METRIC,
        *_VALUE,
        Column("judged", "Judged", "whether there are enough to judge"),
    )
    shown = result.by_group[result.by_group["metric"].isin(_OF_GROUPS)]
    pairs = zip(shown["characteristic"], shown["group"], strict=True)
    named = shown.assign(
        group=[f"{as_sentence(plain(str(one)))}: {group_name(str(one), str(group))}" for one, group in pairs],
        judged=["yes" if enough else "cannot be judged: too few" for enough in shown["can_be_judged"]],
    )
    note = "But for age, protected characteristics are never learned from; they are here so that somebody looks."
    rows = rows_of(named, columns, words={"metric": metric_heading})
    return PageTable("by_group", "Boosted trees by group, on the test period", columns, rows, (note,), is_folded=True)


def stability_table(result: RiskResult) -> PageTable:
    """Over the quarters of the test period."""
    columns = (Column("group", "Period", "part of the test period"), _METRIC, *_VALUE)
    rows = rows_of(_in_order(result.stability, _OF_GROUPS), columns, words={"metric": metric_heading, "group": plain})
    return PageTable("stability", "Over the test period", columns, rows, is_folded=True)


def learning_table(result: RiskResult) -> PageTable:
    """With fewer families to learn from."""
    columns = (Column("share", "Share of families", "share of the training families", "share"), _METRIC, *_VALUE)
    rows = rows_of(result.learning_curve, columns, words={"metric": metric_heading})
    return PageTable("learning_curve", "With fewer families to learn from", columns, rows, is_folded=True)


def features_table(result: RiskResult) -> PageTable:
    """What was looked at."""
    headings = {"label": "What", "theme": "Theme", "unit": "Unit", "source": "From", "lag": "Recorded after",
                "reason": "Why it may matter"}  # fmt: skip
    columns = tuple(Column(name, words, f"{words.lower()}, in words") for name, words in headings.items())
    used = result.features[result.features["is_used"].astype(bool)]
    rows = [[str(cell) or "[z]" for cell in row] for row in rows_of(used, columns)]
    return PageTable("features", f"The {len(rows)} things that were looked at", columns, rows, is_folded=True)


def abstentions_table(result: RiskResult) -> PageTable:
    """Where no estimate is made, and why."""
    columns = (
        Column("reason", "Reason", "why there is no estimate"),
        Column("rows", "Left out", f"how many, {_ROUNDED}", "count"),
    )
    rows = rows_of(result.abstentions, columns, words={"reason": lambda reason: with_labels(reason, labels_of(result))})
    return PageTable("abstentions", "Where no estimate is made", columns, rows)


def labels_of(result: RiskResult) -> dict[str, str]:
    """What each feature is called on the page."""
    return dict(zip(result.features["name"], result.features["label"], strict=True))


def trees_of(curve: pd.DataFrame) -> pd.DataFrame:
    """The rows of the trees."""
    return curve[curve["model"] == MODEL]


def _in_order(frame: pd.DataFrame, metrics: Sequence[str]) -> pd.DataFrame:
    if not len(frame):
        return frame
    return pd.concat([frame[frame["metric"] == metric] for metric in metrics])
