"""The part of a reactor that watches a port, and of a protocol that is connected to one."""

from __future__ import annotations

from typing import Any


class ReaderReactor:
    """Keeps the ports that want to be read."""

    def __init__(self) -> None:
        self.readers: list[Any] = []

    def makeConnection(self, transport: Any) -> None: ...
    def doStop(self) -> None: ...

    def addReader(self, reader: Any) -> None:
        self.readers.append(reader)

    def removeReader(self, reader: Any) -> None:
        self.readers.remove(reader)
