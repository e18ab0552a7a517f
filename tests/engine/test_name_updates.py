"""Names that are added to the DNS and removed: by which message, for which lease, with which flags."""

from __future__ import annotations

from typing import Any

import pytest

from kea_twisted.config.model import ExpiredLeases, NameRules
from kea_twisted.lease.lease import Change
from kea_twisted.wire.fqdn import FLAG_E, FLAG_N, FLAG_O, FLAG_S
from tests.builders import World, settings, subnet, tutorial_settings
from tests.fakes import FakeNames

ADDED, REMOVED = False, True
US = {54: b"\x0a\0\0\x01"}  # the server identifier
FORGETFUL = ExpiredLeases(flush_reclaimed_timer_wait_time=0)


def world(rules: NameRules | None = None, **fields: Any) -> World:
    """A server that updates names."""
    names = rules or NameRules()
    where = subnet("10.0.0.0/24", "10.0.0.10 - 10.0.0.110", names=names)
    return World(settings(where, **fields), names=FakeNames())


def updated(made: World) -> list[tuple[str, str, bool]]:
    """The hostname, the flags and the kind of the names of the last decision."""
    return [
        (change.lease.hostname, "f" * change.lease.fqdn_fwd + "r" * change.lease.fqdn_rev, change.deleted)
        for change in made.last.names
    ]


def test_without_updates_no_name_is_this_servers() -> None:
    made = World(tutorial_settings())
    made.client(1).send(3, {12: b"one", 50: b"\x0a\0\0\x0a", **US})
    lease = made.lease("10.0.0.10")
    assert lease is not None
    assert (lease.fqdn_fwd, lease.fqdn_rev, made.last.names) == (False, False, ())


@pytest.mark.parametrize(
    ("asked", "rules", "answer", "flags"),
    [
        (0, {}, 0, "r"),
        (FLAG_S, {}, FLAG_S, "fr"),
        (FLAG_N, {}, FLAG_N, ""),
        (FLAG_N, {"overrides_no_update": True}, FLAG_S | FLAG_O, "fr"),
        (FLAG_S, {"overrides_no_update": True}, FLAG_S, "fr"),
        (0, {"overrides_client_update": True}, FLAG_S | FLAG_O, "fr"),
        (0, {"overrides_no_update": True}, 0, "r"),
        (FLAG_S, {"sends": False}, FLAG_N | FLAG_O, ""),
        (0, {"sends": False, "overrides_client_update": True}, FLAG_N, ""),
        (FLAG_N, {"sends": False, "overrides_no_update": True}, FLAG_N, ""),
    ],
)
@pytest.mark.parametrize("encoding", [0, FLAG_E])
def test_the_flags_say_who_updates_which_name(
    asked: int, rules: dict[str, Any], answer: int, flags: str, encoding: int
) -> None:
    made = world(NameRules(**rules))
    name = b"\3one" if encoding else b"one"
    got = made.client(1).send(3, {81: bytes((asked | encoding, 0, 0)) + name, 50: b"\x0a\0\0\x0a", **US})
    assert got is not None
    assert got.options[81][0] == answer | encoding
    lease = made.lease("10.0.0.10")
    assert lease is not None
    assert "f" * lease.fqdn_fwd + "r" * lease.fqdn_rev == flags
    assert updated(made) == ([("one.", flags, ADDED)] if rules.get("sends", True) else [])


def test_while_updates_are_suspended_clients_are_told_so() -> None:
    made = world()
    assert made.names is not None
    made.names.enabled = False
    got = made.client(1).send(3, {81: b"\1\0\0one", 50: b"\x0a\0\0\x0a", **US})
    assert got is not None
    assert (got.options[81][0], made.last.names) == (FLAG_N | FLAG_O, ())


def test_an_offer_updates_nothing() -> None:
    made = world()
    made.client(1).send(1, {12: b"one"})
    assert made.last.names == ()


def test_a_renewal_updates_names_that_changed() -> None:
    made = world()
    client = made.client(1)
    client.obtain()
    assert updated(made) == [("", "", ADDED)]
    client.send(3, {12: b"one", 50: b"\x0a\0\0\x0a", **US})
    assert updated(made) == [("", "", REMOVED), ("one", "fr", ADDED)]
    made.now += 100
    client.send(3, {12: b"One", 50: b"\x0a\0\0\x0a", **US})
    assert updated(made) == []
    client.send(3, {12: b"two", 50: b"\x0a\0\0\x0a", **US})
    assert updated(made) == [("one", "fr", REMOVED), ("two", "fr", ADDED)]
    client.send(3, {81: b"\0\0\0two", 50: b"\x0a\0\0\x0a", **US})
    assert updated(made) == [("two", "fr", REMOVED), ("two.", "r", ADDED)]


