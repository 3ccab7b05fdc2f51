"""Words of the report for ethics panels: what each measure is, what was found, what to ask. They never pronounce."""

import math
import re
from collections.abc import Mapping
from types import MappingProxyType

import pandas as pd

from ehforecast.reports.words import as_sentence
from ehforecast.risk.fairness_results import ASSESSED, EVERYONE_ELSE, FairnessResult
from ehforecast.vocabulary.dated_codes import DatedCode
from ehforecast.vocabulary.ethnicity import Ethnicity
from ehforecast.vocabulary.protected_groups import Disability

MEASURES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "base_rate": ("Recorded outcome", "Of everybody in the group whose outcome is known, the share who had it."),
        "band_share": (
            "Placed above the edge",
            ("Of everybody in the group, the share whose estimate is at or above the edge."),
        ),
        "false_negative_rate": (
            "Missed",
            ("Of people who had the outcome, the share placed below the edge (false negative rate)."),
        ),
        "false_positive_rate": (
            "Wrongly placed above",
            "Of people who did not have the outcome, the share placed above the edge (false positive rate).",
        ),
        "precision": (
            "Right when placed above",
            ("Of people placed above the edge, the share who had the outcome (precision)."),
        ),
        "false_discovery_rate": (
            "Wrong when placed above",
            ("Of people placed above the edge, the share who did not have the outcome."),
        ),
        "false_omission_rate": (
            "Wrong when placed below",
            ("Of people placed below the edge, the share who had the outcome."),
        ),
        "auroc": (
            "Ordering (AUROC)",
            ("Chance that a person with the outcome had a higher estimate than one without; 0.5 is a coin."),
        ),
        "calibration_in_the_large": (
            "Too low or too high on average",
            (
                "How far what was recorded lies above estimates, in log odds: "
                "above 0 estimates were too low, below 0 too high."
            ),
        ),
        "calibration_slope": (
            "Too flat or too extreme",
            "1 if outcomes differ as much as estimates do; below 1 estimates are too extreme, above 1 too flat.",
        ),
        "calibration_difference": ("Recorded less estimated", "Recorded rate less the mean estimate."),
        "brier": (
            "Distance from outcomes (Brier)",
            ("Mean squared distance of estimates from outcomes; lower is better."),
        ),
        "balanced_accuracy": (
            "Balanced accuracy",
            ("Mean of the share found among people with the outcome, and the share left alone among those without."),
        ),
        "gap_false_negative_rate": (
            "Largest gap in missed",
            ("Largest less smallest share missed, over groups that can be judged."),
        ),
        "gap_false_positive_rate": (
            "Largest gap in wrongly placed above",
            ("Largest less smallest share wrongly placed above, over groups that can be judged."),
        ),
    }
)
"""Heading and meaning of each measure."""

OF_SHARES = frozenset({"base_rate", "band_share", "false_negative_rate", "false_positive_rate", "precision",
                       "false_discovery_rate", "false_omission_rate", "calibration_difference",
                       "gap_false_negative_rate", "gap_false_positive_rate"})  # fmt: skip

TESTED_TOGETHER = (
    "Tests ask how often so large a gap would come about if groups made no difference: for errors, by dealing group "
    "labels out again among people with the same outcome, families whole. Because many gaps are tested together, each "
    "p is adjusted for all of them: if there were no gap anywhere, at most one audit in twenty would name one. Gaps in "
    "how common the outcome is, in who is placed above and in how often that is right are described, not tested."
)

QUESTIONS = (
    "Who is recorded as not recorded, and would they recognise the groups they were put in?",
    "Who decides whether the outcome is recorded, and are some families watched more closely than others?",
    "Which error does more harm here: a family missed, or a family wrongly placed above? Has anybody asked families?",
    (
        "Where gaps are larger than chance explains: what would have to "
        "be true for that to be acceptable, and who says so?"
    ),
    "Where gaps cannot be judged: what would have to be recorded, and for how long, before they can?",
    "What do people do with an estimate, and is there a way for a family to see it and to challenge it?",
    "What would happen without any estimate at all, and was that compared?",
    "Who will look again, when, and what would make them stop?",
)
"""For the panel. The report cannot answer them."""

CANNOT_ALL_MATCH = (
    (
        "Where the recorded outcome is more common in one group than in another, a way of estimating cannot have the "
        "same share missed, the same share wrongly placed above, and be right "
        "equally often when it places someone above, in both "
        "groups, unless it never errs. Making one of them alike makes another differ."
    ),
    (
        "So a gap is not by itself a fault in the sum. Which measure should be alike is a question of what each error "
        "does to people. It is for this panel, not for the figures."
    ),
)


_AGES = re.compile(r"\b(\d+)_(\d+)\b")


def plain(name: str) -> str:
    """A name as words.

    >>> plain("age_band"), plain("female x 10_15")
    ('age band', 'female x 10 to 15')
    """
    return _AGES.sub(r"\1 to \2", name).replace("_", " ")


def place_of(group: str) -> float:
    """Where a group stands among others: ages in their order, other groups as they come.

    >>> sorted(["10_15", "5_9"], key=place_of)
    ['5_9', '10_15']
    """
    found = _AGES.match(group) or re.match(r"(\d+)_and_over", group)
    return float(found[1]) if found else math.inf


def group_name(characteristic: str, group: str) -> str:
    """A group as words; a code of a national list by its meaning.

    >>> group_name("disability", "BEH"), group_name("ethnicity", "WBRI"), group_name("age_band", "10_15")
    ('Behaviour', 'White British', '10 to 15')
    """
    meanings = {str(code): code.meaning for code in _CODES.get(characteristic, ()) if code != NOTHING_RECORDED}
    return meanings.get(group) or plain(group)


