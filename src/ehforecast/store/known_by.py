"""What was known on a day: the only view of a council's records that models get."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd
import pyarrow as pa

from ehforecast.contracts import Contract
from ehforecast.contracts.known_rows import select_known_rows
from ehforecast.contracts.sql import close_to_the_disk, open_engine
from ehforecast.contracts.typed_frames import arrow_schema, frame_from_arrow
from ehforecast.errors import SettingsError
from ehforecast.store.manifest import StoredExtract

_BEFORE_ALL = date(1, 1, 1)


@dataclass(frozen=True)
class Snapshot:
    """One table as one extract showed it."""

    extracted_on: date
    rows: pa.Table


def read_day(on: date | str) -> date:
    """A day given as a date, or written year-month-day."""
    try:
        return date.fromisoformat(on) if isinstance(on, str) else date(on.year, on.month, on.day)
    except ValueError as error:
        raise SettingsError("a day is written year-month-day") from error


def find_neighbours(extracts: Sequence[StoredExtract], on: date) -> tuple[StoredExtract | None, StoredExtract | None]:
    """The last extract on or before a day and the first after it: nothing else can say what was known on it."""
    dated = sorted((date.fromisoformat(stored.extracted_on), place) for place, stored in enumerate(extracts)
                   if stored.extracted_on)  # fmt: skip
    before = [extracts[place] for day, place in dated if day <= on]
    after = [extracts[place] for day, place in dated if day > on]
    return (before[-1] if before else None), (after[0] if after else None)


def rows_known_by(contract: Contract, on: date, *, earlier: Snapshot | None, later: Snapshot | None) -> pd.DataFrame:
    """The rows of one table known on a day, by key.

    Everything in the earlier extract was known. Out of the later one come rows, and parts of rows with a day of
    recording of their own, recorded since and by that day; other parts are absent. Corrections and deletions count from
    the extract that shows them. Before the first extract, what was deleted by then cannot be seen.
    """
    nothing = arrow_schema(contract).empty_table()
    since = earlier.extracted_on if earlier else _BEFORE_ALL
    with open_engine() as engine:
        engine.execute(f"SET VARIABLE since = DATE '{since.isoformat()}'")
        engine.execute(f"SET VARIABLE known_on = DATE '{on.isoformat()}'")
        engine.register("earlier", earlier.rows if earlier else nothing)
        engine.register("later", later.rows if later else nothing)
        close_to_the_disk(engine)
        return frame_from_arrow(engine.sql(select_known_rows(contract)).to_arrow_table(), contract)
