"""One synthetic council: its tables as an extract would show them on its last day, and the truth kept apart."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd

from ehforecast.synthetic.council_events import draw_events
from ehforecast.synthetic.council_plan import CouncilPlan
from ehforecast.synthetic.council_truth import CouncilTruth
from ehforecast.synthetic.extract import Extract
from ehforecast.synthetic.faults import plant_faults
from ehforecast.synthetic.recording import Recorder
from ehforecast.synthetic.truth_tables import truth_tables


@dataclass(frozen=True)
class SyntheticCouncil:
    """Tables in the canonical columns, and the truth behind them; neither holds columns of the other."""

    plan: CouncilPlan
    tables: MappingProxyType[str, pd.DataFrame]
    truth_tables: MappingProxyType[str, pd.DataFrame]


def draw_council(plan: CouncilPlan, truth: CouncilTruth | None = None) -> SyntheticCouncil:
    """Draw one council: the same for the same plan and truth.

    >>> council = draw_council(CouncilPlan(seed=1, years=1, contacts_a_year=300, warm_up_years=1))
    >>> sorted(council.tables)[:3]
    ['assessment_factors', 'assessments', 'contacts']
    """
    truth = truth or CouncilTruth()
    history_seed, recording_seed, extract_seed, fault_seed = np.random.SeedSequence(plan.seed).spawn(4)
    events = draw_events(plan, truth=truth, seed=history_seed)
    recorded = Recorder(events, truth, np.random.default_rng(recording_seed)).tables()
    extract = Extract(events, truth, plan)
    tables = extract.tables(recorded, rng=np.random.default_rng(extract_seed))
    known = truth_tables(extract, recorded)
    tables, planted = plant_faults(tables, known, names=plan.faults, rng=np.random.default_rng(fault_seed))
    return SyntheticCouncil(plan, MappingProxyType(tables), MappingProxyType({**known, "faults": planted}))


def draw_councils(plans: Iterable[CouncilPlan], truth: CouncilTruth | None = None) -> Iterator[SyntheticCouncil]:
    """Councils one by one: memory holds one at a time, however many there are."""
    for plan in plans:
        yield draw_council(plan, truth)
