"""The way through the service: what follows a contact, who helps, how help ends, and the statutory steps."""

from enum import StrEnum

from ehforecast.vocabulary.dated_codes import DatedCode


class ContactOutcome(StrEnum):
    """Source: Standard Safeguarding Dataset v1.4.5, planned code list `contact_outcome`."""

    NO_FURTHER_ACTION = "no_further_action"
    INFORMATION_AND_ADVICE = "information_and_advice"
    EARLY_HELP = "early_help"
    REFERRAL = "referral"


class LeadOrganisation(StrEnum):
    """Source: the kinds of organisation that lead early help in councils' strategies; no national list exists."""

    SCHOOL = "school"
    HEALTH = "health"
    VOLUNTARY_SECTOR = "voluntary_sector"
    COUNCIL_EARLY_HELP = "council_early_help"
    OTHER = "other"
    NOT_RECORDED = "not_recorded"


class EarlyHelpEndReason(StrEnum):
    """Source: closure reasons common to the strategies of five councils; no national list exists."""

    NEEDS_MET = "needs_met"
    DISENGAGED = "disengaged"
    STEPPED_UP = "stepped_up"
    MOVED = "moved"
    OTHER = "other"


class CloseReason(DatedCode):
    """Source: DfE, *Children in need census* guides 2017-2026, code set `ReasonForClosure`."""

    ADOPTED = "RC1", "Adopted"
    DIED = "RC2", "Died"
    CHILD_ARRANGEMENTS_ORDER = "RC3", "Child arrangements order"
    SPECIAL_GUARDIANSHIP_ORDER = "RC4", "Special guardianship order"
    TO_ANOTHER_COUNCIL = "RC5", "Transferred to services of another local authority"
    TO_ADULT_SERVICES = "RC6", "Transferred to adult social care services"
    OTHER = "RC7", "Services ceased for any other reason, including child no longer in need"
    AFTER_ASSESSMENT = "RC8", "Case closed after assessment, no further action"
    AFTER_ASSESSMENT_TO_EARLY_HELP = "RC9", "Case closed after assessment, referred to early help", "2022-04-01"


class StatutoryStep(StrEnum):
    """Source: Children Act 1989, sections 17, 20, 31 and 47; *Working Together to Safeguard Children* 2023."""

    SECTION_47 = "section_47"
    CHILD_IN_NEED_PLAN = "child_in_need_plan"
    CHILD_PROTECTION_PLAN = "child_protection_plan"
    LOOKED_AFTER = "looked_after"


class WorkforceRole(StrEnum):
    """Source: roles at the front door in councils' strategies; no national list exists."""

    EARLY_HELP_PRACTITIONER = "early_help_practitioner"
    LEAD_PRACTITIONER = "lead_practitioner"
    SOCIAL_WORKER = "social_worker"
    REFERRAL_ADVISER = "referral_adviser"
    OTHER = "other"
