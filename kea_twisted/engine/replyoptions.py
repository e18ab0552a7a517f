"""The options of a reply (RFC 2131 section 4.3.1) and the reply as a datagram.

Options go out in the order of their codes, as Kea sends them. What depends on the pool and on the client's
wishes (option 55) alone is put together once and kept; what belongs to this one reply is added.
"""

from __future__ import annotations

from collections.abc import Mapping
from struct import Struct
from typing import Final, NamedTuple

from kea_twisted.config.hosts import Host
from kea_twisted.config.model import Subnet
from kea_twisted.config.optiondata import OptionSet
from kea_twisted.config.options import overlay
from kea_twisted.engine.core import Core
from kea_twisted.engine.destination import destination
from kea_twisted.engine.effects import Reply
from kea_twisted.engine.exchange import Exchange
from kea_twisted.engine.fitting import ALWAYS_FITS, fitted
from kea_twisted.engine.vendoroptions import vendor_options
from kea_twisted.records import new
from kea_twisted.wire.constants import (
    BOOTREPLY,
    BROADCAST,
    INFORM,
    OPT_AGENT_OPTIONS,
    OPT_CLIENT_IDENTIFIER,
    OPT_DOMAIN_NAME,
    OPT_DOMAIN_NAME_SERVERS,
    OPT_LEASE_TIME,
    OPT_MESSAGE_TYPE,
    OPT_PARAMETER_REQUEST_LIST,
    OPT_ROUTERS,
    OPT_SERVER_IDENTIFIER,
    OPT_SUBNET_MASK,
    OPT_SUBNET_SELECTION,
    OPT_VIVCO_SUBOPTIONS,
    OPT_VIVSO_SUBOPTIONS,
)
from kea_twisted.wire.message import pack
from kea_twisted.wire.options import pack_option, pack_options
from kea_twisted.wire.relay import server_id_override

_U32: Final = Struct("!I").pack
_TYPES: Final = tuple(bytes((number,)) for number in range(256))

ALWAYS: Final = (OPT_ROUTERS, OPT_DOMAIN_NAME_SERVERS, OPT_DOMAIN_NAME, OPT_SERVER_IDENTIFIER)
"""Sent whenever configured, asked for or not (Kea: ``Dhcpv4Srv::appendBasicOptions``)."""

_CACHE_SIZE: Final = 4096
"""Different lists of wishes times pools; beyond that the cache starts anew. Few kinds of clients exist."""
_FIELDS: Final = 64  # different lifetimes and addresses of ours that are kept for each of them


class Listed(NamedTuple):
    """Configured options of a reply: those with a code below 51, in order, and the rest.

    ``packed`` keeps option fields up to the echoes, by what else stands in them.
    """

    low: dict[int, bytes]
    high: dict[int, bytes]
    packed: dict[tuple[object, ...], bytes]


class ReplyOptions:
    """The configured options of replies, by option set and wish list."""

    __slots__ = ("_core", "_cache")

    def __init__(self, core: Core) -> None:
        self._core = core
        self._cache: dict[tuple[object, ...], Listed] = {}

    def listed(
        self, options: OptionSet, exchange: Exchange, mask: int = -1, reserved: OptionSet | None = None
    ) -> Listed:
        """Return the options of this set for this client; with ``mask`` the subnet mask, too (0 is that of 0.0.0.0/0).

        ``reserved`` are a host's own, which come first: as there may be as many of them as there are hosts,
        what is put together with them is not kept. Option sets are compared by identity: it lives as long
        as the settings, and so does this cache.
        """
        asked = exchange.message.options
        wishes = asked.get(OPT_PARAMETER_REQUEST_LIST, b"")
        classifier = self._core.classifier
        names = classifier.key(exchange) if classifier is not None else ()
        if reserved is not None:
            if classifier is not None and names:
                return _select(classifier.options(options, names, reserved), wishes, mask, asked)
            return _select(overlay(reserved, options), wishes, mask, asked)
        key: tuple[object, ...] = (id(options), mask, wishes)
        if classifier is not None and names:
            key = (*key, names)
        if options.vendors is not None:
            key = (*key, asked.get(OPT_VIVCO_SUBOPTIONS), asked.get(OPT_VIVSO_SUBOPTIONS))
        listed = self._cache.get(key)
        if listed is None:
            if len(self._cache) >= _CACHE_SIZE:
                self._cache.clear()
            if classifier is not None and names:
                options = classifier.options(options, names)
            listed = self._cache[key] = _select(options, wishes, mask, asked)
        return listed


def _select(options: OptionSet, wishes: bytes, mask: int, asked: Mapping[int, bytes]) -> Listed:
    by_code = options.by_code
    codes = {*wishes, *options.always, *ALWAYS}.difference(options.never)
    chosen = {code: by_code[code] for code in codes if code in by_code}
    if options.vendors is not None:
        chosen.update(vendor_options(options, wishes, asked))
    if mask >= 0:
        chosen[OPT_SUBNET_MASK] = _U32(mask)
    return Listed(
        {code: chosen[code] for code in sorted(chosen) if code < OPT_LEASE_TIME},
        {code: chosen[code] for code in sorted(chosen) if code >= OPT_LEASE_TIME},
        {},
    )


def identifier_only(listed: Listed) -> Listed | None:
    """The server identifier of what is configured; None where there is none."""
    identifier = listed.high.get(OPT_SERVER_IDENTIFIER)
    return None if identifier is None else Listed({}, {OPT_SERVER_IDENTIFIER: identifier}, {})


