"""Name change requests on their way out: what is sent, what waits, and when updates are suspended."""

from __future__ import annotations

import errno
from dataclasses import replace
from typing import Any

import pytest
from twisted.internet.error import CannotListenError

from kea_twisted.config.model import DhcpDdns, NameRules, Settings
from kea_twisted.ddns.ncr import parse
from kea_twisted.engine.leases import LeaseTable
from kea_twisted.engine.statistics import Statistics
from kea_twisted.lease.lease import Change, Lease
from kea_twisted.lease.store import LeaseStore
from kea_twisted.server.nameupdates import NameUpdater
from tests.builders import pool, settings, subnet
from tests.fakes import RecordingLog

ON = DhcpDdns(enable_updates=True)
LEASE = Lease(0x0A00000A, b"\2" * 6, b"", 3000, 1_700_000_000, 1, True, True, "one.example.org")


class Machine:
    """A reactor for datagrams: ports that keep what is sent, addresses that are absent, timers made due by hand."""

    def __init__(self) -> None:
        self.open: list[tuple[str, int]] = []
        self.sent: list[tuple[bytes, tuple[str, int]]] = []
        self.absent: set[str] = set()
        self.fault: OSError | None = None
        self.due: list[Any] = []

    def listenUDP(self, port: int, protocol: Any, *, interface: str = "", maxPacketSize: int = 0) -> Any:
        """Open a port."""
        if interface in self.absent:
            raise CannotListenError(interface, port, OSError(99, "Cannot assign requested address"))
        self.open.append((interface, port))
        return Port(self, (interface, port))

    def callLater(self, delay: float, function: Any) -> Any:
        """Keep the call."""
        self.due.append(function)
        return Timer()


class Timer:
    """A timer that counts for nothing."""

    def cancel(self) -> None:
        """It is not called."""


class Port:
    """An open port."""

    def __init__(self, machine: Machine, place: tuple[str, int]) -> None:
        self._machine, self._place = machine, place

    def write(self, datagram: bytes, addr: tuple[str, int]) -> None:
        """Send."""
        if self._machine.fault is not None:
            raise self._machine.fault
        self._machine.sent.append((datagram, addr))

    def stopListening(self) -> None:
        """Close."""
        self._machine.open.remove(self._place)


class Stage:
    """An updater that is configured, on such a machine, with the lease in its table."""

    def __init__(self, desired: DhcpDdns = ON, configuration: Settings | None = None) -> None:
        self.machine = Machine()
        self.log = RecordingLog()
        self.table = LeaseTable(LeaseStore(), Statistics(0.0))
        self.names = NameUpdater(self.machine, self.log, self.table)
        made = configuration or settings(subnet("10.0.0.0/24", "10.0.0.10 - 10.0.0.20"))
        self.table.configure(made.subnets)
        self.names.use(made)
        self.configure(desired)
        self.table.apply(Change(LEASE))

    def configure(self, desired: DhcpDdns) -> None:
        """Bring other settings into force."""
        self.names.prepare(desired).commit()

    def names_sent(self) -> list[tuple[int, str]]:
        """The kind and the name of each request that has left."""
        made = [parse(datagram) for datagram, _ in self.machine.sent]
        return [(each.change_type, each.fqdn) for each in made]


def test_a_request_leaves_at_once_for_the_configured_place() -> None:
    stage = Stage(replace(ON, server_ip="192.0.2.9", server_port=5, sender_ip="192.0.2.1", sender_port=7))
    stage.names.update(Change(LEASE))
    assert stage.machine.open == [("192.0.2.1", 7)]
    assert (stage.names_sent(), stage.machine.sent[0][1]) == ([(0, "one.example.org.")], ("192.0.2.9", 5))


@pytest.mark.parametrize(("server", "sender"), [("127.0.0.1", "0.0.0.0"), ("::1", "::")])
def test_without_sender_ip_any_address_of_the_family_sends(server: str, sender: str) -> None:
    assert Stage(replace(ON, server_ip=server)).machine.open == [(sender, 0)]


@pytest.mark.parametrize(
    "lease", [LEASE._replace(hostname=""), LEASE._replace(fqdn_fwd=False, fqdn_rev=False)], ids=["none", "not ours"]
)
def test_a_lease_without_names_makes_no_request(lease: Lease) -> None:
    stage = Stage()
    stage.names.update(Change(lease, True))
    assert (stage.machine.sent, stage.log.identifiers()[-1]) == ([], "DHCPSRV_QUEUE_NCR_SKIP")


def test_a_name_that_is_no_name_is_logged() -> None:
    stage = Stage()
    stage.names.update(Change(LEASE._replace(hostname="a..b"), True))
    assert (stage.machine.sent, stage.log.identifiers()[-1]) == ([], "DHCPSRV_QUEUE_NCR_FAILED")


