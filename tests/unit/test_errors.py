"""Errors by family: one exit code each, said in words a user can act on."""

import pytest

from ehforecast.errors import (
    ContractError,
    EhforecastError,
    EngineError,
    Finding,
    ForecastError,
    ModelError,
    ReleaseRefused,
    RiskError,
    SettingsError,
    StoreError,
)

FAMILIES = {
    SettingsError: 3,
    ContractError: 4,
    StoreError: 5,
    ForecastError: 6,
    ReleaseRefused: 7,
    RiskError: 8,
    ModelError: 9,
    EngineError: 10,
}


def test_every_family_has_its_own_exit_code() -> None:
    # Catches a code that changes under scripts which rely on it, or two families that share one.
    assert {family.__name__: family.exit_code for family in EhforecastError.__subclasses__()} == {
        family.__name__: code for family, code in FAMILIES.items()
    }
    # Catches a family that takes 0 (done), 1 (a fault of the program) or 2 (wrong arguments).
    assert min(FAMILIES.values()) > 2


def finding(count: int = 3) -> Finding:
    return Finding("c6.csv", "referrals_by_month", "April", "count_is_a_whole_number", count, "Get the file again.")


def test_a_finding_says_where_what_how_often_and_what_to_do() -> None:
    # Catches a message that leaves out the file, table, column, rule, count or remedy.
    assert str(finding()) == (
        "file c6.csv, table referrals_by_month, column April: rule 'count_is_a_whole_number' broken 3 times. "
        "Get the file again."
    )
    # Catches "broken 1 times".
    assert "broken 1 time. " in str(finding(1))


def test_a_contract_error_says_every_finding() -> None:
    error = ContractError([finding(1), finding(2)])
    # Catches an error that stops at the first finding, so that a user is sent round once per fault.
    assert str(error).splitlines() == [str(finding(1)), str(finding(2))]
    assert error.findings == (finding(1), finding(2))


def test_a_refused_release_lists_all_that_is_missing() -> None:
    error = ReleaseRefused(["the run", "the date"])
    # Catches a refusal that does not say what would make it pass.
    assert str(error) == "not released as advice; missing: the run; the date"
    assert error.missing == ("the run", "the date")


@pytest.mark.parametrize("family", [*FAMILIES, EhforecastError])
def test_every_family_explains_itself(family: type[EhforecastError]) -> None:
    # Catches a family that nobody can tell from its neighbours.
    assert family.__doc__
