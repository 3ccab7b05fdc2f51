"""How large calendar effects may be: prior standard deviations that the data of a panel choose between."""

from dataclasses import dataclass

import numpy as np

from ehforecast.demand.forecasters.calendar_design import CalendarDesign, EffectKind
from ehforecast.demand.forecasters.interface import Array
from ehforecast.demand.steps import Step

FREE = 1.0
"""Prior standard deviation, as a share of the level, of an effect that may have any size."""

DRIFT_A_YEAR = 0.01
"""Of growth or decline in a year, as a share of the level: steady trends must be earned."""

EVENT_SD = 0.2
"""Prior standard deviation of a council's own event: somebody thought it worth naming."""

FEWEST_TO_POOL = 3
"""Series without which none learns from the others."""


@dataclass(frozen=True)
class Prior:
    """Prior standard deviations as shares of a series' level; wave k of the year gets ``harmonic / k``.

    Attributes:
        shape, harmonic, named: of each kind of effect.
        is_pooled: about the mean effect of the other series of the panel, not about zero.
    """

    shape: float
    harmonic: float
    named: float
    is_pooled: bool = False

    def sd(self, design: CalendarDesign) -> Array:
        """(regressors,)."""
        by_kind = {
            EffectKind.SHAPE: self.shape,
            EffectKind.HARMONIC: self.harmonic,
            EffectKind.NAMED: self.named,
            EffectKind.EVENT: max(self.named, EVENT_SD),
            EffectKind.SHIFT: FREE,
            EffectKind.DRIFT: DRIFT_A_YEAR,
        }
        wave = [
            int(name.rpartition("_")[2]) if kind is EffectKind.HARMONIC else 1
            for name, kind in zip(design.names, design.kinds, strict=True)
        ]
        return np.asarray(np.array([by_kind[kind] for kind in design.kinds]) / np.array(wave), dtype=np.float64)


BROAD = Prior(FREE, 0.05, 0.1)
"""The prior under which the error process is chosen and the mean effects of a panel are learned."""

PRIORS = (
    BROAD, Prior(FREE, 0.15, 0.1), Prior(FREE, 0.05, 0.03), Prior(FREE, 0.15, 0.03),
    Prior(0.05, 0.025, 0.05, is_pooled=True), Prior(0.025, 0.0125, 0.025, is_pooled=True),
)  # fmt: skip
"""What each series chooses from, by marginal likelihood."""

OF_MONTHS = (Prior(FREE, 0.05, 0.05),)
"""Months have effects of their own."""

OF_FEW_MONTHS = (*OF_MONTHS, Prior(0.05, 0.05, 0.05, is_pooled=True))
"""With few years the twelve effects are mostly noise, and a panel's are better; with many they cost 0.5%."""

FEW_YEARS = 8.0
"""Years of months below which their effects may be pooled."""


def priors_for(step: Step, *, years: float) -> tuple[Prior, ...]:
    """The priors that series of a step choose from; the first is the broad one, under which the process is chosen."""
    if step is Step.MONTH:
        return OF_FEW_MONTHS if years < FEW_YEARS else OF_MONTHS
    return PRIORS


def mean_of_others(effects: Array) -> Array:
    """For each series (column) the mean effect of all the others; zero where there are too few."""
    number = effects.shape[1]
    if number < FEWEST_TO_POOL:
        return np.zeros_like(effects)
    return np.asarray((effects.sum(axis=1, keepdims=True) - effects) / (number - 1), dtype=np.float64)
