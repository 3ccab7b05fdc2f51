"""What a plan takes from a council's records: protected before anything is worked out of it, so nothing works it back.

Small counts are told by nothing: whatever they are, the plan is the same to the last digit.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from ehforecast.advisory.safe_counts import SafeCounts
from ehforecast.demand.plan.assumptions import Assumption
from ehforecast.demand.plan.measured import WorkCounts, measured_work
from ehforecast.errors import ForecastError
from ehforecast.pipelines.plan_records import shown_work

pytestmark = pytest.mark.acceptance("plan")

TODAY = "2024-03-31"


def counts(stepped_down: int = 20, open_now: int = 83, held: int = 61) -> WorkCounts:
    """A year of work as counted: 40 and 60 families with a worker, 5.4 of them in every month."""
    came = pd.DataFrame({"series": ["police", "schools", "all"], "children": [200, 221, 421],
                         "families": [122, 131, 253], "opened": [41, 60, 101]})  # fmt: skip
    staff = pd.DataFrame({"month": pd.period_range("2023-04", periods=12, freq="M").astype(str), "workers": 5.4,
                          "families": [held] + [76] * 11})  # fmt: skip
    return WorkCounts(came, stepped_down, open_now, np.linspace(50.0, 200.0, 30), staff)


def measured(exact: WorkCounts) -> dict[str, Assumption]:
    return measured_work(shown_work(exact, today=TODAY, safe=SafeCounts()), today=TODAY)


def test_small_counts_change_no_digit_of_the_plan() -> None:
    few = {number: measured(counts(stepped_down=number, open_now=number, held=number)) for number in (1, 2, 3, 5, 7)}
    # Catches step-downs told by the factor they make, families open rounded and not hidden, or a month's caseload.
    assert all(told == few[1] for told in few.values())


def test_no_factor_is_printed_from_which_step_downs_could_be_worked_out() -> None:
    reasons = " ".join(each.reason for each in measured(counts()).values())
    # Catches "times 1.17" beside the number of families with a worker.
    assert "times" not in reasons


def test_numbers_are_worked_out_of_what_is_shown() -> None:
    told = measured(counts(stepped_down=21, open_now=83, held=61))
    # Catches the exact caseload of a month where posts are constant: 61 / 5.4 is 11.30.
    assert told["plan.work.families_per_worker"].low == pytest.approx(60 / 5.4)
    assert told["plan.work.families_per_worker"].high == pytest.approx(75 / 5.4)
    # Catches exact families open, and a reason that promises a rounding nobody made.
    assert (told["plan.work.families_open"].central, told["plan.work.families_open"].low) == (85, 85)
    assert "nearest five" in told["plan.work.families_open"].reason
    # Catches a day that nobody but a programmer writes so, such as 2024-03-31.
    assert "open on 31 March 2024" in told["plan.work.families_open"].reason
    # Catches step-downs dropped, or taken exactly: (100 + 20) of 255 families.
    assert told["plan.every_source.opened"].central == pytest.approx(100 / 255 * (1 + 20 / 100))


def test_a_hidden_count_has_the_range_it_could_have() -> None:
    told = measured(counts(open_now=3))["plan.work.families_open"]
    # Catches a made-up number told as counted.
    assert (told.low, told.central, told.high) == (1, 4, 7)
    assert "between 1 and 7" in told.reason
    # Catches nobody taken for a few.
    assert measured(counts(open_now=0))["plan.work.families_open"].high == 0


def test_what_is_counted_is_noted_for_the_ledger() -> None:
    safe = SafeCounts()
    shown_work(counts(), today=TODAY, safe=safe)
    # Catches counts that leave and are held against nothing the next time.
    assert {release.table for release in safe.counted} == {
        "families who came", "children's contacts", "families who step down", "families open", "families held",
    }  # fmt: skip


def test_caseloads_that_are_all_hidden_leave_nothing_to_say() -> None:
    none = replace(counts(), staff=counts().staff.assign(families=3))
    # Catches a plan of workers who hold a number nobody may know, or of "not a number".
    with pytest.raises(ForecastError, match="too few families helped"):
        measured(none)
