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
    """How many, each with monthly referrals of its own."""
    first_month: Annotated[str, Field(pattern=r"^20[0-4]\d-04$")]
    """An April, like 2014-04: reporting years begin there."""
    years: Annotated[int, Field(ge=1, le=30)]
    """Reporting years of figures."""
    seed: Annotated[int, Field(ge=0)]
    """Which councils: the same seed invents the same ones."""


class DataSettings(_Section):
    """Which layout the files have, which of its tables must be there, and the source as printed in the report."""

    layout: str
    """Name of a file in `data_contracts/layouts`, such as `dfe_children_in_need`."""
    required: tuple[str, ...]
    """Tables of that layout without which nothing is kept; others are read if they are there."""
    source: str
    """Publisher, release and licence, in words."""


class CalendarConfig(_Section):
    """A council's own calendar; see `ehforecast.reference.calendar_plan.CalendarPlan`. Spans are first and last day."""

    nation: Literal["england", "wales", "scotland", "northern_ireland"] = "england"
    """Whose bank holidays, and whose usual school terms."""
    school_holidays: tuple[tuple[date, date], ...] = ()
    """The council's own, first and last day of each; the nation's usual pattern if none are given."""
    usual_pattern_elsewhere: bool = False
    """Whether years without own school holidays take the usual pattern. If not, such years are refused."""
    islamic_events: tuple[str, ...] = ()
    """Any of ramadan, eid_al_fitr, eid_al_adha, whose days move through the year."""
    events: dict[str, tuple[tuple[date, date], ...]] = {}
    """Other dated events, such as a campaign: by name, first and last day of each time."""
    level_shifts: tuple[date, ...] = ()
    """First days of another level for a known reason, such as a new threshold document."""
    covid: Literal["own_effects", "missing", "kept"] = "own_effects"
    """How March 2020 to July 2021 is kept out of what is learned."""


class ForecastConfig(_Section):
    """What to forecast and by which methods; see `ehforecast.demand`."""

    measure: Literal["referrals"]
    """What is counted: referrals to children's social care."""
    horizon_months: Annotated[int, Field(ge=1, le=24)]
    """Months ahead."""
    forecasters: Annotated[tuple[str, ...], Field(min_length=1)]
    """Methods that compete, by name. The one that did best on earlier dates makes the forecast."""
    calendar: CalendarConfig = CalendarConfig()
    """What makes days differ; England without a council's own dates if not given."""


class RecordsForecastConfig(_Section):
    """What to count out of a council's records and forecast, at which step and levels, and by which methods."""

    measure: Literal["contacts", "referrals", "early_help"]
    """What is counted: contacts, referrals to social care, or early help that begins."""
    step: Literal["day", "week", "four_weeks", "month"] = "month"
    """Length of a period. Reports show months; other steps are forecast and kept."""
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
    """Methods that compete, by name. The one that did best on earlier dates makes the forecast."""
    calendar: CalendarConfig = CalendarConfig()
    """The council's own calendar; England without its dates if not given."""


class Settings(_Section):
    """One configuration for published figures, as read."""

    name: Name
    """Of the configuration and its folders. A file may leave it out: then it is the file's own name."""
    title: str
    """As printed at the top of every report."""
    purpose: Purpose
    """What the figures are for. No other purpose is released."""
    data: DataSettings
    """The files."""
    areas: Annotated[tuple[str, ...], Field(min_length=1)] | Literal["all"]
    """Names or codes of the areas to forecast, or `all`. The other areas in the files are learned from."""
    forecast: ForecastConfig
    """What to forecast, and how."""
    synthetic: SyntheticSettings | None = None
    """Councils to invent where no `--data` is given."""
    plan: PlanConfig | None = None
    """People, waiting and targets; no plan if not given. It needs `forecast`."""
    past: PastConfig | None = None
    """Breaks, and what came after something was done; not asked if not given."""
    tracking: TrackingConfig = TrackingConfig()
    """Where runs are shown."""


class FiguresConfig(_Section):
    """Published figures beside a council's records: what a configuration of theirs alone would hold."""

    data: DataSettings
    """The files."""
    areas: Annotated[tuple[str, ...], Field(min_length=1)]
    """The council first."""
    forecast: ForecastConfig
    """What to forecast of them, and how."""
    data_until: Annotated[str, Field(pattern=r"^20[0-4]\d-(0[1-9]|1[0-2])$")] | None = None
    """Forecast them as they stood when this month was the last known; the latest month if none is given."""


