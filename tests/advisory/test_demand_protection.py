"""Counts from a council's records at the door: hidden or rounded everywhere, with nothing left that gives one back."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from builders import InventedArea, make_demand_result

from ehforecast.advisory import Advice, release
from ehforecast.advisory.demand_protection import RULES, hidden_last_season, is_counted_from_records, split_of
from ehforecast.advisory.ledger import Earlier, Ledger
from ehforecast.advisory.safe_counts import SafeCounts
from ehforecast.demand.results import ALL_AREAS, QUANTILE_LEVELS, DemandResult
from ehforecast.errors import ReleaseRefused

REQUEST = {"purpose": "planning", "run_id": "run-1", "data_source": "Invented. No licence needed."}
CODES = {"X00000001": "total", "X00000002": "north", "X00000003": "south", "X00000004": "west"}
COUNTS = {
    "2022-01": {"total": 403, "north": 196, "south": 204, "west": 3},
    "2022-02": {"total": 412, "north": 201, "south": 211, "west": 0},
    "2022-03": {"total": 413, "north": 202, "south": 203, "west": 8},
    "2020-01": {"total": 17, "north": 8, "south": 9, "west": 0},
}
AHEAD = "2022-04"


def from_records() -> DemandResult:
    """A council with three localities, whose months have 50, 20, 18 and 12 contacts where nothing else is told."""
    made = make_demand_result([InventedArea(name, mean=100.0) for name in ("Whole council", "North", "South", "West")])
    frames = {
        name: frame.assign(area_code=frame["area_code"].replace(CODES)) if "area_code" in frame else frame
        for name, frame in made.frames().items()
    }
    levels = ["council", "locality", "locality", "locality"]
    frames["areas"] = frames["areas"].assign(area_level=levels)
    usual = {"total": 50, "north": 20, "south": 18, "west": 12}
    told = [
        COUNTS.get(month, usual)[code]
        for code, month in zip(frames["observed"]["area_code"], frames["observed"]["month"], strict=True)
    ]
    frames["observed"] = frames["observed"].assign(observed_count=np.array(told, dtype=float), absent_because="")
    return DemandResult.from_parts(made.facts() | {"measure": "contacts"}, frames | _extras())


def _extras() -> dict[str, pd.DataFrame]:
    codes = list(CODES.values())
    totals = [(code, 12, level, 601.3, 588.0, "") for code in codes for level in QUANTILE_LEVELS]
    parts = [
        (code, month, part, 0.1, 33.3)
        for code in codes
        for month in ("2022-03", AHEAD)
        for part in ("level", "trend", "season", "calendar", "event", "rest")
    ]
    completed = [
        (code, month, COUNTS[month][code], COUNTS[month][code] + 2.4, level, COUNTS[month][code] + 2.0)
        for code in codes
        for month in ("2022-01", "2022-03")
        for level in QUANTILE_LEVELS
    ]
    changes = [
        (code, month, 101.4, COUNTS.get(month, {}).get(code, np.nan), 103.3, 1.9, 1.0, 0.3, 0.4, 0.2)
        for code in codes
        for month in ("2022-01", AHEAD)
    ]
    past = [
        ("run-0", "2021-03", code, ahead, "wape", 0.123456, months)
        for code, ahead, months in ((ALL_AREAS, 0, 48), (ALL_AREAS, 1, 4), ("west", 0, 12), (ALL_AREAS, 0, 4))
    ]
    return {
        "totals": pd.DataFrame(
            totals, columns=["area_code", "months", "level", "total_count", "total_before", "absent_because"]
        ),
        "explanation": pd.DataFrame(parts, columns=["area_code", "month", "part", "log_effect", "count"]),
        "completed": pd.DataFrame(
            completed,
            columns=["area_code", "month", "recorded_count", "completed_count", "level", "quantile_count"],
        ),
        "changes": pd.DataFrame(
            changes,
            columns=[
                "area_code", "month", "earlier_count", "observed_count", "latest_count", "change", "new_data", "level",
                "calendar", "rest",
            ],
        ),
        "past_forecasts": pd.DataFrame(
            past, columns=["run_id", "data_until", "area_code", "months_ahead", "metric", "value", "months"]
        ),
    }  # fmt: skip


@pytest.fixture(scope="module")
def raw() -> DemandResult:
    return from_records()


@pytest.fixture(scope="module")
def shown(raw: DemandResult) -> DemandResult:
    return release(raw, **REQUEST).result


def of(frame: pd.DataFrame, code: str, month: str) -> pd.Series:
    return frame[(frame["area_code"] == code) & (frame["month"] == month)].iloc[0]


def test_small_counts_are_hidden_and_all_others_rounded(shown: DemandResult) -> None:
    west = of(shown.observed, "west", "2022-01")
    # Catches a count of 1 to 7 that leaves, or that leaves without its reason.
    assert np.isnan(west["observed_count"])
    assert west["absent_because"] == "suppressed"
    # Catches a nought that is hidden without need, and an exact count.
    assert of(shown.observed, "west", "2022-02")["observed_count"] == 0
    assert [of(shown.observed, code, "2022-03")["observed_count"] for code in CODES.values()] == [415, 200, 205, 10]


def test_no_month_shows_a_count_of_1_to_7_or_between_fives(shown: DemandResult, raw: DemandResult) -> None:
    counts = shown.observed["observed_count"].dropna()
    # Catches one month or area that was passed over.
    assert ((counts == 0) | (counts > 7)).all()
    assert (counts % 5 == 0).all()
    # Catches a month lost, or a result changed behind the back of whoever holds it.
    assert len(shown.observed) == len(raw.observed)
    assert of(raw.observed, "west", "2022-01")["observed_count"] == 3


def test_figures_published_by_others_stay_as_they_are() -> None:
    published = make_demand_result([InventedArea("Northmere", mean=6.0)])
    left = release(published, **REQUEST).result.observed
    # Catches figures of the Department hidden or rounded a second time.
    pd.testing.assert_frame_equal(left, published.observed)
    assert not is_counted_from_records(published)


@pytest.mark.parametrize(("column", "value"), [("area_code", "E0600000"), ("area_level", "locality")])
def test_whatever_is_no_official_area_counts_as_records(column: str, value: str) -> None:
    published = make_demand_result([InventedArea("Northmere"), InventedArea("Ashby Vale")])
    areas = published.areas.assign(**{column: [value, *published.areas[column].iloc[1:]]})
    # Catches a council's own figures taken for published ones because one of them looks like it.
    assert is_counted_from_records(replace(published, areas=areas))


def test_what_was_counted_before_is_hidden_beside_a_hidden_month(shown: DemandResult) -> None:
    totals = shown.totals.drop_duplicates("area_code").set_index("area_code")
    # Catches the sum of twelve months beside eleven of them.
    assert totals["total_before"].isna()["west"]
    assert totals.loc["west", "absent_because"] == "suppressed"
    # Catches a total withheld without need, or anything but the sum of what is shown: nine months of 20, and 195, 200,
    # 200 of three.
    assert totals.loc["north", "total_before"] == 9 * 20 + 195 + 200 + 200
    assert (shown.totals["total_count"] == 600).all()


def test_parts_of_past_months_do_not_leave(shown: DemandResult) -> None:
    # Catches parts that add up to a count that was rounded.
    assert set(shown.explanation["month"]) == {AHEAD}
    # Catches parts finer than the counts.
    assert (shown.explanation["count"] == 35).all()


def test_months_still_coming_in_are_shown_like_all_others(shown: DemandResult) -> None:
    west = shown.completed[shown.completed["area_code"] == "west"]
    # Catches a hidden month that stands among the incomplete ones.
    assert set(west["month"]) == {"2022-03"}
    assert set(west["recorded_count"]) == {10}
    counts = shown.completed[["recorded_count", "completed_count", "quantile_count"]].to_numpy()
    # Catches an exact count beside the rounded one.
    assert (counts % 5 == 0).all()


def test_counts_beside_changes_are_shown_like_all_others(shown: DemandResult) -> None:
    # Catches the hidden month's count in another table.
    assert np.isnan(of(shown.changes, "west", "2022-01")["observed_count"])
    assert of(shown.changes, "north", "2022-01")["observed_count"] == 195
    # Catches a month that has not come shown as counted.
    assert np.isnan(of(shown.changes, "north", AHEAD)["observed_count"])


def test_scores_do_not_give_counts_back(shown: DemandResult) -> None:
    # Catches the score of one area's months, or of few, from which a forecast's reader could work out the count.
    assert shown.past_forecasts[["area_code", "months_ahead", "months"]].to_numpy().tolist() == [[ALL_AREAS, 0, 48]]
    # Catches scores of so many digits that the counts behind them can be searched for.
    assert shown.past_forecasts["value"].tolist() == [0.123]
    assert (shown.accuracy["value"].round(3) == shown.accuracy["value"]).all()


def test_a_result_that_says_less_is_protected_too(raw: DemandResult) -> None:
    less = replace(raw, **{name: pd.DataFrame() for name in _extras()})
    left = release(less, **REQUEST).result
    # Catches a crash where a run has no totals, parts or earlier forecasts, and bare counts for want of them.
    assert np.isnan(of(left.observed, "west", "2022-01")["observed_count"])


def test_the_whole_council_alone_is_protected_too(raw: DemandResult) -> None:
    alone = DemandResult.from_parts(
        raw.facts(),
        {
            name: frame[frame["area_code"].isin(["total", ALL_AREAS])] if "area_code" in frame else frame
            for name, frame in raw.frames().items()
        },
    )
    counts = release(alone, **REQUEST).result.observed["observed_count"]
    # Catches a crash, or bare counts, where nothing is split.
    assert (counts % 5 == 0).all()


def test_advice_by_hand_with_bare_counts_is_refused(raw: DemandResult) -> None:
    with pytest.raises(ReleaseRefused, match=r"protection of \d+ counts from records"):
        # Catches a way round the door for counts nobody protected.
        Advice(raw, **REQUEST)


def test_a_total_before_beside_a_hidden_month_is_refused(shown: DemandResult) -> None:
    bare = replace(shown, totals=shown.totals.assign(total_before=590.0))
    with pytest.raises(ReleaseRefused, match="protection of the totals before of 1 areas"):
        # Catches a total put back by hand.
        Advice(bare, **REQUEST)


def repeating(result: DemandResult) -> DemandResult:
    """The same, forecast by the same month last year."""
    return replace(result, areas=result.areas.assign(forecaster="seasonal_naive"))


def test_a_forecast_that_repeats_a_hidden_month_does_not_leave(raw: DemandResult) -> None:
    left = release(repeating(raw), **REQUEST).result
    # Catches a middle of 0 beside a month marked [c]: one or two contacts; and ranges as wide as in every other month,
    # or a total, that narrow it as well.
    for name in ("forecast", "totals", "explanation", "changes"):
        assert set(getattr(left, name)["area_code"]) == {"total", "north", "south"}, name
    why = left.areas.set_index("area_code")["refusal"]
    # Catches a series that is gone without a word, or others refused with it.
    assert "too small to be shown" in why["west"]
    assert set(why.drop("west")) == {""}
    # Catches what was counted taken along: its other months are shown.
    assert of(left.observed, "west", "2022-03")["observed_count"] == 10


def test_a_forecast_that_repeats_a_hidden_month_is_refused_at_the_door(shown: DemandResult) -> None:
    with pytest.raises(ReleaseRefused, match="hidden months that the forecasts of 1 series repeat"):
        # Catches such a forecast put back by hand.
        Advice(repeating(shown), **REQUEST)


def test_hidden_months_are_those_of_the_last_season(raw: DemandResult) -> None:
    # Catches a month of 3 passed over (2022-01), or series that hide nothing taken with it.
    assert hidden_last_season(raw, SafeCounts()) == {"west"}
    told = {("west", "2022-01"): 12.0, ("total", "2022-01"): 412.0, ("west", "2020-01"): 3.0,
            ("total", "2020-01"): 20.0}  # fmt: skip
    observed = raw.observed.set_index(["area_code", "month"])
    observed.loc[list(told), "observed_count"] = list(told.values())
    # Catches a month hidden years ago that takes this year's plan away.
    assert hidden_last_season(replace(raw, observed=observed.reset_index()), SafeCounts()) == set()
    few = raw.observed.assign(observed_count=raw.observed["observed_count"].clip(upper=3))
    whole = replace(raw, observed=few[few["area_code"] == "total"], areas=raw.areas.head(1))
    # Catches a whole that goes by another name than plans and packs give it.
    assert hidden_last_season(whole, SafeCounts()) == {"all"}


@pytest.mark.parametrize(
    ("code", "level", "split"),
    [
        ("total", "council", {}),
        ("north", "council", None),
        ("north | 1A", "locality by source", {"locality": "north", "source": "1A"}),
        ("north", "locality by source", None),
        ("north", "planet", None),
    ],
)
def test_series_from_records_are_told_by_their_keys(code: str, level: str, split: dict[str, str] | None) -> None:
    # Catches counts tied to the wrong sum, or an unknown kind of area that is protected as if it were known.
    assert split_of(code, level) == split


def test_records_of_an_unknown_kind_are_refused(raw: DemandResult) -> None:
    with pytest.raises(ReleaseRefused, match="which kind of area it is"):
        # Catches a crash, or a release, where nobody knows what adds up to what.
        release(replace(raw, areas=raw.areas.assign(area_level="planet")), **REQUEST)


@pytest.mark.parametrize("until", ["2024-03-31", "2024-03-25/2024-03-31"])
def test_other_steps_are_refused_in_words(raw: DemandResult, until: str) -> None:
    with pytest.raises(ReleaseRefused, match="a step of a month: forecasts by day, week or four weeks are kept"):
        # Catches a crash, or months invented out of weeks.
        release(replace(raw, data_until=until), **REQUEST)


def test_past_parts_of_published_areas_with_hidden_months_do_not_leave() -> None:
    published = make_demand_result([InventedArea("Northmere", absent={"2020-05": "suppressed"}), InventedArea("Ashby")])
    parts = [(code, month, "level", 1.0, 3.3) for code in ("X00000001", "X00000002") for month in ("2022-03", AHEAD)]
    explained = pd.DataFrame(parts, columns=["area_code", "month", "part", "log_effect", "count"])
    left = release(replace(published, explanation=explained), **REQUEST).result.explanation
    # Catches the parts of a hidden month, which add up to its count; and parts taken from areas that hide nothing.
    assert left[["area_code", "month"]].to_numpy().tolist() == [
        ["X00000001", AHEAD], ["X00000002", "2022-03"], ["X00000002", AHEAD],
    ]  # fmt: skip


def with_late_records(result: DemandResult, *, more: int) -> DemandResult:
    """The same, known later: some contacts of March 2022 came late, in the north."""
    late = result.observed["area_code"].isin(["total", "north"]) & result.observed["month"].eq("2022-03")
    return replace(
        result, observed=result.observed.assign(observed_count=result.observed["observed_count"] + more * late)
    )


def march(advice: Advice) -> dict[str, float]:
    rows = advice.result.observed[advice.result.observed["month"] == "2022-03"]
    return dict(zip(rows["area_code"], rows["observed_count"], strict=True))


def test_a_month_that_differs_by_a_few_repeats_what_was_told() -> None:
    first = release(from_records(), **REQUEST)
    told = march(first)
    again = release(
        with_late_records(from_records(), more=2), **REQUEST | {"run_id": "run-2"}, earlier=Earlier(first.counted)
    )
    # Catches two children told by subtraction: 413 and 415 would be told as 415 both, but 202 and 204 as 200 and 205.
    assert march(again) == told
    later = release(
        with_late_records(from_records(), more=30), **REQUEST | {"run_id": "run-2"}, earlier=Earlier(first.counted)
    )
    # Catches a month that is never mended: thirty late records are told.
    assert (march(later)["total"], march(later)["north"]) == (445, 230)
    # Catches figures that stand again and are written down as new.
    assert all(one is two for one, two in zip(first.counted, again.counted, strict=True))
    assert [release.run_id for release in later.counted].count("run-2") == 1


def test_without_what_was_released_before_the_ledger_refuses(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.jsonl")
    ledger.append(release(from_records(), **REQUEST).counted, run_id="run-1", report="forecast", files={})
    forgetful = release(with_late_records(from_records(), more=4), **REQUEST | {"run_id": "run-2"})
    # Catches a ledger that trusts whoever forgot to look into it.
    with pytest.raises(ReleaseRefused, match="contacts in 2022-03"):
        ledger.check(forgetful.counted, rules=RULES)
