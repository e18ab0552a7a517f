"""The driver's connection, changed so that no password leaves where it could be read on its way."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from typing import Any, Final

import pymysql
from pymysql.connections import Connection
from pymysql.constants import CLIENT, CR

_MISSING: Final = (
    "install it with pip, or choose another method of authentication for this user; caching_sha2_password and "
    "sha256_password do without it where TLS is configured (trust-anchor), and by a Unix socket"
)


class GuardedConnection(Connection):  # type: ignore[misc]  # the driver has no annotations
    """A connection that authenticates itself with TLS alone, if TLS is configured.

    Not every release of the driver sees to that: where a server does not offer TLS, the older ones go on without it.
    A Unix socket is as secure as TLS, to MySQL and here; the driver believes that of sockets of its own only.
    """

    def _request_authentication(self) -> None:
        if self.ssl and not self.server_capabilities & CLIENT.SSL:
            raise pymysql.OperationalError(
                CR.CR_SSL_CONNECTION_ERROR,
                "TLS is configured, but the server does not offer it: no password was sent; enable TLS in the server, "
                "or remove trust-anchor, cert-file and key-file",
            )
        if self._sock.family == socket.AF_UNIX:
            self._secure = True  # MySQL then expects the password itself where the driver would ask for a public key
        try:
            super()._request_authentication()
        except RuntimeError as error:  # a package that the driver needs for the method is missing
            raise pymysql.OperationalError(CR.CR_AUTH_PLUGIN_ERR, f"{error}: {_MISSING}") from None

    def limit_reads(self, seconds: float | None) -> None:
        """Wait so long for each piece of an answer from now on; None: without limit."""
        self._read_timeout = seconds


class RefusedPlugin:
    """A method of authentication that sends the password as it is."""

    def __init__(self, connection: object) -> None:
        pass

    def authenticate(self, packet: object) -> None:
        """Refuse it."""
        raise pymysql.OperationalError(
            CR.CR_AUTH_PLUGIN_ERR,
            "the server asks for the password in clear text, which is sent with TLS or by a Unix socket alone: "
            "configure trust-anchor, or another method of authentication for this user",
        )


_CLEAR_TEXT: Final[Mapping[str, Any]] = {"mysql_clear_password": RefusedPlugin, "dialog": RefusedPlugin}


def plugins_for(connection: socket.socket, has_tls: bool) -> Mapping[str, Any]:
    """Return the methods of authentication that are not the driver's own."""
    return {} if has_tls or connection.family == socket.AF_UNIX else _CLEAR_TEXT
