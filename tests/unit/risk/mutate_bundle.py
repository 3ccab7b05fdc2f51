"""Started by test_bundle: change a bundle's text at random, again and again, and use whatever opens."""

import hashlib
import json
import random
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from ehforecast.errors import ModelError
from ehforecast.risk.bundle import MANIFEST, SIGNATURE, open_bundle

FEATURES = pd.DataFrame(
    {"contacts": [0.0, 3.0, np.nan], "age": [1.0, np.nan, 17.0], "source": pd.Categorical(["police", "school", None])}
)


def mutated(text: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(text))
    kind = chance.randrange(4)
    if kind == 0:
        return text[:place] + bytes([chance.randrange(256)]) + text[place + 1 :]
    if kind == 1:
        return text[:place] + text[place + chance.randrange(1, 40) :]
    if kind == 2:
        return text[:place] + chance.choice([b"9", b"-", b"-1 ", b"nan", b"1e999", b"\n", b"="]) + text[place:]
    lines = text.split(b"\n")
    line = chance.randrange(len(lines))
    return b"\n".join([*lines[:line], chance.choice(lines), *lines[line + chance.randrange(2) :]])


def main(folder: Path, number: int) -> None:
    files = {path.name: path.read_bytes() for path in folder.iterdir() if path.name != SIGNATURE}
    manifest, chance = json.loads(files[MANIFEST]), random.Random(5)  # noqa: S311 - which byte is changed is no secret
    counts = {"named": 0, "opened and used": 0}
    for _ in range(number):
        changed = mutated(files["model.txt"], chance)
        manifest["files"]["model.txt"]["sha256"] = hashlib.sha256(changed).hexdigest()
        try:
            model = open_bundle(files | {"model.txt": changed, MANIFEST: json.dumps(manifest).encode()})
        except ModelError:
            counts["named"] += 1
            continue
        model.estimate(FEATURES)
        counts["opened and used"] += 1
    print(json.dumps(counts))  # noqa: T201 - the answer to the test that started it


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
