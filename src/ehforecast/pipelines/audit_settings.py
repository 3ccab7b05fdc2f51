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
    """As it is told, such as sex."""
    characteristic: Characteristic
    """What it stands for, in the words of the Equality Act, such as race."""
    column: str = ""
    """Of the table; the name if none is given."""
    grouping: Literal["as_given", "ethnicity_ons", "ethnicity_census", "age_years"] = "as_given"
    """How values become groups: as they are, ethnicity codes in the census's groups, or ages in years in bands."""
    reference: str | None = None
    """The group others are compared with, beside everyone else; none if not given."""
    names: dict[str, str] = Field(default_factory=dict)
    """What each value stands for, where values are codes: the report tells these names, as 1: male."""

    @field_validator("name")
    @classmethod
    def _not_taken(cls, name: str) -> str:
        if name in _TAKEN or " x " in name:
            raise ValueError(f"a grouping cannot be named {', '.join(_TAKEN)} or hold ' x '")
        return name


class ScenarioConfig(_Section):
    """A supposition about how outcomes were recorded for one group."""

    name: str
    """In words, as printed."""
    view: str
    """Name of the grouping."""
    group: str
    """The group of it that outcomes are supposed to be recorded differently for."""
    source: str = ""
    """Only those who came by this source; everyone of the group if empty."""
    unrecorded: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Share of true outcomes that nobody wrote down, 0 to below 1."""
    wrongly_recorded: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Share of recorded outcomes that were none, 0 to below 1."""


class AuditConfig(_Section):
    """What is audited. Columns with an empty name are not in the table."""

    reader: str
    """The role of the person who reads the report, printed on it."""
    source: str
    """Where the estimates come from and under which licence, as printed."""

    estimate: str
    """Column of the estimate, on any scale on which more means more likely."""
    outcome: str = ""
    """Column of what came: 1, 0, or empty where nobody knows."""
    family: str = ""
    """Column of the family, whose members are not independent; every row by itself if empty."""
    weight: str = ""
    """Column of weights, such as those for families lost to follow-up; all alike if empty."""
    period: str = ""
    """Column of the period, in an order that sorts, to see whether gaps grow."""
    referral_source: str = ""
    """Column of who referred, to see whether gaps differ by source."""
    band_edges: Annotated[tuple[float, ...], Field(min_length=1)]
    """Where bands begin, rising, on the scale of the estimate. An estimate at an edge counts as above it."""
    groups: Annotated[tuple[GroupConfig, ...], Field(min_length=1)]
    """Ways of grouping people."""
    intersections: tuple[tuple[str, ...], ...] = ()
    """Groupings to cross, by name, fixed before anybody sees the results."""
    not_applicable: dict[Characteristic, str] = {}
    """Characteristics that cannot apply, each with the reason."""
    unknown_values: tuple[str, ...] = UNKNOWN_VALUES
    """Values that mean nobody knows, besides an empty cell."""
    scenarios: tuple[ScenarioConfig, ...] = ()
    """Suppositions about how outcomes were recorded; each is worked through."""
    population: Path | None = None
    """A CSV file with columns column, group, population; relative to the configuration's folder."""

    no_population_because: str = ""
    """Why there is no population to compare with; needed where there is none."""
    features: tuple[str, ...] = ()
    """Columns the tool looks at, for the scan of near copies."""

    smallest_group: int = SMALLEST_GROUP
    """People below which no figure of a group is given. 10, as research services have it; never lower."""
    judged_from: int = JUDGED_FROM
    """People with and without the outcome that a group needs before its gap is judged; never below 100."""
    draws: int = 2000
    """Bootstrap draws behind each range; 2,000, as is usual for 95% limits."""
    permutations: int = 2000
    """Shuffles behind each p value. Below 1,000, gaps are named too often."""
    seed: Annotated[int, Field(ge=0)] = 0
    """Where every draw begins. The same seed gives the same figures; it is not tuned."""

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
        return tuple(
            GroupColumn(**group.model_dump(exclude={"names"}), names=tuple(group.names.items()))
            for group in self.groups
        )

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
