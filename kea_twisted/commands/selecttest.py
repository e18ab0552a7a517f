"""``subnet4-select-test``: which subnet a packet with these marks would be given."""

from __future__ import annotations

from typing import Final, NamedTuple

from kea_twisted.commands.arguments import Arguments, as_map
from kea_twisted.commands.context import Context
from kea_twisted.commands.envelope import EMPTY, SUCCESS, Answer, answer
from kea_twisted.commands.leaseinput import read_address
from kea_twisted.engine.effects import Interface, Query
from kea_twisted.engine.exchange import Exchange
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
from kea_twisted.wire.message import Message

_ADDRESSES: Final = ("address", "relay", "local", "remote", "link", "subnet")
_KNOWN: Final = frozenset((*_ADDRESSES, "interface", "classes"))


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
    subnet = context.subnets.select(_exchange(marks, addresses))
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
    unknown = next((name for name in found if name not in _KNOWN), None)
    if unknown is not None:
        raise CommandError(f"unknown entry '{unknown}'")
    interface = _text(found, "interface")
    address, relay, local, remote, link, subnet = (_address(found, name) for name in _ADDRESSES)
    return Marks(interface, address, relay, local, remote, link, subnet, _classes(found))


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


def _classes(found: Arguments) -> tuple[str, ...]:
    names = found.get("classes", [])
    if type(names) is not list:
        raise CommandError("'classes' entry must be a list")
    if any(type(name) is not str for name in names):
        raise CommandError("'classes' entry must be a list of strings")
    return tuple(names)
