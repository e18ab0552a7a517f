"""Passwords in configurations that come and go over HTTP: debug lines show none of them."""

from __future__ import annotations

import json

import pytest

from kea_twisted.adapters.log.redact import MOST_LOGGED, redacted
from kea_twisted.jsonvalue import MASK
from tests.adapters.control.test_httpchannel import Wire, command, echo

CLIENT = {"user": "stable", "password": 'hay"\\oats', "password-file": "/etc/kea/pass"}
PEER = {"basic-auth-password": "straw", "secret": "bran", "name": "hay"}


@pytest.mark.parametrize("indent", [None, 2])
def test_passwords_are_masked_and_nothing_else(indent: int | None) -> None:
    text = redacted(json.dumps([CLIENT, PEER], indent=indent))
    peer = {"basic-auth-password": MASK, "secret": MASK, "name": "hay"}
    assert json.loads(text) == [{**CLIENT, "password": MASK}, peer]


def test_a_password_at_the_end_of_what_is_shown_is_masked() -> None:
    text = '{"x": "' + "y" * (MOST_LOGGED - 30) + '", "password": "hay and oats"}'
    assert "hay" not in redacted(text) and len(redacted(text)) <= MOST_LOGGED + len(MASK)


def test_neither_a_request_nor_its_answer_shows_a_password_in_the_log() -> None:
    wire = Wire(lambda value: {**echo(value), "arguments": value["arguments"]}, lambda name: True)
    assert wire.send(command("config-set", password="hay and oats")).count(b"hay and oats") == 1
    assert sum(name.endswith("_DETAILS") and MASK in text for name, text in wire.log.lines) == 2
    assert not [line for line in wire.log.lines if "oats" in line[1]]
