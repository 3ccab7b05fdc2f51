"""Nations of the United Kingdom, whose holidays differ."""

from enum import StrEnum


class Nation(StrEnum):
    """The value is the subdivision code under which the `holidays` library keeps the nation's bank holidays."""

    ENGLAND = "ENG"
    WALES = "WLS"
    SCOTLAND = "SCT"
    NORTHERN_IRELAND = "NIR"

    @property
    def has_school_terms(self) -> bool:
        """Whether `school_terms` describes its schools; Scotland's and Northern Ireland's year is another."""
        return self in (Nation.ENGLAND, Nation.WALES)
