"""The texts of the entries: what happened to which lease, in Kea's words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from kea_twisted.engine.effects import Query
from kea_twisted.jsonvalue import Json
from kea_twisted.lease.context import context_text, hardware_type
from kea_twisted.lease.lease import INFINITE, Lease
from kea_twisted.wire.address import address_text, hex_bytes, hex_text
from kea_twisted.wire.constants import OPT_AGENT_OPTIONS
from kea_twisted.wire.relay import agent_options

ASSIGNED: Final = "assigned"
RELEASED: Final = "released"
BULK: Final = "lease4-bulk-apply"
_AGENT_PARTS: Final = ((1, "circuit-id"), (2, "remote-id"), (6, "subscriber-id"))
_VERBS: Final = {"lease4-add": "added a lease", "lease4-update": "updated information on the lease"}


class Entry(NamedTuple):
    """An entry of a command. ``address`` "": it names none. ``subnet_id`` 0: it names none."""

    text: str
    address: str
    subnet_id: int


def of_lease(query: Query, lease: Lease, action: str) -> str:
    """Return the entry of a lease that a client was given or has given up."""
    message = query.arrived or query.message
    whose = "from" if action == RELEASED else f"for {duration(lease.valid_lifetime)} to"
    kind = hardware_type(lease.user_context)
    text = f"Address: {address_text(lease.address)} has been {action} {whose} a device with hardware address: "
    text += f"hwtype={kind} {hex_text(lease.hwaddr)}"
    if lease.client_id:
        text += f", client-id: {_dump(lease.client_id)}"
    if message.giaddr:
        text += f" connected via relay at address: {address_text(message.giaddr)}"
        if OPT_AGENT_OPTIONS in message.options:
            inside = agent_options(message)
            parts = [f"{name}: {_dump(inside[code])}" for code, name in _AGENT_PARTS if inside.get(code)]
            text += f", identified by {' and '.join(parts)}" if parts else ""
    return f"{text}, context: {lease.user_context}" if lease.user_context else text


def of_command(command: str, arguments: object, answer: Mapping[str, object], now: float) -> Iterator[Entry]:
    """Yield the entries of a command. Raises KeyError, ValueError.

    Nothing is yielded for a command that failed, and for one that changes no lease.
    """
    if answer.get("result") != 0 or not isinstance(arguments, Mapping):
        return
    if command == BULK:
        yield from _of_bulk(arguments, answer, now)
    elif command in _VERBS:
        yield _entry(_put(command, arguments, _origin(arguments), now), arguments)
    elif command == "lease4-del":
        yield _entry(_deleted(arguments, _origin(arguments)), arguments)


def duration(seconds: int) -> str:
    """Return a lifetime in words."""
    if seconds == INFINITE:
        return "infinite duration"
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    return (f"{days} days " if days else "") + f"{hours} hrs {minutes} mins {rest} secs"


def _of_bulk(arguments: Mapping[str, Json], answer: Mapping[str, Json], now: float) -> Iterator[Entry]:
    found = answer.get("arguments") or {}
    origin = _origin(arguments)
    for key, failed_key in (("deleted-leases", "failed-deleted-leases"), ("leases", "failed-leases")):
        failed = {item.get("ip-address") for item in found.get(failed_key, ())}
        for item in arguments.get(key, ()):
            if item.get("ip-address") not in failed:
                text = _deleted(item, origin) if key == "deleted-leases" else _put("lease4-update", item, origin, now)
                yield _entry(text, item)


def _put(command: str, arguments: Mapping[str, Json], origin: str, now: float) -> str:
    text = f"{origin} {_VERBS[command]} of address: {arguments['ip-address']}"
    text += f" to a device with hardware address: {arguments['hw-address']}"
    client_id = arguments.get("client-id")
    if isinstance(client_id, str):
        text += f", client-id: {client_id}{_in_brackets(client_id)}"
    seconds = arguments.get("valid-lft", arguments.get("expire", int(now)) - int(now))
    if seconds > 0:
        text += f" for {duration(seconds)}"
    context = dict(arguments.get("user-context") or {})
    if "comment" in arguments:
        context["comment"] = arguments["comment"]
    return f"{text}, context: {context_text(context)}" if context or "user-context" in arguments else text


def _deleted(arguments: Mapping[str, object], origin: str) -> str:
    if "ip-address" in arguments:
        return f"{origin} deleted the lease for address: {arguments['ip-address']}"
    by = f"{arguments['identifier-type']} of {arguments['identifier']}"
    return f"{origin} deleted a lease for a device identified by: {by}"


def _origin(arguments: Mapping[str, object]) -> str:
    return "HA partner" if arguments.get("origin") == "ha-partner" else "Administrator"


def _entry(text: str, arguments: Mapping[str, object]) -> Entry:
    number = arguments.get("subnet-id")
    return Entry(text, str(arguments.get("ip-address", "")), number if isinstance(number, int) else 0)


def _dump(data: bytes) -> str:
    return hex_text(data) + _readable(data)


def _in_brackets(text: str) -> str:
    try:
        return _readable(hex_bytes(text))
    except ValueError:
        return ""


def _readable(data: bytes) -> str:
    """Return the bytes as text in brackets if all of them can be printed."""
    return f" ({data.decode('ascii')})" if all(0x20 <= byte < 0x7F for byte in data) else ""