@pytest.mark.parametrize("now", [None, LEASE._replace(hostname="other"), LEASE._replace(state=1)])
def test_a_name_that_the_address_does_not_have_any_more_is_not_added(now: Lease | None) -> None:
    stage = Stage()
    stage.table.apply(Change(LEASE, True) if now is None else Change(now))
    stage.names.update(Change(LEASE))
    stage.names.update(Change(LEASE, True))
    assert stage.names_sent() == [(1, "one.example.org.")]


@pytest.mark.parametrize(
    ("last", "subnet_id", "mode", "ttl"),
    [(10, 1, "no-check-with-dhcid", 77), (20, 1, "check-exists-with-dhcid", 1000), (10, 9, "check-with-dhcid", 1000)],
)
def test_the_rules_are_those_of_the_pool_then_of_the_subnet(last: int, subnet_id: int, mode: str, ttl: int) -> None:
    ruled = replace(pool("10.0.0.10 - 10.0.0.11"), names=NameRules(mode="no-check-with-dhcid", ttl=77))
    outer = NameRules(mode="check-exists-with-dhcid")
    stage = Stage(configuration=settings(subnet("10.0.0.0/24", ruled, "10.0.0.20 - 10.0.0.21", names=outer)))
    stage.names.update(Change(LEASE._replace(address=0x0A000000 + last, subnet_id=subnet_id), True))
    made = parse(stage.machine.sent[0][0])
    assert (made.mode, made.lease_length) == (mode, ttl)


def test_requests_wait_while_the_system_has_no_room() -> None:
    stage = Stage()
    stage.machine.fault = BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")
    stage.names.update(Change(LEASE))
    stage.names.update(Change(LEASE, True))
    assert (stage.machine.sent, len(stage.machine.due), stage.names.enabled) == ([], 1, True)
    stage.machine.fault = None
    stage.machine.due.pop()()
    assert stage.names_sent() == [(0, "one.example.org."), (1, "one.example.org.")]


def test_a_full_queue_suspends_updates_until_the_next_configuration() -> None:
    stage = Stage(replace(ON, max_queue_size=2))
    stage.machine.fault = BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")
    for _ in range(3):
        stage.names.update(Change(LEASE))
    assert not stage.names.enabled
    assert [name for name in stage.log.identifiers() if "DDNS" in name and "QUEUE" not in name][-4:] == [
        "DHCPSRV_DHCP_DDNS_NCR_REJECTED", "DHCP4_DDNS_REQUEST_SEND_FAILED",
        "DHCPSRV_DHCP_DDNS_SUSPEND_UPDATES", "DHCPSRV_DHCP_DDNS_SENDER_STOPPED",
    ]  # fmt: skip
    stage.names.update(Change(LEASE))
    assert stage.log.identifiers()[-1] == "DHCPSRV_QUEUE_NCR_SKIP"
    stage.machine.fault = None
    stage.configure(replace(ON, max_queue_size=2))
    assert (stage.names.enabled, len(stage.machine.sent)) == (True, 2)


def test_a_way_that_is_blocked_suspends_updates() -> None:
    stage = Stage()
    stage.machine.fault = OSError(errno.ENETUNREACH, "Network is unreachable")
    stage.names.update(Change(LEASE))
    assert not stage.names.enabled
    assert "DHCP_DDNS_NCR_UDP_SEND_ERROR" in stage.log.identifiers()


def test_the_same_settings_keep_the_port_and_say_nothing() -> None:
    stage = Stage()
    lines = len(stage.log.identifiers())
    stage.configure(DhcpDdns(enable_updates=True))
    assert (stage.machine.open, len(stage.log.identifiers())) == ([("0.0.0.0", 0)], lines)


def test_another_server_is_reached_from_the_same_port() -> None:
    stage = Stage(replace(ON, sender_port=7))
    stage.configure(replace(ON, sender_port=7, server_port=5))
    stage.names.update(Change(LEASE))
    assert (stage.machine.open, stage.machine.sent[0][1]) == ([("0.0.0.0", 7)], ("127.0.0.1", 5))


def test_another_port_takes_over_what_waits() -> None:
    stage = Stage()
    stage.machine.fault = BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")
    stage.names.update(Change(LEASE))
    stage.machine.fault = None
    stage.configure(replace(ON, sender_port=7))
    assert (stage.machine.open, stage.names_sent()) == ([("0.0.0.0", 7)], [(0, "one.example.org.")])


def test_a_port_that_cannot_be_opened_changes_nothing() -> None:
    stage = Stage()
    stage.machine.absent.add("192.0.2.1")
    with pytest.raises(OSError, match=r"from 192\.0\.2\.1 port 0: Cannot assign requested address; change sender-ip"):
        stage.names.prepare(replace(ON, sender_ip="192.0.2.1"))
    assert (stage.machine.open, stage.names.enabled) == ([("0.0.0.0", 0)], True)


def test_without_updates_nothing_is_open() -> None:
    stage = Stage()
    stage.configure(DhcpDdns())
    stage.names.update(Change(LEASE))
    assert (stage.machine.open, stage.machine.sent, stage.names.enabled) == ([], [], False)
