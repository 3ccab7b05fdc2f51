"""One configuration in a notebook: data in, series, a question, a report, all as the commands do it."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest
import yaml

import ehforecast as eh
from ehforecast.errors import SettingsError
from ehforecast.pipelines.assess import cohort_of
from ehforecast.risk.outcome_settings import QUESTIONS

RECORDS = {
    "name": "made_up",
    "title": "Front door of a made-up council",
    "purpose": "planning",
    "records": {"layout": "plain_tables", "pseudonyms": "already_made"},
    "synthetic": {"seed": 7, "first_month": "2019-04", "years": 5, "contacts_a_year": 400},
    "forecast": {"measure": "contacts", "forecasters": ["seasonal_naive"], "calendar": {"covid": "kept"}},
}
FIGURES = """\
title: Referrals, six made-up councils
purpose: research
data: {layout: dfe_children_in_need, required: [referrals_by_month], source: Synthetic figures made for a test.}
synthetic: {councils: 6, first_month: 2014-04, years: 8, seed: 5}
areas: [Northmere]
forecast: {measure: referrals, horizon_months: 12, forecasters: [seasonal_naive]}
"""


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> eh.Records:
    folder = tmp_path_factory.mktemp("records")
    made = eh.Records.built(RECORDS, private=folder / "private", reports=folder / "reports")
    page = made.ingest()
    # Catches an extract that is kept without a word on its quality.
    assert page.is_file()
    return made


def test_settings_in_code_are_those_of_a_file(records: eh.Records, tmp_path: Path) -> None:
    # Catches a configuration in code that is checked less than one in a file.
    with pytest.raises(
        SettingsError, match=r"settings in code: key 'foercast' is not known; did you mean 'forecast'\?"
    ):
        eh.Records.built({**RECORDS, "foercast": {}})
    with pytest.raises(SettingsError, match="no section 'records'"):
        eh.Records.built({"name": "figures", **yaml.safe_load(FIGURES)})
    (tmp_path / "tiny.yaml").write_text(FIGURES, "utf-8")
    with pytest.raises(SettingsError, match="has no section 'records'"):
        eh.Records.of(tmp_path / "tiny.yaml")
    assert repr(records) == "Records('made_up'): Front door of a made-up council"


def test_what_was_known_is_seen_as_of_a_day(records: eh.Records) -> None:
    latest, earlier = records.known_by()["contacts"], records.known_by("2021-03-31")["contacts"]
    # Catches a view that knows what was recorded later.
    assert records.last_extract == date(2024, 3, 31)
    assert len(earlier) < len(latest)
    assert earlier["recorded_on"].max() <= pd.Timestamp("2021-03-31")


def test_series_are_counted_from_what_is_known(records: eh.Records) -> None:
    series = records.series("contacts", by=["locality"])
    table = series.to_frame()
    # Catches a whole that is not the sum of its parts, or parts without it.
    assert table.columns[0] == "Whole council"
    assert len(series.names) == 5
    pd.testing.assert_series_equal(table.iloc[:, 1:].sum(axis=1), table["Whole council"], check_names=False)
    # Catches events lost between the records and the series: months before the latest are complete.
    counted = records.known_by()["contacts"]["contact_on"].dt.to_period("M").value_counts()
    assert table["Whole council"].iloc[0] == counted[table.index[0]]
    weeks = records.series("contacts", step="week")
    # Catches a step that is not the one asked for.
    assert "by week" in repr(weeks)


def test_what_is_not_counted_is_refused_in_words(records: eh.Records) -> None:
    # Catches a word of somebody's own ending in an error of the library that reads settings.
    with pytest.raises(SettingsError, match="no measure visits; there are contacts, referrals, early_help"):
        records.series("visits")  # type: ignore[arg-type]
    with pytest.raises(SettingsError, match="no step year; there are day, week, four_weeks, month"):
        records.series(step="year")  # type: ignore[arg-type]
    # Catches a key taken apart into letters.
    assert len(records.series(by="locality").codes) > 2


def test_a_question_nobody_defined_is_refused(records: eh.Records) -> None:
    # Catches a typing error answered with some other question.
    with pytest.raises(SettingsError, match="question: no harm; there are escalation_after_early_help"):
        records.cohort("harm")


def test_a_forecast_is_published_through_the_door(records: eh.Records) -> None:
    forecast = eh.forecast(records.series(), ["seasonal_naive"], horizon=6)
    page = records.publish(forecast)
    text = page.read_text("utf-8")
    # Catches a report that goes round the door: it would lack its run, its source, its index or its ledger.
    assert "The records are invented (synthetic)" in text
    assert (page.parent.parent / "index.html").is_file()
    assert list((records.places.private / "made_up" / "ledger").iterdir())
    # Catches a second run of the same data and settings under another id.
    assert records.run().parent == page.parent.parent


def test_figures_are_read_counted_and_named(tmp_path: Path) -> None:
    (tmp_path / "tiny.yaml").write_text(FIGURES, "utf-8")
    figures = eh.Figures.of(tmp_path / "tiny.yaml", private=tmp_path / "private", reports=tmp_path / "reports")
    series = figures.ingest().series("Northmere")
    # Catches series of other areas than those named, or the rest of them lost.
    assert series.names == ["Northmere"]
    assert series.counted.counts.shape[1] > 6
    assert len(figures.ingest().series().names) == series.counted.counts.shape[1]
    assert figures.run().name == "index.html"


def test_a_plan_is_made_from_a_configuration(root: Path, tmp_path: Path) -> None:
    records = eh.Records.of(
        root / "configs" / "walsall.yaml", private=tmp_path / "private", reports=tmp_path / "reports"
    )
    records.ingest()
    plan = records.plan()
    # Catches a promise without the people it takes, or an answer that hides what it rests on.
    assert set(plan.to_frame()["chance"]) == {0.5, 0.8, 0.95}
    assert f"rests on {len(plan.result.assumptions)} assumptions" in repr(plan)
    # Catches a target or a scenario without its label.
    assert {"indicator", "target", "chance"} <= set(plan.targets())
    assert set(plan.scenarios()["label"]) == {"assumption, not a forecast"}
    drawn = plan.plot().get_lines()[0]
    # Catches a curve of something else than the chance to keep the promise.
    assert list(drawn.get_ydata()) == list(plan.result.staffing.groupby("promise", sort=False).get_group(
        plan.result.staffing["promise"].iloc[0])["chance_kept"])  # fmt: skip


def test_a_cohort_in_parts_is_the_cohort(records: eh.Records, tmp_path: Path) -> None:
    told: list[str] = []
    parts = records.cohort_in_parts("escalation_after_contact", tmp_path / "parts", progress=told.append)
    # Catches records of children written nobody knows where, and long work without a word.
    assert f"records of children go into {tmp_path / 'parts'}" in told[0]
    assert told[-1] == "escalation_after_contact: parts of the cohort, 1 of 1"
    whole = records.cohort("escalation_after_contact")
    # Catches another timeline, another day or another question than those of the cohort made at once.
    pd.testing.assert_frame_equal(parts.part(0).rows, whole.cohort.rows)
    assert parts.account.told() == whole.account.told()
    with pytest.raises(SettingsError, match="question: no harm"):
        records.cohort_in_parts("harm", tmp_path / "other")
    empty = {**records.known_by(), "contacts": records.known_by()["contacts"].head(0)}
    # Catches records without contacts met by an error about dates that do not exist.
    with pytest.raises(SettingsError, match="contacts holds no row"):
        cohort_of(QUESTIONS["escalation_after_early_help"], empty, day=records.last_extract)
