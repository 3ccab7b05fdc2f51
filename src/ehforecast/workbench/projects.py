"""One configuration in a notebook: its data, its series, its questions, its reports."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Generic, Literal, Self, TypeVar, get_args

import pandas as pd

from ehforecast.contracts.workspace import DEFAULT_MEMORY_GIB
from ehforecast.demand.series import monthly_series
from ehforecast.errors import SettingsError, StoreError
from ehforecast.pipelines import settings as config
from ehforecast.pipelines.assess import check_questions, cohort_in_parts, cohort_of
from ehforecast.pipelines.calendars import calendar_plan
from ehforecast.pipelines.council_records import Given, ingest_records
from ehforecast.pipelines.demonstrate import area_register
from ehforecast.pipelines.forecast import FORECAST
from ehforecast.pipelines.forecast_records import in_words, series_of_records
from ehforecast.pipelines.ingest import ingest
from ehforecast.pipelines.one_run import alone, current_run, last_extract
from ehforecast.pipelines.places import Places
from ehforecast.pipelines.plan import made_plan
from ehforecast.pipelines.publish import publish
from ehforecast.pipelines.settings import CouncilSettings, RecordsForecastConfig, Settings
from ehforecast.pipelines.whole_run import whole_run
from ehforecast.risk.cohort_parts import CohortParts
from ehforecast.risk.matrix import CouncilCohort
from ehforecast.risk.outcome_settings import QUESTIONS
from ehforecast.store import Store
from ehforecast.store.manifest import MANIFEST_NAME
from ehforecast.workbench.forecasting import Forecast
from ehforecast.workbench.planning import Planned
from ehforecast.workbench.series import Series

Asked = TypeVar("Asked", Settings, CouncilSettings)
Progress = Callable[[str], None]
Measure = Literal["contacts", "referrals", "early_help"]
Step = Literal["day", "week", "four_weeks", "month"]


def _silent(_: str) -> None:
    return None


class _Project(Generic[Asked]):
    """A configuration with its folders; what figures and records have in common."""

    def __init__(self, settings: Asked, *, private: Path | str = "private", reports: Path | str = "reports") -> None:
        self.settings: Asked = settings
        self.places = Places(Path(private), Path(reports))

    @property
    def store(self) -> Store:
        """What was received and checked."""
        return Store(self.places.store(self.settings))

    def run(self, data: Path | str | None = None, *, progress: Progress = _silent) -> Path:
        """Do every step the configuration has a section for, as `ehforecast run` does; the path of the index page."""
        return whole_run(self.settings, self.places, data=None if data is None else Path(data), progress=progress)

    def plan(self, *, progress: Progress = _silent) -> Planned:
        """Work out how many people it takes, what if, and whether targets will be met, as the section `plan` asks."""
        return Planned(made_plan(self.settings, self.places, progress=progress))

    def publish(self, forecast: Forecast) -> Path:
        """Write the report of a forecast, through the one way out; the path of its page.

        Raises `ReleaseRefused` naming everything that is missing.
        """
        with alone(self.places.runs(self.settings)):
            run = current_run(self.settings, self.places)
            run.keep(FORECAST, forecast.result.facts(), frames=forecast.result.frames())
            return publish(self.settings, self.places, run_id=run.run_id)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.settings.name!r}): {self.settings.title}"


class Figures(_Project[Settings]):
    """Published figures: the Department for Education's files, or councils that never existed.

    >>> Figures.of("no_such.yaml")
    Traceback (most recent call last):
    ehforecast.errors.SettingsError: no configuration file no_such.yaml; examples are in configs/
    """

    @classmethod
    def of(cls, path: Path | str, *, private: Path | str = "private", reports: Path | str = "reports") -> Self:
        """From a configuration file. Raises `SettingsError` naming the key at fault."""
        return cls(config.read_settings(Path(path)), private=private, reports=reports)

    def ingest(self, data: Path | str | None = None, *, progress: Progress = _silent) -> Self:
        """Check the files and keep them in the store."""
        ingest(self.settings, self.places, data=None if data is None else Path(data), progress=progress)
        return self

    def series(self, *names: str) -> Series:
        """Monthly counts of every area; only those named are to be forecast, by name or code, or all."""
        asked = self.settings.forecast
        counted = monthly_series(self.store.table("demand_counts"), area_register(self.settings), measure=asked.measure)
        plan = calendar_plan(asked.calendar, configuration=self.settings.name)
        series = Series(asked.measure, counted, tuple(counted.areas.index), plan)
        return series.only(*names) if names else series


class Records(_Project[CouncilSettings]):
    """A council's own records: brought in, seen as of a day, counted, asked.

    >>> records = Records.built({
    ...     "name": "northmere", "title": "Records of Northmere", "purpose": "planning",
    ...     "records": {"layout": "plain_tables", "pseudonyms": "already_made"},
    ...     "synthetic": {"seed": 7, "first_month": "2019-04", "years": 5, "contacts_a_year": 400},
    ... })
    >>> records
    Records('northmere'): Records of Northmere

    `records.ingest()` then fills the store, and `records.series("contacts")` counts.
    """

    @classmethod
    def of(cls, path: Path | str, *, private: Path | str = "private", reports: Path | str = "reports") -> Self:
        """From a configuration file. Raises `SettingsError` naming the key at fault."""
        return cls(config.read_council_settings(Path(path)), private=private, reports=reports)

    @classmethod
    def built(
        cls, asked: Mapping[str, object], *, private: Path | str = "private", reports: Path | str = "reports"
    ) -> Self:
        """From a configuration written in code, keyed as a file is."""
        made = config.settings_of(asked, path=Path("settings in code"))
        if not isinstance(made, CouncilSettings):
            raise SettingsError("there is no section 'records': these are settings for published figures")
        return cls(made, private=private, reports=reports)

    def ingest(
        self, data: Path | str | None = None, *, extracted_on: date | None = None, progress: Progress = _silent
    ) -> Path:
        """Read, check and keep an extract; the path of its data-quality report."""
        given = Given(None if data is None else Path(data), extracted_on)
        return ingest_records(self.settings, self.places, given=given, progress=progress)

    @property
    def last_extract(self) -> date:
        """The day of the latest extract."""
        return last_extract(self.store)

    def known_by(self, on: date | str | None = None) -> Mapping[str, pd.DataFrame]:
        """Typed frames of what was on record on a day; that of the latest extract if none is given."""
        return self.store.known_by(on or self.last_extract)

    def series(
        self, measure: Measure = "contacts", *, by: Sequence[str] = (), step: Step = "month",
        progress: Progress = _silent,
    ) -> Series:  # fmt: skip
        """Counts by period: of the whole council, and of each group where ``by`` names keys such as locality.

        The latest periods are completed for records that are still to come in. Raises `SettingsError` for a measure,
        step or key that is not there.
        """
        _check_name(measure, get_args(Measure), what="measure")
        _check_name(step, get_args(Step), what="step")
        usual = self.settings.forecast
        asked = RecordsForecastConfig(
            measure=measure,
            step=step,
            keys=(by,) if isinstance(by, str) else tuple(by),
            forecasters=("seasonal_naive",),
        )
        if usual:
            asked = asked.model_copy(update={"calendar": usual.calendar, "not_covered": usual.not_covered})
        chosen = self.settings.model_copy(update={"forecast": asked})
        found = series_of_records(chosen, self.store, progress=progress)
        areas = found.series.areas.assign(area_name=found.series.areas["area_name"].map(in_words))
        return Series(measure, type(found.series)(found.series.counts, found.series.absences, areas), found.areas,
                      found.calendar, found.records)  # fmt: skip

    def cohort(self, question: str) -> CouncilCohort:
        """Who a question is asked about, with features as known on the day and what came; and the account of how.

        Questions: `ehforecast.risk.outcome_settings.QUESTIONS`. Raises `SettingsError` for another.
        """
        check_questions([question], key="question")
        return cohort_of(QUESTIONS[question], self.known_by(), day=self.last_extract)

    def cohort_in_parts(
        self, question: str, folder: Path | str, *, memory_gib: float = DEFAULT_MEMORY_GIB,
        progress: Progress = _silent,
    ) -> CohortParts:  # fmt: skip
        """The same cohort, of records that memory cannot hold, in a private folder of its own.

        A part of the families at a time is made by the engine in use and kept in Parquet files; iterate over the
        cohorts, `fit` trees to all of them, and `remove` them when done. `memory_gib` is what the store's engine may
        take beside a part, at most 4. Raises `SettingsError` for another question, for a folder with something in it
        and for records that cannot be asked, `ContractError` for a feature that must not be there; no file stays then.
        """
        check_questions([question], key="question")
        with self.store.known_by_engine(self.last_extract, memory_gib=memory_gib) as known:
            return cohort_in_parts(QUESTIONS[question], known, folder=Path(folder), progress=progress)


def _check_name(name: str, known: Sequence[str], *, what: str) -> None:
    if name not in known:
        raise SettingsError(f"no {what} {name}; there are {', '.join(known)}")


def open_store(folder: Path | str) -> Store:
    """The store that `ehforecast ingest` filled: `private/<configuration>/store`, or the folder above it.

    `open_store(folder).known_by("2024-03-31")` gives typed frames of what was known on a day. Raises `StoreError` where
    there is no store. Only the owner of the records can open it: its files are readable by nobody else.

    >>> open_store("no/such/folder")
    Traceback (most recent call last):
    ehforecast.errors.StoreError: there is no store in no/such/folder; `ehforecast ingest` makes one, in ...
    """
    places = (Path(folder), Path(folder) / "store")
    found = next((path for path in places if (path / MANIFEST_NAME).is_file()), None)
    if found is None:
        raise StoreError(
            f"there is no store in {folder}; `ehforecast ingest` makes one, in private/<configuration>/store"
        )
    return Store(found)
