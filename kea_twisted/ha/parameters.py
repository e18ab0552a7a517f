"""The parameters of ``libdhcp_ha``: keys, defaults and rules, as in Kea's ``ha_config_parser.cc``.

``parse`` reports every finding with its place. Files (certificates, passwords) are looked at by
``adapters.hafiles``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Final, NamedTuple

from kea_twisted.config.model import ControlClient, HookLibrary, TlsFiles
from kea_twisted.config.text import key_place, place_of
from kea_twisted.errors import Place, Problems
from kea_twisted.ha.settings import (
    HOT_STANDBY,
    LOAD_BALANCING,
    MODES,
    PASSIVE_BACKUP,
    PRIMARY,
    ROLES,
    SECONDARY,
    STANDBY,
    HaSettings,
    Peer,
    Watch,
)
from kea_twisted.ha.states import State
from kea_twisted.ha.url import parse_url
from kea_twisted.jsonvalue import Json
from kea_twisted.wire.address import address_number

LIBRARY: Final = "libdhcp_ha"
LEASE_COMMANDS: Final = "libdhcp_lease_cmds"

ONE_SERVER_IDENTIFIER: Final = "one-server-identifier"
DHCP_ADDRESS: Final = "dhcp-address"

UINT32: Final = 0xFFFFFFFF

DELAYED_UPDATES: Final = 100
"""``delayed-updates-limit`` where load-balancing does not say otherwise."""


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
    Key("delayed-updates-limit", int, 0),  # load-balancing: DELAYED_UPDATES
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
TAKEOVER: Final = "takeover"
TAKEOVER_KEYS: Final = (
    Key("by-evidence", bool, True),
    Key("ask-interval", int, 1000),
    Key("client-wait", int, 500),
    Key("comment", str, ""),
)
STATE_MACHINE_KEYS: Final = (Key("states", list, []),)
STATE_KEYS: Final = (Key("state", str), Key("pause", str, "never"))

PAUSES: Final = ("never", "once", "always")


TLS_FILES: Final = ("trust-anchor", "cert-file", "key-file")
PAIRS: Final = (
    ("basic-auth-user", "basic-auth-user-file"),
    ("basic-auth-password", "basic-auth-password-file"),
)


def with_defaults(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters of the library as ``config-get`` shows them: with the defaults, as a Kea does."""
    relationships = parameters.get("high-availability", ())
    return {**parameters, "high-availability": [_with_defaults(tree) for tree in relationships]}


def _with_defaults(tree: Mapping[str, Any]) -> dict[str, Any]:
    shown = _filled(tree, RELATIONSHIP_KEYS)
    if tree.get("mode") == LOAD_BALANCING and "delayed-updates-limit" not in tree:
        shown["delayed-updates-limit"] = DELAYED_UPDATES
    shown["multi-threading"] = _filled(tree.get("multi-threading", {}), MULTI_THREADING_KEYS)
    shown["peers"] = [_filled(peer, PEER_KEYS) for peer in tree.get("peers", ())]
    if "state-machine" in tree:
        machine = tree["state-machine"]
        states = [{"pause": "never", **entry} for entry in machine.get("states", ())]
        shown["state-machine"] = {**machine, "states": states}
    return dict(sorted(shown.items()))


def _filled(tree: Mapping[str, Any], keys: tuple[Key, ...]) -> dict[str, Any]:
    """Return a map with the defaults that are numbers or flags: what stays empty is left out."""
    defaults = {key.name: key.default for key in keys if isinstance(key.default, int)}
    return dict(sorted({**defaults, **tree}.items()))


def check(libraries: Sequence[HookLibrary], problems: Problems) -> None:
    """Report what is wrong with the HA library among those configured; nothing to say when there is none."""
    relationships_of(libraries, problems)


def relationships_of(libraries: Sequence[HookLibrary], problems: Problems) -> tuple[HaSettings, ...]:
    """The relationships that ``hooks-libraries`` asks for; none when there were errors (``problems``)."""
    library = next((one for one in libraries if one.base_name == LIBRARY), None)
    if library is None:
        return ()
    found = parse(library.parameters, problems, library.place)
    loaded = any(one.base_name == LEASE_COMMANDS for one in libraries)
    if not loaded and any(one.send_lease_updates or one.sync_leases for one in found):
        # Kea starts, and then every synchronization and every update fails with "command not supported".
        problems.error(
            library.place,
            f"{LIBRARY} needs {LEASE_COMMANDS} in hooks-libraries, too: the servers exchange leases by its commands",
        )
        return ()
    return found


