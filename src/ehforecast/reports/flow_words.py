"""Words of the page on how families move: places, moves, periods, and what a change shows."""

from collections.abc import Mapping

import pandas as pd

from ehforecast.demand.flow_results import FlowResult
from ehforecast.reports.words import as_sentence, month_words

ORIGIN_WORDS: Mapping[str, str] = {
    "contact": "A contact with the front door",
    "early_help": "Early help begins",
    "early_help_closed": "Early help ends, not by stepping up",
    "statutory": "A referral to social care",
    "statutory_closed": "A referral to social care closes",
}
DESTINATION_WORDS: Mapping[str, str] = {
    "early_help": "early help begins",
    "stepped_up": "steps up to social care while helped",
    "needs_met": "ends, needs met",
    "disengaged": "ends, the family took no more part",
    "moved_or_other": "ends: moved, or another reason",
    "early_help_again": "early help again",
    "no_further_action": "closed without assessment",
    "closed": "closed",
    "referred_again": "referred again while open",
    "stepped_down": "steps down to early help",
    "early_help_later": "early help, but later",
    "statutory_again": "referred to social care again",
    "none_of_these": "none of these in the time looked at",
}
_STATUTORY: Mapping[str, str] = {
    "contact": "referred to social care",
    "early_help_closed": "referred to social care",
}
REVIEW_WORDS: Mapping[str, str] = {
    "domestic_abuse": "Domestic abuse",
    "adult_mental_health": "Adult mental ill-health",
    "substance_misuse": "Substance misuse",
    "all_three": "All three together",
}
THEME_WORDS: Mapping[str, str] = {
    "contacts": "Contacts",
    "early_help": "Early help episodes started",
    "referrals": "Referrals to social care",
    "source": "Who made the contact",
    "outcome": "What the contact led to",
    "need_level": "Level of need when help began",
    "reason": "Main reason for help",
}


def origin_words(origin: str) -> str:
    """A place that a move starts from."""
    return ORIGIN_WORDS[origin]


def destination_words(origin: str, destination: str) -> str:
    """A place that a move goes to.

    >>> destination_words("contact", "statutory"), destination_words("early_help", "needs_met")
    ('referred to social care', 'ends, needs met')
    """
    return _STATUTORY[origin] if destination == "statutory" else DESTINATION_WORDS[destination]


def within_words(result: FlowResult, origin: str, *, destination: str) -> str:
    """The time looked at."""
    days = result.days["step_down"] if destination == "stepped_down" else result.days[origin]
    return "a year" if days == 365 else f"{days} days"


def period_words(period: str) -> str:
    """A period of flows.

    >>> period_words("2022-Q3"), period_words("2022-23"), period_words("all")
    ('July to September 2022', 'April 2022 to March 2023', 'The whole time')
    """
    if period == "all":
        return "The whole time"
    if "-Q" not in period:
        return f"April {period[:4]} to March {int(period[:4]) + 1}"
    year, quarter = period.split("-Q")
    first = 3 * int(quarter) - 2
    months = [month_words(f"{year}-{month:02d}").split()[0] for month in (first, first + 2)]
    return f"{months[0]} to {months[1]} {year}"


def short_period(period: str) -> tuple[str, str]:
    """The same on two lines of an axis.

    >>> short_period("2022-Q3"), short_period("2022-23")
    (('Q3', '2022'), ('2022', 'to 2023'))
    """
    first, second = period.split("-")
    return (second, first) if second.startswith("Q") else (first, f"to {int(first) + 1}")


def place_words(locality: str) -> str:
    """A locality, or all together."""
    return "Whole council" if locality == "all" else as_sentence(locality.replace("_", " "))


def in_hundred(share: float) -> str:
    """A share as so many in 100.

    >>> in_hundred(0.058), in_hundred(0.003)
    ('6 in 100', 'fewer than 1 in 100')
    """
    return "fewer than 1 in 100" if share < 0.005 else f"{100 * share:.0f} in 100"


def latest_told(result: FlowResult, origin: str, *, destination: str) -> pd.Series | None:
    """The latest period of one move for which a share is told; none if there is none."""
    flows = result.flows
    rows = flows[
        flows["origin"].eq(origin) & flows["destination"].eq(destination) & flows["need_level"].eq("all")
        & flows["period"].ne("all") & flows["share"].notna()
    ]  # fmt: skip
    return None if rows.empty else rows.sort_values("period").iloc[-1]


def answer(result: FlowResult) -> str:
    """The first sentences: how many step up, and how many step down, in the latest period that could be followed."""
    said = []
    for (origin, destination), words in _ANSWERS.items():
        row = latest_told(result, origin, destination=destination)
        if row is not None:
            ends = f"{100 * row['low']:.0f} to {100 * row['high']:.0f}"
            when = period_words(str(row["period"]))
            within = within_words(result, origin, destination=destination)
            said.append(f"{words.format(share=in_hundred(float(row['share'])), within=within, when=when)} ({ends}).")
    return (
        " ".join(said) or "No period could be followed for long enough, or held enough families, to tell how they move."
    )


_ANSWERS: Mapping[tuple[str, str], str] = {
    (
        "early_help",
        "stepped_up",
    ): "Of children whose early help began in {when}, {share} stepped up to social care while helped, within {within}",
    (
        "statutory_closed",
        "stepped_down",
    ): "Of referrals that closed in {when}, {share} stepped down to early help within {within}",
}


def trend_words(verdict: str) -> str:
    """What a trend or a change shows."""
    return {"could be chance": "No change that could not be chance", "cannot be told": "Cannot be told"}.get(
        verdict, verdict[:1].upper() + verdict[1:]
    )
