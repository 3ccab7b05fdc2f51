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
        ({"calibration_curve": risk_result.risk_result().calibration_curve.head(0)}, "a calibration curve"),
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


def test_advice_made_by_hand_is_protected_too() -> None:
    with pytest.raises(ReleaseRefused) as raised:
        RiskAdvice(risk_result.risk_result(), **SAID)
    # Catches a way round the protection of counts, and a frame that the door does not look at.
    assert {f"in {name}:" in str(raised.value) for name in ("counts", "by_group", "abstentions", "left_out")} == {True}


def test_no_share_tells_how_few_had_the_event() -> None:
    curve = risk_result.risk_result().calibration_curve.assign(rows=120.0, value=[0.04, *[0.2] * 8, 0.97])
    told = protect_counts(risk_result.risk_result(calibration_curve=curve)).calibration_curve
    # Catches 4% of 120, which are 5 with the event, and 97%, which are 4 without.
    assert told["value"].isna().tolist() == [True, *[False] * 8, True]
    assert told["upper"].isna().equals(told["value"].isna())


def test_no_share_of_those_reached_tells_how_few_had_the_event() -> None:
    rows = [(0.05, "precision", 0.05), (0.05, "recall", 0.02), (0.5, "precision", 0.2), (0.5, "recall", 0.5),
            (0.9, "precision", 0.13), (0.9, "recall", 0.97)]  # fmt: skip
    capacities = pd.DataFrame(
        [{"model": MODEL, "capacity": share, "metric": metric, "value": value, "lower": 0.0, "upper": 1.0}
         for share, metric, value in rows]
    )  # fmt: skip
    told = protect_counts(risk_result.risk_result(capacities=capacities)).capacities
    # Catches 3 of 151 with the event that would be reached, and 5 that would be missed.
    assert told["value"].isna().tolist() == [True, True, False, False, True, True]
    alone = capacities[capacities["metric"] == "precision"]
    # Catches a frame of one of the two measures read as if nothing stood behind it.
    assert protect_counts(risk_result.risk_result(capacities=alone)).capacities["value"].isna().tolist() == [
        True, False, False,
    ]  # fmt: skip


def test_shares_of_a_period_go_with_its_hidden_counts() -> None:
    told = protect_counts(risk_result.risk_result())
    # Catches two treatments of short follow-up beside each other, whose ratio is the count that is hidden.
    assert (told.counts["not_known"] == HIDDEN).all()
    assert told.follow_up.drop(columns="period").isna().all(axis=None)
    many = risk_result.risk_result().counts.assign(not_known=40)
    assert protect_counts(risk_result.risk_result(counts=many)).follow_up["weights"].tolist() == [0.126]


def test_no_sentence_tells_an_exact_number_of_families() -> None:
    told = protect_counts(risk_result.risk_result(families_in_test=643))
    few = protect_counts(risk_result.risk_result(families_in_test=7))
    # Catches a number rounded in a table and told exactly beside it, or a small one told at all.
    assert (told.families_in_test, few.families_in_test) == (645, 0)
    # Catches counts of those left out that are not protected.
    assert told.left_out["count"].tolist() == [HIDDEN, 2410, 0]
