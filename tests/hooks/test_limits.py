"""Limits of queries and leases: exact, by class, by spawned class and by subnet, and faults in them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from kea_twisted.adapters.sql.progress import Progress
from kea_twisted.config import load
from kea_twisted.config.model import Settings
from kea_twisted.errors import ConfigError
from kea_twisted.lease.lease import RECLAIMED, Change, Lease
from kea_twisted.lease.packed import pack
from kea_twisted.libraries import lookup
from kea_twisted.libraries.limits.counts import ClassCounts, classes_of
from kea_twisted.wire.constants import DISCOVER, REQUEST
from tests.builders import World, load_leases, mac, message, packed
from tests.hooks.kealibraries import put_to_work


def limited(**limits: Any) -> dict[str, Any]:
    """A user context."""
    return {"user-context": {"limits": {name.replace("_", "-"): value for name, value in limits.items()}}}


def settings(classes: Any = (), **subnet: Any) -> Settings:
    """One subnet of 90 addresses, and the library."""
    one = {"id": 1, "subnet": "10.0.0.0/24", "pools": [{"pool": "10.0.0.10 - 10.0.0.99"}], **subnet}
    libraries = [{"library": "libdhcp_limits.so"}]
    tree = {"subnet4": [one], "client-classes": list(classes), "hooks-libraries": libraries}
    return load(json.dumps({"Dhcp4": tree}), "f", lambda path: "", (), (lookup.check,))


class Limited(World):
    """A server with the library, whose timers show the world's time."""

    def __init__(self, configuration: Settings) -> None:
        super().__init__(configuration)
        self.library = put_to_work(self.settings, self.hooks, self.log, self.table)
        self.library.host.timers = SimpleNamespace(seconds=lambda: self.now)  # type: ignore[misc]
        self.library.host.statistics = self.statistics  # type: ignore[misc]

    def get(self, number: int, **more: Any) -> Any:
        """The reply to a client's REQUEST for no address of its choice."""
        return self.ask(message(REQUEST, {**more.pop("options", {})}, chaddr=mac(number), **more))


def kinds(replies: list[Any]) -> list[int | None]:
    """The types of replies, None where there was none."""
    return [None if reply is None else reply.options[53][0] for reply in replies]


PHONES = {"name": "phones", "test": "option[60].text == 'phone'"}
VENDORS = {"name": "vendors", "template-test": "option[60].text"}
PHONE = {"options": {60: b"phone"}}


def test_a_class_gets_no_more_leases_than_its_limit() -> None:
    world = Limited(settings([{**PHONES, **limited(address_limit=2)}]))
    assert kinds([world.get(number, **PHONE) for number in (1, 2, 3)]) == [5, 5, 6]
    assert kinds([world.get(number) for number in (4, 5, 6)]) == [5, 5, 5]
    assert kinds([world.get(1, **PHONE)]) == [5]  # a renewal
    text = 'Lease was not allocated due to exceeding address limit 2 for client class "phones", current lease count 2.'
    assert world.log.texts("LIMITS_LEASE_LIMIT_EXCEEDED") == [text]


def test_a_lease_that_ends_makes_room_however_it_ends() -> None:
    world = Limited(settings([{**PHONES, **limited(address_limit=1)}]))
    lease = world.get(1, **PHONE).yiaddr
    held = world.store.get(lease)
    assert held is not None and classes_of(held) == ["ALL", "VENDOR_CLASS_phone", "phones", "UNKNOWN"]
    assert kinds([world.get(2, **PHONE)]) == [6]
    world.table.apply(Change(held._replace(state=RECLAIMED)))
    assert kinds([world.get(2, **PHONE)]) == [5]
    world.table.apply(Change(held))  # by the partner, say
    assert kinds([world.get(3, **PHONE)]) == [6]


def test_leases_from_before_are_counted() -> None:
    world = Limited(settings([{**PHONES, **limited(address_limit=1)}]))
    world.get(1, **PHONE)
    again = Limited(world.settings)
    load_leases(again.table, list(world.store))
    assert kinds([again.get(2, **PHONE)]) == [6]


def test_a_new_lease_of_a_limited_class_has_to_wait_until_all_leases_are_read() -> None:
    """An unread lease may be the last one that the limit of the class allows. The client gets no DHCPNAK either."""
    before = Limited(settings([{**PHONES, **limited(address_limit=2)}]))
    addresses = [before.get(number, **PHONE).yiaddr for number in (1, 2)]
    first, second = [lease for lease in before.store if lease.address in addresses]
    world = Limited(before.settings)
    world.table.progress = Progress(world.table, {(1, 0): 2})
    world.table.take([first.address], [pack(first)])
    world.table.progress.reached(0x0A0000FF)
    assert kinds([world.get(3, **PHONE), world.get(1, **PHONE), world.get(4)]) == [None, 5, 5]
    assert kinds([world.ask(message(DISCOVER, chaddr=mac(3), **PHONE))]) == [None]
    assert len(world.log.texts("LIMITS_LEASES_UNREAD")) == 2
    world.table.take([0x0A000050], [pack(second._replace(address=0x0A000050))])
    world.table.progress.end()
    world.table.progress = None
    assert kinds([world.get(3, **PHONE), world.get(2, **PHONE)]) == [6, 5]


