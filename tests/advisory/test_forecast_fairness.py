"""What leaves of the places for which a forecast is worse: with ranges, without small places, without counts."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from builders import make_demand_result, past_months

from ehforecast.advisory import Advice, release
from ehforecast.errors import ReleaseRefused
from ehforecast.pipelines.forecast_fairness import audit_places
from ehforecast.risk.fairness_results import ForecastFairnessResult

REQUEST = {"purpose": "planning", "run_id": "run-1", "data_source": "Invented. No licence needed."}


@pytest.fixture(scope="module")
def found() -> ForecastFairnessResult:
    audited = audit_places(replace(make_demand_result(), tested=past_months()))
    assert audited is not None
    return audited


@pytest.fixture(scope="module")
def advice() -> Advice:
    return release(replace(make_demand_result(), tested=past_months()), **REQUEST)


def missing(advice: Advice, found: ForecastFairnessResult) -> str:
    with pytest.raises(ReleaseRefused) as refusal:
        advice.with_places(found)
    return "; ".join(refusal.value.missing)


def put(found: ForecastFairnessResult, column: str, value: object) -> ForecastFairnessResult:
    """A value in the first place's row."""
    groups = found.groups.copy()
    groups[column] = [value, *groups[column][1:]]
    return replace(found, groups=groups)


def test_single_past_months_stay_inside(advice: Advice) -> None:
    # Catches what came in single months of records, unprotected, in the hands of a report.
    assert advice.result.tested.empty
    with pytest.raises(ReleaseRefused, match="private, month by month"):
        replace(advice, result=replace(advice.result, tested=past_months()))


def test_shares_are_cut(advice: Advice, found: ForecastFairnessResult) -> None:
    places = advice.with_places(found).places
    assert places is not None
    told = places.groups[["bias", "lower", "upper", "inside"]].to_numpy(dtype=float)
    # Catches a ratio of counts told so exactly that the counts follow from it.
    assert np.array_equal(told, told.round(3), equal_nan=True)
    # Catches counts of children in the audit of a forecast: it has months, dates and shares.
    assert not {"actual", "count", "events"} & set(places.groups)


def test_a_run_without_past_forecasts_says_so(advice: Advice) -> None:
    # Catches an old run that can no longer be reported.
    assert advice.with_places(audit_places(make_demand_result())).places is None


def test_every_place_is_listed(found: ForecastFairnessResult) -> None:
    standing = found.groups.set_index("group")["standing"]
    # Catches a place without past forecasts that is left out in silence.
    assert standing.to_dict() == {
        "Northmere": "measured",
        "All invented councils": "measured",
        "Ashby Vale": "too small",
        "Wetherdale": "too small",
    }


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("lower", np.nan, "the range of 'bias' of 1 places"),
        ("inside_upper", np.nan, "the range of 'inside' of 1 places"),
        ("standing", "equal", "a standing of 1 places"),
        ("standing", "too small", "1 places that are too small and still have a figure of 'bias'"),
    ],
)
def test_what_lacks_evidence_is_refused(
    advice: Advice, found: ForecastFairnessResult, column: str, value: object, words: str
) -> None:
    # Catches a figure without its range, a standing nobody knows, a figure of a place too small for any.
    assert words in missing(advice, put(found, column, value))


@pytest.mark.parametrize("fact", ["about", "multiplicity"])
def test_what_was_looked_at_is_told(advice: Advice, found: ForecastFairnessResult, fact: str) -> None:
    # Catches figures without the forecasts they are of, or tests without what they are adjusted for.
    assert "which past forecasts were compared by place" in missing(advice, replace(found, **{fact: " "}))


def test_names_that_two_places_share_are_told_by_code() -> None:
    result = make_demand_result()
    same = result.areas.assign(area_name="Northmere")
    audited = audit_places(replace(result, areas=same, tested=past_months()))
    assert audited is not None
    # Catches two places of one name judged as one.
    assert sorted(audited.groups["group"]) == sorted(same["area_code"])
    assert pd.Series(audited.groups["periods"]).max() == 48
