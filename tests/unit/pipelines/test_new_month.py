"""A new month: only its own extract is read, only what rests on it is made anew, and the run equals a full one."""

import re
import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from command_line import content, ehforecast

from ehforecast.reference.area_codes import AreaRegister, english_areas
from ehforecast.synthetic.council import draw_council
from ehforecast.synthetic.council_plan import CouncilPlan
from ehforecast.synthetic.dfe_files import write_referrals_by_month
from ehforecast.synthetic.plain_files import write_plain

PLAN = CouncilPlan(seed=7, years=6, contacts_a_year=300, warm_up_years=2)
MONTHS = {"february": date(2024, 2, 29), "march": PLAN.extracted_on}
CONFIG = """\
name: northmere
title: Front door of a made-up council
purpose: planning
records: {{source: {month}, extracted_on: {day}, layout: plain_tables, pseudonyms: already_made}}
forecast: {{measure: contacts, forecasters: [seasonal_naive], calendar: {{covid: kept}}}}
flows: {{reader: {reader}}}
figures:
  data: {{layout: dfe_children_in_need, required: [referrals_by_month], source: Made for a test.}}
  areas: [Wakefield]
  forecast: {{measure: referrals, horizon_months: 12, forecasters: [seasonal_naive], calendar: {{covid: kept}}}}
tracking: {{mlflow: false}}
"""
AREAS = ("E92000001", "E12000003", "E08000036", "E08000032")
"""England, Yorkshire and The Humber, Wakefield, Bradford."""

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
        for name, reader in {month: "head of early help", f"{month}_changed": "head of service"}.items():
            (folder / f"{name}.yaml").write_text(CONFIG.format(month=month, day=day, reader=reader), "utf-8")
    months = pd.period_range("2014-04", "2023-03", freq="M")
    counts = np.random.default_rng(3).poisson(400, (len(months), 2))
    areas = AreaRegister(tuple(english_areas()[code] for code in AREAS))
    write_referrals_by_month(pd.DataFrame(counts, months, list(AREAS[2:])), areas, folder=folder / "figures")
    return folder


def _known(table: pd.DataFrame, day: date) -> pd.DataFrame:
    days = [name for name in table if str(name).endswith("recorded_on")][:1]
    return table if not days else table[table[days[0]] <= pd.Timestamp(day)]


def run(extracts: Path, month: str, *, at: Path) -> str:
    """Run a configuration and return what was said."""
    places = ["--private", at / "private", "--reports", at / "reports", "--data", extracts / "figures"]
    answer = ehforecast("run", extracts / f"{month}.yaml", *places)
    assert answer.code == 0, answer.err
    return answer.out + answer.err


def made_and_standing(said: str) -> tuple[set[str], dict[str, str]]:
    """The steps a run made, and those that stand from an earlier run, with its id."""
    told = re.findall(
        r"step \d of \d, (\w+)(?:: stands from run ([\w-]+), for nothing it rests on has changed)?\n", said
    )
    return {step for step, run in told if not run}, {step: run for step, run in told if run}


@dataclass(frozen=True)
class MonthByMonth:
    """Two months read and run one after the other."""

    at: Path
    february: str
    march: str
    before: dict[str, bytes]
    after: dict[str, bytes]
    said: str


@pytest.fixture(scope="module")
def months(extracts: Path, tmp_path_factory: pytest.TempPathFactory) -> MonthByMonth:
    at = tmp_path_factory.mktemp("month_by_month")
    found = []
    for month in MONTHS:
        said = run(extracts, month, at=at)
        latest = (at / "private" / "northmere" / "runs" / "latest").read_text("utf-8")
        found.append((latest, content(at / "private" / "northmere", at / "reports"), said))
    (february, before, _), (march, after, said) = found
    return MonthByMonth(at, february, march, before, after, said)


def test_a_new_month_reads_its_own_extract_and_takes_nothing_away(months: MonthByMonth) -> None:
    # Catches earlier months read again.
    assert re.findall(r"an extract of ([\d-]+)", months.said) == ["2024-03-31"]
    assert "store: nothing new, every file was already there" in months.said
    # Catches an earlier month's rows, results or pages that a later one rewrites or takes away.
    changed = {name for name, data in months.before.items() if months.after.get(name) != data}
    assert {Path(name).name for name in changed} <= GROW


def test_what_does_not_rest_on_it_stands(months: MonthByMonth) -> None:
    # Catches published figures forecast again for a month of records, and records taken for unchanged.
    assert made_and_standing(months.said) == ({"forecast", "flows", "records"}, {"figures": months.february})
    figures = {name: data for name, data in months.before.items() if f"/{months.february}/figures/" in name}
    taken_over = {name.replace(months.february, months.march): data for name, data in figures.items()}
    # Catches a report or a kept result that is not the earlier one to the byte.
    assert len(figures) > 20
    assert taken_over.items() <= months.after.items()
    index = months.after[f"reports/{months.march}/index.html"].decode()
    # Catches a page made by an earlier run that is shown as this run's own.
    assert index.count(f"Run {months.february}: nothing that this report rests on has changed since") == 1
    assert "This run has 5 reports; 1 of them stands from an earlier run." in index
    places = ["--private", months.at / "private", "--reports", months.at / "reports"]
    answer = ehforecast("verify", months.march, *places)
    # Catches a report taken over past the ledger.
    assert answer.code == 0, answer.err
    assert "figures: Not yet reviewed" in answer.out


def test_a_new_month_equals_a_run_from_nothing(extracts: Path, months: MonthByMonth, tmp_path: Path) -> None:
    store = Path("private") / "northmere" / "store"
    shutil.copytree(months.at / store, tmp_path / store)
    assert made_and_standing(run(extracts, "march", at=tmp_path))[1] == {}
    full = content(tmp_path / "reports")
    compared = {name for name in full if re.search(r"/(forecast|figures)/.*\.csv$", name)}
    # Catches figures that hang on what runs were made before. Counts in the papers may: one that differs by a few from
    # a count shown in February is shown as it was then.
    assert len(compared) > 10
    assert {name for name in compared if months.after[name] != full[name]} == set()
    page = f"reports/{months.march}/figures/index.html"
    assert months.after[page].decode().replace(months.february, months.march) == full[page].decode()
    beside = {Path(name).name for name in months.after.keys() - months.before.keys() - full.keys()
              if name.startswith("reports/")}  # fmt: skip
    # Catches anything more, or less, than what is said of the forecasts made in February.
    assert beside == {"changes.csv"}


def test_a_changed_section_leaves_the_other_steps_as_they_are(
    extracts: Path, months: MonthByMonth, tmp_path: Path
) -> None:
    shutil.copytree(months.at, tmp_path, dirs_exist_ok=True)
    made, standing = made_and_standing(run(extracts, "march_changed", at=tmp_path))
    # Catches every step made again for a word in one section, or the step of that section taken for unchanged.
    assert made == {"flows", "records"}
    assert set(standing) == {"forecast", "figures"}


def test_what_is_not_as_it_was_left_does_not_stand(extracts: Path, months: MonthByMonth, tmp_path: Path) -> None:
    shutil.copytree(months.at, tmp_path, dirs_exist_ok=True)
    for report in (tmp_path / "reports").glob("*/figures/areas.csv"):
        report.write_bytes(report.read_bytes() + b"\n")
    made, standing = made_and_standing(run(extracts, "march_changed", at=tmp_path))
    # Catches a report that somebody wrote in, taken over and published anew.
    assert made == {"figures", "flows", "records"}
    assert set(standing) == {"forecast"}
