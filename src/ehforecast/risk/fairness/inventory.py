"""Every characteristic, and what this audit can say of it: nothing is left out in silence."""

import pandas as pd

from ehforecast.errors import SettingsError
from ehforecast.risk.fairness.frame import AuditFrame
from ehforecast.risk.fairness.settings import AuditSettings, Characteristic, GroupColumn
from ehforecast.risk.fairness_results import (
    ASSESSED,
    MEASURED,
    NOT_APPLICABLE,
    NOT_RECORDED,
    TOO_SMALL,
)

COLUMNS = ("characteristic", "column", "standing", "reason", "groups", "people")


def inventory_rows(frame: AuditFrame, groups: pd.DataFrame, *, settings: AuditSettings) -> pd.DataFrame:
    """One row per characteristic and grouping of it; ``groups`` as in the result."""
    reasons = dict(settings.not_applicable)
    if any(not reason.strip() for reason in reasons.values()):
        raise SettingsError("audit settings: a characteristic that does not apply needs a reason")
    rows = []
    for characteristic in Characteristic:
        columns = [column for column in settings.columns if column.characteristic == characteristic]
        if characteristic in reasons:
            rows.append((characteristic.value, "", NOT_APPLICABLE, reasons[characteristic], 0, 0))
        elif not columns:
            rows.append((characteristic.value, "", NOT_RECORDED, "no column was given for it", 0, 0))
        else:
            rows += [_row(frame, groups, column=column) for column in columns]
    return pd.DataFrame(rows, columns=list(COLUMNS))


Row = tuple[str, str, str, str, int, int]


def _row(frame: AuditFrame, groups: pd.DataFrame, *, column: GroupColumn) -> Row:
    name, characteristic = column.name, column.characteristic.value
    if name not in frame.groups:
        return characteristic, name, NOT_RECORDED, "the table has no such column", 0, 0
    people = int((frame.groups[name] != NOT_RECORDED).sum())
    own = groups[(groups["view"] == name) & (groups["group"] != NOT_RECORDED)]
    if not people:
        return characteristic, name, NOT_RECORDED, "the column is empty", 0, 0
    if not frame.known.any():
        shown = int((own["standing"] != TOO_SMALL).sum())
        standing = ASSESSED if shown >= 2 else TOO_SMALL
        return characteristic, name, standing, "no outcome: shares and missingness only", len(own), people
    judged = int((own["standing"] == MEASURED).sum())
    if judged >= 2:
        left = len(own) - judged
        reason = f"{left} of {len(own)} groups cannot be judged" if left else ""
        return characteristic, name, ASSESSED, reason, len(own), people
    return characteristic, name, TOO_SMALL, "fewer than two groups have enough people to be judged", len(own), people
