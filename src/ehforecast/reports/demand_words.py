"""What a demand report says of its methods, in sentences: where their ranges come from, and to which side they err."""

from collections.abc import Sequence

from ehforecast.advisory.reading import label_of
from ehforecast.demand.results import DemandResult
from ehforecast.reports.words import as_sentence, per_cent

RANGE_WORDS = {
    "native": "its ranges are its own",
    "past_errors": "its ranges are learned from past errors",
}
"""Where ranges come from. A method whose ranges are calibrated says so in its own name."""


def method_words(result: DemandResult) -> dict[str, str]:
    """Each method in plain words with where its ranges come from, which runs kept before that was known do not say."""
    tried = result.forecasters
    ranges = dict(zip(tried["forecaster"], tried.get("ranges", [""] * len(tried)), strict=True))
    return {
        name: "; ".join(part for part in (as_sentence(label), RANGE_WORDS.get(ranges[name], "")) if part)
        for name, label in label_of(result).items()
    }


def lean_words(result: DemandResult) -> str:
    """How often what came lay at either end of its forecast; empty for runs that kept no such.

    No verdict: months of a few forecast dates go together, and their shares move far by chance.
    """
    published = result.forecasters.loc[result.forecasters["is_published"].astype(bool), "forecaster"]
    pit = result.pit
    own = pit if pit.empty else pit[pit["forecaster"].isin(published)].sort_values("low")
    if own.empty:
        return ""
    lowest, highest = float(own["share"].iloc[0]), float(own["share"].iloc[-1])
    return (
        f"Of what came in {int(own['months'].iloc[0]):,} tested months, {per_cent(lowest)} lay in the lowest fifth of "
        f"its forecast and {per_cent(highest)} in the highest; 20% in each would be right. Far more in the lowest "
        "would mean forecasts that are too high, and far more in the highest ones that are too low."
    )


def months_missed_more(rows: Sequence[Sequence[object]]) -> str:
    """The months ahead at which the same month last year missed less, by rows of months, own miss and last year's.

    Told by whole per cents, as the table shows them; empty where there is no such month.

    >>> months_missed_more([["1", 0.14, 0.12], ["2", 0.13, 0.134], ["3", 0.2, 0.1]])
    'At 1 and 3 months ahead, the same month last year missed less.'
    """
    less = [str(ahead) for ahead, own, naive in rows if round(float(naive), 2) < round(float(own), 2)]  # type: ignore[arg-type]  # shares
    if not less:
        return ""
    named = " and ".join(part for part in (", ".join(less[:-1]), less[-1]) if part)
    return f"At {named} month{'' if less == ['1'] else 's'} ahead, the same month last year missed less."
