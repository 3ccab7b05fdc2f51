"""Parts of a pack that other reports of the same run tell: the very same figures, where the board looks for them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from ehforecast.advisory.past_advice import PastAdvice
from ehforecast.demand.flow_results import FlowResult
from ehforecast.reports import flow_page
from ehforecast.reports.board_words import PART_WORDS
from ehforecast.reports.document import Section
from ehforecast.reports.past_page import change_section

NO_FLOWS = (
    "This run did not follow families, so nothing can be said here: give the configuration a section 'flows' that asks "
    "for it, and run it again."
)
NO_PAST = (
    "This run did not measure what changed, so nothing can be said here. Give published figures with --data and a "
    "section 'past' that names what was done, and run it again."
)


def flow_part(part: str, result: FlowResult | None) -> Iterator[Section]:
    """One part out of how families move; that it is missing, where the run did not look."""
    frame, sections = FLOW_PARTS[part]
    if result is None or not len(result.frames()[frame]):
        yield Section(part.replace("_", "-"), PART_WORDS[part], (NO_FLOWS,))
    else:
        yield from sections(result)


def effect_part(past: PastAdvice | None, *, beside: str) -> Iterator[Section]:
    """What came after each thing that was done, held against placebos; ``beside`` is the source of all other parts."""
    if past is None or not len(past.result.changes):
        yield Section("effect", PART_WORDS["effect"], (NO_PAST,))
        return
    other = (f"These are not the records of the other parts. Their source: {past.data_source}",)
    for name in past.result.changes["change"]:
        section = change_section(past.result, str(name))
        yield replace(section, paragraphs=(*(other if past.data_source != beside else ()), *section.paragraphs))


def _moves(result: FlowResult) -> Iterator[Section]:
    yield from flow_page.moves_sections(result)
    if len(result.contrasts):
        yield flow_page.contrasts_section(result)


def _themes(result: FlowResult) -> Iterator[Section]:
    """The whole council's alone: each place has its own in its own pack."""
    yield next(flow_page.theme_sections(result))


FLOW_PARTS: Mapping[str, tuple[str, Callable[[FlowResult], Iterator[Section]]]] = MappingProxyType(
    {
        "flows": ("flows", _moves),
        "rolling": ("rolling", lambda result: iter([flow_page.rolling_section(result)])),
        "themes": ("themes", _themes),
        "reviews": ("reviews", lambda result: iter([flow_page.reviews_section(result)])),
        "check_ins": ("check_ins", lambda result: iter([flow_page.check_ins_section(result)])),
        "cohorts": ("cohort_trends", lambda result: iter([flow_page.cohorts_section(result)])),
    }
)  # fmt: skip
"""Each by its name in a configuration: the frame it tells of, and its sections."""
