"""Binding variables of ``libdhcp_lease_cmds``, and unknown parameters of every library."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kea_twisted.config import load
from kea_twisted.config.model import Settings
from kea_twisted.engine.effects import Decision, Reply
from kea_twisted.errors import ConfigError, Problems
from kea_twisted.hooks.chain import HookChain
from kea_twisted.lease.context import context_text, with_isc
from kea_twisted.libraries import lookup
from kea_twisted.server.perform import Performer
from kea_twisted.wire.constants import DISCOVER, REQUEST
from tests.builders import World, message, packed
from tests.fakestorage import MemoryStorage
from tests.hooks.kealibraries import put_to_work

QUERY = {"name": "name", "source": "query", "expression": "option[12].hex"}
RESPONSE = {"name": "address", "source": "response", "expression": "addrtotext(pkt4.yiaddr)"}


def settings(library: str, values: dict[str, Any], checks: Any = (lookup.check,)) -> Settings:
    tree = {
        "subnet4": [{"id": 1, "subnet": "10.0.0.0/24", "pools": [{"pool": "10.0.0.10 - 10.0.0.19"}]}],
        "hooks-libraries": [{"library": f"/x/{library}.so", "parameters": values}],
    }
    return load(json.dumps({"Dhcp4": tree}), "f", lambda path: "", (), checks)


def acknowledge(*variables: dict[str, str], name: bytes = b"desk") -> tuple[World, list[str], list[str]]:
    """Let a client have a lease: the world, the user contexts in the lease file and those the partner is told."""
    configured = settings("libdhcp_lease_cmds", {"binding-variables": list(variables)})
    world = World(configured)
    put_to_work(configured, world.hooks, world.log, world)
    told: list[str] = []
    world.hooks.register("leases4_committed", lambda decision: told.append(decision.changes[0].lease.user_context))
    journal, sent = MemoryStorage(), list[Reply]()
    performer = Performer(journal, sent.append, world.hooks, world.log, world.statistics, 67)
    request = message(REQUEST, {12: name, 50: packed("10.0.0.10"), 54: packed("10.0.0.1")})
    decision = world.decide(request)
    assert isinstance(decision, Decision)
    performer.submit(decision)
    performer.flush()
    assert len(sent) == 1
    return world, [change.lease.user_context for change in journal.rows], told


def test_an_acknowledged_lease_has_the_values_in_file_store_and_partner() -> None:
    world, written, told = acknowledge(QUERY, RESPONSE)
    expected = '{ "ISC": { "binding-variables": { "address": "10.0.0.10", "name": "desk" } } }'
    lease = world.lease("10.0.0.10")
    assert lease is not None
    assert (written, told, lease.user_context) == ([expected], [expected], expected)


def test_bytes_that_are_no_text_are_escaped() -> None:
    _, written, _ = acknowledge(QUERY, name=b"a\x00\xff")
    assert written == ['{ "ISC": { "binding-variables": { "name": "a\\u0000\\u00ff" } } }']


def test_a_failing_expression_leaves_the_lease_alone() -> None:
    world, written, _ = acknowledge({**QUERY, "expression": "addrtotext(option[12].hex)"}, name=b"d")
    assert written == [""]
    assert "HOOKS_CALLOUT_EXCEPTION" in world.log.identifiers()


def test_an_offer_has_none_and_without_variables_nothing_is_registered() -> None:
    world, _, _ = acknowledge()
    assert world.hooks.lease_contexts == ()
    variables = settings("libdhcp_lease_cmds", {"binding-variables": [QUERY]})
    library: Any = put_to_work(variables, HookChain(), world.log, world)
    offer = world.decide(message(DISCOVER, {12: b"desk"}))
    assert offer is not None and library.described(offer) is offer


def test_an_expression_sees_classes_that_the_configuration_does_not_name() -> None:
    _, written, _ = acknowledge({**QUERY, "expression": "ifelse(member('ALL'), 'in', 'out')"})
    assert '"name": "in"' in written[0]


def test_what_else_is_in_the_context_stays() -> None:
    context = '{ "a": 1, "ISC": { "relay-agent-info": { } } }'
    made = with_isc(context, "binding-variables", {"x": "y"})
    assert json.loads(made) == {"a": 1, "ISC": {"relay-agent-info": {}, "binding-variables": {"x": "y"}}}
    assert context_text([]) == "[]"


@pytest.mark.parametrize(
    ("variables", "finding"),
    [
        (1, "'binding-variables' of libdhcp_lease_cmds must be a list"),
        ([1], "binding-variables[0] of libdhcp_lease_cmds must be a map with name, source, expression"),
        ([{"name": "a", "source": "query"}], "missing parameter 'expression' in binding-variables[0]"),
        ([{**QUERY, "source": "x"}], "invalid source 'x', must be either 'query' or 'response'"),
        ([{**QUERY, "expression": ""}], "'expression' in binding-variables[0] of libdhcp_lease_cmds must be a string"),
        ([{**QUERY, "expression": "option[12"}], "error parsing expression in binding-variables[0]"),
        ([{**QUERY, "junk": 1}], "unknown keyword 'junk' in binding-variables[0]"),
    ],
)
def test_what_is_wrong_is_reported_with_its_place(variables: Any, finding: str) -> None:
    with pytest.raises(ConfigError) as caught:
        settings("libdhcp_lease_cmds", {"binding-variables": variables})
    assert finding in caught.value.problems[0].text
    assert caught.value.problems[0].place is not None


def test_the_first_of_two_with_one_name_is_used() -> None:
    configured = settings("libdhcp_lease_cmds", {"binding-variables": [QUERY, {**RESPONSE, "name": "name"}]})
    assert "an earlier one has" in configured.warnings[0].text


@pytest.mark.parametrize("library", sorted(lookup.LIBRARIES))
def test_an_unknown_parameter_is_never_silent(library: str) -> None:
    problems = Problems()
    values = {"junk": 1, "comment": "c", "user-context": {}}
    (entry,) = settings(library, values, ()).hooks_libraries
    lookup.find(library).check(entry.parameters, problems)
    found = problems.warnings
    assert [(warning.text.partition(":")[0], warning.place is None) for warning in found] == [
        (f"'junk' is not a parameter of {library} and has no effect", False)
    ]


def test_a_misspelt_parameter_is_guessed() -> None:
    (warning,) = settings("libdhcp_lease_cmds", {"binding-variable": []}).warnings
    assert warning.text.endswith("did you mean 'binding-variables'?")
