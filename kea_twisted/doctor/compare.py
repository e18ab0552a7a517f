"""The part of a configuration that two partners have in common, and its differences.

Left out is what belongs to one machine or process: interfaces, sockets, loggers, files, credentials, its own name.
A picture of a server has nothing but this part, as it goes to its partner.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Final, NamedTuple

from kea_twisted.jsonvalue import Json

Tree = Mapping[str, Json]

_OWN: Final = frozenset(
    {
        "comment", "config-control", "control-socket", "control-sockets", "dhcp-ddns", "dhcp-queue-control",
        "hosts-database", "hosts-databases", "interface", "interfaces-config", "lease-database", "loggers",
        "multi-threading", "sanity-checks", "server-tag", "user-context",
    }
)  # fmt: skip
"""Keywords that are of one server, wherever they stand."""

_RELATIONSHIP: Final = (
    "delayed-updates-limit", "heartbeat-delay", "max-ack-delay", "max-rejected-lease-updates", "max-response-delay",
    "max-unacked-clients", "mode", "send-lease-updates", "sync-leases", "wait-backup-ack",
)  # fmt: skip
_PEER: Final = ("auto-failover", "name", "role", "url")
_AUTHENTICATION: Final = "authentication"

_IDENTIFIERS: Final = ("hw-address", "client-id", "duid", "circuit-id", "flex-id")

_KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "client-classes": ("name",),
    "hooks-libraries": ("library",),
    "option-data": ("space", "code"),
    "option-def": ("space", "code"),
    "peers": ("name",),
    "pools": ("pool",),
    "shared-networks": ("name",),
    "subnet4": ("subnet",),
}
"""The members that identify an entry of a list; its position does not count."""

TITLES: Final[Mapping[str, str]] = {
    "client-classes": "class", "hooks-libraries": "hook library", "high-availability": "relationship",
    "option-data": "option", "option-def": "option definition", "peers": "peer", "pools": "pool",
    "reservations": "reservation", "shared-networks": "shared network", "subnet4": "subnet",
}  # fmt: skip


_HEIRS: Final = (f"{TITLES['subnet4']} ", f"{TITLES['shared-networks']} ")
"""The beginnings of the titles of entries that inherit."""

_GROUPED: Final[Mapping[str, str]] = {
    "min-valid-lifetime": "valid-lifetime", "max-valid-lifetime": "valid-lifetime",
}  # fmt: skip
"""Keywords that have the value of another one where they are absent."""


class Difference(NamedTuple):
    """A place at which two configurations differ. A value is None where it is missing there.

    ``path`` are the entries and keywords that lead there, outermost first.
    """

    path: tuple[str, ...]
    first: Json
    second: Json

    def __str__(self) -> str:
        """Return the place as an operator names it."""
        return ", ".join(self.path)

    @property
    def is_default(self) -> bool:
        """True if a keyword, not an entry of a list, is missing on one side: a Kea may leave it at its default."""
        is_entry = self.path[-1].startswith(tuple(f"{title} " for title in TITLES.values()))
        return (self.first is None or self.second is None) and not is_entry


def common_part(dhcp4: Tree) -> dict[str, object]:
    """Return the part of a configuration that partners have in common; of reservations digests by identifier."""
    found = _shared(dhcp4)
    found["hooks-libraries"] = [_library(entry) for entry in _maps(dhcp4, "hooks-libraries")]
    return found


def _shared(section: Tree) -> dict[str, object]:
    shared: dict[str, object] = {}
    for name, value in section.items():
        if name in _OWN or name == "hooks-libraries":
            continue
        if name == "reservations":
            shared[name] = {_host_name(host): digest(host) for host in _maps(section, name)}
        elif name == "option-data":
            shared[name] = [_shared(each) for each in _maps(section, name) if each.get("code") != 54]
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            shared[name] = [_shared(each) for each in _maps(section, name)]
        else:
            shared[name] = _shared(value) if isinstance(value, dict) else value
    return shared


def _library(entry: Tree) -> dict[str, Json]:
    name = PurePosixPath(str(entry.get("library", ""))).name.removesuffix(".so")
    parameters = entry.get("parameters")
    relationships = [*_maps(parameters if isinstance(parameters, dict) else {}, "high-availability")]
    if not relationships:
        return {"library": name}
    return {"library": name, "high-availability": [_relationship(each) for each in relationships]}


def _relationship(tree: Tree) -> dict[str, Json]:
    found = {key: tree[key] for key in _RELATIONSHIP if key in tree}
    found["peers"] = [
        {key: peer[key] for key in _PEER if key in peer}
        | {_AUTHENTICATION: bool(peer.get("basic-auth-user") or peer.get("basic-auth-user-file"))}
        for peer in _maps(tree, "peers")
    ]
    context = tree.get("user-context")
    takeover = context.get("takeover") if isinstance(context, dict) else None
    return found | ({"takeover": takeover} if isinstance(takeover, dict) else {})


def differences(first: Tree, second: Tree) -> list[Difference]:
    """Return the differences of two common parts, in the order of the first, the outermost level before the others.

    A value that subnets and shared networks inherit is listed where it stands, not once more for each of them.
    """
    return list(_sources(sorted(_differences(first, second, ()), key=_is_inside)))


def _is_inside(found: Difference) -> bool:
    return found.path[0].startswith(_HEIRS)


def _sources(found: list[Difference]) -> Iterator[Difference]:
    """Leave out what comes from a difference further out, or from the keyword that sets the others of its group."""
    known = {(each.path, repr((each.first, each.second))) for each in found}
    for each in found:
        keyword, values = each.path[-1], repr((each.first, each.second))
        places = [(*each.path[:depth], keyword) for depth in _levels(each.path)]
        if keyword in _GROUPED:
            places += [(*place[:-1], _GROUPED[keyword]) for place in (*places, each.path)]
        if not any((place, values) in known for place in places):
            yield each


def _levels(path: tuple[str, ...]) -> Iterator[int]:
    """Yield the lengths of the paths to the levels from which an entry inherits."""
    for depth, step in enumerate(path[:-1]):
        if not step.startswith(_HEIRS):
            return
        yield depth


def _differences(first: object, second: object, path: tuple[str, ...]) -> Iterator[Difference]:
    if isinstance(first, dict) and isinstance(second, dict):
        for name in [*first, *(name for name in second if name not in first)]:
            yield from _members(name, first.get(name), second.get(name), path)
    elif first != second:
        yield Difference(path, first, second)


def _members(name: str, first: Json, second: Json, path: tuple[str, ...]) -> Iterator[Difference]:
    if name == "reservations":
        yield from _entries(name, first or {}, second or {}, path)
    elif name in _KEYS or name == "high-availability":
        yield from _entries(name, _by_key(name, first), _by_key(name, second), path)
    else:
        yield from _differences(first, second, (*path, name))


def _entries(name: str, first: Tree, second: Tree, path: tuple[str, ...]) -> Iterator[Difference]:
    for key in [*first, *(key for key in second if key not in first)]:
        yield from _differences(first.get(key), second.get(key), (*path, f"{TITLES[name]} {key}"))


def _by_key(name: str, entries: object) -> dict[str, object]:
    keys = _KEYS.get(name, ())
    found: dict[str, object] = {}
    for number, entry in enumerate(_maps({name: entries}, name), 1):
        found["/".join(str(entry.get(key, "")) for key in keys) if keys else str(number)] = entry
    return found


def digest(value: object) -> str:
    """Return a short digest of a value, by which values are compared without being shown."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()[:16]


def shown(value: object) -> str:
    """Return a value in a short form."""
    text = "nothing" if value is None else repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _host_name(host: Tree) -> str:
    return next((f"{kind} {host[kind]}" for kind in _IDENTIFIERS if host.get(kind)), "?")


def _maps(section: Tree, key: str) -> Iterator[dict[str, object]]:
    found = section.get(key)
    return (each for each in (found if isinstance(found, list) else ()) if isinstance(each, dict))
