"""A risk result made by hand, whole enough to pass the door."""

import hashlib

import pandas as pd

from ehforecast.risk.results import MODEL, RiskResult

METRICS = ("auroc", "average_precision", "brier", "brier_skill", "logloss", "slope", "citl", "ece")
MODELS = (MODEL, "logistic", "points", "base_rate")
BAR = '{"bars": []}\n'


def performance() -> pd.DataFrame:
    rows = [
        {"model": model, "metric": metric, "value": 0.5 + place / 100, "lower": 0.4, "upper": 0.6}
        for place, model in enumerate(MODELS)
        for metric in METRICS
    ]
    return pd.DataFrame(rows)


def conditions(verdict: str) -> pd.DataFrame:
    row = {
        "condition": "brier_skill",
        "needed": "lower limit above 0",
        "value": 0.1,
        "lower": 0.02,
        "upper": 0.2,
        "margin": 0.02,
    }
    return pd.DataFrame(
        [row | {"bar": "relative", "verdict": verdict}, row | {"bar": "what_works_2020", "verdict": "not met"}]
    )


def risk_result(verdict: str = "met", **changes: object) -> RiskResult:
    """A result; `changes` replace facts and frames by name."""
    ranges = {"value": 0.2, "lower": 0.1, "upper": 0.3}
    curve = [
        {"model": MODEL, "bin": place + 1, "mean_estimate": 0.05 * place + 0.02, "rows": 120, **ranges}
        for place in range(10)
    ]
    groups = [
        {
            "characteristic": "sex",
            "group": group,
            "rows": rows,
            "events": events,
            "metric": "brier_skill",
            **ranges,
            "can_be_judged": rows > 200,
        }
        for group, rows, events in (("female", 612, 131), ("male", 588, 122), ("neither", 6, 2))
    ]
    counts = [
        {
            "period": period,
            "index_events": 1203,
            "people": 1100,
            "families": 641,
            "events": 151,
            "no_event": 1049,
            "not_known": 3,
            "rate": 0.126,
        }
        for period in ("train", "calibrate", "test")
    ]
    benefit = [
        {"model": model, "threshold": chance, "value": 0.05, "lower": 0.01, "upper": 0.08}
        for model in (MODEL, "all", "none")
        for chance in (0.1, 0.2, 0.3)
    ]
    facts: dict[str, object] = {
        "outcome": "escalation after early help",
        "label_card": dict.fromkeys(
            ("definition", "decided_by", "misses", "surveillance", "never_read_as"), "In words."
        ),
        "horizon_days": 365.0,
        "rate_before_test": 0.15,
        "rate_in_test": 0.126,
        "families_in_test": 641,
        "verdict": verdict,
        "verdicts": {"relative": verdict, "what_works_2020": "not met"},
        "implied_auroc": {"relative": 0.64, "what_works_2020": 0.9},
        "bar_text": BAR,
        "bar_sha256": hashlib.sha256(BAR.encode()).hexdigest(),
        "parameters": {"leaves": 4},
        "calibration_method": "sigmoid",
        "learned_from_calibration": False,
        "tuned_on": "by time",
        "seed": 0,
        "notes": ("A note.",),
    }
    feature = {
        "name": "contacts_90",
        "label": "contacts in the last 90 days",
        "unit": "contacts",
        "source": "contacts",
        "lag": "a day",
        "reason": "Need shows in contacts.",
        "theme": "history with services",
        "direction": 1,
        "is_used": True,
    }
    frames = {
        "counts": pd.DataFrame(counts),
        "performance": performance(),
        "conditions": conditions(verdict),
        "by_group": pd.DataFrame(groups),
        "calibration_curve": pd.DataFrame(curve),
        "net_benefit_curve": pd.DataFrame(benefit),
        "differences": pd.DataFrame(
            [{"model": MODEL, "than": "points", "metric": "logloss", "value": -0.01, "lower": -0.02, "upper": 0.0}]
        ),
        "stability": pd.DataFrame(
            [
                {
                    "characteristic": "time",
                    "group": "2023 Q1",
                    "rows": 300,
                    "events": 40,
                    "metric": "auroc",
                    **ranges,
                    "can_be_judged": True,
                }
            ]
        ),
        "capacities": pd.DataFrame([{"model": MODEL, "metric": "precision", "capacity": 0.1, **ranges}]),
        "learning_curve": pd.DataFrame([{"share": 0.5, "rows": 600, "events": 70, "metric": "auroc", **ranges}]),
        "features": pd.DataFrame([feature]),
        "abstentions": pd.DataFrame([{"reason": "unseen category", "rows": 12}]),
        "left_out": pd.DataFrame(
            [
                ("index_events", "died_before", 3),
                ("index_events", "outside_the_periods", 2412),
                ("later_events", "from_another_council", 0),
            ],
            columns=["events", "reason", "count"],
        ),
        "follow_up": pd.DataFrame(
            [
                {
                    "period": "test",
                    "weights": 0.126,
                    "complete": 0.131,
                    "not_known_as_none": 0.119,
                    "not_known_left_out": 0.122,
                    "largest_weight": 1.4,
                    "weights_cut": 2,
                }
            ]
        ),
        "trials": pd.DataFrame(),
        "calibration": pd.DataFrame(),
        "points": pd.DataFrame(
            [{"question": "contacts in the last 90 days: 2 or more", "points": 3, "share_yes": 0.1}]
        ),
        "probes": pd.DataFrame(
            [
                {
                    "feature": "contacts_90",
                    "own_auroc": 0.61,
                    "gain": 0.01,
                    "gain_lower": -0.01,
                    "finding": "",
                    "because": "",
                }
            ]
        ),
        "model_probes": pd.DataFrame(
            [{"probe": "permuted_outcome", "value": 0.5, "lower": 0.45, "upper": 0.55, "finding": ""}]
        ),
    }
    return RiskResult.from_parts(
        facts | changes, frames | {name: value for name, value in changes.items() if isinstance(value, pd.DataFrame)}
    )
