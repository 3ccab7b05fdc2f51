"""What reports other than forecasts tell of how many people there are, as entries for the ledger."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from ehforecast.advisory.count_tables import ALL, CountTable
from ehforecast.advisory.fairness_counts import BAND, count_tables_of
from ehforecast.advisory.ledger import Release, describe_release
from ehforecast.advisory.protection import HIDDEN, UK_STRICT, ProtectedTable, Rules
from ehforecast.risk.explain_results import ExplanationResult
from ehforecast.risk.fairness_results import FairnessResult
from ehforecast.risk.results import RiskResult

_OF_RISK = ("people", "families", "events")


def describe_counts(table: CountTable, *, run_id: str, counts: str, rules: Rules = UK_STRICT) -> Release:
    """The entry of a table of which no more is shown than its counts, rounded, where they are not small."""
    numbers = table.rows["count"].to_numpy(dtype=np.int64)
    small = rules.hides(numbers)
    shown = table.rows[list(table.by)].assign(
        shown=pd.Series(rules.shown(numbers), index=table.rows.index, dtype="Int64").mask(small),
        mark=np.where(small, HIDDEN, ""),
    )
    return describe_release(table, ProtectedTable(table.name, table.population, shown), run_id=run_id, counts=counts)


def counted_in_audit(result: FairnessResult, *, run_id: str, of: str) -> list[Release]:
    """Every table of people that an audit tells, before protection; ``of`` says of which estimates it is.

    Who is audited, by group and outcome. In which band an estimate lies is left out: a model made anew moves a few from
    band to band without anybody having come or gone.
    """
    return [
        describe_counts(_without_bands(table), run_id=run_id, counts=f"{of} audited, {table.name}")
        for table in count_tables_of(result)
    ]


def _without_bands(table: CountTable) -> CountTable:
    if BAND not in table.by:
        return table
    by = tuple(name for name in table.by if name != BAND)
    rows = table.rows[table.rows[BAND].astype(str) == ALL]
    return CountTable(table.name, table.population, by, rows[[*by, "count"]].reset_index(drop=True))


def counted_in_risk(result: RiskResult, *, run_id: str) -> list[Release]:
    """How many were asked about in each period, before protection."""
    return [
        describe_counts(table, run_id=run_id, counts=f"{table.name}, {result.outcome}")
        for table in _tables_of_risk(result)
    ]


def counted_in_explanations(result: ExplanationResult, *, run_id: str) -> list[Release]:
    """Whose estimates were explained: all of them, by period and by group. Bands are left out, as in an audit."""
    return [
        describe_counts(table, run_id=run_id, counts=f"{table.name}, {result.outcome}")
        for table in _tables_of_explanations(result)
    ]


def _tables_of_explanations(result: ExplanationResult) -> Iterator[CountTable]:
    for name in ("rows", "families", "silent"):
        yield _explained(name, pd.DataFrame({"part": [ALL], "count": [int(getattr(result, name))]}))
    splits = [("period", result.over_time)]
    splits += [(str(name), rows) for name, rows in result.by_group.groupby("characteristic", sort=False)]
    for split, frame in splits:
        rows = frame.drop_duplicates("group").rename(columns={"group": split, "rows": "count"})
        yield _explained(f"rows by {split}", rows[[split, "count"]].reset_index(drop=True))


def _explained(name: str, rows: pd.DataFrame) -> CountTable:
    counts = rows.astype({"count": np.int64})
    return CountTable(f"{name} explained", "explained", (str(rows.columns[0]),), counts)


def _tables_of_risk(result: RiskResult) -> Iterator[CountTable]:
    for name in _OF_RISK:
        rows = result.counts[["period", name]].rename(columns={name: "count"})
        whole = pd.DataFrame({"period": [ALL], "count": [int(rows["count"].sum())]})
        table = pd.concat([rows.astype({"count": np.int64}), whole], ignore_index=True)
        yield CountTable(f"{name} asked about", "asked about", ("period",), table)
