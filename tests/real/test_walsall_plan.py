"""Walsall's plan as it could have been made in March 2017, from official figures and its own scorecard."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ehforecast.demand.plan_results import PlanResult
from ehforecast.pipelines.ingest import ingest
from ehforecast.pipelines.places import Places
from ehforecast.pipelines.plan import plan
from ehforecast.pipelines.settings import read_settings
from ehforecast.reference.area_codes import english_areas
from ehforecast.store import Store
from ehforecast.tracking.folder_log import FolderLog

pytestmark = [pytest.mark.acceptance("plan"), pytest.mark.timeout(180)]


@pytest.fixture(scope="module")
def made(root: Path, real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, PlanResult, Places]:
    """The page and the kept plan."""
    folder = tmp_path_factory.mktemp("walsall")
    places, settings = Places(folder / "private", folder / "reports"), read_settings(root / "configs/walsall_plan.yaml")
    ingest(settings, places, data=real_data, progress=lambda _: None)
    page = plan(settings, places, progress=lambda _: None)
    log = FolderLog(places.runs(settings))
    return page, PlanResult.from_parts(*log.load(log.latest(), "plan")), places


def test_the_page_answers_with_people_chance_and_range(
    made: tuple[Path, PlanResult, Places], record_figure: Callable[..., None]
) -> None:
    page, result, _ = made
    told = result.workers_for.sort_values("chance")
    for chance, workers in zip(told["chance"], told["workers"], strict=True):
        record_figure(f"Walsall: practitioners for a chance of {chance:.0%}", float(workers))
    record_figure("Walsall: chance of five days with 47", float(told["chance_now"].iloc[0]))
    # Catches the 47 of the case review lost, and a promise that more people keep less often.
    assert (told["workers_now"] == 47).all()
    assert told["workers"].is_monotonic_increasing
    # Catches a plan whose range of people is that of a fixed caseload or a known volume: too narrow to be true.
    assert told["high"].iloc[0] - told["low"].iloc[0] >= 6
    assert "With the 47 practitioners in post, Walsall would keep its promise" in page.read_text("utf-8")


def test_nine_and_a_half_families_each(made: tuple[Path, PlanResult, Places]) -> None:
    _, result, _ = made
    first = result.capacity[result.capacity["measure"].eq("families_per_worker") & result.capacity["level"].eq(0.5)]
    # Catches a first month that does not begin where the case review stood: 9.5 families for each of 47.
    assert abs(float(first["value"].iloc[0]) - 9.5) < 0.5


def test_thirteen_panels_in_the_year(made: tuple[Path, PlanResult, Places]) -> None:
    _, result, _ = made
    # Catches a panel lost or held twice between May 2017 and April 2018.
    assert (len(result.panels), result.panels["panel_on"].is_unique) == (13, True)


def test_definitions_and_years_are_not_mixed(
    made: tuple[Path, PlanResult, Places], record_figure: Callable[..., None]
) -> None:
    _, result, places = made
    rows = Store(places.private / "walsall_plan" / "store").table("indicators")
    walsall = english_areas().find("Walsall")
    assert walsall is not None
    came = rows[rows["area_code"].eq(walsall.code) & rows["indicator"].eq("re_referrals_share")]
    rate = float(came.loc[came["period_end"].dt.year == 2018, "value"].iloc[0])
    told = result.targets.set_index("indicator").to_dict("index")
    row = told["Social care re-referral"]
    record_figure(
        "Walsall: chance told of a re-referral rate of 20% or less",
        float(row["chance"]),
        f"came: {rate}%; 80% range {row['forecast_low']:.1f} to {row['forecast_high']:.1f}",
    )
    # Catches a later year used: the rate now must be that of the year to March 2017.
    assert row["current"] == 21.7
    # Catches early help's 33.2% mixed into the official rate, or the other way round.
    assert told["Early help re-referral"]["current"] == 33.2
