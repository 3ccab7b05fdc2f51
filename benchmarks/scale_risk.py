"""England's risk matrix: out of a store, a part of the families at a time, and trees learned from the parts."""

import json
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from bench_matrix import MOST_DRAWN, QUESTION, TREES, YEARS, Clock, keep_tables
from measured import run_measured
from scale_council import Row, rows_of

from ehforecast.contracts import check_council, load_contract
from ehforecast.contracts.council_source import CouncilSource, Relations
from ehforecast.contracts.sql import literal, quoted
from ehforecast.risk.classifier import RiskClassifier
from ehforecast.risk.cohort_parts import build_cohort_parts
from ehforecast.risk.matrix import CohortPlan
from ehforecast.risk.outcome import followed_until
from ehforecast.risk.timeline import Span, TimelineSettings
from ehforecast.store import Store
from ehforecast.synthetic.council_plan import CouncilPlan

CONTACTS = 8_200_000
"""Of which 5 million index events go into the matrix."""


def england_risk(contacts: int) -> Iterator[Row]:
    """A store of so many contacts, the matrix in parts, and LightGBM's 200 trees of 31 leaves learned from the parts.

    `peak_mib` of `matrix` and `lightgbm` is resident memory of the process; both run in one, one after the other.
    """
    case = f"england_risk_{contacts}"
    with TemporaryDirectory() as folder:
        keep_tables(_plan(contacts), Path(folder), times=-(-contacts // MOST_DRAWN))
        for step in ("keep", "matrix"):
            print(f"{case}: {step}", flush=True)
            found = run_measured([sys.executable, __file__, folder, str(contacts), step])
            for method, figures in dict(json.loads(found.said[-1][1])).items():
                yield from rows_of(case, method, figures=figures)
            yield from rows_of(case, f"{step}_process", figures=found.figures())


def _plan(contacts: int) -> CouncilPlan:
    return CouncilPlan(seed=1, contacts_a_year=contacts // -(-contacts // MOST_DRAWN) // YEARS)


def _keep(folder: Path, plan: CouncilPlan) -> dict[str, dict[str, float]]:
    """Check the tables, which lie in files, and keep them in a store."""
    selects = {path.stem: _select(path) for path in sorted(folder.glob("*.parquet"))}
    source = CouncilSource("bench", "1.0.0", (), plan.extracted_on, None, (), selects, {}, Relations({}, {}))
    store = Store(folder / "store")
    with store.workspace() as workspace:
        store.load_council(check_council(source, as_of=plan.extracted_on, workspace=workspace))
    return {}


def _select(path: Path) -> str:
    cells = [
        f"strftime({quoted(column.name)}, '%Y-%m-%d') AS {quoted(column.name)}"
        if column.logical_type == "date"
        else f"CAST({quoted(column.name)} AS VARCHAR) AS {quoted(column.name)}"
        for column in load_contract(path.stem).columns
    ]
    return f"SELECT {', '.join(cells)} FROM read_parquet({literal(path)})"  # noqa: S608 - our own names


def _matrix(folder: Path, plan: CouncilPlan) -> dict[str, dict[str, float]]:
    """Nearly all families learn, from the first day on, so that the matrix is of nearly all events of five years."""
    until, day = followed_until(QUESTION, plan.extracted_on), timedelta(days=1)
    test = Span(until - 394 * day, until - 365 * day)
    calibrate = Span(test.first_on - 30 * day, test.first_on - day)
    train = Span(plan.starts_on, calibrate.first_on - day)
    timeline = TimelineSettings(train, calibrate, test, labels="censored", lots=(0.98, 0.01, 0.01), warm_up_days=0)
    asked = CohortPlan(QUESTION, timeline, plan.extracted_on)
    with Clock() as building, Store(folder / "store").known_by_engine(plan.extracted_on, memory_gib=1.0) as known:
        made = build_cohort_parts(known, folder / "cohort", plan=asked)
    plain = RiskClassifier(
        leaves=31, trees=TREES, learning_rate=0.1, feature_fraction=1.0, bagging_fraction=1.0, l2=0.0
    )
    with Clock() as fitting:
        made.fit(plain)
    rows = sum(made.account.families.kept.values())
    built = {
        "cpu_seconds": building.seconds, "peak_mib": building.peak_mib, "parts": len(made), "events": rows,
        "matrix_mib": 8 * rows * len(made.catalogue) / (1 << 20), "ratio": building.seconds / fitting.seconds,
    }  # fmt: skip
    return {"matrix": built, "lightgbm": {"cpu_seconds": fitting.seconds, "peak_mib": fitting.peak_mib}}


def main() -> None:
    """One step, measured by who called."""
    folder, contacts, step = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    print(json.dumps({"keep": _keep, "matrix": _matrix}[step](folder, _plan(contacts))), file=sys.stderr)


if __name__ == "__main__":
    main()
