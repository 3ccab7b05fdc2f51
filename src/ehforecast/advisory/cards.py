"""The gate for printed cards of single estimates: nobody's card is rare, and none gives away what was not printed.

Reasons re-identify: of 6,000 drawn children, five numbers each were unique to all of them. So a card prints a band and
at most three reasons with their direction, no number, and only where at least ten people or families have word for word
the same card; otherwise two reasons, then the band alone, then no card at all.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

import pandas as pd

from ehforecast.advisory.risk_advice import RiskAdvice
from ehforecast.errors import ReleaseRefused, SettingsError

FEWEST_ALIKE = 10

NO_CARD = ""
"""What a row without a card prints: nothing, not even its band."""

CARD_LIMITS = (
    "A reason says what went together in records, not what came of what.",
    "The model cannot see what was never recorded, how the family sees it, or what help would change.",
)
"""On every card, word for word the same, so that they tell nobody from anybody."""

_SIDES = ("higher", "lower")
_DETAIL = {0: "band only"}


@dataclass(frozen=True)
class CardRules:
    """How much a card may print.

    Attributes:
        alike: people or families that must share a card, word for word; never fewer than 10.
        most_reasons: of a card; never more than 3.
    """

    alike: int = FEWEST_ALIKE
    most_reasons: int = 3

    def __post_init__(self) -> None:
        if self.alike < FEWEST_ALIKE or not 0 <= self.most_reasons <= 3:
            raise SettingsError(f"cards need at least {FEWEST_ALIKE} people alike and print at most 3 reasons")


def printable_cards(
    reasons: pd.DataFrame,
    bands: pd.Series,
    *,
    people: pd.Series,
    sensitive: pd.DataFrame,
    rules: CardRules | None = None,
) -> pd.DataFrame:
    """``band, reasons, detail, printed`` on the index of `bands`; only ``printed`` may leave the private area.

    Every text that is printed at all, and the want of one, is that of at least ten of `people`. And no text changes
    anybody's best guess of a sensitive field: among those who share it the commonest value is the commonest of all.
    Rows step down one by one to fewer reasons; what no step makes safe gets no card. If too few have no card, or those
    tell something by it, the rarest other cards are withheld too.

    Args:
        reasons: ``row, reason, direction, strength``: ``higher`` or ``lower``, and words without any number, that of a
            window included: themes do best.
            The strongest are printed; if all point one way, the last makes room for the strongest of the other way.
        bands: the band of each row; a row without an estimate is left out by the caller.
        people: who a row is about: the person, or better the family.
        sensitive: fields nobody may guess from a card, by column, on the same index.
        rules: of the gate.

    This protects one printing. Two printings of the same people on different days can be compared: print once.
    """
    rules = rules or CardRules()
    _check(reasons, bands, people=people, sensitive=sensitive)
    about = sensitive.astype("object").where(sensitive.notna(), "not recorded").astype("str")
    printed = pd.Series(NO_CARD, index=bands.index)
    detail = pd.Series("no card", index=bands.index)
    for count in _steps(rules.most_reasons):
        waiting = printed == NO_CARD
        texts = _texts(reasons, bands[waiting], count=count)
        safe = _is_safe(texts, people[waiting], about=about, rules=rules)
        printed[texts.index[safe]] = texts[safe]
        detail[texts.index[safe]] = _DETAIL.get(count, f"{count} reasons")
    printed = _with_enough_withheld(printed, people, about=about, rules=rules)
    shown = printed != NO_CARD
    parts = printed.str.partition(" | ")
    return pd.DataFrame(
        {
            "band": parts[0],
            "reasons": parts[2],
            "detail": detail.where(shown, "no card"),
            "printed": printed,
        }
    )


def _check(reasons: pd.DataFrame, bands: pd.Series, *, people: pd.Series, sensitive: pd.DataFrame) -> None:
    missing = list(_missing(reasons, bands, people=people, sensitive=sensitive))
    if missing:
        raise ReleaseRefused(missing)


def _missing(reasons: pd.DataFrame, bands: pd.Series, *, people: pd.Series, sensitive: pd.DataFrame) -> Iterator[str]:
    lacking = [name for name in ("row", "reason", "direction", "strength") if name not in reasons]
    if lacking:
        yield f"columns of the reasons: {', '.join(lacking)}"
        return
    if not set(reasons["direction"]) <= set(_SIDES):
        yield "a direction of every reason: higher or lower"
    if reasons["reason"].astype("str").str.contains(r"[0-9]").any():
        yield "reasons in words: some hold a number"
    if not bands.index.is_unique or bands.isna().any() or (bands.astype("str").str.strip() == "").any():
        yield "one band for every row, in words"
    if not (people.index.equals(bands.index) and sensitive.index.equals(bands.index)) or people.isna().any():
        yield "who each row is about, and the sensitive fields, on the index of the bands"
    if sensitive.shape[1] == 0:
        yield "at least one sensitive field to keep from being guessed"


def _steps(most: int) -> tuple[int, ...]:
    return (*(count for count in (3, 2) if count <= most), 0)


def _texts(reasons: pd.DataFrame, bands: pd.Series, *, count: int) -> pd.Series:
    """What each row would print with so many reasons: in the order of the alphabet, so that order tells nothing."""
    band = bands.astype("str")
    if not count:
        return band
    own = reasons[reasons["row"].isin(bands.index)]
    own = own.sort_values(["row", "strength", "reason"], ascending=[True, False, True], kind="stable")
    place = own.groupby("row").cumcount()
    alone = own["row"].map(own[place < count].groupby("row")["direction"].nunique()) == 1
    first_of_side = own.groupby(["row", "direction"]).cumcount() == 0
    has_both = own.groupby("row")["direction"].transform("nunique") == 2
    other = alone & has_both & first_of_side & (place >= count)
    kept = own[((place < count) & ~(alone & has_both & (place == count - 1))) | other]
    words = (kept["reason"].astype("str") + ": " + kept["direction"]).groupby(kept["row"]).agg(_joined)
    return band + (" | " + words.astype("str")).reindex(band.index, fill_value="")


def _joined(words: pd.Series) -> str:
    return "; ".join(sorted(words))


def _is_safe(texts: pd.Series, people: pd.Series, *, about: pd.DataFrame, rules: CardRules) -> pd.Series:
    """Whether enough share each row's text, and nobody's best guess of a sensitive field is changed by it."""
    alike = people.groupby(texts).nunique() >= rules.alike
    for field in (about[name] for name in about):
        counts = pd.crosstab(texts, field.loc[texts.index])
        commonest = field.value_counts().index[0]
        own = counts[commonest] if commonest in counts else pd.Series(0, index=counts.index)
        alike &= own.reindex(alike.index) >= counts.max(axis=1).reindex(alike.index)
    return texts.map(alike).astype(bool)


def _with_enough_withheld(printed: pd.Series, people: pd.Series, *, about: pd.DataFrame, rules: CardRules) -> pd.Series:
    """Withholds the rarest cards until having none is as safe as having one, or nobody has one."""
    while (printed != NO_CARD).any() and (printed == NO_CARD).any():
        without = printed[printed == NO_CARD]
        if _is_safe(without, people[without.index], about=about, rules=rules).all():
            break
        rarest = people[printed != NO_CARD].groupby(printed[printed != NO_CARD]).nunique().sort_index().idxmin()
        printed = printed.where(printed != rarest, NO_CARD)
    return printed


LONGEST_LIFE_DAYS = 30
MOST_BANDS = 5

NOTHING_THE_OTHER_WAY = "no steady reason points this way"


@dataclass(frozen=True)
class CardFile:
    """Printable cards of one question for one named reviewer, until a day. One that lacks anything cannot be made.

    Attributes:
        cards: ``child, band, higher, lower``: pseudonyms in an order that means nothing; words, no number.
        bands: ``band, value, lower, upper``: the share that had the event in each.
        without_card: children whose card the gate withheld, to the nearest 5.
        beside: the advice on the question: its verdict, purpose, reader, run and source hold here too.
        reviewer: who reviews them: a name and a role.
        made_on, expires_on: days.
    """

    cards: pd.DataFrame
    bands: pd.DataFrame
    without_card: int
    beside: RiskAdvice
    reviewer: str
    made_on: date
    expires_on: date

    def __post_init__(self) -> None:
        missing = [*_missing_of_file(self)]
        if missing:
            raise ReleaseRefused(missing)

    def check_not_expired(self, today: date) -> None:
        """Raises `ReleaseRefused` after the last day."""
        check_not_expired(self.expires_on.isoformat(), today=today)


def check_not_expired(expires_on: str, *, today: date) -> None:
    """Raises `ReleaseRefused` where child-level content may not be read any more, or has no last day."""
    try:
        last = date.fromisoformat(expires_on)
    except ValueError:
        raise ReleaseRefused(["the day on which child-level content expires"]) from None
    if today > last:
        raise ReleaseRefused([f"cards that have not expired: these expired after {expires_on}; make them again"])


@dataclass(frozen=True)
class Review:
    """Who reviews cards, and from when to when: at most 30 days."""

    reviewer: str
    made_on: date
    expires_on: date


def release_cards(
    printed: pd.DataFrame, children: pd.Series, *, bands: pd.DataFrame, beside: RiskAdvice, review: Review
) -> CardFile:
    """Cards that passed the gate, for review; or `ReleaseRefused` listing what is missing.

    ``printed``: as `printable_cards` gave it; ``children``: pseudonyms on its index. Rows stand in the order of a hash
    of run and pseudonym, which nothing about the child has a part in.
    """
    shown = printed[printed["printed"] != NO_CARD]
    cards = pd.DataFrame(
        {
            "child": children.loc[shown.index].astype("str"),
            "band": shown["band"],
            "higher": [_side(reasons, "higher") for reasons in shown["reasons"]],
            "lower": [_side(reasons, "lower") for reasons in shown["reasons"]],
        }
    )
    keys = [sha256(f"{beside.run_id}\0{child}".encode()).hexdigest() for child in cards["child"]]
    ordered = cards.assign(key=keys).sort_values("key", ignore_index=True).drop(columns="key")
    withheld = (len(printed) - len(shown) + 2) // 5 * 5
    told = bands[["band", "value", "lower", "upper"]]
    return CardFile(ordered, told, withheld, beside, review.reviewer, review.made_on, review.expires_on)


def _side(reasons: str, direction: str) -> str:
    """The reasons of one side in words; that there are none is said, so that no card shows one side alone."""
    ending = f": {direction}"
    named = [one.removesuffix(ending) for one in reasons.split("; ") if one.endswith(ending)]
    return ", ".join(named) or NOTHING_THE_OTHER_WAY


def _missing_of_file(found: CardFile) -> Iterator[str]:
    if not found.beside.may_show_children:
        yield "estimates that met the bar fixed before they were tested: below it, nothing about a child leaves"
    if not found.reviewer.strip():
        yield "the named reviewer the cards are for"
    days = (found.expires_on - found.made_on).days
    if not 0 < days <= LONGEST_LIFE_DAYS:
        yield f"an expiry 1 to {LONGEST_LIFE_DAYS} days after the cards are made"
    if not 0 < len(found.bands) <= MOST_BANDS or found.bands.isna().any(axis=None):
        yield f"1 to {MOST_BANDS} bands, each with its observed share and range"
    if not set(found.cards["band"]) <= set(found.bands["band"]):
        yield "a band of every card among those that are described"
    if (found.cards[["higher", "lower"]].apply(lambda side: side.str.strip()) == "").any(axis=None):
        yield "both sides on every card"
    texts = found.cards[["band", "higher", "lower"]].agg(" | ".join, axis=1)
    if len(texts) and texts.value_counts().min() < FEWEST_ALIKE:
        yield f"at least {FEWEST_ALIKE} cards that say the same, of each that is printed"
