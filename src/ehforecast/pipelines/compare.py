"""Two kept runs beside each other: in words for the screen, and on a page in the private folder."""

from pathlib import Path

from ehforecast.errors import StoreError
from ehforecast.reports.compare_page import write_comparison
from ehforecast.reports.compare_words import comparison_lines
from ehforecast.tracking.kept_runs import find_run
from ehforecast.tracking.run_comparison import compare_runs

COMPARISONS = "comparisons"


def compare(private: Path, first: str, *, second: str) -> tuple[list[str], Path]:
    """What differs between two runs, in lines; and the page that shows it. Raises `StoreError` for an unknown id."""
    runs = find_run(private, first), find_run(private, second)
    if runs[0].run_id == runs[1].run_id:
        raise StoreError(f"both ids mean run {runs[0].run_id}; give two runs to compare")
    found = compare_runs(*runs)
    folder = private / str(runs[0].record["name"]) / COMPARISONS / f"{runs[0].run_id}_{runs[1].run_id}"
    return list(comparison_lines(found)), write_comparison(found, folder)
