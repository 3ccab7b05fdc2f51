"""Who makes a contact or referral: the census codes, and the published group that each belongs to."""

from ehforecast.vocabulary.dated_codes import DatedCode
from ehforecast.vocabulary.referral_sources import ReferralSource


class ReferralSourceCode(DatedCode):
    """Source: DfE, *Children in need census* guides 2017-2026, code set `ReferralSource` (N00693).

    >>> ReferralSourceCode("5D").group.value
    'la_services'
    >>> from datetime import date
    >>> ReferralSourceCode.LA_EARLY_HELP.is_valid(date(2022, 3, 31))
    False
    """

    FAMILY_MEMBER_OR_CARER = "1A", "Individual: family member, relative or carer"
    ACQUAINTANCE = "1B", "Individual: acquaintance, neighbour or child minder"
    SELF = "1C", "Individual: self"
    OTHER_INDIVIDUAL = "1D", "Individual: other, such as a stranger or an MP"
    SCHOOL = "2A", "Schools"
    EDUCATION_SERVICE = "2B", "Education services"
    GENERAL_PRACTITIONER = "3A", "Health services: general practitioner"
    HEALTH_VISITOR = "3B", "Health services: health visitor"
    SCHOOL_NURSE = "3C", "Health services: school nurse"
    OTHER_PRIMARY_HEALTH = "3D", "Health services: other primary health service"
    EMERGENCY_DEPARTMENT = "3E", "Health services: accident and emergency department"
    OTHER_HEALTH = "3F", "Health services: other, such as a hospice"
    HOUSING = "4", "Housing: local authority housing department or housing association"
    LA_SOCIAL_CARE = "5A", "Local authority services: social care"
    LA_OTHER_INTERNAL = "5B", "Local authority services: other internal department"
    LA_EXTERNAL = "5C", "Local authority services: another local authority"
    LA_EARLY_HELP = "5D", "Local authority services: early help", "2022-04-01"
    POLICE = "6", "Police"
    OTHER_LEGAL_AGENCY = "7", "Other legal agency, such as courts, probation or immigration"
    OTHER = "8", "Other, such as children's centres or voluntary organisations"
    ANONYMOUS = "9", "Anonymous"
    UNKNOWN = "10", "Unknown"

    @property
    def group(self) -> ReferralSource:
        """The published group: DfE *Children in need*, table C5, which keeps schools and education services apart."""
        return {
            "1": ReferralSource.INDIVIDUAL,
            "2A": ReferralSource.SCHOOLS,
            "2B": ReferralSource.EDUCATION_SERVICES,
            "3": ReferralSource.HEALTH_SERVICES,
            "4": ReferralSource.HOUSING,
            "5": ReferralSource.LA_SERVICES,
            "6": ReferralSource.POLICE,
            "7": ReferralSource.OTHER_LEGAL_AGENCY,
            "8": ReferralSource.OTHER,
            "9": ReferralSource.ANONYMOUS,
            "10": ReferralSource.UNKNOWN,
        }[self.value if self.value in {"2A", "2B", "10"} else self.value[0]]
