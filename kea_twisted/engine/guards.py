"""Access to networks, subnets and pools by ``client-classes``."""

from __future__ import annotations

from collections.abc import Container

from kea_twisted.config.model import Subnet


def admits(guard: tuple[str, ...], classes: Container[str] | None) -> bool:
    """Return True if a guard of these classes admits a client in those (None: in no class)."""
    return not guard or (classes is not None and any(name in classes for name in guard))


def admits_to(subnet: Subnet, classes: Container[str] | None) -> bool:
    """Return True if a subnet and its shared network admit a client in these classes."""
    return all(admits(guard, classes) for guard in subnet.client_classes)
