"""Areas and their official codes: who exists, who is part of whom, and whose code changed.

Source: ONS Register of Geographic Codes and the Local Government (structural change) Orders 2018-2023, as used in DfE
*Children in need* 2024; read November 2026. Open Government Licence v3.0.
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from ehforecast.vocabulary.areas import AreaLevel


@dataclass(frozen=True)
class Area:
    """One area. `continues_as` is the code that the same ground and people carry after `valid_to`, else empty.

    A council that was merged or split continues as nobody: its figures and its successors' are different series.
    """

    code: str
    name: str
    level: AreaLevel
    parent_code: str = ""
    valid_from: str = ""
    valid_to: str = ""
    continues_as: str = ""


class AreaRegister:
    """Areas by code.

    >>> register = english_areas()
    >>> register["E08000036"].name
    'Wakefield'
    >>> register.current_code("E10000002") == register.find("Buckinghamshire").code
    True
    """

    def __init__(self, areas: Iterable[Area]) -> None:
        self._by_code = {area.code: area for area in areas}

    def __getitem__(self, code: str) -> Area:
        return self._by_code[code]

    def __contains__(self, code: object) -> bool:
        return code in self._by_code

    def __iter__(self) -> Iterator[Area]:
        return iter(self._by_code.values())

    def current_code(self, code: str) -> str:
        """The code under which the same area is published now."""
        while self._by_code[code].continues_as:
            code = self._by_code[code].continues_as
        return code

    def find(self, name_or_code: str) -> Area | None:
        """The area of that code as published now, or of that name (the one in force before one that ended), if any."""
        if name_or_code in self._by_code:
            return self._by_code[self.current_code(name_or_code)]
        wanted = name_or_code.casefold()
        named = (area for area in self if area.name.casefold() == wanted)
        return min(named, key=lambda area: bool(area.valid_to), default=None)


@cache
def english_areas() -> AreaRegister:
    """England, its regions, London's two halves, and every council with children's services since April 2012."""
    text = files("ehforecast.reference").joinpath("english_areas.csv").read_text(encoding="utf-8")
    return AreaRegister(
        Area(**{**row, "level": AreaLevel(row["level"])})  # type: ignore[arg-type]
        for row in csv.DictReader(text.splitlines())
    )
