"""Kea's hook libraries at work without a server around them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from kea_twisted.config.model import Settings
from kea_twisted.hooks.chain import HookChain
from kea_twisted.libraries.base import KeaLibrary
from kea_twisted.libraries.lookup import configured


def put_to_work(
    settings: Settings, hooks: HookChain, log: Any, table: Any = None, make: Any = None, /, **host: Any
) -> KeaLibrary:
    """Load the one library of a configuration and register it; ``make`` is for one with other collaborators."""
    ((entry, kind),) = configured(settings.hooks_libraries)
    log.add(kind.events)
    library: KeaLibrary = (make or kind)(entry.parameters)
    library.load(SimpleNamespace(log=log, number=1, table=table, reactor=None, **host))  # type: ignore[arg-type]
    library.register(hooks)
    for callback in hooks.dhcp4_srv_configured:
        callback(settings)
    return library
