"""Forecasts of a council's localities (row 7): no worse than the same month last year in each, added up or not.

Short in CI; `make accept-councils` asks four synthetic councils.
"""

from collections.abc import Callable

import pytest

from ehforecast.demand.forecast import ForecastSettings, FromRecords, forecast_demand
from ehforecast.demand.forecasters.registry import forecasters_named
from ehforecast.demand.late_records import complete_series, completed_as_known
from ehforecast.demand.record_counts import count_days
from ehforecast.demand.record_series import WHOLE, Coverage, SeriesPlan
from ehforecast.demand.results import SEASONAL_NAIVE, DemandResult
from ehforecast.synthetic.council import draw_council
from ehforecast.synthetic.council_plan import CouncilPlan

BY_LOCALITY = SeriesPlan(keys=("locality",))


def forecast_of(seed: int) -> DemandResult:
    plan = CouncilPlan(seed=seed, years=10, contacts_a_year=6000)
    counted = count_days(draw_council(plan).tables, "contacts", keys=BY_LOCALITY.keys)
    coverage = Coverage(plan.starts_on, plan.extracted_on)
    found = complete_series(counted, BY_LOCALITY, coverage=coverage, as_of=plan.extracted_on)
    records = FromRecords(found, completed_as_known(counted, BY_LOCALITY, coverage=coverage))
    methods = forecasters_named((SEASONAL_NAIVE, "pooled_smoothing"))
    nodes = list(found.records.hierarchy.nodes)
    return forecast_demand(
        found.series, nodes, settings=ForecastSettings("contacts", methods), records=records
    )  # fmt: skip


@pytest.mark.acceptance("councils")
def test_localities_are_forecast_no_worse_than_naively(
    request: pytest.FixtureRequest, record_figure: Callable[..., None]
) -> None:
    for seed in range(1, 5 if request.config.getoption("--acceptance") else 2):
        result = forecast_of(seed)
        names = result.areas.set_index("area_code")["area_level"]
        localities = names.index[names != WHOLE]
        published = result.forecasters.loc[result.forecasters["is_published"], "forecaster"].item()
        rows = result.accuracy[result.accuracy["stage"].eq("report") & result.accuracy["area_code"].isin(localities)]
        errors = rows[rows["metric"].isin(["wape", "wql"])].groupby(["metric", "forecaster"])["value"].mean()
        assert len(localities) == 4
        for metric in ("wape", "wql"):
            ratio = errors[metric, published] / errors[metric, SEASONAL_NAIVE]
            record_figure(f"localities of council {seed}, {metric} over that of the naive", ratio, "at most 1")
            # Catches a method chosen for the whole that is worse than the simplest in the places it is made of.
            assert ratio <= 1
