"""Panels of monthly counts drawn from a known truth, for tests of the demand half."""

import pandas as pd

from ehforecast.demand.series import SeriesSet
from ehforecast.synthetic.referrals import ReferralTruth, draw_referrals


def series_set(counts: pd.DataFrame, level: str = "council") -> SeriesSet:
    """A series set of whole counts, nothing absent but what is NaN."""
    areas = pd.DataFrame(
        {"area_name": counts.columns, "area_level": level, "rounded_to": 1},
        index=pd.Index(counts.columns, name="area_code"),
    )
    absences = counts.isna().replace({True: "suppressed", False: ""}).astype(str)
    return SeriesSet(counts.astype(float), absences, areas)


def synthetic_series(
    councils: int = 12, years: int = 8, seed: int = 7, truth: ReferralTruth | None = None
) -> SeriesSet:
    """Synthetic councils from April 2009, so that Covid stays outside unless many years are asked for."""
    return series_set(draw_referrals("2009-04", years=years, councils=councils, seed=seed, truth=truth))
