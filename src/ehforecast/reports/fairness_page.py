"""The report for ethics panels: for whom estimates are worse, how sure that is, and what nobody can tell."""

from collections.abc import Iterator
from pathlib import Path

from ehforecast.advisory.fairness_advice import FAIRNESS_NEVER_USE_FOR, FAIRNESS_STATEMENT, FairnessAdvice
from ehforecast.reports import fairness_tables as tables
from ehforecast.reports.chart import Chart
from ehforecast.reports.document import PAGE, Document, Section, document_files
from ehforecast.reports.fairness_charts import measure_chart, trade_off_chart
from ehforecast.reports.fairness_words import (
    CANNOT_ALL_MATCH,
    MEASURES,
    QUESTIONS,
    TESTED_TOGETHER,
    assessed_of,
    beyond_chance,
    group_words,
    lead_sentence,
    plain,
    tested_gaps,
)
from ehforecast.reports.folder import replace_folder
from ehforecast.reports.words import as_sentence, per_cent, whole
from ehforecast.risk.fairness_results import ASSESSED, FairnessResult, MitigationResult

_ERRORS = ("false_negative_rate", "false_positive_rate", "precision", "band_share")
_CALIBRATION = ("calibration_in_the_large", "calibration_slope", "auroc", "brier")


def write_fairness_report(advice: FairnessAdvice, folder: Path) -> Path:
    """Write the page and its tables into a folder of their own; returns the path of the page."""
    replace_folder(folder, document_files(fairness_document(advice)))
    return folder / PAGE


def fairness_document(advice: FairnessAdvice) -> Document:
    """The report of one audit."""
    result = advice.result
    assessed, listed = assessed_of(result)
    return Document(
        strap="For ethics panels: advice to people, never a decision",
        title="For whom are estimates worse?",
        subtitle=f"{whole(result.people)} estimates audited",
        lead=lead_sentence(result),
        facts=(
            ("Estimates", f"about {whole(result.people)}"),
            ("With a known outcome", f"about {whole(result.with_outcome)}"),
            ("Characteristics assessed", f"{assessed} of {listed}"),
            ("Gaps larger than chance explains", _beyond_words(result)),
            ("Edges looked at", _edges(result)),
            ("Made for", f"{advice.purpose}, read by {advice.reader}"),
        ),
        statement=FAIRNESS_STATEMENT,
        never=FAIRNESS_NEVER_USE_FOR,
        sections=tuple(_sections(advice)),
        run_id=advice.run_id,
        source=advice.data_source,
        purpose=advice.purpose,
        reader=advice.reader,
        extra={"band_edges": list(result.band_edges), "multiplicity": result.multiplicity, "seed": result.seed},
    )


def _beyond_words(result: FairnessResult) -> str:
    tested = tested_gaps(result)
    return f"{len(beyond_chance(result)):,} of {tested:,} tested" if tested else "none could be tested"


def _edges(result: FairnessResult) -> str:
    return ", ".join(f"{edge:g}" for edge in result.band_edges)


def _sections(advice: FairnessAdvice) -> Iterator[Section]:
    result = advice.result
    if result.with_outcome:
        yield _found(result)
    yield Section("questions", "What the panel should ask", _ASK, lines=QUESTIONS)
    yield _counted(result)
    yield _missing(result)
    if result.with_outcome:
        yield _base_rates(result)
        yield _errors(result)
        yield _calibration(result)
        yield from _crossed(result)
        yield _recording(result)
    else:
        yield _placed(result)
        yield from _crossed(result)
    yield _options(advice.mitigation)
    yield _drift(result)
    yield _near_copies(result)
    measures = tuple(meaning for name, meaning in MEASURES.items() if name in _told(advice))
    yield Section("glossary", "What the measures mean", terms=(_EDGE_TERM, _RANGE_TERM, _CHANCE_TERM, *measures))
    yield Section("method", "How it was done", lines=_method(result))


def _told(advice: FairnessAdvice) -> set[str]:
    """The measures that the page tells."""
    result = advice.result
    frames = [result.metrics[result.metrics["value"].notna()], result.gaps[result.gaps["difference"].notna()]]
    frames += [advice.mitigation.options] if advice.mitigation else []
    return {str(metric) for frame in frames for metric in frame["metric"].unique()}


