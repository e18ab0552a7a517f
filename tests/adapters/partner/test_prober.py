"""Probes leave, are answered by the partner's DHCP service, and never become queries."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.task import Clock
from zope.interface.verify import verifyObject

from kea_twisted.adapters.partner.connect import connect
from kea_twisted.adapters.partner.prober import (
    REPEATS,
    PartnerProber,
    Prober,
    deaf_addresses,
    own_addresses,
)
from kea_twisted.engine.effects import Interface, Query, Reply
from kea_twisted.engine.leases import LeaseTable
from kea_twisted.engine.service_state import ServiceState
from kea_twisted.engine.statistics import Statistics
from kea_twisted.ha import probe
from kea_twisted.ha.evidence import ProbeOutcome
from kea_twisted.ha.loadbalancing import bucket
from kea_twisted.ha.messages import Cause, HeartbeatStatus
from kea_twisted.ha.outbox import Probe
from kea_twisted.ha.partneridentifiers import addresses_of
from kea_twisted.ha.settings import HaSettings
from kea_twisted.ha.states import State
from kea_twisted.interfaces import IProber
from kea_twisted.lease.store import LeaseStore
from kea_twisted.wire.address import address_number
from kea_twisted.wire.frame import build_frame
from kea_twisted.wire.message import Message, decode
from kea_twisted.wire.prefilter import is_plain_query
from tests.fakes import RecordingLog
from tests.ha.test_ha_settings import read, relationship

OURS, THEIRS = address_number("10.0.0.1"), address_number("10.0.0.2")
EM1 = Interface("em1", 2, bytes.fromhex("080027c40fd1"), (OURS,))


class FakeSockets:
    """Records sent datagrams; ``routes`` gives the source for a destination."""

    def __init__(self) -> None:
        self.routes = {THEIRS: OURS}
        self.datagrams: list[tuple[bytes, int, int]] = []
        self.replies: list[Reply] = []
        self.error: OSError | None = None
        self.deaf: frozenset[int] = frozenset()

    def source_for(self, destination: int) -> int | None:
        return self.routes.get(destination)

    def addresses(self) -> frozenset[int]:
        return frozenset((OURS, address_number("127.0.0.1")))

    def deaf_addresses(self) -> frozenset[int]:
        return self.deaf

    def send_datagram(self, payload: bytes, source: int, destination: int) -> None:
        if self.error is not None:
            raise self.error
        self.datagrams.append((payload, source, destination))

    def send(self, reply: Reply) -> None:
        self.replies.append(reply)


class World:
    """A prober of one partner."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.sockets = FakeSockets()
        self.well = True
        self.prober = Prober(self.clock, self.sockets, {THEIRS}.__contains__, lambda partner: self.well, RecordingLog())
        self.outcomes: list[ProbeOutcome] = []

    def probe(self, *addresses: int) -> None:
        self.prober.probe(addresses or (THEIRS,), b"\0kea-ha-probe").addCallback(self.outcomes.append)

    def receive(self, message: Message, source: int = THEIRS) -> bool:
        return self.prober.takes(Query(message, EM1, OURS, source, OURS, 67, b"\x02\0\0\0\0\1"))

    def answer(self) -> Message:
        """Return the partner's answer to the last probe."""
        return decode(probe.answer(decode(self.sockets.datagrams[-1][0]), THEIRS))


def test_an_answered_probe() -> None:
    world = World()
    world.probe()
    ((payload, source, destination),) = world.sockets.datagrams
    message = decode(payload)
    assert (source, destination, message.giaddr, message.ciaddr) == (OURS, THEIRS, OURS, 0)
    assert world.outcomes == []
    assert world.receive(world.answer())
    assert world.outcomes == [ProbeOutcome.ANSWERED]
    assert not world.clock.getDelayedCalls()
    assert world.receive(world.answer())  # once more: of no interest, and no query either
    assert (world.prober.sent, world.prober.answered) == (1, 1)


