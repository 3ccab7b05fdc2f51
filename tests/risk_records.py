"""Small councils written by hand: only what a test is about is given, everything else is filled in."""

from collections.abc import Mapping, Sequence
from datetime import date

import pandas as pd

from ehforecast.contracts import load_contract

Row = Mapping[str, str | None]
Rows = Sequence[Row]

TABLES = (
    "people", "families", "contacts", "early_help_episodes", "referrals", "assessments", "assessment_factors",
    "statutory_steps",
)  # fmt: skip
_FILLED: dict[str, dict[str, str]] = {
    "people": {"birth_month": "2012-05-01", "sex": "female", "ethnicity": "WBRI", "disability": "none",
               "care_experienced": "no", "recorded_on": "2018-01-01"},
    "families": {"family_id": "F1", "from_on": "2018-01-01", "recorded_on": "2018-01-01"},
    "contacts": {"source": "2A", "locality": "north", "outcome": "no_further_action"},
    "early_help_episodes": {"need_level": "targeted", "reason": "domestic_abuse", "lead_organisation": "school",
                            "locality": "north"},
    "referrals": {"source": "2A", "no_further_action": "no", "primary_need": "N1"},
    "assessments": {},
    "assessment_factors": {},
    "statutory_steps": {"step": "section_47"},
}  # fmt: skip
_DAYS = {"contacts": "contact_on", "early_help_episodes": "started_on", "referrals": "referral_on",
         "assessments": "started_on", "statutory_steps": "started_on"}  # fmt: skip
_PARTS = {"contacts": {"outcome_recorded_on": "recorded_on"}, "early_help_episodes": {"end_recorded_on": "ended_on"},
          "referrals": {"closed_recorded_on": "closed_on"}, "assessments": {"completed_recorded_on": "completed_on"},
          "statutory_steps": {"ended_recorded_on": "ended_on"}}  # fmt: skip
_REASONS = {"early_help_episodes": ("ended_on", "end_reason", "needs_met"),
            "referrals": ("closed_on", "close_reason", "RC8")}  # fmt: skip


def records(**tables: Rows) -> dict[str, pd.DataFrame]:
    """Typed tables: rows recorded on the day they happened unless said; people and keys made up where not given."""
    rows = {name: [_filled(name, row, place) for place, row in enumerate(tables.get(name, []))] for name in TABLES}
    known = {str(row["person_id"]) for row in rows["people"]}
    named = {str(row["person_id"]) for name in TABLES for row in rows[name] if "person_id" in row}
    rows["people"] += [_filled("people", {"person_id": person}, 0) for person in sorted(named - known)]
    return {name: _typed(name, rows[name]) for name in TABLES}


def _filled(name: str, row: Row, place: int) -> dict[str, str | None]:
    key = load_contract(name).key[0]
    filled: dict[str, str | None] = {**_FILLED[name], key: f"{name}{place}", **row}
    if name in _DAYS:
        filled.setdefault("recorded_on", filled[_DAYS[name]])
    for part, day in _PARTS.get(name, {}).items():
        filled.setdefault(part, filled.get(day))
    if name in _REASONS:
        day, reason, word = _REASONS[name]
        filled.setdefault(reason, word if filled.get(day) else None)
    return filled


def _typed(name: str, rows: list[dict[str, str | None]]) -> pd.DataFrame:
    columns = {}
    for column in load_contract(name).columns:
        values = pd.Series([row.get(column.name) for row in rows], dtype="str")
        columns[column.name] = (
            pd.to_datetime(values).astype("datetime64[us]") if column.logical_type == "date" else values
        )
    return pd.DataFrame(columns)


def days_after(day: str, days: int) -> str:
    """A day so many days after another, both written year-month-day."""
    return str((pd.Timestamp(day) + pd.Timedelta(days=days)).date())


def on(day: str) -> date:
    """A day written year-month-day."""
    return date.fromisoformat(day)
