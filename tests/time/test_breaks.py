"""Breaks are found with what was known at the time: figures added later move none that was found before."""

import numpy as np
import pandas as pd
from past_series import Null, drawn_counts, series_set, step_at

from ehforecast.demand.breaks import find_breaks
from ehforecast.demand.impact import measure_impact
from ehforecast.demand.impact_date import Intervention

MONTHS = pd.period_range("2010-04", periods=72, freq="M")
AS_FOUND = ["area_code", "month", "found_on", "months_to_find", "p_value", "ratio_found"]


def test_later_figures_change_nothing_of_what_was_found_before() -> None:
    counts = drawn_counts(Null(), MONTHS, number=14, seed=8, change=step_at(MONTHS, "2013-04", 0.6))
    counts.iloc[:, 0] *= np.exp(step_at(MONTHS, "2014-02", 0.45))
    whole = series_set(counts.round())
    codes = [str(code) for code in counts.columns[:3]]
    everything = find_breaks(whole, codes).breaks
    # The test would say nothing if there were nothing to find.
    assert len(everything)
    # Cut at the very month each was found in: catches a look one month ahead.
    for until in sorted({*everything["found_on"], "2014-03", "2015-06"}):
        then = find_breaks(whole.known_until(pd.Period(until, "M")), codes).breaks
        known = everything[everything["found_on"] <= until].reset_index(drop=True)
        # Catches a date, size or strength, as found, that rests on figures which came later.
        pd.testing.assert_frame_equal(then[AS_FOUND], known[AS_FOUND], check_dtype=False)


def test_figures_after_the_span_measured_change_nothing_of_an_effect() -> None:
    counts = drawn_counts(Null(), MONTHS, number=24, seed=9)
    done = Intervention("x", str(counts.columns[0]), pd.Period("2014-04", "M"))
    longer = series_set(counts)
    shorter = longer.known_until(pd.Period("2015-03", "M"))
    columns = ["method", "months", "effect", "low", "high", "p_value", "expected_total"]
    # Catches an effect over twelve months that looks beyond them.
    pd.testing.assert_frame_equal(
        measure_impact(longer, done).estimates[columns], measure_impact(shorter, done).estimates[columns]
    )


def test_what_is_expected_rests_on_the_months_before_alone() -> None:
    counts = drawn_counts(Null(), MONTHS, number=24, seed=9)
    code, start = str(counts.columns[0]), pd.Period("2014-04", "M")
    changed = counts.copy()
    changed.loc[start:, code] *= 3
    paths = [
        measure_impact(series_set(each), Intervention("x", code, start)).paths["expected_count"].to_numpy()
        for each in (counts, changed)
    ]
    # Catches a counterfactual that has seen what it is held against.
    assert np.allclose(paths[0], paths[1])
