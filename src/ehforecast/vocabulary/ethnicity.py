"""Ethnicity: the census codes, and the groups they are published in."""

from enum import StrEnum

from ehforecast.vocabulary.dated_codes import DatedCode


class EthnicGroup(StrEnum):
    """Source: ONS *Census 2021* five groups, and what is not known; DfE *Children in need*, tables by ethnicity."""

    WHITE = "white"
    MIXED = "mixed"
    ASIAN = "asian"
    BLACK = "black"
    OTHER = "other"
    NOT_KNOWN = "not_known"


class Ethnicity(DatedCode):
    """Source: DfE, *Children in need census* guides, code set `Ethnicity`; `not_recorded` is ours, for a blank.

    >>> Ethnicity("BCRB").group.value
    'black'
    """

    WHITE_BRITISH = "WBRI", "White British"
    WHITE_IRISH = "WIRI", "White Irish"
    TRAVELLER_OF_IRISH_HERITAGE = "WIRT", "Traveller of Irish heritage"
    OTHER_WHITE = "WOTH", "Any other White background"
    GYPSY_ROMA = "WROM", "Gypsy or Roma"
    WHITE_AND_BLACK_CARIBBEAN = "MWBC", "White and Black Caribbean"
    WHITE_AND_BLACK_AFRICAN = "MWBA", "White and Black African"
    WHITE_AND_ASIAN = "MWAS", "White and Asian"
    OTHER_MIXED = "MOTH", "Any other mixed background"
    INDIAN = "AIND", "Indian"
    PAKISTANI = "APKN", "Pakistani"
    BANGLADESHI = "ABAN", "Bangladeshi"
    OTHER_ASIAN = "AOTH", "Any other Asian background"
    BLACK_CARIBBEAN = "BCRB", "Black Caribbean"
    BLACK_AFRICAN = "BAFR", "Black African"
    OTHER_BLACK = "BOTH", "Any other Black background"
    CHINESE = "CHNE", "Chinese"
    OTHER_ETHNIC_GROUP = "OOTH", "Any other ethnic group"
    REFUSED = "REFU", "Refused"
    NOT_YET_OBTAINED = "NOBT", "Information not yet obtained"
    NOT_RECORDED = "not_recorded", "Nothing was recorded"

    @property
    def group(self) -> EthnicGroup:
        """The group after ONS practice, which counts Chinese as Asian (some tools count it as other)."""
        if self in {Ethnicity.REFUSED, Ethnicity.NOT_YET_OBTAINED, Ethnicity.NOT_RECORDED}:
            return EthnicGroup.NOT_KNOWN
        if self is Ethnicity.CHINESE:
            return EthnicGroup.ASIAN
        return {
            "W": EthnicGroup.WHITE,
            "M": EthnicGroup.MIXED,
            "A": EthnicGroup.ASIAN,
            "B": EthnicGroup.BLACK,
            "O": EthnicGroup.OTHER,
        }[self.value[0]]

    @property
    def is_known(self) -> bool:
        """Whether an ethnicity was given."""
        return self.group is not EthnicGroup.NOT_KNOWN
