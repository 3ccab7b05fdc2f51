"""A cohort larger than memory: made, kept and learned from a part of its families at a time."""

import io
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pandas as pd

from ehforecast.compute.engine import map_each
from ehforecast.errors import SettingsError
from ehforecast.risk.censoring import CensoringSettings
from ehforecast.risk.classifier import Learning, RiskClassifier
from ehforecast.risk.cohort import Cohort, Feature, Period, feature_levels
from ehforecast.risk.cohort_account import CohortAccount, together
from ehforecast.risk.encoder import FeatureEncoder
from ehforecast.risk.family_parts import tables_in_parts
from ehforecast.risk.index_events import OWN_TABLE
from ehforecast.risk.learning import LearningRows, learning_rows
from ehforecast.risk.matrix import (
    CohortPlan,
    CouncilCohort,
    WholeCouncil,
    check_account,
    cohort_of_families,
    look_for_leaks,
)
from ehforecast.risk.outcome_settings import OutcomeSettings
from ehforecast.risk.place_history import ASKED_OF_CONTACTS
from ehforecast.store import KnownTables, make_private_folder, write_bytes_atomically

ROWS_AT_ONCE = 250_000
"""Rows of the question's own table in a part."""

_FRAMES = ("rows", "features", "audit")
_KEY_OF_THE_LOT = "leaks looked for"  # 16 characters, as pandas asks
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class CohortParts:
    """A cohort in a private folder, a part of its families in each file; a part is read when it is asked for.

    The files are records of children, as the store's are, and `ehforecast purge` does not know them: `remove` them when
    done.

    Attributes:
        folder: `part_0000_rows.parquet`, `part_0000_features.parquet`, `part_0000_audit.parquet` and so on.
        number: of parts.
        catalogue, horizon_days: of every part; see `Cohort`.
        account: where every index event went, of all parts together.
    """

    folder: Path
    number: int
    catalogue: tuple[Feature, ...] = field(repr=False)
    horizon_days: float
    account: CohortAccount = field(repr=False)

    def __len__(self) -> int:
        return self.number

    def __iter__(self) -> Iterator[Cohort]:
        return (self.part(number) for number in range(self.number))

    def part(self, number: int) -> Cohort:
        """One part, from 0 on: a cohort like any other, without families of other parts; it may have no rows."""
        if not 0 <= number < self.number:
            raise SettingsError(f"there is no part {number}: parts are numbered from 0 to {self.number - 1}")
        rows, features, audit = (pd.read_parquet(_path(self.folder, frame, number=number)) for frame in _FRAMES)
        levels = feature_levels(self.catalogue)
        kinds = {name: pd.CategoricalDtype(pd.Index(words, dtype="str")) for name, words in levels.items()}
        return Cohort(rows, features.astype(kinds), self.catalogue, audit, horizon_days=self.horizon_days)

    def remove(self) -> None:
        """Delete the folder, when done."""
        shutil.rmtree(self.folder)

    def fit(self, classifier: RiskClassifier, *, period: Period = "train") -> RiskClassifier:
        """Learn from a period of all parts: the same trees as from its rows at once, one part after the other.

        In memory are a part, and of every row its outcome, its weight and a byte for each feature. Weights for short
        follow-up are worked out within each part. Raises `RiskError` where all outcomes are one, or none is known.
        """
        parts = [partial(self._learned, number, period) for number in range(self.number)]
        encoder = FeatureEncoder.of_parts((read().features for read in parts), self.catalogue)
        return classifier.fit_parts([partial(_encoded, read, encoder) for read in parts], encoder)

    def _learned(self, number: int, period: Period) -> LearningRows:
        return learning_rows(self.part(number).of(period), CensoringSettings())


def _encoded(read: Callable[[], LearningRows], encoder: FeatureEncoder) -> Learning:
    rows = read()
    return Learning(encoder.encode(rows.features), rows.outcome, rows.weights)


