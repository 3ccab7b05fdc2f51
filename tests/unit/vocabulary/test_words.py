"""Every vocabulary: words that can stand in a table, each once, with a source."""

from enum import StrEnum

import pytest

from ehforecast.vocabulary.absence import AbsenceReason
from ehforecast.vocabulary.areas import AreaLevel
from ehforecast.vocabulary.referral_sources import ReferralSource

VOCABULARIES = (AbsenceReason, AreaLevel, ReferralSource)


@pytest.mark.parametrize("words", VOCABULARIES)
def test_words_are_plain_and_carry_their_source(words: type[StrEnum]) -> None:
    # Catches a word that could not be a column name or a file name: capitals, spaces.
    assert all(word.value == word.name.lower() and word.value.isidentifier() for word in words)
    # Catches an alias: two names for one word.
    assert len(words.__members__) == len(list(words))
    # Catches a list of words that nobody could check.
    assert "Source:" in (words.__doc__ or "")


def test_there_are_eleven_sources_and_all_of_them() -> None:
    # Catches a group of the census code set that was forgotten.
    assert len(ReferralSource) == 12
