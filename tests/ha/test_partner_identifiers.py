"""The addresses by which clients may name the partner, and the REQUESTs that name it."""

from __future__ import annotations

from typing import Any

import pytest

from kea_twisted.engine.effects import Query
from kea_twisted.ha import commands
from kea_twisted.ha.partneridentifiers import MOST, PartnerIdentifiers
from kea_twisted.ha.settings import PASSIVE_BACKUP, HaSettings, Watch
from kea_twisted.ha.states import State
from kea_twisted.wire.address import address_number
from kea_twisted.wire.constants import RELEASE, REQUEST
from tests.ha.test_ha_hub import UNWATCHED, WATCHED, Hub
from tests.scenarios.pairmodel import World
from tests.scenarios.pairworld import START, query, tutorial

FIRST = address_number("10.0.0.1")
OTHER = address_number("10.0.1.1")


def settings_of(watch: Watch = WATCHED, **changes: Any) -> HaSettings:
    """The settings of server2, whose partner is at 10.0.0.1."""
    return tutorial("server2", watch=watch, **changes)


@pytest.mark.parametrize(
    ("watch", "wanted", "enabled"),
    [(WATCHED, None, True), (UNWATCHED, None, False), (WATCHED, False, False), (UNWATCHED, True, True)],
)
def test_a_server_answers_for_its_partner_by_default_if_it_watches_it(
    watch: Watch, wanted: bool | None, enabled: bool
) -> None:
    identifiers = PartnerIdentifiers(settings_of(watch, one_server_identifier=wanted))
    assert identifiers.enabled is enabled
    identifiers.learn([OTHER])
    assert list(identifiers.known) == ([OTHER, FIRST] if enabled else [])
    assert identifiers.holds(OTHER.to_bytes(4, "big")) is enabled
    assert not identifiers.holds(None)


def test_a_server_without_a_partner_answers_for_none() -> None:
    assert not PartnerIdentifiers(settings_of(mode=PASSIVE_BACKUP)).enabled


@pytest.mark.parametrize("address", ["0.0.0.0", "0.0.0.1", "127.0.0.1", "224.0.0.1", "255.255.255.255"])
def test_addresses_that_no_server_has_are_ignored(address: str) -> None:
    identifiers = PartnerIdentifiers(settings_of())
    identifiers.learn([address_number(address)])
    assert list(identifiers.known) == [FIRST]


def test_the_identifiers_heard_last_are_kept() -> None:
    identifiers = PartnerIdentifiers(settings_of())
    identifiers.learn(range(OTHER, OTHER + 10))
    identifiers.learn(range(OTHER + 20, OTHER + 20 + MOST - 5))
    assert len(identifiers.known) == MOST
    assert OTHER + 20 in identifiers.known and OTHER + 4 in identifiers.known and OTHER + 5 not in identifiers.known


def test_status_get_lists_them() -> None:
    hub = Hub(WATCHED, WATCHED)
    relationship = hub.library.services[0].relationship
    relationship.identifiers.learn([OTHER])
    assert commands.status(relationship, START)["partner-watch"]["answers-for"] == ["10.0.1.1", "10.0.0.1"]
    unwatched = Hub().library.services[0].relationship
    assert "answers-for" not in commands.status(unwatched, START)["partner-watch"]


def kept(hub: Hub) -> list[Query]:
    """The queries that are answered if the hub takes over from server1."""
    return hub.library.services[0].relationship.recent.take(0.0)


def test_a_hub_accepts_them_in_the_relationship_that_it_serves() -> None:
    hub = Hub(WATCHED, UNWATCHED)
    answers_for = hub.hooks.answers_for
    assert answers_for is not None
    request = query(1, REQUEST)
    assert not answers_for(request, FIRST) and kept(hub) == [request]
    assert not answers_for(query(1, RELEASE), FIRST) and kept(hub) == []
    hub.library.services[0].relationship.step(State.PARTNER_DOWN, START)
    assert answers_for(request, FIRST) and answers_for(query(1, RELEASE), FIRST) and kept(hub) == []
    assert not answers_for(request, address_number("10.0.0.2")), "the other partner is not watched"


def test_without_a_watch_nothing_is_asked() -> None:
    assert Hub().hooks.answers_for is None


@pytest.mark.parametrize("wanted", [None, False])
def test_servers_learn_the_addresses_of_each_other(wanted: bool | None) -> None:
    with World(relays=True, watch=True, one_server_identifier=wanted) as world:
        world.run(5.0)
        one, two = (life.relationship for life in world.lives.values())
        assert one.state is two.state is State.HOT_STANDBY
        for own, other in ((one, two), (two, one)):
            assert set(own.identifiers.known) == (set() if wanted is False else set(other._own_addresses()))
            assert own.link.partner_answers is (wanted is None)
