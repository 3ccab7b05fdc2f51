import pandas as pd
import pytest

from ehforecast.contracts import load_contract
from ehforecast.contracts.typed_frames import arrow_from_frame, arrow_schema, frame_from_arrow


@pytest.mark.parametrize("name", ["demand_counts", "indicators"])
def test_a_frame_survives_the_way_to_disk_and_back(name: str) -> None:
    contract = load_contract(name)
    empty = frame_from_arrow(arrow_schema(contract).empty_table(), contract)
    frame = empty.reindex(range(2))  # a row of nothing but missing values is the hardest
    frame["period_start"] = pd.to_datetime(["1969-12-31", "2022-02-28"]).as_unit("us")
    table = arrow_from_frame(frame, contract)
    # Catches a date moved by a day, and a missing value turned into a word or a zero.
    pd.testing.assert_frame_equal(frame_from_arrow(table, contract), frame)
    # Catches notes of pandas about itself, with which the same rows would get another name after every update.
    assert table.schema.metadata is None
