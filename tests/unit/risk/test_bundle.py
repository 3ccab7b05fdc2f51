"""Bundles: what was kept comes back to the bit, and what was tampered with is named before LightGBM sees it."""

import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import lightgbm
import numpy as np
import pandas as pd
import pytest

from ehforecast.errors import ModelError
from ehforecast.risk.bundle import FACTS, MANIFEST, OUTDATED, SIGNATURE, bundle_of, open_bundle, smallest_leaf
from ehforecast.risk.cohort import Feature
from ehforecast.risk.learning import LearningRows
from ehforecast.risk.model import ModelSettings, RiskModel, fit_model
from ehforecast.risk.tree_text import checked_text

KEY = bytes(range(32))
CATALOGUE = (
    Feature("contacts", "contacts"),
    Feature("age", "age"),
    Feature("source", "source", levels=("police", "school")),
)


def learning_rows(rows: int, seed: int) -> LearningRows:
    rng = np.random.default_rng(seed)
    features = pd.DataFrame(
        {
            "contacts": rng.poisson(2, rows).astype(float),
            "age": np.where(rng.random(rows) < 0.1, np.nan, rng.uniform(0, 18, rows)),
            "source": pd.Categorical(rng.choice(["police", "school"], rows), categories=["police", "school"]),
        }
    )
    chance = 1 / (1 + np.exp(-(0.6 * features["contacts"] - 2)))
    known = pd.DataFrame({"outcome": (rng.random(rows) < chance).astype(float), "weight": 1.0,
                          "group_id": [f"F{row}" for row in range(rows)], "index_on": pd.NaT})  # fmt: skip
    return LearningRows(features, CATALOGUE, known, 365.0)


@pytest.fixture(scope="module")
def model() -> RiskModel:
    settings = ModelSettings(spread_models=2, learn_from_calibration=False)
    fitted = fit_model(
        learning_rows(900, 1), learning_rows(400, 2), parameters={"trees": 25, "leaves": 4}, settings=settings
    )
    return fitted.model


@pytest.fixture(scope="module")
def files(model: RiskModel) -> dict[str, bytes]:
    return bundle_of(model, about={"run_id": "run-1"}, signing_key=KEY)


def test_a_model_that_is_marked_is_not_opened(files: dict[str, bytes]) -> None:
    # Catches a model that learned from somebody who asked to be removed, used as before.
    with pytest.raises(ModelError, match="since been removed"):
        open_bundle(files | {OUTDATED: b"{}"}, signing_key=KEY)


def test_what_was_kept_comes_back_to_the_bit(model: RiskModel, files: dict[str, bytes]) -> None:
    again = open_bundle(files, signing_key=KEY)
    features = learning_rows(500, 3).features
    # Catches a tree, a level, a calibration or a range lost on the way.
    pd.testing.assert_frame_equal(again.estimate(features), model.estimate(features), check_exact=True)
    text = checked_text(model.classifier.model_text_, features=3)
    matrix = model.classifier.encoder_.encode(features)
    ours, theirs = (lightgbm.Booster(model_str=each) for each in (text, model.classifier.model_text_))
    # Catches contributions changed by writing the text anew: they hang on counts too.
    assert np.array_equal(ours.predict(matrix, pred_contrib=True), theirs.predict(matrix, pred_contrib=True))
    # The same model twice gives the same bytes. Catches a time or a random name.
    assert bundle_of(again, about={"run_id": "run-1"}, signing_key=KEY) == files


def test_nothing_of_the_data_is_in_the_text(files: dict[str, bytes]) -> None:
    for name, data in files.items():
        # Catches smallest and largest values of features, and paths or settings of the machine that learned.
        assert not re.search(rb"\[-?[0-9.]+:-?[0-9.]+\]", data), name
        assert not re.search(rb"\[data:|num_threads|pandas_categorical", data), name
    # Catches names of features in the trees' own file, which travels without its manifest.
    assert b"contacts" not in files["model.txt"]


