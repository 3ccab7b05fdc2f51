"""What drives estimates, the cards, the model card, the datasheet and the transparency record, as pages."""

import json
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from audit_sample import sample_advice
from every_report import FORBIDDEN
from explain_sample import (
    RECEIVED,
    bands,
    datasheet,
    explain_advice,
    membership,
    model_card,
    risk_advice,
    sheet_account,
    transparency,
)

from ehforecast.advisory.cards import CARD_LIMITS, CardFile
from ehforecast.advisory.datasheet import make_datasheet
from ehforecast.advisory.transparency import PEOPLE
from ehforecast.reports.cards_page import cards_document, cards_files
from ehforecast.reports.datasheet_page import datasheet_document
from ehforecast.reports.document import Document, document_files, missing_meanings
from ehforecast.reports.explain_page import explain_document
from ehforecast.reports.explain_tables import bands_table
from ehforecast.reports.explain_words import agreement_sentence, points, steadiness_sentence, themes_sentence
from ehforecast.reports.model_card_page import model_card_document, write_model_card
from ehforecast.reports.transparency_page import transparency_document, write_transparency_record


def card_file() -> CardFile:
    rows = [(f"KP{place:03d}", "lower band", "place", "timing") for place in range(20)]
    cards = pd.DataFrame(rows, columns=["child", "band", "higher", "lower"])
    return CardFile(cards, bands(), 15, risk_advice(), "Ann Lee", date(2026, 11, 23), date(2026, 12, 1))


def words_of(document: Document) -> str:
    return " ".join(re.sub(r"<style.*?</style>|<[^>]+>", " ", document_files(document)["index.html"].decode()).split())


@pytest.mark.parametrize("verdict", ["not met", "cannot be judged"])
def test_below_the_bar_the_first_sentence_says_that_nothing_about_a_child_is_given(verdict: str) -> None:
    document = explain_document(explain_advice(verdict))
    # Catches a page that opens with reasons for estimates nobody should use.
    assert "so nothing here is about a child" in document.lead
    assert "no cards were made" in words_of(document)


def test_above_the_bar_it_says_what_drives_them_and_where_cards_are() -> None:
    advice = explain_advice("met")
    assert explain_document(advice).lead.startswith("History with services moves estimates most: by 3.1 points")
    # Catches cards spoken of as if they were there when nobody asked for any, or when none passed the gate.
    assert "it names nobody" in words_of(explain_document(advice))
    assert "Fewer than 8 cards passed the gate" in words_of(explain_document(advice, cards=0))
    assert "About 40 cards passed the gate" in words_of(explain_document(advice, cards=40))


def test_few_are_not_told_as_none() -> None:
    told = words_of(explain_document(explain_advice()))
    # Catches "about 0" where up to seven families had no estimate. The sample has three.
    assert "Without an estimate, and so without reasons: fewer than 8." in told
    assert "about 0" not in told
    assert "about 640" in told


def test_quarters_are_compared_with_the_first_and_counted_so() -> None:
    raw = explain_advice().result.over_time
    three = pd.concat([raw[raw["group"] != "2022Q3"], raw[raw["group"] == "2022Q1"].assign(group="2022Q3")])
    told = words_of(explain_document(explain_advice(over_time=three)))
    # Catches the first quarter counted among those that could differ from it: the sample has one theme in three.
    assert "Over 3 quarters, 1 of 2 figures have a range that does not meet that of the first quarter." in told


def test_codes_and_names_of_columns_are_told_in_words() -> None:
    groups = explain_advice().result.by_group.iloc[:1]
    coded = pd.concat([groups.assign(characteristic=name, group=group) for name, group in
                       (("disability", "AUT"), ("ethnicity", "WBRI"), ("age_band", "10_15"))])  # fmt: skip
    table = next(t for t in explain_document(explain_advice(by_group=coded)).tables if t.name == "reasons_by_group")
    # Catches a code of the census, which nobody on a panel knows by heart.
    assert [row[0] for row in table.rows] == [
        "Disability: Diagnosed with autism or Asperger's syndrome", "Ethnicity: White British", "Age band: 10 to 15"
    ]  # fmt: skip
    card = model_card()
    name, label = card.advice.result.features.iloc[0][["name", "label"]]
    noted = replace(card.advice.result, notes=(f"Features with one value only were not used: {name}.",))
    told = words_of(model_card_document(replace(card, advice=replace(card.advice, result=noted))))
    # Catches a column's name where a reader needs what it is.
    assert f"not used: '{label}'." in told.replace("&#39;", "'")


