"""What changed after a date: the truth recovered, placebos counted, and refusals where too little is known."""

import numpy as np
import pandas as pd
import pytest
from past_series import Null, drawn_counts, series_set

from ehforecast.demand.impact import ImpactFound, measure_impact
from ehforecast.demand.impact_counterfactual import carry_forward
from ehforecast.demand.impact_date import Intervention
from ehforecast.demand.impact_placebo import Placebos, yardstick
from ehforecast.demand.neighbours import alike, named_neighbours, nearest_all
from ehforecast.demand.past_results import LIKE_OTHERS, LOWER, NO_TEST, NOT_TOLD, OWN_PAST
from ehforecast.errors import ForecastError

MONTHS = pd.period_range("2010-04", periods=84, freq="M")
START = pd.Period("2014-04", "M")
STEADY = Null(noise=0.06)


def panel(number: int = 26, *, ratio: float = 1.0, seed: int = 1) -> pd.DataFrame:
    counts = drawn_counts(STEADY, MONTHS, number=number, seed=seed)
    counts.iloc[:, 0] = (counts.iloc[:, 0] * np.where(MONTHS >= START, ratio, 1.0)).round()
    return counts


def measured(counts: pd.DataFrame, level: str = "council", **done: object) -> ImpactFound:
    told = {"name": "x", "area_code": str(counts.columns[0]), "start": START} | done
    return measure_impact(series_set(counts, level), Intervention(**told))  # type: ignore[arg-type] # fields by name


def test_a_fall_of_a_third_is_told_by_both_methods_and_sized() -> None:
    rows = measured(panel(ratio=0.66)).estimates
    # Catches a horizon or method left out, or another one than the longest beside others called the main one.
    assert rows[["method", "months"]].to_numpy().tolist() == [
        [method, months] for method in (LIKE_OTHERS, OWN_PAST) for months in (3, 6, 12)
    ]
    assert rows.loc[rows["is_main"], ["method", "months"]].to_numpy().tolist() == [[LIKE_OTHERS, 12]]
    # Catches an effect of the wrong sign, size or scale: the truth is 34% fewer.
    assert ((rows["low"] <= -0.34) & (rows["high"] >= -0.34)).all()
    assert rows.loc[rows["is_main"], "effect"].iloc[0] == pytest.approx(-0.34, abs=0.06)
    # Catches a change so large called no change.
    assert set(rows["verdict"]) == {LOWER}
    # Catches totals that are not those of the months since.
    main = rows[rows["is_main"]].iloc[0]
    assert main["observed_total"] == panel(ratio=0.66).iloc[48:60, 0].sum()
    assert main["observed_total"] / main["expected_total"] - 1 == pytest.approx(main["effect"])


def test_nothing_done_is_not_told_and_says_what_would_have_been() -> None:
    rows = measured(panel()).estimates
    main = rows[rows["is_main"]].iloc[0]
    # Catches chance called a change: the range holds nought exactly where the p-value is above one in twenty.
    assert main["verdict"] == NOT_TOLD
    assert ((rows["p_value"] <= 0.05) == ((rows["low"] > 0) | (rows["high"] < 0))).all()
    # Catches a least change that noise alone would reach: this series' own noise asks for 5% at least.
    assert 0.05 < main["least_detectable_fall"] <= main["detectable_fall"] + 0.05
    assert main["placebos"] == 25
    # Catches a rate of false alarms without the placebos it was counted on.
    assert main["false_number"] > 25
    assert 0 <= main["false_rate"] <= 0.2


def test_neighbours_can_be_named() -> None:
    counts = panel()
    named = tuple(str(code) for code in counts.columns[3:7])
    rows = measured(counts, neighbours=named).neighbours
    # Catches others taken instead of those named.
    assert set(rows["area_code"]) == set(named)
    assert set(rows["chosen_by"]) == {"named"}


def test_neighbours_without_a_whole_series_are_refused() -> None:
    with pytest.raises(ForecastError, match="only 2 of the 3 neighbours named"):
        named_neighbours(["b", "c", "gone"], ["b", "c"], code="a")


def test_the_most_alike_move_alike_whatever_their_size() -> None:
    rng = np.random.default_rng(2)
    moves = rng.normal(size=(40, 2))
    logs = pd.DataFrame({"a": moves[:, 0], "like": moves[:, 0] + 3, "x": moves[:, 1], "y": -moves[:, 0]})
    # Catches likeness of levels instead of movements.
    assert alike(logs, "a").index[0] == "like"
    weights = nearest_all(logs.to_numpy(), 2)
    # Catches a series that is its own neighbour, and weights that do not add up to one.
    assert np.diag(weights).tolist() == [0.0] * 4
    assert weights.sum(axis=0) == pytest.approx([1.0] * 4)


def test_few_others_make_placebos_of_earlier_dates() -> None:
    found = measured(panel(1), level="hub", start=pd.Period("2015-04", "M"))
    rows = found.estimates
    # Catches others invented where there are none.
    assert set(rows["method"]) == {OWN_PAST}
    # Every month from the 24th to twelve before it began: 60 - 12 - 24 + 1.
    assert set(rows["placebos"]) == {25}
    # Catches overlapping dates counted as if they were as many councils, without a word.
    assert any("placebos are earlier dates" in note for note in found.notes)
    assert rows["false_rate"].isna().all()