class SyntheticCouncilSettings(_Section):
    """One council to invent, child by child; see `ehforecast.synthetic`."""

    seed: Annotated[int, Field(ge=0)]
    """Which council: the same seed invents the same one."""
    first_month: Annotated[str, Field(pattern=r"^20[0-4]\d-(0[1-9]|1[0-2])$")]
    """First month of records, like 2018-04."""
    years: Annotated[int, Field(ge=1, le=20)]
    """Years of records."""
    contacts_a_year: Annotated[int, Field(ge=100, le=200_000)]
    """About how many contacts a year; a smaller council takes less time."""
    faults: tuple[str, ...] = ()
    """Faults to plant in the records, by name, to see them found; see `ehforecast.synthetic.faults`."""
    after_opening: Annotated[float, Field(ge=1, le=5)] = 1.0
    """How much more often families known come for advice and help once the hub of their place has opened."""


class PseudonymSettings(_Section):
    """Where the key is: in a file or in a variable of the environment. It never stands in a configuration itself."""

    key_file: Path | None = None
    """A file with 64 hexadecimal digits that its owner alone can read."""
    key_variable: Annotated[str, Field(pattern=r"^[A-Za-z_]\w*$")] | None = None
    """Name of the variable that holds them."""
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
    """The day the extract shows; `--extracted-on` comes before it."""
    layout: Literal["auto", "ssd", "annex_a", "plain_tables"] = "auto"
    """How the tables are laid out; `auto` tells by their headers."""
    database_schema: Annotated[str, Field(alias="schema", min_length=1)] = "public"
    """Of the database, where the source is one."""
    pseudonyms: PseudonymSettings | Literal["already_made"]
    """The key that ids are replaced under, or `already_made` where somebody replaced them before."""
    code_maps: Path | None = None
    """A file that says what the council's own codes mean; national codes are known without one."""
    recording_lags: dict[str, Annotated[int, Field(ge=0)]] = {}
    """By table, days until a row is usually recorded, for tables that hold no day of recording; 0 otherwise."""


class AssessmentConfig(_Section):
    """Which questions to ask of the records, held to which bar, for whom; see `ehforecast.risk`."""

    questions: Annotated[tuple[str, ...], Field(min_length=1)]
    """Names out of `ehforecast.risk.outcome_settings.QUESTIONS`."""
    bar: Literal["relative", "what_works_2020"] = "relative"
    """Which bar the verdict is on; both are judged and shown."""
    reader: Annotated[str, Field(min_length=1)]
    """The role of the person who reads the report, printed on it."""

    trials: Annotated[int, Field(ge=1, le=200)] = 8
    """Settings of the trees that are tried, the default first. More than 8 seldom helps and costs time."""
    leave_out: tuple[str, ...] = ()
    """Features not to be made, by name."""
    accepted_features: Mapping[str, Annotated[str, Field(min_length=1)]] = {}
    """Features that look as if they knew the outcome and are kept: for each why it was known on the day of the
    estimate, printed on the report."""
    seed: Annotated[int, Field(ge=0)] = 0
    """Where every draw begins. The same seed gives the same figures; it is not tuned."""


class CouncilSettings(_Section):
    """One configuration for one council's records, as read."""

    name: Name
    """Of the configuration and its folders. A file may leave it out: then it is the file's own name."""
    title: str
    """As printed at the top of every report."""
    purpose: Purpose
    """What the figures are for. No other purpose is released."""
    records: RecordsSettings
    """The extract."""
    synthetic: SyntheticCouncilSettings | None = None
    """A council to invent, in place of `records.source`."""
    assessment: AssessmentConfig | None = None
    """Research into whether records can tell; not asked if not given."""
    forecast: RecordsForecastConfig | None = None
    """What to count and forecast; no forecast if not given."""
    figures: FiguresConfig | None = None
    """Published figures to show beside the records; none if not given."""
    plan: RecordsPlanConfig | None = None
    """People, waiting and targets; no plan if not given. It needs `forecast`."""
    past: PastConfig | None = None
    """Breaks, and what came after something was done; not asked if not given. Of records it needs `forecast`."""
    flows: FlowConfig | None = None
    """How families move; not told if not given."""
    pack: PackConfig | None = None
    """What one board asks for; no pack if not given. It needs `forecast`."""
    explanations: ExplanationsConfig = ExplanationsConfig()
    """Cards of single estimates, for review."""
    fairness: ModelAuditConfig = ModelAuditConfig()
    """How the assessed model is audited; it always is."""
    transparency: TransparencyConfig = TransparencyConfig({})
    """What only people can say of the tool."""
    tracking: TrackingConfig = TrackingConfig()
    """Where runs are shown."""
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
    """Of the configuration and its folders. A file may leave it out: then it is the file's own name."""
    title: str
    """As printed at the top of the report."""
    purpose: Purpose
    """What the audit is for. No other purpose is released."""
    audit: AuditConfig
    """The table, the groups, and what is asked."""
    tracking: TrackingConfig = TrackingConfig()
    """Where runs are shown besides the files."""
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
            "published figures. Use `ehforecast run` with it, which makes every part it has a section for"
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
