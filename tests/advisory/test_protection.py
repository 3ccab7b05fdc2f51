"""Small counts are hidden so that nothing published gives them back; the attack ships with the protection."""

from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from scipy.sparse import csr_array

from ehforecast.advisory import protection
from ehforecast.advisory.count_tables import ALL, CellSystem, CountTable, tie_together
from ehforecast.advisory.protection import (
    DFE_CIN,
    FEWEST_NUMBERS,
    HIDDEN,
    PRESETS,
    TRE10,
    UK_STRICT,
    Attack,
    ProtectedTable,
    Rules,
    protect,
)
from ehforecast.errors import ContractError, ReleaseRefused, SettingsError

NO_FIGURE = -1


def table(
    counts: np.ndarray, *, name: str = "t", margins: bool = True, by: tuple[str, str] = ("sex", "age")
) -> CountTable:
    """A table of rows by columns, with its margins or without."""
    rows = [(f"r{i}", f"c{j}", int(count)) for (i, j), count in np.ndenumerate(counts)]
    if margins:
        rows += [(f"r{i}", ALL, int(count)) for i, count in enumerate(counts.sum(axis=1))]
        rows += [(ALL, f"c{j}", int(count)) for j, count in enumerate(counts.sum(axis=0))]
        rows += [(ALL, ALL, int(counts.sum()))]
    return CountTable(name, "children, 2024", by, pd.DataFrame(rows, columns=[*by, "count"]))


def single(
    counts: dict[str, int], *, by: str = "sex", name: str = "t", population: str = "children, 2024"
) -> CountTable:
    return CountTable(name, population, (by,), pd.DataFrame({by: list(counts), "count": list(counts.values())}))


def shown(protected: ProtectedTable) -> dict[tuple[str, ...], int]:
    """What a reader sees, `NO_FIGURE` where a count is hidden."""
    *by, _, _ = protected.rows.columns
    keys = protected.rows[by].astype(str).itertuples(index=False, name=None)
    return dict(zip(keys, protected.rows["shown"].fillna(NO_FIGURE).astype(int), strict=True))


def told_exactly(true: CountTable, seen: dict[tuple[str, ...], int], *, rules: Rules) -> int:
    """A reader's own attack, written apart from the package's: how many small counts of a table with margins are told.

    Linear programming over the inner cells alone; every figure shown is a range of its sum of inner cells.
    """
    inner = [key for key in zip(*(true.rows[name] for name in true.by), strict=True) if ALL not in key]
    members = {
        key: [all(part in (ALL, own) for part, own in zip(key, cell, strict=True)) for cell in inner] for key in seen
    }
    truth = dict(zip(zip(*(true.rows[name] for name in true.by), strict=True), true.rows["count"], strict=True))
    rows, limits = [], []
    for key, figure in seen.items():
        row = np.array(members[key], dtype=float)
        if figure == NO_FIGURE:  # taken for somebody; who takes a hidden zero for somebody is misled, not told
            low, high = min(truth[key], 1.0), np.inf
        elif figure == 0:
            low = high = 0.0
        else:
            spread = rules.round_to // 2
            low, high = figure - spread, figure + spread
            low = max(low, rules.hide_up_to + 1) if rules.round_to > 1 else low
        rows += [row, -row] if np.isfinite(high) else [-row]
        limits += [high, -low] if np.isfinite(high) else [-low]
    told = 0
    for key in seen:
        if 0 < truth[key] <= rules.hide_up_to:
            aim = np.array(members[key], dtype=float)
            ends = [linprog(sign * aim, A_ub=np.array(rows), b_ub=limits, method="highs") for sign in (1, -1)]
            if ends[1].status != 3:
                told += round(-ends[1].fun) - round(ends[0].fun) + 1 < FEWEST_NUMBERS
    return told


