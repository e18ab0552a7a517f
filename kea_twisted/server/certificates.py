"""The TLS certificates in use that end soon."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kea_twisted.config.model import Settings, TlsFiles
from kea_twisted.server import partnership

CHECK_INTERVAL: Final = 86400.0  # seconds
NOTICE: Final = 30
"""Days before its end from which on a certificate is warned about."""


def ending(settings: Settings, now: float) -> list[tuple[str, str, int]]:
    """Files with a certificate that ends within NOTICE days: the file, the end, the days left (negative: it ended)."""
    files = dict.fromkeys(_files(settings))
    if not files:
        return []
    from kea_twisted.adapters.system.tls import certificate_ends  # OpenSSL is for who uses it

    found = []
    for path, end, text in sorted({one for each in files for one in certificate_ends(each)}):
        days = int((end - now) // CHECK_INTERVAL)
        if days < NOTICE:
            found.append((path, text, days))
    return found


def _files(settings: Settings) -> Iterator[TlsFiles]:
    for socket in settings.control_sockets:
        if socket.tls is not None:
            yield socket.tls
    for relationship in partnership.wanted(settings):
        for peer in relationship.peers:
            if peer.tls is not None:
                yield peer.tls