def test_a_renewal_updates_all_names_where_that_is_configured() -> None:
    made = world(NameRules(on_renew=True))
    client = made.client(1)
    for _ in range(2):
        client.send(3, {12: b"one", 50: b"\x0a\0\0\x0a", **US})
        made.now += 4000
    assert updated(made) == [("one", "fr", REMOVED), ("one", "fr", ADDED)]


def test_a_lease_that_is_reused_updates_nothing() -> None:
    where = subnet("10.0.0.0/24", "10.0.0.10 - 10.0.0.110", cache_max_age=100, names=NameRules(on_renew=True))
    made = World(settings(where), names=FakeNames())
    client = made.client(1)
    for _ in range(2):
        client.send(3, {12: b"one", 50: b"\x0a\0\0\x0a", **US})
    assert (made.last.reused, made.last.names) == (True, ())


def test_another_address_of_the_client_is_a_change_of_its_name() -> None:
    made = world()
    client = made.client(1)
    client.send(3, {12: b"one", 50: b"\x0a\0\0\x0a", **US})
    client.send(3, {12: b"one", 50: b"\x0a\0\0\x14", **US})
    kinds = [(change.lease.address & 0xFF, change.deleted) for change in made.last.names]
    assert kinds == [(10, REMOVED), (20, ADDED)]


def test_the_names_of_an_expired_lease_make_room() -> None:
    made = world()
    made.client(1).send(3, {12: b"one", 50: b"\x0a\0\0\x0a", **US})
    made.now += 7201
    made.client(2).send(3, {12: b"two", 50: b"\x0a\0\0\x0a", **US})
    assert updated(made) == [("one", "fr", REMOVED), ("two", "fr", ADDED)]


def test_an_offer_that_is_kept_leaves_the_names_as_they_are() -> None:
    where = subnet("10.0.0.0/24", "10.0.0.10 - 10.0.0.110", offer_lifetime=60)
    made = World(settings(where), names=FakeNames())
    client = made.client(1)
    client.send(1, {12: b"one"})
    lease = made.lease("10.0.0.10")
    assert lease is not None
    assert (lease.hostname, lease.fqdn_fwd, made.last.names) == ("one", False, ())
    client.send(3, {12: b"one", 50: b"\x0a\0\0\x0a", **US})
    assert updated(made) == [("one", "", REMOVED), ("one", "fr", ADDED)]
    made.now += 7150
    client.send(1, {12: b"two"})
    lease = made.lease("10.0.0.10")
    assert lease is not None
    assert (lease.hostname, lease.fqdn_fwd, made.last.names) == ("one", True, ())


def test_a_release_removes_the_names_when_the_lease_goes() -> None:
    made = world(expired_leases_processing=FORGETFUL)
    client = made.client(1)
    client.obtain()
    client.send(3, {12: b"one", 50: b"\x0a\0\0\x0a", **US})
    client.release()
    assert updated(made) == [("one", "fr", REMOVED)]


def test_a_release_with_affinity_leaves_the_names_to_the_reclamation() -> None:
    made = world()
    client = made.client(1)
    client.obtain()
    client.send(3, {12: b"one", 50: b"\x0a\0\0\x0a", **US})
    client.release()
    assert made.last.names == ()
    made.now += 1
    made.reclaimer().run(made.now)
    assert made.names is not None
    assert [(change.lease.hostname, change.deleted) for change in made.names.updates] == [("one", REMOVED)]


def test_a_decline_removes_the_names() -> None:
    made = world()
    client = made.client(1)
    client.obtain()
    client.send(3, {12: b"one", 50: b"\x0a\0\0\x0a", **US})
    client.decline()
    assert updated(made) == [("one", "fr", REMOVED)]


def test_reclamation_leaves_the_names_of_a_partners_clients_to_the_partner() -> None:
    made = world()
    for number, name in ((10, b"ours"), (11, b"theirs")):
        made.client(number).send(3, {12: name, 50: bytes((10, 0, 0, number)), **US})
    made.hooks.add("named_by_others", lambda lease: lease.hostname == "theirs")
    made.now += 7201
    assert len(made.reclaimer().run(made.now)) == 2
    assert made.names is not None
    assert [change.lease.hostname for change in made.names.updates] == ["ours"]


def test_reclamation_says_which_lease_the_names_are_of() -> None:
    made = world()
    made.client(1).send(3, {12: b"one", 50: b"\x0a\0\0\x0a", **US})
    before = made.lease("10.0.0.10")
    made.now += 7201
    made.reclaimer().run(made.now)
    assert made.names is not None
    assert made.names.updates == [Change(before, True)]
