"""All that an audit can say: for whom estimates are worse, by how much, how sure that is, what could not be told."""

from dataclasses import dataclass

import pandas as pd

from ehforecast.kept_result import KeptResult

MEASURED = "measured"
"""Enough people, with enough of either outcome, for a gap to be judged."""

CANNOT_BE_JUDGED = "cannot be judged"
"""Figures are given with their ranges, but there are too few people with either outcome to judge a gap."""

TOO_SMALL = "too small"
"""So few people that no figure is given at all."""

NOT_CALCULABLE = "not calculable"
"""The figure has no denominator, or no finite value."""

NOT_RECORDED = "not recorded"
"""The group of those for whom nothing was recorded, and the standing of a characteristic nobody recorded."""

ASSESSED = "assessed"
NOT_APPLICABLE = "not applicable"

EVERYONE_ELSE = "everyone else"
"""What a group is compared with, beside the named reference group."""


@dataclass(frozen=True)
class FairnessResult(KeptResult):
    """One audit of one set of estimates. Shares are between 0 and 1, not per cent.

    Attributes:
        people: estimates audited (rows).
        clusters: families they belong to; as many as people where no family is known.
        with_outcome: people whose outcome is known; 0 where the audit is of shares and missingness only.
        is_weighted: whether rows stand for more or fewer than one person.
        is_probability: whether all estimates lie between 0 and 1; if not, calibration and Brier are not calculable.
        band_edges: an estimate at or above an edge lies in the bands above it.
        confidence: of every interval, for example 0.95.
        draws, permutations, seed: of bootstrap and null.
        smallest_group, judged_from: fewer people have no figure; fewer with either outcome are not judged.
        multiplicity: in words, what the p values are adjusted for.
        no_population_because: why coverage was not compared with a population; empty if it was.
        near_copy: the AUROC from which a column is said to tell a group.
        inventory: ``characteristic, column, standing`` (assessed, too small, not recorded, not applicable), ``reason,
            groups, people``: every characteristic, whatever is known of it.
        groups: ``view`` (a column, or columns crossed), ``group, people, positives, negatives, outcome_unknown,
            standing, reason``.
        metrics: ``view, group, band_edge`` (NaN where it has none), ``metric, value, lower, upper, method,
            denominator`` (people it rests on), ``standing``.
        gaps: group less the compared: ``view, group, compared_with, band_edge, metric, difference, lower, upper, ratio,
            ratio_lower, ratio_upper, lowest, highest`` (bounds over every value the missing could have), ``family,
            p_value, p_family, p_audit`` (NaN where a gap is described but not judged), ``standing``.
        pooled: shares of crossed groups: ``view, group, band_edge, metric, raw, pooled, lower, upper, denominator,
            worth_of_the_rest`` (people that what all groups have in common counts for), ``standing``.
        missing: ``column, by, level, people, not_recorded, share, lower, upper, p_value`` (of one share everywhere).
        coverage: ``column, group, people, population, expected, ratio, lower, upper, p_adjusted, standing``.
        recording: results under stated under- and over-recording: ``scenario, view, group, band_edge, metric,
            as_recorded, supposed, difference_as_recorded, difference_supposed`` (both to everyone else).
        drift: ``view, group, period, compared_period, band_edge, metric, earlier, later, change, lower, upper,
            gap_change, gap_lower, gap_upper`` (of the gap to everyone else), ``p_value, p_adjusted``.
        proxies: ``view, group, feature, auroc, lower, upper, standing``: how well one column alone tells the group.
        statements: ``subject, text``: what was measured, in words.
    """

    people: int
    clusters: int
    with_outcome: int
    is_weighted: bool
    is_probability: bool
    band_edges: tuple[float, ...]
    confidence: float
    draws: int
    permutations: int
    seed: int
    smallest_group: int
    judged_from: int
    multiplicity: str
    no_population_because: str
    near_copy: float
    inventory: pd.DataFrame
    groups: pd.DataFrame
    metrics: pd.DataFrame
    gaps: pd.DataFrame
    pooled: pd.DataFrame
    missing: pd.DataFrame
    coverage: pd.DataFrame
    recording: pd.DataFrame
    drift: pd.DataFrame
    proxies: pd.DataFrame
    statements: pd.DataFrame


@dataclass(frozen=True)
class MitigationResult(KeptResult):
    """What each way of changing a model would do, side by side, as research. Nothing of it is applied.

    Attributes:
        view: the characteristic whose gaps are looked at.
        band_edge: where people count as in the upper band.
        options: ``option, label, metric`` (balanced_accuracy, auroc, brier, calibration_in_the_large, band_share,
            gap_false_negative_rate, gap_false_positive_rate: largest less smallest over judged groups), ``value, lower,
            upper, change`` (less the same of "do nothing"), ``placed_otherwise`` (share of people another seed puts on
            the other side of the edge; 0 for what involves no chance).
        groups: ``option, group, metric, value, lower, upper, denominator, standing``.
        statements: ``subject, text``.
    """

    view: str
    band_edge: float
    people: int
    confidence: float
    options: pd.DataFrame
    groups: pd.DataFrame
    statements: pd.DataFrame


@dataclass(frozen=True)
class ForecastFairnessResult(KeptResult):
    """For which areas or groups a forecast of counts is too low, too high, or its range too narrow.

    Attributes:
        about: which forecasts were looked at, in words.
        coverage: nominal share of periods inside the range.
        groups: ``view`` (what kind of group: compared are those of a kind), ``group, periods, clusters`` (that
            periods go together in, such as dates from which was forecast), ``bias`` (sum of forecast less actual, over
            the sum of actual), ``lower, upper, difference`` (bias less everyone else's), ``p_value, p_adjusted,
            inside`` (share of periods in the range), ``inside_lower, inside_upper, inside_p_adjusted`` (that so few
            fell inside by chance), ``below`` (share of periods with more than the upper end), ``standing``.
        statements: ``subject, text``.
    """

    about: str
    coverage: float
    confidence: float
    multiplicity: str
    groups: pd.DataFrame
    statements: pd.DataFrame
