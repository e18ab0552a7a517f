"""The parameters of ``libdhcp_ha``: keys, defaults and rules, as in Kea's ``ha_config_parser.cc``.

``parse`` reports every finding with its place. Served is hot-standby with any number of backups, over plain
HTTP; what Kea knows beyond that is refused by name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from kea_twisted.config.model import HookLibrary
from kea_twisted.config.text import key_place, place_of
from kea_twisted.errors import Place, Problems
from kea_twisted.ha.states import State
from kea_twisted.ha.url import Url, parse_url

LIBRARY: Final = "libdhcp_ha"
LEASE_COMMANDS: Final = "libdhcp_lease_cmds"

PRIMARY: Final = "primary"
STANDBY: Final = "standby"
SECONDARY: Final = "secondary"
BACKUP: Final = "backup"
ROLES: Final = (PRIMARY, SECONDARY, STANDBY, BACKUP)

HOT_STANDBY: Final = "hot-standby"
LOAD_BALANCING: Final = "load-balancing"
PASSIVE_BACKUP: Final = "passive-backup"
MODES: Final = (HOT_STANDBY, LOAD_BALANCING, PASSIVE_BACKUP)

UINT32: Final = 0xFFFFFFFF


class Key(NamedTuple):
    """One keyword: its JSON type, and its default (None: no default)."""

    name: str
    type: type
    default: Any = None


RELATIONSHIP_KEYS: Final = (
    Key("this-server-name", str),
    Key("mode", str),
    Key("peers", list),
    Key("heartbeat-delay", int, 10000),
    Key("max-response-delay", int, 60000),
    Key("max-ack-delay", int, 10000),
    Key("max-unacked-clients", int, 10),
    Key("max-rejected-lease-updates", int, 10),
    Key("delayed-updates-limit", int, 0),
    Key("send-lease-updates", bool, True),
    Key("sync-leases", bool, True),
    Key("sync-timeout", int, 60000),
    Key("sync-page-limit", int, 10000),
    Key("wait-backup-ack", bool, False),
    Key("restrict-commands", bool, True),
    Key("require-client-certs", bool, True),
    Key("trust-anchor", str, ""),
    Key("cert-file", str, ""),
    Key("key-file", str, ""),
    Key("multi-threading", dict, {}),
    Key("state-machine", dict, {}),
    Key("comment", str, ""),
    Key("user-context", dict, {}),
)
PEER_KEYS: Final = (
    Key("name", str),
    Key("url", str),
    Key("role", str),
    Key("auto-failover", bool, True),
    Key("basic-auth-user", str, ""),
    Key("basic-auth-user-file", str, ""),
    Key("basic-auth-password", str, ""),
    Key("basic-auth-password-file", str, ""),
    Key("trust-anchor", str, ""),
    Key("cert-file", str, ""),
    Key("key-file", str, ""),
    Key("comment", str, ""),
    Key("user-context", dict, {}),
)
MULTI_THREADING_KEYS: Final = (
    Key("enable-multi-threading", bool, True),
    Key("http-dedicated-listener", bool, True),
    Key("http-listener-threads", int, 0),
    Key("http-client-threads", int, 0),
)
STATE_MACHINE_KEYS: Final = (Key("states", list, []),)
STATE_KEYS: Final = (Key("state", str), Key("pause", str, "never"))

NOT_SERVED: Final = {
    "trust-anchor": "TLS between the servers is not supported yet",
    "cert-file": "TLS between the servers is not supported yet",
    "key-file": "TLS between the servers is not supported yet",
    "basic-auth-user": "authentication between the servers is not supported yet",
    "basic-auth-user-file": "authentication between the servers is not supported yet",
    "basic-auth-password": "authentication between the servers is not supported yet",
    "basic-auth-password-file": "authentication between the servers is not supported yet",
}
PAUSES: Final = ("never", "once", "always")


@dataclass(frozen=True)
class Peer:
    """One of ``peers``."""

    name: str
    url: Url
    role: str
    auto_failover: bool = True

    @property
    def label(self) -> str:
        """``server1 (http://10.0.0.1:8000/)``, as the log names a peer."""
        return f"{self.name} ({self.url.text})"


@dataclass(frozen=True)
class HaSettings:
    """One relationship, ready for use; all times in seconds."""

    this_server_name: str
    peers: tuple[Peer, ...]
    mode: str = HOT_STANDBY
    id: int = 0
    heartbeat_delay: float = 10.0
    max_response_delay: float = 60.0
    max_ack_delay: float = 10.0
    max_unacked_clients: int = 10
    max_rejected_lease_updates: int = 10
    delayed_updates_limit: int = 0
    send_lease_updates: bool = True
    sync_leases: bool = True
    sync_timeout: float = 60.0
    sync_page_limit: int = 10000
    wait_backup_ack: bool = False
    restrict_commands: bool = True
    pauses: Mapping[State, str] = field(default_factory=dict)

    @property
    def me(self) -> Peer:
        """This server's own entry."""
        return self.peer(self.this_server_name)

    @property
    def partner(self) -> Peer:
        """The other active server; ValueError on a backup, which has none."""
        if self.me.role != BACKUP:
            for peer in self.peers:
                if peer.name != self.this_server_name and peer.role != BACKUP:
                    return peer
        raise ValueError(f"{self.this_server_name} has no failover partner")

    @property
    def backups(self) -> tuple[Peer, ...]:
        """The other servers that only take updates."""
        return tuple(p for p in self.peers if p.role == BACKUP and p.name != self.this_server_name)

    @property
    def local_origin(self) -> int:
        """Who holds the DHCP service when this relationship does."""
        return 1000 + self.id

    @property
    def remote_origin(self) -> int:
        """Who holds the partner's DHCP service when this server asks for it."""
        return 2000 + self.id

    def peer(self, name: str) -> Peer:
        """The peer of this name; KeyError for no such peer."""
        for peer in self.peers:
            if peer.name == name:
                return peer
        raise KeyError(name)


def check(libraries: Sequence[HookLibrary], problems: Problems) -> None:
    """Report what is wrong with the HA library among those configured; nothing to say when there is none."""
    settings_of(libraries, problems)


def settings_of(libraries: Sequence[HookLibrary], problems: Problems) -> HaSettings | None:
    """The relationship that ``hooks-libraries`` asks for; None without one or with errors in ``problems``."""
    library = next((one for one in libraries if one.base_name == LIBRARY), None)
    if library is None:
        return None
    settings = parse(library.parameters, problems, library.place)
    loaded = any(one.base_name == LEASE_COMMANDS for one in libraries)
    if settings and not loaded and (settings.send_lease_updates or settings.sync_leases):
        # Kea starts, and then every synchronization and every update fails with "command not supported".
        problems.error(library.place, f"{LIBRARY} needs {LEASE_COMMANDS} in hooks-libraries, too: "
                       "the servers exchange leases by its commands")
        return None
    return settings


def parse(parameters: Any, problems: Problems, place: Place | None = None) -> HaSettings | None:
    """The relationship in the parameters of the library; None when there were errors."""
    if not isinstance(parameters, Mapping) or "high-availability" not in parameters:
        problems.error(place, "'high-availability' is missing in the parameters of libdhcp_ha")
        return None
    where = place_of(parameters, "high-availability") or place
    relationships = parameters["high-availability"]
    if not isinstance(relationships, list):
        problems.error(where, "'high-availability' must be a list")
        return None
    if len(relationships) != 1:
        problems.error(
            (place_of(relationships, 1) or where) if relationships else where,
            "several HA relationships are not supported yet" if relationships
            else "'high-availability' must not be empty",
        )
        return None
    return _relationship(relationships[0], place_of(relationships, 0) or where, problems)


def _relationship(tree: Any, place: Place | None, problems: Problems) -> HaSettings | None:
    before = len(problems.errors)
    values = _values(tree, RELATIONSHIP_KEYS, place, "high-availability", problems)
    threading = _values(values["multi-threading"], MULTI_THREADING_KEYS, place, "multi-threading", problems)
    if not (threading["enable-multi-threading"] and threading["http-dedicated-listener"]):
        problems.error(
            place_of(tree, "multi-threading"),
            "HA without its dedicated HTTP listener is not supported yet: multi-threading with "
            "enable-multi-threading and http-dedicated-listener true is needed",
        )
    peers = tuple(_peers(values["peers"] or [], place_of(tree, "peers"), problems))
    _check_mode(tree, values, place, problems)
    _check_roles(values["mode"], peers, place_of(tree, "peers") or place, problems)
    name = values["this-server-name"]
    if name is not None and peers and all(peer.name != name for peer in peers):
        problems.error(
            place_of(tree, "this-server-name"), f"'this-server-name' is '{name}', but no peer has this name"
        )
    pauses = _pauses(values["state-machine"], place_of(tree, "state-machine"), problems)
    if len(problems.errors) > before:
        return None
    return HaSettings(
        this_server_name=name,
        peers=peers,
        mode=values["mode"],
        heartbeat_delay=values["heartbeat-delay"] / 1000,
        max_response_delay=values["max-response-delay"] / 1000,
        max_ack_delay=values["max-ack-delay"] / 1000,
        max_unacked_clients=values["max-unacked-clients"],
        max_rejected_lease_updates=values["max-rejected-lease-updates"],
        delayed_updates_limit=values["delayed-updates-limit"],
        send_lease_updates=values["send-lease-updates"],
        sync_leases=values["sync-leases"],
        sync_timeout=values["sync-timeout"] / 1000,
        sync_page_limit=values["sync-page-limit"],
        wait_backup_ack=values["wait-backup-ack"],
        restrict_commands=values["restrict-commands"],
        pauses=pauses,
    )


def _check_mode(tree: Any, values: Mapping[str, Any], place: Place | None, problems: Problems) -> None:
    mode = values["mode"]
    if mode is None:
        return
    if mode not in MODES:
        problems.error(place_of(tree, "mode"), f"'mode' is '{mode}', but must be one of {', '.join(MODES)}")
    elif mode != HOT_STANDBY:
        problems.error(place_of(tree, "mode"), f"the {mode} mode is not supported yet")
    if mode != PASSIVE_BACKUP and values["wait-backup-ack"]:
        problems.error(place_of(tree, "wait-backup-ack"), f"'wait-backup-ack' must be false in {mode} mode")
    if mode != LOAD_BALANCING and values["delayed-updates-limit"]:
        problems.error(
            place_of(tree, "delayed-updates-limit"), f"'delayed-updates-limit' must be 0 in {mode} mode"
        )
    if values["sync-page-limit"] == 0:
        problems.error(place_of(tree, "sync-page-limit"), "'sync-page-limit' must not be 0")


ROLES_OF: Final = {
    # mode: (needed, not allowed)
    HOT_STANDBY: ((PRIMARY, STANDBY), (SECONDARY,)),
    LOAD_BALANCING: ((PRIMARY, SECONDARY), (STANDBY,)),
    PASSIVE_BACKUP: ((PRIMARY,), (SECONDARY, STANDBY)),
}


def _check_roles(
    mode: str | None, peers: tuple[Peer, ...], place: Place | None, problems: Problems
) -> None:
    roles = Counter(peer.role for peer in peers)
    for role in (PRIMARY, SECONDARY, STANDBY):
        if roles[role] > 1:
            problems.error(place, f"there can be only one {role} server")
    needed, forbidden = ROLES_OF.get(mode or "", ((), ()))
    for role in needed:
        if not roles[role]:
            problems.error(place, f"{mode} mode needs a {role} server")
    for role in forbidden:
        if roles[role]:
            problems.error(place, f"a {role} server has no place in {mode} mode")


def _peers(trees: Any, place: Place | None, problems: Problems) -> Iterator[Peer]:
    names: set[str] = set()
    for index, tree in enumerate(trees):
        values = _values(tree, PEER_KEYS, place_of(trees, index) or place, "peers", problems)
        name, role, url = values["name"], values["role"], None
        if name == "":
            problems.error(place_of(tree, "name"), "the name of a peer must not be empty")
        if name in names:
            problems.error(place_of(tree, "name"), f"there is more than one peer with the name '{name}'")
        if role is not None and role not in ROLES:
            problems.error(
                place_of(tree, "role"), f"'role' is '{role}', but must be one of {', '.join(ROLES)}"
            )
        if values["url"] is not None:
            with problems.catching(place_of(tree, "url")):
                url = parse_url(values["url"])
        if name is not None and role in ROLES and url is not None:
            names.add(name)
            yield Peer(name, url, role, values["auto-failover"])


def _pauses(tree: Any, place: Place | None, problems: Problems) -> Mapping[State, str]:
    pauses: dict[State, str] = {}
    states = _values(tree, STATE_MACHINE_KEYS, place, "state-machine", problems)["states"]
    for index, entry in enumerate(states):
        values = _values(entry, STATE_KEYS, place_of(states, index) or place, "states", problems)
        name, pause = values["state"], values["pause"]
        state = State.named(name or "")
        if name is not None and (state is None or state is State.UNAVAILABLE):
            problems.error(place_of(entry, "state"), f"there is no HA state '{name}'")
        elif state in pauses:
            problems.error(place_of(entry, "state"), f"the state '{name}' is configured twice")
        if pause not in PAUSES:
            problems.error(
                place_of(entry, "pause"), f"'pause' is '{pause}', but must be one of {', '.join(PAUSES)}"
            )
        if state is not None:
            pauses[state] = pause
    return pauses


TYPE_NAMES: Final = {str: "a string", bool: "true or false", int: "an integer", list: "a list", dict: "a map"}


def _values(
    tree: Any, keys: tuple[Key, ...], place: Place | None, what: str, problems: Problems
) -> dict[str, Any]:
    """The values of a map with defaults filled in; None for a key that is needed and missing or wrong."""
    values = {key.name: key.default for key in keys}
    if not isinstance(tree, Mapping):
        problems.error(place, f"an entry of '{what}' must be a map")
        return values
    types: dict[str, type] = {key.name: key.type for key in keys}
    for name, value in tree.items():
        if name not in types:
            problems.warning(key_place(tree, name), f"'{name}' is not known in '{what}' and has no effect")
        elif not isinstance(value, types[name]) or (types[name] is int and isinstance(value, bool)):
            problems.error(place_of(tree, name), f"'{name}' must be {TYPE_NAMES[types[name]]}")
        elif types[name] is int and not _is_uint32(value):
            problems.error(place_of(tree, name), f"'{name}' must be between 0 and {UINT32}")
        elif name in NOT_SERVED and value:
            problems.error(key_place(tree, name), f"'{name}': {NOT_SERVED[name]}")
        else:
            values[name] = value
    for key in keys:
        if key.default is None and key.name not in tree:
            problems.error(place, f"'{key.name}' is missing in '{what}'")
    return values


def _is_uint32(value: Any) -> bool:
    return bool(0 <= value <= UINT32)
