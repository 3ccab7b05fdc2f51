"""People and families as recorded: who they are said to be, and what nobody asked."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ehforecast.synthetic.clocks import NOT_YET, as_dates
from ehforecast.synthetic.council_events import CouncilEvents
from ehforecast.synthetic.council_truth import RecordingTruth
from ehforecast.synthetic.histories import IN_NEED
from ehforecast.synthetic.keys import scrambled_keys
from ehforecast.vocabulary.answers import YesNoNotRecorded
from ehforecast.vocabulary.ethnicity import Ethnicity
from ehforecast.vocabulary.protected_groups import Disability, Sex

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Words = npt.NDArray[np.object_]
Tables = dict[str, pd.DataFrame]

_ASKED_LESS = np.array([0.55, 0.35, 0.12, 0.03])
"""Disability not recorded, by the furthest a child got (assumption)."""

_NOT_KNOWN = (Ethnicity.NOT_RECORDED.value, Ethnicity.NOT_YET_OBTAINED.value, Ethnicity.REFUSED.value)
_DIES = 0.0003


@dataclass(frozen=True)
class _Known:
    """Children in the extract: when first recorded, how far they got (contact, help, referral, need), last day."""

    child: Integers
    recorded_on: Integers
    furthest: Integers
    last_on: Integers


def people_and_families(
    seen: Tables, events: CouncilEvents, *, name: str, truth: RecordingTruth, rng: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """One row per child in the extract, and to which family each belongs."""
    known = _known(seen)
    people = _people(known, events, name=name, truth=truth, rng=rng)
    children = events.world.families.children
    began = np.maximum(_first_contact(seen, known), events.world.birthdays[known.child])
    families = pd.DataFrame(
        {
            "family_id": scrambled_keys(name + "F", children.family[known.child]),
            "person_id": people["person_id"],
            "from_on": as_dates(np.minimum(began, known.recorded_on)),
            "recorded_on": as_dates(known.recorded_on),
        }
    )
    order = people.sort_values(["recorded_on", "person_id"]).index
    return people.loc[order].reset_index(drop=True), families.loc[order].reset_index(drop=True)


def _known(seen: Tables) -> _Known:
    stages = {"contacts": 0, "early_help_episodes": 1, "referrals": 2}
    parts = [seen[table][["child", "recorded_on"]].assign(stage=stage) for table, stage in stages.items()]
    parts[2].loc[seen["referrals"]["result"] == IN_NEED, "stage"] = 3
    grouped = pd.concat(parts).groupby("child").agg({"recorded_on": ["min", "max"], "stage": "max"})
    return _Known(
        child=grouped.index.to_numpy(),
        recorded_on=grouped["recorded_on", "min"].to_numpy(),
        furthest=grouped["stage", "max"].to_numpy(),
        last_on=grouped["recorded_on", "max"].to_numpy(),
    )


def _first_contact(seen: Tables, known: _Known) -> Integers:
    starts = (("contacts", "contact_on"), ("early_help_episodes", "started_on"), ("referrals", "referral_on"))
    days = pd.concat([seen[table].set_index("child")[column] for table, column in starts])
    return np.asarray(days.groupby(level=0).min().reindex(known.child), dtype=np.int64)


def _people(
    known: _Known, events: CouncilEvents, *, name: str, truth: RecordingTruth, rng: np.random.Generator
) -> pd.DataFrame:
    children = events.world.families.children
    number = len(known.child)
    sex = np.where(children.male[known.child], Sex.MALE.value, Sex.FEMALE.value).astype(object)
    sex[rng.random(number) < 0.008] = Sex.NOT_RECORDED.value
    sex[rng.random(number) < 0.0005] = Sex.NEITHER.value
    return pd.DataFrame(
        {
            "person_id": scrambled_keys(name + "P", known.child),
            "birth_month": _birth_months(events.world.birthdays[known.child], rng=rng),
            "sex": pd.Series(sex, dtype="str"),
            "ethnicity": pd.Series(_ethnicity(known, events, truth=truth, rng=rng), dtype="str"),
            "disability": pd.Series(_disability(known, children.disabled[known.child], rng=rng), dtype="str"),
            "care_experienced": pd.Series(_care_experienced(known, rng=rng), dtype="str"),
            "died_on": _deaths(known, seen_until=int(known.last_on.max()), rng=rng),
            "recorded_on": as_dates(known.recorded_on),
        }
    )


def _birth_months(birthdays: Integers, *, rng: np.random.Generator) -> npt.NDArray[np.datetime64]:
    """The first of the month; one in 200 is not known."""
    months = birthdays.astype("datetime64[D]").astype("datetime64[M]").astype("datetime64[us]")
    return np.where(rng.random(len(birthdays)) < 0.005, np.datetime64("NaT", "us"), months)


def _ethnicity(known: _Known, events: CouncilEvents, *, truth: RecordingTruth, rng: np.random.Generator) -> Words:
    """Missing by the furthest a child got; asked again at each step."""
    family = events.world.families.children.family[known.child]
    words = events.world.families.ethnicity[family].copy()
    missing = rng.random(len(words)) < np.asarray(truth.ethnicity_missing)[known.furthest]
    why = np.array(_NOT_KNOWN, dtype=object)[rng.choice(3, len(words), p=(0.5, 0.4, 0.1))]
    words[missing] = why[missing]
    return np.asarray(words)


def _disability(known: _Known, disabled: npt.NDArray[np.bool_], *, rng: np.random.Generator) -> Words:
    codes = [code.value for code in Disability if code not in {Disability.NONE, Disability.NOT_RECORDED}]
    weights = np.array(
        [8.0 if code == Disability.AUTISM else 7.0 if code == Disability.LEARNING else 1.0 for code in codes]
    )
    drawn = np.array(codes, dtype=object)[rng.choice(len(codes), len(disabled), p=weights / weights.sum())]
    words = np.where(disabled, drawn, Disability.NONE.value)
    return np.where(rng.random(len(words)) < _ASKED_LESS[known.furthest], Disability.NOT_RECORDED.value, words)


def _care_experienced(known: _Known, *, rng: np.random.Generator) -> Words:
    yes = rng.random(len(known.child)) < np.where(known.furthest == 3, 0.05, 0.005)
    words = np.where(yes, YesNoNotRecorded.YES.value, YesNoNotRecorded.NO.value)
    asked = rng.random(len(known.child)) < np.where(known.furthest == 3, 0.9, 0.3)
    return np.where(asked, words, YesNoNotRecorded.NOT_RECORDED.value).astype(object)


def _deaths(known: _Known, *, seen_until: int, rng: np.random.Generator) -> npt.NDArray[np.datetime64]:
    """A very few children die, after all that is recorded about them."""
    quiet = known.last_on + 400 < seen_until
    dies = quiet & (rng.random(len(known.child)) < _DIES)
    return as_dates(np.where(dies, known.last_on + 400, NOT_YET))
