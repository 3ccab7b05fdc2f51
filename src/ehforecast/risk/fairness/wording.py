"""What was measured, in plain words. Words describe; they never pronounce on a model or a group."""

from collections.abc import Iterator
from types import MappingProxyType, SimpleNamespace

import numpy as np
import pandas as pd

from ehforecast.risk.fairness_results import (
    ASSESSED,
    CANNOT_BE_JUDGED,
    MEASURED,
    TOO_SMALL,
    FairnessResult,
    ForecastFairnessResult,
    MitigationResult,
)

METRIC_WORDS = MappingProxyType(
    {
        "base_rate": "the share of people with the recorded outcome",
        "band_share": "the share of people placed above the edge",
        "false_negative_rate": "of people with the outcome, the share placed below the edge",
        "false_positive_rate": "of people without the outcome, the share placed above the edge",
        "precision": "of people placed above the edge, the share with the outcome",
        "false_discovery_rate": "of people placed above the edge, the share without the outcome",
        "false_omission_rate": "of people placed below the edge, the share with the outcome",
        "auroc": "the chance that a person with the outcome had a higher estimate than one without",
        "calibration_in_the_large": "how far what was recorded lies above estimates (below 0: under them), in log odds",
        "calibration_slope": "how much outcomes differ per difference of estimates (1: as much as estimated)",
        "calibration_difference": "recorded rate less mean estimate",
        "brier": "mean squared distance of estimates from outcomes",
    }
)
"""What each metric is, for a reader who has not met it."""

OF_SHARES = ("base_rate", "band_share", "false_negative_rate", "false_positive_rate", "precision",
             "false_discovery_rate", "false_omission_rate", "calibration_difference")  # fmt: skip

SHARES_ONLY = "No outcome is known: shares and missingness are told, and nothing about errors or calibration."

CAUTION = (
    "A gap that chance could explain is not shown to be absent, and a gap beyond chance does not say why it is there. "
    "Outcomes are events that a service recorded; who records, and about whom, is part of every figure."
)

LISTED = 8
"""Groups named in one sentence; where there are more the table is pointed to."""

Statement = dict[str, str]


def statements(result: FairnessResult) -> pd.DataFrame:
    """Sentences for a reader: what was looked at, what was found beyond chance, what could not be said."""
    told = [*_scope(result), *_gaps(result), *_rates(result), *_missing(result), *_coverage(result), *_drift(result)]
    told += [*_proxies(result), {"subject": "caution", "text": CAUTION}]
    return pd.DataFrame(told, columns=["subject", "text"])


def _rows(frame: pd.DataFrame) -> Iterator[SimpleNamespace]:
    return (SimpleNamespace(**{str(name): value for name, value in row.items()}) for row in frame.to_dict("records"))


def _say(subject: str, text: str) -> Statement:
    return {"subject": subject, "text": text}


def amount(metric: str, value: float) -> str:
    """A value in the words of its metric: points of a hundred for shares, otherwise a plain number.

    >>> amount("band_share", 0.104), amount("auroc", 0.7)
    ('10.4 in 100', '0.70')
    """
    return f"{100 * value:.1f} in 100" if metric in OF_SHARES else f"{value:.2f}"


def _scope(result: FairnessResult) -> Iterator[Statement]:
    families = f" in {result.clusters:,} families" if result.clusters < result.people else ""
    yield _say(
        "scope", f"{result.people:,} estimates{families} were looked at; {result.with_outcome:,} have a known outcome."
    )
    if not result.with_outcome:
        yield _say("scope", SHARES_ONLY)
    else:
        yield _say("multiplicity", result.multiplicity)
    for row in _rows(result.inventory):
        if row.standing != ASSESSED:
            reason = f": {row.reason}" if row.reason else ""
            column = f" ({row.column})" if row.column else ""
            yield _say("inventory", f"{row.characteristic.capitalize()}{column}: {row.standing}{reason}.")
    yield from _left_out(result)


