"""The control commands of HA: arguments read, answers written, texts and results as Kea's (``ha_impl.cc``).

A function takes the relationship, the arguments as they came (None when there were none) and the time, and
returns the answer or a ticket for it. A ValueError is the caller's fault: its text is the answer, result 1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import islice
from typing import Final

from kea_twisted import events as E
from kea_twisted.ha import maintenance, messages, subnetlists
from kea_twisted.ha.maintenance import Answer, answer
from kea_twisted.ha.outbox import Ticket
from kea_twisted.ha.relationship import Relationship
from kea_twisted.ha.settings import PASSIVE_BACKUP
from kea_twisted.ha.states import State
from kea_twisted.ha.sync import SyncRun
from kea_twisted.jsonvalue import Json
from kea_twisted.lease.lease import Lease
from kea_twisted.wire.address import address_text

DEFAULT_ORIGINS: Final = (2000, 2001)
"""The origin of a partner that names none: Kea 2.2 sends none, and disables the service by name."""

_RETURNED: Final = "HA peer status returned."

REMEDY: Final = "both configurations have to give the two servers the same names and different roles"

MOST_REJECTED: Final = 100
"""Rejected updates that status-get shows."""

JSON_NAMES: Final = {list: "list", str: "string", bool: "boolean", int: "integer", float: "real"}


def _checked(relationship: Relationship, command: str, arguments: object) -> Mapping[str, Json]:
    """The arguments as a map, ``server-name`` looked at: it must be one of the peers, any of them."""
    if arguments is None:
        return {}
    if not isinstance(arguments, Mapping):
        raise ValueError(f"arguments in the '{command}' command are not a map")
    name = arguments.get("server-name")
    if name is not None:
        if not isinstance(name, str):
            raise ValueError(f"'server-name' must be a string in the '{command}' command")
        if all(peer.name != name for peer in relationship.settings.peers):
            raise ValueError(f"{name} matches no configured 'server-name'")
    return arguments


def _needed(command: str, arguments: object, key: str) -> Json:
    if arguments is None:
        raise ValueError(f"arguments not found in the '{command}' command")
    if not isinstance(arguments, Mapping):
        raise ValueError(f"arguments in the '{command}' command are not a map")
    if arguments.get(key) is None:
        raise ValueError(f"'{key}' is mandatory for the '{command}' command")
    return arguments[key]


def heartbeat(relationship: Relationship, arguments: object, now: float) -> Answer:
    """ha-heartbeat: state, clock, scopes; an error while this server's own DHCP side does not work."""
    try:
        sender = _checked(relationship, "ha-heartbeat", arguments).get("server-name")
    except ValueError as error:
        name = arguments.get("server-name") if isinstance(arguments, Mapping) else None
        if not isinstance(name, str):
            raise
        relationship.words.say_plainly(HANDLER_FAILED["ha-heartbeat"], error)
        return answer(1, str(error), relationship.unknown_sender(name))
    kea_takeover = relationship.kea_takeover
    if kea_takeover.active and kea_takeover.shown_state is None:
        return answer(1, "this server waits until its partner has left partner-in-maintenance")
    # a Kea takes the error for a failed heartbeat, a partner of ours reads the reason
    if relationship.unable and not kea_takeover.active:
        reason = relationship.unable
        return answer(1, f"this server cannot serve clients: {reason}", {"unable": reason})
    serves = messages.says_it_serves(arguments)
    found = messages.write_heartbeat_status(relationship.heartbeat_status(sender, now, serves))
    if messages.EXTENSIONS in found:
        found[messages.EXTENSIONS] |= relationship.heartbeat.names.introduction
    conflict = relationship.heartbeat.names.conflict
    return answer(0, f"HA peer status returned; {conflict}: {REMEDY}." if conflict else _RETURNED, found)


def sync(relationship: Relationship, arguments: Json, now: float) -> Ticket:
    """ha-sync: fetch a peer's leases now."""
    name = _needed("ha-sync", arguments, "server-name")
    if not isinstance(name, str):
        raise ValueError("'server-name' must be a string in the 'ha-sync' command")
    period = arguments.get("max-period")
    if period is not None and (not isinstance(period, int) or isinstance(period, bool) or period <= 0):
        raise ValueError("'max-period' must be a positive integer in the 'ha-sync' command")
    _checked(relationship, "ha-sync", arguments)
    if name == relationship.name:
        raise ValueError(f"'{name}' points to local server but should point to a partner")
    ticket = Ticket()

    def done(error: str, now: float) -> None:
        done_text = "Lease database synchronization complete."
        relationship.outbox.finish(ticket, answer(1, error) if error else answer(0, done_text))

    peer, settings, outbox = relationship.settings.peer(name), relationship.settings, relationship.outbox
    SyncRun(settings, peer, period or 0, relationship.link, outbox, relationship.log, done).begin(now)
    return ticket


