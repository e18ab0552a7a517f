"""The texts for searches among all leases, made in advance where a page shows leases, and kept up with the changes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kea_twisted.config.model import Settings
from kea_twisted.web.node import Node

BLOCKS: Final = 8
"""Blocks of 256 addresses of which the texts are made in a slice: a millisecond or two."""

PAUSE: Final = 0.02
"""Seconds between two slices."""

PERIOD: Final = 1.0
"""Seconds between two looks for texts that have grown by changes."""


def kept_texts(node: Node, settings: Settings) -> Iterator[float]:
    """Make the texts, and keep them; yield the seconds until the next slice. Without a page, forget them."""
    store = node.table.store
    if not any(socket.web for socket in settings.control_sockets):
        store.forget_texts()
        return
    after: int | None = -1
    while after is not None:
        after = store.prepare(after, BLOCKS)
        yield PAUSE
    while True:
        yield PAUSE if store.tidy_texts(BLOCKS) else PERIOD
