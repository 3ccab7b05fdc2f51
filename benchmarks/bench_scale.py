"""From one council to England: what the whole takes, how it grows, and what it is on several processes.

Cases (`--cases one_council,growth`; all of them if none is named):

- `one_council`: 100,000 contacts over 6 years through `ehforecast run`: monthly series of the council, its localities,
  its sources and both together, breaks, flows, risk with tuning, SHAP, audit, papers; then the same series by weeks.
  `seconds_STEP` says where the time goes. Method `nothing_new` is the same command once more.
- `growth`: the same run (without weeks; its question asked after every contact) at several sizes (`--sizes`);
  `exponent` is the power of the number of contacts that its seconds grow with, by least squares over all sizes;
  `exponent_cpu` the same of processor seconds.
- `england_ingest`: check and keep beside DuckDB's plain scan-and-cast, and plain copy, of the same CSV files
  (`--contacts`; 20,000,000 is all of England over 6 years).
- `england_forecast`: 153 councils x (1 + 4 localities + 11 sources) monthly series built in one pass, tested on the
  past and forecast, here and over processes; beside it, what one series takes alone in statsmodels' ETS.
- `england_risk`: the risk matrix of 5 million index events out of a store, a part of the families at a time, and trees
  learned from the parts; `matrix_mib` is what the matrix would take in memory.
- `cluster`: `ehforecast run --engine dask://` on two worker processes beside the same run here; then with one killed.
  `files_that_differ` counts files that are not equal to the byte.
- `start_up`: importing the package, and `--help`.

`peak_mib` is of all processes of a command together. `load` is what else the machine was doing when it began (processes
waiting for a processor): seconds with a load above nought are too long, and `cpu_seconds` and ratios tell more.
"""

import argparse
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure
from scale_cluster import cluster
from scale_council import Row, growth, one_council, start_up
from scale_england import COUNCILS, england_forecast, england_ingest
from scale_risk import CONTACTS, england_risk

COLUMNS = ["case", "method", "metric", "value", "unit"]
SIZES = (10_000, 30_000, 100_000, 300_000, 1_000_000)
SHORT_SIZES = (10_000, 30_000)
CASES = ("start_up", "one_council", "growth", "england_ingest", "england_forecast", "england_risk", "cluster")


def cases(given: argparse.Namespace) -> Mapping[str, Callable[[], Iterator[Row]]]:
    """What each case runs, at the size asked for."""
    short = given.short
    sizes = given.sizes or (SHORT_SIZES if short else SIZES)
    contacts = given.contacts or (300_000 if short else 3_000_000)
    of_risk = given.contacts or (300_000 if short else CONTACTS)
    councils = given.councils or (15 if short else COUNCILS)
    return {
        "start_up": start_up,
        "one_council": lambda: one_council(given.engine),
        "growth": lambda: growth(sizes),
        "england_ingest": lambda: england_ingest(contacts),
        "england_forecast": lambda: england_forecast(councils, ("local", given.engine)),
        "england_risk": lambda: england_risk(of_risk),
        "cluster": cluster,
    }


def plot(table: pd.DataFrame, path: Path) -> None:
    """Where one council's time goes, and how time and memory grow."""
    figure = Figure(figsize=(11, 4.5), layout="constrained")
    steps, grows = figure.subplots(1, 2)
    council = table[(table["case"] == "one_council") & (table["method"] == "ehforecast_months")]
    parts = council[council["metric"].str.startswith("seconds_")].iloc[::-1]
    steps.barh(parts["metric"].str.removeprefix("seconds_").str.replace("_", " "), parts["value"], color="#12436d")
    steps.set(title="One council, by step", xlabel="seconds")
    sizes = table[table["case"].str.fullmatch(r"growth_\d+")]
    sizes = sizes.assign(contacts=sizes["case"].str.extract(r"(\d+)", expand=False).astype("float64"))
    for metric, mark in {"seconds": "o-", "cpu_seconds": "s--"}.items():
        rows = sizes[sizes["metric"] == metric].sort_values("contacts")
        grows.plot(rows["contacts"], rows["value"], mark, label=metric.replace("_", " "))
    if len(sizes):
        grows.set(xscale="log", yscale="log", title="The whole run", xlabel="contacts", ylabel="seconds")
        grows.legend()
    figure.savefig(path)


def joined(table: pd.DataFrame, path: Path) -> pd.DataFrame:
    """New figures in place of earlier ones of the same case; those of other cases stay."""
    if not path.exists():
        return table
    kinds = {case.rstrip("_0123456789") for case in table["case"]}
    earlier = pd.read_csv(path)
    return pd.concat([earlier[~earlier["case"].str.rstrip("_0123456789").isin(kinds)], table], ignore_index=True)


def main() -> None:
    """Run the cases asked for; write the table after each, and the plot."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--data", type=Path, help="not used: the records are made")
    arguments.add_argument("--out", type=Path, default=Path("benchmarks/out"))
    arguments.add_argument("--cases", default=",".join(CASES), help="some of them, with commas")
    arguments.add_argument("--engine", default="processes", help="beside local: processes, processes:4")
    arguments.add_argument("--sizes", type=int, nargs="+", help="of growth: contacts")
    arguments.add_argument(
        "--contacts", type=int, help="of england_ingest (20000000 is all of England) and england_risk"
    )
    arguments.add_argument("--councils", type=int, help="of england_forecast")
    arguments.add_argument("--short", action="store_true", help="smaller sizes")
    given = arguments.parse_args()
    asked = given.cases.split(",")
    if unknown := sorted(set(asked) - set(CASES)):
        raise SystemExit(f"no case {', '.join(unknown)}; there are: {', '.join(CASES)}")
    given.out.mkdir(parents=True, exist_ok=True)
    path, found = given.out / "scale.csv", list[Row]()
    for name in asked:
        print(f"{name} ...", flush=True)
        for row in cases(given)[name]():
            print(f"  {row[0]} {row[1]} {row[2]}: {row[3]:,.3f} {row[4]}", flush=True)
            found.append(row)
        joined(pd.DataFrame(found, columns=COLUMNS), path).to_csv(path, index=False)
    plot(pd.read_csv(path), given.out / "scale.svg")
    print(f"written: {path}, {given.out / 'scale.svg'}")


if __name__ == "__main__":
    main()
