"""Tables as CSV that a spreadsheet will not run as formulas."""

import csv
import io
from collections.abc import Iterable, Sequence

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001
"""First characters a spreadsheet may take for a formula, full-width forms included. Source: OWASP, CSV injection."""
SKIPPED_SPACES = " \u00a0"
"""Spaces that some programs skip before they look."""


def neutral(value: object) -> object:
    """A cell that is safe to open: text that looks like a formula gets an apostrophe; numbers stay numbers.

    >>> neutral("=1+1"), neutral(-3.0), neutral(0.25), neutral("Northmere")
    ("'=1+1", -3, 0.25, 'Northmere')
    """
    if isinstance(value, int | float):
        return int(value) if float(value).is_integer() else value
    text = str(value)
    return f"'{text}" if text.lstrip(SKIPPED_SPACES).startswith(FORMULA_STARTS) else text


def csv_bytes(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A table as UTF-8 CSV after RFC 4180, every cell neutral."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows([neutral(value) for value in row] for row in rows)
    return text.getvalue().encode("utf-8")
