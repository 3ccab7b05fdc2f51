"""Words of the risk research report: what each figure means, and what each condition of a bar asks for."""

from collections.abc import Mapping
from types import MappingProxyType

METRICS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "auroc": (
            "AUROC",
            "Chance that a family with the event got a higher estimate than one without: 0.5 is a coin.",
        ),
        "average_precision": ("Average precision", "Share with the event among those singled out, however many are."),
        "brier": ("Brier score", "Mean squared distance between estimate and what came; lower is better."),
        "brier_skill": (
            "Skill",
            "How much better than giving everybody the average: 0 is no better, below 0 is worse.",
        ),
        "logloss": ("Log loss", "How surprised one who believed the estimates would have been; lower is better."),
        "slope": (
            "Calibration slope",
            "1 if estimates are as spread out as they should be; below 1 they are too extreme.",
        ),
        "citl": (
            "Calibration in the large",
            "How far off estimates are on average, in log odds; below 0 they are too high.",
        ),
        "ece": ("Calibration error", "Mean distance between estimate and what came, over ten groups of equal size."),
        "rate": ("Share with the event", "Share of the families judged who had the event."),
    }
)
"""Heading and meaning of each figure."""

MODELS: Mapping[str, str] = MappingProxyType(
    {
        "lightgbm": "Boosted trees",
        "logistic": "Logistic regression",
        "points": "Points score",
        "base_rate": "The average for everybody",
        "criteria": "The council's published criteria",
    }
)

_CONDITIONS: Mapping[str, str] = MappingProxyType(
    {
        "brier_skill": "Better than giving everybody the average",
        "average_precision": "Average precision",
        "slope": "Estimates as spread out as they should be",
        "citl": "Estimates right on average",
        "net_benefit_above_all": "More use than helping everybody, over the range of chances agreed",
        "net_benefit_above_none": "More use than helping nobody, over the range of chances agreed",
        "skill_in_every_group": "Better than the average in every group",
    }
)

_LEFT_OUT: Mapping[str, str] = MappingProxyType(
    {
        "no_day_of_estimate": "Not all of the event is on record yet",
        "same_day_duplicate": "Another event of the same child on the same day is counted",
        "aged_18_or_over": "Aged 18 or over by the day of the estimate",
        "died_before": "Died before the day of the estimate",
        "moved_away": "Moved away with the event",
        "ended_by_the_outcome": "The event itself led to what is estimated",
        "open_to_statutory_services": "Open to statutory services on the day of the estimate",
        "outcome_before_the_estimate": "What is estimated came before the estimate could be made",
        "not_followed": "Too near to the extract to be followed",
        "outside_the_periods": "Not in the periods for learning, adjusting and testing",
        "family_in_another_period": "The family is looked at in another period",
        "planned_step_down": "Early help that was planned when statutory services closed the case",
        "from_another_council": "Referral from another council",
    }
)


def probe_words(probe: str) -> str:
    """A model that was made to fail, in words."""
    return {
        "permuted_outcome": "A model of outcomes dealt out at random",
        "absence_alone": "A model of nothing but which values are absent",
    }.get(probe, probe)


def left_out_words(reason: str, *, of: str = "index_events") -> str:
    """Why an event was left out: of those after which an estimate is made, or of the later events that it is about.

    >>> left_out_words("died_before"), left_out_words("from_another_council", of="later_events")
    ('Died before the day of the estimate', 'Later event that does not count: referral from another council')
    """
    words = _LEFT_OUT.get(reason, reason.replace("_", " ").capitalize())
    return words if of == "index_events" else f"Later event that does not count: {words[0].lower()}{words[1:]}"


def metric_heading(metric: str) -> str:
    """What a figure is called on the page."""
    return METRICS[metric][0] if metric in METRICS else metric.replace("_", " ").capitalize()


def model_words(model: str) -> str:
    """What a model is called on the page."""
    return MODELS.get(model, model.replace("_", " ").capitalize())


def condition_words(condition: str) -> str:
    """A condition of a bar in words.

    >>> condition_words("logloss_less_than_points"), condition_words("skill_in sex: female")
    ('Less surprised than: points score', 'Better than the average in: sex, female')
    """
    if condition.startswith("logloss_less_than_"):
        return f"Less surprised than: {model_words(condition.removeprefix('logloss_less_than_')).lower()}"
    if condition.startswith("skill_in "):
        return (
            f"Better than the average in: {condition.removeprefix('skill_in ').replace(': ', ', ').replace('_', ' ')}"
        )
    return _CONDITIONS.get(condition, condition.replace("_", " ").capitalize())


def verdict_sentence(verdict: str, *, outcome: str) -> str:
    """The report's first sentence."""
    if verdict == "met":
        return (
            f"Estimates of {outcome} met the bar that was fixed before they were tested. That makes them worth "
            "discussing; it does not make them fit to use on a family."
        )
    if verdict == "not met":
        return (
            f"Estimates of {outcome} did not meet the bar that was fixed before they were tested. They are not good "
            "enough to use, and nothing about any child is given."
        )
    return (
        f"Whether estimates of {outcome} are good enough cannot be judged from these records. So they are not used, "
        "and nothing about any child is given."
    )
