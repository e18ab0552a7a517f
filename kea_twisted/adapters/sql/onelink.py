"""The base of links that have one connection, and the end of a connection for the answers that wait on it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Generic, Protocol, TypeVar

from twisted.internet.defer import Deferred


class Ending(Protocol):
    """A connection that can be watched and ended."""

    def start(self) -> None:
        """Use a connection that was made before the reactor ran."""

    def close(self) -> None:
        """End it."""

    def drop(self, error: OSError) -> None:
        """Give it up as lost."""


AnyConnection = TypeVar("AnyConnection", bound=Ending)


class OneLink(Generic[AnyConnection]):
    """A link with one connection."""

    def __init__(self, connection: AnyConnection) -> None:
        self._connection = connection

    def start(self) -> None:
        """Let the reactor watch a connection that was made before it ran."""
        self._connection.start()

    def close(self) -> None:
        """End the connection."""
        self._connection.close()

    def drop(self, error: OSError) -> None:
        """Give up the connection as lost."""
        self._connection.drop(error)


def fail_all(
    error: OSError,
    opening: Deferred[None] | None,
    waiting: Iterable[Deferred[Any]],
    lost: Callable[[OSError], object] | None,
) -> None:
    """Fail what waits for a connection that has ended, and report the loss if ``lost`` is not None.

    The caller of an opening that fails learns it from that alone.
    """
    if opening is not None:
        opening.errback(error)
    for answer in waiting:
        answer.errback(error)
    if lost is not None and opening is None:
        lost(error)
