"""`make bench`: every benchmark in its short form, then one table and one plot, with a line on each.

Each writes its own table as it does alone (`make bench-NAME` is the long form); `benchmarks/out/bench.csv` holds all of
them, `bench.svg` each one's ratio to what a user would pick instead. Below 1 is less time, or a smaller miss.
A benchmark whose data are not there, or that fails, is left out, and said so; then the command fails at its end.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Compared:
    """Ours over a peer's, in one metric; turned round where more is better."""

    words: str
    metric: str
    peer: str
    more_is_better: bool = False
    ours: str = "ehforecast"

    def ratios(self, table: pd.DataFrame) -> Iterator[tuple[str, float]]:
        """By case, where both are there."""
        for case, rows in table[table["metric"] == self.metric].groupby("case", sort=False):
            values = rows.drop_duplicates("method").set_index("method")["value"]
            if {self.ours, self.peer} <= set(values.index):
                ratio = float(values[self.ours] / values[self.peer])
                yield str(case), 1 / ratio if self.more_is_better else ratio


SHORT: Mapping[str, Sequence[str]] = {
    "ingest": ("--rows", "300000", "--format", "csv"),
    "demand": ("--case", "dfe_monthly"),
    "matrix": ("--contacts", "100000"),
    "risk": ("--case", "nij_year1", "--replicates", "50"),
    "explain": (),
    "fairness": (),
    "scale": ("--short", "--cases", "start_up,one_council,growth,england_forecast"),
}
"""The short form of each."""

COMPARED: Mapping[str, Sequence[Compared]] = {
    "ingest": (Compared("check and keep: time over a plain scan and cast", "seconds", "plain_scan"),
               Compared("check and keep: time over a plain copy", "seconds", "plain_copy")),
    "demand": (Compared("forecast: miss (WAPE) over the seasonal naive's", "wape", "seasonal_naive"),
               Compared("forecast: miss (WAPE) over ETS's", "wape", "ets"),
               Compared("forecast: time a series over ETS's", "seconds_per_series", "ets")),
    "matrix": (Compared("risk matrix: time over one LightGBM fit", "seconds", "lightgbm"),),
    "risk": (Compared("risk: Brier score over logistic regression's", "brier", "logistic"),),
    "explain": (Compared("explain: time a row over LightGBM's own", "rows_per_second", "pred_contrib", True),
                Compared("explain: time a row over shap's", "rows_per_second", "shap", True)),
    "fairness": (Compared("audit: time over fairlearn's bootstrap", "seconds", "fairlearn"),
                 Compared("audit: memory over fairlearn's", "peak_memory", "fairlearn")),
    "scale": (Compared("England: time a series, all dates, over one ETS fit", "cpu_seconds_per_series_in_this_process",
                       "statsmodels_ets",
                       ours="ehforecast_local"),
              Compared("run again with nothing new: time over the first", "seconds", "ehforecast_months",
                       ours="nothing_new")),
}  # fmt: skip
"""What is put beside what, and in what words."""


def run_short(name: str, data: Path, *, out: Path) -> bool:
    """One benchmark in its short form; whether it came to its end. Its table of an earlier time goes first."""
    (out / f"{name}.csv").unlink(missing_ok=True)
    command = [sys.executable, str(HERE / f"bench_{name}.py"), "--data", str(data), "--out", str(out), *SHORT[name]]
    print(f"bench {name}: {' '.join(command[1:])}", flush=True)
    done = subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)  # noqa: S603 - our own
    if done.returncode:
        print("\n".join(done.stderr.splitlines()[-5:]), flush=True)
    return done.returncode == 0 and (out / f"{name}.csv").is_file()


def summary(names: Sequence[str], out: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """All tables in one, and every comparison with its ratio."""
    tables = {name: pd.read_csv(out / f"{name}.csv") for name in names}
    compared = [
        (name, each.words, case, ratio)
        for name, table in tables.items()
        for each in COMPARED[name]
        for case, ratio in each.ratios(table)
    ]
    everything = pd.concat([table.assign(benchmark=name) for name, table in tables.items()], ignore_index=True)
    first = ["benchmark", "case", "method", "metric", "value", "unit"]
    return everything[first], pd.DataFrame(compared, columns=["benchmark", "compared", "case", "ratio"])


def plot(ratios: pd.DataFrame, path: Path) -> None:
    """Every ratio as a bar from 1."""
    figure = Figure(figsize=(11, 1.2 + 0.36 * len(ratios)), layout="constrained")
    axes = figure.subplots()
    rows = ratios.iloc[::-1]
    axes.barh(rows["compared"] + " (" + rows["case"] + ")", rows["ratio"] - 1, left=1, color="#12436d")
    axes.set(xscale="log", xlabel="ours over the other's: left of the line is less")
    axes.axvline(1, color="black", linewidth=0.8)
    figure.savefig(path)


def main() -> None:
    """Run each, then write the table, the plot and a line on each."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--data", type=Path, required=True, help="folder with the public data")
    arguments.add_argument("--out", type=Path, default=Path("benchmarks/out"))
    arguments.add_argument("--only", help="some of them, with commas")
    given = arguments.parse_args()
    names = given.only.split(",") if given.only else list(SHORT)
    given.out.mkdir(parents=True, exist_ok=True)
    print(f"load when it began: {os.getloadavg()[0]:.1f} processes waiting, {os.cpu_count()} processors", flush=True)
    done = [name for name in names if run_short(name, given.data, out=given.out)]
    if done:
        table, ratios = summary(done, given.out)
        table.to_csv(given.out / "bench.csv", index=False)
        plot(ratios, given.out / "bench.svg")
        for name, words, case, ratio in ratios.itertuples(index=False):
            print(f"{name:9} {words} ({case}): {ratio:.3g}")
        print(f"written: {given.out / 'bench.csv'}, {given.out / 'bench.svg'}")
    if missing := [name for name in names if name not in done]:
        raise SystemExit(f"not done: {', '.join(missing)}")


if __name__ == "__main__":
    main()
