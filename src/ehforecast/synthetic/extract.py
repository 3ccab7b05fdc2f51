"""The extract of one day: what was recorded by then, named and typed as the canonical tables are."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from ehforecast.synthetic.clocks import NOT_YET, as_dates
from ehforecast.synthetic.council_context import CONTACTS_PER_CHILD, population, workforce
from ehforecast.synthetic.council_events import CouncilEvents
from ehforecast.synthetic.council_plan import CouncilPlan
from ehforecast.synthetic.council_truth import CouncilTruth
from ehforecast.synthetic.keys import named_keys, scrambled_keys
from ehforecast.synthetic.people import people_and_families

Integers = npt.NDArray[np.int64]
Tables = dict[str, pd.DataFrame]

_FILLED_LATER: dict[str, dict[str, tuple[str, ...]]] = {
    "contacts": {"outcome_recorded_on": ("outcome",)},
    "early_help_episodes": {"end_recorded_on": ("ended_on", "end_reason")},
    "referrals": {"closed_recorded_on": ("closed_on", "close_reason")},
    "assessments": {"completed_recorded_on": ("completed_on", "outcome_no_further_action")},
    "statutory_steps": {"ended_recorded_on": ("ended_on",)},
}
"""Parts of a row with their own day of recording: blank until then."""

_BEGINS = {"contacts": "contact_on", "early_help_episodes": "started_on", "referrals": "referral_on"}

COLUMNS = {
    "contacts": "contact_id person_id contact_on source locality outcome outcome_recorded_on recorded_on",
    "early_help_episodes": "episode_id person_id contact_id started_on need_level reason lead_organisation"
    " lead_professional_on ended_on end_reason end_recorded_on locality recorded_on",
    "referrals": "referral_id person_id contact_id referral_on source no_further_action primary_need closed_on"
    " close_reason closed_recorded_on recorded_on",
    "assessments": "assessment_id person_id referral_id started_on completed_on completed_recorded_on"
    " outcome_no_further_action recorded_on",
    "assessment_factors": "assessment_id factor recorded_on",
    "statutory_steps": "step_id person_id referral_id step started_on ended_on ended_recorded_on recorded_on",
}
"""The canonical columns of each table of events, in order."""

_KEYS = {
    "contacts": ("contact_id", "C"), "early_help_episodes": ("episode_id", "E"), "referrals": ("referral_id", "R"),
    "assessments": ("assessment_id", "A"), "statutory_steps": ("step_id", "S"),
}  # fmt: skip


_POINTERS = {
    "contact_id": ("form", "contacts"), "referral_id": ("referral", "referrals"),
    "assessment_id": ("assessment", "assessments"),
}  # fmt: skip

_ORDER = {
    "contacts": ["recorded_on", "child"], "early_help_episodes": ["recorded_on", "child"],
    "referrals": ["recorded_on", "child"], "assessments": ["recorded_on", "child"],
    "assessment_factors": ["recorded_on", "assessment", "factor"],
    "statutory_steps": ["recorded_on", "child", "started_on"],
}  # fmt: skip
"""Rows lie in the order of recording, which tells nothing of what came later."""


@dataclass(frozen=True)
class Extract:
    """Cuts one council's records to a window and names what is left."""

    events: CouncilEvents
    truth: CouncilTruth
    plan: CouncilPlan

    @property
    def name(self) -> str:
        """How every key begins."""
        return self.plan.name

    def tables(self, recorded: Tables, *, rng: np.random.Generator) -> Tables:
        """The canonical tables, out of all that was ever recorded."""
        seen = self.seen(recorded)
        named = {table: self._named(table, seen) for table in COLUMNS}
        people, families = people_and_families(seen, self.events, name=self.name, truth=self.truth.recording, rng=rng)
        staff = workforce(named, families=families, months=self.plan.months[self.plan.seen])
        return {
            "people": people,
            "families": families,
            **named,
            "workforce": staff,
            "population": self._children(named, rng=rng),
        }

    def _children(self, named: Tables, *, rng: np.random.Generator) -> pd.DataFrame:
        years = ((self.plan.extracted_on - self.plan.starts_on).days + 1) / 365.25
        return population(
            round(len(named["contacts"]) / years / CONTACTS_PER_CHILD),
            localities=self.plan.locality_sizes,
            years=range(self.plan.starts_on.year, self.plan.extracted_on.year + 1),
            truth=self.truth.families,
            rng=rng,
        )

    def seen(self, recorded: Tables) -> Tables:
        """Rows that began in the window and were recorded by the day of the extract, later parts blank if not.

        The index of each frame still is the place in the full table, so that rows can point at each other.
        """
        first, last = _day(self.plan.starts_on), _day(self.plan.extracted_on)
        kept: Tables = {}
        for table, frame in recorded.items():
            rows = frame["recorded_on"] <= last
            if table in _BEGINS:
                rows &= frame[_BEGINS[table]] >= first
            for pointer, target in (("referral", "referrals"), ("assessment", "assessments")):
                if pointer in frame.columns:
                    rows &= frame[pointer].isin(kept[target].index)
            kept[table] = _blanked(frame[rows], table, last=last).sort_values(_ORDER[table], kind="stable")
        return kept

    def _named(self, table: str, seen: Tables) -> pd.DataFrame:
        """One table with keys in place of pointers and dates in place of days."""
        columns = {column: self._column(column, table, seen=seen) for column in COLUMNS[table].split()}
        return pd.DataFrame(columns, index=pd.RangeIndex(len(seen[table])))

    def _column(self, column: str, table: str, *, seen: Tables) -> object:
        frame = seen[table]
        if column == _KEYS.get(table, ("",))[0]:
            return self._keys(table, np.arange(len(frame)))
        if column == "person_id":
            return scrambled_keys(self.name + "P", frame["child"].to_numpy())
        if column in _POINTERS:
            return self._pointed(column, frame, seen=seen)
        if column.endswith("_on"):
            return as_dates(frame[column].to_numpy())
        words = self._localities[frame[column]] if column == "locality" else frame[column]
        return pd.Series(np.asarray(words, dtype=object), dtype="str")

    @property
    def _localities(self) -> npt.NDArray[np.object_]:
        return np.array(self.plan.locality_names, dtype=object)

    def _keys(self, table: str, places: Integers) -> "pd.Series[str]":
        return named_keys(self.name + _KEYS[table][1], places)

    def _pointed(self, column: str, frame: pd.DataFrame, *, seen: Tables) -> "pd.Series[str]":
        """Keys of the rows pointed at; absent where the row is not in the extract."""
        pointer, target = _POINTERS[column]
        places = pd.Series(np.arange(len(seen[target])), index=seen[target].index)
        found = places.reindex(frame[pointer].to_numpy())
        keys = self._keys(target, found.fillna(0).to_numpy(dtype=np.int64))
        return keys.where(found.notna().to_numpy())


def _blanked(frame: pd.DataFrame, table: str, *, last: int) -> pd.DataFrame:
    """Later parts that were not recorded yet are absent; so is a lead professional not named yet."""
    frame = frame.copy()
    for recorded, parts in _FILLED_LATER.get(table, {}).items():
        late = frame[recorded] > last
        frame.loc[late, recorded] = NOT_YET
        for part in parts:
            frame.loc[late, part] = NOT_YET if part.endswith("_on") else None
    if "lead_professional_on" in frame.columns:
        frame.loc[frame["lead_professional_on"] > last, "lead_professional_on"] = NOT_YET
    return frame


def _day(on: date) -> int:
    return on.toordinal() - date(1970, 1, 1).toordinal()
