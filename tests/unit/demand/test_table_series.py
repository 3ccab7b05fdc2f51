from datetime import date

import numpy as np
import pandas as pd
import pytest

from ehforecast.demand.hierarchy import hierarchy_of
from ehforecast.demand.steps import Step
from ehforecast.demand.table_series import TablePlan, table_series
from ehforecast.errors import ForecastError

STARTS = {
    Step.DAY: pd.date_range("2023-01-02", periods=6),
    Step.WEEK: pd.date_range("2023-01-02", periods=6, freq="7D"),
    Step.FOUR_WEEKS: pd.date_range("2023-01-02", periods=6, freq="28D"),
    Step.MONTH: pd.date_range("2023-01-01", periods=6, freq="MS"),
}
AS_OF = date(2024, 1, 1)


def table(step: Step) -> pd.DataFrame:
    return pd.DataFrame({"series": "a", "period_start": STARTS[step], "count": np.arange(6.0)})


@pytest.mark.parametrize("step", list(Step))
def test_a_sound_table_is_read_at_every_step(step: Step) -> None:
    found = table_series(table(step), TablePlan(step, AS_OF))
    # A period lost or put in the wrong place would shift the season.
    assert found.counts["a"].tolist() == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    assert found.periods.start_time.tolist() == STARTS[step].tolist()


def test_a_period_without_a_row_is_absent() -> None:
    found = table_series(table(Step.WEEK).drop(index=2), TablePlan(Step.WEEK, AS_OF))
    # Missing is not nought, and has a reason.
    assert found.counts["a"].isna().tolist() == [False, False, True, False, False, False]
    assert found.absences["a"].tolist()[2] == "blank"


def broken(step: Step, **changes: object) -> pd.DataFrame:
    rows = table(step)
    rows.loc[6] = {"series": "a", "period_start": pd.Timestamp("2023-07-01"), "count": 1.0, **changes}
    return rows


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (broken(Step.MONTH, period_start=pd.Timestamp("2023-06-01")), "1 rows .* are told twice"),
        (broken(Step.MONTH, period_start=pd.Timestamp("2023-07-03")), "1 rows .* do not begin on the first day of a m"),
        (broken(Step.MONTH, count=-1.0), "1 rows .* have a count below nought"),
        (broken(Step.MONTH, period_start=pd.Timestamp("2024-01-01")), "1 rows .* are not over by 2024-01-01"),
        (table(Step.MONTH).iloc[:0], "has no rows"),
    ],
)
def test_bad_months_are_refused(rows: pd.DataFrame, message: str) -> None:
    # A duplicated date, a week among months, a count that cannot be, a month still running: each would be learned from.
    with pytest.raises(ForecastError, match=message):
        table_series(rows, TablePlan(Step.MONTH, AS_OF))


@pytest.mark.parametrize("step", [Step.WEEK, Step.FOUR_WEEKS])
def test_mixed_steps_are_refused(step: Step) -> None:
    # Months among weeks begin on any weekday.
    with pytest.raises(ForecastError, match="one step at a time"):
        table_series(pd.concat([table(step), table(Step.MONTH)]), TablePlan(step, AS_OF))
    hours = table(Step.DAY).assign(period_start=lambda rows: rows["period_start"] + pd.Timedelta("1h"))
    with pytest.raises(ForecastError, match="first day of a day"):
        table_series(hours, TablePlan(Step.DAY, AS_OF))


def test_a_hierarchy_that_does_not_add_up_is_refused() -> None:
    hierarchy = hierarchy_of(pd.DataFrame({"side": ["N", "S"]}, index=["n", "s"]), [()])
    leaves = [table(Step.MONTH).assign(series=name) for name in ("n", "s")]
    total = table(Step.MONTH).assign(series="total", count=2 * np.arange(6.0))
    plan = TablePlan(Step.MONTH, AS_OF, hierarchy=hierarchy)
    # A sound one is taken.
    assert table_series(pd.concat([*leaves, total]), plan).counts.shape == (6, 3)
    wrong = total.assign(count=[0.0, 2.0, 4.0, 6.0, 8.0, 11.0])
    # One month is off by one: reconciling it would spread an error of the table over every series.
    with pytest.raises(ForecastError, match=r"does not add up: 1 periods of 1 nodes \(total\)"):
        table_series(pd.concat([*leaves, wrong]), plan)


def test_two_keys_with_a_value_in_common_are_refused() -> None:
    keys = pd.DataFrame(
        {"locality": ["other", "other", "north"], "source": ["school", "other", "other"]}, index=["1", "2", "3"]
    )
    # Two different nodes under one name would overwrite each other.
    with pytest.raises(ForecastError, match="share a name with another"):
        hierarchy_of(keys, [("locality",), ("source",)])
