"""Stand-ins for the outside world, shared by the tests; test_fakes.py checks them by their interfaces."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from struct import pack
from typing import Any

from zope.interface import implementer

from kea_twisted.adapters.log.logs import VOCABULARY
from kea_twisted.events import Event
from kea_twisted.interfaces import ILog, ISystem
from kea_twisted.lease.lease import Change


@implementer(ILog)
class RecordingLog:
    """A log that keeps ``(identifier, text)`` of every line; everything is enabled."""

    def __init__(self) -> None:
        self.enabled = frozenset(VOCABULARY)
        self.lines: list[tuple[str, str]] = []

    def emit(self, event: Event, *arguments: object) -> None:
        """Keep one line of an enabled event; one whose text does not fit the arguments fails the test."""
        if event not in self.enabled:
            return
        assert event.text.count("{}") == len(arguments), f"{event!r} takes {event.text!r}, not {arguments}"
        text = event.text.format(*arguments)
        assert not event.plain or text.isprintable(), f"{event!r} is not plain: {text!r}"
        self.lines.append((event.identifier, text))

    def add(self, events: Iterable[Event]) -> None:
        """Enable the messages of a hook library."""
        self.enabled |= frozenset(events)

    def identifiers(self) -> list[str]:
        """The logged texts, in order."""
        return [identifier for identifier, _ in self.lines]

    def texts(self, identifier: str) -> list[str]:
        """The texts of one identifier, in order."""
        return [text for each, text in self.lines if each == identifier]

    def clear(self) -> None:
        """Forget all lines."""
        self.lines.clear()


class FakeNames:
    """Implements engine.nameupdates.NameUpdates: keeps what is to be updated."""

    def __init__(self) -> None:
        self.enabled = True
        self.updates: list[Change] = []

    def update(self, change: Change) -> None:
        """Keep it."""
        self.updates.append(change)


@implementer(ISystem)
class FakeSystem:
    """Descriptors in memory: ``reads`` is what reading gives (an error is raised); calls are kept."""

    def __init__(self, **answers: Callable[[int, Any], Any]) -> None:
        self.reads: list[bytes | OSError] = []
        self.written: list[bytes] = []
        self.opened: list[str] = []
        self.closed: list[int] = []
        self.ioctls: list[tuple[int, Any]] = []
        self.answer: Callable[[int, Any], Any] = answers.get("ioctl", lambda request, argument: argument)
        self.refuse: dict[str, OSError] = {}

    def open(self, path: str, flags: int) -> int:
        """A new descriptor, 100 and up, or the error arranged for this path."""
        if path in self.refuse:
            raise self.refuse[path]
        self.opened.append(path)
        return 99 + len(self.opened)

    def close(self, descriptor: int) -> None:
        """Remember it."""
        self.closed.append(descriptor)

    def read(self, descriptor: int, size: int) -> bytes:
        """The next arranged read, BlockingIOError when there is none."""
        if not self.reads:
            raise BlockingIOError
        data = self.reads.pop(0)
        if isinstance(data, OSError):
            raise data
        return data[:size]

    def write(self, descriptor: int, data: bytes) -> int:
        """Remember it."""
        self.written.append(bytes(data))
        return len(data)

    def ioctl(self, descriptor: int, request: int, argument: Any = 0) -> Any:
        """Remember it, and answer by ``answer(request, argument)``."""
        self.ioctls.append((request, argument))
        return self.answer(request, argument)


class FrameSocket:
    """Frames in the order of their coming; ``lost`` are those that the kernel had no room for."""

    def __init__(self) -> None:
        self.frames: deque[bytes] = deque()
        self.lost = 0

    def recv(self, size: int) -> bytes:
        """The next one."""
        if not self.frames:
            raise BlockingIOError
        return self.frames.popleft()

    def getsockopt(self, level: int, name: int, size: int) -> bytes:
        """The statistics of a packet socket, which begin anew each time."""
        lost, self.lost = self.lost, 0
        return pack("II", 0, lost)

    def close(self) -> None:
        """Nothing is held."""


class FakeFallback:
    """UDP sockets beside a raw port that hold nothing; ``sent`` are payloads."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    def send(self, payload: bytes, source: int, destination: int, port: int) -> None:
        """Keep it."""
        self.sent.append(payload)

    def close(self) -> None:
        """Nothing is held."""
