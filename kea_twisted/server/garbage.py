"""The garbage collector after a change of configuration."""

from __future__ import annotations

import gc


def freeze() -> None:
    """Exclude the present objects, configuration and leases, from garbage collection.

    A configuration of 10,000 subnets is millions of objects that stay. Each full collection would look at all of
    them, in the middle of a packet, to find the few that came and went with packets. What an old configuration has
    left behind goes first.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()
