"""Identifiers made by expressions: parameters, and what becomes of a query."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kea_twisted.config import load
from kea_twisted.config.model import Settings
from kea_twisted.errors import ConfigError
from kea_twisted.libraries import lookup
from kea_twisted.wire.address import address_number
from kea_twisted.wire.constants import DISCOVER, REQUEST
from kea_twisted.wire.message import Message
from tests.builders import World, message, packed
from tests.hooks.kealibraries import put_to_work

SUBNET = {
    "id": 1,
    "subnet": "10.0.0.0/24",
    "pools": [{"pool": "10.0.0.10 - 10.0.0.19"}],
    "reservations": [{"flex-id": "'desk'", "ip-address": "10.0.0.50"}],
}


def settings(parameters: dict[str, Any], **more: Any) -> Settings:
    """One subnet with one host, and the library."""
    tree = {
        "subnet4": [SUBNET],
        "host-reservation-identifiers": ["flex-id"],
        "hooks-libraries": [{"library": "/x/libdhcp_flex_id.so", "parameters": parameters}],
        **{name.replace("_", "-"): value for name, value in more.items()},
    }
    return load(json.dumps({"Dhcp4": tree}), "f", lambda path: "", (), (lookup.check,))


def world(expression: str, **parameters: Any) -> World:
    """A server with the library at work."""
    configured = settings({"identifier-expression": expression, **parameters})
    made = World(configured)
    put_to_work(configured, made.hooks, made.log)
    return made


def offer(of: World, options: dict[int, bytes]) -> Message | None:
    """Return the address that the client is offered."""
    return of.ask(message(DISCOVER, options))


def test_a_host_is_found_by_the_value_of_the_expression() -> None:
    reply = offer(world("option[12].hex"), {12: b"desk"})
    assert reply is not None and reply.yiaddr == address_number("10.0.0.50")


def test_an_empty_value_names_nobody() -> None:
    reply = offer(world("option[12].hex"), {})
    assert reply is not None and reply.yiaddr == address_number("10.0.0.10")


@pytest.mark.parametrize("own", [b"\x01abcdef", None])
def test_the_client_sees_its_own_identifier_in_the_reply(own: bytes | None) -> None:
    here = world("option[12].hex", **{"replace-client-id": True})
    reply = offer(here, {12: b"desk"} | ({61: own} if own else {}))
    assert reply is not None and reply.options.get(61) == own


def test_a_lease_belongs_to_the_value_not_to_the_client_identifier() -> None:
    here = world("option[12].hex", **{"replace-client-id": True})
    here.ask(message(REQUEST, {61: b"\x01abcdef", 12: b"desk", 50: packed("10.0.0.50"), 54: packed("10.0.0.1")}))
    assert [lease.client_id for lease in here.store] == [b"\0desk"]


def test_a_query_without_a_value_is_dropped_where_it_would_be_the_client_identifier() -> None:
    expression = "addrtotext(option[12].hex)"
    assert offer(world(expression), {12: b"d"}) is not None
    here = world(expression, **{"replace-client-id": True})
    assert offer(here, {12: b"d"}) is None
    assert "HOOKS_CALLOUT_EXCEPTION" in here.log.identifiers()


def test_an_expression_may_use_options_and_classes_of_the_configuration() -> None:
    definition = {"name": "desk", "code": 230, "type": "string"}
    settings({"identifier-expression": "option[desk].hex"}, option_def=[definition])
    settings({"identifier-expression": "ifelse(member('later'), 'a', 'b')"})


def test_an_empty_expression_is_said_and_does_nothing() -> None:
    assert "is empty" in str(settings({"identifier-expression": ""}).warnings[0])
    assert world("").hooks.host4_identifier == ()


def test_an_expression_sees_classes_that_the_configuration_does_not_name() -> None:
    here = world("ifelse(member('VENDOR_CLASS_printer'), 'desk', '')")
    reply = offer(here, {60: b"printer"})
    assert reply is not None and reply.yiaddr == address_number("10.0.0.50")


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({}, "libdhcp_flex_id needs the parameter 'identifier-expression'"),
        ({"identifier-expression": 5}, "parameter 'identifier-expression' of libdhcp_flex_id must be a string"),
        ({"identifier-expression": "option[12].hex =="}, "'identifier-expression' of libdhcp_flex_id: column 16"),
        ({"identifier-expression": "option[12].exists"}, "'identifier-expression' of libdhcp_flex_id: column 12"),
        (
            {"identifier-expression": "'a'", "replace-client-id": "yes"},
            "'replace-client-id' of libdhcp_flex_id must be",
        ),
        ({"identifier-expression": "'a'", "ignore-iaid": 1}, "'ignore-iaid' of libdhcp_flex_id must be true or false"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(parameters: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        settings(parameters)
    (problem,) = caught.value.problems
    assert problem.place is not None and said in str(problem)
