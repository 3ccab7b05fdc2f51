"""All that a board's pack can say: measures with their ranges, groups side by side, places ahead, grades and rules."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from ehforecast.kept_result import KeptResult

ALL = "all"
"""The word for "not split by this" in a column."""

CANNOT_BE_TOLD = "cannot be told"
"""The verdict where a count it rests on is hidden."""

FEWEST_MONTHS = 4
"""Whole months on each side of a hub's opening below which nothing is told."""


@dataclass(frozen=True)
class BoardResult(KeptResult):
    """One council's pack. Counts in it are as they may be shown; shares are worked out from those.

    Attributes:
        council: for whom.
        data_until: day of the extract, ``"2024-03-31"``.
        seed: of every random number.
        rhythm: how often the board meets: month, quarter, four_weeks or year.
        parts: which parts the board asked for, in order.
        words: what the council calls things: ``front_door``, ``places``, ``strategy``, and others.
        measures: ``measure, words, definition, population, dated_by, follow_days, better``.
        shares: ``measure, period`` ("2023-Q3"), ``split`` ("locality"), ``group`` (a place or `ALL`), ``met, of`` (NaN
            where hidden), ``value, low, high`` (shares between 0 and 1; exact 95% range).
        changes: the latest quarter of each measure beside the same one a year before: ``measure, period,
            earlier_period, value, low, high, met, of, earlier, change, change_low, change_high`` (95% range),
            ``verdict`` (rose, fell, "could be chance", "cannot be told").
        ahead: the next quarter of the whole council: ``measure, period, value, low, high`` (80% range).
        equality: rows like those of `shares`, by ``split`` sex, age, ethnicity, disability, locality, with ``gap,
            gap_low, gap_high`` (to everybody else; 95% range) and ``verdict``.
        after_help: what came in the 12 months after help, by need level at its start: ``need_level, came, count``
            (NaN where hidden).
        people: children living in the area: ``group`` (place or `ALL`), ``year, children, contacts`` (in 12 months),
            ``per_1000``.
        places: forecast of each place and of the whole (`ALL`): ``place, month`` ("2024-05", or "total"), ``level``
            not kept wide: ``low, value, high`` (80% range); places add up to the whole on every path.
        places_until: ``place, count``: the same of the 12 months before.
        openings: hubs: ``place, opens_on, months_before, months_after, before, after`` (contacts a month, to the
            nearest 5; NaN where hidden, or of fewer than `FEWEST_MONTHS`), ``ratio, low, high, verdict``.
        led_by: figures stated for shares: ``measure, period, value, source, of, low, high``.
        small: small samples: ``name, met, of, stated, value, low, high, source``.
        grades: a maturity matrix: ``strand, year, low, high`` (grades; equal where one was given), ``source``.
        grade_changes: ``strand, first, second, change``.
        criteria: published criteria: ``criterion, words, needs, judged, met, of``.
        names: local words of the pathway and of need levels: ``kind, common, local``.
        stated: figures in the council's strategy: ``what, value, source``.
        notes: what the reader must know, a sentence each: ``note``.
    """

    council: str
    data_until: str
    seed: int
    rhythm: str
    parts: tuple[str, ...]
    words: Mapping[str, str]
    measures: pd.DataFrame
    shares: pd.DataFrame
    changes: pd.DataFrame
    ahead: pd.DataFrame = field(default_factory=pd.DataFrame)
    equality: pd.DataFrame = field(default_factory=pd.DataFrame)
    after_help: pd.DataFrame = field(default_factory=pd.DataFrame)
    people: pd.DataFrame = field(default_factory=pd.DataFrame)
    places: pd.DataFrame = field(default_factory=pd.DataFrame)
    places_until: pd.DataFrame = field(default_factory=pd.DataFrame)
    openings: pd.DataFrame = field(default_factory=pd.DataFrame)
    led_by: pd.DataFrame = field(default_factory=pd.DataFrame)
    small: pd.DataFrame = field(default_factory=pd.DataFrame)
    grades: pd.DataFrame = field(default_factory=pd.DataFrame)
    grade_changes: pd.DataFrame = field(default_factory=pd.DataFrame)
    criteria: pd.DataFrame = field(default_factory=pd.DataFrame)
    names: pd.DataFrame = field(default_factory=pd.DataFrame)
    stated: pd.DataFrame = field(default_factory=pd.DataFrame)
    notes: pd.DataFrame = field(default_factory=pd.DataFrame)