def test_a_leaf_of_few_people_is_told(model: RiskModel) -> None:
    counts = [
        int(count)
        for line in re.findall(r"(?m)^leaf_count=(.*)$", model.classifier.model_text_)
        for count in line.split()
    ]
    # Catches a gate that looks at the first tree alone.
    assert smallest_leaf(model) == min(counts) >= 10


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (
            lambda files: files | {"model.txt": files["model.txt"][:-200]},
            "model.txt of the bundle is not what was saved",
        ),
        (lambda files: files | {"model.txt": files["spread_000.txt"]}, "model.txt of the bundle is not what was saved"),
        (
            lambda files: files | {"model.txt": files["model.txt"] + b"x"},
            "model.txt of the bundle is not what was saved",
        ),
        (lambda files: files | {FACTS: b"{}"}, "facts.json of the bundle is not what was saved"),
        (lambda files: files | {"more.txt": b""}, "other files than its manifest says: more.txt"),
        (
            lambda files: {name: data for name, data in files.items() if name != "spread_001.txt"},
            "other files.*spread_001.txt",
        ),
        (lambda files: {name: data for name, data in files.items() if name != MANIFEST}, "no manifest.json"),
        (lambda files: files | {MANIFEST: files[MANIFEST].replace(b"run-1", b"run-2")}, "not signed with this key"),
        (lambda files: {name: data for name, data in files.items() if name != SIGNATURE}, "not signed with this key"),
    ],
)
def test_a_bundle_that_was_changed_is_named(
    files: dict[str, bytes], damage: Callable[[dict[str, bytes]], dict[str, bytes]], words: str
) -> None:
    # Catches a file swapped, cut, added to or taken away.
    with pytest.raises(ModelError, match=words):
        open_bundle(damage(files), signing_key=KEY)


def resealed(files: dict[str, bytes], changed: dict[str, bytes]) -> dict[str, bytes]:
    """A bundle as somebody would make it who can hash but has no key."""
    manifest = json.loads(files[MANIFEST])
    for name, data in changed.items():
        manifest["files"][name]["sha256"] = hashlib.sha256(data).hexdigest()
    kept = {name: data for name, data in files.items() if name != SIGNATURE}
    return kept | changed | {MANIFEST: json.dumps(manifest).encode()}


@pytest.mark.parametrize(
    "manifest", [b"", b"[]", b"{}", b'{"format": 1, "files": []}', b'{"format": 2, "files": {}}', b"[" * 100_000]
)
def test_a_manifest_that_is_none_is_refused(files: dict[str, bytes], manifest: bytes) -> None:
    kept = {name: data for name, data in files.items() if name != SIGNATURE}
    # Catches a crash on what is not a manifest at all.
    with pytest.raises(ModelError, match=r"manifest\.json of the bundle is damaged"):
        open_bundle(kept | {MANIFEST: manifest})


TAMPERED = {
    "a child out of range": (r"(?m)^left_child=\S+", "left_child=99"),
    "a leaf out of range": (r"(?m)^right_child=\S+", "right_child=-99"),
    "a feature out of range": (r"(?m)^split_feature=\S+", "split_feature=99"),
    "a child that is its own parent": (r"(?m)^left_child=\S+", "left_child=0"),
    "a leaf of no number": (r"(?m)^leaf_value=\S+", "leaf_value=nan"),
    "lengths of trees that are wrong": (r"(?m)^tree_sizes=\S+", "tree_sizes=7"),
    "more leaves than there are": (r"(?m)^num_leaves=\d+", "num_leaves=1000000000"),
    "a weight too few, in a field that is not read here": (r"(?m)^internal_weight=\S+ ", "internal_weight="),
    "a leaf of half a row": (r"(?m)^leaf_count=(\d+) ", r"leaf_count=\1.5 "),
    "a gain beyond all numbers": (r"(?m)^split_gain=\S+", "split_gain=1e999"),
}


@pytest.mark.parametrize("how", TAMPERED)
def test_a_tampered_tree_never_reaches_lightgbm(files: dict[str, bytes], how: str) -> None:
    """The seven files of governance.md, finding 1, and what mutations found: each ends the process or hangs it."""
    pattern, instead = TAMPERED[how]
    text = files["model.txt"].decode()
    changed = re.sub(pattern, instead, text, count=1)
    assert changed != text
    bundle = resealed(files, {"model.txt": changed.encode()})
    if how == "lengths of trees that are wrong":
        # Lengths are counted anew, so a wrong line does nothing at all.
        assert open_bundle(bundle).classifier.model_text_ == text
    else:
        # Catches a tree that leads nowhere handed on to a library that follows it.
        with pytest.raises(ModelError, match=r"tree \d+ of the model is damaged"):
            open_bundle(bundle)


@pytest.mark.acceptance("trust")
def test_mutations_give_a_named_error_or_a_sound_model(
    files: dict[str, bytes], tmp_path: Path, request: pytest.FixtureRequest, record_figure: Callable[..., None]
) -> None:
    number = 2_000 if request.config.getoption("--acceptance") else 60
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    script = Path(__file__).with_name("mutate_bundle.py")
    done = subprocess.run(
        [sys.executable, script, tmp_path, str(number)], capture_output=True, text=True, timeout=240, check=False,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    # Catches a mutation that ends the process (134, 139), hangs it, or raises something without a name.
    assert done.returncode == 0, done.stderr[-2000:]
    counts = json.loads(done.stdout)
    record_figure("mutations of a model bundle", sum(counts.values()), "each a named error or the same sound model")
    for kind, count in counts.items():
        record_figure(f"mutations: {kind}", count)
    assert counts["named"] > number / 2
