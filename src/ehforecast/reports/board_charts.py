"""Charts of a board's pack: measures now and a year before, places ahead, and groups beside everybody else."""

import numpy as np

from ehforecast.demand.board_results import ALL, BoardResult
from ehforecast.reports.board_tables import words_of
from ehforecast.reports.board_words import points_words, share_words
from ehforecast.reports.chart import Chart
from ehforecast.reports.drawing import SHAPES
from ehforecast.reports.row_chart import RangeRow, draw_ranges
from ehforecast.reports.words import as_sentence, whole

_PERCENT = 100


def dashboard_chart(result: BoardResult) -> Chart | None:
    """Each measure's latest quarter with its range, and a year before; none where all are hidden."""
    told = result.changes[np.isfinite(result.changes["value"])]
    if told.empty:
        return None
    rows = [
        RangeRow(words_of(result)[row["measure"]], share_words(row["value"]),
                 *(_PERCENT * row[name] for name in ("value", "low", "high", "earlier")))
        for row in told.to_dict("records")
    ]  # fmt: skip
    moved = int(told["verdict"].isin(["rose", "fell"]).sum())
    return Chart(
        name="dashboard",
        caption="Latest quarter (filled dot) with its 95% range, and a year before (hollow dot); scale from 0%",
        alt_text=(
            f"Dots with ranges for {len(rows)} measures. {moved} of them moved by more than chance would since a year "
            "before. Numbers in the table below."
        ),
        figures=[(shape, draw_ranges(rows, shape)) for shape in SHAPES],
    )


def places_chart(result: BoardResult) -> Chart | None:
    """Contacts ahead by place with their range, beside the 12 months before; none without a forecast to show."""
    if result.places.empty:
        return None
    before = result.people.set_index("group")["contacts"]
    total = result.places[(result.places["month"] == "total") & (result.places["place"] != ALL)].dropna()
    if total.empty:
        return None
    rows = [
        RangeRow(str(row["place"]), whole(row["value"]), row["value"], row["low"], row["high"],
                 float(before.get(row["place"], np.nan)))
        for row in total.to_dict("records")
    ]  # fmt: skip
    most = total.sort_values("value").iloc[-1]
    return Chart(
        name="places",
        caption="Contacts in the months ahead (filled dot, 80% range), and in the 12 months before (hollow dot)",
        alt_text=(
            f"Dots with ranges for {len(rows)} places. Most are expected in {str(most['place'])[:60]}: "
            f"{whole(most['value'])}. Numbers in the table below."
        ),
        figures=[(shape, draw_ranges(rows, shape)) for shape in SHAPES],
    )


def equality_chart(result: BoardResult) -> Chart | None:
    """The gap of each group to everybody else, with its range; none where every gap is hidden."""
    told = result.equality[np.isfinite(result.equality["gap"])]
    if told.empty:
        return None
    rows = [
        RangeRow(f"{as_sentence(row['split'])}: {row['group']}", points_words(row["gap"]),
                 *(_PERCENT * row[name] for name in ("gap", "gap_low", "gap_high")))
        for row in told.to_dict("records")
    ]  # fmt: skip
    sure = int(told["verdict"].isin(["higher", "lower"]).sum())
    return Chart(
        name="equality",
        caption="Gap of each group to everybody else, percentage points (dot, 95% range); the line is no gap",
        alt_text=(
            f"Dots with ranges for {len(rows)} groups. For {sure} the range leaves out no gap. Numbers in the table."
        ),
        figures=[(shape, draw_ranges(rows, shape, line_at=0.0)) for shape in SHAPES],
    )
