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


class ModelAuditConfig(_Section):
    """How the assessed model is audited."""

    reader: Annotated[str, Field(min_length=1)] = "ethics panel"
    mitigation: bool = False
    """Whether other ways of making the estimates are tried, as research; it fits the model many times."""

    mitigation_by: str = "ethnicity"
    leave_out: tuple[str, ...] = ()
    """Features that one of these ways does without."""

    scenarios: tuple[ScenarioConfig, ...] = ()
    no_population_because: str = "the records hold no figures of all children in the area by these groups"
    draws: Annotated[int, Field(ge=100)] = 2000
    permutations: Annotated[int, Field(ge=100)] = 2000
    seed: Annotated[int, Field(ge=0)] = 0


EXPLAIN_SECTIONS = (ExplanationsConfig, ModelAuditConfig)
