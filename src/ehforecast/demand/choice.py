"""Which method to publish: the one that did best on earlier origins; a tie goes to the simpler."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ehforecast.demand.backtest import CHOICE
from ehforecast.demand.forecasters.interface import Forecaster
from ehforecast.demand.results import SEASONAL_NAIVE, TIED_WITHIN
from ehforecast.errors import ForecastError

EXACT = 1e-6
"""Loss, as a share of volume, below which a forecast counts as exact, so that nought is never divided by nought."""


def choose_forecaster(losses: "pd.Series[float]", forecasters: Sequence[Forecaster]) -> Forecaster:
    """The first, and so simplest, forecaster whose loss on the choice origins is within `TIED_WITHIN` of the lowest.

    Losses are those of `relative_losses`: area by area and then averaged, so that a large area does not choose for the
    small ones.
    """
    close = [forecaster for forecaster in forecasters if losses[forecaster.name] <= losses.min() * (1 + TIED_WITHIN)]
    return close[0]


def relative_losses(scores: pd.DataFrame) -> "pd.Series[float]":
    """Weighted quantile loss of each forecaster over the seasonal naive's.

    Geometric mean over areas, on choice origins. Raises `ForecastError` where nothing came to compare them with.
    """
    known = scores[(scores["stage"] == CHOICE) & scores["actual"].notna()]
    if known.empty:
        raise ForecastError(
            "no method can be chosen: every period that the choice would be made on is absent or taken out; give a "
            "longer history, or keep the periods of shocks"
        )
    sums = known.groupby(["area_code", "forecaster"])[["quantile_loss", "actual"]].sum()
    by_area = sums["quantile_loss"].clip(lower=EXACT * sums["actual"].clip(lower=1.0)).unstack()
    relative = by_area.div(by_area[SEASONAL_NAIVE], axis=0)
    geometric_means: pd.Series[float] = np.exp(np.log(relative).mean())
    return geometric_means
