"""``subnet4-select-test``, ``subnet4o6-select-test``: which subnet a packet with these marks would be given."""

from __future__ import annotations

from ipaddress import IPv6Address
from typing import Final, NamedTuple

from kea_twisted.commands.arguments import Arguments, as_map
from kea_twisted.commands.context import Context
from kea_twisted.commands.envelope import EMPTY, SUCCESS, Answer, answer
from kea_twisted.commands.leaseinput import is_ipv6, read_address
from kea_twisted.config.model import Subnet
from kea_twisted.engine.effects import Interface, Query
from kea_twisted.engine.exchange import Exchange
from kea_twisted.engine.over6 import select_over6, subnets_over6
from kea_twisted.errors import CommandError
from kea_twisted.wire.constants import (
    AGENT_LINK_SELECTION,
    BOOTREQUEST,
    BROADCAST,
    DISCOVER,
    OPT_AGENT_OPTIONS,
    OPT_MESSAGE_TYPE,
    OPT_SUBNET_SELECTION,
)
from kea_twisted.wire.dhcp4o6 import DHCPV4_QUERY, OPT_INTERFACE_ID, Envelope, Hop
from kea_twisted.wire.message import Message

_ADDRESSES: Final = ("address", "relay", "local", "remote", "link", "subnet")
_IPV6: Final = ("local", "remote", "link")  # of a query over DHCPv6
_KNOWN: Final = frozenset((*_ADDRESSES, "interface", "classes"))
_KNOWN_OVER6: Final = _KNOWN | {"interface-id"}


class Marks(NamedTuple):
    """The inputs of the choice, 0 and "" if not given."""

    interface: str
    address: int  # ciaddr
    relay: int  # giaddr
    local: int
    remote: int
    link: int
    subnet: int
    classes: tuple[str, ...]


def subnet4_select_test(context: Context, arguments: object) -> Answer:
    """Return the subnet, or the shared network with the subnet it begins with; 3 when there is none."""
    marks = _marks(as_map(arguments, "empty arguments", "arguments must be a map"))
    addresses: tuple[int, ...] = ()
    if marks.interface:
        known = {each.name: each.addresses for each in context.host_system.interfaces()}
        if marks.interface not in known:
            raise CommandError(f"interface {marks.interface} doesn't exist")
        addresses = known[marks.interface]
    return _selected(context.subnets.select(_exchange(marks, addresses)))


def subnet4o6_select_test(context: Context, arguments: object) -> Answer:
    """Return the same for a query over DHCPv6."""
    found = as_map(arguments, "empty arguments", "arguments must be a map")
    _refuse_unknown(found, _KNOWN_OVER6)
    for name in _ADDRESSES:
        if name not in _IPV6:
            _address(found, name)
    remote = {name: _ipv6_address(found, name) for name in _IPV6}["remote"]
    relays: tuple[Hop, ...] = ()
    if "interface-id" in found:
        identifier = _identifier(_text(found, "interface-id"))
        relays = (Hop(0, bytes(16), bytes(16), ((OPT_INTERFACE_ID, identifier),)),)
    classes = dict.fromkeys(("ALL", *_classes(found)))
    envelope = Envelope(DHCPV4_QUERY, bytes(3), relays, _text(found, "interface"), remote, 0)
    return _selected(select_over6(subnets_over6(context.settings.subnets), envelope, classes))


def _selected(subnet: Subnet | None) -> Answer:
    if subnet is None:
        return answer(EMPTY, "no subnet selected")
    text = f"subnet '{subnet.text}' id {subnet.id}"
    if subnet.shared_network:
        text = f"shared network '{subnet.shared_network}' starting with {text}"
    return answer(SUCCESS, f"selected {text}")


def _exchange(marks: Marks, addresses: tuple[int, ...]) -> Exchange:
    options = {OPT_MESSAGE_TYPE: bytes((DISCOVER,))}
    if marks.subnet:
        options[OPT_SUBNET_SELECTION] = marks.subnet.to_bytes(4, "big")
    if marks.link:
        link = bytes((AGENT_LINK_SELECTION, 4)) + marks.link.to_bytes(4, "big")
        options[OPT_AGENT_OPTIONS] = link
    message = Message(BOOTREQUEST, 1, 0, 0, 0, 0, marks.address, 0, 0, marks.relay, b"", b"", b"", options)
    # what has a sender's address has come to this server alone
    direct = marks.address or marks.remote
    interface = Interface(marks.interface, 0, b"", addresses)
    destination = marks.local if direct else BROADCAST
    exchange = Exchange(Query(message, interface, 0, marks.remote, destination, 0, b""), 0.0)
    exchange.classes = dict.fromkeys(("ALL", *marks.classes))
    return exchange


def _marks(found: Arguments) -> Marks:
    _refuse_unknown(found, _KNOWN)
    interface = _text(found, "interface")
    address, relay, local, remote, link, subnet = (_address(found, name) for name in _ADDRESSES)
    return Marks(interface, address, relay, local, remote, link, subnet, _classes(found))


def _refuse_unknown(found: Arguments, known: frozenset[str]) -> None:
    unknown = next((name for name in found if name not in known), None)
    if unknown is not None:
        raise CommandError(f"unknown entry '{unknown}'")


def _text(found: Arguments, name: str) -> str:
    value = found.get(name, "")
    if type(value) is not str:
        raise CommandError(f"'{name}' entry must be a string")
    return value


def _address(found: Arguments, name: str) -> int:
    text = _text(found, name)
    if name not in found:
        return 0
    bad = f"bad '{name}' entry: "
    return read_address(text, f"{bad}not IPv4", bad)


def _ipv6_address(found: Arguments, name: str) -> bytes:
    text = _text(found, name)
    if name not in found:
        return bytes(16)
    if not is_ipv6(text):
        read_address(text, "", f"bad '{name}' entry: ")  # raises for what is no address at all
        raise CommandError(f"bad '{name}' entry: not IPv6")
    return IPv6Address(text).packed


def _identifier(text: str) -> bytes:
    """Return the bytes of an identifier in single quotes, or in hexadecimal digits."""
    if len(text) > 2 and text[0] == text[-1] == "'":
        return text[1:-1].encode()
    try:
        found = bytes.fromhex(text.removeprefix("0x").replace(":", " "))
    except ValueError:
        found = b""
    if not found:
        raise CommandError("value of 'interface-id' was not recognized")
    return found


def _classes(found: Arguments) -> tuple[str, ...]:
    names = found.get("classes", [])
    if type(names) is not list:
        raise CommandError("'classes' entry must be a list")
    if any(type(name) is not str for name in names):
        raise CommandError("'classes' entry must be a list of strings")
    return tuple(names)
