"""What can go wrong, by family.

Each family has one exit code; messages name places and counts, never a record's value.
"""

from collections.abc import Sequence
from dataclasses import dataclass


class EhforecastError(Exception):
    """Anything the package refuses to do, said in words a user can act on."""

    exit_code = 1


class SettingsError(EhforecastError):
    """A configuration is missing, misspelt or asks for something that does not exist."""

    exit_code = 3


@dataclass(frozen=True)
class Finding:
    """One broken rule of one contract: where, how often, and what to do about it.

    The rule's name is the message, so it reads as the thing that should have been true. Tables given in memory have no
    file.
    """

    file: str
    table: str
    column: str
    rule: str
    count: int
    remedy: str

    def __str__(self) -> str:
        file = f"file {self.file}, " if self.file else ""
        return (
            f"{file}table {self.table}, column {self.column}: "
            f"rule '{self.rule}' broken {self.count} time{'' if self.count == 1 else 's'}. {self.remedy}"
        )


class ContractError(EhforecastError):
    """Input that does not keep its data contract. Nothing of it was kept."""

    exit_code = 4

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join(str(finding) for finding in self.findings))


class StoreError(EhforecastError):
    """The store cannot be read or written as asked. What it held before is untouched."""

    exit_code = 5


class ForecastError(EhforecastError):
    """A forecast that cannot honestly be made from the data at hand."""

    exit_code = 6


class ReleaseRefused(EhforecastError):
    """Results without the evidence that advice needs. Lists everything that is missing."""

    exit_code = 7

    def __init__(self, missing: Sequence[str]) -> None:
        self.missing = tuple(missing)
        super().__init__("not released as advice; missing: " + "; ".join(self.missing))


class RiskError(EhforecastError):
    """An estimate of risk that cannot honestly be made, or judged, from the data at hand."""

    exit_code = 8


class ModelError(EhforecastError):
    """A saved model that is damaged, was changed, or is of a kind that is not read. It was not used."""

    exit_code = 9


class EngineError(EhforecastError):
    """The processes or the cluster that did part of the work were lost. Nothing of the run was kept."""

    exit_code = 10
