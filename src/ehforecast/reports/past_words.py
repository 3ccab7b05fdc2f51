"""Words of the page on what changed: changes in per cent, periods, and what each finding says."""

from collections.abc import Mapping

from ehforecast.demand.past_results import HIGHER, LIKE_OTHERS, LOWER, NO_TEST, NOT_TOLD, OWN_PAST
from ehforecast.reports.words import month_words, per_cent
from ehforecast.vocabulary.periods import day_words

METHOD_WORDS: Mapping[str, str] = {
    LIKE_OTHERS: "beside others like it",
    OWN_PAST: "beside its own past",
}

VERDICT_WORDS: Mapping[str, str] = {
    HIGHER: "Higher",
    LOWER: "Lower",
    NOT_TOLD: "Cannot be told",
    NO_TEST: "No test",
}

WINDOW_WORDS: Mapping[str, str] = {"covid": "Covid-19 and its lockdowns"}


def signed_per_cent(effect: float) -> str:
    """A change as per cent with its sign.

    >>> signed_per_cent(-0.1234), signed_per_cent(0.3), signed_per_cent(0.001), signed_per_cent(float("inf"))
    ('\u221212%', '+30%', '0%', 'no end')
    """
    if effect != effect:  # noqa: PLR0124 - a missing number is not equal to itself
        return "not known"
    if effect == float("inf"):
        return "no end"
    whole = round(100 * effect)
    return f"{whole:+d}%".replace("-", "\N{MINUS SIGN}") if whole else "0%"


def change_words(effect: float) -> str:
    """A change in words.

    >>> change_words(-0.1234), change_words(0.3), change_words(0.001)
    ('12% lower', '30% higher', 'the same')
    """
    whole = round(100 * effect)
    if not whole:
        return "the same"
    return f"{abs(whole)}% {'higher' if whole > 0 else 'lower'}"


def range_words(low: float, high: float) -> str:
    """Both ends of a range of changes.

    >>> range_words(-0.3, 0.1), range_words(-1.0, float("inf"))
    ('\u221230% to +10%', 'any size')
    """
    if high == float("inf"):
        return "any size"
    return f"{signed_per_cent(low)} to {signed_per_cent(high)}"


def period_words(period: str) -> str:
    """A month, a week or four weeks in words.

    >>> period_words("2016-04"), period_words("2022-01-03/2022-01-09"), period_words("2022-01-03")
    ('April 2016', 'the week of 3 January 2022', 'the four weeks from 3 January 2022')
    """
    if len(period) == len("2016-04"):
        return month_words(period)
    first, _, last = period.partition("/")
    return f"{'the week of' if last else 'the four weeks from'} {day_words(first)}"


def detectable_words(fall: float, rise: float) -> str:
    """The least change that would have been told.

    >>> detectable_words(0.39, 0.65), detectable_words(float("nan"), float("nan"))
    ('a fall of 39% or a rise of 65%', 'not known')
    """
    if not fall < 1.0:
        return "not known"
    return f"a fall of {per_cent(fall)} or a rise of {per_cent(rise)}"


def step_words(step: str, *, number: int = 2) -> str:
    """The unit of time.

    >>> step_words("month"), step_words("four_weeks", number=1), step_words("week", number=1)
    ('months', 'four-week period', 'week')
    """
    one = "four-week period" if step == "four_weeks" else step
    return one if number == 1 else f"{one}s"


def window_words(name: str) -> str:
    """A named window.

    >>> window_words("covid"), window_words("a strike")
    ('Covid-19 and its lockdowns', 'a strike')
    """
    return WINDOW_WORDS.get(name, name)
