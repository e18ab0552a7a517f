"""Parameters of ``libdhcp_radius``: faults and their words, dictionaries, attributes as text and bytes, secrets."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from kea_twisted.adapters.hooklibraries.radius import Radius
from kea_twisted.adapters.log.redact import redacted
from kea_twisted.config import load
from kea_twisted.config.model import Settings
from kea_twisted.errors import ConfigError
from kea_twisted.libraries import lookup
from kea_twisted.libraries.radius import attributes as A
from kea_twisted.libraries.radius.dictionary import read, standard
from kea_twisted.libraries.radius.parameters import Server
from tests.hooks.radiusworld import SECRET, SERVERS, SUBNET, Site, configuration

ONE = [{"name": "10.9.9.1", "secret": SECRET}]


def settings(parameters: Any, cache: bool = True, **more: Any) -> Settings:
    """The library with these parameters."""
    libraries = [{"library": "libdhcp_radius.so", "parameters": parameters}]
    if cache:
        libraries.append({"library": "libdhcp_host_cache.so", "parameters": {}})
    tree = {"subnet4": [SUBNET], "hooks-libraries": libraries, **{key.replace("_", "-"): more[key] for key in more}}
    return load(json.dumps({"Dhcp4": tree}), "f", lambda path: "", (), (lookup.check,))


def access(**more: Any) -> dict[str, Any]:
    """Parameters with an access service."""
    return {"access": {"servers": ONE, **{name.replace("_", "-"): value for name, value in more.items()}}}


@pytest.mark.parametrize(
    ("parameters", "text"),
    [
        ({"retries": "x"}, "'retries' of libdhcp_radius must be an integer"),
        ({"retries": -1}, r"bad retries -1 not in \[0..4294967295\]"),
        ({"timeout": -1}, "bad timeout -1"),
        ({"deadtime": -1}, "bad deadtime -1"),
        ({"identifier-type4": "x"}, "invalid client identifier type 'x'"),
        ({"protocol": "TLS"}, "protocol 'TLS' is not supported: use 'UDP'"),
        ({"protocol": "x"}, "protocol 'x' is unknown: use 'UDP'"),
        ({"bindaddr": "x"}, "bad local address 'x'"),
        ({"bindaddr": "::1", **access()}, "address family mismatch: peer 10.9.9.1, local ::1"),
        ({"access": []}, "'access' of libdhcp_radius must be a map"),
        (access(x=1), r"unknown service parameter: x \(parsing access\)"),
        (access(peer_updates=True), "peer-updates configured for the access service, but it is only supported for"),
        (access(max_pending_requests=-1), "expected max-pending-requests to be positive, but got -1 instead"),
        (access(max_pending_requests="x"), "expected max-pending-requests to be an integer"),
        (access(servers=[{"name": "10.9.9.1"}]), "can't create access server '10.9.9.1': empty secret"),
        (access(servers=[{"secret": "x"}]), "missing parameter 'name' of a server"),
        (access(servers=[7]), "an entry of 'servers' must be a map"),
        (access(servers=[{**ONE[0], "port": 70000}]), r"out of range value \(70000\) specified for parameter 'port'"),
        (access(servers=[{**ONE[0], "port": "x"}]), "'port' in 'servers' must be an integer"),
        (access(servers=[{**ONE[0], "secret-file": "/x"}]), "'secret' and 'secret-file' are exclusive"),
        (access(servers=[{"name": "a", "secret-file": "/x"}]), "/x cannot be read: No such file or directory"),
        (access(attributes=[{}]), "name or type are required"),
        (access(attributes=[{"name": ""}]), "attribute name is empty"),
        (access(attributes=[{"name": "x"}]), "attribute 'x' is unknown"),
        (access(attributes=[{"type": 300}]), "out of range attribute type 300"),
        (access(attributes=[{"type": 240}]), "attribute type 240 is unknown"),
        (access(attributes=[{"name": "Class", "type": 1, "data": "x"}]), "Class attribute has type 25, not 1"),
        (access(attributes=[{"name": "Class"}]), r"can't create Class attribute from \[\]: empty attribute value"),
        (access(attributes=[{"name": "Class", "raw": "xx"}]), r"can't create Class attribute from raw: \[xx\]"),
        (access(attributes=[{"name": "NAS-Port", "raw": "01"}]), "bad value length 1 != 4"),
        (access(attributes=[{"name": "NAS-Port", "data": "x"}]), "can't parse integer value x"),
        (access(attributes=[{"name": "Framed-IP-Address", "data": "x"}]), "can't create Framed-IP-Address attribute"),
        (access(attributes=[{"name": "Class", "data": "x", "expr": "'a'"}]), "data, raw and expr are exclusive"),
        (access(attributes=[{"name": "Class", "expr": "'a"}]), r"expression: \['a\] error"),
        ({"accounting": {"servers": ONE, "max-pending-requests": 1}}, "only supported for the access service"),
        (
            {"accounting": {"servers": ONE, "attributes": [{"name": "Class", "expr": "'a'"}]}},
            "Expressions are not yet supported in accounting",
        ),
        ({"nas-ports": [{}]}, "missing port in nas-ports entry"),
        ({"nas-ports": [{"port": -1}]}, "'port' in 'nas-ports' must be between 0 and 4294967295, not -1"),
        ({"nas-ports": [{"port": 1, "subnet-prefix": "10.7.0.0/24"}]}, "can't find subnet for 10.7.0.0/24"),
        ({"nas-ports": [{"port": 1, "shared-network-name": "x"}]}, "can't find shared network for x"),
        ({"nas-ports": [{"port": 1, "x": "x"}]}, "unknown selector in a nas-ports entry"),
        ({"dictionary": "/none"}, "can't read radius dictionary: /none cannot be read: No such file"),
    ],
)  # fmt: skip
def test_faults_are_reported(parameters: Any, text: str) -> None:
    with pytest.raises(ConfigError, match=text) as caught:
        settings(parameters)
    assert SECRET not in str(caught.value)


def test_what_the_rest_of_the_configuration_does_not_permit_is_reported() -> None:
    with pytest.raises(ConfigError, match="host cache library not loaded: add libdhcp_host_cache") as caught:
        settings(access(), cache=False)
    assert [each.event.identifier for each in caught.value.problems if each.event] == ["RADIUS_ACCESS_NO_HOST_CACHE"]
    assert settings({"accounting": {"servers": ONE}}, cache=False)
    with pytest.raises(ConfigError, match="early-global-reservations-lookup is not compatible with RADIUS"):
        settings(access(), early_global_reservations_lookup=True)
    other = {"id": 2, "subnet": "10.0.1.0/24"}
    network = {"name": "floor", "subnet4": [SUBNET, other]}
    with pytest.raises(ConfigError, match="of shared network floor does not use only global host reservations"):
        settings(access(), shared_networks=[network], subnet4=[])
    by_global = {"reservations-global": True, "reservations-in-subnet": False}
    assert settings(access(), shared_networks=[{**network, **by_global}], subnet4=[])


def test_what_would_have_no_effect_is_a_warning() -> None:
    found: list[str] = []
    named = [{"name": "Class", "data": "x", "vendor": "9"}]
    servers = [{**ONE[0], "sceret": "x"}]
    parameters = {**access(servers=servers, attributes=named), "identifier-type4": "flex-id", "retires": 3}
    text = json.dumps({"Dhcp4": {
        "subnet4": [SUBNET],
        "hooks-libraries": [{"library": "libdhcp_host_cache.so"},
                            {"library": "libdhcp_radius.so", "parameters": parameters}],
    }})  # fmt: skip
    loaded = load(text, "f", lambda path: "", (), (lookup.check, lambda _, problems: found.extend(
        each.text for each in problems.warnings)))  # fmt: skip
    assert loaded and any("'retires' is not a parameter of libdhcp_radius" in each for each in found)
    for text in ("'sceret' in 'servers' has no effect", "'vendor' in 'attributes' has no effect"):
        assert any(text in each for each in found)
    assert any("is not one of the host-reservation-identifiers" in each for each in found)


def test_a_missing_driver_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyrad.packet", None)
    with pytest.raises(ConfigError, match=r"needs pyrad, which is not installed: pip install 'kea-twisted\[radius\]'"):
        settings(access())


def test_secrets_may_be_in_files_and_are_in_no_text(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(SECRET + "\n")
    world = Site(configuration(access(servers=[{"name": "10.9.9.1", "secret-file": str(file)}])))
    assert world.discover(1) == [] and len(world.asked()) == 1
    before = Radius.basis(*_entry(world.settings))
    assert before == Radius.basis(*_entry(world.settings))
    file.write_text("another\n")
    assert before != Radius.basis(*_entry(world.settings)), "a reload reads the file again"
    assert SECRET not in repr(Server("a", 1, SECRET.encode())) and SECRET not in repr(world.radius.radius)
    assert SECRET not in redacted(json.dumps({"servers": SERVERS}))


@pytest.mark.parametrize("value", [{"data": "hush" * 64}, {"raw": "hush"}])
def test_a_password_that_cannot_be_sent_is_not_shown(value: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match=r"can't create User-Password attribute from .*\[\*{5}\]") as caught:
        settings(access(attributes=[{"name": "User-Password", **value}]))
    assert "hush" not in str(caught.value)


def _entry(configured: Settings) -> tuple[Any, Settings]:
    return configured.hooks_libraries[1], configured


DICTIONARY = """\
# a comment
ATTRIBUTE User-Name 1 string
ATTRIBUTE User-Password 2 string
ATTRIBUTE NAS-IP-Address 4 ipaddr
ATTRIBUTE NAS-Port 5 integer
ATTRIBUTE NAS-Port-Id 5 integer
ATTRIBUTE Service-Type 6 integer
ATTRIBUTE Framed-IP-Address 8 ipaddr
ATTRIBUTE Reply-Message 18 string
ATTRIBUTE Class 25 string
ATTRIBUTE Calling-Station-Id 31 string
ATTRIBUTE Acct-Status-Type 40 integer
ATTRIBUTE Acct-Delay-Time 41 integer
ATTRIBUTE Acct-Session-Id 44 string
ATTRIBUTE Framed-Pool 88 string
ATTRIBUTE NAS-IPv6-Address 95 ipv6addr
ATTRIBUTE Delegated-IPv6-Prefix 123 ipv6prefix
ATTRIBUTE Framed-IPv6-Address 168 ipv6addr
ATTRIBUTE Our-Own 240 date
ATTRIBUTE Internal 1000 integer
VALUE Service-Type Framed-User 2
"""


def test_a_dictionary_file_takes_the_place_of_the_standard_attributes(tmp_path: Path) -> None:
    file = tmp_path / "dictionary"
    file.write_text(DICTIONARY)
    attributes = [{"name": "Our-Own", "data": "7"}, {"name": "NAS-Port-Id", "data": "3"}]
    assert settings({**access(attributes=attributes), "dictionary": str(file)})
    with pytest.raises(ConfigError, match="attribute 'Connect-Info' is unknown"):
        settings({**access(attributes=[{"name": "Connect-Info", "data": "7"}]), "dictionary": str(file)})


def test_a_reload_reads_the_dictionary_file_again(tmp_path: Path) -> None:
    file = tmp_path / "dictionary"
    file.write_text(DICTIONARY)
    configured = settings({**access(), "dictionary": str(file)})
    entry = configured.hooks_libraries[0], configured
    before = Radius.basis(*entry)
    assert before == Radius.basis(*entry)
    file.write_text(DICTIONARY + "ATTRIBUTE Own-Integer 240 integer\nVALUE Own-Integer Two 2\n")
    assert before != Radius.basis(*entry)


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("secret words", "unknown dictionary entry, neither ATTRIBUTE nor VALUE at line 1 in dictionary 'd'"),
        ("ATTRIBUTE a 1", "expected 4 tokens, got 3"),
        ("ATTRIBUTE a x string", "can't parse attribute type x"),
        ("ATTRIBUTE a 1 octets", "unknown AttrValueType name octets"),
        ("VALUE a b 1", "unknown attribute 'a'"),
        ("ATTRIBUTE a 1 string\nVALUE a b 1", "attribute 'a' is not an integer attribute"),
        ("ATTRIBUTE a 1 integer\nVALUE a b x", "can't parse integer value x"),
        ("ATTRIBUTE a 1 integer\nVALUE a b 1\nVALUE a b 2", "Illegal integer constant redefinition of 'b'"),
        ("ATTRIBUTE a 1 integer\nATTRIBUTE a 2 integer", "Illegal attribute redefinition of 'a'"),
        ("ATTRIBUTE a 1 integer\nATTRIBUTE b 1 string", "Illegal attribute redefinition of 'a'"),
        ("$INCLUDE d", "Too many nested"),
        ("", "missing standard attribute definition for 'User-Name'"),
        ("ATTRIBUTE User-Name 3 string", "incorrect standard attribute definition for 'User-Name': type is 3"),
        ("ATTRIBUTE User-Name 1 integer", "value type is integer, must be string"),
    ],
)
def test_faults_of_a_dictionary_are_reported_with_their_place(line: str, text: str) -> None:
    with pytest.raises(ValueError, match=text.replace("(", r"\(")) as caught:
        read("d", lambda path: line)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "text", "value", "shown"),
    [
        ("Class", "gold", b"gold", "Class=gold"),
        ("NAS-Port", "4294967295", b"\xff" * 4, "NAS-Port=4294967295"),
        ("NAS-Port", "-1", b"\xff" * 4, "NAS-Port=4294967295"),
        ("Service-Type", "Framed-User", b"\0\0\0\x02", "Service-Type=Framed-User"),
        ("Framed-IP-Address", "10.0.0.7", b"\x0a\0\0\x07", "Framed-IP-Address=10.0.0.7"),
        ("Framed-IPv6-Address", "2001:db8::7", bytes.fromhex("20010db8" + "0" * 23 + "7"),
         "Framed-IPv6-Address=2001:db8::7"),
        ("Delegated-IPv6-Prefix", "2001:db8::/32", b"\0\x20" + bytes.fromhex("20010db8" + "0" * 24),
         "Delegated-IPv6-Prefix=2001:db8::/32"),
        ("User-Password", "open sesame", b"open sesame", "User-Password=*****"),
    ],
)  # fmt: skip
def test_values_have_a_text_and_a_form_that_the_cache_keeps(name: str, text: str, value: bytes, shown: str) -> None:
    known = standard()
    row = known.named(name)
    assert row is not None
    made = A.from_text(known, row, text)
    assert (made, A.list_text(known, [made])) == (A.Attribute(row.code, value), shown)
    assert A.from_shown(known, json.loads(json.dumps(A.shown(known, [made])))) == (made,)


def test_bytes_that_are_no_text_are_kept_in_hexadecimal() -> None:
    known = standard()
    made = A.received(known, [(25, b"\0\x01\xff"), (240, b"unknown")])
    assert A.shown(known, made) == [{"name": "Class", "type": 25, "raw": "0001FF"}]
    assert A.from_shown(known, A.shown(known, made)) == made
    assert A.list_text(known, made) == "Class=0001ff" and A.list_text(known, []) == "no attributes"
    faulty = [7, {}, {"type": "x"}, {"type": 25}, {"type": 25, "raw": "x"}, {"type": 8, "data": "x"}, {"type": 240}]
    assert A.from_shown(known, faulty) == A.from_shown(known, None) == ()
    with pytest.raises(ValueError, match="value is too large 254 > 253"):
        A.received(known, [(25, bytes(254))])
    row = known.named("Delegated-IPv6-Prefix")
    assert row is not None
    for value in (b"\0", b"\0\xff", bytes(19)):
        with pytest.raises(ValueError, match="bad prefix"):
            A.from_bytes(row, value)
    for text in ("2001:db8::", "2001:db8::/129", "x/3"):
        with pytest.raises(ValueError, match=r"unable to parse prefix|x"):
            A.from_text(known, row, text)
