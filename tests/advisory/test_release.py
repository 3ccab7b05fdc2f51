"""The door: one test per rule, each by taking one piece of evidence away. There is no switch to skip any."""

import inspect
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from builders import INVENTED_AREAS, make_demand_result

from ehforecast.advisory import Advice, Purpose, release
from ehforecast.advisory.evidence import check_within_life
from ehforecast.demand.results import ALL_AREAS, DemandResult
from ehforecast.errors import ReleaseRefused

FIRST = "X00000001"
REQUEST = {"purpose": "planning", "run_id": "run-1", "data_source": "Invented. No licence needed."}


@pytest.fixture(scope="module")
def complete() -> DemandResult:
    """A result that lacks nothing."""
    return make_demand_result()


def refused(result: DemandResult, **request: str) -> tuple[str, ...]:
    with pytest.raises(ReleaseRefused) as refusal:
        release(result, **{**REQUEST, **request})
    return refusal.value.missing


def table(name: str, change: Callable[[pd.DataFrame], pd.DataFrame]) -> Callable[[DemandResult], DemandResult]:
    """A change of one table of a result."""
    return lambda result: replace(result, **{name: change(getattr(result, name).copy())})


def without(name: str, **where: object) -> Callable[[DemandResult], DemandResult]:
    """The rows of a table that match in every column are taken away."""
    return table(name, lambda rows: rows[~np.logical_and.reduce([rows[key] == value for key, value in where.items()])])


def put(name: str, column: str, value: object, **where: object) -> Callable[[DemandResult], DemandResult]:
    """A value is put into one column of the rows that match."""

    def change(rows: pd.DataFrame) -> pd.DataFrame:
        matching = np.logical_and.reduce([rows[key] == wanted for key, wanted in where.items()])
        return rows.assign(**{column: rows[column].astype(object).mask(matching, value).infer_objects()})

    return table(name, change)


ACCURACY = "average miss and how often each range held, in months not used to choose the method"

BROKEN: dict[str, tuple[Callable[[DemandResult], DemandResult], str]] = {
    "no measure": (lambda result: replace(result, measure=" "), "the measure: what is counted"),
    "no data date": (
        lambda result: replace(result, data_until="2022-13"),
        "the data date: the last month with data, as year and month",
    ),
    "no horizon": (lambda result: replace(result, horizon=0), "a horizon of at least one month"),
    "a column lost": (table("observed", lambda t: t.drop(columns="month")), "column 'month' of table 'observed'"),
    "no areas": (
        lambda result: replace(
            result,
            **{name: getattr(result, name).iloc[:0] for name in ("areas", "observed", "forecast", "accuracy")},
        ),
        "at least one area",
    ),
    "an unlisted area forecast": (
        without("areas", area_code=FIRST),
        "a row in table 'areas' for 1 areas of table 'forecast'",
    ),
    "an unlisted area observed": (
        without("areas", area_code=FIRST),
        "a row in table 'areas' for 1 areas of table 'observed'",
    ),
    "an unlisted area scored": (
        without("areas", area_code=FIRST),
        "a row in table 'areas' for 1 areas of table 'accuracy'",
    ),
    "an area twice": (
        table("areas", lambda t: pd.concat([t, t.iloc[:1]])),
        "one row for each area in table 'areas': 1 are repeated",
    ),
    "no name": (put("areas", "area_name", "", area_code=FIRST), f"{FIRST}: its name"),
    "no kind": (put("areas", "area_level", "planet", area_code=FIRST), "Northmere: which kind of area it is"),
    "no unit": (put("areas", "rounded_to", 0, area_code=FIRST), "Northmere: the unit its counts are rounded to"),
    "absent without reason": (
        put("observed", "absent_because", "", absent_because="suppressed"),
        "the reason why 3 observed months have no count",
    ),
    "absent for an unknown reason": (
        put("observed", "absent_because", "lost", absent_because="suppressed"),
        "a known reason why 3 observed months have no count",
    ),
    "suppressed and shown": (
        put("observed", "observed_count", 4.0, absent_because="suppressed"),
        "protection of 3 observed months that are marked absent and still carry a count",
    ),
    "no forecast and no reason": (
        put("areas", "refusal", "", area_name="Wetherdale"),
        "Wetherdale: a forecast, or the reason why there is none",
    ),
    "a forecast and a refusal": (
        put("areas", "refusal", "Too short.", area_code=FIRST),
        "Northmere: one answer: it has a forecast and a reason why there is none",
    ),
    "a month lost": (
        without("forecast", area_code=FIRST, month="2022-07"),
        "Northmere: a forecast for 1 of the 12 months ahead",
    ),
    "a month too many": (
        put("forecast", "month", "2024-01", area_code=FIRST, month="2023-03"),
        "Northmere: a place in the horizon for 1 forecast months outside it",
    ),
    "a month twice": (
        table("forecast", lambda t: pd.concat([t, t.iloc[:1]])),
        "one forecast count for each area, month and level: 1 are repeated",
    ),
    **{
        f"no level {level}": (
            without("forecast", area_code=FIRST, month="2022-07", level=level),
            "Northmere: the middle and both ends of the 50, 80 and 95 per cent ranges in 1 months",
        )
        for level in (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)
    },
    "a level without a number": (
        put("forecast", "forecast_count", np.nan, area_code=FIRST, month="2022-07", level=0.9),
        "Northmere: the middle and both ends of the 50, 80 and 95 per cent ranges in 1 months",
    ),
    "a negative count": (
        put("forecast", "forecast_count", -5.0, area_code=FIRST, month="2022-07", level=0.025),
        "Northmere: counts of 0 or more in 1 months",
    ),
    "ranges out of order": (
        put("forecast", "forecast_count", 1.0, area_code=FIRST, month="2022-07", level=0.9),
        "Northmere: ranges in order, each inside the wider one, in 1 months",
    ),
    "no method": (
        put("areas", "forecaster", "", area_code=FIRST),
        "Northmere: the method that made its forecast, with a label in plain words",
    ),
    "no words for the method": (
        put("forecasters", "label", " ", forecaster="pooled_season"),
        "Northmere: the method that made its forecast, with a label in plain words",
    ),
    **{
        f"no {metric} of the method": (
            without("accuracy", forecaster="pooled_season", stage="report", metric=metric),
            f"Northmere: past accuracy of its method: {ACCURACY}",
        )
        for metric in ("wape", "coverage50", "coverage80", "coverage95")
    },
    "accuracy without a number": (
        put("accuracy", "value", np.nan, forecaster="pooled_season", stage="report", metric="coverage80"),
        f"Northmere: past accuracy of its method: {ACCURACY}",
    ),
    "accuracy on the months it was chosen by": (
        put("accuracy", "stage", "choice", forecaster="pooled_season"),
        f"Northmere: past accuracy of its method: {ACCURACY}",
    ),
    "no seasonal naive beside it": (
        without("accuracy", forecaster="seasonal_naive", stage="report", metric="coverage80"),
        f"Northmere: past accuracy of the same month last year, to compare with: {ACCURACY}",
    ),
    "a comparison over other months": (
        put("accuracy", "months", 96, forecaster="seasonal_naive", area_code=FIRST),
        "Northmere: a comparison with the same month last year over the same months and areas",
    ),
    "a comparison over other areas": (
        without("accuracy", forecaster="seasonal_naive", area_code=FIRST),
        "Northmere: a comparison with the same month last year over the same months and areas",
    ),
}


