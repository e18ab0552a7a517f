"""Builds the HA library with everything it stands on, and looks at the files it needs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import NamedTuple

from kea_twisted.adapters.control.controlfiles import credentials, login_of
from kea_twisted.adapters.partner.client import Partner
from kea_twisted.adapters.partner.deletionfile import DeletionFile
from kea_twisted.adapters.partner.driver import HaDriver
from kea_twisted.adapters.partner.hubshares import HubShares
from kea_twisted.adapters.partner.memory import StateMemory
from kea_twisted.adapters.partner.prober import PartnerProber, Prober, deaf_addresses, own_addresses
from kea_twisted.adapters.system.clock import wall_of
from kea_twisted.adapters.system.reactor import Reactor
from kea_twisted.adapters.system.tls import client_options, contents, server_options, unreadable
from kea_twisted.config.librarynames import HA
from kea_twisted.config.model import Settings
from kea_twisted.engine.leases import LeaseTable
from kea_twisted.engine.service_state import ServiceState
from kea_twisted.errors import ConfigError, Place, Problem, Problems
from kea_twisted.ha.haservice import HaService
from kea_twisted.ha.library import HaLibrary
from kea_twisted.ha.outbox import Commit
from kea_twisted.ha.parameters import relationships_of
from kea_twisted.ha.partneridentifiers import addresses_of
from kea_twisted.ha.probe import is_answered_in
from kea_twisted.ha.relationship import Relationship
from kea_twisted.ha.settings import HaSettings, Peer
from kea_twisted.ha.spokes import SERVER_NAME, server_names
from kea_twisted.hooks.library import DhcpSockets
from kea_twisted.interfaces import Log
from kea_twisted.wire.address import address_number


def connect(
    relationships: Sequence[HaSettings],
    service: ServiceState,
    table: LeaseTable,
    commit: Commit,
    log: Log,
    reactor: Reactor,
    sockets: DhcpSockets | None = None,
    well: Callable[[], bool] = lambda: True,
    lease_file: str = "",
) -> HaLibrary:
    """Return the library of these relationships; nothing is started or connected yet.

    Partners are probed through the DHCP ``sockets``; ``well`` indicates whether this server answers their probes.
    ``lease_file``: beside it the states are remembered; "": nowhere.
    ConfigError when a file (certificate, password) cannot be used.
    """
    memory, wall = StateMemory(f"{lease_file}.ha-state" if lease_file else ""), wall_of(reactor)
    names = [settings.this_server_name for settings in relationships]
    deletion_file = DeletionFile(f"{lease_file}.ha-deleted" if lease_file else "", names)
    own = partial(own_addresses, sockets) if sockets is not None else tuple
    # a hub cannot leave the clients of one relationship to another server and go on serving those of the others
    deaf = partial(deaf_addresses, sockets) if sockets is not None and len(relationships) == 1 else tuple
    steady = float(reactor.seconds())
    places = []
    for settings in relationships:
        relationship = Relationship(settings, service, table.store.get, log, steady, wall, own, deaf)
        partners = {peer.name: _partner(reactor, peer, log) for peer in settings.peers if peer is not settings.me}
        places.append(_Place(relationship, partners))

    def answers(address: int) -> bool:
        theirs = [place.relationship for place in places if address in place.addresses()]
        return well() and all(is_answered_in(relationship.state) for relationship in theirs)

    def is_partner(address: int) -> bool:
        return any(address in place.addresses() for place in places)

    prober = Prober(reactor, sockets, is_partner, answers, log) if sockets is not None else None
    shares = HubShares(table) if len(places) > 1 else None
    services = []
    for place in places:
        relationship, partners = place
        has_partner = relationship.settings.has_partner
        asking = None
        if prober is not None and has_partner:
            learn = relationship.identifiers.learn
            asking = PartnerProber(prober, relationship.settings, place.addresses, learn)
        driver = HaDriver(
            relationship, partners, reactor, table, commit, log, asking, memory, deletion_file, sockets,
            shares.of(relationship) if shares is not None else None,
        )  # fmt: skip
        if has_partner:
            partners[relationship.settings.partner.name].on_end(driver.connection_ended)
        services.append(HaService(relationship, driver))
    return HaLibrary(services, log, prober)


class _Place(NamedTuple):
    """A relationship and the connections to its peers by name."""

    relationship: Relationship
    partners: dict[str, Partner]

    def addresses(self) -> tuple[int, ...]:
        """Return where the partner's DHCP service listens: as the file says, as it says itself, as its name says."""
        settings = self.relationship.settings
        if not settings.has_partner:
            return ()
        found = addresses_of(settings.partner) or self.relationship.link.partner_addresses
        with suppress(ValueError):
            return found or (address_number(self.partners[settings.partner.name].address),)
        return ()


def check(settings: Settings, problems: Problems) -> None:
    """Report what of the machine does not fit the relationships, and subnets that belong to none of them."""
    relationships = relationships_of(settings.hooks_libraries, Problems())
    for relationship in relationships:
        for peer in relationship.peers:
            with problems.catching(_place(settings)):
                if peer.login is not None:
                    credentials(peer.login, "")
                if peer.tls is not None and not unreadable(peer.tls, problems):
                    server_options(peer.tls) if peer is relationship.me else client_options(peer.tls)
    if len(relationships) > 1:
        _check_subnets(settings, relationships, problems)


def files_of(relationships: Sequence[HaSettings]) -> tuple[bytes | None, ...]:
    """Return the contents of the files that the relationships name: when they change, relationships begin anew.

    ConfigError.
    """
    found: list[bytes | None] = []
    try:
        for settings in relationships:
            for peer in settings.peers:
                found.append(login_of(peer.login))
                if peer.tls is not None:
                    found += contents(peer.tls)
    except ValueError as error:
        raise ConfigError([Problem(None, str(error))]) from None
    return tuple(found)


def _partner(reactor: Reactor, peer: Peer, log: Log) -> Partner:
    try:
        tls = client_options(peer.tls) if peer.tls is not None else None
        return Partner(reactor, peer.url, tls=tls, login=login_of(peer.login), log=log)
    except ValueError as error:
        raise ConfigError([Problem(None, str(error))]) from None


def _check_subnets(settings: Settings, relationships: Sequence[HaSettings], problems: Problems) -> None:
    known = {peer.name for relationship in relationships for peer in relationship.peers}
    names = server_names(settings)
    for subnet in settings.subnets:
        name = names.get(subnet.id)
        if name not in known:
            what = {None: "is missing", "": "must be a name"}.get(name, f"names no peer: '{name}'")
            where = f"'{SERVER_NAME}' in the user-context of subnet {subnet.text}"
            problems.warning(_place(settings), f"{where} {what}; its clients are not served")


def _place(settings: Settings) -> Place | None:
    return next((one.place for one in settings.hooks_libraries if one.base_name == HA), None)
