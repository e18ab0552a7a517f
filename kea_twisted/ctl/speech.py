"""Finds out whether a port speaks TLS or plain HTTP, after a request in one of them has failed."""

from __future__ import annotations

import socket
import ssl
from typing import Final

PATIENCE: Final = 2.0
"""Seconds for the answer."""


def explained(text: str, secure: bool, host: str, port: int) -> str:
    """Return the reason why a request failed, with what the port seems to speak if it is the other of the two.

    ``secure``: the request was one over TLS.
    """
    if secure:
        return f"{text}: it seems to speak plain HTTP, not TLS" if _speaks_http(host, port) else text
    return f"{text}: it seems to speak TLS, not plain HTTP" if _speaks_tls(host, port) else text


def _speaks_http(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), PATIENCE) as connection:
            connection.settimeout(PATIENCE)
            connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
            return connection.recv(5) == b"HTTP/"
    except OSError:
        return False


def _speaks_tls(host: str, port: int) -> bool:
    """Return True if TLS answers, if only by an alert: no certificate is looked at, and nothing is sent."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with socket.create_connection((host, port), PATIENCE) as connection, context.wrap_socket(connection):
            return True
    except ssl.SSLError as error:
        return "ALERT" in (error.reason or "")
    except OSError:
        return False
