"""Flows and counts of a council's records as they may be shown: small counts hidden, others rounded, shares with them.

Every count is a cell of some population; cells of one population are attacked together, so that none gives another
away. Shares are worked out again from rounded counts; the ends of their ranges move with them and are rounded outwards.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ehforecast.advisory.count_tables import ALL
from ehforecast.advisory.flow_cells import (
    THOUSANDTH,
    Cells,
    Row,
    ToldCells,
    each,
    is_absent,
    number,
    rows_of,
    share_told,
    whole,
    without,
)
from ehforecast.advisory.ledger import Earlier, Release
from ehforecast.advisory.protection import HIDDEN, UK_STRICT, Rules
from ehforecast.demand.flow_results import FlowResult

COHORT_RULES = Rules("cohort watch", hide_up_to=9, round_to=5)
"""Groups under ten are not told of. Source: acceptance line 15 of the five councils."""

NOT_FOLLOWED = "not followed for long enough"
HIDDEN_REASON = "hidden: the number is small or would give one away"


@dataclass(frozen=True)
class SafeFlows:
    """A result whose counts are protected, and the tables that are told of them, for the ledger."""

    result: FlowResult
    counted: tuple[Release, ...]


def protect_flows(
    result: FlowResult, *, rules: Rules = UK_STRICT, earlier: Earlier | None = None, run_id: str = ""
) -> SafeFlows:
    """The same result with every count protected, and no figure that rests on a hidden one.

    A table that differs from an earlier release by a few children shows the figures of that release.
    """
    cells, groups, before = Cells(rules), Cells(COHORT_RULES), earlier or Earlier()
    parts = (_FlowCounts(result), _RollingAndThemes(result), _ReviewCounts(result), _CheckInCounts(result))
    for part in parts:
        part.add(cells)
    _CohortCounts(result).add(groups)
    told, of_groups = (one.told(earlier=before, run_id=run_id) for one in (cells, groups))
    frames = {name: frame for part in parts for name, frame in part.shown(told).items()}
    safe = FlowResult.from_parts(result.facts(), result.frames() | frames | _CohortCounts(result).shown(of_groups))
    return SafeFlows(safe, (*told.counted, *of_groups.counted))


@dataclass(frozen=True)
class _FlowCounts:
    result: FlowResult

    def add(self, cells: Cells) -> None:
        for row in rows_of(self.result.flows):
            split = {"period": row["period"], "need_level": row["need_level"]}
            cells.add(_spells(row), row["started"], **split)
            cells.add(_spells(row), row["moved"], destination=row["destination"], **split)
            cells.add(_spells(row), row["not_followed"], destination=NOT_FOLLOWED, **split)
        for row in rows_of(self.result.contrasts):
            for side in ("before", "after"):
                started, share = number(row[f"started_{side}"]), number(row[f"share_{side}"])
                cells.add(_side(row, side), started)
                if not is_absent(share):
                    cells.add(_side(row, side), share * started, destination=row["destination"])

    def shown(self, told: ToldCells) -> dict[str, pd.DataFrame]:
        return {
            "flows": each(self.result.flows, lambda row: self._flow(row, told)),
            "contrasts": each(self.result.contrasts, lambda row: self._contrast(row, told)),
        }

    @staticmethod
    def _flow(row: Row, told: ToldCells) -> Row:
        split = {"period": row["period"], "need_level": row["need_level"]}
        started = told.count(_spells(row), **split)
        moved = told.count(_spells(row), destination=row["destination"], **split)
        counts: dict[str, object] = {
            "started": started, "moved": moved,
            "not_followed": told.count(_spells(row), destination=NOT_FOLLOWED, **split),
        }  # fmt: skip
        if HIDDEN in (started, moved) or is_absent(row["share"]):
            nothing = without("share", "low", "high", "median_days", "median_low", "median_high")
            return counts | nothing | {"reason": row["reason"] or HIDDEN_REASON}
        return counts | share_told(row, of=whole(started), rounded_to=told.rules.round_to)

    @staticmethod
    def _contrast(row: Row, told: ToldCells) -> Row:
        sizes = {f"started_{side}": told.count(_side(row, side)) for side in ("before", "after")}
        shares: dict[str, object] = {}
        for side in ("before", "after"):
            of, moved = sizes[f"started_{side}"], told.count(_side(row, side), destination=row["destination"])
            if HIDDEN in (of, moved):
                verdict = row["verdict"] if is_absent(row["difference"]) else HIDDEN_REASON
                nothing = without("share_before", "share_after", "difference", "low", "high")
                return sizes | nothing | {"verdict": verdict}
            name = f"share_{side}"
            found = share_told(
                {"share": row[name], "low": 0.0, "high": 1.0}, of=whole(of), rounded_to=told.rules.round_to
            )
            shares[name] = found["share"]
        return sizes | shares | _difference_told(row, shares)


def _difference_told(row: Row, shares: Mapping[str, object]) -> dict[str, object]:
    """The difference of the shares that are shown, its range moved with it and rounded outwards."""
    difference = number(shares["share_after"]) - number(shares["share_before"])
    moved = difference - number(row["difference"])
    low, high = number(row["low"]) + moved, number(row["high"]) + moved
    return {
        "difference": difference,
        "low": float(np.floor(low * THOUSANDTH) / THOUSANDTH),
        "high": float(np.ceil(high * THOUSANDTH) / THOUSANDTH),
    }


def _spells(row: Row) -> str:
    return f"spells: {row['origin']}"


def _side(row: Row, side: str) -> str:
    return f"contrast {row['contrast']}, {side}"


_TIED: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "early_help_started": ("early_help", {}),
    "team_around_the_family": ("early_help", {"need_level": "targeted", "lead_professional": "named"}),
    "contacts_below_threshold": ("contacts", {"threshold": "below"}),
    "referrals": ("referrals", {}),
}
"""What each rolling count is a cell of, so that it is attacked together with the themes of the same 12 months."""

_THRESHOLD = {"referral": "at or above", "not settled yet": "not settled yet"}


@dataclass(frozen=True)
class _RollingAndThemes:
    result: FlowResult

    def add(self, cells: Cells) -> None:
        for row in rows_of(self.result.rolling):
            cells.add(self._rolling(row), row["count"], **self._split(row))
            if not is_absent(row["families"]):
                cells.add(_families(row), row["families"])
        for row in rows_of(self.result.themes):
            cells.add(self._theme(row), row["count"], **_theme_split(row))

    def shown(self, told: ToldCells) -> dict[str, pd.DataFrame]:
        return {
            "rolling": each(self.result.rolling, lambda row: self._count(row, told)),
            "themes": each(self.result.themes, lambda row: self._share(row, told)),
            "rolling_ahead": each(self.result.rolling_ahead, lambda row: _rounded(row, to=told.rules.round_to)),
        }

    def _count(self, row: Row, told: ToldCells) -> Row:
        families = row["families"] if is_absent(row["families"]) else told.count(_families(row))
        return {"count": told.count(self._rolling(row), **self._split(row)), "families": families}

    def _share(self, row: Row, told: ToldCells) -> Row:
        count = told.count(self._theme(row), **_theme_split(row))
        volume = {**row, "theme": _VOLUME_OF.get(str(row["theme"]), row["theme"]), "value": ALL}
        of = told.count(self._theme(volume), **_theme_split(volume))
        counts: dict[str, object] = {"count": count, "of": of}
        if HIDDEN in (count, of) or is_absent(row["share"]):
            return counts | without("share", "low", "high")
        return counts | share_told(row, of=whole(of), rounded_to=told.rules.round_to)

    @staticmethod
    def _rolling(row: Row) -> str:
        volume, _ = _TIED[str(row["measure"])]
        last = pd.Period(str(row["month"]), freq="M").end_time.date().isoformat()
        return f"{volume} in the 12 months to {last}"

    def _theme(self, row: Row) -> str:
        return f"{_VOLUME_OF.get(str(row['theme']), row['theme'])} in the 12 months to {self.result.known_on}"

    @staticmethod
    def _split(row: Row) -> dict[str, object]:
        return {"locality": row["locality"], **_TIED[str(row["measure"])][1]}


_VOLUME_OF = {"source": "contacts", "outcome": "contacts", "need_level": "early_help", "reason": "early_help"}


def _theme_split(row: Row) -> dict[str, object]:
    theme, value = str(row["theme"]), str(row["value"])
    split: dict[str, object] = {"locality": row["locality"]}
    if theme in _VOLUME_OF:
        split[theme] = value
    if theme == "outcome":
        split["threshold"] = _THRESHOLD.get(value, "below")
    return split


def _rounded(row: Row, *, to: int) -> Row:
    """A forecast that holds months already counted says no more of them than their rounded count does."""
    return {"value": to * float(np.floor(number(row["value"]) / to + 0.5))}


def _families(row: Row) -> str:
    return f"families: {row['measure']}, 12 months to {row['month']}"


@dataclass(frozen=True)
class _ReviewCounts:
    result: FlowResult

    def add(self, cells: Cells) -> None:
        for row in rows_of(self.result.review_overlap):
            cells.add(_reviewed(row), row["children"], **_answers(row))
        for row in rows_of(self.result.reviews):
            cells.add(_reviewed(row), row["found"], **_answers_of(row))
        for row in rows_of(self.result.review_ages):
            cells.add(_reviewed(row), row["children"], domestic_abuse="yes", age=row["age"])

    def shown(self, told: ToldCells) -> dict[str, pd.DataFrame]:
        told_shares = {(row["review"], row["question"]): self._found(row, told) for row in rows_of(self.result.reviews)}
        return {
            "reviews": each(self.result.reviews, lambda row: told_shares[row["review"], row["question"]]),
            "review_overlap": each(
                self.result.review_overlap, lambda row: {"children": told.count(_reviewed(row), **_answers(row))}
            ),
            "review_ages": each(self.result.review_ages, lambda row: self._age(row, told)),
            "review_change": each(self.result.review_change, lambda row: _change(row, told_shares)),
        }

    @staticmethod
    def _found(row: Row, told: ToldCells) -> Row:
        found = told.count(_reviewed(row), **_answers_of(row))
        of = int(told.rules.shown(np.array([whole(row["of"])]))[0])
        counts: dict[str, object] = {"found": found, "of": of}
        if found == HIDDEN or not of:
            return counts | without("share", "low", "high", "low_by_family", "high_by_family")
        by_family = share_told(
            row, of=of, rounded_to=told.rules.round_to, names=("share", "low_by_family", "high_by_family")
        )
        return counts | share_told(row, of=of, rounded_to=told.rules.round_to) | dict(by_family)

    def _age(self, row: Row, told: ToldCells) -> Row:
        children = told.count(_reviewed(row), domestic_abuse="yes", age=row["age"])
        of = told.count(_reviewed(row), domestic_abuse="yes")
        if HIDDEN in (children, of):
            return {"children": children, **without("share", "low", "high")}
        return {"children": children, **share_told(row, of=whole(of), rounded_to=told.rules.round_to)}


def _change(row: Row, shares: Mapping[tuple[object, object], Row]) -> Row:
    sides = {
        "share_before": shares[row["first"], row["question"]]["share"],
        "share_after": shares[row["second"], row["question"]]["share"],
    }
    if any(is_absent(share) for share in sides.values()):
        return {**without("share_first", "share_second", "difference", "low", "high"), "verdict": HIDDEN_REASON}
    told = _difference_told(row, sides)
    return {"share_first": sides["share_before"], "share_second": sides["share_after"], **told}


def _reviewed(row: Row) -> str:
    return f"children reviewed: {row['review']}"


def _answers(row: Row) -> dict[str, object]:
    return {name: row[name] for name in _QUESTIONS}


def _answers_of(row: Row) -> dict[str, object]:
    asked = _QUESTIONS if row["question"] == "all_three" else (str(row["question"]),)
    return dict.fromkeys(asked, "yes")


_QUESTIONS = ("domestic_abuse", "adult_mental_health", "substance_misuse")


@dataclass(frozen=True)
class _CheckInCounts:
    result: FlowResult

    def add(self, cells: Cells) -> None:
        for row in rows_of(self.result.check_ins):
            cells.add(_due(row), row["count"], locality=row["locality"])
        for row in rows_of(self.result.check_in_reasons):
            cells.add(f"check-ins due: {row['reason']}", row["count"])
        for name, count in self._waits().items():
            cells.add("came back", count, wait=name)

    def _waits(self) -> dict[str, int]:
        """Those who came back between one timing and the next, which neighbouring rows give away."""
        timings = self.result.timings.sort_values("timing") if len(self.result.timings) else self.result.timings
        if timings.empty:
            return {}
        left = [int(timings["came_back"].iloc[0]), *timings["before"].astype(int), 0]
        names = ["at once", *(f"after {timing}" for timing in timings["timing"])]
        return {ALL: left[0]} | {name: left[place] - left[place + 1] for place, name in enumerate(names)}

    def shown(self, told: ToldCells) -> dict[str, pd.DataFrame]:
        due = each(self.result.check_ins, lambda row: {"count": told.count(_due(row), locality=row["locality"])})
        reasons = each(
            self.result.check_in_reasons, lambda row: {"count": told.count(f"check-ins due: {row['reason']}")}
        )
        return {"check_ins": due, "check_in_reasons": reasons, "timings": self._timings(told)}

    def _timings(self, told: ToldCells) -> pd.DataFrame:
        if self.result.timings.empty:
            return self.result.timings
        names = [name for name in self._waits() if name != ALL]
        everybody = told.count("came back")
        hidden = {name for name in names if told.count("came back", wait=name) == HIDDEN}

        def change(row: Row) -> Row:
            place = names.index(f"after {row['timing']}")
            if everybody == HIDDEN or hidden & {names[place - 1], names[place]}:
                return {"came_back": everybody, "before": HIDDEN, **without("share", "low", "high")}
            before = int(told.rules.shown(np.array([whole(row["before"])]))[0])
            share = share_told(row, of=whole(everybody), rounded_to=told.rules.round_to)
            return {"came_back": everybody, "before": before, **share}

        return each(self.result.timings, change)


def _due(row: Row) -> str:
    return f"check-ins due, {row['step']} {row['due']}"


@dataclass(frozen=True)
class _CohortCounts:
    """Groups keep to rules of their own: nothing under ten."""

    result: FlowResult

    def add(self, cells: Cells) -> None:
        for row in rows_of(self.result.cohorts):
            cells.add(_group(row), row["children"], quarter=row["quarter"])
        for row in rows_of(self.result.cohort_trends):
            if not row["refused"]:
                cells.add(_group(row), row["total"])

    def shown(self, told: ToldCells) -> dict[str, pd.DataFrame]:
        def trend(row: Row) -> Row:
            return {"total": HIDDEN if row["refused"] else told.count(_group(row))}

        cohorts = each(self.result.cohorts, lambda row: {"children": told.count(_group(row), quarter=row["quarter"])})
        return {"cohorts": cohorts, "cohort_trends": each(self.result.cohort_trends, trend)}


def _group(row: Row) -> str:
    return f"group watched: {row['cohort']}"
