"""Columns that may know the outcome, and columns that stand for a protected group: found, named, refused."""

import numpy as np
import pandas as pd
import pytest

from ehforecast.errors import ContractError, SettingsError
from ehforecast.risk.binned_auc import auc_error, binned_truth, bins_of, honest_auc
from ehforecast.risk.cohort import Feature
from ehforecast.risk.features_catalogue import Recipe
from ehforecast.risk.matrix_leaks import Suspect, check_nothing_leaks, find_suspects
from ehforecast.risk.matrix_protected import (
    audit_only_fields,
    check_no_field_is_copied,
    check_reasons,
    check_sources_are_permitted,
    find_proxies,
    permitted_use,
)

ROWS = 2000
RNG = np.random.default_rng(8)
SCORE = RNG.normal(size=ROWS)
OUTCOME = pd.Series((RNG.random(ROWS) < 1 / (1 + np.exp(1.8 - 0.5 * SCORE))).astype(float))
OTHER = RNG.normal(size=ROWS)
HIT = OUTCOME.to_numpy() > 0


def draws(seed: int) -> np.ndarray:
    """Of a test alone: shared draws would be others in another order of the tests."""
    return np.random.default_rng(seed).random(ROWS)


def matrix(**columns: object) -> pd.DataFrame:
    return pd.DataFrame({"score": SCORE, "other": OTHER, **columns})


def families(features: pd.DataFrame) -> pd.Series:
    return pd.Series([f"F{place // 2}" for place in range(len(features))], index=features.index)


