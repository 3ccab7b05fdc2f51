"""What the audit of pinned packages passes over: every entry has a reason and a last day that is not far."""

import importlib.util
import json
import subprocess
import sys
import tomllib
from datetime import date, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

DAY = date(2026, 11, 23)
SOUND: dict[str, Any] = {"id": "CVE-1", "reason": "not reached", "until": DAY + timedelta(days=30)}


@pytest.fixture(scope="module")
def audit(root: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("audit", root / ".ci" / "audit.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"until": DAY - timedelta(days=1)}, "its last day was 2026-11-22"),
        ({"until": DAY + timedelta(days=181)}, "more than 180 days ahead"),
        ({"until": "soon"}, "has no last day"),
        ({"reason": " "}, "has no reason"),
    ],
)
def test_an_entry_that_is_out_of_date_or_unreasoned_is_a_fault(
    audit: ModuleType, change: dict[str, Any], said: str
) -> None:
    # Catches a vulnerability passed over for ever, or by nobody knows why.
    (found,) = audit.faults([{**SOUND, **change}], today=DAY)
    assert said in found
    assert audit.faults([SOUND], today=DAY) == []


def test_the_list_is_in_order_on_the_day_it_was_written(audit: ModuleType) -> None:
    entries = tomllib.loads(audit.IGNORED.read_text("utf-8"))["ignored"]
    # Catches an entry that was never in order. The day is fixed: a test must not fail because time has passed.
    assert audit.faults(entries, today=DAY) == []


def test_the_bill_of_materials_names_every_pinned_package(root: Path, tmp_path: Path) -> None:
    bill = tmp_path / "sbom.json"
    made = [sys.executable, "-m", "cyclonedx_py", "requirements", "requirements.lock", "--output-reproducible"]
    subprocess.run([*made, "--output-format", "JSON", "--output-file", bill], cwd=root, check=True, capture_output=True)
    named = {part["name"].lower() for part in json.loads(bill.read_text("utf-8"))["components"]}
    pinned = {
        line.split("==")[0] for line in (root / "requirements.lock").read_text("utf-8").splitlines() if "==" in line
    }
    # Catches a package that is installed and stands in no bill.
    assert {name.strip().lower() for name in pinned} <= named