@pytest.mark.parametrize("rule", BROKEN)
def test_refused_by_rule(rule: str, complete: DemandResult) -> None:
    break_it, words = BROKEN[rule]
    # Catches a rule that lets a result through, or that names something else as missing.
    assert words in refused(break_it(complete))


def test_complete_evidence_is_released(complete: DemandResult) -> None:
    advice = release(complete, **REQUEST)
    # Catches a door that refuses everything, and advice that says another purpose or run than was asked.
    assert (advice.purpose, advice.run_id, advice.data_source) == tuple(REQUEST.values())


@pytest.mark.parametrize("purpose", [*Purpose])
def test_each_listed_purpose_is_accepted(purpose: Purpose, complete: DemandResult) -> None:
    # Catches a listed purpose that the door does not know.
    assert release(complete, **{**REQUEST, "purpose": purpose}).purpose == purpose


@pytest.mark.parametrize("purpose", ["", "Planning", "triage", "enforcement", "screening of families"])
def test_other_purposes_are_refused(purpose: str, complete: DemandResult) -> None:
    # Catches a purpose that nobody agreed to, or one that is let in by its spelling.
    assert refused(complete, purpose=purpose) == ("a purpose from the closed list: planning, research, service audit",)


@pytest.mark.parametrize(
    ("field", "words"), [("run_id", "the id of the run"), ("data_source", "the source of the data and its licence")]
)
def test_run_and_source_are_named(field: str, words: str, complete: DemandResult) -> None:
    # Catches advice that cannot be traced to a run or to data.
    assert refused(complete, **{field: " "}) == (words,)


def test_everything_missing_is_listed_together(complete: DemandResult) -> None:
    broken = replace(complete, measure="")
    rules = ("absent without reason", "no forecast and no reason", "a month lost", "no wape of the method", "no unit")
    for rule in rules:
        broken = BROKEN[rule][0](broken)
    missing = refused(broken, purpose="triage", run_id="", data_source="")
    # Catches a door that stops at the first thing, so that its user comes back once for each.
    assert {BROKEN[rule][1] for rule in rules} <= {*missing}
    assert len(missing) >= len(rules) + 4
    # Catches one piece of evidence asked for twice.
    assert len(missing) == len({*missing})


