"""What a run was: enough to say a year later how a number came to be.

The id of a run, and with it the record, follows from configuration, inputs and versions alone, the package's own source
among them. Where and when it was made, by which commit and how long it took is kept apart, in `made.py`.
"""

import hashlib
import json
import platform
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import Any

from ehforecast.tracking.code_state import source_sha256

RECORDED_PACKAGES = (
    "ehforecast", "duckdb", "fairlearn", "holidays", "lightgbm", "mlflow", "numpy", "optuna", "pandas", "scikit-learn",
    "scipy", "shap", "statsmodels",
)  # fmt: skip
"""Packages that numbers depend on, and MLflow, which shows them."""

SOURCE = "ehforecast source"
"""Under `versions`: the hash of the package's own source, for a version may be changed without a new number."""

NOT_RECORDED = ("tracking",)
"""Sections of a configuration that say where a run is logged, not what it is."""

OF_RECORDS = "records"
"""The section that may lead to a database. An address anywhere else is a word among others, and is printed."""

_PLACE = re.compile(r"^(?:/|~|[A-Za-z]:[\\/]|\\\\)")
_ADDRESS = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*://")


def data_until_of(run_id: str) -> str:
    """The last month or day with data, as a run's id tells it; empty where it tells none.

    >>> data_until_of("northmere-2024-03-31-1475fd4f"), data_until_of("my_table-audit-1475fd4f")
    ('2024-03-31', '')
    """
    found = re.fullmatch(r".+?-(\d{4}-\d{2}(?:-\d{2})?)-[0-9a-f]{8}", run_id)
    return found[1] if found else ""


@dataclass(frozen=True)
class RunRecord:
    """One run, without times: the same inputs, settings and versions give the same record to the byte.

    Attributes:
        name: of the configuration.
        settings: the configuration as resolved. Places of a machine and addresses are not recorded, only a file's name.
        inputs: one entry per file read: its name, SHA-256, contract, versions and row counts.
        data_until: last month or day with data.
        versions: of Python, of the packages that numbers depend on, and the hash of our own source.
    """

    name: str
    settings: Mapping[str, object]
    inputs: Sequence[Mapping[str, object]]
    data_until: str
    versions: Mapping[str, str]

    @property
    def run_id(self) -> str:
        """Name, last month of data, and the first eight digits of the hash of everything above."""
        return f"{self.name}-{self.data_until}-{hashlib.sha256(self.to_json()).hexdigest()[:8]}"

    @property
    def seeds(self) -> dict[str, int]:
        """Every seed of the configuration, by its path; methods that draw have theirs in the source."""
        return dict(_seeds(self.settings, within=""))

    @property
    def contracts(self) -> dict[str, list[str]]:
        """Versions of every data contract that an input was read under."""
        found: dict[str, set[str]] = {}
        for one in self.inputs:
            if "contract" in one:
                found.setdefault(str(one["contract"]), set()).add(str(one.get("contract_version", "unknown")))
        return {name: sorted(versions) for name, versions in sorted(found.items())}

    def to_json(self) -> bytes:
        """Canonical JSON."""
        told = asdict(self) | {"settings": recorded_settings(self.settings)}
        told |= {"seeds": self.seeds, "contracts": self.contracts}
        return (json.dumps(told, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()


def recorded_settings(settings: Mapping[str, object]) -> dict[str, Any]:
    """A configuration without what only says where things lie.

    >>> recorded_settings({"title": "A", "tracking": {"mlflow": True}, "records": {"source": "D:/anna/extract.csv"}})
    {'title': 'A', 'records': {'source': 'extract.csv'}}
    """
    return {
        name: without_places(value, addresses=name == OF_RECORDS)
        for name, value in settings.items()
        if name not in NOT_RECORDED
    }


def without_places(value: object, *, addresses: bool = True) -> object:
    r"""A setting in which a path of this machine is its last name, and an address, where it counts, its kind alone.

    >>> without_places(["postgresql://anna@db/records", "C:\\data\\x.csv", "n/a"])
    ['postgresql://…', 'x.csv', 'n/a']
    """
    if isinstance(value, Mapping):
        return {str(name): without_places(below, addresses=addresses) for name, below in value.items()}
    if isinstance(value, list | tuple):
        return [without_places(below, addresses=addresses) for below in value]
    if not isinstance(value, str):
        return value
    if addresses and (address := _ADDRESS.match(value)):
        return f"{address[0]}…"
    return re.split(r"[\\/]", value.rstrip("\\/"))[-1] if _PLACE.match(value) else value


def current_versions() -> dict[str, str]:
    """Versions of Python, of the packages that numbers depend on, and the hash of our own source."""
    found = {"python": platform.python_version()} | {package: version(package) for package in RECORDED_PACKAGES}
    return found | {SOURCE: source_sha256()[:16]}


def _seeds(settings: Mapping[str, object], *, within: str) -> Iterator[tuple[str, int]]:
    for name, value in settings.items():
        path = f"{within}.{name}" if within else str(name)
        if isinstance(value, Mapping):
            yield from _seeds(value, within=path)
        elif name == "seed" and isinstance(value, int):
            yield path, value
