"""Complete results about councils that never existed, for tests of the door and of the reports."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from ehforecast.demand.results import ALL_AREAS, QUANTILE_LEVELS, DemandResult

SEASON = np.array([0.92, 1.06, 1.06, 1.06, 0.85, 0.99, 1.08, 1.07, 0.88, 1.03, 0.95, 1.05])
"""Share of a year's mean month, April to March."""

STANDARD_NORMAL = (-1.96, -1.282, -0.842, -0.674, -0.524, -0.253, 0.0, 0.253, 0.524, 0.674, 0.842, 1.282, 1.96)
"""Quantiles of the standard normal at `QUANTILE_LEVELS`."""


@dataclass(frozen=True)
class InventedArea:
    """One invented area: how large its mean month is, which months are absent and why, and whether it was refused."""

    name: str
    mean: float = 250.0
    level: str = "council"
    rounded_to: int = 1
    absent: dict[str, str] = field(default_factory=dict)
    refusal: str = ""
    note: str = ""


INVENTED_AREAS = (
    InventedArea(
        "Northmere",
        absent={"2019-08": "suppressed", **{f"2020-{month:02}": "not_available" for month in range(4, 8)}},
    ),
    InventedArea("Ashby Vale", mean=9.0, absent={"2018-08": "suppressed", "2020-05": "suppressed", "2021-12": "blank"}),
    InventedArea("All invented councils", mean=52_000.0, level="country", rounded_to=10),
    InventedArea("Wetherdale", refusal="Fewer than 36 months of figures, so no forecast can honestly be made."),
)


def make_demand_result(
    areas: Sequence[InventedArea] = INVENTED_AREAS, *, data_until: str = "2022-03", years: int = 8, horizon: int = 12
) -> DemandResult:
    """A result with every piece of evidence, for the invented areas given."""
    codes = [f"X{number:08}" for number in range(1, len(areas) + 1)]
    months = pd.period_range(end=data_until, periods=years * 12, freq="M")
    ahead = pd.period_range(months[-1] + 1, periods=horizon, freq="M")
    coded = list(zip(codes, areas, strict=True))
    return DemandResult(
        measure="referrals",
        data_until=data_until,
        horizon=horizon,
        areas=_areas(coded),
        observed=pd.concat([_observed(code, area, months) for code, area in coded], ignore_index=True),
        forecast=pd.concat(
            [_forecast(code, area, ahead) for code, area in coded if not area.refusal], ignore_index=True
        ),
        accuracy=_accuracy([code for code, area in coded if not area.refusal]),
        forecasters=pd.DataFrame(
            {
                "forecaster": ["seasonal_naive", "pooled_season"],
                "label": [
                    "the same month last year",
                    "recent level, times the usual season, for the working days of the month",
                ],
                "is_published": [False, True],
                "choice_loss": [1.0, 0.64],
            }
        ),
    )


def _areas(coded: list[tuple[str, InventedArea]]) -> pd.DataFrame:
    columns = ["area_code", "area_name", "area_level", "rounded_to", "forecaster", "refusal", "note"]
    rows = [
        (code, area.name, area.level, area.rounded_to, "" if area.refusal else "pooled_season", area.refusal, area.note)
        for code, area in coded
    ]
    return pd.DataFrame(rows, columns=columns)


def _expected(area: InventedArea, months: pd.PeriodIndex) -> np.ndarray:
    return area.mean * SEASON[(np.asarray(months.month) - 4) % 12] * (1 + 0.01 * (np.asarray(months.year) - 2019))


def _observed(code: str, area: InventedArea, months: pd.PeriodIndex) -> pd.DataFrame:
    draws = np.random.default_rng(len(area.name)).normal(1.0, 0.12, len(months))
    counts = np.maximum(np.round(_expected(area, months) * draws / area.rounded_to), 0) * area.rounded_to
    reasons = [area.absent.get(str(month), "") for month in months]
    return pd.DataFrame(
        {
            "area_code": code,
            "month": [str(month) for month in months],
            "observed_count": np.where(np.array(reasons) == "", counts, np.nan),
            "absent_because": reasons,
        }
    )


def _forecast(code: str, area: InventedArea, months: pd.PeriodIndex) -> pd.DataFrame:
    spread = 0.12 + 0.01 * np.arange(len(months))
    counts = _expected(area, months)[:, None] * np.maximum(1 + spread[:, None] * np.array(STANDARD_NORMAL), 0.0)
    return pd.DataFrame(
        {
            "area_code": code,
            "month": np.repeat([str(month) for month in months], len(QUANTILE_LEVELS)),
            "level": np.tile(QUANTILE_LEVELS, len(months)),
            "forecast_count": counts.ravel(),
        }
    )


def _accuracy(codes: list[str]) -> pd.DataFrame:
    values = {
        "pooled_season": {
            "wape": 0.14,
            "mase": 0.8,
            "wql": 0.11,
            "coverage50": 0.44,
            "coverage80": 71 / 108,
            "coverage95": 0.9,
        },
        "seasonal_naive": {
            "wape": 0.21,
            "mase": 1.1,
            "wql": 0.16,
            "coverage50": 0.5,
            "coverage80": 0.81,
            "coverage95": 0.94,
        },
    }
    stages = {"choice": ("2016-03", "2018-12"), "report": ("2019-03", "2021-03")}
    rows = [
        # The miss was 2 points smaller when the method was chosen, so that the two stages can be told apart.
        (code, stage, forecaster, metric, value - 0.02 * (stage == "choice" and metric == "wape"), 108, 9, *origins)
        for code in (*codes, ALL_AREAS)
        for stage, origins in stages.items()
        for forecaster, metrics in values.items()
        for metric, value in metrics.items()
    ]
    columns = [
        "area_code",
        "stage",
        "forecaster",
        "metric",
        "value",
        "months",
        "origins",
        "first_origin",
        "last_origin",
    ]
    return pd.DataFrame(rows, columns=columns)


def past_months(
    areas: Sequence[str] = ("X00000001", "X00000003"), *, dates: int = 16, low: float = 0.0
) -> pd.DataFrame:
    """Past forecasts three months ahead, the first area's too low by a share; invented counts of about 250 a month."""
    rng, rows = np.random.default_rng(5), []
    origins = pd.period_range("2017-03", periods=dates, freq="3M").asfreq("M").astype(str)
    for place, code in enumerate(areas):
        for origin in origins:
            actual = np.round(rng.normal(250, 20, 3))
            middle = 250 * (1 - low * (place == 0))
            rows += [(code, origin, ahead + 1, actual[ahead], middle, middle - 26, middle + 26) for ahead in range(3)]
    return pd.DataFrame(rows, columns=["area_code", "origin", "months_ahead", "actual", "middle", "low", "high"])
