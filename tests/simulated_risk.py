"""A simulated council of closures with their true chances: families, dates, siblings, and follow-up that ends."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ehforecast.risk.cohort import Cohort, Feature
from ehforecast.risk.cohort_split import SplitSettings
from ehforecast.risk.cohort_table import CohortColumns, cohort_from_table

FIRST_DAY, DAYS, HORIZON = pd.Timestamp("2018-04-01"), 2_100, 365


@dataclass(frozen=True)
class Simulated:
    """A cohort and, on its index, the true chance of an event within the horizon."""

    cohort: Cohort
    chance: pd.Series


def simulated_council(*, seed: int, families: int = 12_000, unseen: float = 0.0) -> Simulated:
    """Closures of early help, then an event at a rate that hangs on what is recorded (and on `unseen`, if any)."""
    draw = np.random.default_rng(seed)
    children = draw.choice([1, 2, 3, 4], families, p=[0.5, 0.3, 0.15, 0.05])
    family = np.repeat(np.arange(families), children)
    closed = np.repeat(draw.integers(0, DAYS, families), children)
    count = len(family)
    frailty = np.repeat(draw.normal(0, unseen, families), children)
    earlier = np.repeat(draw.poisson(1.2, families), children)
    age = draw.uniform(0, 17, count)
    source = np.repeat(
        draw.choice(["school", "police", "health", "family"], families, p=[0.35, 0.3, 0.2, 0.15]), children
    )
    weeks = draw.gamma(2.0, 12.0, count)
    abuse = np.repeat(draw.random(families) < 0.3, children)
    score = (
        -1.75 + 0.42 * np.minimum(earlier, 4) + 0.7 * abuse + 0.45 * (source == "police") - 0.35 * (source == "family")
        + 0.5 * ((age < 2) | (age > 13)) - 0.012 * np.minimum(weeks, 40) + 0.35 * abuse * (earlier > 1) + frailty
    )  # fmt: skip
    days_to_event = draw.exponential(HORIZON / np.exp(score))
    followed = np.minimum(DAYS + 200 - closed, np.where(draw.random(count) < 0.1, draw.uniform(0, 700, count), np.inf))
    event_day = np.where(days_to_event <= followed, closed + np.ceil(days_to_event), np.nan)
    table = pd.DataFrame(
        {
            "child": np.arange(count),
            "family": family,
            "closed_on": FIRST_DAY + pd.to_timedelta(closed, unit="D"),
            "event_on": FIRST_DAY + pd.to_timedelta(event_day, unit="D"),
            "followed_until": FIRST_DAY + pd.to_timedelta(closed + np.floor(followed), unit="D"),
            "earlier_referrals": earlier,
            "age_years": np.round(age, 1),
            "source": source,
            "weeks_of_help": np.where(draw.random(count) < 0.1, np.nan, np.round(weeks)),
            "domestic_abuse": abuse.astype(float),
            "noise": draw.normal(size=count).round(2),
        }
    )
    table.loc[table["event_on"] > table["followed_until"], "event_on"] = pd.NaT
    columns = CohortColumns(
        "child", "family", index_on="closed_on", event_on="event_on", followed_until="followed_until", audit=("source",)
    )
    table["referral_source"] = table["source"]
    features: list[str | Feature] = [
        "earlier_referrals", "age_years", "referral_source", "weeks_of_help", "domestic_abuse", "noise",
    ]  # fmt: skip
    cohort = cohort_from_table(
        table, columns, features=features, horizon_days=HORIZON, split=SplitSettings(test_share=0.3, gap_days=0)
    )
    return Simulated(cohort, pd.Series(-np.expm1(-np.exp(score)), index=cohort.rows.index))