def test_a_lost_datagram_is_no_evidence() -> None:
    world = World()
    world.probe()
    for wait in REPEATS[:-1]:
        world.clock.advance(wait)
    assert len(world.sockets.datagrams) == len(REPEATS)
    assert len(set(world.sockets.datagrams)) == 1
    assert world.outcomes == []
    world.clock.advance(REPEATS[-1])
    assert world.outcomes == [ProbeOutcome.UNANSWERED]


def test_an_answer_must_be_of_this_probe_and_of_the_partner() -> None:
    world = World()
    world.probe()
    answer = world.answer()
    assert world.receive(answer._replace(xid=answer.xid ^ 1))
    assert world.receive(answer, address_number("10.0.0.9"))
    assert world.outcomes == []
    assert not world.receive(answer._replace(chaddr=b"\x02\0\0\0\0\2"))  # another client's ACK


@pytest.mark.parametrize("cause", ["no address", "no socket", "own address", "refused"])
def test_a_probe_that_cannot_leave(cause: str) -> None:
    world = World()
    addresses: tuple[int, ...] = (THEIRS,)
    if cause == "no address":
        addresses = ()
    elif cause == "no socket":
        world.sockets.routes = {}
    elif cause == "own address":
        world.sockets.routes = {THEIRS: THEIRS}
    else:
        world.sockets.error = OSError("network is unreachable")
    world.prober.probe(addresses, b"\0x").addCallback(world.outcomes.append)
    assert world.outcomes == [ProbeOutcome.IMPOSSIBLE]


def test_a_partners_probe_is_answered() -> None:
    world = World()
    query = decode(probe.query(77, THEIRS, b"\0kea-ha-probe"))
    assert world.receive(query)
    (reply,) = world.sockets.replies
    assert (reply.source, reply.destination, reply.port) == (OURS, THEIRS, 67)
    answer = decode(reply.payload)
    assert probe.is_answer(answer)
    assert (answer.xid, answer.yiaddr, answer.options[53], answer.options[54]) == (77, 0, b"\x05", b"\x0a\0\0\x01")
    world.well = False  # the disk is full: who asks must not think that clients are served
    assert world.receive(query)
    assert len(world.sockets.replies) == 1


@pytest.mark.parametrize("change", ["stranger", "relayed", "class", "type"])
def test_what_is_no_partners_probe_is_a_query(change: str) -> None:
    world = World()
    query = decode(probe.query(77, THEIRS, b"\0kea-ha-probe"))
    source = THEIRS
    if change == "stranger":
        source = address_number("10.0.0.9")
        query = query._replace(giaddr=source)
    elif change == "relayed":
        query = query._replace(giaddr=address_number("10.0.0.9"))
    elif change == "class":
        query.options[60] = b"PXEClient"
    else:
        query.options[53] = b"\x01"
    assert not world.receive(query, source)
    assert world.sockets.replies == []


def test_a_server_that_only_counts_queries_looks_into_probes() -> None:
    payload = probe.query(77, THEIRS, b"\0kea-ha-probe")
    assert not is_plain_query(build_frame(b"a" * 6, b"b" * 6, THEIRS, OURS, 67, 67, payload), 0, False)


def test_stopping_ends_what_is_under_way() -> None:
    world = World()
    world.probe()
    world.prober.stop()
    assert world.outcomes == [ProbeOutcome.IMPOSSIBLE]
    assert not world.clock.getDelayedCalls()


def settings_of(**changes: Any) -> HaSettings:
    found, errors, _ = read(relationship(**changes))
    assert found is not None, errors
    return found


def test_in_load_balancing_the_probe_is_the_partners_client() -> None:
    peers = relationship()["peers"]
    peers[1]["role"] = "secondary"
    for name, wanted in (("server1", 1), ("server2", 0)):
        settings = settings_of(**{"mode": "load-balancing", "peers": peers, "this-server-name": name})
        assert bucket(probe.identifier(settings)) % 2 == wanted
    assert probe.identifier(settings_of()) == b"\0kea-ha-probe"


