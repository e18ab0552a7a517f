"""THE PAGES of an HTTP port, by path. Everything else that is asked for with GET is answered as Kea does."""

from __future__ import annotations

from functools import partial

from kea_twisted.adapters.control.pages import Pages
from kea_twisted.web.health import Node, is_ready
from kea_twisted.web.supervision import supervised


def pages_of(node: Node) -> Pages:
    """Return the pages of a server."""
    return supervised(partial(is_ready, node))
