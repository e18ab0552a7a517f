"""The names of the counters of DNS updates, as Kea has them."""

from __future__ import annotations

from typing import Final

from kea_twisted.ddns.settings import TsigKey

NCR: Final = ("ncr-received", "ncr-invalid", "ncr-error", "queue-mgr-queue-full")
UPDATE: Final = (
    "update-sent",
    "update-signed",
    "update-unsigned",
    "update-success",
    "update-timeout",
    "update-error",
)
KEY: Final = ("update-sent", "update-success", "update-timeout", "update-error")


def of_key(key: TsigKey, name: str) -> str:
    """Return the name of a counter of a key."""
    return f"key[{key.label}].{name}"
