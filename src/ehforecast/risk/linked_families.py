"""Who may not be parted: people who ever shared a family, brothers and sisters among them, as one group."""

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

Integers = npt.NDArray[np.int64]


def link_families(families: pd.DataFrame) -> "pd.Series[str]":
    """The group of each person: families that share a person are one. Named by the least of its family keys.

    Linking may use all that is known by the extract: it decides who is kept together, and is never a feature.

    >>> rows = [("F1", "P1"), ("F1", "P2"), ("F2", "P2"), ("F3", "P3")]
    >>> link_families(pd.DataFrame(rows, columns=["family_id", "person_id"])).to_dict()
    {'P1': 'F1', 'P2': 'F1', 'P3': 'F3'}
    """
    family, families_named = pd.factorize(families["family_id"], sort=True)
    person, people_named = pd.factorize(families["person_id"], sort=True)
    names = families_named.to_numpy(dtype=object)[least_of_linked(family, person)]
    return pd.Series(names, index=pd.Index(people_named, name="person_id", dtype="str"), name="group_id", dtype="str")


def least_of_linked(family: Integers, person: Integers) -> Integers:
    """For each person from 0 on, the least of the families linked to it, by the families and people of each row.

    >>> least_of_linked(np.array([0, 0, 1, 2]), np.array([0, 1, 1, 2])).tolist()
    [0, 0, 2]
    """
    families, people = int(family.max(initial=-1)) + 1, int(person.max(initial=-1)) + 1
    links = coo_array((np.ones(len(family)), (family, families + person)), shape=(families + people,) * 2)
    _, component = connected_components(links, directed=False)
    least = pd.Series(np.arange(families)).groupby(component[:families]).min()
    return least.reindex(component[families:]).to_numpy(dtype=np.int64)


def group_of(person_id: pd.Series, families: pd.DataFrame) -> "pd.Series[str]":
    """The group of each row's person; a person without a family is a group of one, named by the person's own key."""
    return person_id.map(link_families(families)).astype("str").fillna(person_id).rename("group_id")
