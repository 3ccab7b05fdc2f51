"""How results show themselves in a notebook."""

import html
from abc import ABC, abstractmethod

import pandas as pd

ROWS_SHOWN = 12


class Shown(ABC):
    """A result with a few plain lines, a table and, in subclasses, a plot. Its numbers are in `result`."""

    @abstractmethod
    def lines(self) -> tuple[str, ...]:
        """What it is, in plain words: the first line is the answer."""

    @abstractmethod
    def to_frame(self) -> pd.DataFrame:
        """Its main table."""

    def __repr__(self) -> str:
        return "\n".join(self.lines())

    def _repr_html_(self) -> str:
        """For notebooks: the lines, and the top of the table."""
        first, *others = (html.escape(line) for line in self.lines())
        frame = self.to_frame()
        more = (
            "" if len(frame) <= ROWS_SHOWN else f"<p>The first {ROWS_SHOWN} of {len(frame):,} rows of to_frame().</p>"
        )
        shown = frame.head(ROWS_SHOWN).to_html(escape=True, float_format="{:,.4g}".format)
        told = "".join(f"<p>{line}</p>" for line in others)
        return f"<p><strong>{first}</strong></p>{told}{shown}{more}"
