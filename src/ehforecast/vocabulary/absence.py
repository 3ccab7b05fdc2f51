"""Why a figure is not there. Absent is never zero."""

from enum import StrEnum


class AbsenceReason(StrEnum):
    """Source: DfE statistical symbols (`c`, `x`, `z`, `u`, `low`) used in *Children in need* 2024.

    A blank has no symbol.
    """

    SUPPRESSED = "suppressed"
    NOT_AVAILABLE = "not_available"
    NOT_APPLICABLE = "not_applicable"
    LOW_RELIABILITY = "low_reliability"
    BLANK = "blank"

    @property
    def shorthand(self) -> str:
        """The mark printed in place of the figure (Government Analysis Function shorthand)."""
        return {"suppressed": "[c]", "not_available": "[x]", "not_applicable": "[z]", "low_reliability": "[u]"}.get(
            self, "[x]"
        )
