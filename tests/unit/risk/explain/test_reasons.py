"""Reasons of an estimate: the strongest each way, in words, with the other side, gaps, limits and how often not."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ehforecast.errors import RiskError, SettingsError
from ehforecast.risk.calibration import Isotonic
from ehforecast.risk.explain import words
from ehforecast.risk.explain.reasons import Card, cards, similar_estimates, strongest_reasons
from ehforecast.risk.explain.stability import StabilitySettings, reason_stability

Small = Any  # of conftest.py

CURVE = pd.DataFrame({"mean_estimate": [0.5, 0.2], "value": [0.55, 0.15], "lower": [0.5, 0.1], "upper": [0.6, 0.2]})


def test_the_strongest_each_way_come_first(small: Small) -> None:
    explained = small.explainer().explain(small.features)
    found = strongest_reasons(explained, most=2)
    for row in ("event-0", "event-7", "event-299"):
        own = explained.values.loc[row]
        for direction, ordered in (("higher", own[own > 0].nlargest(2)), ("lower", own[own < 0].nsmallest(2))):
            told = found[(found["row"] == row) & (found["direction"] == direction)].sort_values("place")
            # Catches reasons of another row, in another order, or of the other sign.
            assert told["feature"].tolist() == ordered.index.tolist()
            assert told["log_odds"].tolist() == pytest.approx(ordered.tolist())
            assert told["place"].tolist() == list(range(1, len(ordered) + 1))
    # Catches a feature without any contribution told as a reason.
    assert "never_used" not in set(found["feature"])
    # Catches a value told of another row.
    first = found[(found["row"] == "event-0") & (found["feature"] == "referrals")]
    assert first["value"].tolist() in ([], [f"{small.features.loc['event-0', 'referrals']:.0f}"])


def test_a_reason_levelled_by_calibration_keeps_its_direction(small: Small) -> None:
    flat = Isotonic(np.array([0.0, 1.0]), np.array([0.3, 0.3]))
    found = strongest_reasons(small.calibrated(flat).explain(small.features))
    up = found[found["direction"] == "higher"]
    # Catches "lower" said of a reason that points up, where calibration gives everybody the same chance.
    assert up["reason"].str.endswith("less than 1 percentage point higher.").all()


@pytest.fixture(scope="module")
def made(small: Small) -> tuple[list[Card], pd.DataFrame]:
    features = small.features.copy()
    features.iloc[0, features.columns.get_loc("referrals")] = 1_000.0
    explained = small.explainer().explain(features)
    return list(cards(explained, CURVE)), features


def test_every_estimate_has_a_card_and_no_other_row(made: tuple[list[Card], pd.DataFrame]) -> None:
    # Catches a card for a row on which the model keeps silent.
    assert [card.row for card in made[0]] == [f"event-{place}" for place in range(1, 300)]


def test_a_card_says_what_is_missing_and_old(made: tuple[list[Card], pd.DataFrame]) -> None:
    told, features = made
    days = features["days_since_contact"].iloc[1:]
    # Catches a gap that is not told, and one told where there is none.
    assert [bool(card.missing) for card in told] == days.isna().tolist()
    # Catches an old record that is not told, or a recent one called old.
    assert [bool(card.old) for card in told] == (days > words.OLD_DAYS).tolist()


def test_a_card_says_which_reasons_do_not_last(small: Small) -> None:
    explainer = small.explainer()
    found = reason_stability(explainer, small.features)
    own = found[~found["is_stable"].astype(bool)]
    told = {card.row: card.unsteady for card in cards(explainer.explain(small.features), CURVE, stability=found)}
    # Catches an unsteady reason passed over, or a steady one called unsteady.
    assert {row: len(lines) for row, lines in told.items() if lines} == own["row"].value_counts().to_dict()
    first = own.iloc[0]
    share = 100 * min(first["kept"], first["kept_nearby"])
    # Catches the share of another reason, or the kinder of the two.
    assert f"In {share:.0f}% of the checks" in " ".join(told[first["row"]])


def test_a_card_has_both_sides_limits_and_how_often_not(made: tuple[list[Card], pd.DataFrame]) -> None:
    for card in made[0]:
        # Catches a card of one side.
        assert card.higher
        assert card.lower
        # Catches a card that does not say what cannot be seen.
        assert set(words.CANNOT_SEE) <= set(card.lines())
        assert card.no_event in card.lines()
        # Catches an empty sentence.
        assert all(line.endswith(".") for line in card.lines())
        # Catches log odds or raw shares in a text for people.
        assert "nan" not in " ".join(card.lines())


def test_a_row_without_reasons_still_has_both_sides(small: Small) -> None:
    explained = small.explainer().explain(small.features.iloc[:1])
    empty = replace(explained, values=explained.values * 0.0)
    (card,) = cards(empty, CURVE)
    # Catches a blank where a reader looks for the other side.
    assert card.higher == card.lower == (words.NONE_AGAINST,)
    # Catches a theme told without any points.
    assert card.themes == ()


@pytest.mark.parametrize("name", ["higher", "lower", "cannot_see", "no_event"])
def test_a_card_that_leaves_something_out_cannot_be_made(made: tuple[list[Card], pd.DataFrame], name: str) -> None:
    # Catches a card without a counter-reason or a line on its limits.
    with pytest.raises(RiskError, match=name):
        replace(made[0][0], **{name: "" if name == "no_event" else ()})


def test_similar_estimates_are_the_nearest_bin() -> None:
    found = similar_estimates(pd.Series([0.1, 0.34, 0.36, 0.9, np.nan]), CURVE)
    # Catches bins taken in the order they come, and a figure where there is no estimate.
    assert found["value"].tolist() == pytest.approx([0.15, 0.15, 0.55, 0.55, np.nan], nan_ok=True)
    with pytest.raises(RiskError, match="no calibration on later data"):
        similar_estimates(pd.Series([0.1]), CURVE.iloc[:0])


def test_stability_is_that_of_the_resampled_models(small: Small) -> None:
    explainer = small.explainer()
    found = reason_stability(explainer, small.features, settings=StabilitySettings(most=2))
    values = explainer.explain(small.features).values
    others = [small.explainer(classifier=one).explain(small.features).values for one in small.model.spread]
    for row in ("event-0", "event-50"):
        top = values.loc[row].abs().nlargest(2).index
        told = found[found["row"] == row].sort_values("place")
        # Catches the reasons of another row, or not the strongest.
        assert told["feature"].tolist() == top.tolist()
        for feature, share, on_top, kept in told[["feature", "sign_kept", "stays_on_top", "kept"]].itertuples(
            index=False
        ):
            signs = [np.sign(other.loc[row, feature]) == np.sign(values.loc[row, feature]) for other in others]
            tops = [feature in other.loc[row].abs().nlargest(2).index for other in others]
            # Catches a share of other models than the resampled ones, and signs or places left out of account.
            assert (share, on_top) == pytest.approx((np.mean(signs), np.mean(tops)))
            assert kept == pytest.approx(np.mean(np.logical_and(signs, tops)))
    expected = (found["kept"] >= 0.8) & (found["kept_nearby"] >= 1.0)
    # Catches a reason called steady that is not kept.
    assert found["is_stable"].astype(bool).equals(expected.rename("is_stable"))


def test_a_reason_that_turns_within_a_day_is_unstable(small: Small) -> None:
    explainer = small.explainer()
    days = pd.Series(np.arange(0.0, 400.0))
    row = small.features.iloc[[0] * 400].reset_index(drop=True).assign(days_since_contact=days)
    values = explainer.explain(row).values["days_since_contact"]
    turns = np.flatnonzero(np.sign(values.to_numpy()[1:]) != np.sign(values.to_numpy()[:-1]))
    assert len(turns), "the model of this test must turn somewhere"
    found = reason_stability(explainer, row, settings=StabilitySettings(most=5))
    own = found[found["feature"] == "days_since_contact"].set_index("row")
    for turn in turns:
        # Catches a change of a day that is not tried, one way or the other.
        assert not own.loc[turn, "is_stable"]
        assert own.loc[[turn, turn + 1], "kept_nearby"].max() < 1


def test_stability_that_cannot_be_had_is_absent(small: Small) -> None:
    explainer = small.explainer(spread=())
    plain = replace(explainer, catalogue=tuple(replace(one, unit="count") for one in explainer.catalogue))
    found = reason_stability(plain, small.features)
    # Catches "steady" said of what nobody tried.
    assert found["is_stable"].isna().all()
    assert found[["kept", "kept_nearby"]].isna().all(axis=None)


@pytest.mark.parametrize("settings", [{"most": 0}, {"least_kept": 0.0}, {"least_kept_nearby": 1.1}])
def test_settings_that_mean_nothing_are_refused(settings: dict[str, float]) -> None:
    # Catches a bar that everything passes.
    with pytest.raises(SettingsError):
        StabilitySettings(**settings)
