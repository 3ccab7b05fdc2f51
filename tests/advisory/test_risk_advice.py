"""The door for risk research: evidence or refusal, and no count that could point to somebody."""

import pandas as pd
import pytest
import risk_result

from ehforecast.advisory.protection import HIDDEN
from ehforecast.advisory.risk_advice import RiskAdvice, protect_counts, release_risk
from ehforecast.errors import ReleaseRefused
from ehforecast.risk.results import MODEL, RiskResult

SAID = {"purpose": "research", "reader": "head of research", "run_id": "run-1", "data_source": "Invented records."}


def refusal(result: RiskResult, **said: str) -> str:
    with pytest.raises(ReleaseRefused) as raised:
        release_risk(result, **(SAID | said))
    return str(raised.value)


@pytest.mark.parametrize("verdict", ["met", "not met", "cannot be judged"])
def test_a_result_with_its_evidence_passes_whatever_the_verdict(verdict: str) -> None:
    advice = release_risk(risk_result.risk_result(verdict), **SAID)
    # Catches "not good enough" kept from the people it is for, and children shown below the bar.
    assert advice.may_show_children == (verdict == "met")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"outcome": " "}, "the outcome"),
        (
            {
                "label_card": {
                    "definition": "d",
                    "decided_by": "",
                    "misses": "m",
                    "surveillance": "s",
                    "never_read_as": "n",
                }
            },
            "label card's 'decided_by'",
        ),
        ({"bar_text": '{"bars": [], "slope": 9}'}, "the bar as it was sealed"),
        ({"verdict": "excellent"}, "a verdict on the bar"),
        ({"conditions": pd.DataFrame(columns=["bar", "condition", "verdict"])}, "a verdict on the bar"),
        ({"conditions": risk_result.conditions("not met")}, "a verdict that agrees with its conditions"),
        ({"verdicts": {"relative": "met"}}, "the verdict on the bar 'what_works_2020'"),
        ({"performance": risk_result.performance().query("model == @MODEL")}, "simple models beside it"),
        ({"performance": risk_result.performance().query("metric != 'slope'")}, "the figure 'slope', with its range"),
        ({"performance": risk_result.performance().assign(lower=float("nan"))}, "the figure 'auroc', with its range"),
        ({"calibration_curve": pd.DataFrame(columns=["model", "rows", "value"])}, "calibration by tenth"),
        ({"by_group": pd.DataFrame(columns=["rows", "events", "metric"])}, "a comparison by group"),
    ],
)
def test_what_is_missing_is_named(changes: dict[str, object], words: str) -> None:
    # Catches advice without the evidence to judge it.
    assert words in refusal(risk_result.risk_result(**changes))  # type: ignore[arg-type] # facts and frames by name


@pytest.mark.parametrize(
    ("said", "words"),
    [({"purpose": "triage"}, "a purpose from the closed list"), ({"reader": ""}, "the role of the reader"),
     ({"run_id": " "}, "the id of the run"), ({"data_source": ""}, "the source of the data")],
)  # fmt: skip
def test_who_asks_and_from_what_must_be_said(said: dict[str, str], words: str) -> None:
    # Catches a report nobody is answerable for, and a purpose that is not allowed.
    assert words in refusal(risk_result.risk_result(), **said)


def test_everything_missing_is_listed_at_once() -> None:
    # Catches a user sent round once per fault.
    assert (
        refusal(risk_result.risk_result(outcome="", bar_text="x"), reader="").count("; ") == 2 + 1
    )  # before the list itself stands one


def test_there_is_no_way_round_the_door() -> None:
    # Catches advice made directly out of a result without evidence.
    with pytest.raises(ReleaseRefused):
        RiskAdvice(risk_result.risk_result(outcome=""), **SAID)


def test_counts_are_rounded_and_small_ones_hidden_with_their_figures() -> None:
    shown = protect_counts(risk_result.risk_result())
    # By hand: 1,203 to the nearest 5; 3 not followed to the end are hidden, and so is the share that rests on them.
    assert shown.counts[["index_events", "not_known"]].to_numpy().tolist() == [[1205, "[c]"]] * 3
    assert shown.counts["rate"].isna().all()
    neither = shown.by_group.set_index("group").loc["neither"]
    # Catches a figure of six people printed beside a hidden count.
    assert (neither["rows"], neither["events"]) == ("[c]", "[c]")
    assert pd.isna(neither["value"])
    female = shown.by_group.set_index("group").loc["female"]
    # Catches figures of groups that are large enough being lost.
    assert (female["rows"], female["events"], female["value"]) == (610, 130, 0.2)
    assert MODEL in set(shown.performance["model"])


def test_no_sentence_tells_an_exact_number_of_families() -> None:
    told = protect_counts(risk_result.risk_result(families_in_test=643))
    few = protect_counts(risk_result.risk_result(families_in_test=7))
    # Catches a number rounded in a table and told exactly beside it, or a small one told at all.
    assert (told.families_in_test, few.families_in_test) == (645, 0)
    # Catches counts of those left out that are not protected.
    assert told.left_out["count"].tolist() == [HIDDEN, 2410, 0]
