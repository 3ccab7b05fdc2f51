"""Flows, rolling counts, check-ins, reviews, groups and themes: by hand, by recount and by identity."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from flow_sample import families_of, invented_council
from hypothesis import given
from hypothesis import strategies as st
from risk_records import records

from ehforecast.demand.flow_incidence import Incidence
from ehforecast.demand.flow_intervals import difference_interval, family_variance, wilson
from ehforecast.demand.flow_moves import FlowSettings, find_moves
from ehforecast.demand.flow_results import ALL, ORIGINS, ROLLING_MEASURES
from ehforecast.demand.flow_tables import CANNOT_BE_TOLD, Contrast, contrast_table, flow_table
from ehforecast.demand.rolling_counts import MONTHS, measured_events, rolling_ahead, rolling_table
from ehforecast.errors import ForecastError

NOBODY = pd.Series(dtype="str")


def by_hand() -> dict[str, pd.DataFrame]:
    return records(
        contacts=[{"person_id": "A", "contact_on": "2020-01-10"}, {"person_id": "B", "contact_on": "2020-01-10"},
                  {"person_id": "C", "contact_on": "2020-01-10"}],
        early_help_episodes=[
            {"person_id": "A", "started_on": "2020-01-20", "ended_on": "2020-04-20"},
            {"person_id": "A", "started_on": "2020-06-19"},
            {"person_id": "D", "started_on": "2020-02-01", "ended_on": "2020-03-01", "end_reason": "stepped_up"},
            {"person_id": "E", "started_on": "2020-05-10"},
        ],
        referrals=[
            {"person_id": "B", "referral_on": "2020-01-10", "closed_on": "2020-02-10"},
            {"person_id": "B", "referral_on": "2020-02-11"},
            {"person_id": "E", "referral_on": "2020-04-01", "closed_on": "2020-05-01"},
            {"person_id": "F", "referral_on": "2020-04-01", "no_further_action": "yes", "closed_on": "2020-04-03"},
        ],
    )  # fmt: skip


def test_moves_by_hand() -> None:
    found = find_moves(by_hand(), families=NOBODY, known_on=date(2021, 12, 31), settings=FlowSettings(settle_days=0))
    rows = found.rows.assign(to=[
        ("", *ORIGINS[origin])[place] for origin, place in zip(found.rows["origin"], found.rows["place"], strict=True)
    ])  # fmt: skip
    told = set(rows[["origin", "person_id", "to", "days"]].itertuples(index=False, name=None))
    # Catches a move to the wrong place, the wrong wait, or a closing that a new referral took the place of.
    assert {
        ("contact", "A", "early_help", 10), ("contact", "B", "statutory", 0),
        ("early_help", "A", "needs_met", 91), ("early_help", "D", "stepped_up", 29),
        ("early_help_closed", "A", "early_help_again", 60),
        ("statutory", "B", "referred_again", 32), ("statutory", "E", "closed", 30),
        ("statutory", "F", "no_further_action", 2), ("statutory_closed", "E", "stepped_down", 9),
    } <= told  # fmt: skip
    # Catches a step up counted as an end after which families may come back, and a superseded referral as closed.
    assert "D" not in set(rows.loc[rows["origin"] == "early_help_closed", "person_id"])
    assert "B" not in set(rows.loc[rows["origin"] == "statutory_closed", "person_id"])
    # Catches somebody who went nowhere left out.
    assert ("contact", "C", "", 721) in told


def test_help_open_when_a_referral_closes_is_a_step_down_at_once() -> None:
    known = records(
        referrals=[{"person_id": "A", "referral_on": "2020-01-01", "closed_on": "2020-03-01"}],
        early_help_episodes=[{"person_id": "A", "started_on": "2020-02-01", "ended_on": "2020-06-01"}],
    )
    rows = find_moves(known, families=NOBODY, known_on=date(2021, 1, 1), settings=FlowSettings()).rows
    closed = rows[rows["origin"] == "statutory_closed"].iloc[0]
    # Catches help that began before the closing missed, or counted from its own beginning.
    assert (closed["place"], closed["days"]) == (1, 0)


def test_nothing_after_the_settled_day_counts() -> None:
    rows = find_moves(by_hand(), families=NOBODY, known_on=date(2020, 4, 19), settings=FlowSettings(settle_days=0)).rows
    episode = rows[rows["origin"].eq("early_help") & rows["person_id"].eq("A")].iloc[0]
    # Catches a look into the future: the end came on the day after.
    assert (episode["place"], episode["days"], episode["followed"]) == (0, 90, False)


@pytest.mark.parametrize("wrong", [{"days": 0}, {"contact_days": 0}, {"settle_days": -1}, {"step_down_days": 365}])
def test_settings_that_cannot_be_are_refused(wrong: dict[str, int]) -> None:
    # Catches a time to look at that is no time.
    with pytest.raises(ForecastError):
        FlowSettings(**wrong)


def sample(number: int, *, lost: bool, seed: int = 3) -> Incidence:
    rng = np.random.default_rng(seed)
    place = rng.integers(0 if lost else 1, 3, number)
    return Incidence(rng.integers(0, 30, number), place, rng.integers(0, number // 2, number), 25)


def test_without_loss_chances_are_plain_shares() -> None:
    found = sample(200, lost=False)
    inside = (found.place == 1) & (found.days <= 25)
    # Catches an estimate that is not the plain share where everybody was followed.
    assert found.share(1) == pytest.approx(inside.mean())
    # Catches an influence that is not the textbook one there: own indicator less the share.
    np.testing.assert_allclose(found.influence(1, 25), inside - inside.mean(), atol=1e-12)


def test_influence_is_the_jackknife() -> None:
    found = sample(80, lost=True)
    full = found.share(1)
    without = np.array(
        [Incidence(*(np.delete(a, i) for a in (found.days, found.place, found.families)), 25).share(1)
         for i in range(80)]
    )  # fmt: skip
    # Catches a term of the influence left out; the two differ by terms of the order 1/n only.
    np.testing.assert_allclose(found.influence(1, 25), 79 * (full - without), atol=0.03)


def test_all_places_and_staying_add_up() -> None:
    found = sample(300, lost=True)
    anywhere = Incidence(found.days, np.minimum(found.place, 1), found.families, 25)
    # Catches competing moves that are not counted against each other.
    assert found.share(1) + found.share(2) == pytest.approx(anywhere.share(1))


def test_median_of_those_who_go() -> None:
    days = np.array([1, 2, 3, 4, 5, 30])
    found = Incidence(days, np.ones(6, dtype=np.int64), np.arange(6), 25)
    middle, low, high = found.median(1)
    # Catches a median over those who never went in time.
    assert middle == 3
    assert low <= middle <= high
    # Catches a median of nobody.
    assert np.isnan(Incidence(days, np.zeros(6, dtype=np.int64), np.arange(6), 25).median(1)).all()


def test_families_make_intervals_wider() -> None:
    place = np.repeat(np.array([1, 0, 1, 0, 0, 1, 0, 0, 1, 0]), 4)
    alone = Incidence(np.full(40, 3), place, np.arange(40), 25).estimate(1)
    together = Incidence(np.full(40, 3), place, np.repeat(np.arange(10), 4), 25).estimate(1)
    # Catches brothers and sisters counted as if independent: four alike count as one, so the error doubles.
    assert together.error == pytest.approx(2 * alone.error, rel=0.06)
    assert together.high - together.low > alone.high - alone.low


def test_intervals_of_nobody_and_of_one_family() -> None:
    # Catches a division by nobody, and a variance out of one family.
    assert np.isnan(wilson(0.5, 0)).all()
    assert np.isnan(family_variance(np.array([0.1, -0.1]), np.array([7, 7])))
    # Catches a difference beyond what shares can be.
    low, high = difference_interval((0.0, 0.0, 0.9), (1.0, 0.1, 1.0))
    assert -1 <= low <= high <= 1


def test_tables_say_why_there_is_no_share() -> None:
    council = invented_council()
    moves = find_moves(
        council.tables, families=families_of(council), known_on=council.plan.extracted_on, settings=FlowSettings()
    )
    by_year = flow_table(moves, by="year")
    groups = by_year.groupby(["origin", "period", "need_level"])
    # Catches spells lost between the places they went to, stayed in, or were not followed to.
    np.testing.assert_array_equal(groups["moved"].sum() + groups["not_followed"].first(), groups["started"].first())
    told = by_year[by_year["share"].notna()].groupby(["origin", "period", "need_level"])["share"].sum()
    np.testing.assert_allclose(told, 1.0, atol=1e-9)
    # Catches a share of a period that could not be followed.
    assert by_year.loc[by_year["period"] == "2020-21", "reason"].str.contains("too recent").any()
    assert by_year["reason"].str.contains("fewer than 20").any()
    by_quarter = flow_table(moves, by="quarter")
    # Catches quarters split by need level, which hold too few.
    assert not (by_quarter["period"].ne(ALL) & by_quarter["need_level"].ne(ALL)).any()
    with pytest.raises(ForecastError, match="quarter or by year"):
        flow_table(moves, by="week")
    late = Contrast("x", "x", council.plan.extracted_on, "early_help", "stepped_up")
    # Catches a verdict on a change nobody could follow yet.
    assert contrast_table(moves, (late,))["verdict"].tolist() == [CANNOT_BE_TOLD]


@pytest.mark.parametrize(("origin", "place", "months"), [("moon", "x", 12), ("contact", "x", 12),
                                                         ("contact", "statutory", 0)])  # fmt: skip
def test_contrasts_that_cannot_be_are_refused(origin: str, place: str, months: int) -> None:
    # Catches a question about a move that is not counted.
    with pytest.raises(ForecastError):
        Contrast("x", "x", date(2020, 4, 1), origin, place, months)


EVENTS = st.lists(
    st.tuples(st.integers(0, 900), st.integers(0, 4), st.sampled_from(["north", "south", None]),
              st.sampled_from(["targeted", "universal"]), st.booleans()), max_size=40,
)  # fmt: skip


@pytest.mark.acceptance("councils")
@given(events=EVENTS)
def test_rolling_counts_equal_a_recount(events: list[tuple[int, int, str | None, str, bool]]) -> None:
    first, last = date(2019, 1, 15), date(2021, 6, 20)
    known = records(
        early_help_episodes=[
            {"person_id": f"P{who}", "started_on": str((pd.Timestamp(first) + pd.Timedelta(days=day)).date()),
             "locality": place, "need_level": level, "lead_professional_on": "2021-01-01" if named else None}
            for day, who, place, level, named in events
        ],
    )  # fmt: skip
    measures = ("early_help_started", "team_around_the_family")
    found = rolling_table(known, families=pd.Series({"P0": "F", "P1": "F"}), first_on=first, last_on=last,
                          measures=measures)  # fmt: skip
    for row in found[found["locality"] == ALL].to_dict("records"):
        end = pd.Period(row["month"], freq="M").end_time
        inside = [
            one for one in events
            if (end.to_period("M") - 11).start_time <= pd.Timestamp(first) + pd.Timedelta(days=one[0]) <= end
            and pd.Timestamp(first) + pd.Timedelta(days=one[0]) >= pd.Timestamp("2019-02-01")
            and (row["measure"] == "early_help_started" or (one[3] == "targeted" and one[4]))
        ]  # fmt: skip
        # Catches a window of 11 or 13 months, one month early or late, an event counted twice, or siblings as two.
        assert row["count"] == len(inside)
        assert row["families"] == len({"F" if who in {0, 1} else who for _, who, *_ in inside})
    # Catches localities that do not add up to the whole.
    sums = found[found["locality"] != ALL].groupby(["measure", "month"])["count"].sum()
    whole = found[found["locality"] == ALL].set_index(["measure", "month"])["count"]
    assert (sums.reindex(whole.index, fill_value=0) == whole).all()


def test_every_measure_counts_what_it_says() -> None:
    tables = dict(invented_council().tables)
    contacts = tables["contacts"]
    below = contacts["outcome"].isin(["no_further_action", "information_and_advice", "early_help"])
    # Catches referrals, or contacts not settled yet, among those below the threshold.
    assert len(measured_events(tables, "contacts_below_threshold")) == below.sum()
    assert len(measured_events(tables, "referrals")) == len(tables["referrals"])
    with pytest.raises(ForecastError, match="no rolling count"):
        measured_events(tables, "moons")
    assert set(ROLLING_MEASURES) >= {"team_around_the_family"}


def test_rolling_counts_ahead_need_a_year() -> None:
    # Catches a forecast of a year from less than a year.
    with pytest.raises(ForecastError):
        rolling_ahead([1.0] * (MONTHS - 1), np.ones((2, 1)), levels=[0.5])
