"""The sections `explanations` and `fairness` of a configuration: what an assessment tells beside its verdict."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from ehforecast.advisory.cards import LONGEST_LIFE_DAYS
from ehforecast.pipelines.audit_settings import ScenarioConfig


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ExplanationsConfig(_Section):
    """Cards of single estimates, for review. Without a named reviewer, or below the bar, none are made."""

    cards_reviewer: str = ""
    """A name and a role; who reviews cards in the private area."""

    cards_expire_after_days: Annotated[int, Field(ge=1, le=LONGEST_LIFE_DAYS)] = LONGEST_LIFE_DAYS
    """Days until a card must be deleted; never more than the default."""


class ModelAuditConfig(_Section):
    """How the assessed model is audited."""

    reader: Annotated[str, Field(min_length=1)] = "ethics panel"
    """The role of the person who reads the report, printed on it."""
    mitigation: bool = False
    """Whether other ways of making the estimates are tried, as research; it fits the model many times."""

    mitigation_by: str = "ethnicity"
    """The grouping whose gaps these ways should make smaller."""
    leave_out: tuple[str, ...] = ()
    """Features that one of these ways does without."""

    scenarios: tuple[ScenarioConfig, ...] = ()
    """Suppositions about how outcomes were recorded; each is worked through."""
    no_population_because: str = "the records hold no figures of all children in the area by these groups"
    """Why the groups are not held against the whole population, as printed."""
    draws: Annotated[int, Field(ge=100)] = 2000
    """Bootstrap draws behind each range; 2,000, as is usual for 95% limits."""
    permutations: Annotated[int, Field(ge=100)] = 2000
    """Shuffles behind each p value. Below 1,000, gaps are named too often."""
    seed: Annotated[int, Field(ge=0)] = 0
    """Where every draw begins. The same seed gives the same figures; it is not tuned."""


EXPLAIN_SECTIONS = (ExplanationsConfig, ModelAuditConfig)
