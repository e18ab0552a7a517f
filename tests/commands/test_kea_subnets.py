"""Subnets, shared networks, lease statistics, subnet selection: our answers beside those of a real Kea."""

from __future__ import annotations

import re
from typing import Any

import pytest

from kea_twisted.libraries.commands import OURS, available
from tests.commands.fakecontext import FakeContext
from tests.commands.recorded import configuration, exchanges
from tests.commands.test_kea_answers import LATER, OWN_WORDS, ask, plainly

# Sentences about configurations, which are our own.
OWN_SENTENCES = re.compile(
    r"^subnet configuration failed|'name' argument .* not an integer"
    r"|^missing parameter 'name'|doesn't exist and therefore"
)


def context() -> FakeContext:
    """The server that was asked, without its control sockets."""
    tree = configuration("subnets")
    del tree["control-sockets"]
    return FakeContext(tree)


def comparable(answer: dict[str, Any]) -> Any:
    """Result, sentence and arguments without times."""
    result, text, arguments = plainly(answer)
    if isinstance(arguments, dict) and "result-set" in arguments:
        arguments["result-set"].pop("timestamp")
    return result, text, arguments


@pytest.mark.parametrize("group", ["subnets", "networks", "stat-leases", "others"])
def test_every_answer_is_that_of_a_real_kea(group: str) -> None:
    server = context()
    for exchange in exchanges(group):
        request = exchange["request"]
        found, expected = comparable(ask(server, request)), comparable(exchange["answer"])
        if request["command"] == "list-commands":
            continue
        if request == {"command": "lease4-get", "arguments": {"ip-address": "10.30.0.35"}}:
            assert found[0] == expected[0], "a lease outlives its subnet"
            continue
        assert found[0] == expected[0], (request, found, expected)
        if not OWN_SENTENCES.search(expected[1] or "") and not OWN_WORDS.search(expected[1] or ""):
            assert found == expected, request


def test_a_lifetime_alone_can_be_changed() -> None:
    server, subnet = context(), {"id": 12, "subnet": "10.1.2.0/24"}
    answer = ask(server, {"command": "subnet4-delta-add", "arguments": {"subnet4": [{**subnet, "valid-lifetime": 99}]}})
    assert (answer["result"], answer["text"]) == (0, "IPv4 subnet updated")
    shown = ask(server, {"command": "subnet4-get", "arguments": {"id": subnet["id"]}})
    assert [each["valid-lifetime"] for each in shown["arguments"]["subnet4"]] == [99]


def test_the_commands_are_those_of_a_real_kea() -> None:
    kea = set(exchanges("subnets")[0]["answer"]["arguments"])
    ours = {row.name for row in available({"libdhcp_lease_cmds", "libdhcp_subnet_cmds", "libdhcp_stat_cmds"})}
    assert ours - kea == (LATER | OURS) & ours
    # a real Kea's libraries bring their DHCPv6 commands to its DHCPv4 server, too
    assert {name for name in kea - ours if "6" not in name} == set()


def test_a_subnet_for_members_of_a_class_is_selected_for_them_alone() -> None:
    tree = {
        "client-classes": [{"name": "horses"}],
        "subnet4": [{"id": 1, "subnet": "10.0.0.0/24", "client-classes": ["horses"]}],
    }
    server = FakeContext(tree)
    asked = {"command": "subnet4-select-test", "arguments": {"relay": "10.0.0.1", "classes": ["horses"]}}
    assert ask(server, asked)["result"] == 0
    del asked["arguments"]["classes"]  # type: ignore[attr-defined]
    assert ask(server, asked)["result"] == 3
