"""The building blocks of scenes: parts of configurations, and the options that clients ask for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .walks import Habits

SOCKET = "control.sock"


def configuration(**more: Any) -> dict[str, Any]:
    """Make what all have in common; ``_`` in names means ``-``."""
    base: dict[str, Any] = {
        "interfaces-config": {"interfaces": ["em1"]},
        "control-sockets": [{"socket-type": "unix", "socket-name": SOCKET}],
        "cache-threshold": 0.0,
        "expired-leases-processing": {
            "reclaim-timer-wait-time": 0,
            "flush-reclaimed-timer-wait-time": 0,
            "hold-reclaimed-time": 0,
        },
    }
    return {**base, **{name.replace("_", "-"): value for name, value in more.items()}}


@dataclass(frozen=True)
class Scene:
    """A configuration, its clients, and how many messages they send."""

    name: str
    config: dict[str, Any]
    habits: Habits
    count: int = 150


def subnet(number: int, **more: Any) -> dict[str, Any]:
    made: dict[str, Any] = {
        "id": number,
        "subnet": f"10.0.{number - 1}.0/24",
        "pools": [{"pool": f"10.0.{number - 1}.10 - 10.0.{number - 1}.19"}],
    }
    return {**made, **{name.replace("_", "-"): value for name, value in more.items()}}


def option(name: str | int, data: str, **more: Any) -> dict[str, Any]:
    key = "name" if isinstance(name, str) else "code"
    return {key: name, "data": data, **{word.replace("_", "-"): value for word, value in more.items()}}


EVERY_CODE = bytes(range(1, 255))
