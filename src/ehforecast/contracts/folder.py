"""Where the contracts lie: in the source tree, or inside the installed package."""

import re
from importlib.resources import files
from pathlib import Path

from ehforecast.errors import SettingsError


def contracts_folder() -> Path:
    """The folder `data_contracts`: packed inside an installed wheel, at the top of a source tree."""
    package = Path(str(files("ehforecast")))
    candidates = (package / "data_contracts", package.parents[1] / "data_contracts")
    for candidate in candidates:
        if candidate.is_dir():
            return candidate
    raise SettingsError("the folder data_contracts is missing from this installation; install ehforecast again")


def read_named_yaml(folder: Path, name: str, *, ending: str) -> str:
    """The text of `<name><ending>`; a name that is none of those there is answered with those that are."""
    path = folder / f"{name}{ending}"
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or not path.is_file():
        known = sorted(found.name.removesuffix(ending) for found in folder.glob(f"*{ending}"))
        raise SettingsError(f"there is no {path.name} in {folder.name}; there are: {', '.join(known) or 'none'}")
    return path.read_text(encoding="utf-8")