_ASK = ("No figure in this report answers these. They belong in the minutes, with who answered and what they said.",)
_EDGE_TERM = (
    "Edge",
    "The estimate from which people count as placed above. What follows from that is for people to settle.",
)
_RANGE_TERM = (
    "Range",
    "Where the figure would most likely lie with many more such people. The fewer people, the wider.",
)
_CHANCE_TERM = (
    "Larger than chance explains",
    "So large that, if there were no gap anywhere, fewer than one audit in twenty would show even one such gap.",
)


def _found(result: FairnessResult) -> Section:
    tested = tested_gaps(result)
    beyond = tables.beyond_table(result)
    words = (
        (
            f"{tested:,} gaps were tested together. A gap is what a group has "
            "more, or less, than those it is compared with. "
            "One that is not listed here was not shown to be absent: it may be there, and too few people to see it."
        ),
        TESTED_TOGETHER,
    )
    shown = (beyond, tables.described_table(result), tables.gaps_table(result))
    return Section("found", "Gaps larger than chance explains", words, tables=tuple(t for t in shown if t.rows))


def _counted(result: FairnessResult) -> Section:
    standing = result.inventory.groupby("characteristic", sort=False)["standing"].agg(
        lambda each: ASSESSED in set(each)
    )
    silent = [str(name) for name, is_assessed in standing.items() if not is_assessed]
    words = (
        f"Nothing can be said of estimates by {_listed(silent)}. That is a gap in the evidence, not a finding that "
        "nothing is wrong." if silent else "All characteristics could be assessed."
    )  # fmt: skip
    return Section(
        "who", "Who is counted", (words,), tables=(tables.inventory_table(result), tables.groups_table(result))
    )


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


def _missing(result: FairnessResult) -> Section:
    words = ["People for whom nothing was recorded are a group of their own, and are never left out in silence."]
    if result.no_population_because:
        words.append(
            f"Who never comes into the estimates was not looked at: {result.no_population_because.rstrip('.')}."
        )
    shown = [tables.missing_table(result, overall=True), tables.missing_table(result, overall=False)]
    if len(result.coverage):
        shown.append(tables.coverage_table(result))
    return Section("missing", "Who is missing", tuple(words), tables=tuple(table for table in shown if table.rows))


def _charts(result: FairnessResult, *metrics: str, has_edge: bool) -> tuple[Chart, ...]:
    """One chart for each measure, at the highest edge if it has one."""
    edge = result.band_edges[-1] if has_edge else None
    made = (measure_chart(result, metric, edge=edge) for metric in metrics)
    return tuple(chart for chart in made if chart)


def _base_rates(result: FairnessResult) -> Section:
    words = (
        (
            "How common the recorded outcome is in each group. It says what was recorded, about whom; not what "
            "happened to people, and not what they need."
        ),
        *CANNOT_ALL_MATCH,
    )
    return Section(
        "base-rates", "How common the outcome is, and why not everything can be alike", words,
        tables=(tables.measure_table(result, "base_rate"),), charts=_charts(result, "base_rate", has_edge=False),
    )  # fmt: skip


def _errors(result: FairnessResult) -> Section:
    rest = f" Tables have every edge ({_edges(result)})." if len(result.band_edges) > 1 else ""
    words = f"Charts are at the edge of {result.band_edges[-1]:g}.{rest}"
    terms = tuple(MEASURES[metric] for metric in _ERRORS)
    shown = tuple(tables.measure_table(result, metric) for metric in _ERRORS)
    charts = _charts(result, *_ERRORS, has_edge=True)
    return Section("errors", "Errors, group by group", (words,), terms, tables=shown, charts=charts)


def _calibration(result: FairnessResult) -> Section:
    words = (
        "An estimate of 30 in 100 should mean that 30 of 100 such people have the outcome, in every group."
        if result.is_probability
        else "Estimates are not between 0 and 1, so whether they mean what they say cannot be calculated."
    )
    shown = tuple(table for metric in _CALIBRATION if (table := tables.measure_table(result, metric)).rows)
    return Section(
        "calibration", "Do estimates mean the same in every group?", (words,),
        tuple(MEASURES[table.name] for table in shown), tables=shown,
        charts=_charts(result, "calibration_in_the_large", has_edge=False),
    )  # fmt: skip


def _placed(result: FairnessResult) -> Section:
    words = "No outcome is known, so whether people were placed rightly cannot be told: only how many were."
    return Section(
        "placed", "Who is placed above the edge", (words,), tables=(tables.measure_table(result, "band_share"),),
        charts=_charts(result, "band_share", has_edge=True),
    )  # fmt: skip


