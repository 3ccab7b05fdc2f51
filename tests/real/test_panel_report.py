"""The report for ethics panels on real estimates: a supervision risk score beside arrests within a year (NIJ, 2021)."""

import re
from pathlib import Path

import pandas as pd
import pytest

from ehforecast.advisory.fairness_advice import release_fairness
from ehforecast.reports.fairness_page import fairness_document
from ehforecast.risk.fairness.audit import audit
from ehforecast.risk.fairness.frame import AuditColumns, audit_frame
from ehforecast.risk.fairness.settings import AuditSettings, Characteristic, GroupColumn

RACE, SEX = (
    GroupColumn("race", Characteristic.RACE, "Race", names=(("0", "white"), ("1", "black"))),
    GroupColumn("sex", Characteristic.SEX, "Gender", names=(("0", "female"), ("1", "male"))),
)


def test_a_score_in_use_is_reported(real_data: Path) -> None:
    path = real_data / "risk" / "nij_year1.csv"
    if not path.is_file():
        pytest.skip("risk/nij_year1.csv is not among the data")
    table = pd.read_csv(path)
    columns = AuditColumns("Supervision_Risk_Score_First", "Recidivism_Arrest_Year1")
    table = table[table["Supervision_Risk_Score_First"].notna()]
    frame = audit_frame(table, columns, groups=(RACE, SEX))
    asked = AuditSettings(
        (5.0, 8.0), (RACE, SEX), intersections=(("race", "sex"),), permutations=500,
        no_population_because="people on parole are compared among themselves",
    )  # fmt: skip
    advice = release_fairness(
        audit(frame, asked), purpose="research", reader="ethics panel", run_id="nij", data_source="NIJ, public domain"
    )
    document = fairness_document(advice)
    # Catches a score of 1 to 10 judged as a probability, or real counts in so many places that nothing can be told.
    assert next(each for each in document.sections if each.anchor == "calibration").charts == ()
    told = advice.result.metrics
    assert told["value"].notna().mean() > 0.9
    # Catches an answer that names no gap where the score is known to place groups otherwise.
    assert re.match(r"\d+ gaps between groups were tested, and [1-9]\d* were larger than chance", document.lead)
