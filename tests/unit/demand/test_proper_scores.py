import numpy as np
import pytest
import scoringrules
from scipy.stats import norm, poisson

from ehforecast.demand.proper_scores import (
    interval_score,
    probability_below,
    quantile_loss,
    randomised_pit,
    squared_seasonal_scale,
)
from ehforecast.demand.quantile_functions import mix_quantiles, sum_quantiles, values_at
from ehforecast.demand.results import QUANTILE_LEVELS

LEVELS = np.asarray(QUANTILE_LEVELS)
NORMAL = norm.ppf(LEVELS, 100, 10)


def test_quantile_loss_agrees_with_an_independent_library() -> None:
    actual = np.random.default_rng(1).normal(100, 12, 50)
    quantiles = np.broadcast_to(NORMAL, (50, len(LEVELS)))
    theirs = scoringrules.crps_quantile(actual, quantiles, LEVELS)
    # Another average over levels, or half of it, would not agree to the last digit.
    assert np.allclose(quantile_loss(actual, quantiles, levels=LEVELS), theirs, rtol=1e-12)


def test_quantile_loss_of_many_levels_is_the_crps() -> None:
    levels = (np.arange(2000) + 0.5) / 2000
    actual = np.array([88.0, 100.0, 131.0])
    loss = quantile_loss(actual, np.broadcast_to(norm.ppf(levels, 100, 10), (3, 2000)), levels=levels)
    # The limit that the deciles approximate: within 0.1% at 2,000 levels.
    assert np.allclose(loss, scoringrules.crps_normal(actual, 100, 10), rtol=1e-3)


@pytest.mark.parametrize("coverage", [0.5, 0.8, 0.95])
def test_interval_score_is_the_mean_loss_at_its_two_ends(coverage: float) -> None:
    actual = np.random.default_rng(2).normal(100, 20, 200)
    tail = (1 - coverage) / 2
    ends = np.broadcast_to(norm.ppf([tail, 1 - tail], 100, 10), (200, 2))
    losses = quantile_loss(actual, ends, levels=[tail, 1 - tail])
    # Winkler's score is the loss of the two quantiles together, per tail: a wrong factor would favour narrow ranges.
    assert np.allclose(interval_score(actual, low=ends[:, 0], high=ends[:, 1], coverage=coverage), losses / tail)


def test_interval_score_is_lowest_for_the_true_range() -> None:
    actual = np.random.default_rng(3).normal(100, 10, 20_000)
    means = [
        interval_score(
            actual, low=norm.ppf([0.1], 100, 10 * scale), high=norm.ppf([0.9], 100, 10 * scale), coverage=0.8
        ).mean()
        for scale in (0.7, 1.0, 1.4)
    ]
    # A score that could be gamed by wider or narrower ranges would reward dishonest ones.
    assert means[1] < min(means[0], means[2])
    # Absent counts are not scored.
    assert np.isnan(interval_score(np.array([np.nan]), low=np.array([1.0]), high=np.array([2.0]), coverage=0.8)).all()


def test_probability_below_is_exact_for_a_normal() -> None:
    actual = np.linspace(60, 140, 33)
    found = probability_below(actual, np.broadcast_to(NORMAL, (33, len(LEVELS))), levels=LEVELS)
    # Straight lines on the normal scale are exact for a normal, beyond the outermost quantiles too.
    assert np.allclose(found, norm.cdf(actual, 100, 10))


def test_probability_below_at_steps_and_edges() -> None:
    steps = np.array([[0.0] * 4 + [1.0] * 5 + [2.0] * 4])
    below = [float(probability_below(np.array([value]), steps, levels=LEVELS)[0]) for value in (-1.0, 0.5, 1.0, 3.5)]
    # Order must hold through steps of a count, inside and out.
    assert 0 < below[0] < below[1] < below[2] < below[3] < 1
    # Between nought and one lies what the quantiles say: between 0.25 and 0.3.
    assert 0.25 < below[1] < 0.3
    sure = np.full((1, len(LEVELS)), 5.0)
    found = [float(probability_below(np.array([value]), sure, levels=LEVELS)[0]) for value in (4.0, 5.0, 6.0)]
    # A forecast that knows no doubt is wholly wrong on either side, without a division by nought.
    assert np.allclose(found, [0.0, 0.5, 1.0], atol=1e-6)
    # Nothing known, nothing said.
    assert np.isnan(probability_below(np.array([np.nan]), sure, levels=LEVELS)).all()


def test_randomised_places_of_small_counts_are_even() -> None:
    rng = np.random.default_rng(4)
    actual = rng.poisson(1.3, 30_000).astype(float)
    quantiles = np.broadcast_to(poisson.ppf(LEVELS, 1.3), (30_000, len(LEVELS)))
    pit = randomised_pit(actual, quantiles, levels=LEVELS, rng=rng)
    # Without the draw a third of all months would sit on one place: the largest of five shares stays near a fifth.
    # Published quantiles round a count's probabilities by up to 0.05.
    assert np.abs(np.histogram(pit, 5, (0, 1))[0] / 30_000 - 0.2).max() < 0.06
    assert abs(pit.mean() - 0.5) < 0.02


def test_squared_scale_is_of_squares() -> None:
    counts = np.array([[10.0]] * 12 + [[13.0]] * 6 + [[11.0]] * 6)
    # Half the pairs differ by 3, half by 1: the mean of squares is 5, not the square of the mean, 4.
    assert squared_seasonal_scale(counts).tolist() == [5.0]


def test_values_are_read_and_never_below_nought() -> None:
    places = norm.ppf(np.array([[0.001, 0.3, 0.999]])).T
    read = values_at(places, NORMAL[None, :], levels=LEVELS)
    # Exact for a normal, beyond the outermost quantiles too.
    assert np.allclose(read[:, 0], norm.ppf([0.001, 0.3, 0.999], 100, 10))
    # A count is not below nought however far the tail goes.
    assert values_at(np.array([[-5.0]]), norm.ppf(LEVELS, 5, 10)[None, :], levels=LEVELS).tolist() == [[0.0]]


def test_a_mixture_of_two_is_wider_than_either() -> None:
    two = np.stack([norm.ppf(LEVELS, mean, 10) for mean in (90, 110)])
    mixed = mix_quantiles(two, LEVELS)
    values = np.arange(50, 150.0)
    true = np.interp([0.1, 0.5, 0.9], (norm.cdf(values, 90, 10) + norm.cdf(values, 110, 10)) / 2, values)
    # Averaging quantiles would give 100 +- 12.8; the mixture's own are 100 +- 18.
    assert np.allclose(mixed[[1, 6, 11]], true, atol=0.4)


@pytest.mark.parametrize(("persistence", "spread"), [(0.0, np.sqrt(12)), (1.0, None)])
def test_a_sum_is_as_wide_as_its_errors_persist(persistence: float, spread: float | None) -> None:
    months = np.broadcast_to(NORMAL, (1, 12, len(LEVELS)))
    total = sum_quantiles(months, levels=LEVELS, persistence=persistence)[0]
    if spread is None:
        ahead = np.arange(1, 13)
        spread = np.sqrt(np.sqrt(np.minimum.outer(ahead, ahead) / np.maximum.outer(ahead, ahead)).sum())
    width = (total[11] - total[1]) / (norm.ppf(0.9) - norm.ppf(0.1))
    # Unrelated months give the root of twelve, a wandering level nearly twelve: 3% is the error of 2,000 draws.
    assert abs(width / (10 * spread) - 1) < 0.05
    assert abs(total[6] / 1200 - 1) < 0.01
