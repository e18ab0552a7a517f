"""The query that ``explain`` is asked about, made from the command's arguments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from kea_twisted.commands.arguments import Arguments, as_map
from kea_twisted.commands.context import Context, InterfaceState
from kea_twisted.engine.effects import Interface, Query
from kea_twisted.errors import CommandError
from kea_twisted.jsonvalue import Json
from kea_twisted.wire.address import address_number, address_text
from kea_twisted.wire.constants import (
    AGENT_CIRCUIT_ID,
    BOOTREQUEST,
    BROADCAST,
    CLIENT_PORT,
    DISCOVER,
    INFORM,
    OPT_AGENT_OPTIONS,
    OPT_CLIENT_IDENTIFIER,
    OPT_MESSAGE_TYPE,
    OPT_PARAMETER_REQUEST_LIST,
    OPT_REQUESTED_ADDRESS,
    OPT_VENDOR_CLASS_IDENTIFIER,
    REQUEST,
)
from kea_twisted.wire.message import Message, decode, encode

ASKED_FOR: Final = bytes((1, 3, 6, 12, 15, 26, 28, 42, 43, 51, 54, 58, 59, 66, 67, 119, 121))
"""The options that a client asks for if the command does not say which."""

_TYPES: Final = {"discover": DISCOVER, "request": REQUEST, "inform": INFORM}
_KNOWN: Final = frozenset((
    "hw-address", "client-id", "relay", "circuit-id", "vendor-class", "interface", "address", "message-type", "options",
    "requested-options", "ciaddr", "packet", "subnet-id",
))  # fmt: skip


def query_of(context: Context, arguments: object) -> Query:
    """Return the query; CommandError for arguments that make none."""
    found = as_map(arguments, "missing parameter 'hw-address'", "arguments must be a map")
    unknown = next((name for name in found if name not in _KNOWN), None)
    if unknown is not None:
        raise CommandError(f"unknown parameter '{unknown}'; known are {', '.join(sorted(_KNOWN))}")
    if "subnet-id" in found:
        found = _by_way_of_subnet(context, found)
    message = _captured(found) if "packet" in found else _message(found)
    interface = _interface(context, found)
    local = interface.addresses[0] if interface.addresses else 0
    if message.giaddr or message.ciaddr:
        source, destination = message.giaddr or message.ciaddr, local
    else:
        source, destination = 0, BROADCAST
    return Query(message, interface, local, source, destination, CLIENT_PORT, message.chaddr)


def _by_way_of_subnet(context: Context, found: Arguments) -> Arguments:
    """Return the arguments with the interface or the relay by which a query of a subnet's clients would come."""
    others = found.keys() & {"relay", "interface", "packet"}
    if others:
        raise CommandError(f"'subnet-id' stands for '{min(others)}': leave out one of the two")
    number = found["subnet-id"]
    subnet = next((each for each in context.settings.subnets if each.id == number), None)
    if subnet is None or type(number) is not int:
        raise CommandError(f"no subnet with id {number}")
    rest = {name: value for name, value in found.items() if name != "subnet-id"}
    for each in context.host_system.interfaces():
        if each.in_use and (each.name == subnet.interface or any(address in subnet for address in each.addresses)):
            return rest | {"interface": each.name}
    first = subnet.prefix + 1 if subnet.length < 31 else subnet.prefix
    return rest | {"relay": address_text(min(subnet.relay_addresses, default=first))}


def _captured(found: Arguments) -> Message:
    """Return a message that was captured, given as the bytes behind its UDP header."""
    others = found.keys() - {"packet", "interface"}
    if others:
        raise CommandError(f"'packet' has everything in it: leave out '{min(others)}'")
    try:
        message = decode(_bytes(found, "packet"))
    except ValueError as error:
        raise CommandError(f"'packet' is no DHCP message: {error}") from None
    if message.op != BOOTREQUEST:
        raise CommandError("'packet' is a message of a server; give one of a client")
    return message


