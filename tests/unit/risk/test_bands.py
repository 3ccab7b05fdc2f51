"""Bands of estimates: at most five, and no more than what came can tell apart."""

import numpy as np
import pandas as pd
import pytest

from ehforecast.risk.bands import MOST_BANDS, bands_of, fixed_edges, observed_bands


def known(rows: int = 4_000, *, seed: int = 1, noise: bool = False) -> pd.DataFrame:
    draw = np.random.default_rng(seed)
    estimate = draw.uniform(0.0, 0.8, rows)
    chance = np.full(rows, 0.3) if noise else estimate
    outcome = (draw.random(rows) < chance).astype(float)
    return pd.DataFrame({"estimate": estimate, "outcome": outcome, "weight": 1.0, "group_id": np.arange(rows)})


def test_good_estimates_keep_five_bands_that_do_not_meet() -> None:
    rows = known()
    found = observed_bands(rows, fixed_edges(rows["estimate"]))
    # Catches more bands than may be shown, or bands that what came cannot tell apart.
    assert len(found) == MOST_BANDS
    assert (found["lower"].to_numpy()[1:] > found["upper"].to_numpy()[:-1]).all()
    # Catches a row counted in no band or in two, and shares that are not those of the rows.
    assert found["rows"].sum() == len(rows)
    lowest = rows[rows["estimate"] < found["below"].iloc[0]]
    assert found["value"].iloc[0] == pytest.approx(lowest["outcome"].mean())


@pytest.mark.parametrize("seed", range(5))
def test_a_model_that_knows_nothing_ends_with_one_band(seed: int) -> None:
    rows = known(noise=True, seed=seed)
    # Catches bands made of noise.
    assert observed_bands(rows, fixed_edges(rows["estimate"]))["band"].tolist() == ["one band for all"]


def test_few_families_make_no_band_of_their_own() -> None:
    rows = known(400)
    rows.loc[rows["estimate"] < 0.2, "group_id"] = 1
    found = observed_bands(rows, (0.2, 0.5))
    # Catches a hundred rows of one family taken for a hundred families.
    assert (found["families"] >= 30).all()
    assert len(found) < 3


def test_edges_tell_nobodys_estimate() -> None:
    edges = fixed_edges(known()["estimate"])
    # Catches an edge that is one child's estimate to the last digit, and edges of nothing.
    assert list(edges) == [round(edge, 3) for edge in edges]
    assert fixed_edges(pd.Series([0.1] * 50)) == ()
    assert fixed_edges(pd.Series([np.nan] * 5)) == ()


def test_every_estimate_has_its_band_and_none_has_none() -> None:
    table = observed_bands(known(), (0.2, 0.5))
    told = bands_of(pd.Series([0.1, 0.2, 0.9, np.nan], index=list("abcd")), table)
    # Catches an estimate at an edge put below it, and a band for somebody without an estimate.
    assert told.iloc[:3].tolist() == ["lower band", "middle band", "higher band"]
    assert pd.isna(told["d"])
    nobody = observed_bands(known().iloc[:0], ())
    assert np.isnan(nobody["value"]).all()