def test_results_without_columns_are_refused_with_the_rest(complete: DemandResult) -> None:
    missing = refused(replace(complete, measure="", accuracy=pd.DataFrame()), purpose="triage")
    # Catches a crash where a table is empty, and a list that forgets what could still be judged.
    assert "column 'stage' of table 'accuracy'" in missing
    assert {"the measure: what is counted", "a purpose from the closed list: planning, research, service audit"} <= {
        *missing
    }


def test_message_says_all_and_has_its_own_exit_code(complete: DemandResult) -> None:
    with pytest.raises(ReleaseRefused) as refusal:
        release(BROKEN["a month lost"][0](complete), **REQUEST)
    # Catches a refusal that does not tell its reader what to mend.
    assert str(refusal.value) == "not released as advice; missing: Northmere: a forecast for 1 of the 12 months ahead"
    # Catches a refusal that a script takes for another failure.
    assert refusal.value.exit_code == 7


def test_messages_carry_no_value_of_the_data(complete: DemandResult) -> None:
    hidden = put("observed", "observed_count", 4444.0, absent_because="suppressed")(complete)
    # Catches a message that gives away the figure it protects.
    assert "4444" not in "".join(refused(hidden))


def test_pooled_accuracy_is_enough(complete: DemandResult) -> None:
    pooled = replace(complete, accuracy=complete.accuracy[complete.accuracy["area_code"] == ALL_AREAS])
    # Catches a new area being refused although its method was tested on all the others.
    assert release(pooled, **REQUEST)


def test_a_result_with_refusals_only_is_released(complete: DemandResult) -> None:
    only = replace(
        complete,
        areas=complete.areas.assign(refusal="Too few figures.", forecaster=""),
        forecast=complete.forecast.iloc[:0],
        accuracy=complete.accuracy.iloc[:0],
    )
    # Catches a door at which honest refusals cannot be reported.
    assert release(only, **REQUEST)


def test_there_is_no_way_round_the_door(complete: DemandResult) -> None:
    # Catches a switch: nothing may be passed but the result, three facts about the run, and what was released before.
    assert list(inspect.signature(release).parameters) == ["result", "purpose", "run_id", "data_source", "earlier"]
    for broken in (BROKEN["no wape of the method"][0](complete), BROKEN["suppressed and shown"][0](complete)):
        with pytest.raises(ReleaseRefused):
            # Catches advice made by hand, without the door.
            Advice(broken, **REQUEST)
        with pytest.raises(ReleaseRefused):
            # Catches good advice whose result is exchanged afterwards.
            replace(release(complete, **REQUEST), result=broken)


def test_counts_are_released_at_their_published_unit(complete: DemandResult) -> None:
    forecast = release(complete, **REQUEST).result.forecast
    units = forecast["area_code"].map(complete.areas.set_index("area_code")["rounded_to"])
    # Catches numbers that pretend to be finer than the figures they rest on: England and regions are in tens.
    assert (forecast["forecast_count"] % units == 0).all()
    # Catches rounding to the wrong unit or downwards: no count moves by more than half a unit.
    assert ((forecast["forecast_count"] - complete.forecast["forecast_count"]).abs() <= units / 2 + 1e-9).all()
    # Catches a result changed behind the back of whoever still holds it.
    assert (complete.forecast["forecast_count"] % 1 > 0).any()


def test_all_invented_areas_have_a_reason_to_be_there() -> None:
    # Catches a fixture that no longer has an absent month, a rounded area or a refused one, so that rules go untested.
    assert any(area.absent for area in INVENTED_AREAS)
    assert any(area.rounded_to == 10 for area in INVENTED_AREAS)
    assert any(area.refusal for area in INVENTED_AREAS)


@pytest.mark.parametrize(
    ("data_until", "at_hand", "passes"),
    [
        ("2022-03", "2022-03", True),
        ("2022-03", "2022-09", True),
        ("2022-03", "2022-10", False),
        ("2022-09-30", "2023-03-31", True),
        ("2022-09-30", "2023-04-01", False),
        ("2022-03", "2019-01", True),
    ],
)
def test_a_forecast_lives_for_half_a_year_of_newer_data(data_until: str, at_hand: str, *, passes: bool) -> None:
    if passes:
        # Catches a forecast refused while it is still the best there is.
        check_within_life(data_until, at_hand=at_hand)
        return
    # Catches an old forecast printed again beside data that have overtaken it.
    with pytest.raises(ReleaseRefused, match=rf"data up to {data_until}, and data up to {at_hand} are at hand"):
        check_within_life(data_until, at_hand=at_hand)
