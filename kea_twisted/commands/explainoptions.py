"""The reply in words: its fields, its options, and the level of the configuration that each option comes from."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Final

from kea_twisted.config.model import Settings
from kea_twisted.config.options import configured_definitions
from kea_twisted.engine.exchange import Exchange
from kea_twisted.engine.hosts import current_host
from kea_twisted.engine.trial import Trial
from kea_twisted.jsonvalue import Json
from kea_twisted.wire.address import address_text
from kea_twisted.wire.constants import OPT_AGENT_OPTIONS, OPT_CLIENT_IDENTIFIER
from kea_twisted.wire.message import Message, decode
from kea_twisted.wire.optiondefs import DHCP4_SPACE, Definitions
from kea_twisted.wire.optiontypes import unpack_text

_ADDRESSES: Final = ("ciaddr", "yiaddr", "siaddr", "giaddr")
_OWN: Final = {
    53: "the server", 54: "the server", 51: "valid-lifetime", 58: "renew-timer", 59: "rebind-timer",
    1: "the prefix of the subnet", OPT_CLIENT_IDENTIFIER: "the query", OPT_AGENT_OPTIONS: "the query",
    118: "the query", 12: "the name of the client", 81: "the name of the client",
}  # fmt: skip

Level = tuple[str, Iterable[Mapping[str, Json]]]  # its name, and its option-data


def decoded(settings: Settings, trial: Trial) -> dict[str, object]:
    """Return the reply of a trial that has one."""
    assert trial.reply is not None and trial.exchange is not None
    reply, sent = decode(trial.reply.payload), trial.reply
    found: dict[str, object] = {name: address_text(getattr(reply, name)) for name in _ADDRESSES}
    found |= {name: getattr(reply, name).decode("latin-1") for name in ("sname", "file") if getattr(reply, name)}
    found["sent-to"] = f"{address_text(sent.destination)} port {sent.port}" + (
        f" ({sent.mac.hex(':')})" if sent.mac else ""
    )
    found["options"] = list(_options(settings, trial, trial.exchange, reply))
    found["hex"] = sent.payload.hex()
    return found


def _options(settings: Settings, trial: Trial, exchange: Exchange, reply: Message) -> Iterator[dict[str, object]]:
    definitions = Definitions(configured_definitions(settings.tree))
    classes = exchange.classes or {}
    levels = [
        (level, [entry for entry in entries if _is_for(entry, classes)])
        for level, entries in _levels(settings, trial, exchange, reply.yiaddr)
    ]
    for code, data in reply.options.items():
        definition = definitions.by_code(DHCP4_SPACE, code)
        found: dict[str, object] = {"code": code, "hex": data.hex()}
        if definition is not None:
            found["name"] = definition.name
            with suppress(ValueError):
                found["data"] = unpack_text(definition, data)
        found["from"] = _origin(code, definition.name if definition is not None else "", levels)
        yield found


def _is_for(entry: Mapping[str, Json], classes: Container[str]) -> bool:
    """Return True if an entry of option-data counts for members of these classes."""
    required = entry.get("client-classes")
    return not required or any(name in classes for name in required)


def _origin(code: int, name: str, levels: Iterable[Level]) -> str:
    for level, entries in levels:
        for entry in entries:
            space = entry.get("space", DHCP4_SPACE)
            if space == DHCP4_SPACE and (entry.get("code") == code or (name and entry.get("name") == name)):
                return level
    return _OWN.get(code, "the server")


def _levels(settings: Settings, trial: Trial, exchange: Exchange, address: int) -> Iterator[Level]:
    """Yield the levels in the order in which they count."""
    subnet, tree = exchange.subnet, settings.tree
    if subnet is not None:
        subnet = next((each for each in trial.parts.links.siblings(subnet) if address in each), subnet)
        host = current_host(exchange, subnet)
        if host is not None and host.section:
            yield f"the reservation by {host.kind}", host.section.get("option-data", ())
        section, network = _sections(tree, subnet.id)
        for pool, entry in zip(subnet.pools, section.get("pools", ()), strict=False):
            if address in pool:
                yield f"pool {pool.text}", entry.get("option-data", ())
        yield f"subnet {subnet.text}", section.get("option-data", ())
        if network:
            yield f"shared network {network.get('name')}", network.get("option-data", ())
    sections = {each["name"]: each for each in tree.get("client-classes", ())}
    for name in exchange.classes or ():
        if name in sections:
            yield f"class {name}", sections[name].get("option-data", ())
    yield "the global level", tree.get("option-data", ())


def _sections(tree: Mapping[str, Json], subnet_id: int) -> tuple[Mapping[str, Json], Mapping[str, Json]]:
    """Return the section of a subnet, and that of its shared network, empty if it is in none."""
    for holder in (tree, *tree.get("shared-networks", ())):
        for section in holder.get("subnet4", ()):
            if section.get("id") == subnet_id:
                return section, {} if holder is tree else holder
    return {}, {}
