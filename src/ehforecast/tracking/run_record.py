"""What a run was: enough to say a year later how a number came to be."""

import hashlib
import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version

RECORDED_PACKAGES = ("ehforecast", "duckdb", "numpy", "pandas", "scipy", "statsmodels")


@dataclass(frozen=True)
class RunRecord:
    """One run, without times: the same inputs, settings and versions give the same record to the byte.

    Attributes:
        name: of the configuration.
        settings: the configuration as resolved.
        inputs: one entry per file read: its name, SHA-256, contract, versions and row counts.
        data_until: last month with data.
        versions: of Python and of the packages that numbers depend on.
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

    def to_json(self) -> bytes:
        """Canonical JSON."""
        return (json.dumps(asdict(self), indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()


def current_versions() -> dict[str, str]:
    """Versions of Python and of the packages that numbers depend on."""
    return {"python": platform.python_version()} | {package: version(package) for package in RECORDED_PACKAGES}