def parse(parameters: object, problems: Problems, place: Place | None = None) -> tuple[HaSettings, ...]:
    """The relationships in the parameters of the library; none when there were errors."""
    if not isinstance(parameters, Mapping) or "high-availability" not in parameters:
        problems.error(place, "'high-availability' is missing in the parameters of libdhcp_ha")
        return ()
    where = place_of(parameters, "high-availability") or place
    trees = parameters["high-availability"]
    if not isinstance(trees, list):
        problems.error(where, "'high-availability' must be a list")
        return ()
    if not trees:
        problems.error(where, "'high-availability' must not be empty")
        return ()
    before = len(problems.errors)
    found = [
        _relationship(tree, number, place_of(trees, number) or where, problems) for number, tree in enumerate(trees)
    ]
    if len(trees) > 1:
        _check_several(trees, where, problems)
    return () if len(problems.errors) > before else tuple(one for one in found if one is not None)


def _check_several(trees: Sequence[Any], place: Place | None, problems: Problems) -> None:
    """Several relationships are told apart by the names of all their peers."""
    names: set[object] = set()
    for number, tree in enumerate(trees):
        if not isinstance(tree, Mapping):
            continue
        if tree.get("mode", HOT_STANDBY) != HOT_STANDBY:
            text = f"several HA relationships are for '{HOT_STANDBY}' mode only"
            problems.error(place_of(tree, "mode") or place, text)
        peers = tree.get("peers")
        for peer in peers if isinstance(peers, list) else ():
            name = peer.get("name") if isinstance(peer, Mapping) else None
            if isinstance(name, str) and name in names:
                text = f"the peer name '{name}' is in more than one relationship: each must have its own"
                problems.error(place_of(peer, "name") or place_of(trees, number) or place, text)
        names |= {peer.get("name") for peer in peers or () if isinstance(peer, Mapping)}


def _relationship(tree: Json, number: int, place: Place | None, problems: Problems) -> HaSettings | None:
    before = len(problems.errors)
    values = _values(tree, RELATIONSHIP_KEYS, place, "high-availability", problems)
    threading = _values(values["multi-threading"], MULTI_THREADING_KEYS, place, "multi-threading", problems)
    if not (threading["enable-multi-threading"] and threading["http-dedicated-listener"]):
        problems.warning(
            place_of(tree, "multi-threading"),
            "this server listens at its own URL for its partner nevertheless; Kea would leave the URL to a "
            "control channel",
        )
    peers = tuple(_peers(values, place_of(tree, "peers"), problems))
    _check_mode(tree, values, place, problems)
    if len(peers) == len(values["peers"] or ()):  # else it is unknown what the others were meant to be
        _check_roles(values["mode"], peers, place_of(tree, "peers") or place, problems)
    name = values["this-server-name"]
    if name is not None and peers and name not in _names(values["peers"]):
        problems.error(place_of(tree, "this-server-name"), f"'this-server-name' is '{name}', but no peer has this name")
    for index, each in enumerate(peers):
        if each.url.is_anywhere and each.name != name:
            where = place_of(values["peers"][index], "url") if len(peers) == len(values["peers"]) else place
            text = f"bad url '{each.url.text}': name the address at which {each.name} can be reached"
            problems.error(where, text)
    context = values["user-context"]
    one_identifier = context.get(ONE_SERVER_IDENTIFIER, False)
    if not isinstance(one_identifier, bool):
        text = f"'{ONE_SERVER_IDENTIFIER}' must be true or false"
        problems.error(place_of(context, ONE_SERVER_IDENTIFIER) or place, text)
    pauses = _pauses(values["state-machine"], place_of(tree, "state-machine"), problems)
    watch = _watch(values["user-context"], threading, problems)
    if len(problems.errors) > before:
        return None
    limit = values["delayed-updates-limit"]
    if values["mode"] == LOAD_BALANCING and "delayed-updates-limit" not in tree:
        limit = DELAYED_UPDATES
    return HaSettings(
        this_server_name=name,
        peers=peers,
        mode=values["mode"],
        id=number,
        heartbeat_delay=values["heartbeat-delay"] / 1000,
        max_response_delay=values["max-response-delay"] / 1000,
        max_ack_delay=values["max-ack-delay"] / 1000,
        max_unacked_clients=values["max-unacked-clients"],
        max_rejected_lease_updates=values["max-rejected-lease-updates"],
        delayed_updates_limit=limit,
        send_lease_updates=values["send-lease-updates"],
        sync_leases=values["sync-leases"],
        sync_timeout=values["sync-timeout"] / 1000,
        sync_page_limit=values["sync-page-limit"],
        wait_backup_ack=values["wait-backup-ack"],
        restrict_commands=values["restrict-commands"],
        pauses=pauses,
        one_server_identifier=one_identifier is True,
        watch=watch,
    )


