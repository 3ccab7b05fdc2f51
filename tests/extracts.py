"""Extracts of a small synthetic council in every layout, and what a source's queries give."""

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from ehforecast.contracts.code_maps import CodeMaps, read_code_maps
from ehforecast.contracts.contract import load_contract
from ehforecast.contracts.council_source import CouncilSource
from ehforecast.contracts.sql import open_engine
from ehforecast.synthetic.council import SyntheticCouncil, draw_council
from ehforecast.synthetic.council_plan import CouncilPlan

EXAMPLE_MAP = Path(__file__).parents[1] / "configs" / "code_maps" / "example_council.yaml"
PLAN = CouncilPlan(seed=11, name="KT", first_month="2021-04", years=2, contacts_a_year=1_500, warm_up_years=2)


def draw() -> SyntheticCouncil:
    return draw_council(PLAN)


def example_maps() -> CodeMaps:
    return read_code_maps(EXAMPLE_MAP)


def select_all(source: CouncilSource) -> dict[str, pd.DataFrame]:
    """Every query of a source, run where the disk can be read."""
    with open_engine() as engine:
        source.register(engine)
        return {name: engine.execute(query).df().astype(object) for name, query in source.selects.items()}


def as_text(frame: pd.DataFrame, columns: Iterable[str]) -> pd.DataFrame:
    """Columns as the text that a query gives, in an order of their own."""
    text = {}
    for name in columns:
        values = frame[name]
        if pd.api.types.is_datetime64_any_dtype(values):
            values = values.dt.strftime("%Y-%m-%d")
        text[name] = values.astype(object).where(values.notna(), "").astype(str)
    return pd.DataFrame(text).sort_values(list(text), ignore_index=True)


def held_columns(source: CouncilSource, table: str) -> list[str]:
    """The columns of a contract that the layout says come through."""
    return [name for name in load_contract(table).column_names if name not in source.not_held.get(table, {})]
