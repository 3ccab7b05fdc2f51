"""An audit of drawn estimates with a gap, small groups, missing groups and options, for tests of its door and page."""

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
from estimates import GROUP, SEX, audited, drawn, settings

from ehforecast.advisory.fairness_advice import FairnessAdvice, release_fairness
from ehforecast.risk.fairness.mitigation import NO_MODEL, NOTHING
from ehforecast.risk.fairness.settings import Characteristic, GroupColumn, RecordingScenario
from ehforecast.risk.fairness_results import FairnessResult, MitigationResult

REQUEST = {
    "purpose": "research",
    "reader": "ethics panel",
    "run_id": "run-1",
    "data_source": "Drawn. No licence needed.",
}
AREA = GroupColumn("area", Characteristic.LOCALITY)
RARE = "rarely-seen-place"


def sample_table(people: int = 3000) -> pd.DataFrame:
    """Group b is estimated too low; five people live in a rare place; a ninth have no group."""
    table = drawn(people, 11)
    table["estimate"] = table["estimate"].where(table["group"] != "b", table["estimate"] * 0.5)
    table["area"] = np.random.default_rng(3).choice(["north", "south", "east"], people, p=[0.5, 0.3, 0.2])
    table.loc[table.index < 5, "area"] = RARE
    table.loc[table.index % 9 == 0, "group"] = None
    table["period"] = np.where(table.index % 2 == 0, "2023-Q1", "2023-Q2")
    return table


@cache
def sample_result(*, has_outcome: bool = True) -> FairnessResult:
    """The audit, before protection."""
    table = sample_table() if has_outcome else sample_table().drop(columns="outcome")
    told = RecordingScenario("a fifth in the north was never written down", "area", "north", unrecorded=0.2)
    columns = (replace(GROUP, reference="a"), SEX, AREA)
    scenarios = (told,) if has_outcome else ()
    return audited(table, settings((0.2, 0.4), columns, intersections=(("group", "sex"),), scenarios=scenarios))


@cache
def sample_advice(*, has_outcome: bool = True, has_options: bool = False) -> FairnessAdvice:
    """The audit as released."""
    advice = release_fairness(sample_result(has_outcome=has_outcome), **REQUEST)
    return advice.with_options(sample_options()) if has_options else advice


def sample_options() -> MitigationResult:
    """Two options, with a group whose misses are few."""
    figures = {"balanced_accuracy": (0.7, 0.5), "gap_false_negative_rate": (0.2, 0.0), "auroc": (0.75, 0.5)}
    options = [
        {"option": option, "label": label, "metric": metric, "value": values[place], "lower": values[place] - 0.05,
         "upper": values[place] + 0.05, "change": values[place] - values[0], "placed_otherwise": 0.0}
        for place, (option, label) in enumerate(((NOTHING, "Do nothing"), (NO_MODEL, "No model")))
        for metric, values in figures.items()
    ]  # fmt: skip
    groups = [
        {"option": option, "group": group, "metric": "false_negative_rate", "value": value, "lower": value - 0.02,
         "upper": value + 0.1, "denominator": 200.0, "standing": "measured"}
        for option in (NOTHING, NO_MODEL)
        for group, value in (("a", 0.3), ("b", 0.02))
    ]  # fmt: skip
    words = pd.DataFrame([("option", "as it was")], columns=["subject", "text"])
    return MitigationResult("group", 0.4, 1003, 0.95, pd.DataFrame(options), pd.DataFrame(groups), words)
