"""Kinds of values of keywords. A kind returns the fault of a value as text, or nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, NamedTuple

from kea_twisted.jsonvalue import Json
from kea_twisted.wire.address import address_number

MAX16: Final = 0xFFFF
MAX32: Final = 0xFFFFFFFF


class Tolerated(NamedTuple):
    """A value in place of the configured one, and the warning about that ("": none is needed)."""

    value: Json
    warning: str = ""


@dataclass(frozen=True)
class Kind:
    """The base of all kinds: ``complaint`` is "" for a value that fits."""

    def complaint(self, value: object) -> str:
        """Return the requirement that the value misses: "must be …"."""
        raise NotImplementedError

    def tolerated(self, value: object) -> Tolerated | None:
        """Return what Kea makes of a value that does not fit, if it takes it; None if not."""
        return None


@dataclass(frozen=True)
class Integer(Kind):
    """A whole number, both ends included."""

    low: int = 0
    high: int = MAX32

    def complaint(self, value: object) -> str:
        """See ``Kind``."""
        if type(value) is int and self.low <= value <= self.high:
            return ""
        return f"must be an integer from {self.low} to {self.high}"


@dataclass(frozen=True)
class Lifetime(Integer):
    """A number of seconds; Kea reads -1 as the largest number, which means an infinite lifetime."""

    def tolerated(self, value: object) -> Tolerated | None:
        """See ``Kind``."""
        if type(value) is int and value == -1:
            return Tolerated(MAX32, f"is -1, which is read as {MAX32}, for ever")
        return None


@dataclass(frozen=True)
class Level(Integer):
    """A number that Kea moves to the nearest one that is possible."""

    def tolerated(self, value: object) -> Tolerated | None:
        """See ``Kind``."""
        if type(value) is not int:
            return None
        nearest = min(max(value, self.low), self.high)
        return Tolerated(nearest, f"{self.complaint(value)}: {value} is read as {nearest}")


@dataclass(frozen=True)
class Boolean(Kind):
    """true or false, without quotes."""

    def complaint(self, value: object) -> str:
        """See ``Kind``."""
        return "" if type(value) is bool else "must be true or false"


@dataclass(frozen=True)
class Real(Kind):
    """A share from 0 to 1, with a decimal point or exponent; which of the ends are possible."""

    zero: bool = True
    one: bool = False

    def complaint(self, value: object) -> str:
        """See ``Kind``."""
        if type(value) is int:
            return f"must be written with a decimal point ({value}.0)"
        if type(value) is float and (0 < value < 1 or (value == 0 and self.zero) or (value == 1 and self.one)):
            return ""
        low = "0.0 or more" if self.zero else "more than 0.0"
        return f"must be {low} and {'at most' if self.one else 'less than'} 1.0"


@dataclass(frozen=True)
class Share(Real):
    """A share whose range matters only in certain settings: ``config.rules`` checks it, as Kea does."""

    def complaint(self, value: object) -> str:
        """See ``Kind``."""
        return "" if type(value) is float else super().complaint(value)

    def range_complaint(self, value: float) -> str:
        """Return what the value must be, when it is outside of its range."""
        return super().complaint(value)


@dataclass(frozen=True)
class Text(Kind):
    """A string of at most so many bytes."""

    longest: int | None = None
    blank: bool = True

    def complaint(self, value: object) -> str:
        """See ``Kind``."""
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

    def complaint(self, value: object) -> str:
        """See ``Kind``."""
        if isinstance(value, str) and "\0" in value:
            return "must not contain a NUL character"
        return super().complaint(value)


@dataclass(frozen=True)
class Address(Kind):
    """An IPv4 address in dotted decimals; "" where Kea lets it stand for 0.0.0.0; perhaps 255.255.255.255."""

    blank: bool = False
    broadcast: bool = True

    def complaint(self, value: object) -> str:
        """See ``Kind``."""
        if isinstance(value, str):
            if self.blank and not value:
                return ""
            try:
                is_broadcast = address_number(value) == MAX32
                return "must not be a broadcast address" if is_broadcast and not self.broadcast else ""
            except ValueError:
                pass
        return "must be an IPv4 address"


_HOST_NAME: Final = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.?")


@dataclass(frozen=True)
class NextServer(Address):
    """An address of a boot server. Kea takes a host name at the global level, looks nothing up, and sends none."""

    def tolerated(self, value: object) -> Tolerated | None:
        """See ``Kind``."""
        if isinstance(value, str) and _HOST_NAME.fullmatch(value):
            return Tolerated("0.0.0.0", f"is the name '{value}': names are not looked up, so clients are sent none")
        return None


class Enum(Kind):
    """One of several fixed values."""

    def __init__(self, *words: str) -> None:
        self.words = words

    def complaint(self, value: object) -> str:
        """See ``Kind``."""
        if isinstance(value, str) and value in self.words:
            return ""
        return f"must be one of {', '.join(self.words)}" if len(self.words) > 1 else f"must be {self.words[0]}"


class AnyCaseEnum(Enum):
    """One of several fixed values, in upper or lower case."""

    def tolerated(self, value: object) -> Tolerated | None:
        """See ``Kind``."""
        if not isinstance(value, str):
            return None
        found = next((word for word in self.words if word.lower() == value.lower()), None)
        return None if found is None else Tolerated(found)


@dataclass(frozen=True)
class Severity(Kind):
    """A log severity, in any case."""

    def complaint(self, value: object) -> str:
        """See ``Kind``."""
        if isinstance(value, str) and value.upper() in ("FATAL", "ERROR", "WARN", "INFO", "DEBUG", "NONE"):
            return ""
        return "must be one of FATAL, ERROR, WARN, INFO, DEBUG, NONE"

    def tolerated(self, value: object) -> Tolerated | None:
        """Kea reads every word that it does not know as INFO."""
        if isinstance(value, str):
            text = f"is '{value}', which Kea does not know and reads as INFO: it {self.complaint(value)}"
            return Tolerated("INFO", text)
        return None


@dataclass(frozen=True)
class Free(Kind):
    """A map of any content: user contexts, hook parameters."""

    def complaint(self, value: object) -> str:
        """See ``Kind``."""
        return "" if isinstance(value, dict) else "must be a map"


@dataclass(frozen=True)
class ListOf(Kind):
    """A list of plain values. Repetitions are errors, or are left out as Kea does it."""

    item: Kind
    least: int = 0
    repetitions: bool = False

    def complaint(self, value: object) -> str:
        """See ``Kind``."""
        if not isinstance(value, list):
            return "must be a list"
        return "" if len(value) >= self.least else "must not be empty"


@dataclass(frozen=True)
class MapOf(Kind):
    """A map with the keywords of a scope."""

    scope: str

    def complaint(self, value: object) -> str:
        """See ``Kind``."""
        return "" if isinstance(value, dict) else "must be a map"


@dataclass(frozen=True)
class ListOfMaps(Kind):
    """A list of maps with the keywords of a scope."""

    scope: str

    def complaint(self, value: object) -> str:
        """See ``Kind``."""
        return "" if isinstance(value, list) else "must be a list of maps"
