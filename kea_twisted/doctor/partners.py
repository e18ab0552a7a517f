"""Checks between the servers of a pair: states, connections, clocks, leases, and differences of configuration."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Final

from kea_twisted.doctor.compare import Difference, differences, shown
from kea_twisted.doctor.finding import Finding, Severity, critical, note, warning
from kea_twisted.doctor.picture import Node, Picture, Tree
from kea_twisted.doctor.ways import SERVES, deaf, is_silence, remedy_of

SKEW: Final = 2.0
TOO_MUCH_SKEW: Final = 30.0
"""Seconds between the clocks; above 60 a pair of Kea ends its relationship."""

OWED: Final = 10
"""Owed updates that are more than those of a moment."""

SHOWN: Final = 10
"""Findings that a check lists singly."""

_NORMAL: Final = frozenset({"hot-standby", "load-balancing", "passive-backup", "backup"})
_UNDER_WAY: Final = frozenset({"waiting", "syncing", "ready"})
_IDENTITY: Final = {
    "peer-names-differ": "the peers have other names at its partner",
    "peer-roles-conflict": "both servers have one role",
}

_STATES: Final[dict[str, tuple[Callable[..., Finding], str, str]]] = {
    "terminated": (
        critical,
        "high availability has ended: each server serves its own clients, and none replaces the other",
        "set both clocks by NTP, then restart both servers (keadhcp-ctl command ha-reset on both)",
    ),
    "in-maintenance": (
        warning,
        "it is in maintenance, so its partner serves alone",
        "keadhcp-ctl maintenance cancel, asked of the partner, when the work is done",
    ),
    "partner-in-maintenance": (
        warning,
        "it serves alone, as its partner is in maintenance",
        "keadhcp-ctl maintenance cancel when the work is done",
    ),
    "communication-recovery": (
        warning,
        "it does not reach its partner, and collects what that has to know",
        "check the network between the two for the HA URLs",
    ),
    "partner-down": (
        warning,
        "it serves alone",
        "start its partner, or look into the partner's log why it does not return",
    ),
}


def states(picture: Picture) -> Iterator[Finding]:
    """Report HA states other than the normal ones."""
    for node in picture.known:
        if node.state in _STATES:
            make, fault, remedy = _STATES[node.state]
            yield make(f"{fault} (state {node.state})", remedy, node.name)
        elif node.state in _UNDER_WAY:
            reason = _held_by(picture, node)
            yield warning(
                f"it is in the state {node.state} and serves no client yet{reason and f': {reason}'}",
                "mend that: it goes on by itself then"
                if reason
                else "look again in a minute; keadhcp-ctl command ha-continue if a state-machine pause holds it",
                node.name,
            )


def _held_by(picture: Picture, node: Node) -> str:
    """Return the reason why a server does not get beyond a state in which it begins; "" where none is known."""
    partner = picture.other(node)
    own = node.watch.get("unable-to-serve") or deaf(node)
    theirs = deaf(partner)
    return str(
        own
        or next((node.watch[key] for key in _IDENTITY if node.watch.get(key)), "")
        or next((partner.watch[key] for key in _IDENTITY if partner is not None and partner.watch.get(key)), "")
        or (partner is not None and theirs and f"{partner.name}: {theirs}")
        or (partner is not None and is_cut(node) and f"{partner.name} does not answer it{_because(node)}")
        or ""
    )


def unserved(picture: Picture) -> Iterator[Finding]:
    """Report a pair of which both answer and neither serves clients."""
    if picture.pair and all(map(_serves_none, picture.pair)):
        yield critical(
            "neither server serves any client",
            "keadhcp-ctl command ha-reset on both; a standby without auto-failover waits for an operator: "
            """keadhcp-ctl command ha-scopes '{"scopes": ["SERVER NAME"]}'""",
        )


def _serves_none(node: Node) -> bool:
    return bool(node.state) and node.state not in _UNDER_WAY and not node.local.get("scopes")


def connections(picture: Picture) -> Iterator[Finding]:
    """Report servers that do not reach their partner over HTTP or whose DHCP service it does not answer."""
    for node in picture.known:
        remote, partner = node.remote, picture.other(node)
        if not remote or partner is None:
            continue
        name = remote.get("server-name") or partner.name
        if _is_unheard(node):
            alive = ", although that one's DHCP service answers it" if node.watch.get("verdict") == SERVES else ""
            yield critical(
                f"it does not reach {name} over HTTP at {_url(node, name)}{_because(node)}{alive}",
                _way_between(node, partner),
                node.name,
            )
        elif node.watch.get("probe-works") is False and partner.is_ours and node.state in _NORMAL:
            yield warning(
                f"{name} has answered none of its DHCP probes",
                f"let UDP port 67 pass between the two, or set 'dhcp-address' in the user-context of the peer {name}; "
                "until then a hung host is replaced by Kea's slower rule only",
                node.name,
            )


def is_cut(node: Node) -> bool:
    """Return True if a server does not reach its partner over HTTP."""
    return bool(node.remote.get("communication-interrupted")) or not node.remote.get("in-touch", True)


def _is_unheard(node: Node) -> bool:
    """Return True if a server does not reach its partner, unless that answers and they only do not fit together."""
    strangers = any(node.watch.get(key) for key in _IDENTITY)
    return is_cut(node) and not (strangers and not remedy_of(str(node.watch.get("trouble", ""))))


def _because(node: Node) -> str:
    trouble = node.watch.get("trouble")
    return f" ({trouble})" if trouble else ""


def _way_between(node: Node, partner: Node) -> str:
    """Return what to do about a server that does not reach its partner."""
    trouble = str(node.watch.get("trouble", ""))
    if fault := deaf(node):
        return f"mend what is wrong with {node.name} first: {fault}"
    if found := (remedy_of(trouble) if not is_silence(trouble) else ""):
        return found
    if node.watch.get("verdict") == SERVES or not partner.trouble:
        here = "" if partner.trouble else "; both answer here"
        return f"check addresses, firewalls, passwords and certificates between the two{here}"
    return remedy_of(partner.trouble) or "it or its network is down"


def updates(picture: Picture) -> Iterator[Finding]:
    """Report lease updates that the partner lacks or refuses."""
    for node in picture.known:
        owed, rejected = node.watch.get("owed-updates", 0), node.watch.get("rejected-updates", ())
        if owed > OWED and node.state in _NORMAL:
            yield warning(f"{owed} lease updates are owed to its partner", "keadhcp-ctl command ha-repair", node.name)
        if rejected:
            first = rejected[0]
            yield warning(
                f"its partner refuses {len(rejected)} leases, the first {first['ip-address']}: {first['reason']}",
                "make subnets and pools of both servers alike, then keadhcp-ctl command ha-repair",
                node.name,
            )


def identities(picture: Picture) -> Iterator[Finding]:
    """Report names, roles and subnet ids that do not fit together, as the servers have noticed themselves."""
    for node in picture.known:
        for key, fault in _IDENTITY.items():
            if text := node.watch.get(key):
                yield critical(f"{fault}: {text}", "give 'peers' alike in both files; see docs/ha.md", node.name)


def clocks(picture: Picture) -> Iterator[Finding]:
    """Report clocks that differ."""
    skews = [abs(float(node.remote.get("clock-skew") or 0)) for node in picture.known if node.remote.get("in-touch")]
    if picture.pair:
        skews.append(abs(picture.pair[0].ahead - picture.pair[1].ahead))
    skew = max(skews, default=0.0)
    if skew > SKEW:
        make = critical if skew >= TOO_MUCH_SKEW else warning
        yield make(f"the clocks of the servers differ by {skew:.0f} s", "run NTP on both; at 60 s they part")


def versions(picture: Picture) -> Iterator[Finding]:
    """Report two servers of this kind with different versions."""
    if picture.pair and all(node.is_ours for node in picture.pair):
        first, second = (node.answer.get("version") for node in picture.pair)
        if first != second:
            yield warning(
                f"{picture.pair[0].name} has version {first}, {picture.pair[1].name} {second}",
                "install the same version on both, the standby first",
            )


def leases(picture: Picture) -> Iterator[Finding]:
    """Report subnets of which the servers know different numbers of leases."""
    if not picture.pair or any(node.state not in _NORMAL for node in picture.pair):
        return
    there = {subnet.prefix: subnet for subnet in picture.pair[1].subnets}
    for subnet in picture.pair[0].subnets:
        other = there.get(subnet.prefix)
        if other is None:
            continue
        gap = abs(subnet.assigned - other.assigned)
        if gap > max(OWED, 0.02 * max(subnet.assigned, other.assigned)):
            yield warning(
                f"subnet {subnet.id} {subnet.prefix}: {picture.pair[0].name} has {subnet.assigned} leases, "
                f"{picture.pair[1].name} {other.assigned}",
                "keadhcp-ctl command ha-repair; beside a Kea: "
                """keadhcp-ctl command ha-sync '{"server-name": "PARTNER"}' on the one that lacks some""",
            )


def configurations(picture: Picture) -> Iterator[Finding]:
    """Report the differences of the configurations, but for what must differ."""
    if not picture.pair:
        return
    if not all(node.common for node in picture.pair):
        for node in picture.pair:
            if not node.common:
                yield note(
                    "its configuration cannot be compared: it does not show it to its partner",
                    "compare config-get of both over their control sockets",
                    node.name,
                )
        return
    first, second = picture.pair
    unlike = first.is_ours is not second.is_ours
    found = sorted(
        (
            _difference(each, first, second)
            for each in differences(first.common, second.common)
            if not (unlike and each.is_default)
        ),
        key=lambda each: -each.severity,
    )
    yield from islice(found, SHOWN)
    if len(found) > SHOWN:
        yield Finding(
            found[SHOWN].severity,
            f"{len(found) - SHOWN} more differences between the configurations",
            "keadhcp-ctl config compare lists all of them",
        )


_GRAVE: Final = ("subnet ", "pool ", "peer ", "shared network ", "hook library ")
"""Entries without which a server cannot serve clients of its partner."""


def _difference(found: Difference, first: Node, second: Node) -> Finding:
    last = found.path[-1]
    remedy = f"make it the same in both files and reload (now {shown(found.first)} and {shown(found.second)})"
    if found.first is None or found.second is None:
        has, lacks = (first, second) if found.second is None else (second, first)
        grave = last.startswith(_GRAVE)
        return Finding(
            Severity.CRITICAL if grave else Severity.WARNING,
            f"{found}: in the configuration of {has.name} only",
            f"add it to the file of {lacks.name}, or remove it from the other, and reload",
            lacks.name,
        )
    grave = last == "id" or (last in ("role", "url") and "peer " in found.path[-2])
    return Finding(Severity.CRITICAL if grave else Severity.WARNING, f"{found}: differs between the servers", remedy)


def _url(node: Node, name: str) -> str:
    peers: tuple[Tree, ...] = node.peers
    return next((str(peer.get("url")) for peer in peers if peer.get("name") == name), "its URL")
