"""The forecasters there are, simplest first: a tie goes to the simpler one."""

from ehforecast.demand.forecasters.calendar_regression import CalendarRegression
from ehforecast.demand.forecasters.ets import Ets
from ehforecast.demand.forecasters.interface import Forecaster
from ehforecast.demand.forecasters.pooled_smoothing import PooledSmoothing
from ehforecast.demand.forecasters.seasonal_naive import SeasonalNaive
from ehforecast.errors import SettingsError

FORECASTERS: tuple[Forecaster, ...] = (SeasonalNaive(), PooledSmoothing(), Ets(), CalendarRegression())


def forecasters_named(names: tuple[str, ...]) -> tuple[Forecaster, ...]:
    """The forecasters of these names, simplest first. Raises `SettingsError` for a name that does not exist."""
    known = {forecaster.name: forecaster for forecaster in FORECASTERS}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise SettingsError(f"no forecaster named {', '.join(unknown)}; there are: {', '.join(known)}")
    return tuple(forecaster for name, forecaster in known.items() if name in names)
