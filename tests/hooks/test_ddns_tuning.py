"""Names made by expressions, and the point at which libraries change names."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kea_twisted.config import load
from kea_twisted.config.model import Settings
from kea_twisted.engine.effects import DnsName
from kea_twisted.errors import ConfigError
from kea_twisted.hooks.points import Step
from kea_twisted.libraries import lookup
from kea_twisted.wire.fqdn import FLAG_N, FLAG_O, FLAG_S
from tests.builders import World, subnet
from tests.builders import settings as made_settings
from tests.fakes import FakeNames
from tests.hooks.kealibraries import put_to_work

US = {50: b"\x0a\0\0\x0a", 54: b"\x0a\0\0\x01"}
SUBNET: dict[str, Any] = {"id": 1, "subnet": "10.0.0.0/24", "pools": [{"pool": "10.0.0.10 - 10.0.0.19"}]}


def settings(expression: str, own: str | None = None, **more: Any) -> Settings:
    """A subnet with an expression of its own, and the library with one."""
    context = {} if own is None else {"user-context": {"ddns-tuning": {"hostname-expr": own}}}
    tree = {
        "dhcp-ddns": {"enable-updates": True},
        "subnet4": [{**SUBNET, **context}],
        "hooks-libraries": [{"library": "/x/libdhcp_ddns_tuning.so", "parameters": {"hostname-expr": expression}}],
        **{name.replace("_", "-"): value for name, value in more.items()},
    }
    return load(json.dumps({"Dhcp4": tree}), "f", lambda path: "", (), (lookup.check,))


def world(expression: str, own: str | None = None, **more: Any) -> World:
    """A server with the library at work."""
    configured = settings(expression, own, **more)
    made = World(configured, names=FakeNames())
    put_to_work(configured, made.hooks, made.log)
    return made


def given(of: World, options: dict[int, bytes]) -> tuple[bytes | None, str, str]:
    """Option 12 of the ACK to a client that sends these options, and the name and the flags of its lease."""
    reply, lease = of.client(1).send(3, {**US, **options}), of.lease("10.0.0.10")
    assert reply is not None and lease is not None
    return reply.options.get(12), lease.hostname, "f" * lease.fqdn_fwd + "r" * lease.fqdn_rev


@pytest.mark.parametrize(
    ("expression", "own", "expected"),
    [
        ("'new'", None, "new.example.org"),
        ("'New.Name.Net'", None, "New.Name.Net"),
        ("''", None, "old.example.org"),
        ("", None, "old.example.org"),
        ("'new'", "'inner'", "inner.example.org"),
        ("'new'", "", "old.example.org"),
        ("'x-' + option[12].text", None, "x-old.example.org"),
        ("ifelse(member('blue'), 'blue', 'new')", None, "blue.example.org"),
    ],
)
def test_the_name_is_the_value_of_the_expression(expression: str, own: str | None, expected: str) -> None:
    classes = [{"name": "blue", "test": "option[12].exists"}]
    made = world(expression, own, ddns_qualifying_suffix="example.org.", client_classes=classes)
    assert given(made, {12: b"old"}) == (expected.encode(), expected.lower(), "fr")


def test_a_client_without_name_gets_one_in_its_lease_only() -> None:
    assert given(world("'new'"), {}) == (None, "new", "")


@pytest.mark.parametrize("expression", ["'a..b'", "option[77].hex + ''"])
def test_a_value_that_is_no_name_changes_nothing(expression: str) -> None:
    made = world(expression)
    assert given(made, {12: b"old"}) == (b"old", "old", "fr")
    assert ("DDNS_TUNING4_PROCESS_ERROR" in made.log.identifiers()) is ("a..b" in expression)


def test_members_of_a_class_have_names_that_are_not_updated() -> None:
    made = world("", client_classes=[{"name": "SKIP_DDNS", "test": "option[60].hex == 'skip'"}])
    assert given(made, {12: b"old", 60: b"skip"}) == (b"old", "old", "")
    assert "DDNS_TUNING4_SKIPPING_DDNS" in made.log.identifiers()
    assert "DHCP4_HOOK_DDNS_UPDATE" in made.log.identifiers()
    assert given(made, {12: b"old", 60: b"other"}) == (b"old", "old", "fr")


@pytest.mark.parametrize(
    ("expression", "own", "fault"),
    [
        ("'a", None, r"f:1:.*global expression parsing failed: error parsing expression: \['a\]"),
        ("", "option[", r"hostname expression for subnet: 10\.0\.0\.0/24 parsing failed: error parsing expression"),
    ],
)
def test_a_wrong_expression_is_refused(expression: str, own: str | None, fault: str) -> None:
    with pytest.raises(ConfigError, match=fault):
        settings(expression, own)


@pytest.mark.parametrize(
    ("asked", "wanted", "flags"),
    [
        (FLAG_S, DnsName("two.", True, True), FLAG_S),
        (FLAG_S, DnsName("two.", False, True), FLAG_O),
        (FLAG_S, DnsName("two.", False, False), FLAG_N | FLAG_O),
        (0, DnsName("two", True, True), FLAG_S | FLAG_O),
        (0, DnsName("two", False, True), 0),
    ],
)
def test_the_flags_of_a_reply_say_what_a_library_wants(asked: int, wanted: DnsName, flags: int) -> None:
    made = World(made_settings(subnet("10.0.0.0/24", "10.0.0.10 - 10.0.0.19")), names=FakeNames())
    made.hooks.register("ddns4_update", lambda query, where, rules, name: wanted)
    reply = made.client(1).send(3, {**US, 81: bytes((asked, 0, 0)) + b"one"})
    assert reply is not None
    assert reply.options[81] == bytes((flags, 0, 0)) + b"two."


@pytest.mark.parametrize("answer", [None, Step.SKIP, DnsName("one", True, True), DnsName("x" * 64 + ".y", True, True)])
def test_what_a_library_leaves_alone_stays(answer: Any) -> None:
    made = World(made_settings(subnet("10.0.0.0/24", "10.0.0.10 - 10.0.0.19")), names=FakeNames())
    made.hooks.register("ddns4_update", lambda query, where, rules, name: answer)
    reply = made.client(1).send(3, {**US, 81: b"\1\0\0one."})
    assert reply is not None and reply.options[81] == b"\1\0\0one."


def test_a_library_may_take_the_name_away() -> None:
    made = World(made_settings(subnet("10.0.0.0/24", "10.0.0.10 - 10.0.0.19")), names=FakeNames())
    made.hooks.register("ddns4_update", lambda query, where, rules, name: name._replace(hostname=""))
    reply, lease = made.client(1).send(3, {**US, 12: b"one"}), made.lease("10.0.0.10")
    assert reply is not None and lease is not None
    assert (12 in reply.options, lease.hostname) == (False, "")
