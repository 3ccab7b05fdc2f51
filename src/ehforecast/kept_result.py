"""A result that is kept as facts and frames, and put together again from them."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Self

import pandas as pd


class KeptResult:
    """What every frozen result has: its facts and its frames apart, for keeping.

    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True)
    ... class Counts(KeptResult):
    ...     places: tuple[str, ...]
    ...     table: pd.DataFrame
    >>> result = Counts(("North",), pd.DataFrame({"contacts": [12]}))
    >>> result.facts()
    {'places': ('North',)}
    >>> Counts.from_parts({"places": ["North"]}, result.frames()).places
    ('North',)
    """

    def facts(self) -> dict[str, object]:
        """What is not a frame."""
        return {name: value for name, value in vars(self).items() if not isinstance(value, pd.DataFrame)}

    def frames(self) -> dict[str, pd.DataFrame]:
        """The frames by name."""
        return {name: value for name, value in vars(self).items() if isinstance(value, pd.DataFrame)}

    @classmethod
    def from_parts(cls, facts: Mapping[str, Any], frames: Mapping[str, pd.DataFrame]) -> Self:
        """Put a kept result together again.

        A list among the facts, as JSON has them, becomes a tuple; what an older run did not keep yet is as declared.

        Raises:
            TypeError: a part without which there is no such result is not among them.
        """
        parts: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in facts.items()
        }
        parts |= frames
        return cls(**{part.name: parts[part.name] for part in fields(cls) if part.name in parts})  # type: ignore[arg-type]  # a dataclass