def build_cohort_parts(
    known: KnownTables,
    folder: Path,
    *,
    plan: CohortPlan,
    rows_at_once: int = ROWS_AT_ONCE,
    progress: Progress | None = None,
) -> CohortParts:
    """The cohort of a question as `build_cohort` makes it, out of tables that memory cannot hold, into a folder.

    `known` are a council's tables, as `Store.known_by_engine(extracted_on)` has them. Parts are made by the engine in
    use. Leaks are looked for in families of every part, about `ROWS_AT_ONCE` rows in all. Raises as `build_cohort`, and
    `SettingsError` for a folder with something in it or for parts without a row. Whatever is raised, the folder goes.
    """
    if rows_at_once < 1:
        raise SettingsError(f"rows_at_once is {rows_at_once}; a part has at least 1")
    with _own_folder(folder):
        whole, rows = _whole_council(known, plan.question)
        parts = max(1, -(-rows // rows_at_once))
        make = partial(cohort_of_families, plan=plan, whole=whole)
        accounts, sample = [], []
        for number, made in enumerate(map_each(make, tables_in_parts(known, parts))):
            _keep(made.cohort, folder, number=number)
            accounts.append(made.account)
            sample.append(_some_families(made.cohort, one_in=max(1, -(-rows // ROWS_AT_ONCE))))
            if progress is not None:
                progress("parts of the cohort", number + 1, parts)
        account = together(accounts)
        check_account(account, plan)
        looked_at = look_for_leaks(CouncilCohort(_joined(sample), account), plan)
    return CohortParts(folder, parts, made.cohort.catalogue, made.cohort.horizon_days, looked_at.account)


@contextmanager
def _own_folder(folder: Path) -> Iterator[None]:
    """A private folder with nothing else in it; a cohort that is broken off or refused is not left lying about."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise SettingsError(
            f"{folder} has something in it: a cohort in parts needs a folder of its own. If a cohort in parts was left "
            "there, delete it first"
        )
    make_private_folder(folder)
    folder.chmod(0o700)  # it may have been there already, open to others
    try:
        yield
    except BaseException:
        shutil.rmtree(folder.resolve())
        raise


def _some_families(cohort: Cohort, *, one_in: int) -> Cohort:
    """Families whole, by lots that hang on their keys alone; other lots than those by which leaks are judged."""
    lots = pd.util.hash_array(cohort.rows["group_id"].to_numpy(dtype=object), hash_key=_KEY_OF_THE_LOT)
    return cohort.select(pd.Series(lots % one_in == 0, index=cohort.rows.index))


def _joined(cohorts: Sequence[Cohort]) -> Cohort:
    """In the order in which a cohort made at once has its rows: some signs of a leak go by time."""
    frames = {name: pd.concat([getattr(one, name) for one in cohorts], ignore_index=True) for name in _FRAMES}
    order = frames["rows"].sort_values(["index_on", "event_id"]).index
    ordered = {name: frame.loc[order].reset_index(drop=True) for name, frame in frames.items()}
    return Cohort(**ordered, catalogue=cohorts[0].catalogue, horizon_days=cohorts[0].horizon_days)


def _whole_council(known: KnownTables, question: OutcomeSettings) -> tuple[WholeCouncil, int]:
    """What parts must know of each other, and the rows of the question's own table."""
    own = OWN_TABLE[question.index_event]
    least = known.frame(f"SELECT min(recorded_on) AS recorded_on, count(*) AS rows FROM {own}")  # noqa: S608 - ours
    contacts = known.frame(f"SELECT {', '.join(ASKED_OF_CONTACTS)} FROM contacts")  # noqa: S608 - ours
    return WholeCouncil.of({own: least, "contacts": contacts}, question), int(least["rows"][0])


def _path(folder: Path, frame: str, *, number: int) -> Path:
    return folder / f"part_{number:04d}_{frame}.parquet"


def _keep(cohort: Cohort, folder: Path, *, number: int) -> None:
    for frame in _FRAMES:
        written = io.BytesIO()
        getattr(cohort, frame).to_parquet(written, compression="zstd")
        write_bytes_atomically(_path(folder, frame, number=number), written.getvalue())
