"""Building the risk matrix beside fitting plain LightGBM on it: time on one thread, and peak memory beside the matrix.

`python benchmarks/bench_matrix.py --contacts 100000 1400000`: synthetic councils of so many contacts in six years, each
contact that can be followed an index event. Each is measured in a process of its own that has only read the tables, so
that what it peaks at is the matrix's doing. Linux alone.
"""

import argparse
import multiprocessing
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import lightgbm
import pandas as pd

from ehforecast.risk.features import build_features, feature_recipes
from ehforecast.risk.matrix import build_cohort
from ehforecast.risk.outcome import follow_up
from ehforecast.risk.outcome_settings import QUESTIONS
from ehforecast.risk.timeline import default_timeline
from ehforecast.synthetic.council import draw_council
from ehforecast.synthetic.council_plan import CouncilPlan

YEARS, TREES = 6, 200
QUESTION = QUESTIONS["escalation_after_contact"]


@dataclass
class Clock:
    """Seconds of this process's own work, and the most memory it held above what it held at the start, in MiB."""

    started_s: float = 0.0
    held_mib: float = 0.0
    seconds: float = 0.0
    peak_mib: float = 0.0

    def __enter__(self) -> Self:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
        self.started_s, self.held_mib = time.process_time(), _memory_mib("VmRSS")
        return self

    def __exit__(self, *error: object) -> None:
        self.seconds = time.process_time() - self.started_s
        self.peak_mib = _memory_mib("VmHWM") - self.held_mib


def _memory_mib(name: str) -> float:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return int(next(line for line in lines if line.startswith(name)).split()[1]) / 1024


def measure(folder: Path, plan: CouncilPlan) -> None:
    """Follow up, build, fit; for one council the whole cohort too."""
    tables = {file.stem: pd.read_parquet(file) for file in sorted(folder.glob("*.parquet"))}
    with Clock() as following:
        rows = follow_up(tables, QUESTION, extracted_on=plan.extracted_on).rows
    with Clock() as building:
        features = build_features(tables, rows, own_table="contacts", recipes=feature_recipes())
    matrix_mib = 8 * features.shape[0] * features.shape[1] / (1 << 20)
    print(f"{len(tables['contacts']):,} contacts, {features.shape[0]:,} index events, {features.shape[1]} features")
    print(f"  follow-up {following.seconds:.1f} s, peak {following.peak_mib:.0f} MiB")
    print(f"  matrix {building.seconds:.1f} s, {matrix_mib:.0f} MiB as 8-byte numbers; peak "
          f"{building.peak_mib:.0f} MiB, {building.peak_mib / matrix_mib:.2f} times the matrix")  # fmt: skip
    with Clock() as fitting:
        _fit_plain(features, rows["event_days"] <= 365)
    print(f"  LightGBM, {TREES} trees, defaults {fitting.seconds:.1f} s, peak {fitting.peak_mib:.0f} MiB; "
          f"matrix / fit {building.seconds / fitting.seconds:.2f}", flush=True)  # fmt: skip
    if plan.contacts_a_year * YEARS <= 200_000:
        del features
        timeline = default_timeline(plan.starts_on, plan.extracted_on, families=QUESTION.families)
        with Clock() as whole:
            cohort = build_cohort(tables, question=QUESTION, timeline=timeline, extracted_on=plan.extracted_on).cohort
        print(f"  the whole cohort with checks, {len(cohort):,} rows in periods {whole.seconds:.1f} s", flush=True)


def _fit_plain(features: pd.DataFrame, outcome: pd.Series) -> None:
    numbers = features.copy(deep=False)
    for name in features.select_dtypes("category"):
        numbers[name] = features[name].cat.codes
    lightgbm.LGBMClassifier(n_estimators=TREES, num_threads=1, verbose=-1).fit(numbers, outcome)


def main() -> None:
    """Draw, keep and measure each size asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--contacts", type=int, nargs="+", default=[100_000])
    for contacts in parser.parse_args().contacts:
        plan = CouncilPlan(seed=1, contacts_a_year=contacts // YEARS)
        with tempfile.TemporaryDirectory() as folder:
            for name, table in draw_council(plan).tables.items():
                table.to_parquet(Path(folder) / f"{name}.parquet")
            process = multiprocessing.get_context("spawn").Process(target=measure, args=(Path(folder), plan))
            process.start()
            process.join()


if __name__ == "__main__":
    main()
