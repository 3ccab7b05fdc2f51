"""Two runs on one page: what differs, which is better where that can be said, and nothing where it cannot."""

import math
from pathlib import Path

import pytest
from compare_sample import kept

from ehforecast.reports.compare_charts import dates_chart, drawn_scores, scores_chart
from ehforecast.reports.compare_page import comparison_document, write_comparison
from ehforecast.reports.compare_words import OTHER_PAST, comparison_lines, lead
from ehforecast.reports.document import missing_meanings
from ehforecast.tracking.kept_runs import KeptRun
from ehforecast.tracking.run_comparison import RunComparison, compare_runs
from ehforecast.tracking.step_notes import StepNotes


def words(found: RunComparison) -> str:
    return "\n".join(comparison_lines(found))


def test_the_same_run_twice_differs_in_nothing() -> None:
    found = compare_runs(kept("a"), kept("b"))
    # Catches a difference made by the comparison itself.
    assert found.is_same
    assert lead(found) == "The runs a and b read the same data with the same settings and versions."
    assert "the same to three places" in words(found)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"settings": {"forecast": {"horizon_months": 6}}}, "forecast.horizon_months: 12 in A, 6 in B"),
        ({"settings": {}}, "forecast.horizon_months: 12 in A, not there in B"),
        ({"data_until": "2022-06"}, "data until: 2022-03 in A, 2022-06 in B"),
        (
            {"inputs": [{"table": "contacts", "file_name": "c.csv", "file_sha256": "cd" * 32, "rows_used": 1201}]},
            "contacts (c.csv): 1,200 rows, abababababab in A, 1,201 rows, cdcdcdcdcdcd in B",
        ),
        ({"versions": {"numpy": "2.4.0", "ehforecast source": "ab"}}, "numpy: 2.3.0 in A, 2.4.0 in B"),
        ({"versions": {"numpy": "2.3.0", "ehforecast source": "cd"}}, "source of ehforecast itself: ab in A, cd in B"),
        ({"contracts": {"contacts": ["1.1.0"]}}, "contract contacts: 1.0.0 in A, 1.1.0 in B"),
        ({"headline": {"method": "theta"}}, "forecast: method: ets in A, theta in B"),
        ({"steps": ("forecast", "plan")}, "plan: not there in A, made in B"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_every_kind_of_difference_is_told(changes: dict[str, object], expected: str) -> None:
    # Catches two runs called the same that are not.
    assert expected in words(compare_runs(kept("a"), kept("b", **changes)))


def test_better_and_worse_are_said_on_the_same_past_alone() -> None:
    better = words(compare_runs(kept("a"), kept("b", headline={"wape": 0.15, "auroc": 0.65, "coverage80": 0.9})))
    # Catches a direction the wrong way round, and a range that holds more often called better.
    assert "0.200 in A, 0.150 in B (lower by 0.050, better)" in better
    assert "0.700 [0.600 to 0.800] in A, 0.650 [0.600 to 0.800] in B (lower by 0.050, worse)" in better
    assert "(higher by 0.100)" in better
    assert "B was lower at 2 of 2 dates" in better
    other = compare_runs(kept("a"), kept("b", dates="c, d", headline={"wape": 0.15}))
    # Catches an easier past taken for a better method.
    assert "better" not in words(other)
    assert OTHER_PAST in words(other)
    assert other.by_date == ()
    inputs = [{"table": "contacts", "file_name": "c.csv", "file_sha256": "cd" * 32, "rows_used": 1200}]
    # Catches other files of the same months taken for the same past.
    assert "better" not in words(compare_runs(kept("a"), kept("b", inputs=inputs, headline={"wape": 0.15})))


def test_true_and_false_are_no_figures() -> None:
    # Catches a switch drawn as a score.
    assert "is_whole" not in {score.name for score in compare_runs(kept("a"), kept("b")).scores}


def test_charts_tell_in_words_what_they_draw() -> None:
    found = compare_runs(kept("a"), kept("b", headline={"wape": 0.15, "bias": 2.0}))
    drawn = drawn_scores(found.scores)
    # Catches a figure that is no share on a scale of shares.
    assert [score.name for score in drawn] == ["wape", "coverage80", "auroc"]
    alt_text = scores_chart("forecast", drawn).alt_text
    assert "Furthest apart is absolute error, share of the total: 20.0 in A, 15.0 in B" in alt_text
    assert "Run B is lower at 2 of them" in dates_chart(found.by_date[0]).alt_text
    assert all(len(chart.alt_text) < 250 for chart in (scores_chart("forecast", drawn), dates_chart(found.by_date[0])))


def test_the_page_holds_it_all(tmp_path: Path) -> None:
    found = compare_runs(kept("a"), kept("b", headline={"wape": 0.15, "method": "theta"}, data_until="2022-06"))
    document = comparison_document(found)
    assert document.lead == lead(found)
    # Catches a column nobody can understand later, and a table whose number was lost.
    assert missing_meanings(document.tables) == []
    assert {table.name for table in document.tables} == {"data", "answers", "scores_forecast"}
    page = write_comparison(found, tmp_path / "page").read_text("utf-8")
    assert "Both were made with the same settings." in page
    assert "commit abababababab" in page
    # Catches a missing number shown as "nan".
    assert "nan" not in page.lower().replace("finance", "")
    assert not math.isnan(found.scores[0].change)


def test_a_run_without_times_or_scores_has_a_page_too(tmp_path: Path) -> None:
    bare = [KeptRun(name, Path(name), kept(name).record, {"plan": StepNotes("plan")}) for name in ("a", "b")]
    found = compare_runs(*bare)
    # Catches an older run that cannot be compared at all.
    assert (found.scores, found.by_date) == ((), ())
    assert "time not kept" in write_comparison(found, tmp_path / "page").read_text("utf-8")