def _left_out(result: FairnessResult) -> Iterator[Statement]:
    for standing, words in (
        (TOO_SMALL, "too few people for a figure"),
        (CANNOT_BE_JUDGED, "figures that cannot be judged"),
    ):
        for view, found in result.groups[result.groups["standing"] == standing].groupby("view", sort=False):
            names = "; ".join(f"{row.group} ({row.reason})" for row in _rows(found))
            listed = names if len(found) <= LISTED else "the table of groups lists them"
            yield _say("groups", f"{view}: {len(found)} group{'s' if len(found) > 1 else ''} with {words}: {listed}.")


def _gaps(result: FairnessResult) -> Iterator[Statement]:
    if not result.with_outcome:
        return
    tested = result.gaps[result.gaps["p_value"].notna()]
    if not len(tested):
        yield _say("gaps", "No gap could be judged: no two groups have enough people with and without the outcome.")
        return
    beyond = tested[tested["p_audit"] <= 1 - result.confidence]
    yield _say("gaps", f"{len(tested)} gaps were judged; {len(beyond)} were larger than chance explains.")
    for row in _rows(beyond):
        edge = "" if np.isnan(row.band_edge) else f" at edge {row.band_edge:g}"
        more = "more" if row.difference > 0 else "less"
        text = (
            f"{row.view}, {row.group} and {row.compared_with}{edge}: {METRIC_WORDS[row.metric]}: "
            f"{amount(row.metric, abs(row.difference))} {more} (from {amount(row.metric, row.lower)} "
            f"to {amount(row.metric, row.upper)}; p over the whole audit {row.p_audit:.3f})"
        )
        yield _say("gaps", text + _bounds(row) + ".")


def _bounds(gap: SimpleNamespace) -> str:
    if np.isnan(gap.lowest) or not gap.lowest <= 0 <= gap.highest:
        return ""
    ends = amount(gap.metric, gap.lowest), amount(gap.metric, gap.highest)
    return (
        f"; were the missing as unlike the recorded as can be, the gap could lie anywhere from {ends[0]} to {ends[1]}"
    )


def _rates(result: FairnessResult) -> Iterator[Statement]:
    """Why error rates, precision and calibration cannot all agree where base rates differ."""
    rates = result.gaps[(result.gaps["metric"] == "base_rate") & (result.gaps["compared_with"] == "everyone else")]
    rates = rates[~rates["view"].astype("str").str.contains(" x ", regex=False) & (rates["standing"] == MEASURED)]
    apart = rates[(rates["lower"] > 0) | (rates["upper"] < 0)]
    if not len(apart):
        return
    yield _say(
        "base rates",
        "Recorded base rates differ between groups (" + ", ".join(f"{r.view}: {r.group}" for r in _rows(apart))
        + "). Then false negative rate, false positive rate and precision cannot all be the same in every group unless "
        "estimates are perfect: false positive rate = base / (1 - base) x (1 - precision) / precision x (1 - false "
        "negative rate). Estimates that mean the same in every group will miss, and wrongly include, different shares. "
        "Which of these matters most is for people to say.",
    )  # fmt: skip


def _missing(result: FairnessResult) -> Iterator[Statement]:
    if not len(result.missing):
        return
    everyone = result.missing[(result.missing["by"] == "everyone") & (result.missing["not_recorded"] > 0)]
    for row in _rows(everyone):
        share = amount("band_share", row.share)
        yield _say("missing", f"{row.column}: not recorded for {share}.")
    told = result.missing[result.missing["by"] != "everyone"].drop_duplicates(["column", "by"])
    limit = (1 - result.confidence) / max(int(told["p_value"].notna().sum()), 1)
    for row in _rows(told[told["p_value"] <= limit]):
        yield _say(
            "missing", f"{row.column} is not recorded alike by {row.by}; the table of missingness has the shares."
        )


def _coverage(result: FairnessResult) -> Iterator[Statement]:
    if result.no_population_because:
        yield _say("coverage", f"Not compared with a population: {result.no_population_because}.")
    for row in _rows(result.coverage):
        if row.p_adjusted <= 1 - result.confidence:
            yield _say(
                "coverage",
                f"{row.column}, {row.group}: {row.ratio:.2f} times their share of the population "
                f"(from {row.lower:.2f} to {row.upper:.2f}).",
            )


