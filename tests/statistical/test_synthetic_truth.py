"""What the synthetic councils were drawn from can be found again in their counts.

Counts are large here, so that Poisson noise is small beside what is looked for, and every estimate is taken from counts
or levels alone. Tolerances are four standard errors, from the number of councils and months in the draw.
"""

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from scipy.optimize import least_squares

from ehforecast.demand.period_calendar import period_calendar
from ehforecast.synthetic.referrals import ReferralTruth, draw_levels, draw_referrals, expected_referrals

Array = npt.NDArray[np.float64]

COUNCILS, YEARS = 4000, 12
TRUTH = ReferralTruth(smallest_level=500.0, largest_level=600.0)
MONTHS = pd.period_range("2012-04", periods=12 * YEARS, freq="M", name="month")
COVID = pd.period_range("2020-03", "2021-07", freq="M")
REPORTING_YEAR = MONTHS.year + (MONTHS.month >= 4)

# Standard error of the mean over councils of one month's disturbance, and of one April's move.
MONTH_ERROR = TRUTH.monthly_sd / np.sqrt(COUNCILS)
MOVE_ERROR = np.sqrt((TRUTH.yearly_sd**2 + TRUTH.break_chance * TRUTH.break_sd**2) / COUNCILS)


@pytest.fixture(scope="module")
def counts() -> pd.DataFrame:
    return draw_referrals("2012-04", years=YEARS, councils=COUNCILS, seed=20240, truth=TRUTH)


@pytest.fixture(scope="module")
def national(counts: pd.DataFrame) -> "pd.Series[float]":
    """Mean over councils of the log of referrals per working day."""
    per_day = counts.div(period_calendar(pd.period_range(MONTHS[0], MONTHS[-1], freq="M"))["working_days"], axis=0)
    return np.log(per_day).mean(axis=1)


class Season:
    """Month index and holiday ratio by least squares, with a level for every reporting year and Covid left out."""

    def __init__(self, national: "pd.Series[float]") -> None:
        self.used = ~MONTHS.isin(COVID)
        self.share = period_calendar(pd.period_range(MONTHS[0], MONTHS[-1], freq="M"))["holiday_share"].to_numpy()
        self.years = np.unique(REPORTING_YEAR[self.used])
        y = national.to_numpy()[self.used]
        fit = least_squares(
            lambda values: self.fitted(values)[self.used] - y, np.r_[0.9, np.zeros(11), np.full(len(self.years), 6.0)]
        )
        self.values = fit.x
        # As if months were independent. They resemble their neighbours, which makes contrasts within a year, all that
        # is used here, more exact than this.
        self.covariance = MONTH_ERROR**2 * np.linalg.inv(fit.jac.T @ fit.jac)

    def shape(self, values: Array) -> Array:
        """Log of index and holidays for every month of the draw."""
        index = np.r_[0.0, values[1:12]]
        return index[MONTHS.month.to_numpy() - 1] + np.log(1 - (1 - values[0]) * self.share)

    def fitted(self, values: Array) -> Array:
        """Log of referrals per working day; a year wholly inside Covid gets the level of the year before."""
        year = np.searchsorted(self.years, REPORTING_YEAR, side="right") - 1
        return self.shape(values) + values[12:][year]


@pytest.fixture(scope="module")
def season(national: "pd.Series[float]") -> Season:
    return Season(national)


def test_holiday_ratio_is_found(season: Season) -> None:
    error = float(np.sqrt(season.covariance[0, 0]))
    # Told apart from the season by Easter alone, which moves between March and April: 4,000 councils and 12 years give
    # a standard error of 0.006. Catches a ratio turned round, or applied to bank holidays or weekends.
    assert error < 0.01
    assert season.values[0] == pytest.approx(TRUTH.holiday_ratio, abs=4 * error)


def test_month_index_is_found(season: Season) -> None:
    planted = np.log(TRUTH.month_index) - np.log(TRUTH.month_index[0])
    errors = np.sqrt(np.diag(season.covariance)[1:12])
    # Catches an index that begins with April, or one scaled by days twice. January is the yardstick; August, all
    # holiday, is the least certain at 0.007.
    assert errors.max() < 0.01
    np.testing.assert_array_less(np.abs(season.values[1:12] - planted[1:]), 4 * errors)


def test_covid_dip_is_found(season: Season, national: "pd.Series[float]") -> None:
    gap = (national - season.fitted(season.values))[COVID]
    # March 2020 stands on its own year's level; the next year on that same level one random April later; the last four
    # months on their own year's level, of which eight months are outside Covid.
    errors = np.sqrt(
        np.where((COVID >= "2020-04") & (COVID <= "2021-03"), MOVE_ERROR**2, 0.0)
        + MONTH_ERROR**2 * (1 + 1.8 / 8)  # 1.8 = (1 + 0.29) / (1 - 0.29)
        + np.trace(season.covariance[:12, :12]) / 12
    )
    # Catches a dip that is missing, misplaced by a month, or added where it should multiply.
    np.testing.assert_array_less(np.abs(gap.to_numpy() - np.log(TRUTH.covid)), 4 * errors)


