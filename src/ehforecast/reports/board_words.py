"""Words of a board's pack: shares and changes as people say them, and what each part is called."""

from ehforecast.reports.words import per_cent

MINUS = "\N{MINUS SIGN}"
NOT_SHOWN = "[c]"

PART_WORDS = {
    "places": "Places",
    "impact_circle": "Impact circle",
    "hub_packs": "Hub by hub",
    "measures": "Dashboard",
    "scorecard": "Scorecard",
    "panels": "Panels",
    "lead_professional": "A lead professional in five days",
    "led_by": "Who leads early help",
    "indicators": "Indicators",
    "openings": "Hubs by opening date",
    "maturity": "Maturity matrix",
    "criteria": "Published criteria, as a comparator",
    "small_samples": "Small samples",
    "flows": "Step up and step down",
    "rolling": "The last 12 months",
    "themes": "Themes",
    "reviews": "Reviews of open cases",
    "check_ins": "Keeping in touch",
    "cohorts": "Groups that are watched",
    "effect": "What came after what was done",
}
"""What each part of a pack is called on the page."""

RHYTHM_WORDS = {
    "month": "every month",
    "quarter": "every quarter",
    "four_weeks": "every four weeks",
    "year": "once a year",
}


def quarter_words(period: str) -> str:
    """A calendar quarter in words.

    >>> quarter_words("2017-Q1")
    'Jan to Mar 2017'
    """
    spans = ("Jan to Mar", "Apr to Jun", "Jul to Sep", "Oct to Dec")
    return f"{spans[int(period[-1]) - 1]} {period[:4]}"


def share_words(value: float) -> str:
    """A share, or that it is hidden.

    >>> share_words(0.3523), share_words(float("nan"))
    ('35%', '[c]')
    """
    return NOT_SHOWN if value != value else per_cent(value)  # noqa: PLR0124 - a missing number is not equal to itself


def points_words(change: float) -> str:
    r"""A difference of shares in percentage points, with its sign.

    >>> points_words(0.0312), points_words(-0.1), points_words(0.001)
    ('+3 points', '\u221210 points', '0 points')
    """
    if change != change:  # noqa: PLR0124
        return NOT_SHOWN
    points = round(change * 100)
    sign = "+" if points > 0 else MINUS if points < 0 else ""
    return f"{sign}{abs(points)} points"


def points_range(low: float, high: float) -> str:
    r"""The range of a difference, in points.

    >>> points_range(-0.11, 0.14), points_range(float("nan"), 0.1)
    ('\u221211 to +14', '[c]')
    """
    if low != low or high != high:  # noqa: PLR0124
        return NOT_SHOWN
    return " to ".join(points_words(end).removesuffix(" points") for end in (low, high))


def verdict_words(verdict: str, better: str) -> str:
    """What a change says: whether it is the way that was hoped for, if one is.

    >>> verdict_words("fell", "lower"), verdict_words("rose", ""), verdict_words("could be chance", "higher")
    ('Fell: better', 'Rose', 'Could be chance')
    """
    if verdict in ("rose", "fell") and better:
        good = (verdict == "fell") == (better == "lower")
        return f"{verdict.capitalize()}: {'better' if good else 'worse'}"
    return f"{verdict[:1].upper()}{verdict[1:]}"
