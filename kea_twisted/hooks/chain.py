"""Who is registered at which hook point. Built at configuration time, read on the packet path."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kea_twisted.hooks.points import POINTS

Callback = Callable[..., Any]


class HookChain:
    """The callbacks of every hook point, in the order of ``hooks-libraries``.

    Each point is an attribute holding a tuple, so that the packet path pays one attribute look-up and a test for
    emptiness where nobody is registered.
    """

    buffer4_receive: tuple[Callback, ...]
    pkt4_receive: tuple[Callback, ...]
    subnet4_select: tuple[Callback, ...]
    leases4_committed: tuple[Callback, ...]
    lease4_expire: tuple[Callback, ...]
    pkt4_send: tuple[Callback, ...]

    def __init__(self) -> None:
        for point in POINTS:
            setattr(self, point.name, ())

    def register(self, point: str, callback: Callback) -> None:
        """Append a callback to a point of the hook table; KeyError for a name that is not in it."""
        if not any(row.name == point for row in POINTS):
            raise KeyError(point)
        setattr(self, point, (*getattr(self, point), callback))
