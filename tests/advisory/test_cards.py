"""Printed cards: nobody's is rare, and an attacker with half of them learns nothing of the other half."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from card_attack import BEATEN_BY, gain_of_attack
from sklearn.preprocessing import OneHotEncoder

from ehforecast.advisory.cards import NO_CARD, CardRules, printable_cards
from ehforecast.errors import ReleaseRefused, SettingsError

CHILDREN = 3_000
THEMES = ("history with services", "family circumstances", "referral pattern", "timing", "place")


class Children:
    """Drawn children whose contributions come from ten features, two of each theme; one is their protection history."""

    def __init__(self, seed: int = 1) -> None:
        draw = np.random.default_rng(seed)
        self.protection = draw.random(CHILDREN) < 0.12
        self.ethnicity = draw.choice(["white", "black", "asian"], CHILDREN, p=[0.7, 0.2, 0.1])
        features = draw.normal(size=(CHILDREN, 10)).round(2)
        features[:, 0] = self.protection
        features[:, 9] += self.ethnicity == "black"
        worth = np.array([1.6, 0.5, 0.6, 0.3, 0.5, 0.2, 0.2, 0.1, 0.3, 0.4])
        self.values = (features - features.mean(axis=0)) * worth
        self.index = pd.Index([f"card-{place}" for place in range(CHILDREN)])
        self.family = pd.Series(draw.integers(0, 2_000, CHILDREN), self.index)
        shares = pd.Series(self.values.sum(axis=1)).rank(pct=True)
        self.bands = pd.Series(pd.cut(shares, 5, labels=list("ABCDE")).astype(str).to_numpy(), self.index)
        fields = {"protection": self.protection, "ethnicity": self.ethnicity}
        self.sensitive = pd.DataFrame(fields, index=self.index)

    @property
    def reasons(self) -> pd.DataFrame:
        by_theme = pd.DataFrame(self.values.reshape(CHILDREN, 5, 2).sum(axis=2), self.index, list(THEMES))
        long = by_theme.rename_axis("row").reset_index().melt("row", var_name="reason")
        return long.assign(direction=np.where(long["value"] > 0, "higher", "lower"), strength=long["value"].abs()).drop(
            columns="value"
        )

    def printed(self, **settings: int) -> pd.DataFrame:
        rules = CardRules(**settings)
        return printable_cards(self.reasons, self.bands, people=self.family, sensitive=self.sensitive, rules=rules)


@pytest.fixture(scope="module")
def children() -> Children:
    return Children()


@pytest.mark.parametrize("alike", [10, 40])
def test_nobodys_card_is_rare(children: Children, alike: int) -> None:
    cards = children.printed(alike=alike)
    families = children.family.groupby(cards["printed"]).nunique()
    # Catches a class of fewer families than promised, that without a card among them.
    assert families.min() >= alike
    # Catches a gate that is safe because it lets nothing through.
    assert (cards["printed"] != NO_CARD).mean() > 0.5


def test_cards_step_down(children: Children) -> None:
    fewer, more = (children.printed(alike=alike)["detail"] for alike in (10, 40))
    # Catches a step that is never tried.
    assert {"3 reasons", "2 reasons"} <= set(more)
    # Catches a stricter rule that prints more.
    assert (more == "3 reasons").sum() < (fewer == "3 reasons").sum()
    # Catches rules that are not heard: no more reasons than they allow.
    assert set(children.printed(most_reasons=2)["detail"]) <= {"2 reasons", "band only", "no card"}


def test_no_card_changes_a_best_guess(children: Children) -> None:
    cards = children.printed()
    for field, guess in (("protection", False), ("ethnicity", "white")):
        counts = pd.crosstab(cards["printed"], children.sensitive[field])
        # Catches a card that all who have it share for a reason nobody printed.
        assert (counts[guess] >= counts.max(axis=1)).all(), field


@pytest.mark.parametrize("field", ["protection", "ethnicity"])
def test_an_attacker_learns_nothing_from_cards(children: Children, field: str) -> None:
    cards = children.printed()
    words = cards["reasons"].str.split("; ").apply(set)
    told = [f"{theme}: {side}" for theme, side in product(THEMES, ("higher", "lower"))]
    bands = OneHotEncoder().fit_transform(cards[["band"]]).toarray()
    known = np.column_stack([bands, *(words.apply(lambda own, one=one: one in own) for one in told)]).astype(float)
    # Catches cards from which a history or an ethnicity can be told better than by guessing the commonest.
    assert gain_of_attack(known, children.sensitive[field].to_numpy()) <= BEATEN_BY


def test_five_numbers_would_give_a_history_away(children: Children) -> None:
    size = np.abs(children.values)
    fifth = np.sort(size, axis=1)[:, [-5]]
    known = np.where(size >= fifth, children.values.round(2), 0.0)
    # Catches an attack too weak to find anything: the same attackers on cards of five numbers.
    assert gain_of_attack(known, children.sensitive["protection"].to_numpy()) > BEATEN_BY


def few(**changes: object) -> dict[str, object]:
    """Thirty rows of one band that all say the same."""
    index = pd.Index(range(30))
    given: dict[str, object] = {
        "reasons": pd.DataFrame(
            [(row, theme, side, size) for row in index for theme, side, size in (
                ("place", "higher", 3.0), ("timing", "higher", 2.0), ("referral pattern", "higher", 1.0),
                ("history with services", "lower", 0.5))],
            columns=["row", "reason", "direction", "strength"],
        ),
        "bands": pd.Series("middle fifth", index),
        "people": pd.Series(range(30), index),
        "sensitive": pd.DataFrame({"field": ["a", "a", None] * 10}, index=index),
    }  # fmt: skip
    return given | changes


def gate(given: dict[str, object]) -> pd.DataFrame:
    return printable_cards(given["reasons"], given["bands"], people=given["people"], sensitive=given["sensitive"])


def test_the_other_side_is_always_told() -> None:
    # Catches a card with reasons up alone though there is one down, and reasons in the order of their size.
    assert set(gate(few())["printed"]) == {"middle fifth | history with services: lower; place: higher; timing: higher"}


def test_rows_of_one_family_are_not_alike() -> None:
    # Catches ten rows of one child taken for ten people.
    assert set(gate(few(people=pd.Series(1, pd.Index(range(30)))))["detail"]) == {"no card"}


def test_too_few_without_a_card_take_others_with_them() -> None:
    given = few()
    bands = given["bands"].copy()
    bands[:3], bands[3:14] = "top fifth", "lowest fifth"
    cards = gate(given | {"bands": bands})
    # Catches three people known by having no card.
    assert (cards["printed"] == NO_CARD).tolist() == [True] * 14 + [False] * 16


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"reasons": pd.DataFrame({"row": [1]})}, "columns of the reasons"),
        ({"reasons": few()["reasons"].assign(direction="up")}, "a direction of every reason"),
        ({"reasons": few()["reasons"].assign(reason="Contacts: 43")}, "some hold a number"),
        ({"bands": pd.Series([None] * 30, pd.Index(range(30)))}, "one band for every row"),
        ({"people": pd.Series(range(29))}, "who each row is about"),
        ({"sensitive": pd.DataFrame(index=pd.Index(range(30)))}, "at least one sensitive field"),
    ],
)
def test_what_cannot_be_gated_is_refused(changes: dict[str, object], named: str) -> None:
    # Catches numbers, gaps or rows mixed up that slip through the gate unseen.
    with pytest.raises(ReleaseRefused, match=named):
        gate(few(**changes))


@pytest.mark.parametrize("settings", [{"alike": 9}, {"most_reasons": 4}, {"most_reasons": -1}])
def test_weaker_rules_are_refused(settings: dict[str, int]) -> None:
    # Catches a gate that can be opened by a setting.
    with pytest.raises(SettingsError, match="at least 10"):
        CardRules(**settings)


def test_a_row_without_reasons_prints_its_band() -> None:
    given = few(reasons=few()["reasons"].iloc[:0])
    # Catches a crash, or "nan" printed, where a model gives no reasons.
    assert set(gate(given)["printed"]) == {"middle fifth"}
