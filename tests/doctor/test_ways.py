"""The doctor on ways between the servers that fail: the reason, and what follows from it."""

from __future__ import annotations

from typing import Any

import pytest

from kea_twisted.doctor.table import findings
from kea_twisted.doctor.ways import SERVES
from tests.doctor.test_doctor import World, pair_of, states


def cut(world: World, **watch: Any) -> None:
    """server1 is not answered over HTTP; ``watch``: what it says of that."""
    pair_of(world.one)["ha-servers"]["remote"]["communication-interrupted"] = True
    pair_of(world.one)["partner-watch"] |= watch


REASONS = {
    "Connection refused": "start it if it does not run; else its url in the file has another port",
    "no answer in time": "its machine or the network to it is down",
    "401 Unauthorized; --user names one": "it runs, and wants other credentials",
    "403 Forbidden": "it runs, and does not permit",
    "no answer in time: it seems to speak plain HTTP, not TLS": "one server uses TLS and the other does not",
    "Remote end closed connection: it seems to speak TLS, not plain HTTP": "one server uses TLS and the other does not",
    "End of file (perhaps it speaks TLS, and is asked without)": "one server uses TLS and the other does not",
    "certificate verify failed: self-signed certificate": "it runs: give both servers certificates of one trust-anchor",
    "the answer is not JSON": "start it if it does not run; else check that http://server2/ can be reached",
}


@pytest.mark.parametrize("trouble", REASONS)
def test_what_to_do_about_a_server_that_cannot_be_asked_depends_on_the_reason(trouble: str) -> None:
    world = World()
    world.trouble["server2"] = f"http://server2/: {trouble}"
    (found,) = findings(world.picture)
    assert found.check == "unreachable" and REASONS[trouble] in found.remedy


def test_a_partner_whose_dhcp_service_answers_is_not_called_down() -> None:
    world = World()
    world.trouble["server2"] = "http://server2/: no answer in time"
    cut(world, trouble="Connection timed out", verdict=SERVES)
    first, second = findings(world.picture)
    assert first.remedy.startswith("it runs: server1 gets answers of its DHCP service. Check what is between the two")
    assert second.fault == (
        "it does not reach server2 over HTTP at http://10.0.0.2:8000/ (Connection timed out), although that one's DHCP "
        "service answers it"
    )
    assert second.remedy == "check addresses, firewalls, passwords and certificates between the two"


def test_a_refusal_says_more_than_that_its_dhcp_service_answers() -> None:
    world = World()
    world.trouble["server2"] = "http://server2/: 401 Unauthorized"
    cut(world, trouble="Unauthorized", verdict=SERVES)
    assert all("wants other credentials" in each.remedy for each in findings(world.picture))


def test_what_a_server_says_of_its_failed_requests_decides_the_remedy() -> None:
    world = World()
    cut(world, trouble="Unauthorized", verdict="the partner does not answer, and it is not known why")
    (found,) = findings(world.picture)
    assert found.fault.endswith("http://10.0.0.2:8000/ (Unauthorized)") and "other credentials" in found.remedy


def test_an_interface_that_is_down_comes_before_what_follows_from_it() -> None:
    world = World()
    world.one["status"]["sockets"] = {"status": "failed", "errors": ["the interface em1 is down"]}
    world.trouble["server2"] = "http://server2/: Network is unreachable"
    cut(world, trouble="Network is unreachable")
    states(world, "waiting", "hot-standby")
    found = findings(world.picture)
    assert [each.check for each in found] == ["sockets", "unreachable", "connections", "ha-state"]
    assert found[1].remedy.startswith("perhaps it is well: mend what is wrong with server1 first (the interface em1 is")
    assert found[2].remedy == "mend what is wrong with server1 first: the interface em1 is down"
    assert found[3].fault.endswith("serves no client yet: the interface em1 is down")
    assert "ha-continue" not in found[3].remedy


def test_the_reason_why_a_server_waits_is_named_where_it_is_known() -> None:
    names = {"peer-names-differ": "it does not know 'server1'"}
    for plant, reason in (
        (lambda world: cut(world, trouble="Bad name", **names), "it does not know 'server1'"),
        (lambda world: pair_of(world.two)["partner-watch"].update(names), "it does not know 'server1'"),
        (lambda world: pair_of(world.one)["partner-watch"].update({"unable-to-serve": "no disk"}), "no disk"),
        (lambda world: world.two["status"].update(sockets={"status": "failed", "errors": ["em9"]}), "server2: em9"),
        (lambda world: cut(world, trouble="Connection refused"), "server2 does not answer it (Connection refused)"),
    ):
        world = World()
        states(world, "ready", "hot-standby")
        plant(world)
        found = findings(world.picture)
        (state,) = (each for each in found if each.check == "ha-state")
        assert state.fault.endswith(f"serves no client yet: {reason}") and "ha-continue" not in state.remedy
        # a partner that answers, if only to refuse the name, is reached
        assert ("connections" in {each.check for each in found}) is ("refused" in reason)
    states(world := World(), "ready", "hot-standby")
    (state,) = findings(world.picture)
    assert "ha-continue" in state.remedy
