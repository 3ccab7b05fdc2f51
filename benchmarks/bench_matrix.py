"""Building the risk matrix beside fitting plain LightGBM on it: time on one thread, and peak memory beside the matrix.

Synthetic councils of so many contacts in six years (`--contacts 100000 1400000`), each contact that can be followed an
index event; `--contacts 6600000` are 5 million events, of one council copied under other ids. Each is measured in a
process of its own that has only read the tables, so that what it peaks at is the matrix's doing. Method `ehforecast`
builds the matrix, `lightgbm` fits 200 trees of the defaults on it. Linux alone.
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
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ehforecast.risk.features import build_features, feature_recipes
from ehforecast.risk.matrix import build_cohort
from ehforecast.risk.outcome import follow_up
from ehforecast.risk.outcome_settings import QUESTIONS
from ehforecast.risk.timeline import default_timeline
from ehforecast.synthetic.council import draw_council
from ehforecast.synthetic.council_plan import CouncilPlan

YEARS, TREES = 6, 200
MOST_DRAWN = 1_400_000
"""Contacts of one council; more are copies of it."""
FIGURES = "figures.csv"
UNITS = {"seconds": "seconds of one core", "peak_mib": "MiB"}
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
    """Follow up, build, fit; for one council the whole cohort too. Leaves the figures in the folder."""
    tables = {file.stem: pd.read_parquet(file) for file in sorted(folder.glob("*.parquet"))}
    with Clock() as following:
        rows = follow_up(tables, QUESTION, extracted_on=plan.extracted_on).rows
    with Clock() as building:
        features = build_features(tables, rows, own_table="contacts", recipes=feature_recipes())
    matrix_mib = 8 * features.shape[0] * features.shape[1] / (1 << 20)
    events = features.shape[0]
    with Clock() as fitting:
        _fit_plain(features, rows["event_days"] <= 365)
    found = [
        ("follow_up", "seconds", following.seconds), ("follow_up", "peak_mib", following.peak_mib),
        ("ehforecast", "seconds", building.seconds), ("ehforecast", "peak_mib", building.peak_mib),
        ("ehforecast", "peak_over_matrix", building.peak_mib / matrix_mib),
        ("ehforecast", "ratio_to_fit", building.seconds / fitting.seconds),
        ("lightgbm", "seconds", fitting.seconds), ("lightgbm", "peak_mib", fitting.peak_mib),
    ]  # fmt: skip
    if plan.contacts_a_year * YEARS <= 200_000:
        del features
        timeline = default_timeline(plan.starts_on, plan.extracted_on, families=QUESTION.families)
        with Clock() as whole:
            build_cohort(tables, question=QUESTION, timeline=timeline, extracted_on=plan.extracted_on)
        found.append(("whole_cohort_with_checks", "seconds", whole.seconds))
    table = pd.DataFrame(found, columns=["method", "metric", "value"])
    table.insert(0, "case", f"events_{events}")
    table.assign(unit=table["metric"].map(UNITS).fillna("ratio")).to_csv(folder / FIGURES, index=False)


def keep_tables(plan: CouncilPlan, folder: Path, *, times: int) -> None:
    """The tables of a council, as often as asked, the ids of each copy other than those of the rest."""
    for name, table in draw_council(plan).tables.items():
        given = pa.Table.from_pandas(table, preserve_index=False)
        with pq.ParquetWriter(folder / f"{name}.parquet", given.schema) as file:
            for copy in range(times):
                file.write_table(_under_other_ids(given, f"-{copy}") if copy else given)


def _under_other_ids(table: pa.Table, ending: str) -> pa.Table:
    for place, column in enumerate(table.schema):
        if column.name.endswith("_id"):
            more, between = (pa.scalar(text, column.type) for text in (ending, ""))
            table = table.set_column(place, column, pc.binary_join_element_wise(table[column.name], more, between))
    return table


def _fit_plain(features: pd.DataFrame, outcome: pd.Series) -> None:
    numbers = features.copy(deep=False)
    for name in features.select_dtypes("category"):
        numbers[name] = features[name].cat.codes
    lightgbm.LGBMClassifier(n_estimators=TREES, num_threads=1, verbose=-1).fit(numbers, outcome)


def main() -> None:
    """Draw, keep and measure each size asked for; write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="not used: the councils are drawn")
    parser.add_argument("--out", type=Path, default=Path("benchmarks/out"))
    parser.add_argument("--contacts", type=int, nargs="+", default=[100_000])
    given = parser.parse_args()
    tables = []
    for contacts in given.contacts:
        times = -(-contacts // MOST_DRAWN)
        plan = CouncilPlan(seed=1, contacts_a_year=contacts // times // YEARS)
        with tempfile.TemporaryDirectory() as folder:
            keep_tables(plan, Path(folder), times=times)
            process = multiprocessing.get_context("spawn").Process(target=measure, args=(Path(folder), plan))
            process.start()
            process.join()
            tables.append(pd.read_csv(Path(folder) / FIGURES))
            print(tables[-1].to_string(index=False), flush=True)
    given.out.mkdir(parents=True, exist_ok=True)
    pd.concat(tables, ignore_index=True).to_csv(given.out / "matrix.csv", index=False)
    print(f"written: {given.out / 'matrix.csv'}")


if __name__ == "__main__":
    main()
