"""Shares with ranges out of counts as they may be shown: nothing here knows more than what is published."""

from collections.abc import Hashable, Mapping

import numpy as np
import pandas as pd
from scipy.stats import beta

from ehforecast.demand.boards.counted import ALL, YES
from ehforecast.demand.plan.quarter_shares import FEWEST_QUARTERS, LEVELS, quarter_ahead
from ehforecast.demand.plan.targets import share_interval

_COVERAGE = 0.95
_KEYS = ["measure", "period", "split", "group"]


def measured_shares(shown: pd.DataFrame) -> pd.DataFrame:
    """The share of each measure, period and group, with its exact 95% range (Clopper and Pearson 1934).

    ``shown`` are counts as they may be shown: the columns of `counted.measure_counts`, ``count`` absent where hidden.
    Returns ``measure, period, split, group, met, of, value, low, high`` (shares; NaN where a count it rests on is
    hidden or nobody was counted).
    """
    wide = met_and_of(shown)
    met, of = wide["met"].to_numpy(), wide["of"].to_numpy()
    known = np.isfinite(met) & np.isfinite(of) & (of >= 1)
    met, of = np.where(known, np.minimum(met, of), np.nan), np.where(known, of, np.nan)
    tail = (1 - _COVERAGE) / 2
    return wide.assign(
        value=met / of,
        low=np.where(met == 0, 0.0, beta.ppf(tail, met, of - met + 1)),
        high=np.where(met == of, 1.0, beta.ppf(1 - tail, met + 1, of - met)),
    )


def met_and_of(counts: pd.DataFrame) -> pd.DataFrame:
    """Counts side by side: ``measure, period, split, group, met, of``; NaN where hidden."""
    wide = counts.set_index([*_KEYS, "answer"])["count"].astype("Float64").astype(float).unstack("answer")
    wide = wide[[YES, ALL]].loc[list(dict.fromkeys(counts[_KEYS].itertuples(index=False, name=None)))]
    return wide.rename(columns={YES: "met", ALL: "of"}).rename_axis(columns=None).reset_index()


def gaps(shares: pd.DataFrame) -> pd.DataFrame:
    """How far each group's share lies from that of everybody else, with its 95% range (Newcombe 1998).

    Adds ``gap, gap_low, gap_high, verdict`` to the rows of groups: "lower" or "higher" only where the range leaves out
    nought; else "could be chance", or "cannot be told" where a count is hidden.
    """
    rows = []
    for _, part in shares.groupby(["measure", "period", "split"], sort=False):
        whole = part[part["group"] == ALL].iloc[0]
        rows.append({**whole.to_dict(), "gap": np.nan, "gap_low": np.nan, "gap_high": np.nan, "verdict": ALL})
        for row in part[part["group"] != ALL].to_dict("records"):
            rest = (float(whole["met"]) - float(row["met"]), float(whole["of"]) - float(row["of"]))
            gap, low, high, verdict = _gap((float(row["met"]), float(row["of"])), rest)
            rows.append({**row, "gap": gap, "gap_low": low, "gap_high": high, "verdict": verdict})
    return pd.DataFrame(rows)


def _gap(here: tuple[float, float], rest: tuple[float, float]) -> tuple[float, float, float, str]:
    if not np.isfinite([*here, *rest]).all() or min(here[1], rest[1]) < 1 or min(here[0], rest[0]) < 0:
        return np.nan, np.nan, np.nan, "cannot be told"
    (p, low, high), (q, q_low, q_high) = (_wilson(*each) for each in (here, rest))
    below = float(np.hypot(p - low, q_high - q))
    above = float(np.hypot(high - p, q - q_low))
    low, high = p - q - below, p - q + above
    verdict = "higher" if low > 0 else "lower" if high < 0 else "could be chance"
    return p - q, low, high, verdict


def _wilson(met: float, of: float) -> tuple[float, float, float]:
    met = min(met, of)
    low, high = share_interval(round(met), round(of))
    return met / of, low, high


def year_on_year(shares: pd.DataFrame) -> pd.DataFrame:
    """Each measure's latest quarter beside the same quarter a year before, for the whole council.

    ``measure, period, earlier_period, value, low, high, met, of, earlier, change, change_low, change_high`` (95% range
    of the difference, Newcombe 1998), ``verdict``: "rose" or "fell" only where the range leaves out nought.
    """
    rows = []
    for measure, part in shares[shares["group"] == ALL].groupby("measure", sort=False):
        by_period = {str(row["period"]): row for row in part.to_dict("records")}
        period = str(part["period"].iloc[-1])
        earlier = f"{int(period[:4]) - 1}{period[4:]}"
        told = _change(by_period[period], by_period.get(earlier, _NOTHING))
        rows.append({"measure": measure, "period": period, "earlier_period": earlier, **told})
    return pd.DataFrame(rows)


_NOTHING: Mapping[Hashable, float] = {"value": np.nan, "met": np.nan, "of": np.nan}


def _change(now: Mapping[Hashable, float], before: Mapping[Hashable, float]) -> dict[str, object]:
    told = {name: float(now[name]) for name in ("value", "low", "high", "met", "of")}
    change, low, high, verdict = _gap((told["met"], told["of"]), (float(before["met"]), float(before["of"])))
    words = {"higher": "rose", "lower": "fell"}.get(verdict, verdict)
    return told | {"earlier": float(before["value"]), "change": change, "change_low": low, "change_high": high,
                   "verdict": words}  # fmt: skip


def next_quarter(shares: pd.DataFrame, *, seed: int) -> pd.DataFrame:
    """The share each measure will have in the next quarter, if what moves it stays as it was.

    Learned from quarters as counted, since those hidden are the small ones: ``measure, period, value, low, high`` (80%
    range) for the whole council; left out where fewer than `FEWEST_QUARTERS` are there.
    """
    rows = []
    for measure, part in shares[shares["group"] == ALL].groupby("measure", sort=False):
        known = part[(part["of"] >= 1) & part["met"].notna()]
        if len(known) >= FEWEST_QUARTERS:
            low, middle, high = quarter_ahead(known, levels=LEVELS, seed=seed)
            rows.append((measure, _next(str(known["period"].iloc[-1])), middle, low, high))
    return pd.DataFrame(rows, columns=["measure", "period", "value", "low", "high"])


def _next(period: str) -> str:
    year, quarter = int(period[:4]), int(period[-1])
    return f"{year + quarter // 4}-Q{quarter % 4 + 1}"
