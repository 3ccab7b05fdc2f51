"""Forecasts of early help front doors in English councils: advice to people, never a decision.

`ehforecast` forecasts how many contacts and referrals a council's front door will receive, says how sure it is, and
writes advisory reports. It must never be used to decide about a child or a family, and it has no function that does so.

The names below are its public ones; each is loaded when it is first used, so that importing the package is quick.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_HOMES = {
    "workbench.projects": ("Figures", "Records", "open_store"),
    "workbench.forecasting": ("Forecast", "Forecaster", "Series", "Tested", "backtest", "forecast"),
    "workbench.planning": ("Planned",),
    "workbench.research": ("Assessed", "Audited", "Reasons", "assess", "audit"),
    "risk.assessment": ("AssessmentSettings",),
    "risk.classifier": ("RiskClassifier",),
    "risk.cohort": ("Cohort", "Feature"),
    "risk.cohort_table": ("CohortColumns", "cohort_from_table"),
    "risk.fairness.settings": ("Characteristic",),
}
"""What is public, and where it lives. Type checkers read the same from `__init__.pyi`."""

__all__ = ["__version__", *sorted(name for names in _HOMES.values() for name in names)]  # noqa: PLE0604 - all are texts


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever has that name
    for module, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"ehforecast.{module}"), name)
    raise AttributeError(f"module 'ehforecast' has no public name '{name}'")


def __dir__() -> list[str]:
    return sorted(__all__)
