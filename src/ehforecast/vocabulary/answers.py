"""Answers of three states: absent is never no."""

from enum import StrEnum

NOT_RECORDED = "not recorded"
"""Of a group: nothing was written down for those in it."""


class YesNoUnknown(StrEnum):
    """Source: Ofsted *Annex A*, fields of yes, no and unknown."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class YesNoNotRecorded(StrEnum):
    """Source: Equality Act 2010 practice: what was not asked or not answered is its own state."""

    YES = "yes"
    NO = "no"
    NOT_RECORDED = "not_recorded"