def test_each_spawned_class_counts_alone() -> None:
    world = Limited(settings([{**VENDORS, **limited(address_limit=1)}]))
    vendors = (b"a", b"a", b"b")
    found = [world.get(number, options={60: vendor}) for number, vendor in enumerate(vendors, 1)]
    assert kinds(found) == [5, 6, 5]


def test_leases_that_come_together_are_counted_without_counting_the_others_again() -> None:
    """A synchronization brings some thousands at a time, to a table that may have a million."""
    before = Limited(settings([{**PHONES, **limited(address_limit=3)}]))
    lease = before.store.get(before.get(1, **PHONE).yiaddr)
    assert lease is not None
    counts = ClassCounts()
    counts.recount(Once([lease]))
    assert counts.of("phones") == 1
    counts.added([lease.address + 1, lease.address + 2], [pack(lease), pack(lease)])
    assert counts.of("phones") == 3
    world = Limited(before.settings)
    assert kinds([world.get(1, **PHONE)]) == [5]
    world.table.take([lease.address + 7, lease.address + 8], [pack(lease), pack(lease)])
    assert kinds([world.get(2, **PHONE)]) == [6]


class Once(list[Lease]):
    """Leases that may be counted once."""

    def __iter__(self) -> Iterator[Lease]:
        yield from [self.pop() for _ in range(len(self))]


def test_no_class_without_leases_is_kept() -> None:
    """Clients choose the names of spawned classes."""
    world = Limited(settings([{**VENDORS, **limited(address_limit=1)}]))
    counts = ClassCounts()
    world.table.subscribe(counts)
    for number in range(1, 9):
        held = world.store.get(world.get(number, options={60: b"%d" % number}).yiaddr)
        assert held is not None and counts.of(f"SPAWN_vendors_{number}") == 1
        world.table.apply(Change(held, True))
    assert not counts.by_name


def test_a_subnet_gets_no_more_leases_than_its_limit_and_none_at_zero() -> None:
    world = Limited(settings(**limited(address_limit=2)))
    assert kinds([world.get(number) for number in (1, 2, 3)]) == [5, 5, 6]
    assert kinds([world.ask(message(DISCOVER, chaddr=mac(9)))]) == [None]
    assert kinds([Limited(settings(**limited(address_limit=0))).get(1)]) == [6]


def test_a_renewal_in_the_lease_cache_stays_one() -> None:
    world = Limited(settings(**{"cache-threshold": 0.5}))
    reply = world.get(1)
    decision = world.decide(message(REQUEST, {50: reply.yiaddr.to_bytes(4, "big"), 54: packed("10.0.0.1")}))
    assert decision is not None and decision.reused


def test_exactly_so_many_queries_pass_in_any_second() -> None:
    world = Limited(settings([{**PHONES, **limited(rate_limit="250 packets per second")}]))
    passed: list[float] = []
    for number in range(4000):  # a thousand a second
        world.now += 0.001
        if world.ask(message(DISCOVER, {60: b"phone"}, chaddr=mac(number % 50))) is not None:
            passed.append(world.now)
    assert 990 <= len(passed) <= 1000
    assert all(later - earlier > 0.999 for earlier, later in zip(passed, passed[250:], strict=False))
    assert world.statistics.value("pkt4-limit-exceeded") == 4000 - len(passed)


def test_the_rate_of_a_subnet_holds_for_all_its_clients() -> None:
    world = Limited(settings(**limited(rate_limit="3 packets per minute")))
    assert kinds([world.get(number) for number in range(1, 6)]) == [5, 5, 5, None, None]
    world.now += 61
    assert kinds([world.get(4)]) == [5]


@pytest.mark.parametrize(
    ("limits", "text"),
    [
        ({"rate_limit": "3 in a second"}, "expected rate limit of format <n> packet"),
        ({"rate_limit": "3 packets per moment"}, "invalid time period moment"),
        ({"rate_limit": "-1 packets per day"}, "expected positive limit configured, got negative limit -1"),
        ({"rate_limit": 7}, "'rate-limit' of subnet with ID 1 must be a string"),
        ({"address_limit": -1}, "expected positive limit configured, got negative limit -1"),
        ({"address_limit": 4294967296}, r"expected limit in range \[0, 4294967295\], got limit 4294967296"),
        ({"address_limit": "7"}, "'address-limit' of subnet with ID 1 must be an integer"),
    ],
)
def test_faulty_limits_are_refused(limits: Any, text: str) -> None:
    with pytest.raises(ConfigError, match=text):
        settings(**limited(**limits))
