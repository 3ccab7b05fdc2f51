"""What audits and risk reports tell of people stands in the ledger: whole, with what was shown of it."""

from pathlib import Path

import pytest
from audit_sample import sample_result
from risk_result import risk_result

from ehforecast.advisory.counted import counted_in_audit, counted_in_risk
from ehforecast.advisory.ledger import Ledger
from ehforecast.advisory.protection import UK_STRICT
from ehforecast.errors import ReleaseRefused


def test_every_count_of_a_risk_report_is_an_entry() -> None:
    result = risk_result()
    entries = {release.table: release for release in counted_in_risk(result, run_id="run-1")}
    # Catches people, families or events that the ledger never hears of.
    assert set(entries) == {"people asked about", "families asked about", "events asked about"}
    people = dict(zip(result.counts["period"], result.counts["people"], strict=True))
    told = entries["people asked about"]
    assert {f"period={period}": int(count) for period, count in people.items()} == {
        name: count for name, count in told.counted.items() if name
    }
    assert told.total == sum(people.values())
    # Catches two questions held against each other.
    assert result.outcome in told.counts
    # Catches exact counts taken for those that were shown.
    assert all(figure % 5 == 0 for figure in told.shown.values())


def test_small_counts_count_as_hidden() -> None:
    few = risk_result().counts.assign(people=[3, 0, 900])
    told = counted_in_risk(risk_result(counts=few), run_id="run-1")[0]
    # Catches a hidden count told to the ledger as shown, by which a later one could repeat it.
    assert sorted(told.shown.values()) == [0, 900, 905]
    assert sorted(told.counted.values()) == [0, 3, 900, 903]


def test_an_audit_of_a_child_more_is_refused(tmp_path: Path) -> None:
    ledger, result = Ledger(tmp_path / "ledger.jsonl"), sample_result()
    first = counted_in_audit(result, run_id="run-1", of="estimates")
    ledger.append(first, run_id="run-1", report="audit", files={})
    # Catches an audit that cannot be printed twice.
    ledger.check(counted_in_audit(result, run_id="run-2", of="estimates"), rules=UK_STRICT)
    groups = result.groups.copy()
    chosen = groups.index[groups["view"].eq(groups["view"].iloc[0])][0]
    groups.loc[chosen, ["people", "negatives"]] += 3
    more = type(result).from_parts(result.facts() | {"people": result.people + 3}, result.frames() | {"groups": groups})
    # Catches the same audit with three children more, who are told by subtraction.
    with pytest.raises(ReleaseRefused, match=r"differs from people by .* of run run-1 by so few"):
        ledger.check(counted_in_audit(more, run_id="run-2", of="estimates"), rules=UK_STRICT)
    # Catches another question's audit held against this one.
    ledger.check(counted_in_audit(more, run_id="run-2", of="another question"), rules=UK_STRICT)


def test_a_model_made_anew_is_no_other_population() -> None:
    for release in counted_in_audit(sample_result(), run_id="run-1", of="estimates"):
        # Catches an audit refused because three estimates moved to another band, with nobody come or gone.
        assert not [name for name in release.counted if "band=" in name]
        assert len(release.counted) > 1
