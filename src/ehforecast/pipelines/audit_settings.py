"""The section `audit` of a configuration: which column is what, and what is asked, fixed beforehand."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from ehforecast.risk.fairness.frame import AuditColumns
from ehforecast.risk.fairness.settings import (
    JUDGED_FROM,
    SMALLEST_GROUP,
    UNKNOWN_VALUES,
    AuditSettings,
    Characteristic,
    GroupColumn,
    RecordingScenario,
)

_TAKEN = ("outcome", "band", "source", "period", "everyone", "all")
"""Words that the report uses itself; no grouping may have them as its name."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class GroupConfig(_Section):
    """One way of grouping people."""

    name: Annotated[str, Field(min_length=1, max_length=60)]
    characteristic: Characteristic
    column: str = ""
    grouping: Literal["as_given", "ethnicity_ons", "ethnicity_census", "age_years"] = "as_given"
    reference: str | None = None

    @field_validator("name")
    @classmethod
    def _not_taken(cls, name: str) -> str:
        if name in _TAKEN or " x " in name:
            raise ValueError(f"a grouping cannot be named {', '.join(_TAKEN)} or hold ' x '")
        return name


class ScenarioConfig(_Section):
    """A supposition about how outcomes were recorded for one group."""

    name: str
    view: str
    group: str
    source: str = ""
    unrecorded: Annotated[float, Field(ge=0, lt=1)] = 0.0
    wrongly_recorded: Annotated[float, Field(ge=0, lt=1)] = 0.0


class AuditConfig(_Section):
    """What is audited. Columns with an empty name are not in the table."""

    reader: str
    source: str
    """Where the estimates come from and under which licence, as printed."""

    estimate: str
    outcome: str = ""
    family: str = ""
    weight: str = ""
    period: str = ""
    referral_source: str = ""
    band_edges: Annotated[tuple[float, ...], Field(min_length=1)]
    groups: Annotated[tuple[GroupConfig, ...], Field(min_length=1)]
    intersections: tuple[tuple[str, ...], ...] = ()
    not_applicable: dict[Characteristic, str] = {}
    unknown_values: tuple[str, ...] = UNKNOWN_VALUES
    scenarios: tuple[ScenarioConfig, ...] = ()
    population: Path | None = None
    """A CSV file with columns column, group, population; relative to the configuration's folder."""

    no_population_because: str = ""
    features: tuple[str, ...] = ()
    """Columns the tool looks at, for the scan of near copies."""

    smallest_group: int = SMALLEST_GROUP
    judged_from: int = JUDGED_FROM
    draws: int = 2000
    permutations: int = 2000
    seed: Annotated[int, Field(ge=0)] = 0

    @property
    def columns(self) -> AuditColumns:
        """Which column of the table is what."""
        return AuditColumns(
            self.estimate, self.outcome, self.family, self.weight, self.period, source=self.referral_source
        )

    @property
    def named_columns(self) -> Iterator[str]:
        """Every column the configuration names, groupings included."""
        yield from (name for name in vars(self.columns).values() if name)
        yield from (group.source for group in self.group_columns)
        yield from self.features

    @property
    def group_columns(self) -> tuple[GroupColumn, ...]:
        """The groupings."""
        return tuple(GroupColumn(**group.model_dump()) for group in self.groups)

    def asked(self) -> AuditSettings:
        """What is asked of the audit. Raises `SettingsError` where that cannot be asked."""
        kept = ("band_edges", "intersections", "unknown_values", "no_population_because", "smallest_group",
                "judged_from", "draws", "permutations", "seed")  # fmt: skip
        return AuditSettings(
            columns=self.group_columns,
            not_applicable=tuple(self.not_applicable.items()),
            scenarios=tuple(RecordingScenario(**scenario.model_dump()) for scenario in self.scenarios),
            **{name: getattr(self, name) for name in kept},
        )


AUDIT_SECTIONS = (GroupConfig, ScenarioConfig, AuditConfig)
