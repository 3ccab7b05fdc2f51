"""Monthly referrals of councils that never existed, with the truth they were drawn from."""

from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ehforecast.reference.area_codes import Area, AreaRegister
from ehforecast.reference.days import days
from ehforecast.vocabulary.areas import AreaLevel

Array = npt.NDArray[np.float64]

COUNCIL_NAMES = (
    "Northmere", "Ashby Vale", "Eastholm", "Copley Heath", "Wharrendale", "St Osmund", "Tarnwick", "Harbour Ness",
    "Marlow Cross", "Upper Swale", "Kelby", "Fenstead", "Dunmoor", "Oxmarsh", "Ravensbridge", "Thornhythe",
)  # fmt: skip

COUNTRY = Area("X92000001", "Synthetica", AreaLevel.COUNTRY)
REGIONS = (
    Area("X12000001", "Synthetic North", AreaLevel.REGION, COUNTRY.code),
    Area("X12000002", "Synthetic South", AreaLevel.REGION, COUNTRY.code),
)


@dataclass(frozen=True)
class ReferralTruth:
    """What the synthetic referrals are drawn from. Figures: DfE *Children in need* 2013-2024, derived, unless said.

    Monthly mean = level * working days * month index * (1 - (1 - holiday_ratio) * holiday share) * Covid factor; the
    log of the level moves once a year and by an autocorrelated monthly disturbance; counts are Poisson about that.
    """

    month_index: tuple[float, ...] = (1.05, 1.03, 1.03, 1.02, 1.09, 1.06, 1.04, 1.0, 0.97, 1.0, 1.02, 0.95)
    """January to December, on a school day; centred when used."""

    holiday_ratio: float = 0.80
    """Referrals on a working day in school holidays over those on a school day (95% interval 0.78 to 0.82)."""

    monthly_sd: float = 0.15
    """Standard deviation of the monthly disturbance of log level (median council)."""

    monthly_autocorrelation: float = 0.29

    yearly_sd: float = 0.12
    """Of the log level's change each April, apart from breaks."""

    break_chance: float = 0.11
    """Chance, each April, that recording or practice changes and the level jumps."""

    break_sd: float = 0.30

    smallest_level: float = 3.0
    largest_level: float = 32.0
    """Referrals per working day in the first year (10th and 90th percentile of councils: 6 and 26)."""

    covid: tuple[float, ...] = (
        0.80, 0.76, 0.81, 0.89, 0.90, 1.06, 1.0, 0.97, 0.98, 0.96, 0.86, 0.88, 0.95, 1.03, 1.06, 1.0, 1.0,
    )  # fmt: skip
    """March 2020 to July 2021, against the same months before."""

    def as_dict(self) -> dict[str, object]:
        """For writing beside the data."""
        return asdict(self)


def register(councils: int) -> AreaRegister:
    """A country, two regions and this many councils, all invented (codes begin with X)."""
    return AreaRegister([COUNTRY, *REGIONS, *_councils(councils)])


def _councils(number: int) -> list[Area]:
    names = [COUNCIL_NAMES[place] if place < len(COUNCIL_NAMES) else f"Council {place + 1}" for place in range(number)]
    return [
        Area(f"X06{place + 1:06d}", name, AreaLevel.COUNCIL, REGIONS[place % 2].code)
        for place, name in enumerate(names)
    ]


def expected_referrals(months: pd.PeriodIndex, levels: Array, *, truth: ReferralTruth) -> Array:
    """True means: (months, councils), from levels of the same shape in referrals per working day."""
    daily = days(months[0].year, months[-1].year)
    by_month = pd.DatetimeIndex(daily.index).to_period("M")
    working = daily["working_day"].groupby(by_month).sum().loc[months].to_numpy()
    at_school = daily["school_day"].groupby(by_month).sum().loc[months].to_numpy()
    effective_days = at_school + truth.holiday_ratio * (working - at_school)
    index = np.asarray(truth.month_index) / np.mean(truth.month_index)
    pandemic = pd.Series(truth.covid, index=pd.period_range("2020-03", periods=len(truth.covid), freq="M"))
    shape = index[months.month.to_numpy() - 1] * effective_days * pandemic.reindex(months).fillna(1.0).to_numpy()
    return np.asarray(levels * shape[:, None])


def draw_levels(months: pd.PeriodIndex, councils: int, *, truth: ReferralTruth, rng: np.random.Generator) -> Array:
    """True levels: (months, councils), referrals per working day."""
    start = np.log(rng.uniform(truth.smallest_level, truth.largest_level, councils))
    april = (months.month.to_numpy() == 4) & (np.arange(len(months)) > 0)
    breaks = rng.random((len(months), councils)) < truth.break_chance
    moves = rng.normal(0, truth.yearly_sd, breaks.shape) + breaks * rng.normal(0, truth.break_sd, breaks.shape)
    steady = start + np.cumsum(moves * april[:, None], axis=0)
    return np.asarray(np.exp(steady + _autocorrelated(breaks.shape, truth, rng=rng)), dtype=np.float64)


def _autocorrelated(shape: tuple[int, ...], truth: ReferralTruth, *, rng: np.random.Generator) -> Array:
    innovations = rng.normal(0, truth.monthly_sd * np.sqrt(1 - truth.monthly_autocorrelation**2), shape)
    disturbance = np.empty(shape)
    previous = rng.normal(0, truth.monthly_sd, shape[1])
    for month in range(shape[0]):
        previous = truth.monthly_autocorrelation * previous + innovations[month]
        disturbance[month] = previous
    return disturbance


def draw_referrals(
    first_month: str, *, years: int, councils: int, seed: int, truth: ReferralTruth | None = None
) -> pd.DataFrame:
    """Counts by month (monthly periods, whole reporting years) and council code; the same for the same seed.

    >>> draw_referrals("2014-04", years=1, councils=2, seed=1).shape
    (12, 2)
    """
    truth = truth or ReferralTruth()
    rng = np.random.default_rng(seed)
    months = pd.period_range(first_month, periods=12 * years, freq="M", name="month")
    means = expected_referrals(months, draw_levels(months, councils, truth=truth, rng=rng), truth=truth)
    codes = [area.code for area in _councils(councils)]
    return pd.DataFrame(rng.poisson(means), index=months, columns=codes)
