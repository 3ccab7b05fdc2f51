"""Look for known vulnerabilities of the pinned packages; what is passed over has a reason and a last day."""

import subprocess
import sys
import tomllib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

IGNORED = Path(__file__).with_name("ignored.toml")
LONGEST = timedelta(days=180)


def faults(entries: list[dict[str, Any]], *, today: date) -> list[str]:
    """What is wrong with the list of what is passed over: a day past or too far, or no reason."""
    found = []
    for entry in entries:
        name, until = str(entry.get("id", "an entry without id")), entry.get("until")
        if not str(entry.get("reason", "")).strip():
            found.append(f"{name}: it has no reason")
        if not isinstance(until, date):
            found.append(f"{name}: it has no last day")
        elif until < today:
            found.append(f"{name}: its last day was {until}; look again whether there is a fixed version")
        elif until > today + LONGEST:
            found.append(f"{name}: {until} is more than {LONGEST.days} days ahead")
    return found


def main(lock: str) -> int:
    """Run the audit; 1 where the list is out of date, else what pip-audit says."""
    entries = tomllib.loads(IGNORED.read_text("utf-8")).get("ignored", [])
    wrong = faults(entries, today=datetime.now(UTC).date())
    for line in wrong:
        print(f"{IGNORED.name}: {line}", file=sys.stderr)
    if wrong:
        return 1
    passed_over = [part for entry in entries for part in ("--ignore-vuln", str(entry["id"]))]
    asked = ["-m", "pip_audit", "--requirement", lock, "--disable-pip", "--require-hashes", "--strict", *passed_over]
    return subprocess.run([sys.executable, *asked], check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
