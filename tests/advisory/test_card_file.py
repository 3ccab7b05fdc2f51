"""Cards for review: above the bar only, for a named person, for at most 30 days, in an order that means nothing."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from explain_sample import bands, risk_advice
from scipy import stats

from ehforecast.advisory.cards import (
    NOTHING_THE_OTHER_WAY,
    CardFile,
    Review,
    check_not_expired,
    release_cards,
)
from ehforecast.errors import ReleaseRefused

MADE = date(2026, 11, 23)
REVIEW = Review("Ann Lee, principal social worker", MADE, MADE + timedelta(days=30))


def printed(rows: int = 40) -> pd.DataFrame:
    """As the gate gives it: half lower with both sides, half higher with one; two without a card."""
    texts = ["lower band | place: higher; timing: lower", "higher band | history with services: higher"] * (rows // 2)
    frame = pd.DataFrame({"printed": [*texts, "", ""]}, index=[f"event-{place}" for place in range(rows + 2)])
    parts = frame["printed"].str.partition(" | ")
    return frame.assign(band=parts[0], reasons=parts[2], detail="reasons")


def children(frame: pd.DataFrame) -> pd.Series:
    return pd.Series([f"KP{place:06d}" for place in range(len(frame))], frame.index)


def cards(frame: pd.DataFrame | None = None, *, review: Review = REVIEW, verdict: str = "met") -> CardFile:
    given = printed() if frame is None else frame
    return release_cards(given, children(given), bands=bands(), beside=risk_advice(verdict), review=review)


def test_both_sides_are_on_every_card() -> None:
    found = cards().cards
    lower = found[found["band"] == "lower band"].iloc[0]
    higher = found[found["band"] == "higher band"].iloc[0]
    # Catches a reason on the wrong side, and a card that shows one side and is silent on the other.
    assert (lower["higher"], lower["lower"]) == ("place", "timing")
    assert (higher["higher"], higher["lower"]) == ("history with services", NOTHING_THE_OTHER_WAY)
    # Catches a card for somebody the gate withheld one from.
    assert len(found) == 40


@pytest.mark.parametrize("verdict", ["not met", "cannot be judged"])
def test_below_the_bar_nothing_about_a_child_leaves(verdict: str) -> None:
    # Catches cards of estimates that are no better than a guess.
    with pytest.raises(ReleaseRefused, match="estimates that met the bar"):
        cards(verdict=verdict)


@pytest.mark.parametrize(
    ("review", "words"),
    [
        (Review(" ", MADE, MADE + timedelta(days=5)), "the named reviewer"),
        (Review("Ann Lee", MADE, MADE), "an expiry 1 to 30 days"),
        (Review("Ann Lee", MADE, MADE + timedelta(days=31)), "an expiry 1 to 30 days"),
    ],
)
def test_cards_are_for_somebody_and_not_for_ever(review: Review, words: str) -> None:
    # Catches cards nobody answers for, and cards that are kept.
    with pytest.raises(ReleaseRefused, match=words):
        cards(review=review)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"bands": bands().iloc[:0]}, "1 to 5 bands"),
        ({"bands": bands().assign(lower=float("nan"))}, "each with its observed share and range"),
        ({"bands": bands().iloc[:1]}, "a band of every card"),
        ({"cards": cards().cards.assign(lower=" ")}, "both sides on every card"),
        ({"cards": cards().cards.iloc[:5]}, "at least 10 cards that say the same"),
    ],
)
def test_what_is_missing_is_named(changes: dict[str, pd.DataFrame], words: str) -> None:
    whole = cards()
    told = {"cards": whole.cards, "bands": whole.bands} | changes
    # Catches a file of cards made round the gate.
    with pytest.raises(ReleaseRefused, match=words):
        CardFile(told["cards"], told["bands"], 0, whole.beside, "Ann Lee", MADE, REVIEW.expires_on)


def test_cards_are_refused_after_their_last_day() -> None:
    found = cards()
    found.check_not_expired(REVIEW.expires_on)
    # Catches a reader that opens them a day later, or where no day was written.
    with pytest.raises(ReleaseRefused, match="expired after 2026-12-23"):
        found.check_not_expired(REVIEW.expires_on + timedelta(days=1))
    with pytest.raises(ReleaseRefused, match="the day on which"):
        check_not_expired("soon", today=MADE)


def test_the_order_tells_nothing() -> None:
    """Rows come in the order of their estimates; over many sets of pseudonyms the order of cards must forget it."""
    draw, found = np.random.default_rng(1), []
    for _ in range(200):
        frame = printed()
        names = pd.Series([f"KP{number}" for number in draw.choice(10**8, len(frame), replace=False)], frame.index)
        shown = release_cards(frame, names, bands=bands(), beside=risk_advice(), review=REVIEW).cards["child"]
        place = {name: at for at, name in enumerate(names)}
        found.append(stats.spearmanr(range(len(shown)), [place[name] for name in shown]).statistic)
    # Catches cards in the order of estimates: the mean of 200 correlations of 40 has a standard error of 0.011.
    assert abs(np.mean(found)) < 0.04
    # Catches bands one after the other: with 20 of each mixed by chance about 20 neighbours differ.
    order = cards().cards["band"]
    assert 8 < (order != order.shift()).sum() < 33
