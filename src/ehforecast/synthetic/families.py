"""Families and their children: who they are, what they face, and how fast things happen to them."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from ehforecast.synthetic.council_truth import FamilyTruth
from ehforecast.vocabulary.ethnicity import EthnicGroup, Ethnicity
from ehforecast.vocabulary.needs_and_factors import EarlyHelpReason

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]

DAYS_A_YEAR = 365.25
ADULT_DAYS = 6575
"""A child is a child until the eighteenth birthday."""

_BAND_EDGES = np.array([0.0, 5.0, 10.0, 16.0, 18.0])
_ABUSE_EDGES = np.array([5.0, 8.0, 12.0, 16.0])


@dataclass(frozen=True)
class Children:
    """One entry per child; ``family`` points into `Families`. Ages are in years when the family first arrives."""

    family: Integers
    age_at_entry: Floats
    male: Booleans
    disabled: Booleans


@dataclass(frozen=True)
class Rates:
    """How fast things happen to each family beside the average one (mean 1), and what records can show of it."""

    recorded_part: Floats
    unrecorded_part: Floats
    """Parts of the log rate of referral."""
    referral: Floats
    help: Floats
    contact: Floats


@dataclass(frozen=True)
class Families:
    """One entry per family."""

    first_child: Integers
    """Position of the first child; one entry more than families."""
    locality: Integers
    ethnicity: npt.NDArray[np.object_]
    abuse_height: Floats
    """Standard normal; a child lives with domestic abuse where it is above the height of the child's age."""
    domestic_abuse: Booleans
    adult_mental_health: Booleans
    substance_misuse: Booleans
    reason: Integers
    need_level: Integers
    rates: Rates
    locality_effects: Floats
    """One entry per locality."""
    children: Children

    def __len__(self) -> int:
        return len(self.locality)


def draw_families(number: int, localities: int | Floats, *, truth: FamilyTruth, rng: np.random.Generator) -> Families:
    """Families with their children, as many as asked for, over so many localities or by the share of each."""
    sizes = 1 + rng.choice(len(truth.children), number, p=truth.children)
    adversity = _adversity(number, truth, rng=rng)
    abuse = adversity[:, 0] > ndtri(1 - truth.domestic_abuse)
    mental_health = adversity[:, 1] > ndtri(1 - truth.adult_mental_health)
    substance = adversity[:, 2] > ndtri(1 - truth.substance_misuse)
    reason = _reasons(abuse, mental_health, truth=truth, rng=rng)
    need_level = rng.choice(len(truth.need_levels), number, p=[share for share, _ in truth.need_levels])
    if isinstance(localities, int):
        locality = rng.integers(0, localities, number)
        locality_effects = _spread(localities, truth.locality_sd, rng=rng)
    else:
        locality = rng.choice(len(localities), number, p=localities)
        locality_effects = _spread(len(localities), truth.locality_sd, rng=rng)
    recorded = (
        np.array([effect for *_, effect in truth.reasons])[reason]
        + np.array([effect for _, effect in truth.need_levels])[need_level]
        + np.column_stack([abuse, mental_health, substance]) @ np.asarray(truth.trio_effects)
        + truth.sibling_effect * (sizes - 1)
        + locality_effects[locality]
    )
    return Families(
        first_child=np.concatenate([[0], np.cumsum(sizes)]),
        locality=locality,
        ethnicity=_ethnicities(number, truth, rng=rng),
        abuse_height=adversity[:, 0],
        domestic_abuse=abuse,
        adult_mental_health=mental_health,
        substance_misuse=substance,
        reason=reason,
        need_level=need_level,
        rates=_rates(recorded, truth, rng=rng),
        locality_effects=locality_effects,
        children=_children(sizes, truth=truth, rng=rng),
    )


def _rates(recorded: Floats, truth: FamilyTruth, *, rng: np.random.Generator) -> Rates:
    """Rates share most of what drives them; help and other contacts have a part of their own too."""
    unrecorded, of_help, of_contact = rng.standard_normal((3, len(recorded)))
    unrecorded *= truth.unrecorded_sd
    return Rates(
        recorded_part=recorded,
        unrecorded_part=unrecorded,
        referral=_mean_one(recorded + unrecorded),
        help=_mean_one(0.7 * recorded + 0.7 * unrecorded + truth.own_sd * of_help),
        contact=_mean_one(0.6 * recorded + unrecorded + truth.own_sd * of_contact),
    )