def scopes(relationship: Relationship, arguments: object, now: float) -> Answer:
    """ha-scopes: serve these scopes."""
    names = _needed("ha-scopes", arguments, "scopes")
    if not isinstance(names, list):
        raise ValueError("'scopes' must be a list in the 'ha-scopes' command")
    if not all(isinstance(name, str) for name in names):
        raise ValueError("scope name must be a string in the 'scopes' argument")
    _checked(relationship, "ha-scopes", arguments)
    relationship.serve_names(names)
    return answer(0, "New HA scopes configured.")


def resume(relationship: Relationship, arguments: object, now: float) -> Answer:
    """ha-continue: end a pause."""
    _checked(relationship, "ha-continue", arguments)
    went_on = relationship.resume(now)
    return answer(0, "HA state machine continues." if went_on else "HA state machine is not paused.")


def reset(relationship: Relationship, arguments: object, now: float) -> Answer:
    """ha-reset: back to waiting."""
    _checked(relationship, "ha-reset", arguments)
    done = relationship.reset(now)
    return answer(0, "HA state machine reset." if done else "HA state machine already in WAITING state.")


def repair(relationship: Relationship, arguments: object, now: float) -> Ticket:
    """ha-repair: compare the leases with the partner's now, and repair what differs."""
    _checked(relationship, "ha-repair", arguments)
    return relationship.upkeep.on_demand(now)


def subnets(relationship: Relationship, arguments: object, now: float) -> Answer:
    """ha-subnets-get: the subnets of this server, for a partner of our own kind."""
    _checked(relationship, subnetlists.COMMAND, arguments)
    return answer(0, "Subnets returned.", subnetlists.write(relationship.subnets.own))


def sync_complete_notify(relationship: Relationship, arguments: object, now: float) -> Answer:
    """ha-sync-complete-notify: the partner has all our leases, or a backup. Kea 2.2 does not say who."""
    values = arguments if isinstance(arguments, Mapping) else {}
    origins: tuple[int, ...] = DEFAULT_ORIGINS
    for key in ("origin-id", "origin"):
        if values.get(key) is not None:
            if not isinstance(values[key], int) or isinstance(values[key], bool):
                raise ValueError(f"'{key}' must be an integer in the 'ha-sync-complete-notify' command")
            origins = (values[key],)
            break
    sender = _checked(relationship, "ha-sync-complete-notify", arguments).get("server-name")
    by_backup = any(peer.name == sender for peer in relationship.settings.backups)
    relationship.partner_synced(origins, now, by_backup)
    return answer(0, "Server successfully notified about the synchronization completion.")


def maintenance_notify(relationship: Relationship, arguments: object, now: float) -> Answer:
    """ha-maintenance-notify: the partner wants this server to step back, or to return."""
    about = "invalid command 'ha-maintenance-notify': "
    if arguments is None:
        raise ValueError(f"{about}no arguments specified")
    if not isinstance(arguments, Mapping):
        kind = JSON_NAMES.get(type(arguments), "null")
        raise ValueError(f"{about}expected 'arguments' to be a map, got {kind} instead")
    if not arguments:
        raise ValueError(f"{about}'arguments' is empty")
    cancel = _needed("ha-maintenance-notify", arguments, "cancel")
    if not isinstance(cancel, bool):
        raise ValueError("'cancel' must be a boolean in the 'ha-maintenance-notify' command")
    state = arguments.get("state")
    if state is not None and not isinstance(state, str):
        raise ValueError("'state' must be a string in the 'ha-maintenance-notify' command")
    _checked(relationship, "ha-maintenance-notify", arguments)
    return maintenance.notified(relationship, cancel, State.named(state or ""), now)


def maintenance_start(relationship: Relationship, arguments: object, now: float) -> Answer | Ticket:
    """ha-maintenance-start: this server stays, the partner steps back. Arguments are not looked at."""
    return maintenance.start(relationship)


def maintenance_cancel(relationship: Relationship, arguments: object, now: float) -> Answer | Ticket:
    """ha-maintenance-cancel: both return to where they were. Arguments are not looked at."""
    return maintenance.cancel(relationship)


