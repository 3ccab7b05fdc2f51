"""A cohort from any table: what is broken is named and counted, and nothing of a record is said."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from ehforecast.errors import ContractError, SettingsError
from ehforecast.risk.cohort import Cohort, Feature
from ehforecast.risk.cohort_split import SplitSettings, first_period_of_family
from ehforecast.risk.cohort_table import CohortColumns, cohort_from_table

COLUMNS = CohortColumns(person="child", group="family", outcome="came")
DATED = CohortColumns(
    person="child", group="family", index_on="closed_on", event_on="event_on", followed_until="followed_until"
)


def table(rows: int = 200) -> pd.DataFrame:
    draw = np.random.default_rng(3)
    closed = pd.Timestamp("2020-01-01") + pd.to_timedelta(np.arange(rows) * 5, unit="D")
    return pd.DataFrame(
        {
            "child": [f"child {number}" for number in range(rows)],
            "family": [f"family {number // 2}" for number in range(rows)],
            "came": draw.integers(0, 2, rows),
            "closed_on": closed,
            "event_on": (closed + pd.Timedelta(days=100)).where(draw.random(rows) < 0.4),
            "followed_until": closed + pd.Timedelta(days=400),
            "contacts": draw.integers(0, 5, rows).astype(float),
            "source": draw.choice(["school", "police"], rows),
            "sex": "female",
        }
    )


def build(frame: pd.DataFrame, columns: CohortColumns = COLUMNS, **given: object) -> Cohort:
    settings = {"features": ["contacts", "source"], "horizon_days": 365} | given
    return cohort_from_table(frame, columns, **settings)


def test_a_sound_table_becomes_a_cohort() -> None:
    cohort = build(table(), replace(COLUMNS, audit=("sex",)))
    # Catches an outcome that is lost or turned round on the way.
    assert cohort.outcome.tolist() == table()["came"].tolist()
    # Catches a category that is not given its levels, or a number that becomes one.
    assert [feature.levels for feature in cohort.catalogue] == [(), ("police", "school")]
    # Catches an audit field among the features.
    assert list(cohort.audit) == ["sex"]
    assert list(cohort.features) == ["contacts", "source"]


def test_dates_give_the_same_days_as_counting() -> None:
    cohort = build(table(), DATED)
    # Catches an event counted from the wrong day, and follow-up cut short by an event.
    assert set(cohort.rows["event_days"].dropna()) == {100.0}
    assert set(cohort.rows["followed_days"]) == {400.0}
    assert cohort.outcome.mean() == table()["event_on"].notna().mean()


def test_an_outcome_with_days_is_an_event_on_the_last_of_them() -> None:
    frame = table(4).assign(came=[1, 0, 1, 0], days=[30.0, 400.0, 400.0, 100.0])
    cohort = build(frame, replace(COLUMNS, followed_days="days"))
    # Catches unresolved follow-up counted as no event, and an event after the horizon counted as one.
    assert cohort.outcome.fillna(-1).tolist() == [1.0, 0.0, 0.0, -1.0]


BROKEN = {
    "an_outcome_is_1_or_0_not_text": (COLUMNS, {"came": "yes"}, 200),
    "an_outcome_is_1_or_0": (COLUMNS, {"came": 2}, 200),
    "every_row_names_its_person_and_group": (COLUMNS, {"family": None}, 200),
    "a_feature_is_a_number_or_category": (COLUMNS, {"contacts": pd.Timestamp("2020-01-01")}, 200),
    "a_number_is_finite": (COLUMNS, {"contacts": np.inf}, 200),
    "a_day_is_a_date_not_text": (DATED, {"event_on": "2020-01-01"}, 200),
    "nothing_comes_before_the_index_event": (DATED, {"event_on": pd.Timestamp("2019-01-01")}, 200),
    "every_index_event_has_its_day": (DATED, {"closed_on": pd.NaT}, 200),
    "follow_up_is_not_negative": (replace(COLUMNS, followed_days="days"), {"days": -1.0}, 200),
    "days_are_a_number": (replace(COLUMNS, followed_days="days"), {"days": "long"}, 200),
    "a_period_is_train_calibrate_or_test": (replace(COLUMNS, period="part"), {"part": "later"}, 200),
    "the_table_has_the_columns_that_are_named": (replace(COLUMNS, index_on="absent"), {}, 1),
    "a_feature_is_nothing_else_at_once": (replace(COLUMNS, audit=("source",)), {}, 1),
    "an_index_event_is_there_once": (replace(COLUMNS, event="number"), {"number": "1"}, 199),
}


@pytest.mark.parametrize("rule", BROKEN)
def test_a_broken_table_is_refused_by_name_and_count(rule: str) -> None:
    columns, changed, count = BROKEN[rule]
    with pytest.raises(ContractError) as refused:
        build(table().assign(**changed), columns)
    found = {finding.rule: finding.count for finding in refused.value.findings}
    # Catches a fault that gets through, is called something else, or is miscounted.
    assert found[rule] == count
    # Catches a record's value in a message.
    assert "child 1" not in str(refused.value)


def test_a_name_that_stands_twice_is_refused() -> None:
    # Catches two columns of one name, or a feature asked for twice, ending in an error of pandas' own.
    for given, features in ((pd.concat([table(), table()], axis=1), ["contacts"]), (table(), ["contacts", "contacts"])):
        with pytest.raises(
            ContractError, match="table cohort, column contacts: rule 'every_column_and_feature_stands_"
        ):
            build(given, features=features)


def test_one_feature_is_its_name() -> None:
    # Catches a name taken apart into letters.
    assert [feature.name for feature in build(table(), features="contacts").catalogue] == ["contacts"]


def test_text_that_names_people_is_no_feature() -> None:
    with pytest.raises(ContractError, match="a_category_repeats"):
        # Catches free text and keys given to a model as a category.
        build(table().assign(source=[f"note {number}" for number in range(200)]))


def test_a_group_in_two_periods_is_refused() -> None:
    part = np.where(np.arange(200) < 101, "train", "test")
    with pytest.raises(ContractError) as refused:
        build(table().assign(part=part), replace(COLUMNS, period="part"))
    # Catches siblings on both sides of a split.
    assert {finding.rule: finding.count for finding in refused.value.findings} == {"a_group_lies_in_one_period": 1}


def test_periods_out_of_order_are_refused() -> None:
    part = np.where(np.arange(200) < 100, "test", "train")
    with pytest.raises(ContractError, match="periods_follow_one_another"):
        # Catches a model learned from days after those it is tested on.
        build(table().assign(part=part), replace(DATED, period="part"))


@pytest.mark.parametrize(
    ("columns", "given"),
    [
        (replace(COLUMNS, event_on="event_on"), {}),
        (replace(COLUMNS, outcome=None), {}),
        (replace(DATED, followed_days="days"), {}),
        (replace(DATED, index_on=None), {}),
        (COLUMNS, {"features": []}),
        (COLUMNS, {"horizon_days": 0}),
    ],
)
def test_roles_that_contradict_each_other_are_refused(columns: CohortColumns, given: dict[str, object]) -> None:
    # Catches a question that has no meaning, answered all the same.
    with pytest.raises(SettingsError):
        build(table(), columns, **given)


def test_a_level_that_was_not_listed_is_kept_for_the_model_to_refuse() -> None:
    listed = Feature("source", "who referred", levels=("school",))
    cohort = build(table(), features=["contacts", listed])
    # Catches a value outside a list that silently becomes "not recorded".
    assert cohort.features["source"].notna().all()
    assert cohort.catalogue[1].levels == ("school", "police")


def test_whole_numbers_are_levels_without_a_point() -> None:
    listed = Feature("contacts", "contacts", levels=("0", "1", "2", "3", "4"))
    # Catches "1.0" beside "1" after a table held an absent value.
    assert build(table(), features=[listed]).catalogue[0].levels == listed.levels


def test_a_split_by_date_keeps_families_whole_and_a_gap() -> None:
    frame = table(600)
    split = SplitSettings(gap_days=100)
    rows = build(frame, DATED, split=split).rows
    spans = rows.groupby("period")["index_on"].agg(["min", "max"])
    # Catches a label of the training period that was not yet known when the next began.
    assert spans.loc["train", "max"] + pd.Timedelta(days=100) <= spans.loc["calibrate", "min"]
    assert spans.loc["calibrate", "max"] + pd.Timedelta(days=100) <= spans.loc["test", "min"]
    # Catches siblings on both sides.
    assert rows.groupby("group_id")["period"].nunique().max() == 1
    # Catches shares that are not those asked for, the gaps taken off.
    assert (rows["period"] == "test").mean() == pytest.approx(split.test_share, abs=0.02)


def test_a_family_is_used_where_it_first_appears() -> None:
    rows = pd.DataFrame({"group_id": ["a", "b", "a", "b"]})
    period = first_period_of_family(pd.Series(["train", "calibrate", "test", "test"]), rows)
    # Catches a family kept in its last period, so that people seen before are tested on.
    assert period.fillna("").tolist() == ["train", "calibrate", "", ""]


def test_a_split_without_dates_draws_families() -> None:
    rows = build(table(2_000)).rows
    shares = rows["period"].value_counts(normalize=True)
    # Catches families that are cut in two.
    assert rows.groupby("group_id")["period"].nunique().max() == 1
    # Catches wrong shares: 0.3 of 1,000 families have a standard deviation of 0; ties of rows to families are exact.
    assert shares["test"] == pytest.approx(0.3, abs=0.002)
    assert shares["calibrate"] == pytest.approx(0.7 * 0.15, abs=0.002)


def test_calibration_is_taken_out_of_training_where_a_table_has_none() -> None:
    frame = table(600).assign(part=np.where(np.arange(600) < 400, "train", "test"))
    rows = build(frame, replace(DATED, period="part"), split=SplitSettings(gap_days=0)).rows
    # Catches a test period that is touched.
    assert (rows["period"] == "test").sum() == 200
    # Catches a calibration period that is not the last of the training period.
    assert (
        rows.loc[rows["period"] == "calibrate", "index_on"].min()
        > rows.loc[rows["period"] == "train", "index_on"].max()
    )


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_shares_that_leave_nothing_are_refused(share: float) -> None:
    # Catches a split without a test period, or with nothing else.
    with pytest.raises(SettingsError, match="test_share"):
        SplitSettings(test_share=share)
