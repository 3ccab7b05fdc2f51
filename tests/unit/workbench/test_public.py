"""The public names as somebody meets them in a notebook: each says what it is, what it needs and shows itself."""

import inspect
import re
from collections.abc import Callable

import pandas as pd
import pytest
from sklearn.base import clone

import ehforecast as eh
from ehforecast.errors import SettingsError
from ehforecast.workbench.shown import Shown

PUBLIC = {name: getattr(eh, name) for name in eh.__all__ if name != "__version__"}
FUNCTIONS = {name: one for name, one in PUBLIC.items() if inspect.isfunction(one)}
RESULTS = {name: one for name, one in PUBLIC.items() if isinstance(one, type) and issubclass(one, Shown)}
SERIES = eh.Series.of_frame(
    pd.DataFrame({"North": [100.0, 120, 80] * 28}, index=pd.period_range("2018-04", periods=84, freq="M"))
)


def told(one: object) -> str:
    return inspect.getdoc(one) or ""


def test_every_public_name_has_an_example_or_says_where_it_comes_from() -> None:
    silent = [name for name, one in PUBLIC.items() if ">>>" not in told(one) and not re.search(r"see `\w", told(one))]
    # Catches a name whose help leaves a reader with nothing to try.
    assert silent == []


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=list(FUNCTIONS))
def test_every_public_function_says_what_it_takes_and_refuses(function: Callable[..., object]) -> None:
    words = set(re.findall(r"\w+", told(function)))
    # Catches an argument that was added and told to nobody.
    assert [name for name in inspect.signature(function).parameters if name not in words] == []
    # Catches an error that its caller hears of only when it happens.
    assert "Raises" in told(function)


@pytest.mark.parametrize("result", RESULTS.values(), ids=list(RESULTS))
def test_every_result_is_shown_drawn_and_given_as_a_frame(result: type) -> None:
    methods = {name: one for name, one in inspect.getmembers(result, inspect.isfunction) if name[0] != "_"}
    # Catches a result that a notebook prints as an address in memory, or that cannot be worked on with pandas.
    assert {"to_frame", "plot", "lines"} <= set(methods)
    # Catches a method that a notebook's help says nothing about.
    assert [name for name, one in methods.items() if not told(one)] == []


def test_a_forecaster_is_used_as_estimators_are() -> None:
    fitted = eh.Forecaster("seasonal_naive").fit(SERIES)
    copy = clone(fitted)
    # Catches a copy with another method, or with what the first had been given: searches and pipelines clone.
    assert copy.get_params() == fitted.get_params() == {"method": "seasonal_naive"}
    assert not hasattr(copy, "series_")
    # Catches settings that cannot be set, or that hold more than scikit-learn knows of.
    assert fitted.set_params(method="theta") is fitted
    assert "theta" in repr(fitted)
    with pytest.raises(SettingsError, match="no setting speed; there is method"):
        fitted.set_params(speed="fast")
    with pytest.raises(SettingsError, match="no forecaster named oracle"):
        fitted.set_params(method="oracle")


def test_a_forecaster_answers_alike_each_time_and_forgets_what_it_was_fitted_on_before() -> None:
    other = eh.Series.of_frame(SERIES.to_frame() * 2)
    forecaster = eh.Forecaster("seasonal_naive").fit(SERIES)
    once = forecaster.predict(2)
    # Catches an answer that moves from one call to the next.
    pd.testing.assert_frame_equal(forecaster.predict(2), once)
    # Catches a second fit that adds to the first.
    pd.testing.assert_frame_equal(
        forecaster.fit(other).predict(2), eh.Forecaster("seasonal_naive").fit(other).predict(2)
    )
    assert (forecaster.predict(2)[0.5] > once[0.5]).all()


def test_a_cohort_says_how_large_it_is() -> None:
    table = pd.DataFrame({"child": range(4), "family": [0, 0, 1, 1], "before": range(4), "came_back": [0, 1, 0, 1],
                          "period": ["train", "train", "test", "test"]})  # fmt: skip
    columns = eh.CohortColumns("child", group="family", outcome="came_back", period="period")
    shown = repr(eh.cohort_from_table(table, columns, features=["before"], horizon_days=90))
    # Catches a repr that prints rows about people, or hides how few they are.
    assert (
        shown
        == "Cohort of 4 index events and 2 families, horizon 90 days: 2 train, 0 calibrate, 2 test, 0 none; 1 feature"
    )
