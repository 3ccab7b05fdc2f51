"""What stands beside the records: how many children live where, and who works with how many cases."""

from collections.abc import Mapping, Sequence
from itertools import product

import numpy as np
import numpy.typing as npt
import pandas as pd

from ehforecast.synthetic.council_truth import FamilyTruth
from ehforecast.vocabulary.pathways import LeadOrganisation, WorkforceRole
from ehforecast.vocabulary.protected_groups import AgeBand, Sex

FAMILIES_PER_PRACTITIONER = 9.5
"""Source: Walsall, *Comprehensive Review*, September 2016: 892 children in 502 families, 47 practitioners."""

CASES_PER_SOCIAL_WORKER = 15.2
"""Source: DfE, *Children's social work workforce* 2025."""

CONTACTS_PER_ADVISER = 126
"""A month: six a working day (one front door, derived)."""

CONTACTS_PER_CHILD = 0.249
"""A year. Source: ADCS, *Safeguarding pressures*, 2023/24: just over 3 million initial contacts in England."""

_YEARS_IN_BAND = {AgeBand.AGE_0_4: 5, AgeBand.AGE_5_9: 5, AgeBand.AGE_10_15: 6, AgeBand.AGE_16_17: 2}


def population(
    children: int,
    *,
    localities: Mapping[str, float],
    years: Sequence[int],
    truth: FamilyTruth,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Children by locality (given with its share), year, age band, sex and ethnic group; and for the whole (`all`)."""
    groups = [(group.value, share) for group, share in truth.ethnicity_of_population]
    ages = [(band.value, number / 18) for band, number in _YEARS_IN_BAND.items()]
    sexes = [(Sex.MALE.value, 0.512), (Sex.FEMALE.value, 0.488)]
    cells = list(product(localities, ages, sexes, groups))
    shares = np.array([localities[place] * age * sex * group for place, (_, age), (_, sex), (_, group) in cells])
    names = [(place, age, sex, group) for place, (age, _), (sex, _), (group, _) in cells]
    base = pd.DataFrame(names, columns=["locality", "age_band", "sex", "ethnicity_group"], dtype="str")
    frames = [base.assign(year=year, children=rng.multinomial(children, shares / shares.sum())) for year in years]
    by_locality = pd.concat(frames, ignore_index=True)
    whole = by_locality.groupby(["year", "age_band", "sex", "ethnicity_group"], as_index=False)["children"].sum()
    both = pd.concat([whole.assign(locality="all"), by_locality], ignore_index=True)
    both = both[["locality", "year", "age_band", "sex", "ethnicity_group", "children"]]
    typed: pd.DataFrame = both.astype({"year": "Int64", "children": "Int64", "locality": "str"})
    return typed


def workforce(tables: dict[str, pd.DataFrame], *, families: pd.DataFrame, months: pd.PeriodIndex) -> pd.DataFrame:
    """Teams by month, sized so that average cases per worker are the published ones."""
    frames = [*_early_help_teams(tables["early_help_episodes"], families, months=months)]
    open_referrals = _open_at(tables["referrals"]["referral_on"], tables["referrals"]["closed_on"], months=months)
    frames.append(
        _team("assessment_and_safeguarding", WorkforceRole.SOCIAL_WORKER, months=months, cases=open_referrals)
    )
    by_month = tables["contacts"]["contact_on"].dt.to_period("M").value_counts().reindex(months, fill_value=0)
    frames.append(_team("front_door", WorkforceRole.REFERRAL_ADVISER, months=months, cases=by_month.to_numpy()))
    return pd.concat(frames, ignore_index=True)


_CASES = {
    WorkforceRole.EARLY_HELP_PRACTITIONER: FAMILIES_PER_PRACTITIONER,
    WorkforceRole.SOCIAL_WORKER: CASES_PER_SOCIAL_WORKER,
    WorkforceRole.REFERRAL_ADVISER: float(CONTACTS_PER_ADVISER),
}


def _early_help_teams(episodes: pd.DataFrame, families: pd.DataFrame, *, months: pd.PeriodIndex) -> list[pd.DataFrame]:
    """One team in each locality; its cases are families with an open episode that the council leads."""
    led = episodes[episodes["lead_organisation"] == LeadOrganisation.COUNCIL_EARLY_HELP.value]
    by_family = led.merge(families[["person_id", "family_id"]], on="person_id")
    by_family = by_family.drop_duplicates(["family_id", "started_on"])
    teams = []
    for locality, rows in by_family.groupby("locality"):
        cases = _open_at(rows["started_on"], rows["ended_on"], months=months)
        name = f"early_help_{locality}"
        teams.append(_team(name, WorkforceRole.EARLY_HELP_PRACTITIONER, months=months, cases=cases))
    return teams


def _open_at(starts: pd.Series, ends: pd.Series, *, months: pd.PeriodIndex) -> npt.NDArray[np.int64]:
    """How many were open on the last day of each month."""
    last_days = months.end_time.normalize().to_numpy()
    begun = np.searchsorted(np.sort(starts.to_numpy()), last_days, side="right")
    ended = np.searchsorted(np.sort(ends.dropna().to_numpy()), last_days, side="right")
    return np.asarray(begun - ended, dtype=np.int64)


def _team(team: str, role: WorkforceRole, *, months: pd.PeriodIndex, cases: npt.NDArray[np.int64]) -> pd.DataFrame:
    """As many people as the year's average cases need; one in four works part time."""
    needed = float(np.mean(cases)) / _CASES[role]
    headcount = max(1, round(needed * 1.12))
    return pd.DataFrame(
        {
            "team": pd.Series([team] * len(months), dtype="str"),
            "role": pd.Series([role.value] * len(months), dtype="str"),
            "month": months.start_time.astype("datetime64[us]"),
            "headcount": pd.Series([headcount] * len(months), dtype="Int64"),
            "full_time_equivalent": np.full(len(months), round(headcount / 1.12, 1)),
            "cases_held": pd.Series(cases, dtype="Int64"),
        }
    )