NOTHING_RECORDED = "not_recorded"
_CODES: Mapping[str, type[DatedCode]] = MappingProxyType({"disability": Disability, "ethnicity": Ethnicity})
"""Characteristics whose groups may be codes of a national list."""


def group_words(view: str, group: str) -> str:
    """A group with what it is a group of.

    >>> group_words("sex", "female"), group_words("sex x age_band", "female x 0_4")
    ('Sex: female', 'Sex x age band: female x 0 to 4')
    """
    return as_sentence(f"{plain(view)}: {group_name(view, group)}")


def measure_heading(metric: str) -> str:
    """What a measure is called on the page."""
    return MEASURES[metric][0] if metric in MEASURES else as_sentence(plain(metric))


def amount(metric: str, value: float) -> str:
    """A size in words: points of a hundred for shares.

    >>> amount("band_share", 0.104), amount("auroc", -0.7)
    ('10 in 100', '0.70')
    """
    return f"{100 * abs(value):.0f} in 100" if metric in OF_SHARES else f"{abs(value):.2f}"


def gaps_once(result: FairnessResult) -> pd.DataFrame:
    """Every gap, and where there are but two groups each gap once: the other way round it is the same.

    Two groups are told by the gap to the reference, if there is one, else by that of the first to everyone else.
    """
    gaps, two = result.gaps, result.groups.groupby("view", sort=False)["group"].agg(["size", "first"])
    two = two[two["size"] == 2]
    to_rest = gaps["compared_with"] == EVERYONE_ELSE
    has_reference = gaps["view"].isin(set(gaps.loc[~to_rest, "view"]))
    is_first = gaps["group"] == gaps["view"].map(two["first"])
    again = gaps["view"].isin(two.index) & to_rest & (has_reference | ~is_first)
    return gaps[~again]


def tested_gaps(result: FairnessResult) -> int:
    """How many gaps were tested, each counted once."""
    return int(gaps_once(result)["p_audit"].notna().sum())


def beyond_chance(result: FairnessResult) -> pd.DataFrame:
    """Gaps larger than chance explains over the whole audit: the surest first, and of those the largest share."""
    gaps = gaps_once(result)
    found = gaps[(gaps["p_audit"] <= 1 - result.confidence) & gaps["difference"].notna()]
    told = found.assign(size=-found["difference"].abs(), of_shares=~found["metric"].isin(OF_SHARES))
    return told.sort_values(["p_audit", "of_shares", "size"], kind="stable")[list(found.columns)]


def lead_sentence(result: FairnessResult) -> str:
    """The answer, in a sentence or two that say what was measured."""
    assessed, whole = assessed_of(result)
    if not result.with_outcome:
        return (
            f"No outcome is known, so nothing about errors was measured: this report tells, for {assessed} of {whole} "
            "characteristics, how many people were placed above each edge, and who is missing."
        )
    tested, beyond = tested_gaps(result), beyond_chance(result)
    scope = f"for {assessed} of {whole} characteristics; about the others nothing could be told"
    if not tested:
        return (
            "No gap between groups could be judged, because too few people of any two groups have a known outcome of "
            "either kind: whether estimates are worse for anybody is not told by this report."
        )
    if beyond.empty:
        return f"{tested:,} gaps between groups were tested, and none was larger than chance explains {scope}."
    largest = largest_gap(beyond)
    return (
        f"{tested:,} gaps between groups were tested, and {len(beyond):,} were larger than chance explains, {scope}. "
        f"The largest is {gap_words(largest)}."
    )


def largest_gap(beyond: pd.DataFrame) -> Mapping[str, object]:
    """The gap to tell first: in errors to everyone else if there is one, and of those the largest."""
    to_rest = beyond[(beyond["compared_with"] == EVERYONE_ELSE) & beyond["metric"].isin(OF_SHARES)]
    single = to_rest[~to_rest["view"].astype("str").str.contains(" x ", regex=False)]
    chosen = next((each for each in (single, to_rest) if len(each)), beyond)
    return {str(k): v for k, v in chosen.iloc[int(chosen["difference"].abs().argmax())].items()}


_GAPS: Mapping[str, str] = MappingProxyType(
    {
        "false_negative_rate": "of people who had the outcome, {size} {way} were placed below the edge of {edge}",
        "false_positive_rate": ("of people who did not have the outcome, {size} "
"{way} were placed above the edge of {edge}"),
    }
)  # fmt: skip


def gap_words(gap: Mapping[str, object]) -> str:
    """One gap in words."""
    metric, difference = str(gap["metric"]), float(gap["difference"])  # type: ignore[arg-type] # a number
    way = "more" if difference > 0 else "fewer"
    who = f"{plain(str(gap['view']))}: {plain(str(gap['group']))}"
    if metric in _GAPS:
        told = _GAPS[metric].format(size=amount(metric, difference), way=way, edge=f"{gap['band_edge']:g}")
        return f"in {who}, where {told} than among {_compared(str(gap['compared_with']))}"
    higher = "higher" if difference > 0 else "lower"
    compared = _compared(str(gap["compared_with"]))
    return (
        f"in {who}, where '{measure_heading(metric).lower()}' was "
        f"{amount(metric, difference)} {higher} than for {compared}"
    )


def _compared(name: str) -> str:
    return name if name == EVERYONE_ELSE else f"'{plain(name)}'"


def assessed_of(result: FairnessResult) -> tuple[int, int]:
    """Characteristics that could be assessed, and all."""
    by_name = result.inventory.groupby("characteristic")["standing"].agg(lambda each: ASSESSED in set(each))
    return int(by_name.sum()), len(by_name)
