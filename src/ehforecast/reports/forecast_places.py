"""The part of a demand report that says for which places forecasts were worse."""

from ehforecast.advisory import Advice
from ehforecast.demand.results import DemandResult
from ehforecast.reports.page_table import Column, PageTable, rows_of
from ehforecast.reports.words import as_sentence
from ehforecast.risk.fairness_results import TOO_SMALL, ForecastFairnessResult

_SHOWN_UNFOLDED = 12

_PLACE = Column("group", "Place", "the area, or the group of records")
_KIND = Column("view", "Kind", "what kind of place it is; places are compared with others of their kind alone")
_MONTHS = Column("periods", "Months", "months forecast in the past and counted since, each once", "count")
_DATES = Column("clusters", "Dates", "dates those forecasts were made from", "count")
_BIAS = (
    _PLACE, _KIND, _MONTHS, _DATES,
    Column("bias", "Too high (+) or low", "sum of forecasts less what came, as a share of what came", "share", 1),
    Column("lower", "From", "low end of its 95% range", "share", 1),
    Column("upper", "To", "high end of its 95% range", "share", 1),
    Column("p_adjusted", "p", "chance of so large a difference from all others of its kind, were there none; adjusted "
           "for all tests by place", "number", 3),
    Column("bias_ahead", "All months ahead", "the same over all months ahead, on the later dates; described, not "
           "tested: such forecasts overlap", "share", 1),
)  # fmt: skip
_RANGE = (
    _PLACE, _KIND, _MONTHS, _DATES,
    Column("inside", "80% range held in", "share of months inside the 80% range", "share"),
    Column("inside_lower", "From", "low end of the 95% range of that share", "share"),
    Column("inside_upper", "To", "high end of it", "share"),
    Column("inside_p_adjusted", "p", "chance of so few months inside, did the range hold in 80%; adjusted for all "
           "tests by place", "number", 3),
    Column("standing", "Standing", "measured; cannot be judged: figures are given, without a test; or too small"),
)  # fmt: skip


def places_tables(advice: Advice) -> tuple[PageTable, ...]:
    """Bias, and how often the range held, by place; none where this was not looked at."""
    if advice.places is None:
        return ()
    groups = advice.places.groups
    told = groups["standing"] != TOO_SMALL
    frame = groups.assign(bias_ahead=groups["group"].map(_bias_ahead(advice.result)).where(told))
    is_folded, words = len(frame) > _SHOWN_UNFOLDED, {"view": lambda view: as_sentence(view.replace("_", " "))}
    captions = {
        "bias_by_place": ("Past forecasts too high or too low, by place", _BIAS, _BIAS_NOTE),
        "range_by_place": ("How often the 80% range held, by place", _RANGE, advice.places.multiplicity),
    }
    return tuple(
        PageTable(name, caption, columns, rows_of(frame, columns, words=words), (note,), is_folded=is_folded)
        for name, (caption, columns, note) in captions.items()
    )


_BIAS_NOTE = (
    "Ranges and p take the months of one forecast date for months that go together. [z]: not tested, or too few months "
    "or children for a figure."
)


def places_words(found: ForecastFairnessResult) -> tuple[str, ...]:
    """What was found, a sentence each; what was looked at stands second."""
    said = found.statements.loc[found.statements["subject"] != "multiplicity", "text"].tolist()
    return said[0], f"Looked at: {found.about}.", *said[1:]


def _bias_ahead(result: DemandResult) -> dict[str, float]:
    """By the names that places have: the area's, or its code where two share one."""
    table = result.accuracy
    later = table[(table["stage"] == "report") & (table["metric"] == "bias")]
    bias = later.set_index(["area_code", "forecaster"])["value"].to_dict()
    areas = result.areas.to_dict("records")
    by_code = {area["area_code"]: bias.get((area["area_code"], area["forecaster"]), float("nan")) for area in areas}
    return {area["area_name"]: by_code[area["area_code"]] for area in areas} | by_code
