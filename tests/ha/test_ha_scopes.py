"""Which queries are whose."""

from __future__ import annotations

import pytest

from kea_twisted.ha.scopes import Scopes
from kea_twisted.ha.states import Serves
from tests.scenarios.pairworld import lease_of, query, tutorial


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


@pytest.mark.parametrize(
    ("kind", "filtered"), [(1, True), (3, True), (4, True), (7, True), (8, True), (10, False)]
)
def test_only_five_message_types_are_filtered(kind: int, filtered: bool) -> None:
    standby = Scopes(tutorial("server2"))
    assert standby.holds_query(query(1, kind).message) is not filtered


def test_the_class_is_the_primarys_on_both() -> None:
    assert Scopes(tutorial("server2")).query_class == Scopes(tutorial("server1")).query_class == "HA_server1"


def test_an_unknown_scope_changes_nothing() -> None:
    here = Scopes(tutorial("server1"))
    with pytest.raises(ValueError, match="invalid server name specified 'HA_server1' while"):
        here.serve_names(["server2", "HA_server1"])
    assert here.served == ("server1",)
