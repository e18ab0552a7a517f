"""Import of the modules that need a database driver, when one is configured: the drivers are extras."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any


def from_table(table: Mapping[str, str], kind: str, contents: str) -> Any:  # noqa: ANN401 - as the table has it
    """Return what ``table`` names for a type, as ``module:name``. Raises ValueError if the driver is missing.

    ``contents`` names what is stored.
    """
    module, _, name = table[kind].partition(":")
    try:
        return getattr(import_module(module), name)
    except ImportError as error:
        hint = f"{contents} of type '{kind}' need a driver: pip install 'kea-twisted[{kind}]'"
        raise ValueError(f"{hint} ({error})") from error
