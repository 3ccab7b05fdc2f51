"""How a result is read, where that is not already shown by what is released."""

from dataclasses import replace

import pandas as pd
import pytest
from builders import INVENTED_AREAS, make_demand_result

from ehforecast.advisory.reading import find_past_performance, forecast_tables, past_performance, published_levels
from ehforecast.demand.results import ALL_AREAS, INTERVAL_COVERAGES
from ehforecast.errors import ReleaseRefused


def test_published_levels_are_the_middle_and_the_ends() -> None:
    # Catches an end that floating-point arithmetic has moved off the level it is stored under.
    assert published_levels() == [0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975]


def test_tables_hold_what_the_rows_say_in_any_order() -> None:
    result = make_demand_result(INVENTED_AREAS[:2])
    shuffled = replace(result, forecast=result.forecast.sample(frac=1, random_state=1))
    row = result.forecast.query("area_code == 'X00000002' and month == '2022-09' and level == 0.9")
    # Catches a count under the wrong area, month or level.
    assert forecast_tables(shuffled)["X00000002"].loc["2022-09", 0.9] == row["forecast_count"].item()
    # Catches months out of order, which a chart would draw as a scribble.
    assert list(forecast_tables(shuffled)["X00000001"].index) == sorted(result.forecast["month"].unique())


def test_an_area_s_own_accuracy_comes_before_the_pooled_one() -> None:
    result = make_demand_result(INVENTED_AREAS[:1])
    own = result.accuracy.assign(value=result.accuracy["value"] + 0.01 * (result.accuracy["area_code"] == ALL_AREAS))
    found = past_performance(replace(result, accuracy=own), "X00000001", forecaster="pooled_season")
    # Catches pooled accuracy shown for an area that has its own.
    assert (found.wape, found.is_pooled) == (0.14, False)
    # Catches a coverage under the wrong range.
    assert found.coverages == dict(zip(INTERVAL_COVERAGES, (0.44, 71 / 108, 0.9), strict=True))
    pooled = past_performance(replace(result, accuracy=own), "elsewhere", forecaster="pooled_season")
    # Catches an area without its own accuracy going without any.
    assert (pooled.wape, pooled.is_pooled) == (pytest.approx(0.15), True)


def test_accuracy_that_is_not_there_is_said_not_to_be() -> None:
    result = make_demand_result(INVENTED_AREAS[:1])
    none = replace(result, accuracy=pd.DataFrame(columns=result.accuracy.columns))
    # Catches an invented accuracy.
    assert find_past_performance(none, "X00000001", forecaster="pooled_season") is None
    with pytest.raises(ReleaseRefused, match="past accuracy of method 'pooled_season'"):
        past_performance(none, "X00000001", forecaster="pooled_season")
