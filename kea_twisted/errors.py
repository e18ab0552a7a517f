"""Errors by their origin: the client, the operator or the caller. Any other exception is a fault of the server."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Final, NamedTuple

from kea_twisted.events.event import Event

FRAME: Final = "frame"
CHECKSUM: Final = "checksum"
MESSAGE: Final = "message"
OPTION: Final = "option"
MALFORMED: Final = (FRAME, CHECKSUM, MESSAGE, OPTION)
"""The parts of a packet that can be malformed; drops are counted by them."""


class MalformedPacket(ValueError):
    """The client's fault: a packet that is no DHCPv4 message, and in which part. It is dropped and counted."""

    def __init__(self, text: str, part: str = MESSAGE) -> None:
        super().__init__(text)
        self.part = part


class Place(NamedTuple):
    """A position in a configuration text; line and column count from 1."""

    file: str
    line: int
    column: int

    @property
    def found(self) -> Place:
        """Itself; of one that is looked up only when it is needed, what was found."""
        return self

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Problem(NamedTuple):
    """One finding about the operator's input. ``place`` is None for input that came by a command.

    ``kea`` is what a Kea says about it, where scripts may search for that. ``event`` is the message that a hook library
    logs about it, beside those of the server.
    """

    place: Place | None
    text: str
    kea: str = ""
    event: Event | None = None

    def __str__(self) -> str:
        return self.text if self.place is None else f"{self.place}: {self.text}"

    @property
    def with_place_last(self) -> str:
        """The text as Kea logs it: what scripts search for comes first, the place in parentheses behind it."""
        text = self.kea or self.text
        return text if self.place is None else f"{text} ({self.place})"


class ConfigError(Exception):
    """The operator's fault: everything that is wrong with a configuration, in the order of the text."""

    def __init__(self, problems: tuple[Problem, ...] | list[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    @property
    def answer(self) -> str:
        """The problems as a command answers them: in Kea's words where there are some."""
        return "\n".join(problem.with_place_last for problem in self.problems)


class LeasesUnusable(Exception):
    """The leases of a storage cannot be loaded, so the server must not start with it; the text says why."""


class LeasesUnsaved(OSError):
    """Changes of leases are not durable: ``storage`` names what cannot be written, ``strerror`` says why."""

    def __init__(self, storage: str, cause: Exception) -> None:
        reason = (cause.strerror if isinstance(cause, OSError) else None) or str(cause) or type(cause).__name__
        super().__init__(getattr(cause, "errno", None) or 0, reason)
        self.storage = storage

    def __str__(self) -> str:
        return f"{self.storage} cannot be written: {self.strerror}"

    @property
    def answer(self) -> str:
        """The error as a command answers it: the changes are in memory, and owed."""
        return f"{self}. What was changed is in memory, and is written as soon as possible"


class AddressesOvertaken(Exception):
    """Another server was faster: ``addresses`` have a row of its own, which is in the lease table by now."""

    def __init__(self, addresses: Collection[int]) -> None:
        super().__init__("the lease was changed by another server meanwhile")
        self.addresses = addresses


class CommandError(Exception):
    """The caller's fault: ``result`` is the code and ``text`` the sentence of the answer (Kea's codes)."""

    ERROR = 1
    UNSUPPORTED = 2
    EMPTY = 3
    CONFLICT = 4
    FATAL = 5

    def __init__(self, text: str, result: int = ERROR, arguments: object = None) -> None:
        super().__init__(text)
        self.text = text
        self.result = result
        self.arguments = arguments


class Problems:
    """Collects every finding of one run, so that the operator sees all of them at once."""

    def __init__(self) -> None:
        self.errors: list[Problem] = []
        self.structure_is_lost = False  # brackets do not match, so that it is unknown what belongs where
        self.warnings: list[Problem] = []

    def error(self, place: Place | None, text: str, kea: str = "", event: Event | None = None) -> None:
        """Add a fault that forbids the use of the input."""
        self.errors.append(Problem(place and place.found, text, kea, event))

    def warning(self, place: Place | None, text: str) -> None:
        """Add a fault that is tolerated and reported."""
        self.warnings.append(Problem(place and place.found, text))

    @contextmanager
    def catching(self, place: Place | None) -> Iterator[None]:
        """A ValueError raised inside becomes an error at this place."""
        try:
            yield
        except ValueError as error:
            self.error(place, str(error))

    def raise_errors(self) -> None:
        """Raise ConfigError if there was any error; in the order of the text, each once."""
        if self.errors:
            raise ConfigError(sorted(dict.fromkeys(self.errors), key=_order))


def _order(problem: Problem) -> tuple[str, int, int]:
    return problem.place or ("", 0, 0)


def error_text(error: Exception) -> str:
    """Return an error as one sentence: the system's text if there is one, with the file."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}: {error.filename}" if error.filename else error.strerror
    return str(error)
