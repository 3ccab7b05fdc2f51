"""Levels of English geography that the Department for Education publishes figures for."""

from enum import StrEnum


class AreaLevel(StrEnum):
    """Source: DfE, *Children in need* metadata, `geographic_level`; London's two halves are ONS E13 codes."""

    COUNTRY = "country"
    REGION = "region"
    SUB_REGION = "sub_region"
    COUNCIL = "council"
