"""The TLS certificates in use that end soon."""

from __future__ import annotations

from typing import Final

from kea_twisted.config.model import Settings
from kea_twisted.server.operatorfiles import tls_files

CHECK_INTERVAL: Final = 86400.0  # seconds
NOTICE: Final = 30
"""Days before its end from which on a certificate is warned about."""


def ending(settings: Settings, now: float) -> list[tuple[str, str, int]]:
    """Files with a certificate that ends within NOTICE days: the file, the end, the days left (negative: it ended)."""
    files = dict.fromkeys(tls_files(settings))
    if not files:
        return []
    from kea_twisted.adapters.system.tls import certificate_ends  # OpenSSL is for who uses it

    found = []
    for path, end, text in sorted({one for each in files for one in certificate_ends(each)}):
        days = int((end - now) // CHECK_INTERVAL)
        if days < NOTICE:
            found.append((path, text, days))
    return found
