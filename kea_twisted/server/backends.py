"""Backends of databases by the type that the configuration names: their modules are imported when they are needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kea_twisted.adapters.sql.drivers import from_table
from kea_twisted.errors import LeasesUnusable


def backend_class(backends: Mapping[str, str], kind: str, contents: str) -> Callable[..., Any]:
    """Return the class of a type. Raises LeasesUnusable if its driver is missing; ``contents`` names what it stores.

    ``backends`` has a row ``type -> module:class`` for each type.
    """
    try:
        found: Callable[..., Any] = from_table(backends, kind, contents)
    except ValueError as error:
        raise LeasesUnusable(f"Unable to open database: {error}") from error
    return found
