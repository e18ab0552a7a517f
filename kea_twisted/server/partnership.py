"""The relationships with other servers, as the composition of the server needs them.

A library that has them says so in its class (``KeaLibrary.relationships``); where none is configured, nothing of
high availability is imported. The partner's protocol and its HTTP client would be more than a quarter of what a start
without them costs.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from kea_twisted.config.model import Settings
from kea_twisted.libraries import lookup

if TYPE_CHECKING:
    from kea_twisted.ha.settings import HaSettings


def relationships(settings: Settings) -> tuple[HaSettings, ...]:
    """Return the relationships that are configured; that they are right has been checked."""
    return tuple(
        each for _, kind in lookup.configured(settings.hooks_libraries) for each in kind.relationships(settings)
    )


def own_names(relationships: Iterable[HaSettings]) -> list[str]:
    """Return the host names in this server's own URLs."""
    return [one.me.url.host for one in relationships if one.me.url.is_named]
