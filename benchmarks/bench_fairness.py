"""One audit of 100,000 estimates beside fairlearn's bootstrap, in the same run: seconds of one core, and peak memory.

Four characteristics alone and two crossings of them (two and all four), one band edge, 2,000 bootstrap draws. Case
`audit_families`: the whole audit, brothers and sisters drawn together, permutation nulls, scores, bounds and words
included. Case `audit_rows`: the same for people without families, whose ranges need no draws. Case `bootstrap_rows`:
draws alone, of rows, which is what fairlearn draws. Method `fairlearn` is extrapolated: its MetricFrame with five
metrics is timed on a few draws of each grouping, and seconds per draw are multiplied by 2,000.

Case `diabetes`: the fairlearn tutorial of PyData Global 2021 on readmission, its figures beside ours.
"""

import argparse
import multiprocessing
import resource
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from diabetes_tutorial import PUBLISHED, tutorial_frame

from ehforecast.risk.fairness.audit import audit
from ehforecast.risk.fairness.counts import tally
from ehforecast.risk.fairness.fairlearn_metrics import fairlearn_bootstrap
from ehforecast.risk.fairness.frame import AuditColumns, AuditFrame, audit_frame
from ehforecast.risk.fairness.settings import AuditSettings, Characteristic, GroupColumn
from ehforecast.risk.fairness.shares import MomentSums

PEOPLE, DRAWS, TIMED_DRAWS, EDGE = 100_000, 2_000, 2, 0.3
COLUMNS = (
    GroupColumn("sex", Characteristic.SEX),
    GroupColumn("ethnicity", Characteristic.RACE, reference="white"),
    GroupColumn("age", Characteristic.AGE),
    GroupColumn("locality", Characteristic.LOCALITY),
)
NAMES = tuple(column.name for column in COLUMNS)
CROSSED = (("sex", "ethnicity"), NAMES)
SETTINGS = AuditSettings(
    (EDGE,), COLUMNS, CROSSED, no_population_because="drawn people", draws=DRAWS, permutations=2_000
)


def people(*, families: bool) -> AuditFrame:
    """Drawn people whose brothers and sisters share all but sex and age."""
    rng = np.random.default_rng(1)
    family = np.repeat(np.arange(PEOPLE), rng.choice([1, 2, 3], PEOPLE, p=[0.6, 0.28, 0.12]))[:PEOPLE]
    estimate = rng.beta(1.5, 3.5, PEOPLE)
    ethnicities = ["white", "black", "asian", "mixed", "other"]
    table = pd.DataFrame(
        {
            "estimate": estimate,
            "outcome": (rng.random(PEOPLE) < estimate).astype(float),
            "family": family,
            "sex": rng.choice(["female", "male"], PEOPLE),
            "ethnicity": rng.choice(ethnicities, PEOPLE, p=[0.7, 0.1, 0.08, 0.08, 0.04])[family],
            "age": rng.choice(["0_4", "5_9", "10_15", "16_17"], PEOPLE),
            "locality": rng.choice(["north", "south", "east", "west"], PEOPLE)[family],
        }
    )
    given = AuditColumns(outcome="outcome", cluster="family" if families else "")
    return audit_frame(table, given, groups=COLUMNS)


def audit_families() -> float:
    """Seconds of one audit with families."""
    return _timed(lambda: audit(people(families=True), SETTINGS))


def audit_rows() -> float:
    """Seconds of one audit without families."""
    return _timed(lambda: audit(people(families=False), SETTINGS))


def bootstrap_rows() -> float:
    """Seconds of drawing rows and summing up, for every grouping."""

    def draw() -> None:
        counted = tally(people(families=False), (EDGE,), crossings=CROSSED)
        sums = [MomentSums(()) for _ in counted.views]
        for drawn in counted.draws(DRAWS, np.random.default_rng(1)):
            for view, total in zip(counted.views, sums, strict=True):
                total.add(counted.grouped(drawn, view))

    return _timed(draw)


def fairlearn_draws() -> float:
    """Seconds that fairlearn would need for as many draws of every grouping, from a few of each."""
    frame, total = people(families=False), 0.0
    for columns in (*((name,) for name in NAMES), *CROSSED):
        once = _timed(lambda c=columns: fairlearn_bootstrap(frame, list(c), edge=EDGE, draws=1))  # type: ignore[misc]
        more = _timed(
            lambda c=columns: fairlearn_bootstrap(frame, list(c), edge=EDGE, draws=1 + TIMED_DRAWS)  # type: ignore[misc]
        )
        total += once + (DRAWS - 1) * (more - once) / TIMED_DRAWS
    return total


def _timed(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def _alone(work: Callable[[], float]) -> tuple[float, float]:
    """Seconds, and megabytes at the peak of a process of its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_with_memory, (work,))


def _with_memory(work: Callable[[], float]) -> tuple[float, float]:
    seconds = work()
    return seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def diabetes_rows(data: Path) -> list[tuple[str, str, str, float, str]]:
    """The tutorial's figures: published, and reckoned by us from the same recipe."""
    found = tutorial_frame(data / "risk" / "diabetes_compact.csv.gz").figures()
    ours = [("diabetes", "ehforecast", metric, value, "share") for metric, value in found.items()]
    return ours + [("diabetes", "published", metric, value, "share") for metric, value in PUBLISHED.items()]


def main() -> None:
    """Time everything and write the table."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--data", type=Path, required=True, help="folder with the public data")
    arguments.add_argument("--out", type=Path, default=Path("benchmarks/out"))
    given = arguments.parse_args()
    rows: list[tuple[str, str, str, float, str]] = []
    peer = _alone(fairlearn_draws)
    for case, work in (
        ("audit_families", audit_families),
        ("audit_rows", audit_rows),
        ("bootstrap_rows", bootstrap_rows),
    ):
        ours = _alone(work)
        for method, (seconds, megabytes) in (("ehforecast", ours), ("fairlearn", peer)):
            rows += [(case, method, "seconds", seconds, "seconds of one core")]
            rows += [(case, method, "peak_memory", megabytes, "megabytes")]
        rows.append((case, "ehforecast", "times_faster", peer[0] / ours[0], f"ratio; {TIMED_DRAWS} draws extrapolated"))
    if (given.data / "risk" / "diabetes_compact.csv.gz").is_file():
        rows += diabetes_rows(given.data)
    table = pd.DataFrame(rows, columns=["case", "method", "metric", "value", "unit"])
    given.out.mkdir(parents=True, exist_ok=True)
    path = given.out / "fairness.csv"
    table.to_csv(path, index=False)
    print(table.round(4).to_string(index=False))
    print(f"written: {path}")


if __name__ == "__main__":
    main()
