"""How case systems fill the Standard Safeguarding Dataset: own lookup ids, lists of words, placeholders, selection."""

import json
from collections.abc import Mapping

from ehforecast.contracts.code_maps import CodeMaps
from ehforecast.synthetic.ssd_files import Frames
from ehforecast.vocabulary.pathways import ContactOutcome

_NO_DAY = "1900-01-01 00:00:00"
_SOURCES = (("ssd_contacts", "cont_contact"), ("ssd_cin_episodes", "cine_referral"))
_EARLY_HELP_TEXTS = (
    ("earl_episode_reason", "reason"),
    ("earl_episode_end_reason", "end_reason"),
    ("earl_episode_organisation", "lead_organisation"),
)
_OUTCOMES = {
    "NEW_REFERRAL_FLAG": ContactOutcome.REFERRAL.value,
    "ADVICE_FLAG": ContactOutcome.INFORMATION_AND_ADVICE.value,
    "NFA_FLAG": ContactOutcome.NO_FURTHER_ACTION.value,
    "OTHER_OUTCOMES_EXIST_FLAG": ContactOutcome.EARLY_HELP.value,
}


def as_system_c(frames: Frames, maps: CodeMaps) -> Frames:
    """Sources by the council's own lookup id, 1900-01-01 for no closing date, -1 for no referral, upper case names."""
    ids = _local_values(maps, "source", numbers=True)
    written = {name: frame.copy() for name, frame in frames.items()}
    for table, prefix in _SOURCES:
        written[table][f"{prefix}_source_code"] = written[table][f"{prefix}_source_code"].map(ids)
    closed = written["ssd_cin_episodes"]["cine_close_date"]
    written["ssd_cin_episodes"]["cine_close_date"] = closed.dt.strftime("%Y-%m-%d 00:00:00").fillna(_NO_DAY)
    plans = written["ssd_cp_plans"]
    written["ssd_cp_plans"]["cppl_referral_id"] = plans["cppl_referral_id"].fillna("-1")
    return {name.upper(): frame.rename(columns=str.upper) for name, frame in written.items()}


def as_mosaic(frames: Frames, maps: CodeMaps) -> Frames:
    """No source codes but descriptions, outcomes as a list of words, early help in the council's own words."""
    written = {name.removeprefix("ssd_"): frame.copy() for name, frame in frames.items()}
    words = _local_values(maps, "source", numbers=False)
    for table, prefix in _SOURCES:
        frame = written[table.removeprefix("ssd_")]
        frame[f"{prefix}_source_desc"] = frame[f"{prefix}_source_code"].map(words)
        written[table.removeprefix("ssd_")] = frame.drop(columns=f"{prefix}_source_code")
    contacts, episodes = written["contacts"], written["early_help_episodes"]
    said = _local_values(maps, "outcome", numbers=False)
    contacts["cont_contact_outcome_json"] = contacts["cont_contact_outcome_json"].map(
        lambda text: _outcome_words(text, said), na_action="ignore"
    )
    for column, field in _EARLY_HELP_TEXTS:
        episodes[column] = episodes[column].replace(_local_values(maps, field, numbers=False))
    return written


def _outcome_words(text: str, said: Mapping[str, str]) -> str:
    """`Information and Advice; <the outcome>`: a weaker outcome stands first in every list but that of no action."""
    (key,) = (key for key, value in json.loads(text).items() if value == "Y")
    word = _OUTCOMES[key]
    weaker = "" if word == ContactOutcome.NO_FURTHER_ACTION.value else "Information and Advice; "
    return f"{weaker}{said[word]}"


def _local_values(maps: CodeMaps, field: str, *, numbers: bool) -> dict[str, str]:
    """One of the council's own values for each code, in capitals and with a space too many, as people type them."""
    found: dict[str, str] = {}
    for local, code in maps.fields[field].codes.items():
        if local.isdigit() is numbers:
            found.setdefault(code, f" {local.upper()}" if numbers else local.title().replace(" ", "  "))
    return found


def only_known_to_social_care(frames: Frames) -> Frames:
    """Early help of people with a referral alone: what the dataset's common export script selects."""
    episodes, known = frames["ssd_early_help_episodes"], frames["ssd_cin_episodes"]["cine_person_id"]
    return {**frames, "ssd_early_help_episodes": episodes[episodes["earl_person_id"].isin(known)]}
