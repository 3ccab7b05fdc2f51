"""How well one column alone tells two groups apart, whatever the shape of the relation."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ehforecast.risk.known_history import Booleans, Floats, Integers

_BINS = 20


@dataclass(frozen=True)
class BinnedTruth:
    """Rows and hits per bin of a column; bin 0 holds the absent."""

    rows: Floats
    hits: Floats

    @property
    def rates(self) -> Floats:
        """The share of hits in each bin; that of all rows where a bin is empty."""
        overall = self.hits.sum() / max(self.rows.sum(), 1.0)
        rates = np.divide(self.hits, self.rows, out=np.full(len(self.rows), overall), where=self.rows > 0)
        return np.asarray(rates, dtype=np.float64)

    @property
    def auc(self) -> float:
        """The area under the curve when bins are put in the order of their own rates: chance lifts it a little."""
        return self.auc_by(self.rates)

    def auc_by(self, scores: Floats) -> float:
        """The area under the curve when bins have these scores; 0.5 where there is only one kind of row.

        AUC = P(score of a hit > score of a miss) + P(equal) / 2.
        """
        misses = self.rows - self.hits
        if not self.hits.sum() or not misses.sum():
            return 0.5
        _, level = np.unique(scores, return_inverse=True)
        hits_of, misses_of = np.bincount(level, weights=self.hits), np.bincount(level, weights=misses)
        below = np.cumsum(misses_of) - misses_of
        return float((hits_of * (below + misses_of / 2)).sum() / (hits_of.sum() * misses_of.sum()))


def honest_auc(bins: Integers, is_hit: Booleans, *, fold: Booleans) -> float:
    """The area under the curve when the order of bins is learned on one fold and judged on the other, both ways.

    Folds that part families keep brothers and sisters, whose values and outcomes agree, from passing for a relation.
    """
    number = int(bins.max(initial=0)) + 1
    one, other = (binned_truth(bins[part], is_hit[part], number=number) for part in (fold, ~fold))
    return (one.auc_by(other.rates) + other.auc_by(one.rates)) / 2


def auc_error(auc: float, hits: int, *, misses: int) -> float:
    """Standard error of an AUC. Source: Hanley and McNeil (1982), Radiology 143, formula 2."""
    twice_hit, twice_miss = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    spread = auc * (1 - auc) + (hits - 1) * (twice_hit - auc**2) + (misses - 1) * (twice_miss - auc**2)
    return float(np.sqrt(max(spread, 0.0) / (hits * misses)))


def bins_of(column: pd.Series) -> Integers:
    """The bin of each value: a level, or a twentieth of the values; 0 where absent."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return np.asarray(column.cat.codes, dtype=np.int64) + 1
    values = column.to_numpy(dtype=np.float64)
    there = ~np.isnan(values)
    if not there.any():
        return np.zeros(len(values), dtype=np.int64)
    edges = np.unique(np.quantile(values[there], np.linspace(0, 1, _BINS + 1)[1:-1], method="lower"))
    return np.where(there, 1 + np.searchsorted(edges, np.where(there, values, 0.0), side="left"), 0)


def binned_truth(bins: Integers, is_hit: Booleans, *, number: int = 0) -> BinnedTruth:
    """Rows and hits of each bin, of at least so many bins."""
    rows = np.bincount(bins, minlength=number)
    hits = np.bincount(bins, weights=np.asarray(is_hit, dtype=np.float64), minlength=number)
    return BinnedTruth(rows.astype(np.float64), hits.astype(np.float64))


def truths_of_groups(bins: Integers, codes: Integers, *, groups: int) -> list[BinnedTruth]:
    """Rows and members of each bin, for each group, by the number of everybody's group; -1 is in none."""
    number = int(bins.max(initial=0)) + 1
    counted = np.bincount(bins * (groups + 1) + codes + 1, minlength=number * (groups + 1))
    members = counted.astype(np.float64).reshape(number, groups + 1)
    return [BinnedTruth(members.sum(axis=1), members[:, group + 1]) for group in range(groups)]
