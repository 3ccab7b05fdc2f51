"""Configurations: one complete YAML file per question asked, read once, here."""

import difflib
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError, model_validator

from ehforecast.contracts.safe_yaml import read_text_yaml
from ehforecast.errors import SettingsError
from ehforecast.pipelines.audit_settings import AUDIT_SECTIONS, AuditConfig
from ehforecast.pipelines.documents_settings import TransparencyConfig
from ehforecast.pipelines.explain_settings import EXPLAIN_SECTIONS, ExplanationsConfig, ModelAuditConfig
from ehforecast.pipelines.flow_settings import FLOW_SECTIONS, FlowConfig
from ehforecast.pipelines.pack_settings import PACK_SECTIONS, PackConfig
from ehforecast.pipelines.past_settings import PAST_SECTIONS, PastConfig
from ehforecast.pipelines.plan_settings import PLAN_SECTIONS, PlanConfig, RecordsPlanConfig
from ehforecast.pipelines.tracking_settings import TRACKING_SECTIONS, TrackingConfig

Name = Annotated[str, Field(pattern=r"^\w[\w .-]{0,59}$")]
"""Of the file, unless given. It names folders, so it holds letters, digits, spaces, dots and hyphens only."""

Purpose = Literal["planning", "research", "service audit"]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SyntheticSettings(_Section):
    """Councils to invent, when the run is a demonstration."""

    councils: Annotated[int, Field(ge=2, le=500)]
    first_month: Annotated[str, Field(pattern=r"^20[0-4]\d-04$")]
    years: Annotated[int, Field(ge=1, le=30)]
    seed: Annotated[int, Field(ge=0)]


class DataSettings(_Section):
    """Which layout the files have, which of its tables must be there, and the source as printed in the report."""

    layout: str
    required: tuple[str, ...]
    source: str


class CalendarConfig(_Section):
    """A council's own calendar; see `ehforecast.reference.calendar_plan.CalendarPlan`. Spans are first and last day."""

    nation: Literal["england", "wales", "scotland", "northern_ireland"] = "england"
    school_holidays: tuple[tuple[date, date], ...] = ()
    usual_pattern_elsewhere: bool = False
    islamic_events: tuple[str, ...] = ()
    events: dict[str, tuple[tuple[date, date], ...]] = {}
    level_shifts: tuple[date, ...] = ()
    covid: Literal["own_effects", "missing", "kept"] = "own_effects"
    """How March 2020 to July 2021 is kept out of what is learned."""


class ForecastConfig(_Section):
    """What to forecast and by which methods; see `ehforecast.demand`."""

    measure: Literal["referrals"]
    horizon_months: Annotated[int, Field(ge=1, le=24)]
    forecasters: Annotated[tuple[str, ...], Field(min_length=1)]
    calendar: CalendarConfig = CalendarConfig()


class RecordsForecastConfig(_Section):
    """What to count out of a council's records and forecast, at which step and levels, and by which methods."""

    measure: Literal["contacts", "referrals", "early_help"]
    step: Literal["day", "week", "four_weeks", "month"] = "month"
    horizon: Annotated[int, Field(ge=1, le=400)] | None = None
    """Steps ahead; what suits the step if none is given."""

    keys: tuple[str, ...] = ()
    """What the finest series are told apart by, such as locality; none for the whole council alone."""

    levels: tuple[tuple[str, ...], ...] = ((),)
    """The levels above, each by the keys it keeps; [] is the whole council."""

    covered_from: date | None = None
    """First day the records can be trusted from; as the store knows it if none is given."""

    not_covered: tuple[tuple[date, date], ...] = ()
    """Spans without records, such as a change of system."""

    forecasters: Annotated[tuple[str, ...], Field(min_length=1)]
    calendar: CalendarConfig = CalendarConfig()


class Settings(_Section):
    """One configuration for published figures, as read."""

    name: Name
    title: str
    purpose: Purpose
    data: DataSettings
    areas: Annotated[tuple[str, ...], Field(min_length=1)] | Literal["all"]
    forecast: ForecastConfig
    synthetic: SyntheticSettings | None = None
    plan: PlanConfig | None = None
    past: PastConfig | None = None
    tracking: TrackingConfig = TrackingConfig()


