"""Forecasts of early help front doors in English councils: advice to people, never a decision.

`ehforecast` forecasts how many contacts and referrals a council's front door will receive, says how sure it is, and
writes advisory reports. It must never be used to decide about a child or a family, and it has no function that does so.

The names below are its public ones; each is loaded when it is first used, so that importing the package is quick.
"""

from typing import TYPE_CHECKING

from ehforecast.version import __version__

if TYPE_CHECKING:
    from ehforecast.workbench.public import (
        Assessed,
        AssessmentSettings,
        Audited,
        CalendarPlan,
        Characteristic,
        Cohort,
        CohortColumns,
        Feature,
        Figures,
        Forecast,
        Forecaster,
        Planned,
        Reasons,
        Records,
        RiskClassifier,
        Series,
        Tested,
        assess,
        audit,
        backtest,
        cohort_from_table,
        forecast,
        open_store,
    )

__all__ = [
    "Assessed",
    "AssessmentSettings",
    "Audited",
    "CalendarPlan",
    "Characteristic",
    "Cohort",
    "CohortColumns",
    "Feature",
    "Figures",
    "Forecast",
    "Forecaster",
    "Planned",
    "Reasons",
    "Records",
    "RiskClassifier",
    "Series",
    "Tested",
    "__version__",
    "assess",
    "audit",
    "backtest",
    "cohort_from_table",
    "forecast",
    "open_store",
]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module 'ehforecast' has no public name '{name}'")
    from ehforecast.workbench import public  # noqa: PLC0415 - it loads pandas and all that follows

    return getattr(public, name)


def __dir__() -> list[str]:
    return sorted(__all__)
