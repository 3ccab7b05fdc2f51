"""A configuration's calendar as the engine takes it."""

from dataclasses import replace

from ehforecast.errors import ForecastError, SettingsError
from ehforecast.pipelines.settings import CalendarConfig
from ehforecast.reference.calendar_plan import CalendarPlan, DatedEvent
from ehforecast.reference.nations import Nation
from ehforecast.reference.shocks import COVID_SHOCK, ShockTreatment


def calendar_plan(told: CalendarConfig, *, configuration: str) -> CalendarPlan:
    """The plan; what it refuses is said under the configuration's name, as a `SettingsError`."""
    try:
        return CalendarPlan(
            nation=Nation[told.nation.upper()],
            school_holidays=told.school_holidays,
            usual_pattern_elsewhere=told.usual_pattern_elsewhere,
            islamic_events=told.islamic_events,
            events=tuple(DatedEvent(name, spans) for name, spans in told.events.items()),
            level_shifts=told.level_shifts,
            shocks=(replace(COVID_SHOCK, treatment=ShockTreatment(told.covid)),),
        )
    except ForecastError as error:
        raise SettingsError(f"configuration '{configuration}', key 'forecast.calendar': {error}") from None
