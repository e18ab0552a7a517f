"""Databases of hook libraries that cannot be reached, and the service."""

from __future__ import annotations

from kea_twisted.engine.service_state import ServiceState
from kea_twisted.interfaces import Outage
from kea_twisted.server.outages import LibraryOutages


def test_the_service_stops_while_one_of_the_databases_is_needed_and_lost() -> None:
    ended: list[int] = []
    state = ServiceState()
    outages = LibraryOutages(state, ended.append)
    outages.report(1, "the legal log database", 31, Outage("gone", True, False))
    outages.report(2, "the legal log database", 31, Outage("refused", True, False))
    assert state.describe()["disabled-by-db-connection"] == [3031] and not state.enabled
    outages.report(1, "the legal log database", 31, Outage("", True, False))
    assert not state.enabled and outages.fault == "the legal log database cannot be reached: refused"
    outages.report(2, "the legal log database", 31, Outage("", True, False))
    assert state.enabled and outages.fault == "" and ended == []


def test_a_database_that_clients_do_without_disables_nothing_and_may_end_the_server() -> None:
    ended: list[int] = []
    state = ServiceState()
    outages = LibraryOutages(state, ended.append)
    outages.report(1, "the legal log database", 32, Outage("gone", False, False))
    assert state.enabled and outages.fault == "" and ended == []
    outages.report(1, "the legal log database", 32, Outage("gone", False, True))
    assert ended == [1]
