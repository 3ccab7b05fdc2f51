"""What was known on a day as frames by table, which prints how much is there and no row."""

from collections.abc import Iterator, Mapping
from datetime import date

import pandas as pd


class KnownFrames(Mapping[str, pd.DataFrame]):
    """Frames by table. Looking at it in a notebook shows no record: ask for a table by name."""

    def __init__(self, frames: Mapping[str, pd.DataFrame], on: date) -> None:
        self._frames = dict(frames)
        self.on = on

    def __getitem__(self, table: str) -> pd.DataFrame:
        return self._frames[table]

    def __iter__(self) -> Iterator[str]:
        return iter(self._frames)

    def __len__(self) -> int:
        return len(self._frames)

    def __repr__(self) -> str:
        counts = ", ".join(f"{name} {len(frame):,}" for name, frame in self._frames.items())
        return f"Records known by {self.on.isoformat()}, rows: {counts}"
