"""What a keyword's value may be. A kind says in words what is wrong with a value, or nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from kea_twisted.wire.address import address_number

MAX16: Final = 0xFFFF
MAX32: Final = 0xFFFFFFFF


@dataclass(frozen=True)
class Kind:
    """The base of all kinds: ``complaint`` is "" for a value that fits."""

    def complaint(self, value: Any) -> str:
        """What the value must be, when it is not: "must be …"."""
        raise NotImplementedError


@dataclass(frozen=True)
class Integer(Kind):
    """A whole number, both ends included."""

    low: int = 0
    high: int = MAX32

    def complaint(self, value: Any) -> str:
        if type(value) is int and self.low <= value <= self.high:
            return ""
        return f"must be an integer from {self.low} to {self.high}"


@dataclass(frozen=True)
class Boolean(Kind):
    """true or false, without quotes."""

    def complaint(self, value: Any) -> str:
        return "" if type(value) is bool else "must be true or false"


@dataclass(frozen=True)
class Real(Kind):
    """A share from 0 to 1, with a decimal point or exponent; which of the ends are possible."""

    zero: bool = True
    one: bool = False

    def complaint(self, value: Any) -> str:
        if type(value) is int:
            return f"must be written with a decimal point ({value}.0)"
        if type(value) is float and (
            0 < value < 1 or (value == 0 and self.zero) or (value == 1 and self.one)
        ):
            return ""
        low = "0.0 or more" if self.zero else "more than 0.0"
        return f"must be {low} and {'at most' if self.one else 'less than'} 1.0"


@dataclass(frozen=True)
class Text(Kind):
    """A string of at most so many bytes."""

    longest: int | None = None
    blank: bool = True

    def complaint(self, value: Any) -> str:
        if not isinstance(value, str):
            return "must be a string"
        if not self.blank and not value.strip():
            return "must not be empty"
        if self.longest is not None and len(value.encode()) > self.longest:
            return f"must have at most {self.longest} bytes"
        return ""


@dataclass(frozen=True)
class FileText(Text):
    """A string for the operating system, a file name above all: without NUL, which would end it."""

    def complaint(self, value: Any) -> str:
        if isinstance(value, str) and "\0" in value:
            return "must not contain a NUL character"
        return super().complaint(value)


@dataclass(frozen=True)
class Address(Kind):
    """An IPv4 address in dotted decimals; "" where Kea lets it stand for 0.0.0.0."""

    blank: bool = False

    def complaint(self, value: Any) -> str:
        if isinstance(value, str):
            if self.blank and not value:
                return ""
            try:
                address_number(value)
                return ""
            except ValueError:
                pass
        return "must be an IPv4 address"


class Enum(Kind):
    """One of a few words."""

    def __init__(self, *words: str) -> None:
        self.words = words

    def complaint(self, value: Any) -> str:
        if isinstance(value, str) and value in self.words:
            return ""
        return (
            f"must be one of {', '.join(self.words)}" if len(self.words) > 1 else f"must be {self.words[0]}"
        )


@dataclass(frozen=True)
class Severity(Kind):
    """A log severity, in any case."""

    def complaint(self, value: Any) -> str:
        if isinstance(value, str) and value.upper() in ("FATAL", "ERROR", "WARN", "INFO", "DEBUG", "NONE"):
            return ""
        return "must be one of FATAL, ERROR, WARN, INFO, DEBUG, NONE"


@dataclass(frozen=True)
class Free(Kind):
    """A map of whatever one likes: user contexts, hook parameters."""

    def complaint(self, value: Any) -> str:
        return "" if isinstance(value, dict) else "must be a map"


@dataclass(frozen=True)
class ListOf(Kind):
    """A list of plain values, without repetitions."""

    item: Kind
    least: int = 0

    def complaint(self, value: Any) -> str:
        if not isinstance(value, list):
            return "must be a list"
        return "" if len(value) >= self.least else "must not be empty"


@dataclass(frozen=True)
class MapOf(Kind):
    """A map with the keywords of a scope."""

    scope: str

    def complaint(self, value: Any) -> str:
        return "" if isinstance(value, dict) else "must be a map"


@dataclass(frozen=True)
class ListOfMaps(Kind):
    """A list of maps with the keywords of a scope."""

    scope: str

    def complaint(self, value: Any) -> str:
        return "" if isinstance(value, list) else "must be a list of maps"