def reply_options(
    core: Core,
    exchange: Exchange,
    reply_type: int,
    listed: Listed | None = None,
    lifetime: int = 0,
    times: dict[int, bytes] | None = None,
    name: tuple[int, bytes] | None = None,
) -> dict[int, bytes]:
    """Return all options of a reply, in order: type, configured ones, lifetime, server identifier, times, echoes."""
    asked = exchange.message.options
    override = _override(exchange, asked)
    options = _beginning(reply_type, listed, lifetime, override or exchange.query.local, times)
    if exchange.client_id and core.settings.echo_client_id:  # RFC 6842
        options[OPT_CLIENT_IDENTIFIER] = exchange.client_id
    agent = asked.get(OPT_AGENT_OPTIONS)
    if agent and not exchange.stashed:
        options[OPT_AGENT_OPTIONS] = agent
    selection = asked.get(OPT_SUBNET_SELECTION)
    if name is None and selection is None and not (listed and listed.high):
        return options
    if listed is not None:
        options.update(listed.high)
        if override:
            options[OPT_SERVER_IDENTIFIER] = _U32(override)
    if selection is not None:  # RFC 3011 section 2
        options[OPT_SUBNET_SELECTION] = selection
    if name is not None:
        options[name[0]] = name[1]
    return dict(sorted(options.items()))


def _override(exchange: Exchange, asked: Mapping[int, bytes]) -> int:
    """The server identifier that the relay asks for, before any that is configured (RFC 5107 section 4); 0: none."""
    if OPT_AGENT_OPTIONS not in asked:
        return 0
    return server_id_override(exchange.agent) or 0


def _beginning(
    reply_type: int, listed: Listed | None, lifetime: int, local: int, times: dict[int, bytes] | None
) -> dict[int, bytes]:
    """Return the part that the replies to many clients share."""
    options = {OPT_MESSAGE_TYPE: _TYPES[reply_type]}
    if listed is not None:
        options.update(listed.low)
    if lifetime:
        options[OPT_LEASE_TIME] = _U32(lifetime)
    options[OPT_SERVER_IDENTIFIER] = _U32(local)
    if times:
        options.update(times)
    return options


def packed_options(
    core: Core,
    exchange: Exchange,
    reply_type: int,
    listed: Listed,
    lifetime: int,
    times: dict[int, bytes] | None,
) -> bytes | None:
    """Return ``reply_options`` as the option field; None if it does not simply end with the echoes."""
    asked = exchange.message.options
    if listed.high or OPT_SUBNET_SELECTION in asked:
        return None
    local = exchange.query.local
    if OPT_AGENT_OPTIONS in asked:
        local = _override(exchange, asked) or local
    key = (reply_type, lifetime, local, tuple(times.values()) if times else None)
    data = listed.packed.get(key)
    if data is None:
        if len(listed.packed) >= _FIELDS:
            listed.packed.clear()
        data = pack_options(_beginning(reply_type, listed, lifetime, local, times))[:-1]
        listed.packed[key] = data
    if exchange.client_id and core.settings.echo_client_id:  # RFC 6842
        data += pack_option(OPT_CLIENT_IDENTIFIER, exchange.client_id)
    agent = asked.get(OPT_AGENT_OPTIONS)
    if agent and not exchange.stashed:
        data += pack_option(OPT_AGENT_OPTIONS, agent)
    return data + b"\xff"


def make_reply(
    core: Core,
    exchange: Exchange,
    reply_type: int,
    options: dict[int, bytes],
    address: int = 0,
    ciaddr: int = 0,
    subnet: Subnet | None = None,
    host: Host | None = None,
    field: bytes | None = None,
) -> Reply:
    """Make the datagram: ``address`` is yiaddr; ``subnet`` and ``host`` give the fixed fields (none for a NAK).

    ``field`` are the options where they are packed already.
    """
    query, message = exchange.query, exchange.message
    to = destination(exchange, reply_type, address, core.client_port)
    hops, giaddr = message.hops, message.giaddr
    if exchange.type == INFORM and not to.relayed:
        hops = giaddr = 0
        options.pop(OPT_AGENT_OPTIONS, None)
    siaddr, sname, file = _fixed_fields(core, exchange, subnet, host) if subnet else (0, b"", b"")
    payload = pack(
        BOOTREPLY, message.htype, hops, message.xid, 0, to.flags, ciaddr, address, siaddr, giaddr,
        message.chaddr, sname, file, pack_options(options) if field is None else field,
    )  # fmt: skip
    if len(payload) > ALWAYS_FITS:
        payload = fitted(core, exchange, payload, bool(to.mac) or to.address == BROADCAST)
    return new(Reply, (payload, query.interface, query.local, to.address, to.port, to.mac))


def _fixed_fields(core: Core, exchange: Exchange, subnet: Subnet, host: Host | None) -> tuple[int, bytes, bytes]:
    server, sname, file = subnet.next_server, subnet.server_hostname, subnet.boot_file_name
    if core.classifier is not None:
        fields = core.classifier.fields(exchange)
        server, sname, file = fields[0] or server, fields[1] or sname, fields[2] or file
    if host is not None:
        server = host.next_server or server
        sname = host.server_hostname or sname
        file = host.boot_file_name or file
    return server, sname.encode() if sname else b"", file.encode() if file else b""
