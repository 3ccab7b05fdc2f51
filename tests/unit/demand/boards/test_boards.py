"""What boards look at: measures against a recount, ranges against an independent library, grades and places."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest

from ehforecast.advisory.safe_counts import SafeCounts
from ehforecast.demand.board_records import BoardRecords, board_records
from ehforecast.demand.boards.counted import ALL, GROUPS, group_counts, measure_counts
from ehforecast.demand.boards.journeys import after_help
from ehforecast.demand.boards.maturity import GRADES, grade_changes, grade_table
from ehforecast.demand.boards.measures import MEASURES, measure_named
from ehforecast.demand.boards.places import openings
from ehforecast.demand.boards.shares import gaps, measured_shares, met_and_of, next_quarter, year_on_year
from ehforecast.demand.plan.targets import share_interval
from ehforecast.errors import SettingsError
from ehforecast.synthetic.council import SyntheticCouncil, draw_council
from ehforecast.synthetic.council_plan import CouncilPlan, Place

pytestmark = pytest.mark.acceptance("councils")


@pytest.fixture(scope="module")
def council() -> SyntheticCouncil:
    places = (Place("South", 1.0), Place("North East", 2.0))
    return draw_council(CouncilPlan(seed=5, years=4, contacts_a_year=1500, places=places, warm_up_years=2))


@pytest.fixture(scope="module")
def records(council: SyntheticCouncil) -> BoardRecords:
    return board_records(council.tables, council.plan.extracted_on)


def test_places_have_their_names_and_shares(council: SyntheticCouncil) -> None:
    shares = council.tables["contacts"]["locality"].value_counts(normalize=True)
    # Catches names lost on the way, or shares that nobody asked for: two thirds live in the larger place.
    assert shares["North East"] == pytest.approx(2 / 3, abs=0.08)
    # Catches a population that knows nothing of them.
    assert set(council.tables["population"]["locality"]) == {"all", "South", "North East"}


def test_a_measure_equals_a_recount_by_hand(council: SyntheticCouncil, records: BoardRecords) -> None:
    measure = MEASURES["needs_met"]
    found = measure_counts(records, [measure], quarters=4)
    spells = council.tables["early_help_episodes"].merge(council.tables["families"], on="person_id")
    spells = spells.drop_duplicates(["family_id", "started_on"]).dropna(subset=["ended_on"])
    quarter = found["period"].iloc[0]
    year, number = int(quarter[:4]), int(quarter[-1])
    inside = (spells["ended_on"].dt.year == year) & (spells["ended_on"].dt.quarter == number)
    told = found[(found["period"] == quarter) & (found["group"] == ALL)].set_index("answer")["count"]
    # Catches brothers and sisters counted twice, the wrong day, or open spells among those closed.
    assert (told["all"], told["yes"]) == (inside.sum(), (inside & (spells["end_reason"] == "needs_met")).sum())
    # Catches a quarter that had not been followed for as long as the measure asks.
    assert found["period"].max() <= "2021-Q4"


def test_returns_are_counted_from_the_day_after(records: BoardRecords) -> None:
    measure = MEASURES["help_again"]
    rows = measure.population.rows(records).head(80)
    found = measure.holds(rows, records)
    by_hand = [
        bool(((records.family_help["family_id"] == row["family_id"]) & (records.family_help["on"] > row["on"])
              & (records.family_help["on"] <= row["on"] + pd.Timedelta(days=365))).any())
        for row in rows.to_dict("records")
    ]  # fmt: skip
    # Catches the wrong window, the wrong family, or an answer put on another row.
    assert found.tolist() == by_hand


def test_ranges_agree_with_an_independent_library(records: BoardRecords) -> None:
    shares = measured_shares(measure_counts(records, [MEASURES["health_led"]], quarters=4))
    for row in shares.dropna(subset=["value"]).to_dict("records"):
        exact = binomtest(round(row["met"]), round(row["of"])).proportion_ci(0.95, "exact")
        # Row 22. Catches a range that is not Clopper and Pearson's, at nought and all as well.
        assert (row["low"], row["high"]) == pytest.approx((exact.low, exact.high), abs=1e-9)


def test_small_counts_are_hidden_and_no_subtraction_gives_them_back(records: BoardRecords) -> None:
    exact = group_counts(records, MEASURES["stayed_below"], groups=GROUPS)
    shown = SafeCounts().measures(exact)
    small = exact["count"].between(1, 7)
    # Row 4. Catches a small count that is shown, and one shown otherwise than to the nearest five.
    assert small.any()
    assert shown.loc[small, "count"].isna().all()
    assert (shown["count"].dropna() % 5 == 0).all()
    for _, part in shown.groupby(["split", "answer"]):
        groups, whole = part[part["group"] != ALL]["count"], part[part["group"] == ALL]["count"].iloc[0]
        alone = groups.index[groups.isna()]
        if len(alone) == 1 and whole is not pd.NA and small.loc[alone].all():
            left, doubt = float(whole - groups.sum()), 2 * (len(groups.dropna()) + 1)
            possible = [number for number in range(1, 8) if abs(number - left) <= doubt]
            # Catches a lone hidden group whose count the total and the others give back: three numbers must be left.
            assert len(possible) >= 3


def test_every_gap_carries_its_number_and_range(records: BoardRecords) -> None:
    shares = measured_shares(SafeCounts().measures(group_counts(records, MEASURES["stayed_below"], groups=GROUPS)))
    found = gaps(shares)
    told = found[found["gap"].notna()]
    # Row 4. Catches a gap without its number or range, or a verdict that its range does not bear.
    assert len(told)
    assert told[["of", "gap_low", "gap_high"]].notna().to_numpy().all()
    assert (told["verdict"].isin(["higher", "lower"]) == ((told["gap_low"] > 0) | (told["gap_high"] < 0))).all()
    # Catches a hidden count that still tells a gap.
    assert (found.loc[found["met"].isna() & (found["group"] != ALL), "verdict"] == "cannot be told").all()


def test_a_change_is_told_only_beyond_chance() -> None:
    def quarter(period: str, met: int) -> dict[str, object]:
        return {"measure": "m", "period": period, "split": "locality", "group": ALL, "met": met, "of": 200.0}

    def told(first: int, second: int) -> str:
        frame = pd.DataFrame([quarter("2020-Q1", first), quarter("2021-Q1", second)])
        return str(year_on_year(frame.assign(value=frame["met"] / 200, low=0.0, high=1.0))["verdict"].iloc[0])

    # Catches a change of season or chance called a change, and a large one that is not.
    assert [told(100, 104), told(100, 150), told(150, 100)] == ["could be chance", "rose", "fell"]
    alone = pd.DataFrame([quarter("2021-Q1", 50)]).assign(value=0.25, low=0.0, high=1.0)
    assert year_on_year(alone)["verdict"].tolist() == ["cannot be told"]


def test_the_next_quarter_is_learned_from_every_quarter(records: BoardRecords) -> None:
    counts = measure_counts(records, [MEASURES["no_further_action"]], quarters=12)
    found = next_quarter(met_and_of(counts), seed=1).iloc[0]
    # Catches ends the wrong way round, or a quarter that has passed.
    assert found["low"] < found["value"] < found["high"]
    assert found["period"] > counts["period"].max()
    # Catches a forecast out of next to nothing.
    assert next_quarter(met_and_of(measure_counts(records, [MEASURES["needs_met"]], quarters=3)), seed=1).empty


def test_what_came_after_help_adds_up(records: BoardRecords) -> None:
    wide = after_help(records).pivot(index="need_level", columns="came", values="count")
    # Row 4, level 4. Catches a child counted twice or not at all.
    assert (wide.drop(columns=ALL).sum(axis=1) == wide[ALL]).all()
    assert (wide.drop(index=ALL).sum() == wide.loc[ALL]).all()


def test_grades_are_ordered_and_never_averaged() -> None:
    strands = {
        "Leadership": {"2017": ["developing"], "2018": ["maturing"]},
        "Workforce": {"2017": ["early", "developing"], "2018": ["developing"]},
        "Culture": {"2017": ["maturing"], "2018": ["developing"]},
        "Delivery structures": {"2017": ["developing"], "2018": ["developing"]},
        "Delivery processes": {"2018": ["early"]},
        "Strategy": {"2017": ["developing", "maturing"], "2018": ["developing"]},
        "Family experience": {"2017": ["early"], "2018": ["mature"]},
    }
    grades = grade_table(strands, source="s", key="k")
    # Row 27. Catches a strand lost, or an in-between grade made into one of its neighbours.
    assert grades["strand"].nunique() == 7
    assert len(GRADES) == 4
    between = grades[(grades["strand"] == "Workforce") & (grades["year"] == "2017")].iloc[0]
    assert (between["low"], between["high"]) == ("early", "developing")
    # Catches grades turned into numbers.
    assert not grades.select_dtypes("number").columns.tolist()
    # Catches a move that is called sure although the grades touch.
    assert grade_changes(grades)["change"].tolist() == [
        "moved up", "may have moved up", "moved down", "no change", "only one year is graded", "may have moved down",
        "moved up",
    ]  # fmt: skip


@pytest.mark.parametrize("given", [[], ["good"], ["early", "maturing"], ["developing", "early"]])
def test_a_grade_that_does_not_exist_is_refused_by_its_key(given: list[str]) -> None:
    # Catches a matrix with a grade nobody defined, or one between two that are not neighbours.
    with pytest.raises(SettingsError, match=r"'k\.Culture\.2018'"):
        grade_table({"Culture": {"2018": given}}, source="s", key="k")


def test_a_small_sample_has_the_range_so_few_leave() -> None:
    low, high = share_interval(55, 65)
    # Row 26: 84% of 65. Catches another method, or a rounding.
    assert f"{low:.1%} to {high:.1%}" == "73.9% to 91.4%"


def test_an_unknown_measure_is_refused_by_its_key() -> None:
    # Catches a misspelt measure that is silently left out.
    with pytest.raises(SettingsError, match=r"'pack\.measures': records tell no measure 'x'"):
        measure_named("x", key="pack.measures")


def test_no_count_is_a_fraction(records: BoardRecords) -> None:
    counts = measure_counts(records, list(MEASURES.values()), quarters=2)
    # Catches sums that do not add up over places.
    places = counts[counts["group"] != ALL].groupby(["measure", "period", "answer"])["count"].sum()
    whole = counts[counts["group"] == ALL].set_index(["measure", "period", "answer"])["count"]
    assert np.array_equal(places.sort_index(), whole.sort_index())


def test_a_hub_open_for_a_month_has_no_mean(records: BoardRecords) -> None:
    today = records.known_on
    told = openings(records, {"South": date(today.year, today.month - 1, 1), "North East": date(today.year - 1, 1, 1)})
    new, old = told.iloc[0], told.iloc[1]
    # Catches the "mean" of the one whole month since: its exact count.
    assert (new["months_after"], np.isnan(new["after"])) == (1, True)
    assert new["verdict"] == "cannot be told yet"
    # Catches means of many months lost with it.
    assert new["before"] > 0
    assert old["after"] > 0