def _message(found: Arguments) -> Message:
    relay, ciaddr = _address(found, "relay"), _address(found, "ciaddr")
    hwaddr = _bytes(found, "hw-address")
    if not hwaddr or len(hwaddr) > 16:
        raise CommandError("'hw-address' must have 1 to 16 bytes, such as 08:00:27:c4:0f:d1")
    kind = found.get("message-type", "discover")
    if kind not in _TYPES:
        raise CommandError(f"'message-type' must be one of {', '.join(_TYPES)}")
    options = {OPT_MESSAGE_TYPE: bytes((_TYPES[kind],)), **_options(found)}
    hops = 1 if relay else 0
    made = Message(
        BOOTREQUEST, 1, hops, 0x1D4E6EAA, 0, 0, ciaddr, 0, 0, relay, hwaddr, b"", b"", dict(sorted(options.items()))
    )
    try:
        return decode(encode(made))  # as it would come
    except ValueError as error:
        raise CommandError(f"no such message can be sent: {error}") from None


def _options(found: Arguments) -> dict[int, bytes]:
    address = _address(found, "address")
    circuit = _bytes(found, "circuit-id")
    options = {
        OPT_CLIENT_IDENTIFIER: _bytes(found, "client-id"),
        OPT_VENDOR_CLASS_IDENTIFIER: _text(found, "vendor-class").encode(),
        OPT_REQUESTED_ADDRESS: address.to_bytes(4, "big") if address else b"",
        OPT_AGENT_OPTIONS: bytes((AGENT_CIRCUIT_ID, len(circuit))) + circuit if circuit else b"",
        OPT_PARAMETER_REQUEST_LIST: _asked_for(found),
    }
    for entry in _list(found, "options"):
        if type(entry) is not dict or type(entry.get("code")) is not int or not 0 < entry["code"] < 255:
            raise CommandError("'options' must be a list of maps with 'code' (1 to 254) and 'data' (hexadecimal)")
        options[entry["code"]] = _bytes(entry, "data")
    return {code: data for code, data in options.items() if data}


def _asked_for(found: Arguments) -> bytes:
    codes = _list(found, "requested-options")
    if not all(type(code) is int and 0 < code < 255 for code in codes):
        raise CommandError("'requested-options' must be a list of codes from 1 to 254")
    return bytes(codes) or ASKED_FOR


def _interface(context: Context, found: Arguments) -> Interface:
    """Return the interface that the query comes by: the one that is named, else the first one that is listened on."""
    name = _text(found, "interface")
    known: Sequence[InterfaceState] = context.host_system.interfaces()
    if name:
        chosen = next((each for each in known if each.name == name), None)
        if chosen is None:
            raise CommandError(f"no interface '{name}'; there are {', '.join(each.name for each in known)}")
    else:
        candidates = [each for each in known if each.in_use] or [each for each in known if not each.loopback]
        if not candidates:
            raise CommandError("no interface is listened on: give 'interface'")
        chosen = candidates[0]
    return Interface(chosen.name, chosen.ifindex, chosen.mac, chosen.addresses)


def _text(found: Arguments, name: str) -> str:
    value = found.get(name, "")
    if type(value) is not str:
        raise CommandError(f"'{name}' must be a string")
    return value


def _list(found: Arguments, name: str) -> list[Json]:
    value = found.get(name, [])
    if type(value) is not list:
        raise CommandError(f"'{name}' must be a list")
    return value


def _bytes(found: Arguments, name: str) -> bytes:
    text = _text(found, name)
    try:
        return bytes.fromhex(text.removeprefix("0x").replace(":", ""))
    except ValueError:
        raise CommandError(f"'{name}' must be hexadecimal, with colons or without: '{text}' is not") from None


def _address(found: Arguments, name: str) -> int:
    text = _text(found, name)
    try:
        return address_number(text) if text else 0
    except ValueError:
        raise CommandError(f"'{name}' must be an IPv4 address: '{text}' is not") from None
