"""The parameters of ``libdhcp_ha``, with the rules of Kea's ``ha_config_parser.cc``.

``parse`` reports every finding with its place. Files (certificates, passwords) are checked by
``adapters.partner``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from kea_twisted import events as E
from kea_twisted.config.librarynames import HA, LEASE_COMMANDS
from kea_twisted.config.model import HookLibrary
from kea_twisted.config.text import place_of
from kea_twisted.errors import Place, Problems
from kea_twisted.ha.keywords import (
    DELAYED_UPDATES,
    MULTI_THREADING_KEYS,
    RELATIONSHIP_KEYS,
    STATE_KEYS,
    STATE_MACHINE_KEYS,
    TAKEOVER,
    TAKEOVER_KEYS,
    read_values,
)
from kea_twisted.ha.peerparameters import check_roles, check_urls, read_peers
from kea_twisted.ha.settings import HOT_STANDBY, LOAD_BALANCING, MODES, PASSIVE_BACKUP, HaSettings, Watch
from kea_twisted.ha.states import State
from kea_twisted.jsonvalue import Json

ONE_SERVER_IDENTIFIER: Final = "one-server-identifier"

PAUSES: Final = ("never", "once", "always")


def check(libraries: Sequence[HookLibrary], problems: Problems) -> None:
    """Report what is wrong with the HA library among those configured; nothing to say when there is none."""
    relationships_of(libraries, problems)


def relationships_of(libraries: Sequence[HookLibrary], problems: Problems) -> tuple[HaSettings, ...]:
    """The relationships that ``hooks-libraries`` asks for; none when there were errors (``problems``)."""
    library = next((one for one in libraries if one.base_name == HA), None)
    if library is None:
        return ()
    found = parse(library.parameters, problems, library.place)
    loaded = any(one.base_name == LEASE_COMMANDS for one in libraries)
    if not loaded and any(one.send_lease_updates or one.sync_leases for one in found):
        # Kea starts, and then every synchronization and every update fails with "command not supported".
        problems.error(
            library.place,
            f"{HA} needs {LEASE_COMMANDS} in hooks-libraries, too: the servers exchange leases by its commands",
        )
        return ()
    return found


def parse(parameters: object, problems: Problems, place: Place | None = None) -> tuple[HaSettings, ...]:
    """The relationships in the parameters of the library; none when there were errors."""
    if not isinstance(parameters, Mapping) or "high-availability" not in parameters:
        text = f"'high-availability' is missing in the parameters of {HA}"
        problems.error(place, text, event=E.HA_MISSING_CONFIGURATION)
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


def _check_several(trees: Sequence[object], place: Place | None, problems: Problems) -> None:
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
    values = read_values(tree, RELATIONSHIP_KEYS, place, "high-availability", problems)
    threading = read_values(values["multi-threading"], MULTI_THREADING_KEYS, place, "multi-threading", problems)
    if not (threading["enable-multi-threading"] and threading["http-dedicated-listener"]):
        problems.warning(
            place_of(tree, "multi-threading"),
            "this server listens at its own URL for its partner nevertheless; Kea would leave the URL to a "
            "control channel",
        )
    peers = tuple(read_peers(values, place_of(tree, "peers"), problems))
    _check_mode(tree, values, place, problems)
    if len(peers) == len(values["peers"] or ()):  # else it is unknown what the others were meant to be
        check_roles(values["mode"], peers, place_of(tree, "peers") or place, problems)
        check_urls(values["peers"] or (), peers, place_of(tree, "peers") or place, problems)
    name = values["this-server-name"]
    if name is not None and peers and name not in _names(values["peers"]):
        problems.error(place_of(tree, "this-server-name"), f"'this-server-name' is '{name}', but no peer has this name")
    for index, each in enumerate(peers):
        if each.url.is_anywhere and each.name != name:
            where = place_of(values["peers"][index], "url") if len(peers) == len(values["peers"]) else place
            text = f"bad url '{each.url.text}': name the address at which {each.name} can be reached"
            problems.error(where, text)
    context = values["user-context"]
    one_identifier = context.get(ONE_SERVER_IDENTIFIER)
    if ONE_SERVER_IDENTIFIER in context and not isinstance(one_identifier, bool):
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
        one_server_identifier=one_identifier if isinstance(one_identifier, bool) else None,
        watch=watch,
    )


def _watch(context: Mapping[str, Json], threading: Mapping[str, Json], problems: Problems) -> Watch:
    """Return the watch of the partner by ``takeover`` in the user-context of the relationship, which a Kea ignores."""
    found = context.get(TAKEOVER, {})
    values = read_values(found, TAKEOVER_KEYS, place_of(context, TAKEOVER), TAKEOVER, problems)
    for name in ("ask-interval", "client-wait"):
        if not values[name]:
            problems.error(place_of(found, name), f"'{name}' must not be 0")
    # without a listener of its own, a Kea is asked through its control agent, which may end alone
    one_process = threading["enable-multi-threading"] and threading["http-dedicated-listener"]
    interval, wait = values["ask-interval"] / 1000, values["client-wait"] / 1000
    return Watch(values["by-evidence"], interval, wait, values["return-delay"] / 1000, one_process)


def _check_mode(tree: object, values: Mapping[str, Json], place: Place | None, problems: Problems) -> None:
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


def _names(peers: Json) -> list[Json]:
    """Return the names of peers, of wrong ones, too."""
    return [peer.get("name") for peer in peers or () if isinstance(peer, Mapping)]


def _pauses(tree: object, place: Place | None, problems: Problems) -> Mapping[State, str]:
    pauses: dict[State, str] = {}
    states = read_values(tree, STATE_MACHINE_KEYS, place, "state-machine", problems)["states"]
    for index, entry in enumerate(states):
        values = read_values(entry, STATE_KEYS, place_of(states, index) or place, "states", problems)
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
