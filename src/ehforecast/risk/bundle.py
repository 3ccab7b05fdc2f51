"""A model kept as text and JSON, with a manifest that says how each file must hash; nothing in it can run.

Bytes are authenticated first, then the structure of every tree is checked in Python, and only what was checked is
written anew for LightGBM, which cannot defend itself against its own format.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

from ehforecast.errors import ModelError
from ehforecast.risk.model import RiskModel
from ehforecast.risk.tree_text import checked_text, read_trees

MANIFEST, FACTS, SIGNATURE = "manifest.json", "facts.json", "manifest.sig"
OUTDATED = "outdated.json"
"""Laid beside the files of a model that must not be used any more."""

FORMAT = 1
LARGEST_FILE = 64 * 2**20
"""Bytes; small trees need a few hundred thousand."""


def bundle_of(model: RiskModel, *, about: Mapping[str, object], signing_key: bytes | None = None) -> dict[str, bytes]:
    """The files of a bundle by name.

    Args:
        model: what is kept.
        about: run id, question, versions and whatever else says what it is; goes into the manifest.
        signing_key: at least 32 secret bytes; the manifest is then signed (HMAC-SHA-256).
    """
    facts, texts = model.to_parts()
    width = len(model.classifier.encoder_.names)
    files = {f"{name}.txt": checked_text(text, features=width).encode() for name, text in texts.items()}
    files[FACTS] = _json(facts)
    described = {name: {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)} for name, data in files.items()}
    files[MANIFEST] = _json({"format": FORMAT, "about": dict(about), "features": width, "files": described})
    if signing_key is not None:
        files[SIGNATURE] = _signature(files[MANIFEST], signing_key)
    return files


def open_bundle(files: Mapping[str, bytes], *, signing_key: bytes | None = None) -> RiskModel:
    """The model in a bundle; raises `ModelError` that names the file at fault, before LightGBM sees any of it.

    With a key the signature must be there and right. A model that is marked as outdated is not opened.
    """
    if OUTDATED in files:
        raise ModelError("the model may have learned from a person who has since been removed: make it again")
    manifest = _read_manifest(files, signing_key)
    described = manifest["files"]
    expected = {*described, MANIFEST, *([SIGNATURE] if SIGNATURE in files else [])}
    if set(files) != expected:
        names = ", ".join(sorted(set(files) ^ expected))
        raise ModelError(f"the bundle holds other files than its manifest says: {names}")
    for name, said in described.items():
        if len(files[name]) > LARGEST_FILE or hashlib.sha256(files[name]).hexdigest() != said["sha256"]:
            raise ModelError(f"{name} of the bundle is not what was saved")
    try:
        facts = json.loads(files[FACTS])
        texts = {name.removesuffix(".txt"): files[name].decode("ascii") for name in described if name != FACTS}
        checked = {name: checked_text(text, features=int(manifest["features"])) for name, text in texts.items()}
        model = RiskModel.from_parts(facts, checked)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ModelError("the bundle is damaged: its parts do not make a model") from error
    if len(model.classifier.encoder_.names) != manifest["features"]:
        raise ModelError("the bundle is damaged: trees and encoder speak of different features")
    return model


def _read_manifest(files: Mapping[str, bytes], signing_key: bytes | None) -> dict[str, Any]:
    if MANIFEST not in files or FACTS not in files:
        raise ModelError(f"the bundle has no {MANIFEST} or no {FACTS}")
    if signing_key is not None and not hmac.compare_digest(
        files.get(SIGNATURE, b""), _signature(files[MANIFEST], signing_key)
    ):
        raise ModelError("the bundle is not signed with this key")
    try:
        manifest: dict[str, Any] = json.loads(files[MANIFEST])
        known = manifest["format"] == FORMAT and all(
            {"sha256", "bytes"} <= {*said} for said in manifest["files"].values()
        )
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise ModelError(f"{MANIFEST} of the bundle is damaged") from error
    if not known or FACTS not in manifest["files"]:
        raise ModelError(f"{MANIFEST} of the bundle is damaged, or of another version")
    return manifest


def _signature(manifest: bytes, key: bytes) -> bytes:
    return hmac.new(key, b"ehforecast model bundle 1\0" + manifest, hashlib.sha256).hexdigest().encode()


def _json(content: object) -> bytes:
    return (json.dumps(content, indent=1, sort_keys=True, allow_nan=True) + "\n").encode()


def smallest_leaf(model: RiskModel) -> int:
    """The fewest training rows that any leaf rests on: a leaf of one is a memory of somebody."""
    trees = read_trees(model.classifier.model_text_)
    return int(min(tree.leaf_counts.min() for tree in trees if tree.splits))
