import numpy as np
import pandas as pd
import pytest

from ehforecast.demand.series import monthly_series
from ehforecast.errors import ForecastError
from ehforecast.reference.area_codes import english_areas

BUCKINGHAMSHIRE_OLD, BUCKINGHAMSHIRE_NEW, POOLE, BCP = "E10000002", "E06000060", "E06000029", "E06000058"


def row(
    code: str, month: str, count: float, absent_because: str | None = None, source: str = "all"
) -> dict[str, object]:
    return {
        "area_code": code,
        "measure": "referrals",
        "referral_source": source,
        "period_start": pd.Timestamp(month),
        "period_step": "month",
        "count": count,
        "absent_because": absent_because,
        "rounded_to": 1,
    }


def rows(*given: dict[str, object]) -> pd.DataFrame:
    return pd.DataFrame(list(given)).astype({"count": "Int64"})


def test_absent_is_absent_and_never_zero() -> None:
    series = monthly_series(
        rows(row(POOLE, "2018-01-01", 5), row(POOLE, "2018-02-01", pd.NA, "suppressed"), row(POOLE, "2018-03-01", 0)),
        english_areas(),
    )
    # A suppressed month turned into 0, or a true 0 turned into a gap, would bias every level.
    assert np.array_equal(series.counts[POOLE].to_numpy(), [5.0, np.nan, 0.0], equal_nan=True)
    # The reason must travel with the gap, or the report could not say why.
    assert series.absences[POOLE].tolist() == ["", "suppressed", ""]


def test_month_without_a_row_is_a_named_gap_inside_a_series_only() -> None:
    series = monthly_series(
        rows(
            row(POOLE, "2018-02-01", 5),
            row(POOLE, "2018-04-01", 6),
            row(BCP, "2018-01-01", 1),
            row(BCP, "2018-05-01", 1),
        ),
        english_areas(),
    )
    # The missing March is a hole in Poole's life; January and May lie outside it.
    assert series.absences[POOLE].tolist() == ["", "", "blank", "", ""]


def test_code_change_of_the_same_council_is_one_series() -> None:
    series = monthly_series(
        rows(row(BUCKINGHAMSHIRE_OLD, "2020-03-01", 7), row(BUCKINGHAMSHIRE_NEW, "2020-04-01", 8)), english_areas()
    )
    # Two half series would both be refused as too short.
    assert series.counts[BUCKINGHAMSHIRE_NEW].tolist() == [7.0, 8.0]
    assert list(series.counts) == [BUCKINGHAMSHIRE_NEW]


def test_merged_councils_do_not_lend_their_past() -> None:
    series = monthly_series(rows(row(POOLE, "2019-03-01", 7), row(BCP, "2019-04-01", 8)), english_areas())
    # Poole's past is not the past of Bournemouth, Christchurch and Poole.
    assert series.counts[BCP].isna().tolist() == [True, False]


def test_same_month_under_old_and_new_code_is_refused() -> None:
    twice = rows(row(BUCKINGHAMSHIRE_OLD, "2020-04-01", 7), row(BUCKINGHAMSHIRE_NEW, "2020-04-01", 8))
    # Silently keeping one of two figures would hide a conflict between sources.
    with pytest.raises(ForecastError, match="1 area-months under two area codes"):
        monthly_series(twice, english_areas())


def test_only_all_sources_by_month_make_the_series() -> None:
    mixed = rows(row(POOLE, "2018-01-01", 5), row(POOLE, "2018-01-01", 2, source="police"))
    # Adding sources to their own total would double the volume.
    assert monthly_series(mixed, english_areas()).counts[POOLE].tolist() == [5.0]
    # A table of sources only has nothing to forecast from, and must say so.
    with pytest.raises(ForecastError, match="no monthly rows"):
        monthly_series(mixed.iloc[1:], english_areas())


def test_known_until_forgets_the_future() -> None:
    series = monthly_series(rows(row(POOLE, "2018-01-01", 5), row(POOLE, "2018-02-01", 6)), english_areas())
    # Any later month left in would be leakage in every backtest.
    assert series.known_until(pd.Period("2018-01", "M")).counts.shape == (1, 1)
