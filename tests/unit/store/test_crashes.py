"""A load that is killed, refused or out of disk leaves the store as it was or as it should become, never in between."""

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from council_sample import SOUND, check, check_in

from ehforecast.errors import StoreError
from ehforecast.store import Store
from ehforecast.store.workspaces import private_workspace, sweep

LATER = date(2024, 4, 30)
TESTS = Path(__file__).parents[2]

HARNESS = """
import json, os, random, signal, sys, time
from datetime import date
from pathlib import Path

sys.path.insert(0, sys.argv[1])
from council_sample import AS_OF, SOUND, check_in
from ehforecast.store import Store

LATER = date(2024, 4, 30)
FOLDER, POINTS = Path(sys.argv[2]), int(sys.argv[3])
MORE = {"people": SOUND["people"], "contacts": SOUND["contacts"] * 400}


def load(folder, as_of):
    store = Store(folder)
    with store.workspace() as workspace:
        store.load_council(check_in(workspace, MORE, as_of))


def in_child(work):
    child = os.fork()
    if child == 0:
        try:
            work()
            os._exit(0)
        except BaseException as error:
            print(repr(error), file=sys.stderr, flush=True)
            os._exit(1)
    return child


def ended(child):
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def days(folder):
    return sorted({one["extracted_on"] for one in json.loads((folder / "manifest.json").read_text())["extracts"]})


def read(folder):
    store = Store(folder)
    last = days(folder)[-1]
    assert len(store.known_by(last)["contacts"]) == 2 and len(store.set_aside("contacts")) == 798
    named = store.manifest().file_names()
    assert named <= {path.name for path in folder.iterdir()}


def loaded_again(folder):
    load(folder, LATER)
    kept = Store(folder).manifest().file_names() | {"manifest.json", ".lock"}
    assert {path.name for path in folder.iterdir()} == kept, "something was left behind"


chance, found = random.Random(7), {"old": 0, "new": 0}
for point in range(POINTS + 1):
    folder = FOLDER / str(point)
    assert ended(in_child(lambda: load(folder, AS_OF))) == 0
    began = time.monotonic()
    child = in_child(lambda: load(folder, LATER))
    if point == 0:
        assert ended(child) == 0
        longest = time.monotonic() - began
        continue
    time.sleep(chance.uniform(0, longest))
    os.kill(child, signal.SIGKILL)
    ended(child)
    found["new" if str(LATER) in days(folder) else "old"] += 1
    assert ended(in_child(lambda: read(folder))) == 0
    assert ended(in_child(lambda: loaded_again(folder))) == 0
print(json.dumps(found))
"""


@pytest.mark.acceptance("records")
def test_a_load_killed_anywhere_leaves_the_old_store_or_the_new(
    tmp_path: Path, pytestconfig: pytest.Config, record_figure: Callable[..., None]
) -> None:
    points = 200 if pytestconfig.getoption("--acceptance") == "records" else 20
    command = [sys.executable, "-c", HARNESS, str(TESTS), str(tmp_path), str(points)]
    unmeasured = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=unmeasured)
    # Catches half a load: a store that cannot be read, reads as neither extract, or cannot be loaded again.
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    record_figure("loads killed with -9", sum(found.values()), f"old store {found['old']}, new store {found['new']}")
    assert found["old"] + found["new"] == points
    # Catches a harness that always kills after the end.
    assert found["old"] > 0


def content(store: Store) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in store.folder.iterdir()}


def test_a_full_disk_leaves_the_old_store(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    store.load_council(check(SOUND))
    before, limits = content(store), resource.getrlimit(resource.RLIMIT_FSIZE)
    more = {"people": SOUND["people"], "contacts": SOUND["contacts"] * 3}
    for largest in (0, 500, 2500):
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest, limits[1]))
        try:
            # Catches a load that runs out of disk half way, wherever it is, ending in a bare error.
            with pytest.raises(StoreError), store.workspace() as workspace:
                store.load_council(check_in(workspace, more, LATER))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        kept = content(store)
        # Catches an old extract lost or changed, and a new one of which the manifest names a part.
        assert {name: kept[name] for name in before} == before
    # Catches a store that a full disk has made unusable.
    with store.workspace() as workspace:
        assert store.load_council(check_in(workspace, more, LATER)) == 2


def test_two_writers_are_refused_and_readers_are_not(tmp_path: Path) -> None:
    store, other = Store(tmp_path / "store"), Store(tmp_path / "store")
    store.load_council(check(SOUND))
    with store.workspace() as workspace:
        # Catches two runs that check and load side by side, of which one would undo the other.
        with pytest.raises(StoreError, match="is being written by another run"):
            other.load_council(check(SOUND, as_of=LATER))
        with pytest.raises(StoreError, match="is being written by another run"), other.workspace():
            pass
        # Catches readers kept out while a long check goes on, and a reader that takes the checker's folder away.
        assert len(other.known_by(LATER)["people"]) == len(SOUND["people"])
        assert workspace.folder.is_dir()
        # Catches a writer that locks itself out.
        assert store.load_council(check(SOUND, as_of=LATER)) == len(SOUND)
    # Catches rows left behind when all went well.
    assert not workspace.folder.exists()


def test_what_a_killed_run_left_is_swept_and_nothing_else(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    store.load_council(check(SOUND))
    before = content(store)
    (store.folder / "people-half.parquet").write_bytes(b"rows")
    (store.folder / ".people.x.tmp").write_bytes(b"rows")
    (store.folder / ".workspace-dead").mkdir()
    (store.folder / ".workspace-dead" / "contacts.parquet").write_bytes(b"rows")
    (store.folder / "notes.txt").write_text("mine")
    with private_workspace(store.folder) as in_use:
        sweep(store.folder, store.manifest())
        # Catches a reader whose folder is taken away while it reads.
        assert in_use.is_dir()
    # Catches rows of people left in files that nobody knows of, and a file of the user's own removed.
    assert content(store) == before | {"notes.txt": b"mine"}


def test_nothing_is_swept_where_the_manifest_is_gone(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    store.load_council(check(SOUND))
    (store.folder / "manifest.json").rename(tmp_path / "manifest.json")
    store.load_council(check({"people": SOUND["people"]}, as_of=LATER))
    (tmp_path / "manifest.json").replace(store.folder / "manifest.json")
    # Catches a manifest lost for a moment that costs every row of the store.
    assert len(store.known_by("2024-03-31")["contacts"]) == len(SOUND["contacts"])


@pytest.mark.parametrize("umask", [0o000, 0o077, 0o777])
def test_workspaces_are_for_the_owner_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    store = Store(tmp_path / "store")
    before = os.umask(umask)
    try:
        with store.workspace() as workspace:
            result = check_in(workspace, {"people": SOUND["people"]}, LATER)
            found = (store.folder, *store.folder.rglob("*"))
            modes = {(path.is_dir(), path.stat().st_mode & 0o777) for path in found}
            store.load_council(result)
    finally:
        os.umask(before)
    # Catches rows open to others on a shared machine while they are checked, or closed to their owner.
    assert modes == {(True, 0o700), (False, 0o600)}
