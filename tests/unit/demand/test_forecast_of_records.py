from dataclasses import replace

import numpy as np
import pandas as pd

from ehforecast.demand.backtest import BacktestSettings, plan_origins
from ehforecast.demand.forecast import ForecastSettings, FromRecords, forecast_demand
from ehforecast.demand.forecasters.regression_arima import RegressionArima
from ehforecast.demand.late_records import CompletionSettings, complete_series, completed_as_known
from ehforecast.demand.record_counts import count_days
from ehforecast.demand.record_series import Coverage, SeriesPlan
from ehforecast.demand.series import SeriesSet
from ehforecast.synthetic.council import draw_council
from ehforecast.synthetic.council_plan import CouncilPlan


def test_past_forecasts_see_what_was_on_record_then_and_the_reader_what_is_now() -> None:
    council = CouncilPlan(seed=2, years=6, contacts_a_year=3000, warm_up_years=1)
    counted, plan = count_days(draw_council(council).tables, "contacts"), SeriesPlan()
    covered, settings = Coverage(council.starts_on, council.extracted_on), CompletionSettings(draws=3)
    found = complete_series(counted, plan, coverage=covered, as_of=council.extracted_on, settings=settings)
    then, asked = completed_as_known(counted, plan, coverage=covered, settings=settings), []

    def as_known(origin: pd.Period) -> SeriesSet:
        asked.append(origin)
        known = then(origin)
        return replace(known, counts=known.counts * 3)

    backtest = BacktestSettings(origins_per_stage=2)
    chosen = ForecastSettings(measure="contacts", forecasters=(RegressionArima(),), backtest=backtest)
    result = forecast_demand(found.series, ["total"], settings=chosen, records=FromRecords(found, as_known))
    origins = plan_origins(found.series.periods, backtest)
    # Past forecasts made from today's counts would look better than they were on the day.
    assert asked == [*origins.choice, *origins.report]
    bias = result.accuracy.query("metric == 'bias' and area_code == 'all' and stage == 'report'")["value"]
    # Three times the counts then give three times the forecasts: what was known then is what was learned from.
    assert (bias > 1).all()
    recorded = found.records.series.counts["total"].to_numpy()
    # What is on record is shown as it is; what is completed is told apart.
    assert np.array_equal(result.observed["observed_count"].to_numpy(), recorded)
    last = result.completed.query("level == 0.5").iloc[-1]
    assert last["completed_count"] > last["recorded_count"] == recorded[-1]
