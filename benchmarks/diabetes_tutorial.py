"""The recipe of the fairlearn tutorial on hospital readmission (PyData Global 2021), on the published data.

Followed from its public documentation: features grouped as it groups them; race, discharge and outcomes left out;
half of the encounters for training, without regard to repeated patients; as many encounters without readmission drawn
as there are with it; logistic regression on standardised features; an edge at 0.5.

What differs from what was published: of 94 readmitted people of unknown race 62 are missed, not 63, which makes the
gap 0.232 in place of 0.242; the other rates differ by one person in 222 and four in 4,211. The published file of
features is not among our data, and some detail of how it was made is not in its documentation.
"""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from ehforecast.risk.fairness.counts import tally
from ehforecast.risk.fairness.frame import AuditColumns, AuditFrame, audit_frame
from ehforecast.risk.fairness.settings import Characteristic, GroupColumn
from ehforecast.risk.fairness.shares import confusion, parts_of

SEED = 445
PUBLISHED = {
    "balanced_accuracy": 0.5938,
    "false_negative_rate, AfricanAmerican": 0.428,
    "false_negative_rate, Caucasian": 0.442,
    "false_negative_rate, Other": 0.523,
    "false_negative_rate, Unknown": 0.670,
    "gap_false_negative_rate": 0.242,
}
RACE = GroupColumn("race", Characteristic.RACE)
SPECIALTIES = ("", "InternalMedicine", "Emergency/Trauma", "Family/GeneralPractice", "Cardiology")
DIAGNOSES = (
    ("musculoskeletal", r"7[1-3]\d"),
    ("diabetes", r"250"),
    ("respiratory", r"4[6-9]\d|5[01]\d|786"),
    ("genitourinary", r"5[89]\d|6[0-2]\d|788"),
)
AS_THEY_ARE = ["time_in_hospital", "labs", "procs", "meds", "n_diag"]
CATEGORIES = ["gender", "glu", "a1c", "insulin", "change", "diabmed"]


@dataclass(frozen=True)
class Tutorial:
    """Test encounters with the tutorial's estimates."""

    frame: AuditFrame = field(repr=False)

    def figures(self) -> dict[str, float]:
        """Balanced accuracy, false negative rates by race, and their largest gap, by our counts."""
        counted = tally(self.frame, (0.5,))
        whole = confusion(counted.counts.sum(axis=0, keepdims=True))
        rates = {
            name: float((x / n).item())
            for name in ("false_negative_rate", "false_positive_rate")
            for x, n in [parts_of(whole, name)]
        }
        misses, events = parts_of(confusion(counted.grouped(counted.counts, counted.views[0])), "false_negative_rate")
        by_race = dict(zip(counted.views[0].labels, (misses / events).ravel(), strict=True))
        told = {"balanced_accuracy": 1 - (rates["false_negative_rate"] + rates["false_positive_rate"]) / 2}
        told |= {f"false_negative_rate, {name}": float(rate) for name, rate in by_race.items()}
        return told | {"gap_false_negative_rate": float(max(by_race.values()) - min(by_race.values()))}


def features_of(table: pd.DataFrame) -> pd.DataFrame:
    """The tutorial's features."""
    age = table["age"].str.extract(r"(\d+)-")[0].astype(int)
    grouped = table[AS_THEY_ARE + CATEGORIES].assign(
        age=pd.cut(age, [-1, 29, 59, 200], labels=["under 30", "30 to 59", "60 and over"]).astype(str),
        source=table["source"].map({1: "referral", 2: "referral", 3: "referral", 7: "emergency"}).fillna("other"),
        specialty=table["specialty"].where(table["specialty"].isin(SPECIALTIES), "other"),
        diagnosis=_diagnosis(table["diag1"]),
        medicare=table["payer"] == "MC",
        medicaid=table["payer"] == "MD",
        emergency=table["n_emer"] > 0,
        inpatient=table["n_inp"] > 0,
        outpatient=table["n_out"] > 0,
    )
    return pd.get_dummies(grouped).astype(float)


def _diagnosis(codes: "pd.Series[str]") -> npt.NDArray[np.object_]:
    groups = [codes.str.contains(pattern) for _, pattern in DIAGNOSES]
    return np.asarray(np.select(groups, [name for name, _ in DIAGNOSES], "other"), dtype=object)


def tutorial_frame(path: Path) -> Tutorial:
    """Fit as the tutorial does, and frame its test half."""
    table = pd.read_csv(path, keep_default_na=False)
    features, outcome = features_of(table), (table["readmitted"] == "<30").astype(int)
    race = table["race"].replace({"Asian": "Other", "Hispanic": "Other"})
    train, test = train_test_split(table.index, test_size=0.5, stratify=outcome, random_state=SEED)
    events, others = (train[outcome[train] == value] for value in (1, 0))
    rng = np.random.RandomState(SEED)
    even = np.concatenate([events, rng.choice(others, size=len(events))])
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)).fit(features.loc[even], outcome[even])
    told = pd.DataFrame(
        {"estimate": model.predict_proba(features.loc[test])[:, 1], "outcome": outcome[test], "race": race[test]}
    )
    return Tutorial(audit_frame(told, AuditColumns(outcome="outcome"), groups=(RACE,), unknown=()))