def _watch(context: Mapping[str, Any], threading: Mapping[str, Any], problems: Problems) -> Watch:
    """Return the watch of the partner by ``takeover`` in the user-context of the relationship, which a Kea ignores."""
    found = context.get(TAKEOVER, {})
    values = _values(found, TAKEOVER_KEYS, place_of(context, TAKEOVER), TAKEOVER, problems)
    for name in ("ask-interval", "client-wait"):
        if not values[name]:
            problems.error(place_of(found, name), f"'{name}' must not be 0")
    # without a listener of its own, a Kea is asked through its control agent, which may end alone
    one_process = threading["enable-multi-threading"] and threading["http-dedicated-listener"]
    interval, wait = values["ask-interval"] / 1000, values["client-wait"] / 1000
    return Watch(values["by-evidence"], interval, wait, one_process)


def _check_mode(tree: object, values: Mapping[str, Any], place: Place | None, problems: Problems) -> None:
    mode = values["mode"]
    if mode is None:
        return
    if mode not in MODES:
        problems.error(place_of(tree, "mode"), f"'mode' is '{mode}', but must be one of {', '.join(MODES)}")
    if mode != PASSIVE_BACKUP and values["wait-backup-ack"]:
        problems.error(place_of(tree, "wait-backup-ack"), f"'wait-backup-ack' must be false in {mode} mode")
    if mode != LOAD_BALANCING and values["delayed-updates-limit"]:
        problems.error(place_of(tree, "delayed-updates-limit"), f"'delayed-updates-limit' must be 0 in {mode} mode")
    if values["sync-page-limit"] == 0:
        problems.error(place_of(tree, "sync-page-limit"), "'sync-page-limit' must not be 0")


def _names(peers: Json) -> list[Any]:
    """Return the names of peers, of wrong ones, too."""
    return [peer.get("name") for peer in peers or () if isinstance(peer, Mapping)]


ROLES_OF: Final = {
    # mode: (needed, not allowed)
    HOT_STANDBY: ((PRIMARY, STANDBY), (SECONDARY,)),
    LOAD_BALANCING: ((PRIMARY, SECONDARY), (STANDBY,)),
    PASSIVE_BACKUP: ((PRIMARY,), (SECONDARY, STANDBY)),
}


def _check_roles(mode: str | None, peers: tuple[Peer, ...], place: Place | None, problems: Problems) -> None:
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


def _peers(relationship: Mapping[str, Any], place: Place | None, problems: Problems) -> Iterator[Peer]:
    names: set[str] = set()
    trees = relationship["peers"] or []
    for index, tree in enumerate(trees):
        where = place_of(trees, index) or place
        values = _values(tree, PEER_KEYS, where, "peers", problems)
        name, role, url = values["name"], values["role"], None
        if name == "":
            problems.error(place_of(tree, "name"), "the name of a peer must not be empty")
        if name in names:
            problems.error(place_of(tree, "name"), f"there is more than one peer with the name '{name}'")
        if role is not None and role not in ROLES:
            problems.error(place_of(tree, "role"), f"'role' is '{role}', but must be one of {', '.join(ROLES)}")
        tls = _tls(relationship, tree, values, where, problems)
        if values["url"] is not None:
            with problems.catching(place_of(tree, "url")):
                url = parse_url(values["url"])
                if url.secure and tls is None:
                    raise ValueError(f"bad url '{url.text}': https needs {', '.join(TLS_FILES)}")
        login = _login(tree, values, where, problems)
        if name is not None and role in ROLES and url is not None:
            names.add(name)
            address = _dhcp_address(values["user-context"], where, problems)
            yield Peer(name, url, role, values["auto-failover"], login, tls, address)