def test_monthly_disturbance_is_found(counts: pd.DataFrame) -> None:
    logs = np.log(counts).to_numpy()
    own = logs - logs.mean(axis=1, keepdims=True)  # what is national goes: season, calendar, Covid
    by_year = own.reshape(YEARS, 12, COUNCILS)  # no level moves inside a reporting year
    poisson = float((1 / counts).to_numpy().mean())
    near, far = (0.5 * np.mean((by_year[:, lag:] - by_year[:, :-lag]) ** 2) - poisson for lag in (1, 2))
    # With sd s and autocorrelation r, half the mean squared change over k months is s^2 (1 - r^k).
    autocorrelation = far / near - 1
    sd = np.sqrt(near / (1 - autocorrelation))
    changes = COUNCILS * YEARS * 11
    # A correlation from n pairs has standard error 1/sqrt(n), times sqrt(1.29 / 0.71) as pairs overlap: 0.0019.
    error = np.sqrt(1.29 / 0.71 / changes)
    # Catches innovations of the wrong size, or a disturbance that forgets (0) or never forgets (1).
    assert autocorrelation == pytest.approx(TRUTH.monthly_autocorrelation, abs=4 * error)
    # A standard deviation from n draws has relative standard error 1/sqrt(2n); that of r enters through 1 - r.
    assert sd == pytest.approx(TRUTH.monthly_sd, rel=4 * (np.sqrt(1 / (2 * changes)) + error / (2 * 0.71)))


def april_moves(truth: ReferralTruth) -> Array:
    """Changes of the log of the level at each April: (years - 1, councils); none in other months or the test fails."""
    moves = np.diff(np.log(draw_levels(MONTHS, COUNCILS, truth=truth, rng=np.random.default_rng(11))), axis=0)
    elsewhere = MONTHS[1:].month != 4
    # Catches a level that moves in the middle of a year: breaks in recording begin with a reporting year here.
    np.testing.assert_allclose(moves[elsewhere], 0.0, atol=1e-9)
    return np.asarray(moves[~elsewhere])


def test_share_and_size_of_breaks_are_found() -> None:
    moves = april_moves(ReferralTruth(monthly_sd=0.0, yearly_sd=0.0))
    broken = np.abs(moves) > 1e-9
    chance = TRUTH.break_chance
    # Binomial: sqrt(0.11 * 0.89 / 44,000) = 0.0015. Catches a chance taken per month, or per council once.
    assert broken.mean() == pytest.approx(chance, abs=4 * np.sqrt(chance * (1 - chance) / moves.size))
    # About 4,840 breaks: relative standard error 1/sqrt(2 * 4,840) = 0.010. Catches a variance given for a deviation.
    assert moves[broken].std() == pytest.approx(TRUTH.break_sd, rel=4 / np.sqrt(2 * chance * moves.size))
    # Catches breaks that only ever raise the level: mean of 4,840 draws of sd 0.30.
    assert abs(moves[broken].mean()) < 4 * TRUTH.break_sd / np.sqrt(chance * moves.size)


def test_size_of_yearly_moves_is_found() -> None:
    moves = april_moves(ReferralTruth(monthly_sd=0.0, break_chance=0.0))
    # 44,000 moves: relative standard error 0.003. Catches a yearly move that is spread over the months or drawn twice.
    assert moves.std() == pytest.approx(TRUTH.yearly_sd, rel=4 / np.sqrt(2 * moves.size))


def test_councils_are_drawn_between_the_smallest_and_largest_level() -> None:
    truth = ReferralTruth(monthly_sd=0.0, yearly_sd=0.0, break_chance=0.0)
    first = draw_levels(MONTHS[:12], 2000, truth=truth, rng=np.random.default_rng(5))[0]
    # Catches levels on another scale: the extremes of 2,000 uniform draws lie within 0.5% of the range of its ends.
    assert truth.smallest_level <= first.min() < truth.smallest_level + 0.005 * truth.largest_level
    assert truth.largest_level >= first.max() > truth.largest_level * 0.995


def test_counts_are_poisson_about_their_expectation() -> None:
    truth = ReferralTruth(monthly_sd=0.0, yearly_sd=0.0, break_chance=0.0, smallest_level=3.0, largest_level=3.0)
    counts = draw_referrals("2012-04", years=YEARS, councils=COUNCILS, seed=3, truth=truth).to_numpy()
    means = expected_referrals(MONTHS, np.full(counts.shape, 3.0), truth=truth)
    n = counts.size
    # n = 576,000 counts of 45 or more: y / m has standard error 1/sqrt(45 n) on average, (y - m)^2 / m about sqrt(2/n).
    # Catches counts rounded from a normal, rounded down, or drawn twice.
    assert np.mean(counts / means) == pytest.approx(1.0, abs=4 / np.sqrt(n * means.min()))
    assert np.mean((counts - means) ** 2 / means) == pytest.approx(1.0, abs=4 * np.sqrt(2 / n + 1 / (n * means.min())))
