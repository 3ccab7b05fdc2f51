"""Ways of a council's extract into a store, for tests: a configuration, the pipeline, and what is in the store then."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from ehforecast.contracts.contract import load_contract
from ehforecast.contracts.pseudonyms import Pseudonyms, pseudonymous_columns
from ehforecast.pipelines.council_records import Given, ingest_records
from ehforecast.pipelines.places import Places
from ehforecast.pipelines.settings import CouncilSettings, read_any_settings
from ehforecast.store import Store

KEY = bytes(range(60, 92))


@dataclass
class WayIn:
    """A configuration in a folder of its own; `said` is what the pipeline told on its way."""

    folder: Path
    name: str = "northmere"
    said: list[str] = field(default_factory=list)

    @property
    def places(self) -> Places:
        return Places(self.folder / "private", self.folder / "reports")

    def settings(self, *lines: str, key: bytes | None = KEY) -> CouncilSettings:
        """Write and read a configuration with these lines in its section `records`."""
        pseudonyms = "already_made"
        if key is not None:
            file = self.folder / f"{key.hex()[:4]}.key"
            file.write_text(key.hex(), "utf-8")
            file.chmod(0o600)
            pseudonyms = f"{{key_file: {file.name}}}"
        path = self.folder / f"{self.name}.yaml"
        path.write_text(
            "\n".join(
                ["title: Records of Northmere", "purpose: research", "records:", f"  pseudonyms: {pseudonyms}",
                 *(f"  {line}" for line in lines)]
            ),
            "utf-8",
        )  # fmt: skip
        found = read_any_settings(path)
        assert isinstance(found, CouncilSettings)
        return found

    def ingest(self, *lines: str, given: Given | None = None, key: bytes | None = KEY) -> Path:
        """Take an extract in; gives the page of its quality report."""
        settings = self.settings(*lines, key=key)
        return ingest_records(settings, self.places, given=given or Given(), progress=self.said.append)

    @property
    def store(self) -> Store:
        return Store(self.folder / "private" / self.name / "store")


def pseudonymised(tables: Mapping[str, pd.DataFrame], *, project: str = "northmere") -> dict[str, pd.DataFrame]:
    """The tables with every id replaced, by the function in Python."""
    pseudonyms = Pseudonyms(KEY, project=project)
    return {name: _coded(frame, name, pseudonyms.pseudonym) for name, frame in tables.items()}


def _coded(frame: pd.DataFrame, name: str, code: Callable[[str, str | None], str | None]) -> pd.DataFrame:
    ids = [column for column in pseudonymous_columns(load_contract(name)) if column in frame.columns]
    coded = {
        column: frame[column].map(lambda text, column=column: code(column, text), na_action="ignore") for column in ids
    }
    return frame.assign(**coded)


def in_order(frame: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """Some columns as text, in the order of their own values, so that neither types nor the order of rows count."""
    text = pd.DataFrame(
        {
            column: frame[column].dt.strftime("%Y-%m-%d").astype(object)
            if pd.api.types.is_datetime64_any_dtype(frame[column])
            else frame[column].astype(object)
            for column in columns
        }
    )
    return text.where(text.notna(), "").astype(str).sort_values(columns, ignore_index=True)
