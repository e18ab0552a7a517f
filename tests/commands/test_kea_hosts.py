"""Host reservations: our answers beside those of a real Kea.

Three things are different, and meant to be: sentences about Kea's own types and about options are ours; a
user context that is no map is refused; and a reservation-update that fails leaves the reservation as it was,
where a Kea has removed it.
"""

from __future__ import annotations

import re
from typing import Any

import pytest

from kea_twisted.config import load_tree
from kea_twisted.config.unparse import config_hash, effective
from kea_twisted.libraries.commands import available
from tests.commands.fakecontext import FakeContext
from tests.commands.recorded import configuration, exchanges
from tests.commands.test_kea_answers import OWN_WORDS, ask, plainly

OWN_SENTENCES = re.compile(r"definition for the option|^stringValue|^listValue|^mapValue")


def context() -> FakeContext:
    """The server that was asked, without its control socket."""
    tree = configuration("hosts")
    del tree["control-sockets"]
    return FakeContext(tree)


def comparable(answer: dict[str, Any], command: str) -> Any:
    """Result, sentence and arguments; of config-get the reservations."""
    arguments: Any = answer.get("arguments")
    if command == "config-get":
        dhcp4 = arguments["Dhcp4"]
        arguments = [dhcp4.get("reservations"), *(subnet["reservations"] for subnet in dhcp4["subnet4"])]
    return (*plainly(answer)[:2], arguments)


@pytest.mark.parametrize("group", ["hosts-add", "hosts-get"])
def test_every_answer_is_that_of_a_real_kea(group: str) -> None:
    server = context()
    for exchange in exchanges(group):
        request = exchange["request"]
        command = request["command"]
        if command != "list-commands":
            found = comparable(ask(server, request), command)
            expected = comparable(exchange["answer"], command)
            assert found[0] == expected[0], (request, found, expected)
            if not OWN_WORDS.search(expected[1] or "") and not OWN_SENTENCES.search(expected[1] or ""):
                assert found == expected, request


def test_changes_are_answered_as_by_a_real_kea_but_a_failed_update_changes_nothing() -> None:
    server = context()
    kept = {"subnet-id": 1, "identifier-type": "hw-address", "identifier": "010203040506"}
    for exchange in exchanges("hosts-change"):
        request = exchange["request"]
        command = request["command"]
        found, expected = comparable(ask(server, request), command), comparable(exchange["answer"], command)
        if "Host not updated" in (expected[1] or "") and found[0] == 0:
            assert request["arguments"]["reservation"]["hw-address"] == "01:02:03:04:05:06"
            continue
        if request.get("arguments", {}) == {**kept, "operation-target": "memory"}:
            assert (found[0], expected[0]) == (0, 3)
            continue
        if command in ("reservation-get", "reservation-get-all", "reservation-get-page", "config-get"):
            continue  # seen with what was kept
        assert found == expected or OWN_WORDS.search(expected[1] or ""), request


def test_the_commands_are_those_of_a_real_kea() -> None:
    kea = next(row for row in exchanges("hosts-get") if row["request"]["command"] == "list-commands")
    names = {name for name in kea["answer"]["arguments"] if name.startswith("reservation-")}
    assert names == {row.name for row in available({"libdhcp_host_cmds"}) if row.library == "libdhcp_host_cmds"}


def test_the_hash_of_a_configuration_with_reservations_is_that_of_kea() -> None:
    shown = next(row for row in exchanges("hosts-get") if row["request"]["command"] == "config-get")
    kea = dict(shown["answer"]["arguments"])
    host_key = kea.pop("hash")
    assert config_hash(kea) == host_key
    ours = effective(load_tree({"Dhcp4": configuration("hosts")}))
    assert ours["Dhcp4"]["subnet4"] == kea["Dhcp4"]["subnet4"]
    assert ours["Dhcp4"]["reservations"] == kea["Dhcp4"]["reservations"]


def test_what_was_added_shows_in_the_configuration_and_can_be_loaded_again() -> None:
    server = context()
    before = server.config_hash
    reservation = {"subnet-id": 2, "client-id": "'me'", "ip-address": "10.0.1.15", "hostname": "me"}
    request = {
        "command": "reservation-add",
        "arguments": {"reservation": reservation, "operation-target": "memory"},
    }
    assert ask(server, request)["result"] == 0
    assert server.config_hash != before
    again = load_tree(server.config)
    assert [host.identifier for host in again.hosts.of(2)] == [b"me"]
    assert effective(again) == server.config
