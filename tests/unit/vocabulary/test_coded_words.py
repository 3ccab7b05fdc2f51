"""National code lists: complete, each code once, with the dates between which it may be used."""

from datetime import date
from enum import StrEnum

import pytest

from ehforecast.vocabulary.answers import YesNoNotRecorded, YesNoUnknown
from ehforecast.vocabulary.dated_codes import DatedCode
from ehforecast.vocabulary.ethnicity import EthnicGroup, Ethnicity
from ehforecast.vocabulary.need_levels import NeedLevel
from ehforecast.vocabulary.needs_and_factors import AssessmentFactor, EarlyHelpReason, PrimaryNeed
from ehforecast.vocabulary.pathways import (
    CloseReason,
    ContactOutcome,
    EarlyHelpEndReason,
    LeadOrganisation,
    StatutoryStep,
    WorkforceRole,
)
from ehforecast.vocabulary.protected_groups import AgeBand, Disability, Sex
from ehforecast.vocabulary.referral_source_codes import ReferralSourceCode
from ehforecast.vocabulary.referral_sources import ReferralSource

CODED = {
    ReferralSourceCode: 22, PrimaryNeed: 10, CloseReason: 9, Ethnicity: 21, AssessmentFactor: 44, Disability: 14,
}  # fmt: skip
PLAIN = (
    ContactOutcome, EarlyHelpEndReason, EarlyHelpReason, EthnicGroup, LeadOrganisation, NeedLevel, Sex, StatutoryStep,
    WorkforceRole, YesNoNotRecorded, YesNoUnknown,
)  # fmt: skip


@pytest.mark.parametrize(("codes", "number"), CODED.items())
def test_lists_are_complete_and_carry_their_source(codes: type[DatedCode], number: int) -> None:
    # Catches a code that was forgotten, or two names for one code.
    assert len(codes.__members__) == len(list(codes)) == number
    # Catches a list that nobody could check, or a code that nobody could read.
    assert "Source:" in (codes.__doc__ or "")
    assert all(code.meaning for code in codes)


@pytest.mark.parametrize("words", PLAIN)
def test_words_are_plain_and_carry_their_source(words: type[StrEnum]) -> None:
    # Catches a word that could not be a column or file name.
    assert all(word.value == word.name.lower() and word.value.isidentifier() for word in words)
    # Catches a list that nobody could check.
    assert "Source:" in (words.__doc__ or "")


def test_age_bands_are_the_tables_own() -> None:
    # Catches bands that the population table does not have.
    assert [band.value for band in AgeBand] == ["0_4", "5_9", "10_15", "16_17"]


@pytest.mark.parametrize(
    ("code", "first"),
    [
        (ReferralSourceCode.LA_EARLY_HELP, date(2022, 4, 1)),
        (CloseReason.AFTER_ASSESSMENT_TO_EARLY_HELP, date(2022, 4, 1)),
        (AssessmentFactor.CHILD_CRIMINAL_EXPLOITATION, date(2021, 4, 1)),
        (AssessmentFactor.PHYSICAL_ABUSE_ADULT_ON_CHILD, date(2020, 4, 1)),
    ],
)
def test_new_codes_begin_with_their_census_year(code: DatedCode, first: date) -> None:
    # Catches a code accepted before the census had it, or refused on its first day.
    assert code.is_valid(first)
    assert not code.is_valid(date.fromordinal(first.toordinal() - 1))


def test_old_codes_end() -> None:
    # Catches replaced codes that stay valid for ever: queried since the year 2024-25.
    assert AssessmentFactor.PHYSICAL_ABUSE.is_valid(date(2024, 3, 31))
    assert not AssessmentFactor.PHYSICAL_ABUSE.is_valid(date(2024, 4, 1))
    assert AssessmentFactor.PHYSICAL_ABUSE not in AssessmentFactor.valid_codes(date(2025, 1, 1))


def test_every_source_code_has_a_published_group() -> None:
    # Catches a code in no group, or a published group without a code.
    assert {code.group for code in ReferralSourceCode} == set(ReferralSource) - {ReferralSource.ALL}
    # Catches 1A and 10 taken for the same first letter.
    assert ReferralSourceCode("10").group is ReferralSource.UNKNOWN
    assert ReferralSourceCode("2B").group is ReferralSource.EDUCATION_SERVICES


def test_ethnicities_have_groups() -> None:
    # Catches a code in the wrong group, or not given taken for a group of people.
    assert {code.group for code in Ethnicity} == set(EthnicGroup)
    assert Ethnicity.CHINESE.group is EthnicGroup.ASIAN
    assert not Ethnicity.REFUSED.is_known
    assert Ethnicity.OTHER_ETHNIC_GROUP.group is EthnicGroup.OTHER
