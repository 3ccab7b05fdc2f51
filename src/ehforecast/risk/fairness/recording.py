"""What results would be if outcomes had not been recorded alike: stated suppositions, worked through in counts."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from ehforecast.errors import SettingsError
from ehforecast.risk.fairness.counts import OUTCOMES, Tally, View
from ehforecast.risk.fairness.frame import AuditFrame
from ehforecast.risk.fairness.intervals import share_of
from ehforecast.risk.fairness.scores import DIFFERENCE
from ehforecast.risk.fairness.settings import AuditSettings, RecordingScenario
from ehforecast.risk.fairness.shares import NEEDS_OUTCOMES, Confusion, confusion, parts_of, rest_of
from ehforecast.risk.fairness.standing import standing
from ehforecast.risk.fairness.tables import joined, tidy

Floats = npt.NDArray[np.float64]

COLUMNS = (
    "scenario", "view", "group", "band_edge", "metric", "as_recorded", "supposed", "difference_as_recorded",
    "difference_supposed",
)  # fmt: skip


def recording_rows(frame: AuditFrame, tally: Tally, *, settings: AuditSettings) -> pd.DataFrame:
    """Every scenario, for the group it is about: its shares and calibration, and their gap to everyone else."""
    views = {view.name: view for view in tally.views}
    parts = [
        _scenario(frame, tally, view=views[scenario.view], told=(scenario, settings))
        for scenario in settings.scenarios
        if scenario.view in views
    ]
    return joined(parts, COLUMNS)


def supposed_counts(affected: Floats, scenario: RecordingScenario) -> Floats:
    """Counts (outcomes x bands) as they would be had recording been otherwise.

    Of recorded outcomes (in any band) a share o were none, and of true outcomes a share u were not recorded, whatever
    their estimate: true = recorded (1 - o) / (1 - u). Those not recorded lie among people recorded as without, in the
    bands where recorded outcomes lie, as far as there are people.
    """
    without, recorded, unknown = affected
    never = recorded * scenario.wrongly_recorded
    hidden = (recorded - never) * scenario.unrecorded / (1 - scenario.unrecorded)
    hidden = np.minimum(hidden, without + never)
    return np.stack([without + never - hidden, recorded - never + hidden, unknown])


@dataclass(frozen=True)
class Recorded:
    """Counts of every group, and the sum of estimates of those whose outcome is known."""

    counts: Floats = field(repr=False)
    expected: Floats = field(repr=False)


def _scenario(
    frame: AuditFrame, tally: Tally, *, view: View, told: tuple[RecordingScenario, AuditSettings]
) -> pd.DataFrame:
    scenario, settings = told
    if scenario.group not in view.labels or (scenario.source and frame.source is None):
        raise SettingsError(f"scenario '{scenario.name}': no such group, or no source in the table of estimates")
    place = view.labels.index(scenario.group)
    given = standing(tally, view, settings=settings)
    if not (given.shown[place] and given.rest_shown[place]):
        return pd.DataFrame()
    counts = tally.grouped(tally.counts, view)
    changed = counts.copy()
    affected = _affected(frame, tally, view=view, scenario=scenario)
    changed[place] += supposed_counts(affected, scenario) - affected
    weights = np.where(frame.known, frame.weights, 0.0) * frame.estimate
    expected = np.bincount(view.of_rows, weights, minlength=len(view.labels)).astype(np.float64)
    before, after = (_figures(Recorded(each, expected), tally, place=place) for each in (counts, changed))
    rows = before.rename(columns={"own": "as_recorded", "difference": "difference_as_recorded"})
    rows = rows.assign(supposed=after["own"], difference_supposed=after["difference"])
    rows = rows.assign(scenario=scenario.name, view=view.name, group=scenario.group)
    return rows if frame.is_probability else rows[rows["metric"] != DIFFERENCE]


def _affected(frame: AuditFrame, tally: Tally, *, view: View, scenario: RecordingScenario) -> Floats:
    rows = view.of_rows == view.labels.index(scenario.group)
    if scenario.source and frame.source is not None:
        rows &= np.asarray(frame.source == scenario.source)
    bands = len(tally.edges) + 1
    within = tally.rows[rows] % (OUTCOMES * bands)
    counted = np.bincount(within, frame.weights[rows], minlength=OUTCOMES * bands).astype(np.float64)
    return counted.reshape(OUTCOMES, bands)


def _figures(recorded: Recorded, tally: Tally, *, place: int) -> pd.DataFrame:
    own, rest = confusion(recorded.counts), confusion(rest_of(recorded.counts))
    parts = []
    for metric in NEEDS_OUTCOMES:
        shares = [_share(counts, metric, place=place) for counts in (own, rest)]
        parts.append(
            tidy(("",), tally.edges, columns={"metric": metric, "own": shares[0], "difference": shares[0] - shares[1]})
        )
    mean = [_observed_less_expected(recorded, place, other=other) for other in (False, True)]
    parts.append(
        tidy(("",), (np.nan,), columns={"metric": DIFFERENCE, "own": mean[0], "difference": mean[0] - mean[1]})
    )
    return pd.concat(parts, ignore_index=True)


def _share(counts: Confusion, metric: str, *, place: int) -> Floats:
    return share_of(*(part[[place]] for part in parts_of(counts, metric)))


def _observed_less_expected(recorded: Recorded, place: int, *, other: bool) -> float:
    events, known = recorded.counts[:, 1].sum(axis=-1), recorded.counts[:, :2].sum(axis=(-1, -2))
    sums = [part.sum() - part[place] if other else part[place] for part in (events, recorded.expected, known)]
    return float((sums[0] - sums[1]) / sums[2]) if sums[2] else float("nan")