@pytest.mark.parametrize("rules", PRESETS.values(), ids=PRESETS)
def test_each_count_alone_is_hidden_or_rounded(rules: Rules) -> None:
    found = shown(protect([single({str(n): n for n in range(40)})], rules=rules).tables[0])
    for count in range(40):
        figure = found[(str(count),)]
        # Catches a small count shown, a large one hidden for nothing, and a zero that is hidden or made up.
        assert (figure == NO_FIGURE) == (0 < count <= rules.hide_up_to)
        # Catches a figure further from the truth than rounding allows, or not a multiple.
        assert figure == NO_FIGURE or (abs(figure - count) <= rules.round_to // 2 and figure % rules.round_to == 0)


def test_the_thresholds_are_those_of_their_publishers() -> None:
    # Catches a preset that drifts: NHS 1-7 and nearest 5, DfE 1-5, research environments under 10.
    assert [(rules.hide_up_to, rules.round_to) for rules in (UK_STRICT, DFE_CIN, TRE10)] == [(7, 5), (5, 1), (9, 1)]
    # Catches a council that loosens them.
    with pytest.raises(SettingsError, match="not accepted"):
        Rules("ours", hide_up_to=4, round_to=5)
    with pytest.raises(SettingsError, match="not accepted"):
        Rules("ours", hide_up_to=7, round_to=0)


def test_zero_can_be_hidden_too() -> None:
    found = shown(
        protect([single({"a": 0, "b": 3, "c": 50})], rules=Rules("strictest", 7, 5, hide_zero=True)).tables[0]
    )
    # Catches a true zero told from the mark being absent.
    assert found == {("a",): NO_FIGURE, ("b",): NO_FIGURE, ("c",): 50}


def test_hidden_is_marked_and_never_a_number() -> None:
    protected = protect([single({"a": 3, "b": 20})]).tables[0]
    # Catches a hidden count that a program reads as 0, or as blank without a reason.
    assert protected.rows["shown"].isna().tolist() == [True, False]
    assert protected.rows["mark"].tolist() == [HIDDEN, ""]


counts = st.one_of(st.integers(0, 12), st.integers(0, 400))


@example([[2, 0, 3], [4, 0, 0], [11, 12, 0]])  # one zero has to be hidden
@given(st.integers(2, 4).flatmap(lambda n: st.lists(st.lists(counts, min_size=n, max_size=n), min_size=2, max_size=4)))
@settings(max_examples=60, deadline=None)
def test_no_table_gives_a_small_count_back(rows: list[list[int]]) -> None:
    true = table(np.array(rows))
    for rules in (UK_STRICT, DFE_CIN, TRE10):
        try:
            protection = protect([true], rules=rules)
        except ReleaseRefused:
            continue
        # Catches a cell hidden whose neighbours and margins tell it, by an attack written apart.
        assert told_exactly(true, shown(protection.tables[0]), rules=rules) == 0


@pytest.mark.acceptance("door")
@pytest.mark.timeout(3_000)
def test_of_many_tables_none_is_broken_and_without_protection_many_are(
    record_figure: Callable[..., None], request: pytest.FixtureRequest
) -> None:
    rng = np.random.default_rng(11)
    number = 1_000 if request.config.getoption("--acceptance") else 60
    attacked = told = told_unprotected = refused = 0
    for _ in range(number):
        true = table(rng.negative_binomial(0.8, 0.03, (rng.integers(2, 5), rng.integers(2, 5))))
        rules = (UK_STRICT, DFE_CIN, TRE10)[rng.integers(3)]
        try:
            protection = protect([true], rules=rules)
        except ReleaseRefused:
            refused += 1
            continue
        attacked += protection.attacked
        told += told_exactly(true, shown(protection.tables[0]), rules=rules)
        plain = dict(zip(zip(true.rows["sex"], true.rows["age"], strict=True), true.rows["count"], strict=True))
        alone = {
            key: NO_FIGURE if 0 < count <= rules.hide_up_to else int(rules.shown(np.array([count]))[0])
            for key, count in plain.items()
        }
        told_unprotected += told_exactly(true, alone, rules=rules)
    record_figure("tables attacked", number)
    record_figure("refused as too thin", refused)
    record_figure("hidden or small counts attacked", attacked)
    record_figure("recovered", told)
    record_figure("recovered with secondary protection off", told_unprotected)
    # Catches a protection that leaks.
    assert told == 0
    # Catches an attack that could not find a leak if there were one.
    assert told_unprotected > number / 20


def test_a_reader_who_takes_every_mark_for_a_small_count_learns_no_more() -> None:
    true = single({"a": 7, "b": 7, "c": 100, ALL: 114})
    found = shown(protect([true]).tables[0])
    # Catches 7 and 7 under a total of 14 shown as 15 (13 to 17): a reader who knows that only 1 to 7 are hidden would
    # tell that each is 6 or 7.
    assert [found["a",], found["b",]] == [NO_FIGURE, NO_FIGURE]
    pair = shown(protect([single({"a": 7, "b": 7, ALL: 14})]).tables[0])
    assert pair[ALL,] == NO_FIGURE


def test_male_and_all_do_not_give_the_rest_away() -> None:
    """OpenSAFELY's example: 100 men of 104 people; four are told by subtraction though no cell shows them."""
    protection = protect([single({"male": 100, ALL: 104})], rules=DFE_CIN)
    # Catches an attack that looks only at cells that are printed.
    assert NO_FIGURE in shown(protection.tables[0]).values()


def test_two_tables_are_attacked_as_one() -> None:
    by_age = single({"0-4": 3, "5-9": 2, "10-17": 60, ALL: 65}, by="age", name="ages")
    by_sex_and_age = table(np.array([[40, 30], [9, 12]]), name="crossed", by=("sex", "band"))
    total = single({"r0": 70, "r1": 21, ALL: 91}, by="sex", name="sexes")
    alone = protect([by_sex_and_age], rules=TRE10).tables[0]
    joined = protect([by_sex_and_age, total], rules=TRE10)
    # The crossed table hides r1 x c0 = 9. Catches a second table that shows the row's total and undoes it.
    assert told_exactly(by_sex_and_age, shown(alone) | _as_margins(shown(joined.tables[1])), rules=TRE10) == 0
    # Catches a table of its own population being dragged in.
    assert shown(protect([by_age], rules=UK_STRICT).tables[0])[(ALL,)] == 65


def _as_margins(of_sexes: dict[tuple[str, ...], int]) -> dict[tuple[str, ...], int]:
    return {(sex, ALL): figure for (sex,), figure in of_sexes.items()}


def test_figures_published_elsewhere_are_used_by_the_attack() -> None:
    parts = single({"north": 40, "south": 33, "west": 2}, by="area")
    known = single({ALL: 75}, by="area", name="the Department's total")
    # Alone there is nothing to subtract from.
    assert shown(protect([parts], rules=DFE_CIN).tables[0]) == {("north",): 40, ("south",): 33, ("west",): NO_FIGURE}
    found = shown(protect([parts], rules=DFE_CIN, outside=[known]).tables[0])
    # Catches a small count told from a total that somebody else published.
    assert list(found.values()).count(NO_FIGURE) == 2
    assert found["north",] == 40


def test_what_cannot_be_protected_is_refused() -> None:
    everything = single({"a": 3, ALL: 3}, by="area", name="the Department's")
    # Catches a table published although each of its counts is known elsewhere by subtraction.
    with pytest.raises(ReleaseRefused, match="a coarser split of t"):
        protect([single({"a": 3, "b": 4, "c": 90}, by="area")], rules=DFE_CIN,
                outside=[single({"b": 4, "c": 90, ALL: 97}, by="area", name="known")])  # fmt: skip
    # Catches what is public already being refused or hidden in vain.
    assert protect([single({"c": 90}, by="area", population="others")], outside=[everything]).hidden_besides == 0


def test_an_attack_left_to_itself_finds_what_is_not_hidden() -> None:
    system = tie_together([single({"a": 3, "b": 20, ALL: 23})])
    attack = Attack(system, DFE_CIN)
    nothing, cells = np.zeros(3, dtype=bool), np.arange(3)
    # Catches an attack that trusts the protection it is to test.
    assert attack.find_exposed(nothing, cells).tolist() == [0, 1, 2]
    # Hiding a alone: a is 23 - 20 all the same. Hiding a and b leaves both open.
    assert attack.find_exposed(np.array([True, False, False]), cells).tolist() == [0, 1, 2]
    assert attack.find_exposed(np.array([True, True, False]), cells).tolist() == [2]


def _three_alike(rules: Rules) -> Attack:
    """A hidden count of 3 with three parts of 1 each, which stand beside one other count in three sums of 21.

    The parts are nowhere shown, but the three sums say that they are alike: whatever the hidden count is, three divides
    it. Fractions do not see that.
    """
    sums = np.array([[1, 1, 1, 0, -1, 0, 0, 0], *(np.eye(3, 8)[part] + np.eye(1, 8, 3)[0] for part in range(3))])
    sums[[1, 2, 3], [5, 6, 7]] = -1
    counts, published = np.array([1, 1, 1, 20, 3, 21, 21, 21]), np.arange(8) > 3
    system = CellSystem({}, counts, csr_array(sums), published, np.zeros(8, dtype=np.int64))
    return Attack(system, rules)


@pytest.mark.parametrize(("hide_up_to", "exposed"), [(5, [4]), (7, [])])
def test_whole_numbers_have_the_last_word(hide_up_to: int, exposed: list[int]) -> None:
    attack = _three_alike(Rules("to the unit", hide_up_to, 1))
    # Of 1 to 5 three divides 3 alone. Catches a fraction taken for a count that could be true.
    # Of 1 to 7 it divides 6 too. Catches a count called exposed because no answer in fractions came out whole.
    assert attack.find_exposed(np.arange(8) == 4, np.array([4])).tolist() == exposed


def test_a_count_that_could_be_others_only_beyond_its_limits_is_exposed() -> None:
    """A hidden 6 of two like parts, so that it is even; and another hidden 6, the two of them 12."""
    sums = np.array([[1, 1, 0, -1, 0, 0, 0, 0], [1, 0, 1, 0, -1, 0, 0, 0], [0, 1, 1, 0, 0, -1, 0, 0], np.eye(8)[3]])
    sums[3, [6, 7]] = 1, -1
    counts, published = np.array([3, 3, 20, 6, 23, 23, 6, 12]), np.arange(8) > 2
    system = CellSystem({}, counts, csr_array(sums), published, np.zeros(8, dtype=np.int64))
    hidden, cells = np.isin(np.arange(8), [3, 6]), np.array([3])
    # Neither can be more than 7, so neither less than 5: 6 is told. Catches 8 and 4 taken for what could be true.
    assert Attack(system, Rules("to the unit", 7, 1)).find_exposed(hidden, cells).tolist() == [3]
    # Where 8 may be hidden too, it is not told.
    assert Attack(system, Rules("to the unit", 8, 1)).find_exposed(hidden, cells).tolist() == []


def test_whole_numbers_are_searched_for_what_fractions_leave_open_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    searched, solve = [], protection.milp

    def watched(*args: object, integrality: np.ndarray, **asked: object) -> object:
        searched.append(integrality.any())
        return solve(*args, integrality=integrality, **asked)

    monkeypatch.setattr(protection, "milp", watched)
    counts = pd.DataFrame(np.ndindex(3, 3, 3), columns=["sex", "age", "area"]).astype(str)
    counts["count"] = np.random.default_rng(102).negative_binomial(0.8, 0.03, 27)
    splits = [("sex", "age"), ("age", "area"), ("sex", "area"), ("sex", "age", "area")]
    tables = [
        CountTable(str(by), "children", by, counts.groupby(list(by), as_index=False)["count"].sum()) for by in splits
    ]
    small = protect(tables).attacked
    # Catches a search in whole numbers for every cell: of an audit of 300,000 contacts it took minutes.
    assert small == 9
    assert not any(searched)
    # Catches an attack that is not made at all.
    assert searched


def test_a_solver_without_an_answer_protects_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protection, "milp", lambda *_, **__: SimpleNamespace(x=None))
    # Catches "no answer" taken for "nothing can be told".
    with pytest.raises(ReleaseRefused, match="figures that agree with each other"):
        protect([single({"a": 3, "b": 20, ALL: 23})])


