"""Write one run's advice on demand as a page and its tables."""

from pathlib import Path

from ehforecast.advisory import Advice
from ehforecast.reports.demand_page import page_html
from ehforecast.reports.demand_tables import PAGE, demand_files
from ehforecast.reports.folder import replace_folder


def write_demand_report(advice: Advice, folder: Path) -> Path:
    """Write `index.html` and its tables into a folder of their own; an earlier report there is replaced whole.

    Returns the path of the page.
    """
    replace_folder(folder, demand_files(advice, page_html(advice).encode("utf-8")))
    return folder / PAGE
