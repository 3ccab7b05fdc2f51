"""Write what a check of a council's records found as a page and its tables, for the analyst alone."""

from pathlib import Path

from ehforecast.reports.folder import replace_private_folder
from ehforecast.reports.quality_page import QualityFacts, quality_html
from ehforecast.reports.quality_tables import quality_files

PAGE_NAME = "index.html"


def write_quality_report(facts: QualityFacts, folder: Path) -> Path:
    """Write `index.html` and its tables into a private folder of their own; an earlier report there is replaced whole.

    Returns the path of the page.
    """
    replace_private_folder(folder, quality_files(facts, quality_html(facts).encode("utf-8")))
    return folder / PAGE_NAME
