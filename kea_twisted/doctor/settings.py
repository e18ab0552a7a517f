"""Checks of settings that cannot work as they are meant, and of the file that the next start reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kea_twisted.doctor.compare import differences
from kea_twisted.doctor.finding import Finding, critical, warning
from kea_twisted.doctor.picture import Node, Picture
from kea_twisted.jsonvalue import Json

_DEFAULT_INTERVAL: Final = 1000
"""Milliseconds of ask-interval."""


def heartbeats(picture: Picture) -> Iterator[Finding]:
    """Report heartbeats so rare that the partner is given up between two of them."""
    for node in _with_partner(picture):
        interval, limit = node.settings.get("heartbeat-delay", 10000), node.settings.get("max-response-delay", 60000)
        if node.by_evidence:
            interval = min(interval, node.settings.get("takeover", {}).get("ask-interval", _DEFAULT_INTERVAL))
        if interval >= limit:
            yield critical(
                f"it asks its partner every {interval} ms and gives it up after {limit} ms: one late answer is enough",
                "set max-response-delay to several times heartbeat-delay",
                node.name,
            )


def unacked_clients(picture: Picture) -> Iterator[Finding]:
    """Report takeovers that need more waiting clients than there are."""
    for node in _with_partner(picture):
        needed, clients = node.settings.get("max-unacked-clients", 10), sum(each.assigned for each in node.subnets)
        if needed and clients <= needed and not node.by_evidence and node.subnets:
            yield critical(
                f"it takes over when more than {needed} clients wait for the partner (max-unacked-clients), and there "
                f"are {clients}",
                "set max-unacked-clients to 0, or leave 'by-evidence' at true",
                node.name,
            )


def failover(picture: Picture) -> Iterator[Finding]:
    """Report peers that wait for an operator when their partner dies."""
    for node in _with_partner(picture):
        for peer in node.peers:
            if peer.get("name") == node.name and peer.get("auto-failover") is False and peer.get("role") != "backup":
                yield warning(
                    "it does not take over by itself: auto-failover of its peer is false",
                    "set auto-failover to true, unless an operator is to decide (ha-scopes)",
                    node.name,
                )


def exchange(picture: Picture) -> Iterator[Finding]:
    """Report pairs that do not tell each other of their leases."""
    for node in _with_partner(picture):
        if node.settings.get("send-lease-updates") is False:
            yield critical(
                "it does not tell its partner of leases (send-lease-updates): a takeover gives addresses twice",
                "set send-lease-updates to true, unless both write to one lease database",
                node.name,
            )
        elif node.settings.get("sync-leases") is False:
            yield warning(
                "it does not fetch its partner's leases when it returns (sync-leases)",
                "set sync-leases to true, unless both write to one lease database",
                node.name,
            )


def short_leases(picture: Picture) -> Iterator[Finding]:
    """Report leases that end before Kea's rule lets a server take over."""
    for node in _with_partner(picture):
        limit = node.settings.get("max-response-delay", 60000) / 1000
        for path, lifetime in _lifetimes(node):
            if lifetime <= limit:
                yield warning(
                    f"leases{path} last {lifetime} s, a silent partner is given up after {limit:.0f} s: clients lose "
                    "their addresses before a takeover by Kea's rule",
                    "raise valid-lifetime above twice max-response-delay",
                    node.name,
                )


def shared_pools(picture: Picture) -> Iterator[Finding]:
    """Report load-balancing in which both servers give addresses from one pool."""
    for node in _with_partner(picture):
        if node.settings.get("mode") != "load-balancing":
            continue
        open_pools = [pool["pool"] for subnet in _subnets(node) for pool in subnet.get("pools", ()) if not _half(pool)]
        if open_pools and not any(_half(subnet) for subnet in _subnets(node)):
            yield warning(
                f"both servers give addresses from the pool {open_pools[0]}: while they do not hear each other they "
                "may give one twice",
                "split it in two pools with client-classes HA_ and the name of each server (docs/ha.md)",
            )
            return


def file_is_broken(picture: Picture) -> Iterator[Finding]:
    """Report a configuration file with which the next start fails."""
    if picture.file.trouble:
        yield critical(
            f"the file {picture.file.path} is broken, the next start fails: {picture.file.trouble}",
            f"mend it; keadhcp-ctl config check {picture.file.path}",
        )


def file_differs(picture: Picture) -> Iterator[Finding]:
    """Report a file that is not what the server runs with."""
    node = picture.nodes[0] if picture.nodes else None
    if picture.file.common is None or node is None or not node.common:
        return
    found = differences(picture.file.common, node.common)
    if found:
        more = f" and {len(found) - 1} more" if len(found) > 1 else ""
        yield warning(
            f"it does not run with what is in {picture.file.path}: {found[0]}{more}",
            "keadhcp-ctl config reload takes the file, keadhcp-ctl config write what is in force",
            node.name,
        )


def file_is_readable(picture: Picture) -> Iterator[Finding]:
    """Report passwords that every user of the machine can read."""
    if picture.file.has_password and picture.file.others_may_read:
        yield warning(
            f"every user of this machine can read the passwords in {picture.file.path}",
            f"chmod o-r {picture.file.path}, and change the passwords",
        )


def _with_partner(picture: Picture) -> Iterator[Node]:
    return (node for node in picture.known if node.settings and node.settings.get("mode") != "passive-backup")


def _subnets(node: Node) -> Iterator[dict[str, Json]]:
    yield from node.common.get("subnet4", ())
    for network in node.common.get("shared-networks", ()):
        yield from network.get("subnet4", ())


def _half(section: dict[str, Json]) -> bool:
    return any(str(name).startswith("HA_") for name in section.get("client-classes", ()))


def _lifetimes(node: Node) -> Iterator[tuple[str, int]]:
    """Yield where a lifetime stands and its value, each value once."""
    found = {node.common.get("valid-lifetime", 7200): ""}
    for subnet in _subnets(node):
        if "valid-lifetime" in subnet:
            found.setdefault(subnet["valid-lifetime"], f" in subnet {subnet.get('subnet')}")
    return ((path, lifetime) for lifetime, path in found.items())
