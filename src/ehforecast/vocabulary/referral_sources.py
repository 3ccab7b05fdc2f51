"""Who makes a referral: the eleven groups of the children in need census, and all of them together."""

from enum import StrEnum


class ReferralSource(StrEnum):
    """Source: DfE, *Children in need* 2024, table C5; groups of CIN census code set `ReferralSource`."""

    ALL = "all"
    INDIVIDUAL = "individual"
    SCHOOLS = "schools"
    EDUCATION_SERVICES = "education_services"
    HEALTH_SERVICES = "health_services"
    HOUSING = "housing"
    LA_SERVICES = "la_services"
    POLICE = "police"
    OTHER_LEGAL_AGENCY = "other_legal_agency"
    OTHER = "other"
    ANONYMOUS = "anonymous"
    UNKNOWN = "unknown"
