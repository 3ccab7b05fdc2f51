"""The first sentence of a demand report is its answer."""

from dataclasses import replace

import pytest
from builders import InventedArea, make_demand_result

from ehforecast.demand.results import DemandResult
from ehforecast.reports.demand_answer import answer


def of(*areas: InventedArea) -> DemandResult:
    return make_demand_result(areas)


def from_records(*names: str) -> DemandResult:
    """A council's own series, the whole council first."""
    made = of(*(InventedArea(name, mean=100.0) for name in names))
    codes = {f"X{number:08}": "total" if number == 1 else name for number, name in enumerate(names, start=1)}
    frames = {
        name: frame.assign(area_code=frame["area_code"].replace(codes)) if "area_code" in frame else frame
        for name, frame in made.frames().items()
    }
    frames["areas"] = frames["areas"].assign(area_level=["council", *["locality"] * (len(names) - 1)])
    return DemandResult.from_parts(made.facts(), frames)


MONTH, RANGE = "In April 2022, expect about", "(likely 80 to 109)"
FOUR = f"{MONTH} {'; '.join(f'95 referrals in {name} {RANGE}' for name in 'ABC')}. There is 1 more area below."
CASES = {
    "one": (of(InventedArea("Northmere", mean=100.0)), f"{MONTH} 95 referrals in Northmere {RANGE}."),
    "four": (of(*(InventedArea(name, mean=100.0) for name in "ABCD")), FOUR),
    "a council": (from_records("Whole council"), f"{MONTH} 95 referrals in the whole council {RANGE}."),
    "a council split": (
        from_records("Whole council", "North", "South"),
        f"{MONTH} 95 referrals in the whole council {RANGE}. Below, it is split 2 ways.",
    ),
}


@pytest.mark.parametrize(("result", "said"), CASES.values(), ids=CASES)
def test_the_answer_comes_first(result: DemandResult, said: str) -> None:
    # Catches a page that begins by saying what it is about, and a middle without its range.
    assert answer(result) == said


def test_where_nothing_can_be_told_that_is_the_answer() -> None:
    made = of(InventedArea("Northmere"))
    refused = replace(made, areas=made.areas.assign(refusal="Too few months."), forecast=made.forecast.iloc[:0])
    # Catches a first sentence that breaks, or is silent, where every area was refused.
    assert answer(refused).startswith("No forecast can honestly be made")


def test_many_areas_are_counted_not_listed() -> None:
    said = answer(of(*(InventedArea(f"Area {number}") for number in range(9))))
    # Catches a first sentence as long as the page.
    assert said.endswith("There are 6 more areas below.")
