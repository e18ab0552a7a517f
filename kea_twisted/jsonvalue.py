"""The type of decoded JSON, as configurations, commands and answers have it."""

from __future__ import annotations

from typing import Any, TypeAlias

Json: TypeAlias = Any
"""A decoded JSON value. Its readers check the type of each part before use, which the type checker cannot demand."""