COMMANDS: Final[dict[str, Callable[[Relationship, object, float], Answer | Ticket]]] = {
    "ha-continue": resume,
    "ha-heartbeat": heartbeat,
    "ha-maintenance-cancel": maintenance_cancel,
    "ha-maintenance-notify": maintenance_notify,
    "ha-maintenance-start": maintenance_start,
    "ha-repair": repair,
    "ha-reset": reset,
    "ha-scopes": scopes,
    "ha-subnets-get": subnets,
    "ha-sync": sync,
    "ha-sync-complete-notify": sync_complete_notify,
}


HANDLER_FAILED: Final = {
    "ha-continue": E.HA_CONTINUE_HANDLER_FAILED,
    "ha-heartbeat": E.HA_HEARTBEAT_HANDLER_FAILED,
    "ha-maintenance-cancel": E.HA_MAINTENANCE_CANCEL_HANDLER_FAILED,
    "ha-maintenance-notify": E.HA_MAINTENANCE_NOTIFY_HANDLER_FAILED,
    "ha-maintenance-start": E.HA_MAINTENANCE_START_HANDLER_FAILED,
    "ha-repair": E.HA_REPAIR_HANDLER_FAILED,
    "ha-reset": E.HA_RESET_HANDLER_FAILED,
    "ha-scopes": E.HA_SCOPES_HANDLER_FAILED,
    "ha-subnets-get": E.HA_SUBNETS_GET_HANDLER_FAILED,
    "ha-sync": E.HA_SYNC_HANDLER_FAILED,
    "ha-sync-complete-notify": E.HA_SYNC_COMPLETE_NOTIFY_HANDLER_FAILED,
}


def run(relationship: Relationship, name: str, arguments: object, now: float) -> Answer | Ticket:
    """Carry out a command of the table; KeyError for a name that is not in it."""
    try:
        return COMMANDS[name](relationship, arguments, now)
    except ValueError as error:
        relationship.words.say_plainly(HANDLER_FAILED[name], error)
        return answer(1, str(error))


def status(relationship: Relationship, now: float) -> dict[str, Json]:
    """The entry of this relationship in ``high-availability`` of status-get."""
    settings, link = relationship.settings, relationship.link
    servers: dict[str, Json] = {
        "local": {
            "role": settings.me.role,
            "scopes": list(relationship.scopes.served),
            "server-name": relationship.name,
            "state": relationship.state.value,
            "system-time": link.own_time_text,
        }
    }
    if not relationship.alone and settings.mode != PASSIVE_BACKUP:
        partner = settings.partner
        servers["remote"] = link.report(now) | {"role": partner.role, "server-name": partner.name}
        return {"ha-mode": settings.mode, "ha-servers": servers, "partner-watch": _watched(relationship, now)}
    return {"ha-mode": settings.mode, "ha-servers": servers}


def _watched(relationship: Relationship, now: float) -> dict[str, object]:
    """More than Kea shows: what is owed to the partner, what it refused and why, and why this server cannot serve.

    While the partner does not answer: why not, and what this server concludes.
    """
    updates, evidence = relationship.updates, relationship.watch.evidence
    found: dict[str, object] = {
        "owed-updates": len(updates.owed),
        "probe-works": evidence.calibrated,
        "rejected-updates": [
            _rejected(relationship.lease_at(address), address, reason)
            for address, reason in islice(updates.reasons.items(), MOST_REJECTED)
        ],
    }
    if relationship.identifiers.enabled:
        found["answers-for"] = [address_text(each) for each in islice(relationship.identifiers.known, MOST_REJECTED)]
    if relationship.unable:
        found["unable-to-serve"] = relationship.unable
    if relationship.heartbeat.trouble:
        found["trouble"] = relationship.heartbeat.trouble
    if relationship.watch.enabled and evidence.in_doubt:
        found |= {"verdict": evidence.verdict(now).value, "evidence": evidence.reasons(now)}
    if relationship.heartbeat.names.difference:
        found["peer-names-differ"] = relationship.heartbeat.names.difference
    if relationship.heartbeat.names.conflict:
        found["peer-roles-conflict"] = f"{relationship.heartbeat.names.conflict}: {REMEDY}"
    mismatches, missing = relationship.subnets.mismatches, relationship.subnets.missing
    if mismatches:
        found["subnet-id-mismatches"] = [
            {
                "subnet": each.prefix,
                "id": each.subnet_id,
                "partner-subnet": each.partner_prefix,
                "partner-id": each.partner_id,
            }
            for each in islice(mismatches.values(), MOST_REJECTED)
        ]
    if missing:
        found["subnets-missing-at-partner"] = sorted(missing)[:MOST_REJECTED]
    return found


def _rejected(lease: Lease | None, address: int, reason: str) -> dict[str, str]:
    found = {"ip-address": address_text(address), "reason": reason}
    return found if lease is None else found | {"hw-address": lease.hwaddr.hex(":")}
