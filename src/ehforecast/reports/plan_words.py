"""Words of the planner's page: chances in words and as futures in ten, and what each line of a plan says."""

from ehforecast.reports.words import per_cent, whole

YARDSTICK_OF_CHANCES: tuple[tuple[float, str], ...] = (
    (0.075, "a remote chance"),
    (0.225, "highly unlikely"),
    (0.375, "unlikely"),
    (0.525, "a realistic possibility"),
    (0.775, "likely"),
    (0.925, "highly likely"),
    (1.0, "almost certain"),
)
"""Words for chances up to each limit. Source: the Government's probability yardstick (Professional Head of
Intelligence Assessment): remote to 5%, 10-20%, 25-35%, 40-50%, 55-75%, 80-90%, from 95%; limits
here lie in the middle of its gaps."""

HARDLY_BELOW, LIKELY_FROM = 0.225, 0.775
"""Chances below which a target will hardly be met as things are, and from which it is likely to be; both are limits of
the yardstick."""

HARDLY_MET = "Targets that will hardly be met as things are"


def likelihood_words(chance: float) -> str:
    """A chance in the words of the Government's yardstick.

    >>> likelihood_words(0.02), likelihood_words(0.45), likelihood_words(0.6), likelihood_words(0.97)
    ('a remote chance', 'a realistic possibility', 'likely', 'almost certain')
    """
    return next(words for limit, words in YARDSTICK_OF_CHANCES if chance <= limit)


def in_futures(chance: float) -> str:
    """A chance as a natural frequency.

    >>> in_futures(0.004), in_futures(0.03), in_futures(0.31), in_futures(0.997)
    ('fewer than 1 in 100', 'about 3 in 100', 'about 3 in 10', 'more than 99 in 100')
    """
    if chance < 0.01:
        return "fewer than 1 in 100"
    if chance > 0.99:
        return "more than 99 in 100"
    if 0.075 <= chance <= 0.925:
        return f"about {chance * 10:.0f} in 10"
    return f"about {chance * 100:.0f} in 100"


def three_figures(value: float) -> float:
    """A number as finely as an assumption is known.

    >>> three_figures(3277.38), three_figures(18.26), three_figures(0.034), three_figures(0.0)
    (3280.0, 18.3, 0.034, 0.0)
    """
    return float(f"{value:.3g}")


def signed(change: float) -> str:
    r"""A whole difference with its sign.

    >>> signed(3.2), signed(-12.0), signed(0.2)
    ('+3', '\u221212', '0')
    """
    whole_change = round(change)
    sign = "+" if whole_change > 0 else "\N{MINUS SIGN}" if whole_change < 0 else ""
    return f"{sign}{abs(whole_change)}"


def chance_words(chance: float) -> str:
    """Both, for a table.

    >>> chance_words(0.31), chance_words(float("nan"))
    ('about 3 in 10 (31%): unlikely', 'not known')
    """
    if chance != chance:  # noqa: PLR0124 - a missing number is not equal to itself
        return "not known"
    exact = f" ({per_cent(chance)})" if 0.01 <= chance <= 0.99 else ""
    return f"{in_futures(chance)}{exact}: {likelihood_words(chance)}"


def in_unit(value: float, unit: str) -> str:
    """A value with its unit.

    >>> in_unit(33.2, "percent"), in_unit(1700.0, "families"), in_unit(float("nan"), "percent")
    ('33.2%', '1,700 families', 'not known')
    """
    if value != value:  # noqa: PLR0124
        return "not known"
    return f"{value:.1f}".removesuffix(".0") + "%" if unit == "percent" else f"{whole(value)} {unit}"


def range_words(low: float, high: float, *, unit: str) -> str:
    """A range with its unit.

    >>> range_words(20.84, 22.6, unit="percent"), range_words(float("nan"), 1.0, unit="percent")
    ('20.8 to 22.6%', 'not known')
    """
    if low != low or high != high:  # noqa: PLR0124
        return "not known"
    if unit == "percent":
        return f"{low:.1f} to {high:.1f}%"
    return f"{whole(low)} to {whole(high)}"


def workers_words(workers: float, tried: float) -> str:
    """A number of workers, or that more are needed than were tried.

    >>> workers_words(52.0, 78.0), workers_words(float("inf"), 78.0)
    ('52', 'more than 78')
    """
    return f"more than {tried:g}" if workers == float("inf") else f"{workers:g}"
