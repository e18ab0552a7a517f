"""THE HOOK TABLE: the points at which other code may act, in the order of a packet, and what may come back.

A callback of a synchronous point returns a Step (None means CONTINUE). A callback of a point that may wait
returns a Step, None, or a Deferred of one. DROP ends the packet's way; nothing is answered.
"""

from __future__ import annotations

from enum import Enum
from typing import Final, NamedTuple


class Step(Enum):
    """What a callback wants to happen next."""

    CONTINUE = 0
    SKIP = 1  # leave out what the server would do at this point
    DROP = 2  # forget the packet


class Point(NamedTuple):
    """One hook point: its arguments in order, whether it may wait, what SKIP and DROP mean there."""

    name: str
    arguments: tuple[str, ...]
    may_wait: bool
    skip: str
    drop: str


POINTS: Final = (
    Point("buffer4_receive", ("query",), False, "-", "the query is not for us"),
    Point("pkt4_receive", ("query",), False, "-", "no answer"),
    Point("subnet4_select", ("query", "subnet"), False, "no subnet", "no answer"),
    Point("leases4_committed", ("decision",), True, "-", "the reply is not sent, the leases stay"),
    Point("lease4_expire", ("lease",), False, "the lease is left as it is", "-"),
    Point("pkt4_send", ("query", "reply"), False, "-", "no answer"),
)
