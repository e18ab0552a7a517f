"""The assignment of a hub's subnets to its relationships."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from kea_twisted.config.model import Settings

SERVER_NAME: Final = "ha-server-name"


def server_names(settings: Settings) -> dict[int, str]:
    """The peer that each subnet names, by subnet id; what a subnet does not say, its shared network does.

    "" is what cannot be a name.
    """
    networks = {
        network.get("name"): _server_name(network.get("user-context"))
        for network in settings.tree.get("shared-networks", ())
    }
    found: dict[int, str] = {}
    for subnet in settings.subnets:
        name = _server_name(subnet.user_context)
        if name is None:
            name = networks.get(subnet.shared_network)
        if name is not None:
            found[subnet.id] = name
    return found


def _server_name(context: object) -> str | None:
    if not isinstance(context, Mapping) or SERVER_NAME not in context:
        return None
    name = context[SERVER_NAME]
    return name if isinstance(name, str) else ""
