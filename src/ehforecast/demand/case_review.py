"""A review of open cases: how common domestic abuse, adult mental ill-health and substance misuse are, and together.

One row per child, as practitioners answered: yes, no, or not known. Shares are of the children for whom it is known.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise, product

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ehforecast.demand.flow_intervals import difference_interval, effective_cases, family_variance, wilson
from ehforecast.demand.flow_results import REVIEW_QUESTIONS
from ehforecast.errors import ForecastError

TROUBLES = REVIEW_QUESTIONS[:3]
AGES: Mapping[str, float] = {"0-4": 5.0, "5-7": 8.0, "8-11": 12.0, "12-15": 16.0, "16 and over": np.inf}
"""Ages at last birthday, with the birthday each ends at. Walsall's review wrote them 0-5, 5-8, 8-12, 12-16 and 16+."""

COLUMNS = ("child", "family", "age", *TROUBLES)
ANSWERS = ("yes", "no", "not known")


@dataclass(frozen=True)
class Review:
    """One review.

    Attributes:
        name: of the review.
        on: its day.
        rows: one per child: ``child, family`` (any keys), ``age`` (whole years or parts of them; may be absent), and
            each of `TROUBLES` ("yes", "no" or "not known").
    """

    name: str
    on: date
    rows: pd.DataFrame

    def __post_init__(self) -> None:
        missing = [name for name in COLUMNS if name not in self.rows]
        if missing:
            raise ForecastError(f"case review '{self.name}': no column {', '.join(missing)}")
        strange = int((~self.rows[list(TROUBLES)].isin(ANSWERS)).to_numpy().sum())
        if strange:
            raise ForecastError(
                f"case review '{self.name}': {strange} answers are none of {', '.join(ANSWERS)}; correct them"
            )
        twice = int(self.rows["child"].duplicated().sum())
        if twice:
            raise ForecastError(f"case review '{self.name}': {twice} children stand in it twice; keep one row of each")

    @property
    def children_per_family(self) -> float:
        """Children for each family."""
        return len(self.rows) / self.rows["family"].nunique()


@dataclass(frozen=True)
class _Share:
    """A share of those whose answer is known, with what it rests on."""

    yes: NDArray[np.float64]
    families: NDArray[np.int64]

    @property
    def share(self) -> float:
        return float(self.yes.mean()) if len(self.yes) else float("nan")

    def by_child(self) -> tuple[float, float]:
        return wilson(self.share, len(self.yes))

    def by_family(self) -> tuple[float, float]:
        """Wider: for as many independent children as have the same standard error, brothers and sisters together."""
        if not len(self.yes):
            return float("nan"), float("nan")
        variance = family_variance(self.yes - self.share, self.families)
        number = len(np.unique(self.families))
        return wilson(self.share, effective_cases(self.share, variance, cases=len(self.yes), families=number))


def _share(review: Review, question: str) -> _Share:
    answers = review.rows[list(TROUBLES) if question == "all_three" else [question]].to_numpy(dtype=object)
    yes = (answers == "yes").all(axis=1)
    is_known = (answers != "not known").all(axis=1) | (answers == "no").any(axis=1)
    families = pd.factorize(review.rows["family"])[0].astype(np.int64)
    return _Share(yes[is_known].astype(np.float64), families[is_known])


def prevalence(reviews: tuple[Review, ...]) -> pd.DataFrame:
    """The frame `FlowResult.reviews`."""
    rows = []
    for review, question in product(reviews, REVIEW_QUESTIONS):
        found = _share(review, question)
        (low, high), (low_by_family, high_by_family) = found.by_child(), found.by_family()
        rows.append(
            {
                "review": review.name, "on": review.on.isoformat(), "question": question,
                "found": int(found.yes.sum()), "of": len(found.yes), "share": found.share, "low": low, "high": high,
                "low_by_family": low_by_family, "high_by_family": high_by_family,
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def overlap(reviews: tuple[Review, ...]) -> pd.DataFrame:
    """The frame `FlowResult.review_overlap`: every combination of yes and no, and those with "not known" that occur."""
    parts = []
    for review in reviews:
        found = review.rows.groupby(list(TROUBLES)).size()
        plain = pd.MultiIndex.from_product([("yes", "no")] * len(TROUBLES), names=TROUBLES)
        counts = found.reindex(plain.append(found.index.difference(plain)), fill_value=0)
        parts.append(counts.rename("children").reset_index().assign(review=review.name))
    return pd.concat(parts, ignore_index=True)[["review", *TROUBLES, "children"]]


def age_split(reviews: tuple[Review, ...]) -> pd.DataFrame:
    """The frame `FlowResult.review_ages`: of the children with domestic abuse whose age is known."""
    rows = []
    for review in reviews:
        abused = review.rows[review.rows["domestic_abuse"].eq("yes") & review.rows["age"].notna()]
        band = np.searchsorted([*AGES.values()], abused["age"].to_numpy(dtype=np.float64), side="right")
        families = pd.factorize(abused["family"])[0].astype(np.int64)
        for place, name in enumerate(AGES):
            found = _Share((band == place).astype(float), families)
            low, high = found.by_family()
            count = int(found.yes.sum())
            rows.append(
                {"review": review.name, "age": name, "children": count, "share": found.share, "low": low, "high": high}
            )
    return pd.DataFrame(rows)


def change_between(reviews: tuple[Review, ...]) -> pd.DataFrame:
    """The frame `FlowResult.review_change`: each review against the one before it; empty with fewer than two.

    Families in both are not told apart, so the interval is that of two separate groups: it is no narrower.
    """
    rows = []
    for (first, second), question in product(pairwise(reviews), REVIEW_QUESTIONS):
        one, other = _share(first, question), _share(second, question)
        low, high = difference_interval((one.share, *one.by_family()), (other.share, *other.by_family()))
        verdict = "rose" if low > 0 else "fell" if high < 0 else "could be chance"
        rows.append(
            {
                "question": question, "first": first.name, "second": second.name, "share_first": one.share,
                "share_second": other.share, "difference": other.share - one.share, "low": low, "high": high,
                "verdict": verdict,
            }
        )  # fmt: skip
    return pd.DataFrame(rows)
