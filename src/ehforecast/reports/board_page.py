"""A board's pack as one page: the answer first, then each part the board asked for, every number with its cell."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from ehforecast.advisory.board_advice import BOARD_CANNOT_KNOW, BOARD_NEVER_USE_FOR, BOARD_STATEMENT, BoardAdvice
from ehforecast.advisory.flow_advice import FlowAdvice
from ehforecast.advisory.past_advice import PastAdvice
from ehforecast.demand.board_results import ALL, BoardResult
from ehforecast.demand.plan_results import PlanResult
from ehforecast.reports.board_other_parts import FLOW_PARTS, NO_FLOWS, effect_part, flow_part
from ehforecast.reports.board_part_tables import facts_table, names_table, place_measures_table
from ehforecast.reports.board_parts import PARTS
from ehforecast.reports.board_tables import better_of, definitions_table, places_months_table, words_of
from ehforecast.reports.board_words import PART_WORDS, RHYTHM_WORDS
from ehforecast.reports.document import PAGE, Document, Section, document_files
from ehforecast.reports.flow_page import place_themes_section
from ehforecast.reports.folder import replace_folder
from ehforecast.reports.plan_words import HARDLY_BELOW, HARDLY_MET, in_futures
from ehforecast.reports.words import as_sentence, per_cent, whole
from ehforecast.vocabulary.periods import day_words


@dataclass(frozen=True)
class PackParts:
    """What a pack is laid out from: its advice, and what other steps of the same run found, where they were made."""

    advice: BoardAdvice
    plan: PlanResult | None = None
    flows: FlowAdvice | None = None
    past: PastAdvice | None = None


def write_board_report(pack: PackParts, folder: Path) -> Path:
    """Write the page and its tables into a folder of their own; returns the path of the page."""
    replace_folder(folder, document_files(board_document(pack)))
    return folder / PAGE


def write_place_report(pack: PackParts, place: str, *, folder: Path) -> Path:
    """The pack of one hub or locality, for the people who meet there."""
    replace_folder(folder, document_files(place_document(pack, place)))
    return folder / PAGE


def board_document(pack: PackParts) -> Document:
    """The pack of one board."""
    result = pack.advice.result
    sections = (*_first(pack), *_parts(pack), *_last(result))
    return _document(pack.advice, lead=answer(result, pack.plan), title="Pack for the board", sections=sections)


def _document(advice: BoardAdvice, *, lead: str, title: str, sections: tuple[Section, ...]) -> Document:
    result = advice.result
    until = day_words(result.data_until)
    return Document(
        strap="Pack: advice to people, never a decision",
        title=title,
        subtitle=f"{result.council}, as known on {until}",
        lead=lead,
        facts=(
            ("For", advice.reader), ("Read", RHYTHM_WORDS[result.rhythm]), ("Data until", until),
            ("Front door", result.words["front_door"]), ("Strategy", result.words["strategy"]),
        ),
        statement=BOARD_STATEMENT,
        never=BOARD_NEVER_USE_FOR,
        sections=sections,
        run_id=advice.run_id,
        source=advice.data_source,
        purpose=advice.purpose,
        reader=advice.reader,
        extra={"seed": result.seed, "data_until": result.data_until},
    )  # fmt: skip


def answer(result: BoardResult, plan: PlanResult | None) -> str:
    """The first sentences: what moved since a year before, and how many targets are likely to be met."""
    moved, said = _moved(result), ""
    told = result.changes["verdict"] != "cannot be told"
    count = f"Of {int(told.sum())} measures that can be told, "
    if moved:
        said = f"{count}{len(moved)} moved since a year before by more than chance would: {'; '.join(moved)}."
    else:
        said = f"{count}none moved since a year before by more than chance would."
    if plan is not None and plan.targets["chance"].notna().any():
        known = plan.targets["chance"].dropna()
        likely = int((known > 0.5).sum())
        some = {0: "none is", 1: "1 is"}.get(likely, f"{likely} are")
        said += f" Of {len(plan.targets)} targets, {some} more likely to be met than not, if nothing changes"
        said += f"; for {len(plan.targets) - len(known)} nobody can tell." if len(known) < len(plan.targets) else "."
    return said


def _moved(result: BoardResult) -> list[str]:
    """Measures that moved, with both figures and their cell."""
    names, better = words_of(result), better_of(result)
    found = []
    for line, row in enumerate(result.changes.to_dict("records"), start=2):
        if row["verdict"] in ("rose", "fell"):
            good = better[row["measure"]]
            way = "" if not good else ", better" if (row["verdict"] == "fell") == (good == "lower") else ", worse"
            name = names[row["measure"]]
            found.append(
                f"{name[:1].lower()}{name[1:]} {row['verdict']} from {per_cent(row['earlier'])} to "
                f"{per_cent(row['value'])}{way} (cell dashboard!{line})"
            )
    return found


def _first(pack: PackParts) -> Iterator[Section]:
    yield Section("ask", "What the board could ask", lines=tuple(_questions(pack)))


def _questions(pack: PackParts) -> Iterator[str]:
    """Lines for people to weigh, each with the figure behind it."""
    result, plan = pack.advice.result, pack.plan
    worse = [words for words in _moved(result) if ", worse" in words]
    yield from (f"{as_sentence(words)}. What changed, and who knows about it?" for words in worse)
    if len(result.equality):
        lower = result.equality[result.equality["verdict"] == "lower"]
        for row in lower.to_dict("records"):
            yield (
                f"{words_of(result)[row['measure']]}, by {row['split']}, {as_sentence(row['group'])}: "
                f"{per_cent(row['value'])}, against {per_cent(row['value'] - row['gap'])} of everybody else. Is it "
                "recording, or is help failing them?"
            )
    if plan is not None:
        far = plan.targets[plan.targets["chance"] < HARDLY_BELOW]
        if len(far):
            chances = zip(far["indicator"], far["chance"].astype(float), strict=True)
            each = "; ".join(f"{name} ({in_futures(chance)})" for name, chance in chances)
            yield f"{HARDLY_MET}: {each}. What will be done differently?"
        unknown = plan.targets.loc[plan.targets["chance"].isna(), "indicator"].tolist()
        if unknown:
            yield f"Nobody can tell a chance for: {', '.join(unknown)}. Who will count them, and from when?"
        for name in dict.fromkeys(plan.conflicts["indicator"] if len(plan.conflicts) else ()):
            yield f"{name}: the strategy's figure is not the official one. Which of them is right?"
    hidden = result.changes["value"].isna().sum()
    if hidden:
        rest = "measure rests" if hidden == 1 else "measures rest"
        yield f"{whole(float(hidden))} {rest} on counts too small to show in one quarter. Read once a year."


def _parts(pack: PackParts) -> Iterator[Section]:
    for part in pack.advice.result.parts:
        if part in PARTS:
            yield from PARTS[part](pack.advice.result, pack.plan)
        elif part in FLOW_PARTS:
            yield from flow_part(part, pack.flows.result if pack.flows else None)
        else:
            yield from effect_part(pack.past, beside=pack.advice.data_source)


def _last(result: BoardResult) -> Iterator[Section]:
    if len(result.stated):
        yield Section("strategy", "Figures of the strategy", tables=(facts_table(result),))
    words = (
        f"Front door: {result.words['front_door']}. {as_sentence(result.words['places'])}: as the strategy names them."
    )
    yield Section(
        "words", "What is counted, and what the council calls it", (words,),
        terms=(
            ("Front door and pathways", result.words["front_door_source"]),
            (as_sentence(result.words["places"]), result.words["places_source"]),
            ("Levels of need", result.words["need_levels_source"]),
        ),
        tables=(definitions_table(result), names_table(result)),
    )  # fmt: skip
    yield Section("limits", "What this pack cannot know", terms=BOARD_CANNOT_KNOW, lines=tuple(result.notes["note"]))
    yield Section("method", "How it was done", lines=_METHOD)


_METHOD = (
    (
        "Counts are protected first: numbers of 1 to 7 are hidden and others with them, until an attack on all of them "
        "together gets none back. Shares and their 95% ranges are worked out from the counts that are shown."
    ),
    "Ranges of shares are exact (Clopper and Pearson 1934); those of differences are Newcombe's (1998).",
    "The next quarter is learned from up to 20 quarters as counted (beta-binomial), and holds if nothing changes.",
    "A cell such as dashboard!4 is line 4 of dashboard.csv; the same figures stand in tables.xlsx and on this page.",
    "The same data and settings give the same bytes.",
)


def place_document(pack: PackParts, place: str) -> Document:
    """The pack of one place: its volume, what lies ahead, its themes and its measures."""
    result = pack.advice.result
    contacts = dict(zip(result.people["group"], result.people["contacts"], strict=True))
    return _document(
        pack.advice,
        lead=_place_lead(result, place, contacts=float(contacts[place])),
        title=f"{place}: pack for the people in the room",
        sections=(*_of_place(pack, place), Section("limits", "What this pack cannot know", terms=BOARD_CANNOT_KNOW)),
    )


def _of_place(pack: PackParts, place: str) -> Iterator[Section]:
    result = pack.advice.result
    if len(result.places):
        words = "What is expected to come here if nothing changes. In 8 futures of 10 it lies between the two ends."
        yield Section("ahead", "What lies ahead", (words,), tables=(places_months_table(result, place=place),))
    if pack.flows is not None and place in set(pack.flows.result.themes.get("locality", ())):
        words = (
            "Volumes, sources and needs of the last 12 months, to talk about. Lines stand in the order of the "
            "alphabet: none comes before another, and none is about a child."
        )
        yield replace(place_themes_section(pack.flows.result, place), paragraphs=(words,))
    else:
        yield Section("themes", PART_WORDS["themes"], (NO_FLOWS,))
    words = "Small numbers have wide ranges: a difference from the whole council is often chance."
    table = place_measures_table(result, place, name="measures_here")
    yield Section("measures", "Measures of this place", (words,), tables=(table,))


def _place_lead(result: BoardResult, place: str, *, contacts: float) -> str:
    said = f"{place} had about {whole(contacts)} contacts in the last 12 months."
    if result.places.empty:
        return said
    ahead = result.places[(result.places["place"] == place) & (result.places["month"] == "total")]
    row, months = ahead.iloc[0], result.places[result.places["place"] == ALL]["month"].nunique() - 1
    if row["value"] != row["value"]:  # a hidden number is not equal to itself
        return f"{said} How many lie ahead is not told: in some months of the last year too few came."
    return (
        f"{said} In the next {months}, about {whole(row['value'])} are expected, and in 8 futures of 10 between "
        f"{whole(row['low'])} and {whole(row['high'])}. The people in the room settle what each family is offered."
    )
