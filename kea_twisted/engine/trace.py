"""Debug messages about the steps of a query, with Kea's identifiers.

They stand apart because they cost more than the steps themselves. Each function is called behind one comparison
(``Core.traces``) and finds out which messages of its step are enabled. Kea writes a packet in several lines; here it
is one, so that nothing in a packet can look like a line of the log.
"""

from __future__ import annotations

from typing import Final

from kea_twisted import events as E
from kea_twisted.config.hosts import Host
from kea_twisted.config.model import Subnet
from kea_twisted.engine.core import Core
from kea_twisted.engine.effects import Query, Reply
from kea_twisted.engine.exchange import Exchange
from kea_twisted.engine.hosts import READERS
from kea_twisted.expr.optiontext import option_text
from kea_twisted.interfaces import Log
from kea_twisted.lease.lease import Lease
from kea_twisted.wire import identity
from kea_twisted.wire.address import address_text
from kea_twisted.wire.constants import (
    BROADCAST,
    CLIENT_PORT,
    OPT_AGENT_OPTIONS,
    OPT_FQDN,
    OPT_MESSAGE_TYPE,
    OPT_SUBNET_SELECTION,
    SERVER_PORT,
    TYPE_NAMES,
)
from kea_twisted.wire.message import Message, decode
from kea_twisted.wire.optiondefs import DHCP4_SPACE, STANDARD_DEFINITIONS

# Kinds of identifiers as Kea's log names them, where that is not their keyword.
_KINDS: Final = {"hw-address": "hwaddr"}


def buffer_unpack(log: Log, exchange: Exchange) -> None:
    """Log that the options of a query were unpacked."""
    query = exchange.query
    source, destination = address_text(query.source), address_text(query.destination)
    _say(log, E.DHCP4_BUFFER_UNPACK, True, source, destination, query.interface.name)


def query_data(log: Log, exchange: Exchange, server_port: int = SERVER_PORT) -> None:
    """Log the query as it came."""
    query = exchange.query
    if E.DHCP4_QUERY_DATA in log.enabled:
        packet = packet_text(query.message, query.destination, server_port, query.source, query.source_port)
        log.emit(E.DHCP4_QUERY_DATA, exchange.label, packet)


def response_data(log: Log, query: Query, reply: Reply, server_port: int = SERVER_PORT) -> None:
    """Log the reply as it leaves."""
    message = decode(reply.payload)
    kind = (message.options.get(OPT_MESSAGE_TYPE) or b"\0")[0]
    log.emit(
        E.DHCP4_RESPONSE_DATA, identity.label(query.message), TYPE_NAMES.get(kind, "UNKNOWN"), kind,
        packet_text(message, reply.source, server_port, reply.destination, reply.port),
    )  # fmt: skip


def subnet_selection(log: Log, exchange: Exchange, subnet: Subnet | None) -> None:
    """Log why this subnet, or none, was chosen; ``Links.select`` has the rule."""
    query, message = exchange.query, exchange.message
    if query.interface.envelope is not None:
        if subnet is not None:
            _say(log, E.DHCP4_DHCP4O6_SUBNET_DATA, True, exchange.label, subnet.text)
        return
    options = message.options
    _say(log, E.DHCPSRV_SUBNET4_SELECT_NO_RAI_OPTIONS, OPT_AGENT_OPTIONS not in options)
    if not message.giaddr and OPT_SUBNET_SELECTION not in options:
        _say(log, E.DHCPSRV_SUBNET4_SELECT_NO_RELAY_ADDRESS, True)
    address = message.giaddr
    if not address and query.destination != BROADCAST:
        address = message.ciaddr or query.source
    if not address:
        if subnet is None or not subnet.interface:
            _say(log, E.DHCPSRV_SUBNET4_SELECT_BY_INTERFACE_NO_MATCH, True, query.interface.name)
        address = query.local
    if subnet is not None and address in subnet:
        _say(log, E.DHCPSRV_CFGMGR_SUBNET4_ADDR, True, subnet.text, address_text(address))
    if subnet is not None:
        _say(log, E.DHCP4_SUBNET_DATA, True, exchange.label, subnet.text)


def hosts(core: Core, exchange: Exchange, subnet: Subnet) -> None:
    """Log the identifiers looked up among the reservations of a subnet, up to the one that finds a host."""
    log, host = core.log, exchange.hosts.get(subnet.id)
    for kind in core.settings.host_reservation_identifiers:
        value = READERS[kind](exchange) if kind in READERS else b""
        if not value:
            continue
        named = f"{_KINDS.get(kind, kind)}={value.hex().upper()}"
        is_this = host is not None and (host.kind, host.identifier) == (kind, value)
        text = _host(host) if is_this and host is not None else ""
        _say(log, E.HOSTS_CFG_GET_ONE_SUBNET_ID_IDENTIFIER, True, subnet.id, named)
        _say(log, E.HOSTS_CFG_GET_ALL_IDENTIFIER, True, named)
        _say(log, E.HOSTS_CFG_GET_ALL_IDENTIFIER_HOST, is_this, named, text)
        _say(log, E.HOSTS_CFG_GET_ALL_IDENTIFIER_COUNT, True, named, int(is_this))
        if is_this:
            _say(log, E.HOSTS_CFG_GET_ONE_SUBNET_ID_IDENTIFIER_HOST, True, subnet.id, named, text)
            return
        _say(log, E.HOSTS_CFG_GET_ONE_SUBNET_ID_IDENTIFIER_NULL, True, subnet.id, named)


