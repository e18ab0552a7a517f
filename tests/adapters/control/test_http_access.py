"""Access rules over HTTP: credentials, and a port that is shared with the HA partner."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from kea_twisted import events as E
from kea_twisted.adapters.control.access import Logins, nothing
from tests.adapters.control.test_httpchannel import JSON, Wire, command, echo, request, status_of

LOGINS = Logins("the stables", {base64.b64encode(b"groom:hay"): "groom", base64.b64encode(b"boy:"): "boy"})


def wire(permits: Any = lambda name: False, logins: Logins | None = LOGINS) -> Wire:
    """A connection to a channel with logins."""
    return Wire(echo, permits, logins)


def asked(name: str, header: str = "") -> bytes:
    """A command with an Authorization header."""
    body = json.dumps({"command": name}).encode()
    return request(body, JSON, *([f"Authorization: {header}"] if header else []))


def basic(text: bytes) -> str:
    """Credentials as a header has them."""
    return "Basic " + base64.b64encode(text).decode()


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ("", 401),
        (basic(b"groom:hay"), 200),
        (basic(b"groom:hay").replace("Basic", "basic"), 200),
        (basic(b"groom:hay").replace(" ", "   "), 200),
        (basic(b"boy:"), 200),
        (basic(b"boy"), 401),
        (basic(b"groom:oats"), 401),
        (basic(b"groom"), 401),
        ("Bearer groom:hay", 401),
        ("Basic", 401),
        ("Basic %%%", 401),
    ],
)
def test_credentials_decide(header: str, status: int) -> None:
    assert status_of(wire().send(asked("config-get", header))) == status


def test_who_may_not_come_in_is_told_the_realm() -> None:
    response = wire().send(asked("config-get"))
    assert b'WWW-Authenticate: Basic realm="the stables"' in response
    assert response.endswith(b'{ "result": 401, "text": "Unauthorized" }')


def test_the_log_says_who_came_in() -> None:
    policy = wire()
    policy.send(asked("config-get", basic(b"groom:hay")))
    assert (E.HTTP_CLIENT_REQUEST_AUTHORIZED.identifier, "received HTTP request authorized for 'groom'") in (
        policy.log.lines
    )


def test_the_partner_s_commands_need_no_credentials_on_a_shared_port() -> None:
    policy = wire(lambda name: name == "ha-heartbeat")
    assert status_of(policy.send(asked("ha-heartbeat"))) == 200
    assert status_of(policy.send(asked("ha-heartbeat", basic(b"no:body")))) == 200
    assert status_of(policy.send(asked("config-get"))) == 401
    assert status_of(policy.send(asked("config-get", basic(b"groom:hay")))) == 200


def test_without_members_what_is_not_permitted_is_forbidden() -> None:
    assert status_of(wire(logins=None).send(command("config-get"))) == 403


def test_what_is_no_request_is_said_before_who_asks_where_anybody_may_ask_something() -> None:
    assert status_of(wire().send(request(b"no json"))) == 400


def test_without_credentials_nothing_is_parsed_where_nothing_is_permitted() -> None:
    for data in (request(b"no json"), request(b""), request(b"{}", line="GET / HTTP/1.1")):
        assert status_of(wire(nothing).send(data)) == 401


def test_configured_headers_are_part_of_every_response() -> None:
    policy = wire()
    policy.site.use((), (("Strict-Transport-Security", "max-age=1"),))
    good = asked("config-get", basic(b"groom:hay"))
    for data in (good, asked("config-get"), request(b"no json"), b"x\r\n\r\n"):
        assert b"\r\nStrict-Transport-Security: max-age=1\r\n" in policy.send(data), data


def test_retiring_ends_idle_connections() -> None:
    policy = wire()
    policy.send(asked("config-get"))
    policy.site.retire()
    assert policy.closed