def test_where_a_partner_is_asked() -> None:
    peers = relationship()["peers"]
    assert addresses_of(settings_of().partner) == (THEIRS,)
    peers[1]["url"] = "http://server2.example:8000/"
    assert addresses_of(settings_of(peers=peers).partner) == ()
    peers[1]["user-context"] = {"dhcp-address": "192.0.2.7"}
    assert addresses_of(settings_of(peers=peers).partner) == (address_number("192.0.2.7"),)
    peers[1]["user-context"] = {"dhcp-address": "server2"}
    _, errors, _ = read(relationship(peers=peers))
    assert "'dhcp-address' must be the IPv4 address of the peer's DHCP service, not 'server2'" in errors[0]


def test_the_prober_of_a_relationship() -> None:
    world = World()
    prober = PartnerProber(world.prober, settings_of(), lambda: (THEIRS,))
    verifyObject(IProber, prober)
    prober.probe("server2").addCallback(world.outcomes.append)
    world.receive(world.answer())
    assert world.outcomes == [ProbeOutcome.ANSWERED]


def test_the_server_identifier_in_an_answer_is_learnt() -> None:
    world = World()
    learnt: list[int] = []
    prober = PartnerProber(world.prober, settings_of(), lambda: (THEIRS,), learnt.extend)
    prober.probe("server2")
    answer = world.answer()
    answer.options[54] = b"\x0a\x09\0\x02"
    world.receive(answer)
    world.receive(answer)  # of no probe that is under way
    assert learnt == [address_number("10.9.0.2")]


def test_the_address_of_a_partner_with_a_host_name_is_learnt() -> None:
    world = World()
    learnt: list[int] = []
    prober = PartnerProber(world.prober, settings_of(), lambda: learnt)
    prober.probe("server2").addCallback(world.outcomes.append)
    assert world.outcomes == [ProbeOutcome.IMPOSSIBLE]
    learnt.append(THEIRS)
    prober.probe("server2").addCallback(world.outcomes.append)
    world.receive(world.answer())
    assert world.outcomes[-1] is ProbeOutcome.ANSWERED


@pytest.mark.parametrize("url", ["http://[fd00::2]:8000/", "http://server2.example:8000/"])
def test_a_partner_says_where_it_is_probed_and_probes_from(url: str) -> None:
    peers = relationship()["peers"]
    peers[1]["url"] = url
    sockets, clock = FakeSockets(), Clock()
    table = LeaseTable(LeaseStore(), Statistics(0.0))
    library = connect(
        (settings_of(peers=peers),), ServiceState(), table, lambda changes: None, RecordingLog(), clock, sockets
    )
    ((partner, _),) = library.services
    assert partner.heartbeat_status(None, 0.0).addresses == (OURS,)
    asked = Query(decode(probe.query(1, THEIRS, b"\0kea-ha-probe")), EM1, OURS, THEIRS, OURS, 67, b"\x02\0\0\0\0\1")
    assert library.probes is not None and not library.probes.takes(asked)
    partner.link.good(HeartbeatStatus(State.WAITING, 0, (), 0, True, Cause.NONE, (THEIRS,)), 0.0)
    assert library.probes.takes(asked)


def test_a_relationship_learns_the_server_identifiers_of_its_partner() -> None:
    sockets, clock = FakeSockets(), Clock()
    table = LeaseTable(LeaseStore(), Statistics(0.0))
    library = connect((settings_of(),), ServiceState(), table, lambda changes: None, RecordingLog(), clock, sockets)
    ((relationship, driver),) = library.services
    assert list(relationship.identifiers.known) == [THEIRS]
    driver.perform([Probe(1, "server2")])
    answer = probe.answer(decode(sockets.datagrams[-1][0]), address_number("10.9.0.2"))
    assert library.probes is not None
    assert library.probes.takes(Query(decode(answer), EM1, OURS, THEIRS, OURS, 67, b"\x02\0\0\0\0\1"))
    assert list(relationship.identifiers.known) == [address_number("10.9.0.2"), THEIRS]


def test_own_addresses_are_those_that_a_partner_can_reach() -> None:
    sockets = FakeSockets()
    assert own_addresses(sockets) == [OURS] and deaf_addresses(sockets) == []
    sockets.deaf = frozenset((OURS, THEIRS))
    assert own_addresses(sockets) == [] and deaf_addresses(sockets) == [OURS, THEIRS]
