"""From recorded values to groups: ages in bands, ethnicity in five groups, and what nobody recorded as a group."""

from collections.abc import Sequence
from types import MappingProxyType

import numpy as np
import pandas as pd

from ehforecast.risk.fairness.settings import Grouping
from ehforecast.risk.fairness_results import NOT_RECORDED
from ehforecast.vocabulary.ethnicity import EthnicGroup, Ethnicity
from ehforecast.vocabulary.protected_groups import AgeBand

_ONS = MappingProxyType({code.value: code.group.value for code in Ethnicity if code.is_known})
_CENSUS = MappingProxyType(dict(_ONS) | {Ethnicity.CHINESE.value: EthnicGroup.OTHER.value})
_AGES = (0.0, 5.0, 10.0, 16.0, 18.0)


def grouped(values: pd.Series, grouping: Grouping, *, unknown: Sequence[str]) -> "pd.Series[str]":
    """The group of each row; absent, unknown and unreadable values are a group of their own.

    >>> list(grouped(pd.Series(["CHNE", "WBRI", None, "XXXX"]), "ethnicity_census", unknown=()))
    ['other', 'white', 'not recorded', 'not recorded']
    >>> list(grouped(pd.Series([4.9, 5, 17, 40]), "age_years", unknown=()))
    ['0_4', '5_9', '16_17', '18_and_over']
    """
    if grouping == "age_years":
        labels = _bands(pd.to_numeric(values, errors="coerce"))
    else:
        text = values.astype("str").str.strip()
        text = text.where(values.notna() & ~text.isin(list(unknown)))
        codes = {"ethnicity_ons": _ONS, "ethnicity_census": _CENSUS}.get(grouping)
        labels = text if codes is None else text.map(dict(codes))
    return labels.fillna(NOT_RECORDED).astype("str").reset_index(drop=True)


def _bands(years: "pd.Series[float]") -> pd.Series:
    names = [*(band.value for band in AgeBand), "18_and_over"]
    bands = pd.cut(years.where(years >= 0), [*_AGES, np.inf], right=False, labels=names)
    return bands.astype("object")
