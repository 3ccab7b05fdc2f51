"""Where a run keeps what is private and where it puts what is published."""

from dataclasses import dataclass
from pathlib import Path

from ehforecast.pipelines.settings import AuditQuestion, CouncilSettings, Settings


@dataclass(frozen=True)
class Places:
    """Folders of one run.

    Attributes:
        private: store and run records of every configuration, readable by their owner only.
        reports: what is published.
    """

    private: Path = Path("private")
    reports: Path = Path("reports")

    def store(self, settings: Settings | CouncilSettings) -> Path:
        """The store of one configuration; two configurations never share data."""
        return self.private / settings.name / "store"

    def runs(self, settings: Settings | CouncilSettings | AuditQuestion) -> Path:
        """The run records of one configuration."""
        return self.private / settings.name / "runs"

    def synthetic(self, settings: Settings | CouncilSettings) -> Path:
        """Where synthetic files are written before they are read like real ones."""
        return self.private / settings.name / "synthetic"

    def incoming(self, settings: CouncilSettings) -> Path:
        """Where tables from a database lie while they are read."""
        return self.private / settings.name / "incoming"

    def quality(self, settings: CouncilSettings) -> Path:
        """Data-quality reports, one folder for each day of extract: for the analyst alone."""
        return self.private / settings.name / "quality"
