"""What may be audited: tables with what they say they have, groups that keep those not recorded."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from estimates import GROUP, drawn, framed

from ehforecast.errors import ContractError, SettingsError
from ehforecast.risk.cohort import Cohort
from ehforecast.risk.fairness.frame import AuditColumns, audit_frame, frame_of_cohort
from ehforecast.risk.fairness.groupings import grouped
from ehforecast.risk.fairness.settings import AuditSettings, Characteristic, GroupColumn, RecordingScenario
from ehforecast.risk.fairness_results import NOT_RECORDED


@pytest.mark.parametrize(
    ("column", "value", "rule"),
    [
        ("estimate", np.nan, "every_estimate_is_a_finite_number"),
        ("estimate", np.inf, "every_estimate_is_a_finite_number"),
        ("outcome", 0.5, "outcome_is_0_or_1_or_absent"),
        ("weight", 0.0, "every_weight_is_above_0"),
        ("family", None, "every_row_has_a_family"),
    ],
)
def test_a_table_that_cannot_be_audited_is_refused(column: str, value: object, rule: str) -> None:
    table = drawn(50, 1).assign(weight=1.0, family=[f"F{n}" for n in range(50)])
    table.loc[7, column] = value
    with pytest.raises(ContractError, match=f"column {column}.*{rule}.*broken 1 time"):
        # Catches an impossible value that would silently change a figure.
        framed(table)


def test_a_column_that_is_named_must_be_there() -> None:
    with pytest.raises(ContractError, match="every_column_that_is_named_is_there"):
        # Catches an audit of families, or of outcomes, that are not there.
        audit_frame(drawn(5, 1), AuditColumns(cluster="household"), groups=(GROUP,))
    with pytest.raises(ContractError, match="there_is_at_least_one_row"):
        # Catches figures of nobody.
        framed(drawn(5, 1).head(0))
    with pytest.raises(ContractError, match="every_value_is_a_number"):
        # Catches text that would become a missing outcome.
        framed(drawn(5, 1).assign(outcome=["1", "0", "yes", "1", "0"]))


def test_what_nobody_recorded_is_a_group() -> None:
    labels = grouped(
        pd.Series(["a", None, "", " ", "REFU", "not_recorded", "a "]), "as_given", unknown=("", "REFU", "not_recorded")
    )
    # Catches people without a record dropped, or spread over the codes for not knowing.
    assert list(labels) == ["a", *[NOT_RECORDED] * 5, "a"]


def test_ethnicity_is_placed_both_ways() -> None:
    codes = pd.Series(["WBRI", "CHNE", "AIND", "MWBC", "BCRB", "OOTH", "NOBT"])
    ons, census = (list(grouped(codes, how, unknown=())) for how in ("ethnicity_ons", "ethnicity_census"))
    # Catches one placing of Chinese passed off as the other: nothing else differs between the two.
    assert ons == ["white", "asian", "asian", "mixed", "black", "other", NOT_RECORDED]
    assert census == ["white", "other", "asian", "mixed", "black", "other", NOT_RECORDED]


def test_ages_fall_into_the_published_bands() -> None:
    labels = grouped(pd.Series([0, 4.99, 5, 9, 10, 15, 16, 17.9, 18, -1, None]), "age_years", unknown=())
    # Catches a band edge on the wrong side, and an unborn child placed in a band.
    assert list(labels) == [
        "0_4",
        "0_4",
        "5_9",
        "5_9",
        "10_15",
        "10_15",
        "16_17",
        "16_17",
        "18_and_over",
        *[NOT_RECORDED] * 2,
    ]


def test_a_cohort_is_audited_by_its_families_and_follow_up() -> None:
    rows = pd.DataFrame(
        {
            "event_id": ["E1", "E2", "E3"], "person_id": ["P1", "P2", "P3"], "group_id": ["F1", "F1", "F2"],
            "index_on": pd.Timestamp("2024-01-01"), "event_days": [20.0, np.nan, np.nan],
            "followed_days": [365.0, 365.0, 100.0], "period": "test",
        }
    )  # fmt: skip
    audit = pd.DataFrame({"sex": ["female", "male", None]})
    cohort = Cohort(rows, pd.DataFrame(index=rows.index), (), audit, horizon_days=365)
    columns = (GroupColumn("sex", Characteristic.SEX),)
    found = frame_of_cohort(cohort, np.array([0.2, 0.3, 0.4]), groups=columns)
    # Catches siblings counted as strangers, and follow-up that ended early taken for no event.
    assert found.cluster.tolist() == [0, 0, 1]
    np.testing.assert_array_equal(found.outcome, [1.0, 0.0, np.nan])
    assert list(found.groups["sex"]) == ["female", "male", NOT_RECORDED]
    with pytest.raises(ContractError, match="one_estimate_for_each_index_event"):
        # Catches estimates of other people.
        frame_of_cohort(cohort, np.array([0.2]), groups=columns)


def test_a_part_of_a_frame_keeps_rows_together() -> None:
    table = drawn(30, 1).assign(family=np.repeat(np.arange(10), 3), period=["x", "y", "z"] * 10, source="school")
    whole = framed(table)
    part = whole.where(np.asarray(whole.period == "y"))
    # Catches rows whose parts come from different people.
    np.testing.assert_array_equal(part.estimate, table.loc[table["period"] == "y", "estimate"])
    assert list(part.groups["group"]) == list(table.loc[table["period"] == "y", "group"])
    assert part.clusters == 10
    assert part.period is not None
    assert set(part.period) == {"y"}


VALID = AuditSettings((0.3,), (GROUP,), no_population_because="none")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"band_edges": (0.5, 0.3)}, "band edges must rise"),
        ({"band_edges": ()}, "band edges must rise"),
        ({"columns": (GROUP, GROUP)}, "two groupings have one name"),
        ({"intersections": (("group", "sex"),)}, "an intersection names"),
        ({"scenarios": (RecordingScenario("s", "sex", "male"),)}, "a scenario names"),
        ({"smallest_group": 9}, "not lowered"),
        ({"judged_from": 99}, "not lowered"),
        ({"confidence": 1.0}, "confidence"),
        ({"draws": 10}, "at least 100"),
    ],
)
def test_settings_that_would_mislead_are_refused(changed: dict[str, object], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        # Catches a threshold lowered until a wished-for group is judged, and questions about absent columns.
        replace(VALID, **changed)
    with pytest.raises(SettingsError, match="shares lie from 0"):
        # Catches a scenario in which more than everything went unrecorded.
        RecordingScenario("s", "group", "a", unrecorded=1.0)