def test_tables_that_contradict_each_other_are_refused() -> None:
    # Catches two extracts mixed in one release.
    with pytest.raises(ContractError, match="one_cell_has_one_count_in_every_table"):
        tie_together([single({"a": 3}), single({"a": 4}, name="other")])
    with pytest.raises(ContractError, match="parts_are_no_more_than_their_whole"):
        tie_together([single({"a": 9, "b": 5, ALL: 10})])


@pytest.mark.parametrize(
    ("counts", "rule"),
    [
        ([3.0, 4.0], "counts_are_whole_numbers"),
        ([True, False], "counts_are_whole_numbers"),
        ([None, 4], "counts_are_whole_numbers"),
        ([-1, 4], "counts_are_0_or_more"),
    ],
)
def test_what_is_no_count_is_refused(counts: list[object], rule: str) -> None:
    # Catches shares, flags and gaps that slip through as counts.
    with pytest.raises(ContractError, match=rule):
        CountTable("t", "p", ("sex",), pd.DataFrame({"sex": ["a", "b"], "count": counts}))


def test_a_combination_twice_is_refused() -> None:
    # Catches one group counted in two rows, of which each may be too small to be hidden.
    with pytest.raises(ContractError, match="each_combination_stands_once"):
        CountTable("t", "p", ("sex",), pd.DataFrame({"sex": ["a", "a"], "count": [9, 9]}))


