"""What chance alone makes of gaps."""

import numpy as np
import pytest
from scipy import stats

from ehforecast.risk.fairness.nulls import Dealt, holm, largest_normal, random_tables, share_of_draws


def test_random_tables_are_what_shuffling_makes() -> None:
    rows, columns = np.array([5, 3, 2]), np.array([4, 6])
    tables = random_tables(rows, columns, draws=20_000, rng=np.random.default_rng(1))
    # Catches margins that are not kept.
    assert (tables.sum(axis=2) == rows).all()
    assert (tables.sum(axis=1) == columns).all()
    first = np.bincount(tables[:, 0, 0].astype(int), minlength=5) / 20_000
    # Catches a distribution other than shuffled labels have (hypergeometric); four standard errors of a share.
    np.testing.assert_allclose(first, stats.hypergeom(10, 5, 4).pmf(np.arange(5)), atol=4 * 0.5 / 20_000**0.5)


def families(seed: int) -> Dealt:
    rng = np.random.default_rng(seed)
    size = rng.choice([1, 2, 3], 300)
    cluster = np.repeat(np.arange(300), size)
    label = rng.integers(0, 3, 300)[cluster]
    column = np.where(
        rng.random(len(cluster)) < 0.7, rng.integers(0, 2, 300)[cluster], rng.integers(0, 2, len(cluster))
    )
    return Dealt(label, column, np.ones(len(cluster)), cluster, (3, 2))


def test_families_change_places_whole() -> None:
    dealt = families(1)
    by_margins = np.concatenate(list(dealt.tables(4000, np.random.default_rng(2))))
    rng = np.random.default_rng(3)
    moved = np.array([sum(block._moved(rng) for block in dealt._blocks()) for _ in range(1500)])
    # Catches margins that split families: spread must be that of families moved one by one; standard error 2%.
    np.testing.assert_allclose(by_margins.std(axis=0), moved.std(axis=0), rtol=0.08)
    apart = Dealt(dealt.labels, dealt.columns, dealt.weights, np.arange(len(dealt.labels)), dealt.shape)
    alone = np.concatenate(list(apart.tables(2000, np.random.default_rng(4))))
    # Catches a null in which siblings are strangers, which is too narrow here by a sixth and more.
    assert (by_margins.std(axis=0) > 1.1 * alone.std(axis=0)).all()


def test_weights_go_with_their_people() -> None:
    plain = families(5)
    heavy = Dealt(plain.labels, plain.columns, np.where(plain.columns == 1, 2.0, 1.5), plain.cluster, plain.shape)
    tables = np.concatenate(list(heavy.tables(50, np.random.default_rng(1))))
    # Catches weights that stay with the label, or are left out: what lies in each band weighs the same in every draw.
    np.testing.assert_allclose(tables.sum(axis=1), np.tile(np.bincount(plain.columns, heavy.weights), (50, 1)))


def test_p_values_count_the_data_as_a_draw() -> None:
    null = np.arange(99.0)
    # Catches a p value of 0, and one that is taken from the wrong tail.
    assert share_of_draws(np.array([200.0, -1.0, 94.0, np.nan]), null).tolist()[:3] == [0.01, 1.0, 0.06]
    assert np.isnan(share_of_draws(np.array([np.nan]), null)).all()


def test_holm_is_another_librarys() -> None:
    from statsmodels.stats.multitest import multipletests  # noqa: PLC0415 (one use)

    p_values = np.random.default_rng(1).random(20) ** 3
    # Catches a step in the wrong direction.
    np.testing.assert_allclose(holm(p_values), multipletests(p_values, method="holm")[1])
    # Catches no test at all taken for a small p value.
    assert np.isnan(holm(np.array([np.nan]))).all()


@pytest.mark.parametrize("alike", [False, True])
def test_the_largest_of_normals_follows_their_correlation(alike: bool) -> None:
    rng = np.random.default_rng(1)
    influence = rng.standard_normal((4000, 5))
    if alike:
        influence = influence[:, :1] * np.array([1, -2, 3, 4, 5])
    drawn = largest_normal(influence, draws=20_000, rng=rng)
    expected = 1.96 if alike else stats.norm.ppf((1 + 0.95**0.2) / 2)
    # Catches comparisons taken for independent when they are the same one five times, or the other way round.
    assert float(np.quantile(drawn, 0.95)) == pytest.approx(expected, abs=0.05)
    # Catches a comparison without any influence that turns everything into NaN.
    assert largest_normal(np.zeros((10, 2)), draws=3, rng=rng).tolist() == [0, 0, 0]