class FiguresConfig(_Section):
    """Published figures beside a council's records: what a configuration of theirs alone would hold."""

    data: DataSettings
    areas: Annotated[tuple[str, ...], Field(min_length=1)]
    """The council first."""
    forecast: ForecastConfig
    data_until: Annotated[str, Field(pattern=r"^20[0-4]\d-(0[1-9]|1[0-2])$")] | None = None
    """Forecast them as they stood when this month was the last known; the latest month if none is given."""


class SyntheticCouncilSettings(_Section):
    """One council to invent, child by child; see `ehforecast.synthetic`."""

    seed: Annotated[int, Field(ge=0)]
    first_month: Annotated[str, Field(pattern=r"^20[0-4]\d-(0[1-9]|1[0-2])$")]
    years: Annotated[int, Field(ge=1, le=20)]
    contacts_a_year: Annotated[int, Field(ge=100, le=200_000)]
    faults: tuple[str, ...] = ()
    after_opening: Annotated[float, Field(ge=1, le=5)] = 1.0
    """How much more often families known come for advice and help once the hub of their place has opened."""


class PseudonymSettings(_Section):
    """Where the key is: in a file or in a variable of the environment. It never stands in a configuration itself."""

    key_file: Path | None = None
    key_variable: Annotated[str, Field(pattern=r"^[A-Za-z_]\w*$")] | None = None
    project: str | None = None
    """Ids have other pseudonyms in each project; the name of the configuration if none is given."""

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.key_file is None) == (self.key_variable is None):
            raise ValueError("give either key_file or key_variable")
        return self


class RecordsSettings(_Section):
    """A council's extract: where it is, how it is laid out, and what it does not say of itself."""

    source: str | None = None
    """A folder, a workbook or postgresql://…; relative to the configuration's folder. None for a synthetic council."""

    extracted_on: date | None = None
    layout: Literal["auto", "ssd", "annex_a", "plain_tables"] = "auto"
    database_schema: Annotated[str, Field(alias="schema", min_length=1)] = "public"
    pseudonyms: PseudonymSettings | Literal["already_made"]
    code_maps: Path | None = None
    recording_lags: dict[str, Annotated[int, Field(ge=0)]] = {}


class AssessmentConfig(_Section):
    """Which questions to ask of the records, held to which bar, for whom; see `ehforecast.risk`."""

    questions: Annotated[tuple[str, ...], Field(min_length=1)]
    bar: Literal["relative", "what_works_2020"] = "relative"
    reader: Annotated[str, Field(min_length=1)]
    """The role of the person who reads the report, printed on it."""

    trials: Annotated[int, Field(ge=1, le=200)] = 8
    seed: Annotated[int, Field(ge=0)] = 0


class CouncilSettings(_Section):
    """One configuration for one council's records, as read."""

    name: Name
    title: str
    purpose: Purpose
    records: RecordsSettings
    synthetic: SyntheticCouncilSettings | None = None
    assessment: AssessmentConfig | None = None
    forecast: RecordsForecastConfig | None = None
    figures: FiguresConfig | None = None
    plan: RecordsPlanConfig | None = None
    past: PastConfig | None = None
    flows: FlowConfig | None = None
    pack: PackConfig | None = None
    explanations: ExplanationsConfig = ExplanationsConfig()
    fairness: ModelAuditConfig = ModelAuditConfig()
    transparency: TransparencyConfig = TransparencyConfig({})
    tracking: TrackingConfig = TrackingConfig()
    _folder: Path = PrivateAttr(default=Path())

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.records.source is None) == (self.synthetic is None):
            raise ValueError("give either records.source, or a section synthetic to invent a council")
        return self

    @classmethod
    def of_file(cls, path: Path, content: Mapping[str, object]) -> Self:
        """The settings in a file; paths in them are relative to its folder."""
        settings = cls.model_validate(content)
        settings._folder = path.parent  # noqa: SLF001 - its own
        return settings

    @property
    def supplied(self) -> dict[str, str]:
        """What people said of the tool, by key of the transparency record."""
        return dict(self.transparency.root)

    def at(self, path: Path | str) -> Path:
        """Where a path of this configuration leads."""
        return self._folder / Path(path).expanduser()


