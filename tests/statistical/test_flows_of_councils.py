"""Flows recover a synthetic council's true moves, and what they say of a change holds as often as it says.

Short in CI; `make accept-councils` draws more.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from flow_sample import families_of, invented_council, moves_of

from ehforecast.demand import case_review
from ehforecast.demand.flow_incidence import Incidence
from ehforecast.demand.flow_results import ORIGINS, STAYED
from ehforecast.demand.flow_tables import difference, incidence_of
from ehforecast.synthetic.case_review import REVIEWED_ON, draw_walsall_review

Record = Callable[..., None]


@pytest.fixture(scope="module")
def is_long(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--acceptance"))


@pytest.mark.acceptance("councils")
def test_flows_recover_the_true_moves(is_long: bool, record_figure: Record) -> None:
    gaps, medians = [], []
    for seed in range(11, 11 + (20 if is_long else 3)):
        council = invented_council(seed, 8_000)
        truth = council.truth_tables["transitions"]
        whole = truth[truth["quarter"].eq("all") & truth["need_level"].eq("all")].set_index(["origin", "destination"])
        moves = moves_of(council)
        for origin, places in ORIGINS.items():
            found = incidence_of(moves.rows[moves.rows["origin"] == origin], moves, origin=origin)
            for place, name in enumerate(places, 1):
                true, estimate = whole.loc[(origin, name)], found.estimate(place)
                gaps.append((estimate.share - true["moved"] / true["started"]) / estimate.error)
                _, low, high = found.median(place)
                medians.append(low <= true["median_days"] <= high)
    record_figure("flows: largest gap to the true moves, standard errors", float(np.abs(gaps).max()), "at most 2")
    record_figure("flows: true median days inside the 95% range", float(np.mean(medians)), "at least 0.9")
    # Catches a move misread, late records or loss not allowed for: truth is what truly happened to all children, the
    # 14 months after the extract included. It is of the same children, so gaps are smaller than sampling alone.
    assert np.abs(gaps).max() <= 2
    assert np.mean(medians) >= 0.9


def test_truth_and_flows_speak_of_the_same_moves() -> None:
    truth = invented_council().truth_tables["transitions"]
    # Catches a place that only one of the two knows.
    assert {origin: set(rows["destination"]) - {STAYED} for origin, rows in truth.groupby("origin")} == {
        origin: set(places) for origin, places in ORIGINS.items()
    }
    keys = ["origin", "quarter", "need_level"]
    sums = truth.groupby(keys)["moved"].sum()
    # Catches a spell counted twice or not at all.
    assert (sums == truth.groupby(keys)["started"].first()).all()
    assert len(families_of(invented_council())) > 0


CHANCES = {"before": (0.06, 0.6), "after": (0.10, 0.55)}


def drawn(rng: np.random.Generator, families: int, chances: tuple[float, float], *, liking: np.ndarray) -> Incidence:
    """Spells of families whose children are alike: a step up, another ending, or neither, some followed for less."""
    size = rng.integers(1, 4, families)
    family = np.repeat(np.arange(families), size)
    up, other = chances
    scale = liking[family]
    point = rng.random(len(family))
    place = np.where(point < up * scale, 1, np.where(point < up * scale + other, 2, 0))
    days = np.where(place > 0, rng.integers(0, 366, len(family)), 10_000)
    followed = np.where(rng.random(len(family)) < 0.2, rng.integers(100, 366, len(family)), 10_000)
    seen = days <= followed
    return Incidence(np.where(seen, days, followed), np.where(seen, place, 0), family, 365)


@pytest.mark.acceptance("councils")
def test_the_difference_covers_the_truth(is_long: bool, record_figure: Record) -> None:
    runs, rng = (4_000 if is_long else 400), np.random.default_rng(20_261)
    true = CHANCES["after"][0] - CHANCES["before"][0]
    held, wrong = 0, 0
    for _ in range(runs):
        liking = rng.gamma(2.0, 0.5, 500)  # the same families before and after, alike in both: mean 1
        liking = np.minimum(liking, 3.5)
        liking /= EXPECTED_LIKING
        before, after = (drawn(rng, 500, CHANCES[when], liking=liking) for when in ("before", "after"))
        told = difference(before, after, place=1)
        held += int(told["low"] <= true <= told["high"])
        wrong += int(told["verdict"] == "fell")
    record_figure("flows: before and after covers the truth", held / runs, "0.93 to 0.97")
    # Catches intervals without families, without the families in both, or with loss ignored. In CI 400 runs have a
    # standard error of 1.1 points, so three of them are allowed beyond the band; 4,000 runs have 0.34.
    slack = 0.0 if is_long else 0.015
    assert 0.93 - slack <= held / runs <= 0.97 + slack
    # Catches a difference taken the wrong way round.
    assert wrong == 0


EXPECTED_LIKING = float(np.minimum(np.random.default_rng(1).gamma(2.0, 0.5, 2_000_000), 3.5).mean())


@pytest.mark.acceptance("councils")
def test_before_and_after_of_councils_covers_the_planted_change(is_long: bool, record_figure: Record) -> None:
    """Early help of one kind of council before, of another after: step up and needs met, against their true chances."""
    number = 60 if is_long else 6
    found: dict[str, list[tuple[float, float]]] = {"low": [], "high": []}
    truths = []
    for seed in range(number):
        ends, true = [], []
        for offset in (100, 5_000):
            council = invented_council(seed + offset, 2_500)
            moves = moves_of(council)
            rows = moves.rows[moves.rows["origin"] == "early_help"]
            ends.append(incidence_of(rows, moves, origin="early_help"))
            truth = council.truth_tables["transitions"]
            whole = truth[truth["quarter"].eq("all") & truth["need_level"].eq("all") & truth["origin"].eq("early_help")]
            true.append(whole.set_index("destination")["moved"] / whole["started"].iloc[0])
        apart = Incidence(ends[1].days, ends[1].place, ends[1].families + ends[0].families.max() + 1, 365)
        for place, name in enumerate(ORIGINS["early_help"], 1):
            told = difference(ends[0], apart, place=place)
            found["low"].append((float(told["low"]), float(told["high"])))  # type: ignore[arg-type] # numbers
            truths.append(float(true[1][name] - true[0][name]))
    inside = np.mean([low <= one <= high for (low, high), one in zip(found["low"], truths, strict=True)])
    record_figure("flows: difference of two councils covers what truly differed", float(inside), "at least 0.95")
    # Catches a contrast that late records or loss push to one side. Truth is of the same children, so it is inside more
    # often than 95%.
    assert inside >= 0.95


@pytest.mark.acceptance("councils")
def test_the_invented_review_is_walsalls(is_long: bool, record_figure: Record) -> None:
    size = 21_000 if is_long else 60_000
    drawn_reviews = [draw_walsall_review(seed, contacts_a_year=size) for seed in range(41, 41 + (24 if is_long else 1))]
    rows = pd.concat(
        [one.assign(child=one["child"] + str(n), family=one["family"] + str(n)) for n, one in enumerate(drawn_reviews)]
    )
    review = case_review.Review("all", REVIEWED_ON, rows)
    shares = case_review.prevalence((review,))["share"].to_numpy()
    ages = case_review.age_split((review,))["share"].to_numpy()
    record_figure("case review: three troubles and all", " ".join(f"{s:.3f}" for s in shares), ".42 .422 .144 .060")
    record_figure("case review: children per family", review.children_per_family, "1.78 within 0.05")
    record_figure("case review: domestic abuse by age", " ".join(f"{s:.3f}" for s in ages), ".419 .211 .235 .108 .027")
    # Catches an open caseload unlike that. 24 councils: about 12,000 families, standard error 0.45 points. CI draws
    # one council, of about 1,500 families and 1.2 points: two standard errors are added there to what is asked.
    slack = 0.0 if is_long else 0.024
    np.testing.assert_allclose(shares, (0.42, 0.422, 0.144, 0.06), atol=0.015 + slack)
    assert review.children_per_family == pytest.approx(1.78, abs=0.05 + slack)
    np.testing.assert_allclose(ages, (0.419, 0.211, 0.235, 0.108, 0.027), atol=0.03 + slack)
