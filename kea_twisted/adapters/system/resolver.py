"""Host names of our own: the addresses to listen at."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from typing import Any

from twisted.internet.threads import deferToThread

from kea_twisted.errors import ConfigError, Problem


def addresses_now(names: Iterable[str]) -> dict[str, str]:
    """Return the address of each name; waits for the answers, so it is for the start. ConfigError."""
    return {name: _address(name) for name in names}


async def addresses(names: Iterable[str]) -> dict[str, str]:
    """As ``addresses_now``, while the server continues."""
    unresolved = list(names)
    return dict(await deferToThread(addresses_now, unresolved)) if unresolved else {}


def _address(name: str) -> str:
    try:
        found: Any = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except OSError as error:
        raise ConfigError([Problem(None, f"'{name}' in this server's own URL: {error.strerror}")]) from None
    return str(found[0][4][0])
