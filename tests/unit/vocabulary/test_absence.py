"""Why a figure is not there, and the mark printed in its place."""

import re

import pytest

from ehforecast.vocabulary.absence import AbsenceReason


@pytest.mark.parametrize("reason", AbsenceReason)
def test_every_reason_has_a_mark_that_is_no_number(reason: AbsenceReason) -> None:
    # Catches a reason that would be printed as nothing, or as a figure.
    assert re.fullmatch(r"\[[a-z]\]", reason.shorthand)


def test_marks_are_those_of_government_statistics() -> None:
    marks = {reason.value: reason.shorthand for reason in AbsenceReason}
    # Catches a suppressed figure shown as merely not available, which hides that the publisher protects somebody.
    assert marks == {
        "suppressed": "[c]",
        "not_available": "[x]",
        "not_applicable": "[z]",
        "low_reliability": "[u]",
        "blank": "[x]",
    }
