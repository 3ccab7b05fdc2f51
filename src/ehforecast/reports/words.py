"""Numbers, months and verdicts in plain words. Nothing is calculated here: rows are picked, compared and spelt out."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ehforecast.advisory.protection import UK_STRICT
from ehforecast.vocabulary.periods import MONTH_NAMES

HELD_TOLERANCE = 0.05
"""A range that held within five points of what it should is called about right. The months scored overlap and follow
one another, so they say less than their number suggests, and a smaller gap is not worth a word."""


@dataclass(frozen=True)
class Measure:
    """How to speak of what is counted."""

    plural: str
    definition: str = ""

    @property
    def title(self) -> str:
        """Its name as the first word of a heading."""
        return as_sentence(self.plural)

    def of(self, count: float) -> str:
        """The count with its noun.

        >>> Measure("referrals").of(1), Measure("referrals").of(1204)
        ('1 referral', '1,204 referrals')
        """
        return f"{whole(count)} {self.plural.removesuffix('s') if count == 1 else self.plural}"


REFERRALS = Measure(
    "referrals",
    "A request for help from a council's children's social care, about a child who is not at that time assessed as in "
    "need. One referral counts one child. Source: Department for Education, children in need statistics.",
)


CONTACTS = Measure(
    "contacts",
    "Somebody getting in touch with the council's front door about a child. One contact counts one child on one "
    "occasion. Counted from the council's own records by the day of contact.",
)

EARLY_HELP = Measure(
    "early help episodes",
    "A spell of early help for one child, counted from the council's own records by the day it started.",
)


def measure_named(name: str) -> Measure:
    """Words for a measure. One without a definition here is called by its own name."""
    known = {"referrals": REFERRALS, "contacts": CONTACTS, "early_help": EARLY_HELP}
    return known.get(name) or Measure(name.replace("_", " "))


def verdict_words(verdict: str) -> str:
    """The verdict of a comparison with the same month last year.

    >>> verdict_words("tie"), verdict_words("better")
    ('A tie: the difference could be chance', 'Better')
    """
    return "A tie: the difference could be chance" if verdict == "tie" else as_sentence(verdict)


def tie_sentence(verdict: str, origins: int) -> str:
    """The same in a sentence about the published method.

    >>> tie_sentence("tie", 8)
    'Over all areas and the 8 forecast dates tested, that difference could be chance: a tie.'
    """
    if verdict in ("better", "worse"):
        return f"Over all areas and the {origins} forecast dates tested, it did {verdict}, by more than chance."
    if verdict == "tie":
        return f"Over all areas and the {origins} forecast dates tested, that difference could be chance: a tie."
    return f"Over all areas, {origins} forecast dates are too few to tell a difference from chance."


def as_sentence(text: str) -> str:
    """A phrase with a capital first letter.

    >>> as_sentence("the same month last year")
    'The same month last year'
    """
    return text[:1].upper() + text[1:]


def whole(count: float) -> str:
    r"""A whole number with commas, and a minus sign that is one.

    >>> whole(58420.0), whole(-1204.0), whole(-0.2)
    ('58,420', '\u22121,204', '0')
    """
    return f"{round(count) + 0:,.0f}".replace("-", "\N{MINUS SIGN}") if count == count else f"{count:,.0f}"  # noqa: PLR0124


def plain_number(value: float, *, places: int) -> str:
    r"""A number with commas and no more decimal places than it needs, at most so many.

    >>> plain_number(3280.0, places=2), plain_number(-2.60, places=2), plain_number(0.0721, places=2)
    ('3,280', '\u22122.6', '0.07')
    """
    shown = f"{round(value, places) + 0.0:,.{places}f}"
    return (shown.rstrip("0").rstrip(".") if places else shown).replace("-", "\N{MINUS SIGN}")


def about_words(count: int) -> str:
    """A count that was protected alone (`Rules.about`), for a sentence: one too small to show is not told as nought.

    >>> about_words(640), about_words(0)
    ('about 640', 'fewer than 8')
    """
    return f"about {whole(count)}" if count else f"fewer than {UK_STRICT.hide_up_to + 1}"


def with_labels(text: str, labels: Mapping[str, str]) -> str:
    """A sentence with each name in it that has a label told by it.

    >>> with_labels("not used: age_years, seen_365", {"age_years": "Age", "seen_365": "Seen, in the last 12 months"})
    "not used: 'Age', 'Seen, in the last 12 months'"
    """
    return re.sub(r"\w+", lambda found: f"'{labels[found[0]]}'" if found[0] in labels else found[0], text)


def per_cent(share: float, *, places: int = 0) -> str:
    r"""A share as a per cent, whole unless more places are asked for; with places, never rounded to none or all.

    >>> per_cent(0.6574), per_cent(0.99999, places=1), per_cent(0.00001, places=1), per_cent(1.0, places=1)
    ('66%', 'over 99.9%', 'under 0.1%', '100%')
    >>> per_cent(-0.29), per_cent(-0.001)
    ('\u221229%', '0%')
    """
    rounded = float(f"{share * 100:.{places}f}") + 0.0  # no -0
    if places and 0 < share < 1 and rounded in {0.0, 100.0}:
        step = 10.0**-places
        return f"under {step:.{places}f}%" if share < 0.5 else f"over {100 - step:.{places}f}%"
    shown = f"{rounded:.{0 if share in {0, 1} else places}f}%"
    return shown.replace("-", "\N{MINUS SIGN}")


def rule_words(name: str) -> str:
    """A rule's name, which is its message, as a phrase.

    >>> rule_words("person_id_is_in_people")
    'person id is in people'
    """
    return name.replace("_", " ")


def month_words(month: str, *, short: bool = False) -> str:
    """A month in words.

    >>> month_words("2022-04"), month_words("2021-12", short=True)
    ('April 2022', 'Dec 2021')
    """
    year, number = month.split("-")
    name = MONTH_NAMES[(int(number) - 4) % 12]
    return f"{name[:3] if short else name} {year}"


def year_before(month: str) -> str:
    """The same month one year earlier.

    >>> year_before("2022-04")
    '2021-04'
    """
    return f"{int(month[:4]) - 1}{month[4:]}"


def compared(count: float, other: float) -> str:
    """How one count stands to another.

    >>> compared(3, 2), compared(2, 2), compared(1, 2)
    ('higher than', 'the same as', 'lower than')
    """
    return "the same as" if count == other else "higher than" if count > other else "lower than"


def place_in_range(count: float, *, low: float, high: float) -> str:
    """Where a count lies beside a range.

    >>> place_in_range(5, low=2, high=8), place_in_range(9, low=2, high=8)
    ('inside this range', 'above this range')
    """
    return "below this range" if count < low else "above this range" if count > high else "inside this range"


def held_words(share: float, months: int) -> str:
    """How often a range held, as a natural frequency where the share is a whole number of months.

    >>> held_words(71 / 108, 108), held_words(0.655, 108)
    ('71 of 108 months (66%)', '66% of 108 months')
    """
    held = share * months
    if abs(held - round(held)) < 1e-6 * months:
        return f"{round(held):,} of {months:,} months ({per_cent(share)})"
    return f"{per_cent(share)} of {months:,} months"


def fell_short(share: float, nominal: float) -> bool:
    """Whether a range held clearly less often than it should.

    >>> fell_short(0.66, 0.8), fell_short(0.78, 0.8)
    (True, False)
    """
    return share < nominal - HELD_TOLERANCE


def held_verdict(share: float, nominal: float) -> str:
    """Whether a range held as often as it should, and what a reader should make of it.

    >>> held_verdict(71 / 108, 0.8)
    'That is less often than the 80% it should be, so allow for more surprises than the range shows.'
    """
    should = per_cent(nominal)
    if fell_short(share, nominal):
        return f"That is less often than the {should} it should be, so allow for more surprises than the range shows."
    if share > nominal + HELD_TOLERANCE:
        return f"That is more often than the {should} it should be, so the range is wider than it needs to be."
    return f"It should be about {should}, so the range has been about right."


def slug(name: str) -> str:
    """A name as part of the name of a file or an anchor.

    >>> slug("One front door, 2017")
    'one_front_door_2017'
    """
    words = "".join(letter if letter.isalnum() else " " for letter in name.casefold()).split()
    return "_".join(words)
