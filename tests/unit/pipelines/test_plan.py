"""`ehforecast plan`: from a configuration to a page, and every wrong input refused by its key."""

import re
from collections.abc import Callable
from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from command_line import ehforecast
from plans import as_yaml, plan_section

from ehforecast.demand.plan_results import PlanResult
from ehforecast.errors import SettingsError
from ehforecast.pipelines.ingest import ingest
from ehforecast.pipelines.places import Places
from ehforecast.pipelines.plan import plan
from ehforecast.pipelines.settings import read_settings
from ehforecast.tracking.folder_log import FolderLog

pytestmark = pytest.mark.acceptance("plan")

BASE: dict[str, Any] = {
    "title": "Plan of a synthetic council",
    "purpose": "planning",
    "data": {"layout": "dfe_children_in_need", "required": ["referrals_by_month"], "source": "Synthetic figures."},
    "synthetic": {"councils": 6, "first_month": "2014-04", "years": 10, "seed": 1},
    "areas": ["Northmere"],
    "forecast": {"measure": "referrals", "horizon_months": 12, "forecasters": ["seasonal_naive", "pooled_smoothing"]},
    "tracking": {"mlflow": False},
}


@pytest.fixture(scope="module")
def store_of(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Places]:
    """A configuration's folder and places, its figures read once."""
    folder = tmp_path_factory.mktemp("plan")
    places = Places(folder / "private", folder / "reports")
    (folder / "northmere.yaml").write_text(as_yaml({**BASE, "plan": plan_section()}), "utf-8")
    ingest(read_settings(folder / "northmere.yaml"), places, data=None, progress=lambda _: None)
    return folder, places


@pytest.fixture(scope="module")
def made(store_of: tuple[Path, Places]) -> tuple[Path, PlanResult]:
    folder, places = store_of
    settings = read_settings(folder / "northmere.yaml")
    page = plan(settings, places, progress=lambda _: None)
    log = FolderLog(places.runs(settings))
    return page, PlanResult.from_parts(*log.load(log.latest(), "plan"))


def test_a_plan_is_made_kept_and_written(made: tuple[Path, PlanResult]) -> None:
    page, result = made
    # Catches a page not written, or a kept plan that is not the one on it.
    assert "Northmere" in page.read_text("utf-8")
    assert (result.data_until, result.workers, len(result.enough)) == ("2024-03", "workers", 12)
    # Catches a source's own minutes lost to those of every source.
    assert {"plan.sources.schools.minutes", "plan.every_source.minutes"} <= set(result.assumptions["name"])
    # Catches an assumption kept without its reason.
    assert (result.assumptions["reason"] != "").all()
    # Catches thirteen panels a year gone wrong on the way: a year holds twelve whole ones at least.
    assert len(result.panels) >= 12


