"""Exchanges recorded with a real Kea: groups of requests and answers, each with the configuration it was asked under.

They lie in ``tests/data/kea-answers``: a file for each group, and the configurations in a folder of their own.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).parents[1] / "data" / "kea-answers"
_CONFIGURATIONS: Final = {
    "ha": ("ha", "http-partner"),
    "subnets": ("subnets", "networks", "stat-leases", "others"),
    "hosts": ("hosts-add", "hosts-get", "hosts-change"),
    "classes": ("classes",),
}
_CONFIGURATION_OF: Final = {group: name for name, groups in _CONFIGURATIONS.items() for group in groups}


def groups() -> list[str]:
    """Return the names of all groups."""
    return sorted(path.stem for path in FOLDER.glob("*.json"))


def exchanges(group: str) -> list[dict[str, Any]]:
    """Return the exchanges of a group in their order, each with ``request`` and ``answer``."""
    found: list[dict[str, Any]] = json.loads((FOLDER / f"{group}.json").read_text())
    return found


def configuration_of(group: str) -> str:
    """Return the name of the configuration that a group was asked under."""
    return _CONFIGURATION_OF.get(group, "leases")


def configuration(name: str) -> dict[str, Any]:
    """Return a ``Dhcp4`` map by its name: leases, ha, subnets, hosts or classes."""
    tree: dict[str, Any] = json.loads((FOLDER / "configurations" / f"{name}.json").read_text())["Dhcp4"]
    return tree