def _host(host: Host) -> str:
    """Return a reservation as Kea shows it."""
    return (
        f"{_KINDS.get(host.kind, host.kind)}={host.identifier.hex().upper()} ipv4_subnet_id={host.subnet_id} "
        f"hostname={host.hostname or '(empty)'} "
        f"ipv4_reservation={address_text(host.address) if host.address else '(no)'} "
        f"siaddr={address_text(host.next_server) if host.next_server else '(no)'} "
        f"sname={host.server_hostname or '(empty)'} file={host.boot_file_name or '(empty)'} "
        "key=(empty) ipv6_reservations=(none)"
    )


def hosts_of_address(log: Log, subnet: Subnet, address: int, reserved: tuple[Host, ...]) -> None:
    """Log for which hosts an address is reserved."""
    text, number = address_text(address), len(reserved)
    _say(log, E.HOSTS_CFG_GET_ONE_SUBNET_ID_ADDRESS4, True, subnet.id, text)
    _say(log, E.HOSTS_CFG_GET_ALL_SUBNET_ID_ADDRESS4, True, subnet.id, text)
    for host in reserved:
        _say(log, E.HOSTS_CFG_GET_ALL_SUBNET_ID_ADDRESS4_HOST, True, subnet.id, text, _host(host))
    _say(log, E.HOSTS_CFG_GET_ALL_SUBNET_ID_ADDRESS4_COUNT, True, subnet.id, text, number)
    if reserved:
        _say(log, E.HOSTS_CFG_GET_ONE_SUBNET_ID_ADDRESS4_HOST, True, subnet.id, text, _host(reserved[0]))
    else:
        _say(log, E.HOSTS_CFG_GET_ONE_SUBNET_ID_ADDRESS4_NULL, True, subnet.id, text)


def lookups(log: Log, exchange: Exchange, address: int) -> None:
    """Log the leases that were looked up: the client's, and that of the address."""
    if exchange.client_id:
        _say(log, E.DHCPSRV_MEMFILE_GET_CLIENTID, True, exchange.client_id.hex(":"))
    if exchange.hwaddr:
        _say(log, E.DHCPSRV_MEMFILE_GET_HWADDR, True, identity.hwaddr_text(exchange.message))
    _say(log, E.DHCPSRV_MEMFILE_GET_ADDR4, True, address_text(address))


def name_of_client(log: Log, exchange: Exchange) -> None:
    """Log that the name of the client is processed."""
    event = E.DHCP4_CLIENT_FQDN_PROCESS if OPT_FQDN in exchange.message.options else E.DHCP4_CLIENT_HOSTNAME_PROCESS
    _say(log, event, True, exchange.label)


def allocated(core: Core, exchange: Exchange, lease: Lease, subnet: Subnet, offer: bool) -> None:
    """Log the address that is going to be offered or given, and the look-ups that led to it."""
    log, address = core.log, lease.address
    if E.DHCP4_CLIENT_HOSTNAME_PROCESS in log.enabled:
        name_of_client(log, exchange)
    if E.DHCPSRV_MEMFILE_GET_ADDR4 in log.enabled:
        lookups(log, exchange, address)
    old = core.table.store.get(address)
    is_new = old is None or not exchange.owns(old)
    is_reserved = any(host.address == address for host in exchange.hosts.values())
    if E.HOSTS_CFG_GET_ONE_SUBNET_ID_ADDRESS4 in log.enabled and is_new and not (offer and is_reserved):
        hosts_of_address(log, subnet, address, core.settings.hosts.at(subnet.id, address))
    if offer:
        event = E.ALLOC_ENGINE_V4_OFFER_NEW_LEASE if is_new else E.ALLOC_ENGINE_V4_OFFER_EXISTING_LEASE
        _say(log, event, True, exchange.label)
    else:
        event = E.ALLOC_ENGINE_V4_REQUEST_ALLOC_REQUESTED if is_new else E.ALLOC_ENGINE_V4_REQUEST_EXTEND_LEASE
        _say(log, event, True, exchange.label, address_text(address))
        stored = E.DHCPSRV_MEMFILE_ADD_ADDR4 if old is None else E.DHCPSRV_MEMFILE_UPDATE_ADDR4
        _say(log, stored, True, address_text(address))


def changed(log: Log, address: int, event: E.Event) -> None:
    """Log that the lease of an address was looked up and changed."""
    text = address_text(address)
    _say(log, E.DHCPSRV_MEMFILE_GET_ADDR4, True, text)
    _say(log, event, True, text)


def _say(log: Log, event: E.Event, applies: bool, *arguments: object) -> None:
    if applies and event in log.enabled:
        log.emit(event, *arguments)


def packet_text(message: Message, local: int, local_port: int, remote: int, remote_port: int) -> str:
    """Return a whole message with its addresses and options, as debug lines show it."""
    kind = message.options.get(OPT_MESSAGE_TYPE, b"\0")[0]
    ports = local_port, remote_port or CLIENT_PORT
    head = (
        f"local_address={address_text(local)}:{ports[0]}, remote_address={address_text(remote)}:{ports[1]}, "
        f"msg_type={TYPE_NAMES.get(kind, 'UNKNOWN')} ({kind}), trans_id={message.xid:#x}"
    )
    return f"{head}, options: {'; '.join([_option(code, data) for code, data in sorted(message.options.items())])}"


def _option(code: int, data: bytes) -> str:
    row = STANDARD_DEFINITIONS.by_code(DHCP4_SPACE, code)
    if row is not None and row.type == "string":
        text = data.rstrip(b"\0").decode("latin-1")
        return f'type={code:03}, len={len(data):03}: "{text}" (string)'
    return option_text(row, STANDARD_DEFINITIONS, code, data).decode("utf-8", "replace").replace("\n", " ")
