"""Hook libraries in Python at work: queries that wait for them, faults, changed values."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.defer import Deferred

from kea_twisted.hooks.library import Step
from kea_twisted.wire.constants import OFFER, REQUEST
from tests.adapters.plugins.libraryhouse import DOOR, House
from tests.builders import packed


def test_a_query_that_waits_does_not_hold_up_others(house: House) -> None:
    house.file("door.py", DOOR)
    house.start("door.py")
    waits: Deferred[Any] = Deferred()
    house.library("door.py").waits[2] = waits
    for client in (1, 2, 3):
        house.ask(client)
    assert house.served() == [1, 3]
    waits.callback(None)
    house.clock.advance(0)
    assert house.served() == [1, 3, 2]


def test_a_query_that_waited_may_be_refused_in_the_end(house: House) -> None:
    house.file("door.py", DOOR)
    house.start("door.py")
    waits: Deferred[Any] = Deferred()
    house.library("door.py").waits[2] = waits
    house.ask(2)
    waits.callback(Step.DROP)
    house.clock.advance(0)
    assert (house.served(), house.count("pkt4-receive-drop")) == ([], 1)


def test_a_coroutine_may_wait_as_well(house: House) -> None:
    body = """
    async def pkt4_receive(self, query):
        return Step.DROP if await self.gate else None
    """
    house.file("slow.py", "class Slow(HookLibrary):" + body)
    house.start("slow.py")
    house.library("slow.py").gate = gate = Deferred()
    house.ask(1)
    assert house.served() == []
    gate.callback(False)
    house.clock.advance(0)
    assert house.served() == [1]


def test_what_comes_again_while_it_waits_is_dropped_and_the_parking_lot_is_bounded(house: House) -> None:
    house.file("door.py", DOOR)
    house.start("door.py")
    house.library("door.py").waits.update({client: Deferred() for client in range(1, 10)})
    for client in (1, 1, 2, 3, 4, 5, 6):
        house.ask(client)
    assert (house.count("pkt4-duplicate"), house.count("pkt4-queue-full")) == (1, 2)
    assert house.server.performer.parked == 4


def test_a_library_that_never_answers_is_not_waited_for_longer_than_it_may(house: House) -> None:
    house.file("door.py", DOOR)
    house.start("door.py")
    house.library("door.py").waits[1] = Deferred()
    house.ask(1)
    house.clock.advance(9.9)
    assert (house.served(), house.server.performer.parked) == ([], 1)
    house.clock.pump([0.2, 0])
    assert (house.served(), house.server.performer.parked) == ([1], 0)
    assert house.count("callout-exceptions") == 1


def test_a_query_that_waits_over_a_reconfiguration_is_dropped(house: House) -> None:
    house.file("door.py", DOOR)
    house.start("door.py")
    waits: Deferred[Any] = Deferred()
    house.library("door.py").waits[1] = waits
    house.ask(1)
    house.reconfigure()
    waits.callback(None)
    house.clock.advance(0)
    assert (house.served(), house.server.performer.parked) == ([], 0)


@pytest.mark.parametrize(("on_error", "served"), [("continue", [1]), ("drop", [])])
@pytest.mark.parametrize("fault", ["raise KeyError('oops')", "return 'yes'", "return host_of(query)"])
def test_a_fault_is_logged_with_the_library_s_name_and_counted(
    house: House, on_error: str, served: list[int], fault: str
) -> None:
    body = f"""
class Bad(HookLibrary):
    on_error = "{on_error}"
    def pkt4_receive(self, query):
        {fault}
"""
    house.file("bad.py", body)
    house.start("bad.py")
    house.ask(1)
    (text,) = house.log.texts("HOOKS_CALLOUT_EXCEPTION")
    assert "exception thrown by callout on hook pkt4_receive registered by library with index 1" in text
    assert "bad.py:Bad.pkt4_receive" in text
    assert (house.served(), house.count("callout-exceptions")) == (served, 1)


def test_a_failed_wait_is_a_fault_too(house: House) -> None:
    body = """
class Bad(HookLibrary):
    on_error = "drop"
    async def lease4_offer(self, query, lease):
        raise OSError("unplugged")
"""
    house.file("bad.py", body)
    house.start("bad.py")
    house.ask(1)
    house.clock.advance(0)
    assert (house.served(), house.count("callout-exceptions")) == ([], 1)


def test_where_nothing_can_be_waited_for_a_coroutine_is_a_fault(house: House) -> None:
    body = "    def pkt4_send(self, query, response):\n        return self._later()\n"
    body += "    async def _later(self):\n        pass\n"
    house.file("bad.py", "class Bad(HookLibrary):\n" + body)
    house.start("bad.py")
    house.ask(1)
    (text,) = house.log.texts("HOOKS_CALLOUT_EXCEPTION")
    assert "nothing can be waited for at this hook point" in text
    assert house.served() == [1]


def test_values_are_changed_by_returning_others(house: House) -> None:
    body = """
class Tailor(HookLibrary):
    def pkt4_receive(self, query):
        options = query.message.options | {12: b"tailored"}
        return query._replace(message=query.message._replace(options=options))
    def lease4_select(self, query, lease, offered):
        return lease._replace(valid_lifetime=600, address=1)
    def pkt4_send(self, query, response):
        return response._replace(options=response.options | {15: b"example.org"})
    def buffer4_send(self, query, reply):
        return reply._replace(port=6868)
"""
    house.file("tailor.py", body)
    house.start("tailor.py")
    ack = house.obtain(1)
    lease = house.server.table.store.get(ack.yiaddr)
    assert lease is not None
    assert (lease.hostname, lease.valid_lifetime) == ("tailored", 600)
    assert (ack.options[51], ack.options[15]) == ((600).to_bytes(4), b"example.org")
    assert house.sent[-1].port == 6868


def test_an_offer_can_wait_for_a_ping(house: House) -> None:
    body = """
class Ping(HookLibrary):
    def lease4_offer(self, query, lease):
        self.asked = lease.address
        return self.echo
"""
    house.file("ping.py", body)
    house.start("ping.py")
    house.library("ping.py").echo = echo = Deferred()
    house.ask(1)
    assert house.served() == []
    echo.callback(None)
    house.clock.advance(0)
    (answer,) = house.answers()
    assert (answer.options[53][0], answer.yiaddr) == (OFFER, house.library("ping.py").asked)


def test_an_ack_waits_until_a_library_has_told_somebody(house: House) -> None:
    body = """
class Teller(HookLibrary):
    def leases4_committed(self, decision):
        return self.told
"""
    house.file("teller.py", body)
    house.start("teller.py")
    house.library("teller.py").told = told = Deferred()
    house.ask(1)
    house.ask(1, REQUEST, {54: packed("10.0.0.1"), 50: packed("10.0.0.10")})
    assert (len(house.journal.changes), len(house.sent)) == (1, 1)
    told.callback(None)
    assert len(house.sent) == 2
