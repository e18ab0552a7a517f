"""Access rules for commands over HTTP, apart from HTTP itself, which a server without it never imports."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from kea_twisted.commands.envelope import Reply
from kea_twisted.jsonvalue import Json
from kea_twisted.libraries.rbac.roles import Role, Rules

Dispatch = Callable[[Json], Reply]
Permits = Callable[[str], bool]

MAX_REQUEST: Final = 64 * 1024 * 1024
"""Bytes of a request of a client with credentials; a configuration with a hundred thousand subnets has 20 MB."""


def everything(name: str) -> bool:
    """Permit every command."""
    return True


def nothing(name: str) -> bool:
    """Permit no command."""
    return False


class Logins(NamedTuple):
    """The access rules for commands: users by their credentials, as a request has them (base64).

    ``limits`` says what a user may ask who may not ask everything, by credentials.
    """

    realm: str
    users: Mapping[bytes, str]
    limits: Mapping[bytes, Permits] = MappingProxyType({})

    def find(self, credentials: bytes) -> bytes | None:
        """Return the known credentials that equal these. The time it takes does not depend on how much is right."""
        found = None
        for known in self.users:
            if hmac.compare_digest(known, credentials):
                found = known
        return found


class AccessPolicy(NamedTuple):
    """The access rules of a port: ``permits`` for all clients, ``logins`` for those with credentials.

    ``tls`` is a context factory, None for plain HTTP. ``trusted``: every client that gets a connection is as good as
    one with credentials. ``partners`` are the addresses of HA partners. ``max_request`` bounds a request of trusted
    clients. ``pages`` are the paths or groups of the pages that are switched on, beside those that always are.
    ``roles`` are the rules by roles, where they are configured.
    """

    permits: Permits
    logins: Logins | None = None
    headers: tuple[tuple[str, str], ...] = ()
    tls: Any = None
    trusted: bool = False
    partners: frozenset[str] = frozenset()
    max_request: int = MAX_REQUEST
    pages: frozenset[bytes] = frozenset()
    roles: Rules | None = None


class Entry(NamedTuple):
    """The sender of a request, as known from its headers; its body is neither read nor parsed yet."""

    permits: Permits
    max_body: int  # bytes
    max_requests: int = 0  # on a connection
    problem: tuple[Any, ...] | None = None  # with the credentials: an event and its arguments
    is_open: bool = False  # it needs no credentials
    user: str = ""  # of the credentials
    role: Role | None = None
