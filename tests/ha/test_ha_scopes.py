"""The server in charge of a query."""

from __future__ import annotations

import pytest

from kea_twisted.ha.loadbalancing import MIXING, bucket
from kea_twisted.ha.scopes import Scopes
from kea_twisted.ha.states import Serves
from tests.scenarios.pairworld import balanced, lease_of, query, tutorial

NAMES = ("server1", "server2")


@pytest.mark.parametrize(
    ("name", "serves", "scopes", "answers"),
    [
        ("server1", Serves.OWN, ("server1",), True),
        ("server1", Serves.ALL, ("server1",), True),
        ("server1", Serves.NONE, (), False),
        ("server2", Serves.OWN, (), False),
        ("server2", Serves.ALL, ("server1",), True),
        ("server2", Serves.NONE, (), False),
    ],
)
def test_scopes_of_hot_standby(name: str, serves: Serves, scopes: tuple[str, ...], answers: bool) -> None:
    here = Scopes(tutorial(name))
    here.serve(serves)
    assert here.served == scopes
    assert here.holds_query(query(1, 1).message) is answers
    assert here.holds_lease(lease_of(1, 0)) is answers


@pytest.mark.parametrize(("kind", "filtered"), [(1, True), (3, True), (4, True), (7, True), (8, True), (10, False)])
def test_only_five_message_types_are_filtered(kind: int, filtered: bool) -> None:
    standby = Scopes(tutorial("server2"))
    assert standby.holds_query(query(1, kind).message) is not filtered


def test_the_class_is_the_primarys_on_both() -> None:
    for name in ("server1", "server2"):
        assert Scopes(tutorial(name)).query_class(query(1).message) == "HA_server1"


def test_the_mixing_table_has_every_byte_once() -> None:
    assert sorted(MIXING) == list(range(256))


@pytest.mark.parametrize(("client", "name"), [(client, name) for client in range(40) for name in NAMES])
def test_in_load_balancing_every_client_is_served_by_one_of_the_two(client: int, name: str) -> None:
    here = Scopes(balanced(name))
    message = query(client).message
    owner = NAMES[bucket(message.options[61]) % 2]
    assert here.holds_query(message) is (owner == name)
    assert here.query_class(message) == f"HA_{owner}"
    lease = lease_of(client, 0)
    assert here.holds_lease(lease) is (owner == name)
    here.serve(Serves.ALL)
    assert here.holds_query(message) and here.holds_lease(lease) and here.everything
    here.serve(Serves.NONE)
    assert not here.holds_query(message)


def test_without_client_identifier_the_hardware_address_counts() -> None:
    here = Scopes(balanced("server1"))
    for client in range(40):
        message = query(client).message
        del message.options[61]
        assert here.holds_query(message) is (bucket(message.chaddr) % 2 == 0)


def test_a_client_without_any_identifier_is_nobodys() -> None:
    message = query(1).message._replace(chaddr=b"", options={53: b"\1"})
    for name in NAMES:
        assert not Scopes(balanced(name)).holds_query(message)
        assert Scopes(balanced(name)).query_class(message) == ""


def test_an_unknown_scope_changes_nothing() -> None:
    here = Scopes(tutorial("server1"))
    with pytest.raises(ValueError, match="invalid server name specified 'HA_server1' while"):
        here.serve_names(["server2", "HA_server1"])
    assert here.served == ("server1",)
