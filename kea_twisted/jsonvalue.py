"""The type of decoded JSON, as configurations, commands and answers have it."""

from __future__ import annotations

from typing import Any, Final, TypeAlias

Json: TypeAlias = Any
"""A decoded JSON value. Its readers check the type of each part before use, which the type checker cannot demand."""

MASK: Final = "*****"
"""Stands where a secret is not shown, as in Kea's log."""

SECRET_ENDINGS: Final = ("password", "secret")
"""The ends of the names, in any case, of members that are secret."""
