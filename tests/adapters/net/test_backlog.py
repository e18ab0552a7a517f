"""The order of queries when more arrive than can be answered."""

from __future__ import annotations

from kea_twisted.adapters.net.backlog import MOST, PATIENCE, Backlog, is_discover
from kea_twisted.wire.constants import DISCOVER, REQUEST
from kea_twisted.wire.frame import build_frame
from kea_twisted.wire.message import encode
from tests.builders import mac, message

HEADER = bytes(10)


def frame(kind: int) -> bytes:
    return HEADER + build_frame(mac(1), b"\xff" * 6, 0, 0xFFFFFFFF, 68, 67, encode(message(kind)))


def test_new_clients_are_recognised_at_a_glance() -> None:
    assert is_discover(frame(DISCOVER), len(HEADER))
    assert not is_discover(frame(REQUEST), len(HEADER))
    assert not is_discover(b"short", len(HEADER))


def test_those_who_wait_are_taken_in_order() -> None:
    backlog = Backlog()
    for data in (b"1", b"2", b"3"):
        backlog.add(data, 10.0)
    assert list(backlog.take(2, 10.1)) == [b"1", b"2"]
    assert len(backlog) == 1


def test_who_has_waited_too_long_is_dropped_and_counted_once() -> None:
    backlog = Backlog()
    backlog.add(b"old", 10.0)
    backlog.add(b"new", 10.0 + PATIENCE)
    assert list(backlog.take(9, 10.1 + PATIENCE)) == [b"new"]
    assert (backlog.take_lost(), backlog.take_lost()) == (1, 0)


def test_a_flood_does_not_fill_the_memory() -> None:
    backlog = Backlog()
    for _ in range(MOST + 5):
        backlog.add(b"x", 10.0)
    assert len(backlog) == MOST
    assert backlog.take_lost() == 5


def test_a_smaller_bound_keeps_the_newest() -> None:
    backlog = Backlog()
    for number in range(9):
        backlog.add(bytes((number,)), 10.0)
    backlog.most = 3
    backlog.add(b"last", 10.0)
    assert list(backlog.take(9, 10.0)) == [b"\7", b"\x08", b"last"]
    assert backlog.take_lost() == 7