def _crossed(result: FairnessResult) -> Iterator[Section]:
    table = tables.crossed_table(result)
    words = "Which groups are crossed was fixed before the results were seen."
    none = "No groups were crossed, or none of them is large enough for a figure."
    shown = (table,) if table.rows else ()
    yield Section("crossed", "People who belong to two groups", (words if shown else none,), tables=shown)


def _recording(result: FairnessResult) -> Section:
    table = tables.recording_table(result)
    words = (
        "Outcomes are what a service wrote down. If it writes down more about one group than about another, figures "
        "change though nothing else did. These are suppositions, named "
        "beforehand; the records cannot tell which is true."
    )
    none = (
        "Nobody named a supposition to work through, so how far recording alone could make or hide a gap is not told."
    )
    return Section("recording", "Had outcomes been recorded otherwise", (words, *(() if table.rows else (none,))),
                   tables=(table,) if table.rows else ())  # fmt: skip


_RESEARCH = (
    "This is research on what changes would do. None of them was made and none is proposed. An edge for each group "
    "treats people with the same estimate differently because of the group, which the law may forbid."
)


def _options(found: MitigationResult | None) -> Section:
    heading = "What could be done otherwise, and at what cost"
    if found is None:
        words = (
            "No other way of making estimates was tried, because the audit saw estimates and not how they are made.",
            (
                "Not using a model is always an option, and was not compared here. Whoever brings this tool to the "
                "panel should say what would happen without it."
            ),
        )
        return Section("options", heading, words)
    said = (
        f"Gaps are by {plain(found.view)}, at the edge of {found.band_edge:g}, "
        f"on about {whole(found.people)} test people."
    )
    shaken = " Options that involve chance would place some people otherwise with another throw of the dice."
    chart = trade_off_chart(found)
    return Section("options", heading, (_RESEARCH, said + shaken), tables=(
        tables.options_table(found), tables.option_groups_table(found)), charts=(chart,) if chart else ())  # fmt: skip


def _drift(result: FairnessResult) -> Section:
    heading = "Has it changed?"
    if result.drift.empty:
        return Section("drift", heading, ("Periods were not given, so whether gaps grow or shrink cannot be told.",))
    table = tables.drift_table(result)
    changed = result.drift[(result.drift["p_adjusted"] <= 1 - result.confidence) & result.drift["earlier"].notna()]
    words = (
        f"{len(changed)} of {int(result.drift['p_adjusted'].notna().sum())} tested "
        "gaps to everyone else changed by more than chance explains."
    )
    return Section("drift", heading, (words,), tables=(table,) if table.rows else ())


def _near_copies(result: FairnessResult) -> Section:
    heading = "Does the tool see groups through other columns?"
    if result.proxies.empty:
        return Section("copies", heading, ("What the tool looks at was not given, so this was not looked at.",))
    found = tables.near_copies(result)
    named = [f"{as_sentence(plain(str(row['feature'])))} tells {group_words(str(row['view']), str(row['group']))}"
             for row in found.to_dict("records")]  # fmt: skip
    words = (
        f"A column that tells a group with an AUROC of {result.near_copy:g} "
        "or more is called a near copy of it: leaving "
        f"the group itself out of a tool then does little. {len(named)} were found."
    )
    return Section("copies", heading, (words,), lines=tuple(named), tables=(tables.proxies_table(result),))


def _method(result: FairnessResult) -> tuple[str, ...]:
    families = result.clusters < result.people
    return (
        f"Ranges of {per_cent(result.confidence)}: Wilson's for shares"
        + (f", widened as {result.draws:,} draws of whole families show." if families else "."),
        (
            f"Tests of gaps: {result.permutations:,} times, group labels were "
            "dealt out again among people with the same outcome."
        ),
        (
            f"Groups of fewer than {result.smallest_group} people have no figure. Gaps are judged in groups with "
            f"at least {result.judged_from} people with the outcome and {result.judged_from} without."
        ),
        (
            "Counts are rounded to 5. Counts of 1 to 7 are hidden, with what "
            "would give them away; shares come from rounded "
            "counts, so they can differ a little from exact ones, most in small groups."
        ),
        (
            "Rows stand for more or fewer than one person, by weights that were given. Shares and scores follow them."
            if result.is_weighted
            else "No weights were given: every row counts once."
        ),
        f"Seed {result.seed}: the same table and settings give the same report.",
    )