def changed(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    section = deepcopy(plan_section())
    change(section)
    return {**BASE, "plan": section}


def set_at(*keys: str, value: object) -> Callable[[dict[str, Any]], object]:
    """Put a value under a path of keys, as deep as it goes."""

    def put(section: dict[str, Any]) -> None:
        for key in keys[:-1]:
            section = section[key]
        if value is None:
            del section[keys[-1]]
        else:
            section[keys[-1]] = value

    return put


NUMBER = {"low": 3.0, "central": 2.0, "high": 4.0, "reason": "r"}
CHANGE = {"sources": ["nobody"], "factor": {"value": 1.1, "reason": "r"}, "begins": date(2024, 6, 1)}
REFUSED = {
    "no staff": (set_at("work", "workers", value={"value": 0, "reason": "r"}), r"'plan\.work\.workers': must be above"),
    "negative hours": (
        set_at("work", "hours_per_worker_week", value={"value": -1, "reason": "r"}), r"hours_per_worker_week': must be",
    ),
    "zero hours": (
        set_at("work", "hours_per_case_week", value={"value": 0, "reason": "r"}), r"hours_per_case_week': must be",
    ),
    "wrong way round": (set_at("work", "weeks_open", value=NUMBER), r"plan\.work\.weeks_open': low, central"),
    "both ways": (set_at("families_per_count", value={**NUMBER, "value": 1}), r"plan\.families_per_count': give low"),
    "no reason": (set_at("families_per_count", value={"value": 1}), r"key 'plan\.families_per_count\.reason'"),
    "past": (set_at("indicators", "Health", "by", value=date(2024, 3, 1)), r"key 'indicators\.Health\.by'"),
    "no definition": (set_at("indicators", "Health", "definition", value=None), r"indicators\.Health\.definition'"),
    "blank definition": (set_at("indicators", "Health", "definition", value=" "), r"indicators\.Health\.definition'"),
    "target": (set_at("indicators", "Health", "target", value=120), r"key 'plan\.indicators\.Health': a target in"),
    "two bases": (
        lambda p: p["indicators"]["Health"].update(official="a", yardstick="b"), r"Health': official is for the very",
    ),
    "promise not made": (set_at("indicators", "Health", "promise", value="x"), r"Health\.promise': no promise 'x'"),
    "no such series": (
        set_at("scenarios", "A hub opens", "volume", value=[CHANGE]), r"key 'scenarios\.A hub opens': no series nobody",
    ),
    "empty scenario": (set_at("scenarios", "Nothing", value={"words": "w"}), r"Nothing': a scenario changes"),
    "promise": (set_at("promises", "help within ten days", "share", value=2), r"key 'plan\.promises\.help within ten"),
    "workers tried": (set_at("workers_tried", value=[0]), r"key 'plan\.workers_tried'"),
    "area": (set_at("area", value="Nowhere"), r"key 'plan\.area': no series for Nowhere"),
    "month": (set_at("data_until", value="2030-01"), r"key 'plan\.data_until': the data run from"),
    "assumed": (set_at("per_month", value={"value": 9, "reason": "r"}), r"key 'plan': where per_month is given"),
    "panel": (set_at("panels", "capacity", value={"value": 0, "reason": "r"}), r"key 'panels\.capacity'"),
    "unknown key": (set_at("wrokers", value=1), r"key 'plan\.wrokers' is not known"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_wrong_input_is_refused_by_its_key(store_of: tuple[Path, Places], case: str) -> None:
    folder, places = store_of
    change, words = REFUSED[case]
    (folder / "wrong.yaml").write_text(as_yaml({**changed(change), "name": "northmere"}), "utf-8")
    # Catches a plan made from what cannot be, or a refusal that does not say which key to mend.
    with pytest.raises(SettingsError, match=words):
        plan(read_settings(folder / "wrong.yaml"), places, progress=lambda _: None)


def test_an_assumed_volume_and_an_earlier_month_are_taken(store_of: tuple[Path, Places]) -> None:
    folder, places = store_of
    sixty = {"value": 60, "reason": "r"}
    content = changed(lambda p: p.update(data_until="2023-03", per_month=sixty, indicators={}))
    content["plan"]["scenarios"], content["forecast"] = {}, {**BASE["forecast"], "horizon_months": 3}
    (folder / "assumed.yaml").write_text(as_yaml({**content, "name": "northmere"}), "utf-8")
    settings = read_settings(folder / "assumed.yaml")
    page = plan(settings, places, progress=lambda _: None)
    # Catches the plan not beginning the month after the one named.
    assert "April 2023 to June 2023" in page.read_text("utf-8")


def test_the_command_prints_the_page(tmp_path: Path) -> None:
    (tmp_path / "northmere.yaml").write_text(as_yaml({**BASE, "plan": plan_section()}), "utf-8")
    answer = ehforecast("plan", str(tmp_path / "northmere.yaml"))
    # Catches a command that plans and does not say where.
    assert answer.out.startswith("Report: reports"), answer
    listed = ehforecast("runs").out
    # Catches a plan of which the list of runs does not know when it was made, or what was released of it.
    assert re.search(r"made 20.* UTC in \d+ s\n  plan: .*\n  released: plan \(", listed), listed
    (tmp_path / "none.yaml").write_text(as_yaml(BASE), "utf-8")
    refused = ehforecast("plan", str(tmp_path / "none.yaml"))
    # Catches a configuration without a plan that fails in another way.
    assert refused.code == 3
    assert "has no section 'plan'" in refused.err


def test_the_plan_of_records_says_which_command_makes_it(root: Path) -> None:
    refused = ehforecast("plan", root / "configs" / "walsall.yaml")
    # Catches a configuration with a section plan that is sent to a command which makes none.
    assert (refused.code, "Use `ehforecast run` with it" in refused.err) == (3, True)


def test_sources_make_up_the_whole(made: tuple[Path, PlanResult]) -> None:
    _, result = made
    volume = result.volume[result.volume["level"] == 0.5].pivot(index="period", columns="series", values="value")
    # Catches sources that do not make up the whole: middles of a sum lie near the sum of middles.
    assert (volume[["police", "schools"]].sum(axis=1) / volume["all"] - 1).abs().max() < 0.05