def _dhcp_address(context: Mapping[str, Any], place: Place | None, problems: Problems) -> int | None:
    """``dhcp-address`` in the user-context of a peer: where its DHCP service is asked, if not at its URL."""
    text = context.get(DHCP_ADDRESS)
    if text is None:
        return None
    try:
        return address_number(text)
    except (TypeError, ValueError):
        place = place_of(context, DHCP_ADDRESS) or place
        problems.error(place, f"'{DHCP_ADDRESS}' must be the IPv4 address of the peer's DHCP service, not '{text}'")
        return None


def _tls(
    relationship: Mapping[str, Any],
    tree: object,
    values: Mapping[str, Any],
    place: Place | None,
    problems: Problems,
) -> TlsFiles | None:
    """The files of a peer; what it does not say itself is that of its relationship, "" means none."""
    own = tree if isinstance(tree, Mapping) else {}
    files = [values[key] if key in own else relationship[key] for key in TLS_FILES]
    if not any(files):
        return None
    missing = ", ".join(key for key, name in zip(TLS_FILES, files, strict=True) if not name)
    if missing:
        problems.error(place, f"{missing} missing for a peer: TLS needs all of {', '.join(TLS_FILES)}")
        return None
    places = tuple(place_of(own, key) if key in own else place for key in TLS_FILES)
    return TlsFiles(files[0], files[1], files[2], relationship["require-client-certs"], places)


def _login(tree: object, values: Mapping[str, Any], place: Place | None, problems: Problems) -> ControlClient | None:
    """The user and password by which a peer knows who asks it."""
    for key, file_key in PAIRS:
        if values[key] and values[file_key]:
            text = f"'{key}' and '{file_key}': only one of them can hold"
            problems.error(place_of(tree, file_key), text)
    user, user_file, password, password_file = (values[key] for pair in PAIRS for key in pair)
    if ":" in user:
        problems.error(place_of(tree, "basic-auth-user"), "'basic-auth-user' must have no colon")
    if not (user or user_file):
        return None
    return ControlClient(user, user_file, password, password_file, place)


def _pauses(tree: object, place: Place | None, problems: Problems) -> Mapping[State, str]:
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
            problems.error(place_of(entry, "pause"), f"'pause' is '{pause}', but must be one of {', '.join(PAUSES)}")
        if state is not None:
            pauses[state] = pause
    return pauses


TYPE_NAMES: Final = {str: "a string", bool: "true or false", int: "an integer", list: "a list", dict: "a map"}


def _values(tree: object, keys: tuple[Key, ...], place: Place | None, what: str, problems: Problems) -> dict[str, Any]:
    """The values of a map with defaults filled in; None for a key that is needed and missing or wrong."""
    values = {key.name: key.default for key in keys}
    if not isinstance(tree, Mapping):
        problems.error(place, f"an entry of '{what}' must be a map")
        return values
    types: dict[str, type] = {key.name: key.type for key in keys}
    for name, value in tree.items():
        if name not in types:
            close = get_close_matches(name, types, 1)
            hint = f", did you mean '{close[0]}'?" if close else ""
            problems.warning(key_place(tree, name), f"'{name}' is not known in '{what}' and has no effect{hint}")
        elif not isinstance(value, types[name]) or (types[name] is int and isinstance(value, bool)):
            problems.error(place_of(tree, name), f"'{name}' must be {TYPE_NAMES[types[name]]}")
        elif types[name] is int and not _is_uint32(value):
            problems.error(place_of(tree, name), f"'{name}' must be between 0 and {UINT32}")
        else:
            values[name] = value
    for key in keys:
        if key.default is None and key.name not in tree:
            problems.error(place, f"'{key.name}' is missing in '{what}'")
    return values


def _is_uint32(value: object) -> bool:
    return isinstance(value, int) and 0 <= value <= UINT32
