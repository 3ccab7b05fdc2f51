"""Risk estimates on public data and on a council that never existed, beside simple peers, as a tidy table.

Case `nij_year1`: re-arrest within a year, official split. Case `nij_year1_n1000`: the same from 1,000 people,
mean of six draws. Case `diabetes_later_unseen`: return to hospital within 30 days, learned from the first
70% of stays and judged on later people never seen; deaths and hospice are not at risk. Case `synthetic_council`:
escalation after early help in three councils of six years and 60,000 contacts a year, pooled, beside the true chances.

Method `ehforecast` is the package's default: default settings, default search budget, its own choice of calibration. It
is judged on everyone, those included for whom it would give a reason instead of an estimate; `abstained` says how many.
Race is never a feature. `lower` and `upper` are 95% limits over resampled people.
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from council_risk import judge, pooled, slope_by_truth

from ehforecast.risk.assessment import Assessment, AssessmentSettings, assess
from ehforecast.risk.cohort import Cohort, Feature
from ehforecast.risk.cohort_split import SplitSettings
from ehforecast.risk.cohort_table import CohortColumns, cohort_from_table
from ehforecast.risk.performance import Judged, PerformanceSettings

NIJ_CATEGORIES = ("Residence_PUMA", "Prison_Offense", "Supervision_Level_First")
NIJ_NOT_FEATURES = ("row", "Recidivism_Arrest_Year1", "Training_Sample", "Race", "period")
DRAWS, DRAWN = 6, 1_000

NOT_AT_RISK = (11, 13, 14, 19, 20, 21)
"""Discharge codes of death and hospice: a competing event, not a success."""

DIABETES_NUMBERS = ("time_in_hospital", "labs", "procs", "meds", "n_out", "n_emer", "n_inp", "n_diag")
DIABETES_CATEGORIES = (
    "gender", "age", "admission_type", "discharge", "source", "payer", "specialty", "diag1", "diag2", "diag3", "glu",
    "a1c", "insulin", "change", "diabmed",
)  # fmt: skip
COUNCIL, COUNCIL_SEEDS, CONTACTS_A_YEAR = "synthetic_council", (101, 102, 103), 60_000
METRICS = ("brier", "auroc", "average_precision", "logloss", "slope", "citl", "ece", "brier_skill")
OURS = "lightgbm"


@dataclass(frozen=True)
class Case:
    """A name, and how to make its cohorts: several are averaged."""

    name: str
    cohorts: Callable[[Path], list[Cohort]]


def nij(data: Path) -> list[Cohort]:
    """The official split; 15% of the official training people, drawn, choose the calibration."""
    return [_nij_cohort(_nij_table(data))]


def nij_small(data: Path) -> list[Cohort]:
    """Six draws of 1,000 of the official training people, all judged on the same test people."""
    table = _nij_table(data)
    train = table.index[table["period"] == "train"].to_numpy()
    drawn = [np.random.default_rng(draw).choice(train, DRAWN, replace=False) for draw in range(DRAWS)]
    return [_nij_cohort(table[(table["period"] == "test") | table.index.isin(kept)]) for kept in drawn]


def _nij_table(data: Path) -> pd.DataFrame:
    table = pd.read_csv(data / "risk" / "nij_year1.csv")
    return table.assign(period=np.where(table["Training_Sample"] == 1, "train", "test"))


def _nij_cohort(table: pd.DataFrame) -> Cohort:
    """Minus one means not recorded; the gang field, absent for every woman, is left as it is."""
    names = [str(name) for name in table if name not in NIJ_NOT_FEATURES]
    table = table.assign(**{name: table[name].where(table[name] != -1) for name in names})
    columns = CohortColumns(person="row", outcome="Recidivism_Arrest_Year1", period="period", audit=("Race", "Gender"))
    table = table.assign(sex_feature=table["Gender"])
    features: list[str | Feature] = [
        Feature(name, name, levels=_levels(table[name])) if name in NIJ_CATEGORIES else name
        for name in names
        if name != "Gender"
    ]
    split = SplitSettings(calibrate_share=0.15)
    return cohort_from_table(table, columns, features=[*features, "sex_feature"], horizon_days=365, split=split)


def _levels(column: pd.Series) -> tuple[str, ...]:
    return tuple(f"{value:g}" for value in sorted(column.dropna().unique()))


def diabetes(data: Path) -> list[Cohort]:
    """The order of stays stands for time; the last 15% of the training stays, people not seen before, calibrate."""
    table = pd.read_csv(data / "risk" / "diabetes_compact.csv.gz", keep_default_na=False, low_memory=False)
    table = table[~table["discharge"].isin(NOT_AT_RISK)].reset_index(drop=True)
    test_from = int(0.7 * len(table))
    first = table.groupby("patient")["seq"].transform("min")
    place = np.searchsorted([int(0.85 * test_from), test_from], table.index, side="right")
    first_place = np.searchsorted(table["seq"].iloc[[int(0.85 * test_from), test_from]], first, side="right")
    period = pd.Series(np.array(["train", "calibrate", "test"])[place], dtype="object").where(place == first_place)
    table = table.assign(period=period, came=(table["readmitted"] == "<30").astype(int))
    table = table.astype(dict.fromkeys(DIABETES_CATEGORIES, "str"))
    columns = CohortColumns(person="patient", outcome="came", period="period", audit=("race",))
    return [cohort_from_table(table, columns, features=[*DIABETES_NUMBERS, *DIABETES_CATEGORIES], horizon_days=30)]


CASES = (
    Case("nij_year1", nij),
    Case("nij_year1_n1000", nij_small),
    Case("diabetes_later_unseen", diabetes),
)


def run(case: Case, data: Path, *, replicates: int) -> pd.DataFrame:
    """Every model on one case: ``case, method, metric, value, unit, lower, upper``."""
    tables = []
    for cohort in case.cohorts(data):
        began = time.process_time()
        assessment = assess(cohort, AssessmentSettings(performance=PerformanceSettings(learning_shares=())))
        seconds = time.process_time() - began
        tables.append(_figures(cohort, assessment, replicates=replicates, seconds=seconds))
        print(f"{case.name}: {len(tables)} assessed in {seconds:.0f} CPU seconds", flush=True)
    together = pd.concat(tables).groupby(["method", "metric"], sort=False)[["value", "lower", "upper"]].mean()
    return together.reset_index().assign(case=case.name)


def run_council(*, replicates: int) -> pd.DataFrame:
    """The same table for synthetic councils, with two ceilings as methods: the true chance, and what records hold."""
    began = time.process_time()
    rows = pooled(COUNCIL_SEEDS, CONTACTS_A_YEAR)
    found = judge(rows, replicates=replicates)
    table = found.performance().rename(columns={"model": "method"})
    gaps = found.differences("ehforecast").assign(method="ehforecast")
    gaps["metric"] = gaps["metric"] + "_less_" + gaps["than"]
    extra = pd.DataFrame(
        [("ehforecast", "seconds", time.process_time() - began), ("ehforecast", "abstained", rows["is_silent"].mean())]
        + [(model, "slope_by_truth", slope_by_truth(rows, model)) for model in ("ehforecast", "logistic", "records")],
        columns=["method", "metric", "value"],
    )
    print(f"{COUNCIL}: {len(rows)} people judged", flush=True)
    columns = ["method", "metric", "value", "lower", "upper"]
    return pd.concat([table[table["metric"].isin(METRICS)], gaps, extra])[columns].assign(case=COUNCIL)


def _figures(cohort: Cohort, assessment: Assessment, *, replicates: int, seconds: float) -> pd.DataFrame:
    """Everyone in the test period whose outcome is known, abstained or not."""
    test, estimates = cohort.of("test"), assessment.estimates
    ours = assessment.model.estimate(test.features, abstain=False)["estimate"]
    known = (estimates["weight"] > 0).to_numpy()
    simple = [str(name) for name in estimates if str(name).startswith("estimate_by_")]
    by_model = {OURS: ours.to_numpy()[known]}
    by_model |= {name.removeprefix("estimate_by_"): estimates[name].to_numpy()[known] for name in simple}
    settings = PerformanceSettings(replicates=replicates)
    judged = Judged(by_model, estimates.loc[known, ["outcome", "weight", "group_id"]], settings)
    table = judged.performance().rename(columns={"model": "method"})
    gaps = judged.differences(OURS).assign(method=OURS)
    gaps["metric"] = gaps["metric"] + "_less_" + gaps["than"]
    extra = pd.DataFrame(
        [
            (OURS, "seconds", seconds),
            (OURS, "abstained", (estimates["abstained_because"] != "").mean()),
            (OURS, "bar_met", float(assessment.result.verdict == "met")),
        ],
        columns=["method", "metric", "value"],
    )
    columns = ["method", "metric", "value", "lower", "upper"]
    return pd.concat([table[table["metric"].isin(METRICS)], gaps, extra])[columns].replace({OURS: "ehforecast"})


def main() -> None:
    """Run every case and write the table."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--data", type=Path, required=True, help="folder with the public data")
    arguments.add_argument("--out", type=Path, default=Path("benchmarks/out"))
    arguments.add_argument("--replicates", type=int, default=300)
    arguments.add_argument("--case", action="append", help="only this case; may be given more than once")
    given = arguments.parse_args()
    wanted = [case for case in CASES if not given.case or case.name in given.case]
    tables = [run(case, given.data, replicates=given.replicates) for case in wanted]
    if not given.case or COUNCIL in given.case:
        tables.append(run_council(replicates=given.replicates))
    table = pd.concat(tables, ignore_index=True)
    units = {"seconds": "CPU seconds", "abstained": "share", "bar_met": "yes or no"}
    table["unit"] = table["metric"].map(units).fillna("")
    given.out.mkdir(parents=True, exist_ok=True)
    path = given.out / "risk.csv"
    table[["case", "method", "metric", "value", "unit", "lower", "upper"]].to_csv(path, index=False)
    shown = table[table["metric"].isin(METRICS)].pivot(index=["case", "method"], columns="metric", values="value")
    print(shown[list(METRICS)].round(4).to_string())
    print(f"written: {path}")


if __name__ == "__main__":
    main()
