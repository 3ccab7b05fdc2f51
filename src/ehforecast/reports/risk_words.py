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
