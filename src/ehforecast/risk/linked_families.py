"""Who may not be parted: people who ever shared a family, brothers and sisters among them, as one group."""

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components


def link_families(families: pd.DataFrame) -> "pd.Series[str]":
    """The group of each person: families that share a person are one. Named by the least of its family keys.

    Linking may use all that is known by the extract: it decides who is kept together, and is never a feature.

    >>> rows = [("F1", "P1"), ("F1", "P2"), ("F2", "P2"), ("F3", "P3")]
    >>> link_families(pd.DataFrame(rows, columns=["family_id", "person_id"])).to_dict()
    {'P1': 'F1', 'P2': 'F1', 'P3': 'F3'}
    """
    family, families_named = pd.factorize(families["family_id"], sort=True)
    person, people_named = pd.factorize(families["person_id"], sort=True)
    number = len(families_named) + len(people_named)
    links = coo_array((np.ones(len(families)), (family, len(families_named) + person)), shape=(number, number))
    _, component = connected_components(links, directed=False)
    least = pd.Series(np.arange(len(families_named))).groupby(component[: len(families_named)]).min()
    names = families_named.to_numpy(dtype=object)[
        least.reindex(component[len(families_named) :]).to_numpy(dtype=np.int64)
    ]
    return pd.Series(names, index=pd.Index(people_named, name="person_id", dtype="str"), name="group_id", dtype="str")


def group_of(person_id: pd.Series, families: pd.DataFrame) -> "pd.Series[str]":
    """The group of each row's person; a person without a family is a group of one, named by the person's own key."""
    return person_id.map(link_families(families)).astype("str").fillna(person_id).rename("group_id")
