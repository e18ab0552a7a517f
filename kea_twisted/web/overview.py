"""The sections of the page about this server and its partners, in values that JSON has."""

from __future__ import annotations

from kea_twisted.jsonvalue import Json
from kea_twisted.web.health import is_ready
from kea_twisted.web.node import Node
from kea_twisted.web.partners import PartnerReports


def server(node: Node) -> dict[str, Json]:
    """Return the state of this server by itself."""
    found = node.host_system.lease_file()
    return {
        "now": round(node.now(), 1),
        "name": _name(node),
        "version": node.version,
        "started": node.started_at,
        "reloaded": node.reloaded_at,
        "ready": is_ready(node),
        "can-serve": node.can_serve(),
        "dhcp-state": node.service_state.describe(),
        "sockets": dict(node.sockets()),
        "leases": len(node.table.store),
        "lease-file": None if found is None else {"bytes": found[0], "written": round(found[1])},
    }


def pair(node: Node, reports: PartnerReports) -> list[dict[str, Json]]:
    """Return every relationship with both servers, and what the partner itself says of its state."""
    if node.ha is None:
        return []
    from kea_twisted.ha.overview import overview  # the HA library is for servers that have it

    found = []
    for service in node.ha.services:
        made = overview(service.relationship, service.driver.now())
        for each in made["servers"]:
            if not each["here"] and "state" in each:
                each["report"] = reports.of(each["name"])
        found.append(made)
    return found


def steps(node: Node) -> list[dict[str, Json]]:
    """Return the steps of all relationships, the latest first."""
    if node.ha is None:
        return []
    from kea_twisted.ha.overview import timeline

    found = [step for service in node.ha.services for step in timeline(service.relationship)]
    return sorted(found, key=lambda step: float(step["at"]), reverse=True)


def _name(node: Node) -> str:
    return node.ha.services[0].relationship.name if node.ha is not None else ""
