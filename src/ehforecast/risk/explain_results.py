"""All that explanations of a set of estimates can say together: what drives them, how steadily, and what is unseen."""

from dataclasses import dataclass

import pandas as pd

from ehforecast.kept_result import KeptResult


@dataclass(frozen=True)
class ExplanationResult(KeptResult):
    """The global account of one model's estimates on the test period. Nothing in it is about one person.

    Contributions are in points of chance (0.03 is three in a hundred), after calibration; `lower` and `upper` are 95%
    limits over resampled families.

    Attributes:
        outcome: the recorded later event that is estimated.
        rows, families: estimates explained, and families they are about.
        silent: index events without an estimate, which have no reasons either.
        base_chance: what everybody starts from.
        method: how contributions were found.
        agreement: Spearman's correlation of the features' sizes with how much worse estimates get when a feature's
            values are dealt out anew; NaN where it cannot be told.
        cannot_see: what no explanation can show, in sentences.
        seed: of everything drawn.
        importance: ``kind`` (feature or theme), ``name, label, theme, rows, value, lower, upper, not_on_record`` (share
            of rows), ``rise`` (of the log loss when dealt out anew; NaN for themes): mean size of contributions.
        effects: ``feature, label, unit, at, rows`` (between this value and the one before), ``beyond`` (rows at or
            further out than this value, on its smaller side), ``value, lower, upper``: points an otherwise average
            estimate lies above or below the average, by value of one feature.
        pairs: ``first, second, first_label, second_label, value, share``: features that work in pairs, in log odds.
        over_time: ``group`` (quarter), ``kind, name, rows, value, lower, upper, is_changed``, of themes.
        by_group: ``characteristic, group, name, rows, value, lower, upper``, of themes.
        steadiness: ``feature, label, reasons`` (times among the three strongest), ``value, lower, upper`` (share of
            them that are steady), ``kept, kept_nearby`` (mean shares of the checks); the first row is of all.
        bands: ``band, at_least, below`` (estimates), ``rows, families, events, value, lower, upper``: the share with
            the event in each; bands that could not be told apart are one.
    """

    outcome: str
    rows: int
    families: int
    silent: int
    base_chance: float
    method: str
    agreement: float
    cannot_see: tuple[str, ...]
    seed: int
    importance: pd.DataFrame
    effects: pd.DataFrame
    pairs: pd.DataFrame
    over_time: pd.DataFrame
    by_group: pd.DataFrame
    steadiness: pd.DataFrame
    bands: pd.DataFrame


@dataclass(frozen=True)
class MembershipResult(KeptResult):
    """Whether a model tells who was in the records it learned from, and whether it may leave the private area.

    Attributes:
        attacks: ``attack, auc, lower, upper`` (95% limits, families whole), ``found`` (share of members found at one
            false alarm in a hundred).
        members, others: rows the model of the attack learned from, and did not.
        smallest_leaf: fewest rows that any leaf of the model rests on.
        because: why it may not leave, in sentences; empty where it may.
    """

    attacks: pd.DataFrame
    members: int
    others: int
    smallest_leaf: int
    because: tuple[str, ...]

    @property
    def may_leave(self) -> bool:
        """Whether it passed every part of the gate."""
        return not self.because
