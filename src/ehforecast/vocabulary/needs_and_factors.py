"""Why a family comes: primary needs, factors found at assessment, and reasons for early help."""

from enum import StrEnum

from ehforecast.vocabulary.dated_codes import DatedCode


class PrimaryNeed(DatedCode):
    """Source: DfE, *Children in need census* guides 2017-2026, code set `PrimaryNeedCode`."""

    ABUSE_OR_NEGLECT = "N1", "Abuse or neglect (from the 2026 census: or exploitation)"
    CHILDS_DISABILITY = "N2", "Child's disability or illness"
    PARENTAL_DISABILITY_OR_ILLNESS = "N3", "Parental disability or illness"
    FAMILY_IN_ACUTE_STRESS = "N4", "Family in acute stress"
    FAMILY_DYSFUNCTION = "N5", "Family dysfunction"
    SOCIALLY_UNACCEPTABLE_BEHAVIOUR = "N6", "Socially unacceptable behaviour"
    LOW_INCOME = "N7", "Low income"
    ABSENT_PARENTING = "N8", "Absent parenting"
    OTHER_THAN_CHILDREN_IN_NEED = "N9", "Cases other than children in need"
    NOT_STATED = "N0", "Not stated"


class AssessmentFactor(DatedCode):
    """Factors identified at the end of an assessment. A: the child; B: a parent or carer; C: another in the household.

    Codes 18A and 19A were replaced by 18B, 18C, 19B and 19C in the 2021 census, kept beside them, and have been queried
    since the 2025 census (year 2024-25).

    Source: DfE, *Children in need census* guides 2017-2026, code set `AssessmentFactors`.
    """

    ALCOHOL_CHILD = "1A", "Alcohol misuse: child"
    ALCOHOL_PARENT = "1B", "Alcohol misuse: parent or carer"
    ALCOHOL_OTHER = "1C", "Alcohol misuse: another person in the household"
    DRUGS_CHILD = "2A", "Drug misuse: child"
    DRUGS_PARENT = "2B", "Drug misuse: parent or carer"
    DRUGS_OTHER = "2C", "Drug misuse: another person in the household"
    DOMESTIC_ABUSE_CHILD = "3A", "Domestic abuse: child"
    DOMESTIC_ABUSE_PARENT = "3B", "Domestic abuse: parent or carer"
    DOMESTIC_ABUSE_OTHER = "3C", "Domestic abuse: another person in the household"
    MENTAL_HEALTH_CHILD = "4A", "Mental health: child"
    MENTAL_HEALTH_PARENT = "4B", "Mental health: parent or carer"
    MENTAL_HEALTH_OTHER = "4C", "Mental health: another person in the household"
    LEARNING_DISABILITY_CHILD = "5A", "Learning disability: child"
    LEARNING_DISABILITY_PARENT = "5B", "Learning disability: parent or carer"
    LEARNING_DISABILITY_OTHER = "5C", "Learning disability: another person in the household"
    PHYSICAL_DISABILITY_CHILD = "6A", "Physical disability or illness: child"
    PHYSICAL_DISABILITY_PARENT = "6B", "Physical disability or illness: parent or carer"
    PHYSICAL_DISABILITY_OTHER = "6C", "Physical disability or illness: another person in the household"
    YOUNG_CARER = "7A", "Young carer"
    PRIVATE_FOSTERING_OVERSEAS = "8B", "Privately fostered: overseas children who intend to return"
    PRIVATE_FOSTERING_OVERSEAS_STAYING = "8C", "Privately fostered: overseas children who intend to stay"
    PRIVATE_FOSTERING_EDUCATION = "8D", "Privately fostered: UK children in educational placements"
    PRIVATE_FOSTERING_FAMILY_CIRCUMSTANCES = "8E", "Privately fostered: UK children, by family circumstances"
    PRIVATE_FOSTERING_OTHER = "8F", "Privately fostered: other"
    UNACCOMPANIED_ASYLUM_SEEKER = "9A", "Unaccompanied asylum-seeking child"
    GOING_MISSING = "10A", "Going or being missing"
    CHILD_SEXUAL_EXPLOITATION = "11A", "Child sexual exploitation"
    TRAFFICKING = "12A", "Trafficking"
    GANGS = "13A", "Gangs"
    UNACCEPTABLE_BEHAVIOUR = "14A", "Socially unacceptable behaviour"
    SELF_HARM = "15A", "Self-harm"
    NEGLECT = "16A", "Abuse or neglect: neglect"
    EMOTIONAL_ABUSE = "17A", "Abuse or neglect: emotional abuse"
    PHYSICAL_ABUSE = "18A", "Abuse or neglect: physical abuse", "", "2024-03-31"
    PHYSICAL_ABUSE_CHILD_ON_CHILD = "18B", "Abuse or neglect: physical abuse, child on child", "2020-04-01"
    PHYSICAL_ABUSE_ADULT_ON_CHILD = "18C", "Abuse or neglect: physical abuse, adult on child", "2020-04-01"
    SEXUAL_ABUSE = "19A", "Abuse or neglect: sexual abuse", "", "2024-03-31"
    SEXUAL_ABUSE_CHILD_ON_CHILD = "19B", "Abuse or neglect: sexual abuse, child on child", "2020-04-01"
    SEXUAL_ABUSE_ADULT_ON_CHILD = "19C", "Abuse or neglect: sexual abuse, adult on child", "2020-04-01"
    OTHER = "20", "Other"
    NONE = "21", "No factors identified"
    FEMALE_GENITAL_MUTILATION = "22A", "Female genital mutilation"
    FAITH_OR_BELIEF_ABUSE = "23A", "Abuse linked to faith or belief"
    CHILD_CRIMINAL_EXPLOITATION = "24A", "Child criminal exploitation", "2021-04-01"


class EarlyHelpReason(StrEnum):
    """Source: DCLG, *Financial framework for the expanded Troubled Families programme*, 2015: its six headline
    problems, as used by Wakefield, Lewisham and Wandsworth; and `other`.
    """

    CRIME_OR_ANTISOCIAL_BEHAVIOUR = "crime_or_antisocial_behaviour"
    SCHOOL_ATTENDANCE = "school_attendance"
    CHILDREN_WHO_NEED_HELP = "children_who_need_help"
    WORKLESSNESS_OR_FINANCIAL_EXCLUSION = "worklessness_or_financial_exclusion"
    DOMESTIC_ABUSE = "domestic_abuse"
    HEALTH_PROBLEMS = "health_problems"
    OTHER = "other"
