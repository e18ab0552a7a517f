"""``client-classes`` on networks, subnets and pools: who is let in."""

from __future__ import annotations

from collections.abc import Container

from kea_twisted.config.model import Subnet


def admits(guard: tuple[str, ...], classes: Container[str] | None) -> bool:
    """Whether what is for members of these classes is for a client in those (None: in none)."""
    return not guard or (classes is not None and any(name in classes for name in guard))


def admits_to(subnet: Subnet, classes: Container[str] | None) -> bool:
    """Whether a subnet, and its shared network, are for a client in these classes."""
    return all(admits(guard, classes) for guard in subnet.client_classes)