def test_too_few_placebos_mean_that_nothing_is_concluded() -> None:
    rows = measured(panel(1, ratio=0.3), level="hub", start=pd.Period("2013-04", "M")).estimates
    # Catches even the largest change called one with nothing to hold it against.
    assert set(rows["verdict"]) == {NO_TEST}
    assert np.isinf(rows["high"]).all()


def test_no_earlier_date_at_all() -> None:
    rows = measured(panel(1), level="hub", start=pd.Period("2012-06", "M")).estimates
    # Catches a crash where there is no placebo.
    assert rows["placebos"].tolist() == [0, 0, 0]


def test_a_few_others_are_held_against_but_make_no_yardstick() -> None:
    found = measured(panel(5), level="hub")
    # Catches localities of one council that are not compared with each other.
    assert set(found.estimates["method"]) == {LIKE_OTHERS, OWN_PAST}
    assert len(found.neighbours) == 4


def test_a_jump_and_a_shock_in_the_months_compared_are_told() -> None:
    counts = panel()
    counts.iloc[30:, 0] = (counts.iloc[30:, 0] * 0.5).round()
    # Catches an expectation that rests on another level, without a word.
    assert any("jumped in October 2012" in note for note in measured(counts).notes)
    months = pd.period_range("2015-04", periods=84, freq="M")
    late = drawn_counts(STEADY, months, number=22, seed=4)
    found = measure_impact(series_set(late), Intervention("x", str(late.columns[0]), pd.Period("2020-01", "M")))
    assert any("national shock" in note for note in found.notes)


@pytest.mark.parametrize(
    ("done", "words"),
    [
        ({"area_code": "nowhere"}, "no series for nowhere"),
        ({"start": pd.Period("2030-01", "M")}, "2030-01 is not within the months known"),
        ({"start": pd.Period("2011-04", "M")}, "only 12 months before 2011-04 have a figure; 24 are needed"),
        ({"start": pd.Period("2017-02", "M")}, "only 2 months are known from 2017-02 on; 3 are needed"),
    ],
)
def test_what_cannot_be_measured_is_refused_in_words(done: dict[str, object], words: str) -> None:
    with pytest.raises(ForecastError, match=words):
        measured(panel(22), **done)


def test_a_patchy_past_small_counts_and_weeks_are_refused() -> None:
    patchy = panel(22)
    patchy.iloc[30:40, 0] = np.nan
    with pytest.raises(ForecastError, match="72% of the 36 months before 2014-04 have a figure"):
        measured(patchy)
    small = panel(22)
    small.iloc[:, 0] = 2.0
    with pytest.raises(ForecastError, match="too few in a usual month"):
        measured(small)
    weeks = pd.period_range("2011-01-03", periods=60, freq="W-SUN")
    weekly = series_set(pd.DataFrame(50.0, index=weeks, columns=["E08000001"]))
    with pytest.raises(ForecastError, match="measured by month"):
        measure_impact(weekly, Intervention("x", "E08000001", weeks[40]))


def test_absent_months_are_left_out_of_the_mean() -> None:
    counts = panel(22, ratio=0.66)
    counts.iloc[50, 0] = np.nan
    rows = measured(counts).estimates
    # Catches an absent month counted as nought, or as one used.
    assert rows["months_used"].tolist() == [2, 5, 11] * 2
    assert rows.loc[rows["is_main"], "effect"].iloc[0] == pytest.approx(-0.34, abs=0.07)


def test_fewer_months_since_give_fewer_horizons() -> None:
    rows = measured(panel(22).iloc[:55]).estimates
    # Catches a span of twelve months told after seven.
    assert sorted(set(rows["months"])) == [3, 6]
    assert rows.loc[rows["is_main"], "months"].tolist() == [6]


def test_a_flat_past_is_carried_on_flat() -> None:
    carried = carry_forward(np.full(48, 5.0), 36, horizons=(12,), season=np.zeros((48, 48)), usual_count=300)
    # Limit: what never moved is expected to stay, and lies no way from what was expected.
    assert carried.path == pytest.approx(np.full(12, 5.0), abs=1e-9)
    assert carried.sizes[0] == pytest.approx(0.0, abs=1e-9)
    # Catches a year against a year with other noise than two means of twelve months have: at least that of white noise.
    assert carried.chance_errors[0] > 0


def test_a_level_is_carried_on_from_where_it_stood_last() -> None:
    values = np.r_[np.full(24, 5.0), np.full(24, 6.0)] + np.random.default_rng(3).normal(size=48) * 0.05
    carried = carry_forward(values, 36, horizons=(12,), season=np.zeros((48, 48)), usual_count=300)
    # Catches the mean of three years carried on (5.3) in place of the level of the last one (6.0).
    assert (carried.path > 5.7).all()


def test_one_in_twenty_of_equals_is_called_a_change() -> None:
    sizes = np.random.default_rng(5).normal(size=200)
    called = [
        yardstick(sizes[place], Placebos(np.delete(sizes, place), np.zeros(0))).p_value <= 0.05 for place in range(200)
    ]
    # By exchangeability exactly floor(200 x 5%) of 200: catches a p-value that is one-sided or off by one.
    assert sum(called) == 10
    held = yardstick(9.0, Placebos(sizes[:18], np.zeros(0)))
    # Catches a yardstick made of fewer placebos than can say one in twenty.
    assert np.isinf(held.needed)
