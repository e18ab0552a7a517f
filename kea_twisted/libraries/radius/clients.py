"""The identifier of a client: the key of its entry in the host cache, and its User-Name."""

from __future__ import annotations

from typing import NamedTuple

from kea_twisted.engine.effects import Query
from kea_twisted.lease.lease import Lease
from kea_twisted.libraries.radius.attributes import is_printable
from kea_twisted.libraries.radius.parameters import RadiusSettings
from kea_twisted.wire.constants import AGENT_CIRCUIT_ID
from kea_twisted.wire.identity import client_id, duid
from kea_twisted.wire.relay import agent_options


class Client(NamedTuple):
    """The kind of its identifier, the identifier, and the User-Name."""

    kind: str
    identifier: bytes
    name: str


def of_query(settings: RadiusSettings, query: Query) -> Client:
    """Return the client of a query. Raises ValueError if the query has no identifier of the kind that is configured."""
    kind, message = settings.identifier_type, query.message
    if kind == "hw-address":
        if not message.chaddr:
            raise ValueError("no hardware address")
        return Client(kind, message.chaddr, mac_text(settings, message.chaddr))
    if kind == "circuit-id":
        circuit = agent_options(message).get(AGENT_CIRCUIT_ID, b"")
        if not circuit:
            raise ValueError("no circuit-id option")
        return Client(kind, circuit, text_of(settings, circuit))
    identifier = identifier_in(kind, client_id(message))
    if not identifier:
        raise ValueError("no client-id option" if not client_id(message) else f"no {kind} in client-id option")
    name = user_name(settings, identifier) if kind == "client-id" else text_of(settings, identifier)
    return Client(kind, identifier, name)


def of_lease(settings: RadiusSettings, hwaddr: bytes, option: bytes) -> tuple[str, bytes]:
    """Return the kind and the identifier of a lease's client, b"" if the lease does not have it."""
    kind = settings.identifier_type
    return kind, hwaddr if kind == "hw-address" else identifier_in(kind, option) if kind != "circuit-id" else b""


def key_of(settings: RadiusSettings, lease: Lease) -> tuple[str, bytes]:
    """Return the same of a lease."""
    return of_lease(settings, lease.hwaddr, lease.client_id)


def identifier_in(kind: str, option: bytes) -> bytes:
    """Return the identifier in a client identifier (option 61), b"" if it has none of the kind.

    ``flex-id``: the library of that name has put it there, behind a zero.
    """
    if kind == "duid":
        return duid(option)
    if kind == "flex-id":
        return option[1:] if len(option) > 1 and not option[0] else b""
    return option


def user_name(settings: RadiusSettings, option: bytes) -> str:
    """Return a client identifier as User-Name: the DUID in it (RFC 4361), if that is wanted, or all of it."""
    inner = duid(option) if settings.extracts_duid else b""
    if inner:
        return text_of(settings, inner)
    if settings.pops_zero and len(option) > 1 and not option[0]:
        option = option[1:]
    return text_of(settings, option)


def mac_text(settings: RadiusSettings, hwaddr: bytes) -> str:
    """Return a hardware address as attributes have it."""
    return hwaddr.hex("-" if settings.canonical_mac else ":")


def text_of(settings: RadiusSettings, value: bytes) -> str:
    """Return bytes as attributes have them."""
    return value.decode("ascii") if settings.printable and is_printable(value) else value.hex(":")
