"""Published figures beside a council's records: read from --data and forecast; targets are held against them."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from ehforecast.advisory import release
from ehforecast.demand.plan.watched import OfficialRates
from ehforecast.errors import SettingsError
from ehforecast.pipelines.demonstrate import area_register
from ehforecast.pipelines.forecast import forecast_figures, methods_of
from ehforecast.pipelines.forecast_fairness import audit_places
from ehforecast.pipelines.ingest import ingest
from ehforecast.pipelines.official_rates import official_rates
from ehforecast.pipelines.one_run import current_run
from ehforecast.pipelines.places import Places
from ehforecast.pipelines.published import way_out
from ehforecast.pipelines.settings import CouncilSettings, Settings
from ehforecast.reports import write_demand_report
from ehforecast.store import Store

Progress = Callable[[str], None]

FIGURES = "figures"
"""The step's name, in the private folder of a run and in the published one."""


def figures_settings(settings: CouncilSettings) -> Settings:
    """The section `figures` as a configuration of its own, in the same store. Raises `SettingsError` without one."""
    if settings.figures is None:
        raise SettingsError(
            f"configuration '{settings.name}' has no section 'figures': say which published files to read"
        )
    told = settings.figures.model_dump(exclude={"data_until"})
    title = f"{settings.title}: published figures"
    return Settings.model_validate({"name": settings.name, "title": title, "purpose": settings.purpose, **told})


def ingest_figures(settings: CouncilSettings, places: Places, *, data: Path | None, progress: Progress) -> None:
    """Check and keep the published files; say so where there is a section for them and no folder was given."""
    if settings.figures is None:
        return
    if data is None:
        progress("published figures: skipped, for no folder was given with --data; targets are told without them")
        return
    ingest(figures_settings(settings), places, data=data, progress=progress)


def has_figures(store: Store) -> bool:
    """Whether published figures were received."""
    return bool(store.manifest().extracts_of("demand_counts"))


def figures(settings: CouncilSettings, places: Places, *, progress: Progress) -> Sequence[Path]:
    """Forecast the published figures, keep that, and write its report; nothing where none were given."""
    store = Store(places.store(settings))
    if not has_figures(store):
        return []
    told, run = figures_settings(settings), current_run(settings, places)
    until = settings.figures.data_until if settings.figures else None
    result = forecast_figures(told, store, methods=methods_of(told), progress=progress, until=until)
    run.keep(FIGURES, result.facts(), frames=result.frames())
    advice = release(result, purpose=told.purpose, run_id=run.run_id, data_source=told.data.source)
    advice = advice.with_places(audit_places(result))
    return [way_out(run).publish(FIGURES, lambda folder: write_demand_report(advice, folder))]


def council_name(settings: CouncilSettings) -> str:
    """What the council is called on pages; an invented one is called so wherever it is named."""
    name = settings.pack.council if settings.pack else settings.title
    return f"{name} (synthetic records)" if settings.synthetic else name


def area_of(settings: CouncilSettings) -> tuple[str, str]:
    """The council's name and official code; its own name twice where no figures are configured."""
    name = council_name(settings)
    if settings.figures is None:
        return name, name
    told = figures_settings(settings)
    found = area_register(told).find(settings.figures.areas[0])
    if found is None:
        raise SettingsError(
            f"configuration '{settings.name}', key 'figures.areas': no area {settings.figures.areas[0]}; use the name "
            "or code of a council"
        )
    return name, found.code


def official_of(settings: CouncilSettings, store: Store, *, until: str) -> Mapping[str, OfficialRates]:
    """Official rates as they stood at a month; none where no figures were received."""
    if settings.figures is None or not store.manifest().extracts_of("indicators"):
        return {}
    register = area_register(figures_settings(settings))
    return official_rates(store.table("indicators"), register, until=until)
