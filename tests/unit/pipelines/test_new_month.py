"""A new month of records beside those in the store: only its own extract is read, and the run equals a full one."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from command_line import content, ehforecast

from ehforecast.synthetic.council import draw_council
from ehforecast.synthetic.council_plan import CouncilPlan
from ehforecast.synthetic.plain_files import write_plain

PLAN = CouncilPlan(seed=7, years=6, contacts_a_year=300, warm_up_years=2)
MONTHS = {"february": date(2024, 2, 29), "march": PLAN.extracted_on}
CONFIG = """\
name: northmere
title: Front door of a made-up council
purpose: planning
records: {{source: {month}, extracted_on: {day}, layout: plain_tables, pseudonyms: already_made}}
forecast: {{measure: contacts, forecasters: [seasonal_naive], calendar: {{covid: kept}}}}
tracking: {{mlflow: false}}
"""
GROW = {"manifest.json", "ledger.jsonl", "ledger.jsonl.head", "latest"}
"""Lists of what there is, which a new month adds to, and the name of the latest run."""


@pytest.fixture(scope="module")
def extracts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the council's system gave out on the last day of each month: all that had been recorded by then."""
    folder = tmp_path_factory.mktemp("extracts")
    tables = draw_council(PLAN).tables
    for month, day in MONTHS.items():
        known = {name: _known(table, day) for name, table in tables.items()}
        write_plain(known, folder / month)
        (folder / f"{month}.yaml").write_text(CONFIG.format(month=month, day=day), "utf-8")
    return folder


def _known(table: pd.DataFrame, day: date) -> pd.DataFrame:
    days = [name for name in table if str(name).endswith("recorded_on")][:1]
    return table if not days else table[table[days[0]] <= pd.Timestamp(day)]


def call(command: str, extracts: Path, month: str, *, at: Path) -> str:
    """Run a command and return what it said."""
    places = ["--private", at / "private", *(["--reports", at / "reports"] if command == "run" else [])]
    answer = ehforecast(command, extracts / f"{month}.yaml", *places)
    assert answer.code == 0, answer.err
    return answer.out + answer.err


def test_a_new_month_reads_its_own_extract_and_equals_a_full_run(extracts: Path, tmp_path: Path) -> None:
    month_by_month, at_once = tmp_path / "month_by_month", tmp_path / "at_once"
    call("run", extracts, "february", at=month_by_month)
    before = content(month_by_month / "private" / "northmere", month_by_month / "reports")
    call("run", extracts, "march", at=month_by_month)
    after = content(month_by_month / "private" / "northmere", month_by_month / "reports")
    # Catches an earlier month's rows, results or pages that a later one rewrites or takes away.
    changed = {name for name, data in before.items() if after.get(name) != data}
    assert {Path(name).name for name in changed} <= GROW
    call("ingest", extracts, "february", at=at_once)
    call("run", extracts, "march", at=at_once)
    full = content(at_once / "reports")
    forecast = {name for name in full if "/forecast/" in name and name.endswith(".csv")}
    # Catches figures that hang on what runs were made before. Counts in the papers may: one that differs by a few from
    # a count shown in February is shown as it was then.
    assert len(forecast) > 5
    assert {name for name in forecast if after[name] != full[name]} == set()
    beside = {Path(name).name for name in after.keys() - before.keys() - full.keys() if name.startswith("reports/")}
    # Catches anything more, or less, than what is said of the forecasts made in February.
    assert beside == {"changes.csv"}