def test_tables_that_leave_different_things_out_are_tied_without_contradiction() -> None:
    everyone, f, m, x = 100, 40, 50, 10
    long = single({"f": f, "m": m, ALL: everyone}, name="long")
    short = single({"f": f, ALL: everyone}, name="short")
    system = tie_together([long, short])
    # Catches what is left of one table taken for what is left of the other: 10 are not 60.
    assert (system.sums @ system.counts == 0).all()
    left = sorted(int(system.counts[place]) for cell, place in system.place.items() if "(every other" in str(cell))
    assert left == [x, m + x]
    # Catches a refusal for figures that agree, and a total that gives a small rest away: 3 children are neither.
    assert protect([long, short]).hidden_besides == 0
    found = protect([single({"f": 45, "m": 52, ALL: 100}, name="long"), single({"f": 45, ALL: 100}, name="short")])
    assert told_exactly(single({"f": 45, "m": 52, ALL: 100}), shown(found.tables[0]), rules=UK_STRICT) == 0


def test_a_zero_that_is_hidden_besides_is_no_contradiction() -> None:
    protection = protect([single({"f": 3, "m": 0})], outside=[single({ALL: 3}, name="published")])
    # Catches figures refused as contradicting each other because the attack takes a hidden zero for somebody: beside a
    # count of 3 and its published total there is nothing but a zero to hide.
    assert shown(protection.tables[0]) == {("f",): NO_FIGURE, ("m",): NO_FIGURE}
    assert (protection.small, protection.hidden_besides) == (1, 1)
