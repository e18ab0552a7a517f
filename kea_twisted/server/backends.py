"""Backends of databases by the type that the configuration names: their modules are imported when they are needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from kea_twisted.errors import LeasesUnusable


def backend_class(backends: Mapping[str, str], kind: str, contents: str) -> Callable[..., Any]:
    """Return the class of a type. Raises LeasesUnusable if its driver is missing; ``contents`` names what it stores.

    ``backends`` has a row ``type -> module:class`` for each type.
    """
    module, _, name = backends[kind].partition(":")
    try:
        found: Callable[..., Any] = getattr(import_module(module), name)
    except ImportError as error:  # the driver is an extra
        hint = f"{contents} of type '{kind}' need a driver: pip install 'kea-twisted[{kind}]'"
        raise LeasesUnusable(f"Unable to open database: {hint} ({error})") from error
    return found
