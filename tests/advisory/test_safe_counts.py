"""Counts on their way into packs, plans and papers: protected together, held against what went out, and remembered."""

import pandas as pd
import pytest
from explain_sample import RECEIVED, explanation_result, sheet_account

from ehforecast.advisory.count_tables import ALL, CountTable
from ehforecast.advisory.counted import counted_in_explanations
from ehforecast.advisory.datasheet import Datasheet, TableAccount, make_datasheet
from ehforecast.advisory.ledger import Earlier, Release
from ehforecast.advisory.safe_counts import SafeCounts
from ehforecast.risk.explain_results import ExplanationResult


def table(name: str, counts: dict[str, int]) -> CountTable:
    rows = pd.DataFrame({name: [*counts, ALL], "count": [*counts.values(), sum(counts.values())]})
    return CountTable(name, "families of a year", (name,), rows)


def told(counts: dict[str, int], *earlier: Release) -> tuple[list[float], Release]:
    safe = SafeCounts(Earlier(earlier), "run-2" if earlier else "run-1")
    shown = safe.shown([table("hub", counts), table("need", {"low": 10, "high": sum(counts.values()) - 10})])
    return shown[0].tolist(), safe.counted[0]


def test_tables_of_one_population_are_one_release() -> None:
    shown, release = told({"north": 40, "south": 63})
    assert shown == [40, 65, 105]
    # Catches a table that is attacked, and not remembered.
    assert release.counted == {"hub=north": 40, "hub=south": 63, "": 103, "need=low": 10, "need=high": 93}
    assert release.shown["need=low"] == 10
    # Catches windows and questions that are held against each other, or never against themselves.
    assert release.counts == "families of a year, by hub, need"


def test_a_pack_of_a_few_families_more_tells_the_same() -> None:
    first, release = told({"north": 40, "south": 63})
    for more in (1, 3, 7):
        again, same = told({"north": 40, "south": 63 + more}, release)
        # Catches a difference between two packs that is those few families.
        assert again == first
        assert same is release
    # Catches figures that never change again.
    assert told({"north": 40, "south": 80}, release)[0] == [40, 80, 120]


def test_what_is_hidden_stays_absent() -> None:
    shown, release = told({"north": 3, "south": 63})
    # Catches a small count that is shown, and a hidden one taken for none.
    assert pd.isna(shown[0])
    assert "hub=north" not in release.shown


def sheet(account: TableAccount, *earlier: Release) -> tuple[Datasheet, tuple[Release, ...]]:
    safe = SafeCounts(Earlier(earlier), "run-1")
    return make_datasheet([account], received=RECEIVED, safe=safe), safe.counted


def test_a_datasheet_of_a_few_rows_more_tells_the_same() -> None:
    first, before = sheet(sheet_account())
    # Catches counts of a datasheet that the ledger never hears of.
    assert {release.counts.partition(",")[0].removeprefix("rows of early_help_episodes") for release in before} == {
        "", " set aside", " without ended_on", " without end_reason"
    }  # fmt: skip
    few = sheet_account(rows=1206)
    again, _ = sheet(few, *before)
    # Catches the three rows that came since, told by subtraction: 1,203 rows to 1,205, 1,208 to 1,210.
    assert again.tables["rows_used"].tolist() == first.tables["rows_used"].tolist() == [1205]
    more, _ = sheet(sheet_account(rows=1303), *before)
    # Catches a datasheet that stays for ever as it was.
    assert more.tables["rows_used"].tolist() == [1305]


def test_set_aside_rules_do_not_give_a_small_one_away() -> None:
    account = sheet_account()
    few = TableAccount(account.contract, 1203, {"one": 3, "two": 20}, 1, {})
    found = sheet(few)[0]
    # Catches a rule that three rows broke, told by the total less the other: it or the other is hidden with it.
    assert found.rules.set_index("rule")["rows"]["one"] == "[c]"
    assert found.columns["not_recorded"].eq(0).all()


@pytest.mark.parametrize("name", ["rows", "families", "silent", "rows by period", "rows by sex"])
def test_explanations_tell_the_ledger_whom_they_counted(name: str) -> None:
    result: ExplanationResult = explanation_result()
    entries = {release.table: release for release in counted_in_explanations(result, run_id="run-1")}
    release = entries[f"{name} explained"]
    # Catches a count that leaves unnoticed, and two questions held against each other.
    assert result.outcome in release.counts
    expected = {"rows": {"": 1203}, "families": {"": 641}, "silent": {"": 3},
                "rows by period": {"period=2022Q1": 303, "period=2022Q2": 298, "period=2022Q3": 4},
                "rows by sex": {"sex=female": 612, "sex=neither": 6}}[name]  # fmt: skip
    assert release.counted == expected
    # Catches a hidden count told to the ledger as shown.
    assert all(figure % 5 == 0 and not 0 < figure <= 7 for figure in release.shown.values())
