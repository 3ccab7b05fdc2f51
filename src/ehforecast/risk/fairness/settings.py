"""What is asked of an audit, fixed before it is looked at."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from ehforecast.errors import SettingsError

SMALLEST_GROUP = 10
"""Below this no figure of a group is given. Source: UK longitudinal research services' threshold of ten."""

JUDGED_FROM = 100
"""People with and without the outcome a group needs before a gap is judged."""

UNKNOWN_VALUES = (
    "",
    "?",
    "not_recorded",
    "not recorded",
    "unknown",
    "not_known",
    "refused",
    "REFU",
    "NOBT",
    "nan",
    "None",
)
"""Values that mean nobody knows, besides an absent cell. A council may give its own."""

Grouping = Literal["as_given", "ethnicity_ons", "ethnicity_census", "age_years"]


class Characteristic(StrEnum):
    """Equality Act 2010, section 4, and three that children's services are asked about beside them.

    >>> Characteristic("race") is Characteristic.RACE
    True
    """

    AGE = "age"
    DISABILITY = "disability"
    GENDER_REASSIGNMENT = "gender reassignment"
    MARRIAGE = "marriage and civil partnership"
    PREGNANCY = "pregnancy and maternity"
    RACE = "race"
    RELIGION = "religion or belief"
    SEX = "sex"
    SEXUAL_ORIENTATION = "sexual orientation"
    CARE_EXPERIENCE = "care experience"
    DEPRIVATION = "deprivation"
    LOCALITY = "locality"


@dataclass(frozen=True)
class GroupColumn:
    """One way of grouping people.

    Attributes:
        name: of the grouping, as it is told.
        characteristic: what it stands for.
        column: of the table; the name, if not given.
        grouping: as the values are; ethnicity codes in the five ONS groups, or with Chinese among other as some census
            returns have it; ages in years in the published bands.
        reference: the group others are compared with, beside everyone else; none if not given.
        names: what each value stands for, where values are codes; pairs of both.
    """

    name: str
    characteristic: Characteristic
    column: str = ""
    grouping: Grouping = "as_given"
    reference: str | None = None
    names: tuple[tuple[str, str], ...] = ()

    @property
    def source(self) -> str:
        """The column of the table."""
        return self.column or self.name


@dataclass(frozen=True)
class RecordingScenario:
    """A supposition about how outcomes were recorded, for people of one group (and one source, if given).

    Attributes:
        name: in words.
        view, group: whom it is about.
        source: only those who came by this source; everyone if empty.
        unrecorded: share of true outcomes that were not recorded.
        wrongly_recorded: share of recorded outcomes that were none.
    """

    name: str
    view: str
    group: str
    source: str = ""
    unrecorded: float = 0.0
    wrongly_recorded: float = 0.0

    def __post_init__(self) -> None:
        if not (0 <= self.unrecorded < 1 and 0 <= self.wrongly_recorded < 1):
            raise SettingsError(f"scenario '{self.name}': shares lie from 0 to below 1")


@dataclass(frozen=True)
class AuditSettings:
    """What an audit looks at, and how hard.

    Attributes:
        band_edges: in rising order; every metric of bands is given at each.
        columns: the groupings.
        intersections: names of groupings crossed, fixed before the results are seen.
        not_applicable: pairs of a characteristic and the reason why it does not apply.
        unknown_values: what counts as not recorded.
        scenarios: of how outcomes were recorded.
        no_population_because: why there is no population to compare with, where there is none.
        smallest_group, judged_from: may be raised, not lowered.
        confidence: of the limits around each figure.
        draws: of the bootstrap; ``permutations``: of the null.
        seed: of both.
    """

    band_edges: tuple[float, ...]
    columns: tuple[GroupColumn, ...]
    intersections: tuple[tuple[str, ...], ...] = ()
    not_applicable: tuple[tuple[Characteristic, str], ...] = ()
    unknown_values: tuple[str, ...] = UNKNOWN_VALUES
    scenarios: tuple[RecordingScenario, ...] = ()
    no_population_because: str = ""
    smallest_group: int = SMALLEST_GROUP
    judged_from: int = JUDGED_FROM
    confidence: float = 0.95
    draws: int = 2000
    permutations: int = 2000
    seed: int = 0

    def __post_init__(self) -> None:
        problems = [text for broken, text in self._rules() if broken]
        if problems:
            raise SettingsError("audit settings: " + "; ".join(problems))

    def _rules(self) -> Sequence[tuple[bool, str]]:
        names = [column.name for column in self.columns]
        crossed = {name for crossing in self.intersections for name in crossing}
        scenarios = {scenario.view for scenario in self.scenarios}
        return (
            (not self.band_edges or list(self.band_edges) != sorted(set(self.band_edges)), "band edges must rise"),
            (len(set(names)) != len(names), "two groupings have one name"),
            (not crossed <= set(names), "an intersection names a grouping that is not there"),
            (not scenarios <= set(names), "a scenario names a grouping that is not there"),
            (self.smallest_group < SMALLEST_GROUP, f"smallest_group may be raised above {SMALLEST_GROUP}, not lowered"),
            (self.judged_from < JUDGED_FROM, f"judged_from may be raised above {JUDGED_FROM}, not lowered"),
            (not 0.5 <= self.confidence < 1, "confidence lies from 0.5 to below 1"),
            (min(self.draws, self.permutations) < 100, "at least 100 draws and permutations"),
        )
