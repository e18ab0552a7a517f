"""Commands for client classes: our answers beside those of a real Kea, and what they leave behind."""

from __future__ import annotations

import re
from typing import Any

import pytest

from kea_twisted.libraries.commands import OURS, available
from tests.commands.fakecontext import FakeContext
from tests.commands.recorded import configuration, exchanges
from tests.commands.test_kea_answers import LATER, OWN_WORDS, ask, plainly

# Where Kea says what is wrong with a class: ours are the sentences said about configuration files.
OWN_SENTENCES = re.compile(r"^(not empty|expression|definition for|can not use both|'only-in)")
# Kea 3.0 takes these in a configuration, but not in these commands; and the other way round.
DIFFERENT = {"commented": 0, "offered": 0}

HORSES: dict[str, Any] = {"name": "horses", "test": "option[60].text == 'horse'"}


def of_class(command: str, row: dict[str, Any]) -> dict[str, Any]:
    """Make a command that adds or changes a class."""
    return {"command": command, "arguments": {"client-classes": [row]}}


def context() -> FakeContext:
    """The server that was asked, without its control sockets."""
    tree = configuration("classes")
    del tree["control-sockets"]
    return FakeContext(tree)


def test_every_answer_is_that_of_a_real_kea() -> None:
    server = context()
    for exchange in exchanges("classes")[1:]:
        request = exchange["request"]
        found, expected = plainly(ask(server, request)), plainly(exchange["answer"])
        name = str(request.get("arguments"))
        different = [result for part, result in DIFFERENT.items() if f"'{part}'" in name]
        assert found[0] == (different[0] if different else expected[0]), (request, found, expected)
        own = OWN_SENTENCES.search(expected[1] or "") and "command" not in (expected[1] or "")
        if not different and not own and not OWN_WORDS.search(expected[1] or ""):
            assert found == expected, request


def test_the_commands_are_those_of_a_real_kea() -> None:
    kea = set(exchanges("classes")[0]["answer"]["arguments"])
    ours = {row.name for row in available({"libdhcp_class_cmds"})}
    assert ours - kea == (LATER | OURS) & ours
    assert {name for name in kea - ours if "6" not in name} == set()


@pytest.mark.parametrize(
    "request_",
    [
        of_class("class-add", HORSES | {"test": "option[60].text =="}),
        of_class("class-update", HORSES | {"name": "cats", "test": "member('none')"}),
        of_class("class-update", HORSES | {"name": "kittens", "valid-lifetime": "x"}),
        {"command": "class-del", "arguments": {"name": "cats"}},
    ],
)
def test_a_change_that_fails_leaves_all_as_it_was(request_: Any) -> None:
    server = context()
    before, settings = server.config_hash, server.settings
    assert ask(server, request_)["result"] == 1
    assert server.config_hash == before
    assert server.settings is settings


def test_a_class_that_is_added_is_in_force_and_in_the_configuration() -> None:
    server = context()
    assert ask(server, of_class("class-add", HORSES))["result"] == 0
    assert [row.name for row in server.settings.classes][-1] == "horses"
    assert server.config["Dhcp4"]["client-classes"][-1]["test"] == HORSES["test"]
