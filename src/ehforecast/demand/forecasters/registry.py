"""The forecasters there are, simplest first: a tie goes to the simpler one."""

from ehforecast.demand.forecasters.calendar_regression import CalendarRegression
from ehforecast.demand.forecasters.count_regression import CountRegression
from ehforecast.demand.forecasters.ensemble import CalendarEnsemble, PooledEnsemble
from ehforecast.demand.forecasters.ets import Ets
from ehforecast.demand.forecasters.interface import Forecaster
from ehforecast.demand.forecasters.pooled_smoothing import PooledSmoothing
from ehforecast.demand.forecasters.regression_arima import RegressionArima
from ehforecast.demand.forecasters.seasonal_naive import SeasonalNaive
from ehforecast.demand.forecasters.stl import StlTheta
from ehforecast.demand.forecasters.theta import Theta
from ehforecast.demand.forecasters.unobserved_components import UnobservedComponents
from ehforecast.errors import SettingsError

FORECASTERS: tuple[Forecaster, ...] = (
    SeasonalNaive(), PooledSmoothing(), Ets(), Theta(), RegressionArima(), CountRegression(), StlTheta(),
    CalendarRegression(), CalendarEnsemble(), PooledEnsemble(),
)  # fmt: skip

ON_REQUEST: tuple[Forecaster, ...] = (UnobservedComponents(),)
"""Forecasters too slow to be tried unless they are named."""


def forecasters_named(names: tuple[str, ...]) -> tuple[Forecaster, ...]:
    """The forecasters of these names, simplest first. Raises `SettingsError` for a name that does not exist."""
    known = {forecaster.name: forecaster for forecaster in (*FORECASTERS, *ON_REQUEST)}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise SettingsError(f"no forecaster named {', '.join(unknown)}; there are: {', '.join(known)}")
    return tuple(forecaster for name, forecaster in known.items() if name in names)
