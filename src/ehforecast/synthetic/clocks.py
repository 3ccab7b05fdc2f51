"""When things are written down: days between what happened and what the system held."""

import numpy as np
import numpy.typing as npt

from ehforecast.synthetic.council_truth import RecordingTruth

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

NOT_YET = np.iinfo(np.int64).max // 4
"""A day after all days: not known, or not happened."""


def draw_lags(
    number: int, usual_days: float, *, truth: RecordingTruth, rng: np.random.Generator, tail: float | Floats = 1.0
) -> Integers:
    """Days to recording: geometric about ``usual_days``, and a late tail whose share is multiplied by ``tail``."""
    usual = rng.geometric(1 / (1 + usual_days), number) - 1
    late = rng.random(number) < truth.late_share * tail
    return np.asarray(usual + late * np.ceil(rng.exponential(truth.late_days, number)), dtype=np.int64)


def as_dates(on: Integers) -> npt.NDArray[np.datetime64]:
    """Days since 1970 as dates, `NOT_YET` as absent."""
    dates = np.where(on >= NOT_YET, np.int64(0), on).astype("datetime64[D]").astype("datetime64[us]")
    return np.where(on >= NOT_YET, np.datetime64("NaT", "us"), dates)


def working_to_calendar(working_days: Floats) -> Integers:
    """Working days as calendar days: seven for every five."""
    return np.asarray(np.round(working_days * 7 / 5), dtype=np.int64)
