"""The reservations that are looked for, those that are found, and those that would be if something else were true."""

from __future__ import annotations

from collections.abc import Iterator

from kea_twisted.config.hosts import GLOBAL, Host
from kea_twisted.config.model import Settings, Subnet
from kea_twisted.engine.exchange import Exchange
from kea_twisted.engine.hosts import READERS
from kea_twisted.engine.trial import Trial
from kea_twisted.jsonvalue import Json
from kea_twisted.lease.lease import DECLINED
from kea_twisted.wire.address import address_text
from kea_twisted.wire.message import decode


def reservations(settings: Settings, trial: Trial, exchange: Exchange) -> dict[str, Json]:
    """Return what is of reservations in the explanation."""
    looked_for = [{"type": kind, "value": value.hex(":")} for kind, value in exchange.identifiers]
    subnet = exchange.subnet
    given = decode(trial.reply.payload).yiaddr if trial.reply is not None else 0
    missed = list(_missed(settings, trial, exchange, subnet, given)) if subnet is not None else []
    return {
        "looked-for": looked_for,
        "found": [_described(host) for host in exchange.hosts.values()],
        "not-used": [_described(host) | {"reason": reason} for host, reason in missed],
    }


def _described(host: Host) -> dict[str, object]:
    found: dict[str, object] = {"subnet-id": host.subnet_id, "type": host.kind, "value": _identifier(host)}
    if host.address:
        found["ip-address"] = address_text(host.address)
    if host.hostname:
        found["hostname"] = host.hostname
    return found


def _identifier(host: Host) -> str:
    return host.identifier.hex(":")


def _missed(
    settings: Settings, trial: Trial, exchange: Exchange, subnet: Subnet, given: int
) -> Iterator[tuple[Host, str]]:
    """Yield the reservations with an identifier of the client that do not decide, each with the reason."""
    found = list(exchange.hosts.values())
    for host in found:
        if host.address and host.address != given:
            yield host, _why_not_given(trial, exchange, subnet, host)
    for host in _of_client(settings, exchange):
        if not any(host is each for each in found):
            yield host, _why_not_found(settings, trial, exchange, subnet, host)
    yield from _alike(settings, exchange, found)


def _of_client(settings: Settings, exchange: Exchange) -> Iterator[Host]:
    """Yield all reservations with an identifier of the client, in any subnet."""
    identifiers = dict(exchange.identifiers) | {
        kind: value for kind, read in READERS.items() if (value := read(exchange))
    }
    for hosts in settings.hosts.by_subnet.values():
        for kind, value in identifiers.items():
            host = hosts.get(kind, value)
            if host is not None:
                yield host


def _why_not_given(trial: Trial, exchange: Exchange, subnet: Subnet, host: Host) -> str:
    """Return the reason why a reservation that was found is not what the client gets."""
    address = address_text(host.address)
    home = next((each for each in trial.parts.links.siblings(subnet) if each.id == host.subnet_id), subnet)
    if host.subnet_id != GLOBAL and home.reservations_out_of_pool and any(host.address in pool for pool in home.pools):
        return f"{address} lies in a pool of {home.text}, and reservations-out-of-pool is true: only others count"
    if host.subnet_id == GLOBAL and host.address not in subnet:
        return f"{address} is not an address of {subnet.text}, where the client is"
    lease = trial.parts.core.table.store.get(host.address)
    if lease is None or lease.is_expired(exchange.now):
        others = [each for each in exchange.hosts.values() if each is not host]
        return (
            f"another reservation of the client comes first, in subnet {others[0].subnet_id}"
            if others
            else ("the client asks for another address")
        )
    if lease.state == DECLINED:
        return f"a client has declined {address}: it found it in use. It is tried again after the probation period"
    if lease.hwaddr == exchange.hwaddr:
        return (
            f"{address} is leased to this hardware address with another client identifier "
            f"({lease.client_id.hex(':') or 'none'}): firmware and system of one machine, or a changed one. "
            "match-client-id false makes them one client; or delete the lease"
        )
    return (
        f"{address} is leased to {lease.hwaddr.hex(':')}, which had it before: delete that lease, or wait for its end"
    )


def _why_not_found(settings: Settings, trial: Trial, exchange: Exchange, subnet: Subnet, host: Host) -> str:
    """Return the reason why a reservation with the client's identifier was not looked at."""
    if host.kind not in settings.host_reservation_identifiers:
        return f"{host.kind} is not in host-reservation-identifiers: it is not looked at"
    if host.subnet_id == GLOBAL:
        return f"it is a global one, and reservations-global is not true in {subnet.text}"
    network = {each.id: each for each in trial.parts.links.siblings(subnet)}
    if host.subnet_id not in network:
        return f"it is of subnet {host.subnet_id}, and the client is in subnet {subnet.id} ({subnet.text})"
    if not network[host.subnet_id].reservations_in_subnet:
        return f"reservations-in-subnet is false in {network[host.subnet_id].text}"
    first = exchange.hosts[host.subnet_id]
    return f"the reservation by {first.kind} comes first: so is the order of host-reservation-identifiers"


def _alike(settings: Settings, exchange: Exchange, found: list[Host]) -> Iterator[tuple[Host, str]]:
    """Yield reservations for the hardware address as a client identifier, and the other way round."""
    if found:
        return
    client_id = exchange.client_id
    near = [("client-id", b"\1" + exchange.hwaddr, "the client does not send this client identifier")]
    if client_id[:1] == b"\1":
        near.append(("hw-address", client_id[1:], "it is the client identifier that has this hardware address"))
    for hosts in settings.hosts.by_subnet.values():
        for kind, value, reason in near:
            host = hosts.get(kind, value)
            if host is not None and dict(exchange.identifiers).get(kind) != value:
                sent = (client_id if kind == "client-id" else exchange.hwaddr).hex(":") or "none"
                yield host, f"{reason}: it has {sent}"
