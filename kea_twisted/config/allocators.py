"""The allocators: one row for each value of ``allocator``."""

from __future__ import annotations

from typing import Final

ALLOCATORS: Final = {
    "iterative": "kea_twisted.engine.allocators:IterativeAllocator",
    "random": "kea_twisted.engine.allocators:RandomAllocator",
    "flq": "kea_twisted.engine.allocators:FreeQueueAllocator",
    "shared-flq": "kea_twisted.engine.allocators:FreeQueueAllocator",
}
"""``allocator`` -> module:class of an ``engine.allocators.IterativeAllocator``, imported when it is configured."""
