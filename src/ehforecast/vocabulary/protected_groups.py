"""Characteristics that are for audit only: sex, disability, age group."""

from enum import StrEnum

from ehforecast.vocabulary.dated_codes import DatedCode


class Sex(StrEnum):
    """Source: Ofsted *Annex A*, `Gender`; *Children in need census*, `GenderCurrent` to 2024 and `Sex` from 2025."""

    MALE = "male"
    FEMALE = "female"
    NEITHER = "neither"
    NOT_RECORDED = "not_recorded"


class Disability(DatedCode):
    """Source: DfE, *Children in need census* guides, code set `Disability`; `not_recorded` is ours, for a blank."""

    NONE = "none", "No disability (census: NONE)"
    MOBILITY = "MOB", "Mobility"
    HAND_FUNCTION = "HAND", "Hand function"
    PERSONAL_CARE = "PC", "Personal care"
    INCONTINENCE = "INC", "Incontinence"
    COMMUNICATION = "COMM", "Communication"
    LEARNING = "LD", "Learning"
    HEARING = "HEAR", "Hearing"
    VISION = "VIS", "Vision"
    BEHAVIOUR = "BEH", "Behaviour"
    CONSCIOUSNESS = "CON", "Consciousness"
    AUTISM = "AUT", "Diagnosed with autism or Asperger's syndrome"
    OTHER_UNDER_THE_ACT = "DDA", "Other disability under the Equality Act 2010"
    NOT_RECORDED = "not_recorded", "Nothing was recorded"


class AgeBand(StrEnum):
    """Source: DfE, *Children in need*, table by age, with unborn and under one joined to one to four."""

    AGE_0_4 = "0_4"
    AGE_5_9 = "5_9"
    AGE_10_15 = "10_15"
    AGE_16_17 = "16_17"
