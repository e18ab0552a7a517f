"""A cursor over packet bytes with a known end: no field reads beyond it, and no byte is left unread unnoticed.

The shape is that of dnspython's ``dns/wirebase.py``. The one place that slices packets by hand is the option
loop in ``wire.options``, which runs for every packet.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from kea_twisted.errors import MalformedPacket


class Cursor:
    """A position in bytes that knows its end. Reading past the end raises MalformedPacket."""

    __slots__ = ("data", "position", "end")

    def __init__(self, data: bytes, position: int = 0, end: int | None = None) -> None:
        self.data = data
        self.position = position
        self.end = len(data) if end is None else end

    def __bool__(self) -> bool:
        """True while bytes are left to read."""
        return self.position < self.end

    @property
    def remaining(self) -> int:
        """Number of bytes left."""
        return self.end - self.position

    def take(self, count: int) -> bytes:
        """Return the next ``count`` bytes."""
        start = self.position
        if count > self.end - start:
            raise MalformedPacket(f"{count} bytes expected, {self.end - start} left")
        self.position = start + count
        return self.data[start : start + count]

    def rest(self) -> bytes:
        """Everything that is left."""
        return self.take(self.end - self.position)

    def uint(self, size: int) -> int:
        """Return the next ``size`` bytes as an unsigned number, most significant byte first."""
        return int.from_bytes(self.take(size), "big")

    @contextmanager
    def restricted(self, count: int) -> Iterator[Cursor]:
        """A cursor over the next ``count`` bytes. Raises MalformedPacket if ``with`` leaves some unread."""
        start = self.position
        self.take(count)
        field = Cursor(self.data, start, start + count)
        yield field
        field.finish()

    def finish(self) -> None:
        """Insist that nothing is left."""
        if self.position != self.end:
            raise MalformedPacket(f"{self.end - self.position} bytes left over")
