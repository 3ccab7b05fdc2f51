"""Targets that a council's own records tell (row 17), and the range of a share such as no further action (row 18)."""

from datetime import date
from typing import Literal

import numpy as np
import pandas as pd
import pytest

from ehforecast.demand.board_records import board_records
from ehforecast.demand.boards.counted import measure_counts
from ehforecast.demand.boards.measures import MEASURES
from ehforecast.demand.boards.shares import met_and_of
from ehforecast.demand.plan.measured_targets import MeasuredShare, chance_of_measured
from ehforecast.demand.plan.quarter_shares import FEWEST_QUARTERS, quarter_ahead
from ehforecast.demand.plan.targets import Indicator
from ehforecast.demand.plan_results import MEASURED, NO_BASIS
from ehforecast.synthetic.council import draw_council
from ehforecast.synthetic.council_plan import CouncilPlan

pytestmark = pytest.mark.acceptance("plan")


def indicator(target: float, better: Literal["lower", "higher"] = "lower") -> Indicator:
    return Indicator("No further action", "contacts that lead to nothing, of all", "percent", better, target,
                     date(2026, 3, 31))  # fmt: skip


def quarters(share: float = 0.3, *, of: int = 400, number: int = 16) -> pd.DataFrame:
    return pd.DataFrame({"met": [share * of] * number, "of": [float(of)] * number})


def told(target: float, *, better: Literal["lower", "higher"] = "lower", **given: object) -> dict[str, object]:
    parts = {"value": 0.3, "low": 0.27, "high": 0.33, "quarters": quarters()} | given
    share = MeasuredShare("contacts that lead to nothing, of all settled", period="12 months to 2025-03-31", **parts)  # type: ignore[arg-type]  # by name
    return chance_of_measured(indicator(target, better), share, seed=1)


def test_every_cell_of_a_scorecard_is_there() -> None:
    row = told(28)
    # Row 17. Catches an indicator without current value, range, forecast, chance, or what they rest on.
    assert (row["current"], row["current_low"], row["current_high"]) == (30.0, 27.0, 33.0)
    assert row["forecast_low"] < row["forecast"] < row["forecast_high"]  # type: ignore[operator]  # numbers
    assert 0 < row["chance"] < 0.5  # type: ignore[operator]
    assert row["basis"] == MEASURED
    assert "16 quarters" in str(row["basis_words"])
    assert "holds only if nothing changes" in str(row["basis_words"])


def test_the_chance_is_on_the_side_that_is_better() -> None:
    lower = [float(told(target)["chance"]) for target in (20, 30, 40)]  # type: ignore[arg-type]
    higher = [float(told(target, better="higher")["chance"]) for target in (20, 30, 40)]  # type: ignore[arg-type]
    # Row 17. Catches a target met by going the wrong way.
    assert lower == sorted(lower)
    assert higher == sorted(higher, reverse=True)
    assert max(lower[0], higher[-1]) < 0.02
    assert min(lower[-1], higher[0]) > 0.98


def test_too_few_quarters_give_no_chance() -> None:
    few = told(28, quarters=quarters(number=FEWEST_QUARTERS - 1))
    # Catches a chance out of next to nothing, and quarters in which nobody was counted taken as knowledge.
    assert few["basis"] == NO_BASIS
    assert "chance" not in few
    empty = pd.concat([quarters(number=FEWEST_QUARTERS - 1), quarters(of=0, number=9)])
    assert told(28, quarters=empty)["basis"] == NO_BASIS


def test_a_hidden_count_is_said_to_be_hidden() -> None:
    row = told(28, value=float("nan"), low=float("nan"), high=float("nan"))
    # Catches a gap without its reason, or a number where one may not be shown.
    assert row["no_range_because"] == "a count it rests on is too small to be shown"
    assert np.isnan(row["current"])  # type: ignore[call-overload]
    assert told(28)["no_range_because"] == ""


def test_the_range_of_a_share_covers_what_comes() -> None:
    """On simulated quarters whose true share wanders: 12 known, the 13th held against the range."""
    chance, inside, runs = np.random.default_rng(3), 0, 300
    for run in range(runs):
        middle = chance.uniform(0.15, 0.6)
        true = chance.beta(middle * 120, (1 - middle) * 120, size=13)
        of = chance.poisson(chance.choice([60, 300]), size=13) + 1
        met = chance.binomial(of, true)
        known = pd.DataFrame({"met": met[:12].astype(float), "of": of[:12].astype(float)})
        low, high = quarter_ahead(known, levels=[0.1, 0.9], seed=run)
        inside += low - 1e-9 <= met[12] / of[12] <= high + 1e-9
    # Row 18. Catches a range of the share that is too sure or too wide: 80%, two standard errors are 4 points.
    assert 0.76 <= inside / runs <= 0.88


def test_the_share_of_a_synthetic_council_s_contacts_lies_in_its_range() -> None:
    plan = CouncilPlan(seed=18, years=7, contacts_a_year=1500, warm_up_years=1)
    records = board_records(draw_council(plan).tables, plan.extracted_on)
    counts = met_and_of(measure_counts(records, [MEASURES["no_further_action"]], quarters=24))
    found = []
    for _, of_place in counts.groupby("group"):
        known = of_place.sort_values("period").reset_index(drop=True)
        for at in range(10, len(known)):
            low, high = quarter_ahead(known.iloc[:at], levels=[0.1, 0.9], seed=at)
            found.append(low - 1e-9 <= known["met"][at] / known["of"][at] <= high + 1e-9)
    # Row 18. Catches a range that holds only in theory: of records, four in five of the later quarters.
    assert 0.65 <= np.mean(found) <= 0.95
    assert len(found) >= 40
