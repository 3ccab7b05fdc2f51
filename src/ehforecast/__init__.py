"""Forecasts of early help front doors in English councils: advice to people, never a decision.

`ehforecast` forecasts how many contacts and referrals a council's front door will receive, says how sure it is, and
writes advisory reports. It must never be used to decide about a child or a family, and it has no function that does so.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from ehforecast.store import Store

__all__ = ["__version__", "open_store"]

__version__ = "0.1.0"


def open_store(folder: "str | Path") -> "Store":
    """The store that `ehforecast ingest` filled: `private/<configuration>/store`, or the folder above it.

    `open_store(folder).known_by("2024-03-31")` gives typed frames of what was known on a day. Raises `StoreError` where
    there is no store. Only the owner of the records can open it: its files are readable by nobody else.
    """
    from pathlib import Path  # noqa: PLC0415 - importing the package stays quick

    from ehforecast.errors import StoreError  # noqa: PLC0415
    from ehforecast.store import Store  # noqa: PLC0415
    from ehforecast.store.manifest import MANIFEST_NAME  # noqa: PLC0415

    found = next((path for path in (Path(folder), Path(folder) / "store") if (path / MANIFEST_NAME).is_file()), None)
    if found is None:
        raise StoreError(
            f"there is no store in {folder}; `ehforecast ingest` makes one, in private/<configuration>/store"
        )
    return Store(found)