def suspects(features: pd.DataFrame, outcome: pd.Series = OUTCOME, **how: list[str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for suspect in find_suspects(features, outcome, group_id=families(features), **how):
        found.setdefault(suspect.kind, set()).add(suspect.feature)
    return found


def test_an_honest_matrix_raises_no_suspicion() -> None:
    # Catches a probe that cries wolf.
    assert suspects(matrix()) == {}


def test_a_column_that_follows_the_outcome_is_named() -> None:
    leak = np.where(draws(1) < 0.01, 1 - HIT, HIT).astype(float)
    found = suspects(matrix(leak=leak))
    # Catches a planted outcome column that goes by unnoticed, or an honest one accused beside it.
    assert found == {"tells_the_outcome_alone": {"leak"}, "a_value_gives_the_outcome_away": {"leak"}}


def test_a_column_far_above_all_others_is_named() -> None:
    hint = SCORE + 1.6 * HIT
    # Catches a leak that is weaker than certain: AUC about 0.87 where the others reach 0.65.
    assert suspects(matrix(hint=hint))["tells_the_outcome_alone"] == {"hint"}


def test_a_single_value_that_gives_the_outcome_away_is_named() -> None:
    word = np.where(HIT & (draws(2) < 0.15), "closed by court", "usual")
    found = suspects(matrix(word=pd.Categorical(word)))
    # Catches a leak that only some rows hold, which no AUC shows.
    assert found["a_value_gives_the_outcome_away"] == {"word"}


def test_what_says_nothing_is_told_but_not_refused() -> None:
    empty, same = np.full(ROWS, np.nan), SCORE.copy()
    found = find_suspects(matrix(constant=1.0, empty=empty, same=same), OUTCOME, group_id=families(matrix()))
    told = {suspect.feature: suspect.kind for suspect in found}
    # Catches a constant, an empty column or a copy that nobody is told of.
    assert told == {"constant": "says_nothing", "empty": "says_nothing", "same": "says_the_same_as_another"}
    # Catches a run refused for what is merely useless.
    check_nothing_leaks(found, accepted={})


@pytest.mark.parametrize("rate", [0.02, 0.75])
def test_absence_that_tells_the_outcome_is_named(rate: float) -> None:
    """Absent for a fifth of the rows, of which far fewer or far more have the outcome than the 15% of others."""
    hit = draws(3) < np.where(np.arange(ROWS) % 5 == 0, rate, 0.15)
    gone = np.where(np.arange(ROWS) % 5 == 0, np.nan, SCORE)
    found = suspects(matrix(gone=gone), pd.Series(hit.astype(float)))
    # Catches a join that leaves holes where people left early, in either direction.
    assert "gone" in found["absence_tells_the_outcome"]
    # Catches days since what never happened taken for a hole in the records.
    quiet = suspects(matrix(gone=gone), pd.Series(hit.astype(float)), absent_by_nature=["gone"])
    assert "absence_tells_the_outcome" not in quiet


def test_absences_that_tell_the_outcome_together_are_named() -> None:
    """None of ten differs threefold; together they reach an AUC of about 0.7."""
    gone = {f"gap{place}": np.where(draws(place) < 0.3 + 0.18 * HIT, np.nan, SCORE) for place in range(10)}
    found = suspects(matrix(**gone))
    # Catches leaks that are each too small to see.
    assert found["absence_tells_the_outcome"] == {"absent values together"}


@pytest.mark.parametrize("outcome", [pd.Series(0.0, index=range(ROWS)), pd.Series(1.0, index=range(ROWS))])
def test_an_outcome_without_variation_cannot_be_judged(outcome: pd.Series) -> None:
    # Catches a division by nothing where the outcome never, or always, happens.
    assert suspects(matrix(), outcome) == {}


def test_thirty_rows_accuse_nobody() -> None:
    few = matrix().iloc[:30]
    # Catches chance in a handful of rows taken for a leak, and rows whose outcome is not known counted.
    assert suspects(few, OUTCOME[:30].mask(OUTCOME[:30] == 0)) == {}
    assert suspects(matrix().iloc[:0], OUTCOME[:0]).keys() == {"says_nothing"}


def test_a_leak_is_refused_by_name_unless_a_reason_is_written() -> None:
    found = [Suspect("need_level", "tells_the_outcome_alone", 0.97)]
    # Catches a leak that passes, and an error that does not say which.
    with pytest.raises(ContractError, match=r"column need_level.*tells_the_outcome_alone"):
        check_nothing_leaks(found, accepted={"need_level": " "})
    check_nothing_leaks(found, accepted={"need_level": "Checked with the case system: set at the start."})
    # Catches a message without the figure.
    assert str(found[0]) == "need_level: tells the outcome alone (0.97)"


def test_bins_and_their_auc() -> None:
    column = pd.Series([3.0, 1.0, np.nan, 2.0, 3.0, 1.0])
    # Catches absent values joined to a value, and ties split over bins.
    assert bins_of(column).tolist() == [3, 1, 0, 2, 3, 1]
    # Catches an AUC that is not the share of pairs in order: rates 1, 1/2, 0, hits 3 of 6 (by hand).
    truth = binned_truth(np.array([0, 0, 1, 1, 2, 2]), np.array([True, True, True, False, False, False]))
    assert truth.auc == pytest.approx((2 * 3 + 1 * 2 + 0.5 * 1) / 9)
    # Catches a direction that matters: the mirror image says as much.
    assert (
        binned_truth(np.array([2, 2, 1, 1, 0, 0]), np.array([True, True, True, False, False, False])).auc == truth.auc
    )
    # Catches a number where there is none.
    assert binned_truth(np.array([0, 1]), np.array([True, True])).auc == 0.5
    assert bins_of(pd.Series([np.nan, np.nan])).tolist() == [0, 0]


def test_brothers_and_sisters_do_not_pass_for_a_relation() -> None:
    """40 families of five with one outcome and one value each, drawn apart: in-sample the value seems to tell a lot."""
    rng = np.random.default_rng(3)
    family = np.repeat(np.arange(40), 5)
    hit, bins = (rng.random(40) < 0.3)[family], rng.integers(0, 21, 40)[family]
    # Catches an order of bins judged by the rows it was learned from (here about 0.8), and folds that cut families.
    assert binned_truth(bins, hit).auc > 0.7
    assert abs(honest_auc(bins, hit, fold=family % 2 == 0) - 0.5) < 0.2


def test_the_error_of_an_auc_is_that_of_many_draws() -> None:
    rng = np.random.default_rng(4)
    hit = np.arange(300) < 60
    drawn = []
    for _ in range(400):
        score = rng.normal(size=300) + hit
        drawn.append(binned_truth(np.arange(300), hit).auc_by(score))
    # Catches a formula with hits and misses exchanged: 400 draws know a standard deviation to 3.5%, checked to 15%.
    assert auc_error(float(np.mean(drawn)), 60, misses=240) == pytest.approx(np.std(drawn), rel=0.15)


AUDIT = pd.DataFrame(
    {
        "sex": np.where(np.arange(ROWS) % 2 == 0, "female", "male"),
        "ethnic_group": np.where(np.arange(ROWS) % 10 == 0, "black", "white"),
        "locality": np.where(np.arange(ROWS) % 3 == 0, "north", "south"),
    },
    dtype="str",
)


@pytest.mark.parametrize(
    "copy", [np.arange(ROWS) % 2 * 1.0, np.arange(ROWS) % 2 * -7.0 + 3, pd.Categorical(AUDIT["sex"])]
)
def test_a_protected_field_under_another_name_is_refused(copy: object) -> None:
    # Catches sex as a number, as other numbers, or as a category called something else.
    with pytest.raises(ContractError, match=r"column shoe_size.*copy_of_an_audit_only_field.*holds sex"):
        check_no_field_is_copied(matrix(shoe_size=copy), AUDIT)
    # Catches a written reason without effect.
    check_no_field_is_copied(matrix(shoe_size=copy), AUDIT, allowed=["sex"])


def test_what_is_not_for_audits_only_may_be_in_the_matrix() -> None:
    area = (np.arange(ROWS) % 3 == 0) * 1.0
    # Catches an area refused as if it were protected, and a field with one value that everything would copy.
    check_no_field_is_copied(matrix(area=area, one=1.0), AUDIT.assign(disability="none"))
    assert audit_only_fields(AUDIT) == ("sex",)


def test_a_proxy_is_reported_with_group_and_auc() -> None:
    leader = np.where((AUDIT["ethnic_group"] == "black") & (draws(4) < 0.85), "other", "school")
    found = find_proxies(matrix(leader=pd.Categorical(leader), area=(AUDIT["locality"] == "north") * 1.0), AUDIT)
    # Catches a proxy unseen, one for either of two groups only, and an area, which is no protected field, reported.
    assert {(proxy.feature, proxy.field, proxy.group) for proxy in found} == {
        ("leader", "ethnic_group", "black"), ("leader", "ethnic_group", "white")}  # fmt: skip
    # Catches an AUC of something else: (0.85 + 1) / 2, five standard errors (0.036 / 2 * 5) around.
    assert found[0].auc == pytest.approx(0.925, abs=0.09)


def test_a_group_too_small_to_judge_is_left_alone() -> None:
    few = matrix(leader=(AUDIT["ethnic_group"] == "black") * 1.0).iloc[:900]
    # Catches chance in 90 rows reported as a proxy.
    assert find_proxies(few, AUDIT.iloc[:900]) == ()


def test_large_matrices_are_looked_at_in_steps() -> None:
    many = pd.concat([matrix(leader=(AUDIT["ethnic_group"] == "black") * 1.0)] * 60, ignore_index=True)
    audit = pd.concat([AUDIT] * 60, ignore_index=True)
    # Catches steps that lose alignment between features and audit columns.
    assert [proxy.auc for proxy in find_proxies(many, audit)][:1] == [1.0]


def recipe(*columns: str) -> Recipe:
    return Recipe(Feature("shoe_size", "Shoe size"), columns, lambda known: known.index_day)


def test_a_feature_made_of_an_audit_only_column_is_refused() -> None:
    # Catches a new feature that reads a protected column under cover of its name.
    with pytest.raises(ContractError, match=r"column shoe_size.*audit_only.*people\.sex"):
        check_sources_are_permitted([recipe("people.person_id", "people.sex")], reasons={})
    check_sources_are_permitted([recipe("people.sex")], reasons={"people.sex": "To show what it would change."})
    check_sources_are_permitted([recipe("people.birth_month", "contacts.contact_on")], reasons={})


def test_reasons_are_written_for_what_needs_them() -> None:
    check_reasons({"people.sex": "Asked for by the audit of 2026."})
    for column, reason in (("people.sex", ""), ("people.sex", "needed"), ("contacts.source", "It is of use to us.")):
        # Catches an empty excuse, and a reason for what needs none.
        with pytest.raises(SettingsError, match=column):
            check_reasons({column: reason})
    # Catches a misspelt column taken for a permitted one.
    with pytest.raises(SettingsError, match="no contract"):
        permitted_use("people.shoe_size")
    assert permitted_use("assessment_factors.person_id") == "key"
