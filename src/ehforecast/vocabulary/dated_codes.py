"""Codes of a national list, each with its meaning and the dates between which it may be recorded."""

from datetime import date
from enum import StrEnum
from typing import Self


class DatedCode(StrEnum):
    """A code, what it means, and its first and last day of use where the census changed it (both inclusive).

    Census year Y runs from 1 April of Y-1 to 31 March of Y; a code that came with census Y is valid from 1 April Y-1.
    """

    meaning: str
    valid_from: date | None
    valid_to: date | None

    def __new__(cls, code: str, meaning: str, valid_from: str = "", valid_to: str = "") -> Self:  # noqa: PLR0917 - members are tuples
        word = str.__new__(cls, code)
        word._value_ = code
        word.meaning = meaning
        word.valid_from = date.fromisoformat(valid_from) if valid_from else None
        word.valid_to = date.fromisoformat(valid_to) if valid_to else None
        return word

    def is_valid(self, on: date) -> bool:
        """Whether the code may be recorded for something that happened on this day."""
        return (self.valid_from is None or self.valid_from <= on) and (self.valid_to is None or on <= self.valid_to)

    @classmethod
    def valid_codes(cls, on: date) -> tuple[Self, ...]:
        """Every code that may be recorded for something that happened on this day, in the order of the list."""
        return tuple(code for code in cls if code.is_valid(on))
