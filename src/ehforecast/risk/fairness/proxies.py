"""Which single column tells a group: a near copy of a protected characteristic among what a model sees."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ehforecast.risk.fairness.frame import AuditFrame
from ehforecast.risk.fairness.scores import AUROC, Members, score
from ehforecast.risk.fairness.settings import AuditSettings
from ehforecast.risk.fairness_results import CANNOT_BE_JUDGED, MEASURED, NOT_RECORDED

Floats = npt.NDArray[np.float64]

NEAR_COPY = 0.8
"""A column that tells members of a group from others at least this well is called a near copy."""

COLUMNS = ("view", "group", "feature", "auroc", "lower", "upper", "standing")


def proxy_rows(frame: AuditFrame, features: pd.DataFrame, *, settings: AuditSettings) -> pd.DataFrame:
    """How well each column alone tells each group from everyone else: AUROC, 0.5 where it tells nothing.

    A number counts by its size, in whichever direction tells more; a category by how often the group has each value in
    the other half of the families, so that rare values cannot tell by chance. An absent value is a value of its own.
    """
    half = np.random.default_rng(settings.seed).random(frame.clusters)[frame.cluster] < 0.5
    seen = {str(name): _Column.of(features[name]) for name in features}
    rows = [
        _row(frame, belongs, told=(str(view), str(group), name), values=column.telling(belongs, half=half))
        for view in frame.groups
        for group in sorted(set(frame.groups[view]) - {NOT_RECORDED})
        for belongs in [np.asarray(frame.groups[view] == group, dtype=np.float64)]
        if settings.smallest_group <= belongs.sum() <= len(frame) - settings.smallest_group
        for name, column in seen.items()
    ]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    few = _few(frame, table, settings=settings)
    return table.assign(standing=np.where(few, CANNOT_BE_JUDGED, MEASURED))


def _row(
    frame: AuditFrame, belongs: Floats, *, told: tuple[str, str, str], values: Floats
) -> tuple[str, str, str, float, float, float, str]:
    found = score(AUROC, Members(values, belongs, frame.weights, frame.cluster))
    lower, upper = found.range(0.95)
    value = found.value
    if value < 0.5:
        value, lower, upper = 1 - value, 1 - upper, 1 - lower
    return (*told, value, lower, upper, "")


@dataclass(frozen=True)
class _Column:
    """What a model sees of everybody in one column, made ready once for all groups.

    Attributes:
        numbers: where none is absent; else nothing, and
        codes: which value each row has, or which twentieth of the numbers, or none.
    """

    numbers: Floats | None
    codes: npt.NDArray[np.int64]

    @classmethod
    def of(cls, values: pd.Series) -> "_Column":
        is_number = pd.api.types.is_numeric_dtype(values)
        if is_number and values.notna().all():
            return cls(np.asarray(values, dtype=np.float64), np.zeros(0, dtype=np.int64))
        given = pd.qcut(values, 20, duplicates="drop").astype("str") if is_number else values
        return cls(None, np.asarray(pd.factorize(given, use_na_sentinel=False)[0], dtype=np.int64))

    def telling(self, belongs: Floats, *, half: npt.NDArray[np.bool_]) -> Floats:
        """A number for each row by which the group may be told."""
        if self.numbers is not None:
            return self.numbers
        codes, told, size = self.codes, np.empty(len(self.codes)), int(self.codes.max()) + 1
        for part in (half, ~half):
            count, members = np.bincount(codes[~part], minlength=size), np.bincount(codes[~part], belongs[~part], size)
            told[part] = ((members + belongs.mean()) / (count + 1))[codes[part]]
        return told


def _few(frame: AuditFrame, table: pd.DataFrame, *, settings: AuditSettings) -> npt.NDArray[np.bool_]:
    sizes = {
        (str(view), group): min(number, len(frame) - number)
        for view in frame.groups
        for group, number in frame.groups[view].value_counts().items()
    }
    return np.array(
        [sizes[key] < settings.judged_from for key in zip(table["view"], table["group"], strict=True)], dtype=bool
    )
