"""Every public name of the package, in one place; `import ehforecast` loads this module when one is first used."""

from ehforecast.reference.calendar_plan import CalendarPlan
from ehforecast.risk.assessment import AssessmentSettings
from ehforecast.risk.classifier import RiskClassifier
from ehforecast.risk.cohort import Cohort, Feature
from ehforecast.risk.cohort_table import CohortColumns, cohort_from_table
from ehforecast.risk.fairness.settings import Characteristic
from ehforecast.workbench.forecasting import Forecast, Forecaster, Tested, backtest, forecast
from ehforecast.workbench.planning import Planned
from ehforecast.workbench.projects import Figures, Records, open_store
from ehforecast.workbench.research import Assessed, Audited, Reasons, assess, audit
from ehforecast.workbench.series import Series

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
    "assess",
    "audit",
    "backtest",
    "cohort_from_table",
    "forecast",
    "open_store",
]
