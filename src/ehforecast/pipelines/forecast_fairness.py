"""For which places a forecast is worse: its tests on the past, audited place by place."""

import pandas as pd

from ehforecast.demand.results import DemandResult
from ehforecast.risk.fairness.forecasts import audit_forecasts
from ehforecast.risk.fairness_results import ForecastFairnessResult


def audit_places(result: DemandResult) -> ForecastFairnessResult | None:
    """Bias and coverage of each area's past forecasts, each compared with the others of its level.

    Months of one forecast date go together, and each month is forecast once. None where a run kept no such forecasts,
    as runs before there was this audit.
    """
    tested = result.tested
    if tested.empty:
        return None
    areas = result.areas.set_index("area_code")
    names = areas["area_name"].where(~areas["area_name"].duplicated(keep=False), areas.index.to_series())
    tested = tested.set_index("area_code").loc[[code for code in areas.index if code in set(tested["area_code"])]]
    frame = pd.DataFrame(
        {
            "actual": tested["actual"],
            "median": tested["middle"],
            "lower": tested["low"],
            "upper": tested["high"],
            "group": names[tested.index],
            "view": areas["area_level"][tested.index],
            "cluster": tested["origin"],
        }
    )
    untested = [code for code in areas.index if code not in tested.index]
    without = [(str(areas["area_level"][code]), str(names[code])) for code in untested]
    return audit_forecasts(frame.reset_index(drop=True), about=_about(tested), without=without)


def _about(tested: pd.DataFrame) -> str:
    """Which forecasts these are; dates are the last months known, as everywhere."""
    ahead, dates = int(tested["months_ahead"].max()), sorted(set(tested["origin"]))
    reach = "1 month" if ahead == 1 else f"up to {ahead} months"
    return (
        f"forecasts {reach} ahead, made as if from {len(dates)} dates in the past ({dates[0]} to {dates[-1]}), so that "
        "each month is forecast once"
    )
