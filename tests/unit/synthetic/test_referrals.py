"""Synthetic councils: the same seed gives the same counts, and their codes belong to nobody."""

import numpy as np
import pandas as pd
import pytest

from ehforecast.errors import ForecastError
from ehforecast.reference.area_codes import english_areas
from ehforecast.synthetic.referrals import ReferralTruth, draw_referrals, expected_referrals, register
from ehforecast.vocabulary.areas import AreaLevel

STILL = ReferralTruth(monthly_sd=0.0, yearly_sd=0.0, break_chance=0.0)
"""Levels that never move: what is left is the calendar, the season and Covid."""


def test_the_same_seed_gives_the_same_counts() -> None:
    first = draw_referrals("2014-04", years=3, councils=4, seed=7)
    # Catches a draw that depends on anything but its seed.
    pd.testing.assert_frame_equal(first, draw_referrals("2014-04", years=3, councils=4, seed=7))
    # Catches a seed that is not used.
    assert not first.equals(draw_referrals("2014-04", years=3, councils=4, seed=8))


def test_counts_are_whole_months_of_whole_reporting_years() -> None:
    counts = draw_referrals("2014-04", years=3, councils=4, seed=7)
    # Catches a year that begins or ends in the wrong month.
    assert counts.index.equals(pd.period_range("2014-04", "2017-03", freq="M", name="month"))
    # Catches counts that are fractions, negative or missing.
    assert (counts.dtypes == np.int64).all()
    assert (counts >= 0).all(axis=None)


def test_every_drawn_council_is_in_the_register() -> None:
    areas = register(20)
    counts = draw_referrals("2014-04", years=1, councils=20, seed=1)
    councils = [area.code for area in areas if area.level is AreaLevel.COUNCIL]
    # Catches counts under codes that the contract would not know.
    assert list(counts.columns) == councils
    # Catches two councils of one name: a configuration could not tell them apart.
    assert len({area.name for area in areas}) == len(list(areas)) == 20 + 3


def test_no_invented_area_has_the_code_or_name_of_a_real_one() -> None:
    invented, real = list(register(500)), list(english_areas())
    # Catches a made-up figure that could be taken for a real council's.
    assert not {area.code for area in invented} & {area.code for area in real}
    assert not {area.name.casefold() for area in invented} & {area.name.casefold() for area in real}
    assert all(area.code.startswith("X") for area in invented)


def test_every_council_belongs_to_a_region_and_each_region_to_the_country() -> None:
    areas = register(5)
    # Catches a council whose counts would enter no total.
    assert {areas[areas[area.parent_code].parent_code].level for area in areas if area.level is AreaLevel.COUNCIL} == {
        AreaLevel.COUNTRY
    }


def test_expected_referrals_are_level_times_days_times_index() -> None:
    truth = ReferralTruth(holiday_ratio=0.5)
    months = pd.period_range("2018-08", "2018-09", freq="M")
    expected = expected_referrals(months, np.array([[10.0], [10.0]]), truth=truth)
    mean_index = np.mean(truth.month_index)
    # Catches a holiday ratio applied to the wrong days: in August 2018 all 22 working days are holidays.
    assert expected[0, 0] == pytest.approx(10 * 22 * 0.5 * truth.month_index[7] / mean_index)
    # Catches the month index read off by one: in September 2018 all 20 working days are school days.
    assert expected[1, 0] == pytest.approx(10 * 20 * truth.month_index[8] / mean_index)


def test_a_level_of_none_expects_none_and_twice_the_level_expects_twice() -> None:
    months = pd.period_range("2015-04", periods=24, freq="M")
    levels = np.column_stack([np.zeros(24), np.full(24, 3.0), np.full(24, 6.0)])
    expected = expected_referrals(months, levels, truth=ReferralTruth())
    # Catches an additive term in what should be a product.
    assert (expected[:, 0] == 0).all()
    np.testing.assert_allclose(expected[:, 2], 2 * expected[:, 1])


def test_covid_touches_its_own_months_only() -> None:
    months = pd.period_range("2019-04", "2022-03", freq="M")
    levels = np.ones((len(months), 1))
    without = ReferralTruth(covid=(1.0,) * 17)
    ratio = pd.Series(
        (expected_referrals(months, levels, truth=STILL) / expected_referrals(months, levels, truth=without))[:, 0],
        months,
    )
    # Catches a dip in the wrong months, or one that never ends.
    assert ratio["2020-03":"2021-07"].tolist() == pytest.approx(list(STILL.covid))
    assert ratio.drop(ratio["2020-03":"2021-07"].index).tolist() == pytest.approx([1.0] * 19)


def test_the_truth_can_be_written_beside_the_data() -> None:
    written = ReferralTruth().as_dict()
    # Catches a truth that leaves out a parameter the data were drawn with.
    assert ReferralTruth(**written) == ReferralTruth()  # type: ignore[arg-type]


@pytest.mark.parametrize(("first_month", "years"), [("1999-04", 1), ("2049-04", 2)])
def test_years_without_a_calendar_are_refused(first_month: str, years: int) -> None:
    # Catches invented counts for years whose working days nobody knows.
    with pytest.raises(ForecastError, match="no calendar"):
        draw_referrals(first_month, years=years, councils=2, seed=1)
