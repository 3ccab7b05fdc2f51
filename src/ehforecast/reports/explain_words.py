"""Words of the page on explanations: amounts as points, verdicts on steadiness and agreement, values with units."""

from ehforecast.reports.words import about_words, as_sentence, per_cent
from ehforecast.risk.explain_results import ExplanationResult

FIGURE = "Points"
AGREES_FROM, DISAGREES_BELOW = 0.7, 0.4


def points(size: float) -> str:
    """A size in points of chance.

    >>> points(0.031), points(0.0004), points(0.01)
    ('3.1 points', 'less than 0.1 points', '1.0 points')
    """
    return "less than 0.1 points" if abs(size) < 0.0005 else f"{100 * size:.1f} points"


def value_words(value: float, unit: str) -> str:
    """A value of a feature with its unit, short.

    >>> value_words(1.0, "days"), value_words(3.5, "years"), value_words(0.25, "share"), value_words(2.0, "count")
    ('1 day', '3.5 years', '25%', '2')
    >>> value_words(1.2, "ratio"), value_words(3.0, "level 1 to 4"), value_words(1.0, "yes or no")
    ('1.20 times', 'level 3', 'yes')
    """
    shown = f"{value:.1f}".removesuffix(".0")
    special = {
        "share": per_cent(value),
        "ratio": f"{value:.2f} times",
        "level 1 to 4": f"level {shown}",
        "yes or no": "yes" if value else "no",
        "count": shown,
        "": shown,
    }
    return special.get(unit, f"{shown} {unit.removesuffix('s') if value == 1 else unit}")


def themes_sentence(result: ExplanationResult) -> str:
    """What moves estimates most, with its range."""
    themes = result.importance[result.importance["kind"] == "theme"]
    first = themes.iloc[0]
    rest = ", then ".join(str(name) for name in themes["name"].iloc[1:3])
    most = (
        f"{as_sentence(str(first['name']))} moves estimates most: by {points(float(first['value']))} of a hundred on "
        f"average ({points(float(first['lower'])).removesuffix(' points')} to "
        f"{points(float(first['upper'])).removesuffix(' points')})"
    )
    return f"{most}, then {rest}." if rest else f"{most}."


def steadiness_sentence(result: ExplanationResult) -> str:
    """How many of the strongest reasons last."""
    everything = result.steadiness.iloc[0]
    if everything["value"] != everything["value"]:
        return "How steady reasons are cannot be told from these records."
    ends = f"{per_cent(float(everything['lower']))} to {per_cent(float(everything['upper']))}"
    return (
        f"Only {per_cent(float(everything['value']))} ({ends}) of the strongest reasons are steady: the others change "
        "when the model learns from other families of the same council, or when a date moves by a day."
        if everything["value"] < 0.5
        else f"{per_cent(float(everything['value']))} ({ends}) of the strongest reasons are steady: they stay when the "
        "model learns from other families of the same council, or when a date moves by a day. The others do not."
    )


def agreement_sentence(agreement: float) -> str:
    """Whether two ways of asking what matters tell the same.

    >>> agreement_sentence(0.82)[:46]
    'The two orders of the features agree well (0.8'
    """
    if agreement != agreement:  # noqa: PLR0124 - a missing number is not equal to itself
        return "There are too few features to compare the two orders."
    shown = f"{agreement:.2f}".replace("-", "\N{MINUS SIGN}")
    scale = f"({shown} on a scale from \N{MINUS SIGN}1 to 1)"
    if agreement >= AGREES_FROM:
        return f"The two orders of the features agree well {scale}."
    if agreement >= DISAGREES_BELOW:
        return f"The two orders of the features agree in part {scale}: the lower half of the list is mostly noise."
    return (
        f"The two orders of the features hardly agree {scale}. What moves estimates is mostly not what makes them "
        "better, so the list below must not be read as what matters."
    )


def single_words(*, is_met: bool, cards: int | None) -> tuple[str, ...]:
    """What is given about single children, and where; `cards` as protected alone (`Rules.about`)."""
    if not is_met:
        return (
            (
                "Nothing. The estimates are not good enough, so no explanation of a single estimate leaves the private "
                "area, and no cards were made."
            ),
        )
    if cards is None:
        return (
            (
                "Nothing here. Cards for review are made only where the configuration names the person who will review "
                "them, and it names nobody."
            ),
        )
    return (
        (
            "Nothing here. Cards for the named reviewer lie in the private area and expire. They hold a band and "
            "reasons in words, no number, and only what at least ten families share word for word."
        ),
        f"{as_sentence(about_words(cards))} cards passed the gate.",
    )


def lead_sentence(result: ExplanationResult, verdict: str) -> str:
    """The page's first sentence: below the bar that nothing about a child is given, otherwise what drives estimates."""
    if verdict == "met":
        return f"{themes_sentence(result)} These are things that go together in records, not causes."
    why = "did not meet the bar" if verdict == "not met" else "cannot be judged by the bar"
    return (
        f"Estimates of {result.outcome} {why} that was fixed before they were tested, so nothing here is about a "
        "child: this page says what moved them over all, so that people can judge the method."
    )
