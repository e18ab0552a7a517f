"""The keywords of ``libdhcp_ha`` with their types and defaults, as in Kea's ``ha_config_parser.cc``."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Final, NamedTuple

from kea_twisted.config.text import key_place, place_of
from kea_twisted.errors import Place, Problems
from kea_twisted.ha.settings import LOAD_BALANCING
from kea_twisted.jsonvalue import Json

UINT32: Final = 0xFFFFFFFF

NAME: Final = "this-server-name"

DELAYED_UPDATES: Final = 100
"""``delayed-updates-limit`` where load-balancing does not say otherwise."""


class Key(NamedTuple):
    """One keyword: its JSON type, and its default (None: no default)."""

    name: str
    type: type
    default: Json = None


RELATIONSHIP_KEYS: Final = (
    Key(NAME, str),
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
    Key("return-delay", int, 10000),
    Key("comment", str, ""),
)
STATE_MACHINE_KEYS: Final = (Key("states", list, []),)
STATE_KEYS: Final = (Key("state", str), Key("pause", str, "never"))


def with_defaults(parameters: Mapping[str, Json]) -> dict[str, Json]:
    """Return the parameters of the library as ``config-get`` shows them: with the defaults, as a Kea does."""
    relationships = parameters.get("high-availability", ())
    return {**parameters, "high-availability": [_with_defaults(tree) for tree in relationships]}


def _with_defaults(tree: Mapping[str, Json]) -> dict[str, Json]:
    shown = _filled(tree, RELATIONSHIP_KEYS)
    if tree.get("mode") == LOAD_BALANCING and "delayed-updates-limit" not in tree:
        shown["delayed-updates-limit"] = DELAYED_UPDATES
    shown["multi-threading"] = _filled(tree.get("multi-threading", {}), MULTI_THREADING_KEYS)
    shown["peers"] = [_filled(peer, PEER_KEYS) for peer in tree.get("peers", ())]
    if "state-machine" in tree:
        state_machine = tree["state-machine"]
        states = [{"pause": "never", **entry} for entry in state_machine.get("states", ())]
        shown["state-machine"] = {**state_machine, "states": states}
    return dict(sorted(shown.items()))


def _filled(tree: Mapping[str, Json], keys: tuple[Key, ...]) -> dict[str, Json]:
    """Return a map with the defaults that are numbers or flags: what stays empty is left out."""
    defaults = {key.name: key.default for key in keys if isinstance(key.default, int)}
    return dict(sorted({**defaults, **tree}.items()))


TYPE_NAMES: Final = {str: "a string", bool: "true or false", int: "an integer", list: "a list", dict: "a map"}


def read_values(
    tree: object, keys: tuple[Key, ...], place: Place | None, what: str, problems: Problems
) -> dict[str, Json]:
    """Return the values of a map with defaults filled in; None for a key that is needed and missing or wrong."""
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
            problems.error(place, missing(key.name, what))
    return values


def missing(name: str, what: str) -> str:
    """Return the complaint about a keyword that is not in a map."""
    return f"'{name}' is missing in '{what}'"


def _is_uint32(value: object) -> bool:
    return isinstance(value, int) and 0 <= value <= UINT32