class AuditQuestion(_Section):
    """One configuration for an audit of any table of estimates, as read."""

    name: Name
    title: str
    purpose: Purpose
    audit: AuditConfig
    _folder: Path = PrivateAttr(default=Path())

    def at(self, path: Path) -> Path:
        """Where a path of this configuration leads."""
        return self._folder / path.expanduser()


_SECTIONS: tuple[type[BaseModel], ...] = (
    Settings, SyntheticSettings, DataSettings, ForecastConfig,
    CouncilSettings, SyntheticCouncilSettings, PseudonymSettings, RecordsSettings, AssessmentConfig,
    CalendarConfig, RecordsForecastConfig, FiguresConfig, *PLAN_SECTIONS, *PAST_SECTIONS, *PACK_SECTIONS,
    *FLOW_SECTIONS,
    AuditQuestion, *AUDIT_SECTIONS, *EXPLAIN_SECTIONS, *TRACKING_SECTIONS,
)  # fmt: skip


def read_settings(path: Path) -> Settings:
    """Read a configuration for published figures. Raises `SettingsError` naming file, key at fault and what to do."""
    found = read_any_settings(path)
    if isinstance(found, CouncilSettings):
        raise SettingsError(
            f"{path.name}: it has a section 'records', so it is for one council's records; this command is for "
            "published figures. Use `ehforecast ingest` with it"
        )
    return found


def read_council_settings(path: Path) -> CouncilSettings:
    """Read a configuration for one council's records; raises `SettingsError` for any other."""
    found = read_any_settings(path)
    if isinstance(found, Settings):
        raise SettingsError(f"{path.name}: it has no section 'records'; this command is for one council's records")
    return found


def read_any_settings(path: Path) -> Settings | CouncilSettings:
    """Read a configuration of either kind: one with a section `records` is for one council's records."""
    if not path.is_file():
        raise SettingsError(f"no configuration file {path}; examples are in configs/")
    return settings_of({"name": path.stem, **read_text_yaml(path)}, path=path)


def settings_of(content: Mapping[str, object], *, path: Path) -> Settings | CouncilSettings:
    """Settings from what a file holds, or would hold: ``path`` names it in messages and says where its paths begin."""
    try:
        if "records" in content:
            return CouncilSettings.of_file(path, content)
        return Settings.model_validate(content)
    except ValidationError as error:
        said = [_said(path.name, each["loc"], kind=each["type"], message=each["msg"]) for each in error.errors()]
        raise SettingsError("\n".join(said)) from None


def read_audit_settings(path: Path) -> AuditQuestion:
    """Read a configuration with a section `audit`. Raises `SettingsError` naming file, key at fault and what to do."""
    if not path.is_file():
        raise SettingsError(f"no configuration file {path}; an example is configs/audit_example.yaml")
    try:
        settings = AuditQuestion.model_validate({"name": path.stem, **read_text_yaml(path)})
    except ValidationError as error:
        said = [_said(path.name, each["loc"], kind=each["type"], message=each["msg"]) for each in error.errors()]
        raise SettingsError("\n".join(said)) from None
    settings._folder = path.parent  # noqa: SLF001 - its own
    return settings


def _said(file: str, keys: tuple[int | str, ...], *, kind: str, message: str) -> str:
    place = ".".join(str(part) for part in keys if not _is_type_name(str(part)))
    if kind == "extra_forbidden":
        close = difflib.get_close_matches(str(keys[-1]), list(_keys()), n=1)
        return f"{file}: key '{place}' is not known{f'; did you mean {close[0]!r}?' if close else ''}"
    words = message.removeprefix("Value error, ")
    words = f"{words[0].lower()}{words[1:]}".replace("tuple", "list")
    return f"{file}: {f'key {place!r}: ' if place else ''}{words}"


def _is_type_name(part: str) -> bool:
    """Parts of a place that name a type of Python, not a key."""
    return "[" in part or part in {section.__name__ for section in _SECTIONS}


def _keys() -> Iterator[str]:
    for section in _SECTIONS:
        yield from section.model_fields