def _drift(result: FairnessResult) -> Iterator[Statement]:
    if not len(result.drift):
        return
    for row in _rows(result.drift[result.drift["p_adjusted"] <= 1 - result.confidence]):
        yield _say(
            "drift",
            f"{row.view}, {row.group}: the gap to everyone else in {METRIC_WORDS[row.metric]} changed by "
            f"{amount(row.metric, row.gap_change)} between {row.compared_period} and {row.period}.",
        )


def _proxies(result: FairnessResult) -> Iterator[Statement]:
    for row in _rows(result.proxies[result.proxies["lower"] >= result.near_copy]):
        yield _say(
            "proxies",
            f"{row.feature} alone tells {row.view} {row.group} from everyone else with an AUROC of {row.auroc:.2f}.",
        )


FORECAST_CAUTION = (
    "A difference that chance could explain is not shown to be absent, and one beyond chance does not say why it is "
    "there. Counts are what a service recorded: children who never come to it are in no forecast."
)


def forecast_statements(result: ForecastFairnessResult) -> pd.DataFrame:
    """Sentences about a forecast: whose counts it misses and in which direction."""
    groups, limit = result.groups, 1 - result.confidence
    off, narrow = (groups[groups[name] <= limit] for name in ("p_adjusted", "inside_p_adjusted"))
    told = [_say("summary", _forecast_summary(groups, off=len(off), narrow=len(narrow)))]
    told += [_say("bias", _bias_words(row)) for row in _rows(off)]
    for row in _rows(narrow):
        held, meant = (amount("band_share", share) for share in (row.inside, result.coverage))
        told.append(_say("range", f"{row.group}: {held} periods lay inside a range meant for {meant}."))
    for standing in (TOO_SMALL, CANNOT_BE_JUDGED):
        names = groups.loc[groups["standing"] == standing, "group"]
        if len(names):
            listed = ", ".join(names) if len(names) <= LISTED else "the table lists them"
            told.append(_say("groups", f"{len(names)} {standing}: {listed}."))
    told += [_say("multiplicity", result.multiplicity), _say("caution", FORECAST_CAUTION)]
    return pd.DataFrame(told, columns=["subject", "text"])


def _forecast_summary(groups: pd.DataFrame, *, off: int, narrow: int) -> str:
    compared, judged = int(groups["p_value"].notna().sum()), int((groups["standing"] == MEASURED).sum())
    if not judged:
        return "No place has enough past forecasts to be judged."
    against = (
        f"{_number(off)} of {compared} places was shown to be forecast too high or too low beside others of its kind, "
        "beyond what chance explains."
        if compared
        else "No place has others of its kind to be compared with."
    )
    return f"{against} {_number(narrow)} of {judged} was shown to have a range that holds less often than it should."


def _number(found: int) -> str:
    return str(found) if found else "None"


def _bias_words(row: SimpleNamespace) -> str:
    way = "below" if row.bias < 0 else "above"
    ends = " to ".join(f"{100 * end:+.1f}%" for end in (row.lower, row.upper))
    return (
        f"{row.group}: forecasts lay {100 * abs(row.bias):.1f}% {way} what came (range {ends}), "
        f"{100 * abs(row.difference):.1f} points {'lower' if row.difference < 0 else 'higher'} than for everyone else."
    )


NOT_APPLIED = (
    "This is research on what changes would do. None of them has been made, and none is proposed: an edge for each "
    "group treats people with the same estimate differently because of the group, which the law may forbid."
)


def mitigation_statements(result: MitigationResult) -> pd.DataFrame:
    """Sentences about what each option would change, and what it would cost."""
    told = [_say("research", NOT_APPLIED)]
    for _, rows in result.options.groupby("option", sort=False):
        values = dict(zip(rows["metric"], rows["value"], strict=True))
        gap, shaken = float(values["gap_false_negative_rate"]), float(rows["placed_otherwise"].iloc[0])
        gap_words = "cannot be told" if np.isnan(gap) else amount("band_share", gap)
        chance = f"; another seed places {amount('band_share', shaken)} otherwise" if shaken else ""
        told.append(
            _say(
                "option",
                f"{rows['label'].iloc[0]}: balanced accuracy {values['balanced_accuracy']:.3f}, largest gap in false "
                f"negative rates {gap_words}{chance}.",
            )
        )
    return pd.DataFrame(told, columns=["subject", "text"])
