"""Who may send commands over HTTP: said here, apart from HTTP itself, which a server without it never imports."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from kea_twisted.commands.envelope import Reply

Dispatch = Callable[[Any], Reply]
Permits = Callable[[str], bool]


class Members(NamedTuple):
    """Who may send commands: users by their credentials, as a request has them (base64).

    ``limits`` says what a user may ask who may not ask everything, by credentials.
    """

    realm: str
    users: Mapping[bytes, str]
    limits: Mapping[bytes, Permits] = MappingProxyType({})

    def find(self, credentials: bytes) -> bytes | None:
        """The known credentials that these are; how long it takes does not tell how much of them is right."""
        found = None
        for known in self.users:
            if hmac.compare_digest(known, credentials):
                found = known
        return found


class Door(NamedTuple):
    """Who may come in by a port: ``permits`` says what anybody may ask, ``members`` who may ask more.

    ``tls`` is a context factory, None for plain HTTP.
    """

    permits: Permits
    members: Members | None = None
    headers: tuple[tuple[str, str], ...] = ()
    tls: Any = None