def test_only_what_is_often_absent_is_called_so() -> None:
    raw = explain_advice().result.importance
    given = {"contacts_90": 0.03, "days_since": 0.1, "weekday": 0.9}
    absent = raw.assign(not_on_record=raw["name"].map(given).fillna(float("nan")))
    document = explain_document(explain_advice(importance=absent))
    table = next(table for table in document.tables if table.name == "not_on_record")
    # Catches 3% called often, and a feature listed that moves nothing.
    assert [row[0] for row in table.rows] == ["Days since"]
    assert table.caption == "What moves estimates and is not on record for 10% of them or more"
    # Catches what never happened passed off as missing from the records.
    assert "because it never happened" in table.notes[0]


def test_a_curve_that_rises_is_said_to_rise() -> None:
    chart = next(
        c for section in explain_document(explain_advice()).sections for c in section.charts if "eff" in c.name
    )
    # Catches alt text that says the wrong way, and the greatest value of one child at the end of an axis.
    assert "From 0 to 2 the estimate rises: 13.0% to 15.0%" in chart.alt_text
    falling = explain_advice()
    effects = falling.result.effects.assign(value=-falling.result.effects["value"])
    turned = replace(falling, result=replace(falling.result, effects=effects))
    chart = next(c for section in explain_document(turned).sections for c in section.charts if "eff" in c.name)
    assert "the estimate falls" in chart.alt_text


def test_what_cannot_be_told_is_said() -> None:
    raw = explain_advice().result
    first = raw.over_time[raw.over_time["group"] == "2022Q1"]
    little = {"effects": raw.effects.iloc[:0], "pairs": raw.pairs.iloc[:0], "over_time": first,
              "by_group": raw.by_group.iloc[:0], "bands": bands(1), "agreement": float("nan"),
              "importance": raw.importance.assign(not_on_record=0.0)}  # fmt: skip
    told = words_of(explain_document(explain_advice(**little)))
    # Catches an empty heading where a sentence must say that there is nothing to show.
    for words in ("No curve can be shown", "No two features work together", "only one quarter", "No characteristic of",
                  "One band is all that records can bear", "too few features to compare"):  # fmt: skip
        assert words in told, words


def test_steadiness_and_agreement_are_not_made_to_sound_better() -> None:
    raw = explain_advice().result
    most = raw.steadiness.assign(value=0.9)
    # Catches a third that is called most, and a poor agreement called a good one.
    assert steadiness_sentence(raw).startswith("Only 32% (31% to 33%)")
    assert steadiness_sentence(replace(raw, steadiness=most)).endswith("The others do not.")
    assert "cannot be told" in steadiness_sentence(replace(raw, steadiness=most.assign(value=float("nan"))))
    assert "agree well" in agreement_sentence(0.8)
    assert "mostly noise" in agreement_sentence(0.5)
    assert "must not be read as what matters" in agreement_sentence(-0.1)
    alone = raw.importance[(raw.importance["kind"] == "feature") | (raw.importance["name"] == "place")]
    assert themes_sentence(replace(raw, importance=alone)).startswith("Place moves estimates most")
    assert points(0.0001) == "less than 0.1 points"


def test_bands_say_which_estimates_they_hold() -> None:
    three = pd.concat([bands(), bands().iloc[1:]], ignore_index=True)
    three.loc[1, "below"], three.loc[2, "at_least"] = 0.4, 0.4
    told = [row[1] for row in bands_table(three).rows]
    # Catches an edge told as the wrong side of a band.
    assert told == ["below 18.4%", "18.4% to below 40.0%", "40.0% or more"]
    assert [row[1] for row in bands_table(bands(1)).rows] == ["all"]


def test_every_card_has_both_sides_its_bands_range_limits_and_last_day() -> None:
    document = cards_document(card_file())
    rows = document.tables[-1].rows
    # Catches a card without what a band is worth, one side, or the day after which it must be gone.
    assert rows[0] == ["KP000", "Lower band", "10 (7 to 13)", "place", "timing", "2026-12-01"]
    told = words_of(document)
    assert all(limit in told for limit in CARD_LIMITS)
    assert "Lower band: of 100 such children, about 90 (between 87 and 93) had no later event on record." in told
    assert json.loads(cards_files(card_file())["metadata.json"])["may_be_published"] is False