def _adversity(number: int, truth: FamilyTruth, *, rng: np.random.Generator) -> Floats:
    """Three equicorrelated standard normals per family: domestic abuse, adult mental health, substance misuse."""
    shared = rng.standard_normal((number, 1))
    own = rng.standard_normal((number, 3))
    return np.asarray(np.sqrt(truth.shared_adversity) * shared + np.sqrt(1 - truth.shared_adversity) * own)


def _children(sizes: Integers, *, truth: FamilyTruth, rng: np.random.Generator) -> Children:
    family = np.repeat(np.arange(len(sizes)), sizes)
    age = _ages(family, truth, rng=rng)
    return Children(
        family=family,
        age_at_entry=age,
        male=rng.random(len(family)) < truth.male,
        disabled=rng.random(len(family)) < truth.disabled,
    )


def _ages(family: Integers, truth: FamilyTruth, *, rng: np.random.Generator) -> Floats:
    """One child of each family by the age profile, brothers and sisters around that child; a few are not born yet."""
    band = rng.choice(4, family[-1] + 1, p=truth.ages)
    of_index = rng.uniform(_BAND_EDGES[band], _BAND_EDGES[band + 1])
    is_index = np.concatenate([[True], family[1:] != family[:-1]])
    around = of_index[family] + rng.normal(0, truth.sibling_gap_years, len(family))
    reflected = np.abs(np.where(around > 18, 36 - around, around))
    ages = np.where(is_index, of_index[family], np.clip(reflected, 0, 17.99))
    unborn = rng.random(len(family)) < truth.unborn_share
    return np.asarray(np.where(unborn, -rng.uniform(0.02, 0.4, len(family)), ages))


def lives_with_abuse(families: Families, child: Integers, *, age: Floats, truth: FamilyTruth) -> Booleans:
    """Whether each child lives with domestic abuse at an age: brothers and sisters alike, the younger more often."""
    heights = ndtri(1 - np.asarray(truth.domestic_abuse_by_age))
    band = np.searchsorted(_ABUSE_EDGES, age, side="right")
    return np.asarray(families.abuse_height[families.children.family[child]] > heights[band])


def _reasons(abuse: Booleans, mental_health: Booleans, *, truth: FamilyTruth, rng: np.random.Generator) -> Integers:
    """Main reasons; domestic abuse only where there is some, health more often where a parent is ill."""
    names = [name for name, *_ in truth.reasons]
    weights = np.tile([share for _, share, _ in truth.reasons], (len(abuse), 1))
    weights[:, names.index(EarlyHelpReason.DOMESTIC_ABUSE)] *= np.where(abuse, 2.6, 0.0)
    weights[:, names.index(EarlyHelpReason.HEALTH_PROBLEMS)] *= np.where(mental_health, 1.5, 0.6)
    cumulative = np.cumsum(weights, axis=1)
    drawn = rng.random(len(abuse)) * cumulative[:, -1]
    return np.asarray((cumulative <= drawn[:, None]).sum(axis=1), dtype=np.int64)


def _ethnicities(number: int, truth: FamilyTruth, *, rng: np.random.Generator) -> npt.NDArray[np.object_]:
    groups = [group for group, _ in truth.ethnicity]
    shares = np.array([share for _, share in truth.ethnicity])
    drawn = rng.choice(len(groups), number, p=shares / shares.sum())
    codes = np.empty(number, dtype=object)
    for place, group in enumerate(groups):
        members = drawn == place
        codes[members] = _codes_of(group, int(members.sum()), rng=rng)
    return codes


def _codes_of(group: EthnicGroup, number: int, *, rng: np.random.Generator) -> npt.NDArray[np.object_]:
    """The first code of a group is its commonest by far among White children, all are alike in the others."""
    codes = np.array([code.value for code in Ethnicity if code.group is group], dtype=object)
    weights = np.ones(len(codes))
    weights[0] = 40.0 if group is EthnicGroup.WHITE else 1.0
    return np.asarray(codes[rng.choice(len(codes), number, p=weights / weights.sum())])


def _spread(number: int, sd: float, *, rng: np.random.Generator) -> Floats:
    """Effects of exactly this standard deviation and mean zero, in random order."""
    if number == 1:
        return np.zeros(1)
    even = ndtri((np.arange(number) + 0.5) / number)
    return np.asarray(rng.permutation(even / even.std() * sd))


def _mean_one(log_rate: Floats) -> Floats:
    return np.asarray(np.exp(log_rate) / np.mean(np.exp(log_rate)))
