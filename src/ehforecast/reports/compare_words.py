"""What differs between two runs, in sentences: the same on the screen and on the page."""

import math
from collections.abc import Iterator

from ehforecast.tracking.run_comparison import ByDate, Difference, RunComparison, Score

LOWER_IS_BETTER = (
    "wape", "wql", "mase", "rmsse", "total_wape", "interval_score50", "interval_score80", "interval_score95", "brier",
    "logloss", "ece",
)  # fmt: skip
HIGHER_IS_BETTER = ("auroc", "average_precision", "brier_skill")
METRICS = {
    "wape": "absolute error, share of the total",
    "wql": "loss over deciles, share of the total",
    "bias": "forecast less what came, share of the total",
    "mase": "absolute error, beside the same season before",
    "rmsse": "squared error, beside the same season before",
    "coverage50": "share inside the 50% range",
    "coverage80": "share inside the 80% range",
    "coverage95": "share inside the 95% range",
    "total_wape": "absolute error of the total ahead",
    "total_bias": "forecast less what came, of the total ahead",
    "total_coverage50": "share of totals ahead inside the 50% range",
    "total_coverage80": "share of totals ahead inside the 80% range",
    "total_coverage95": "share of totals ahead inside the 95% range",
    "interval_score50": "width and misses of the 50% range",
    "interval_score80": "width and misses of the 80% range",
    "interval_score95": "width and misses of the 95% range",
    "auroc": "AUROC",
    "average_precision": "average precision",
    "brier": "Brier score",
    "brier_skill": "Brier skill",
    "logloss": "log loss",
    "slope": "calibration slope",
    "citl": "calibration in the large",
    "ece": "calibration error",
}
DRAWN = (
    "wape", "wql", "total_wape", "coverage50", "coverage80", "coverage95", "auroc", "average_precision", "brier_skill",
    "brier", "ece",
)  # fmt: skip
"""Shares that stand on one scale from 0 to 100 per cent."""

OTHER_PAST = "The two were tested on another past or horizon, so one may be lower because its task was easier."
CHANCE = (
    "Nothing here says that a difference is more than chance. Two runs on the same past share most of it, and two on "
    "different pasts share less."
)


def metric_words(name: str) -> str:
    """A figure in plain words.

    >>> metric_words("wape"), metric_words("families_in_test")
    ('absolute error, share of the total', 'families in test')
    """
    return METRICS.get(name, name.replace("_", " "))


def lead(found: RunComparison) -> str:
    """The answer in one sentence."""
    first, second = found.first.run_id, found.second.run_id
    if found.is_same:
        return f"The runs {first} and {second} read the same data with the same settings and versions."
    kinds = {"data": found.data, "settings": found.settings, "versions": found.versions}
    differ = [f"{name} ({len(rows)})" for name, rows in kinds.items() if rows]
    same = [name for name, rows in kinds.items() if not rows]
    unchanged = f"; nothing differs in {_listed(same)}" if same else ""
    return f"Between {first} and {second}, {_listed(differ)} differ{unchanged}."


def comparison_lines(found: RunComparison) -> Iterator[str]:
    """Everything that differs, a line each, for the screen. The runs are called A and B."""
    yield lead(found)
    yield f"A is {found.first.run_id}, B is {found.second.run_id}."
    for heading, rows in (
        ("Data", found.data), ("Settings", found.settings), ("Versions", found.versions),
        ("Steps of one run alone", found.steps_of_one), ("Answers", found.answers),
    ):  # fmt: skip
        if rows:
            yield f"{heading}:"
            yield from (f"  {difference_words(row)}" for row in rows)
    if found.scores:
        yield "Scores:"
        yield from (f"  {score_words(score)}" for score in found.scores)
        yield from (f"  {date_words(line)}" for line in found.by_date if line.name in LOWER_IS_BETTER)
        if not all(score.is_same_task for score in found.scores):
            yield f"  {OTHER_PAST}"
        yield f"  {CHANCE}"


def difference_words(row: Difference) -> str:
    """One difference.

    >>> difference_words(Difference("forecast.horizon_months", "12", "6"))
    'forecast.horizon_months: 12 in A, 6 in B'
    """
    return f"{row.what}: {row.first} in A, {row.second} in B"


def score_words(score: Score) -> str:
    """One figure of both runs.

    >>> score_words(Score("forecast", "wape", 0.2, 0.15))
    'forecast, absolute error, share of the total: 0.200 in A, 0.150 in B (lower by 0.050, better)'
    """
    ends = [limit_words(limits) for limits in (score.first_limits, score.second_limits)]
    told = f"{score.first:.3f}{ends[0]} in A, {score.second:.3f}{ends[1]} in B"
    return f"{score.step}, {metric_words(score.name)}: {told} ({change_words(score)})"


def limit_words(limits: tuple[float, float]) -> str:
    """95% limits, nothing where there are none."""
    return "" if math.isnan(limits[0]) else f" [{limits[0]:.3f} to {limits[1]:.3f}]"


def change_words(score: Score) -> str:
    """How the second stands to the first, and whether that is the better way."""
    if round(abs(score.change), 3) == 0:
        return "the same to three places"
    side = "lower" if score.change < 0 else "higher"
    good = {"lower": LOWER_IS_BETTER, "higher": HIGHER_IS_BETTER}
    known = score.is_same_task and score.name in (*LOWER_IS_BETTER, *HIGHER_IS_BETTER)
    verdict = f", {'better' if score.name in good[side] else 'worse'}" if known else ""
    return f"{side} by {abs(score.change):.3f}{verdict}"


def date_words(line: ByDate) -> str:
    """How often the second was lower, over the dates in the past from which both forecast."""
    lower = sum(b < a for a, b in zip(line.first, line.second, strict=True))
    return f"{line.step}, {metric_words(line.name)}: B was lower at {lower} of {len(line.first)} dates in the past"


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