def test_the_model_card_has_every_section_and_its_json(tmp_path: Path) -> None:
    document = model_card_document(model_card())
    anchors = [section.anchor for section in document.sections]
    # Catches a section of the paper left out.
    assert anchors == ["details", "intended_use", "factors", "metrics", "evaluation_data", "training_data",
                       "quantitative", "unitary", "intersectional", "reasons", "ethics", "caveats"]  # fmt: skip
    page = write_model_card(model_card(), tmp_path / "card")
    assert json.loads((page.parent / "model_card.json").read_text())["verdict"] == "not met"
    # Catches a card that calls itself complete while nobody answers for it.
    assert "draft: something is not supplied" in words_of(document)
    said = dict.fromkeys(("senior_responsible_owner", "contact_email", "organisation_name"), "Said")
    assert ("State of this card", "complete") in model_card_document(model_card(**said)).facts
    stays = replace(model_card(), membership=membership("a leaf rests on fewer than 10 rows"))
    assert "It may not leave: a leaf rests on fewer than 10 rows." in words_of(model_card_document(stays))
    bare = sample_advice()
    inventory = bare.result.inventory.assign(standing="assessed", column="sex")
    assessed = replace(bare, result=replace(bare.result, inventory=inventory, pooled=bare.result.pooled.iloc[:0],
                                            gaps=bare.result.gaps.iloc[:0]))  # fmt: skip
    told = words_of(model_card_document(replace(model_card(), audit=assessed)))
    assert "Every characteristic asked about could be assessed." in told
    assert "No groups were crossed" in told
    again = model_card()
    result = replace(again.advice.result, learned_from_calibration=True)
    assert "learned from the adjustment period too" in words_of(
        model_card_document(replace(again, advice=replace(again.advice, result=result)))
    )


def test_the_model_card_claims_of_the_audit_only_what_was_done() -> None:
    card = model_card()
    worked = "fairness audit with results under other ways of recording"
    assert worked in words_of(model_card_document(card))
    assert worked in json.dumps(card.to_json())
    nobody = replace(card.audit, result=replace(card.audit.result, recording=card.audit.result.recording.iloc[:0]))
    without = replace(card, audit=nobody)
    # Catches a card that claims what the audit beside it says nobody asked for.
    assert worked not in words_of(model_card_document(without))
    assert worked not in json.dumps(without.to_json())


@pytest.mark.parametrize(
    ("fewest", "words"),
    [
        (43, "Every final branch of its trees rests on at least 40 rows (10 asked for)."),
        (10, "Every final branch of its trees rests on at least 10 rows (10 asked for)."),
        (9, "A final branch of its trees rests on fewer than the 10 rows asked for."),
    ],
)
def test_the_smallest_branch_is_not_told_exactly(fewest: int, words: str) -> None:
    card = model_card()
    told = words_of(model_card_document(replace(card, membership=replace(card.membership, smallest_leaf=fewest))))
    # Catches an exact number of rows on a page.
    assert words in told


def test_the_transparency_record_names_what_is_missing(tmp_path: Path) -> None:
    document = transparency_document(transparency())
    # Catches a draft that could be taken for the council's word.
    assert document.lead.startswith("This is a draft: 29 answers")
    assert "not supplied" in words_of(document)
    assert "final" not in words_of(document).lower()
    whole = transparency(**dict.fromkeys(PEOPLE, "Said.") | {"phase": "Retired"})
    assert transparency_document(whole).lead.startswith("Every answer is supplied")
    page = write_transparency_record(whole, tmp_path / "record")
    assert json.loads((page.parent / "transparency_record.json").read_text())["status"] == "Final"


def test_the_datasheet_says_whose_records_they_are_and_what_was_set_aside() -> None:
    assert "a council's own records, as extracted on 31 March 2024. Rows were set aside by 2 rules" in (
        datasheet_document(datasheet()).lead
    )
    invented = make_datasheet([replace(sheet_account(), set_aside={})],
                              received=replace(RECEIVED, is_invented=True, are_pseudonyms=False))  # fmt: skip
    told = words_of(datasheet_document(invented))
    # Catches invented records that pass for real ones, and ids said to be replaced when they were not.
    assert "invented records: no family stands behind them" in told
    assert "Ids stand as they were received" in told
    assert "No row of this extract broke a rule" in told


DOCUMENTS = {
    "explanations": lambda: explain_document(explain_advice()),
    "cards": lambda: cards_document(card_file()),
    "model card": lambda: model_card_document(model_card()),
    "datasheet": lambda: datasheet_document(datasheet()),
    "transparency record": lambda: transparency_document(transparency()),
}
NAMES = re.compile("never a decision|no further action|escalation after early help", re.IGNORECASE)
"""Words of the statement, of statute, and of the name of a question."""


@pytest.mark.parametrize("name", DOCUMENTS)
def test_no_page_orders_people_about_and_every_column_is_explained(name: str) -> None:
    document = DOCUMENTS[name]()
    # Catches words that decide, order or pronounce.
    assert FORBIDDEN.findall(NAMES.sub("", words_of(document))) == []
    assert missing_meanings(document.tables) == []
