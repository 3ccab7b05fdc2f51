"""Planted faults by name: off unless asked for, each counted."""

from types import MappingProxyType

import numpy as np
import pandas as pd

from ehforecast.errors import SettingsError
from ehforecast.synthetic.fault import Fault, Ground, Tables
from ehforecast.synthetic.model_faults import MODEL_FAULTS
from ehforecast.synthetic.row_faults import ROW_FAULTS

FAULTS = MappingProxyType({fault.name: fault for fault in (*ROW_FAULTS, *MODEL_FAULTS)})


def plant_faults(
    tables: Tables, truth: Tables, *, names: tuple[str, ...], rng: np.random.Generator
) -> tuple[Tables, pd.DataFrame]:
    """Plant faults in the order of their names; say what was planted, where, and how many rows are wrong.

    Raises `SettingsError` for a name that does not exist.
    """
    unknown = sorted(set(names) - set(FAULTS))
    if unknown:
        raise SettingsError(f"no such fault: {', '.join(unknown)}; there are: {', '.join(FAULTS)}")
    rows = []
    for name in names:
        tables, count = FAULTS[name].plant(Ground(tables, truth, rng))
        rows.append(_row(FAULTS[name], count))
    return tables, pd.DataFrame(rows, columns=["fault", "table", "column", "should_be", "count"])


def _row(fault: Fault, count: int) -> tuple[str, str, str, str, int]:
    return fault.name, fault.table, fault.column, fault.should_be, count
