"""Valid control sockets, and the errors of others."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kea_twisted.config import load, load_tree
from kea_twisted.config.controlsockets import REALM
from kea_twisted.config.model import Authentication, ControlClient, ControlSocket, TlsFiles
from kea_twisted.errors import ConfigError

HTTP = {"socket-type": "http"}
GROOM = {"user": "groom", "password": "hay"}
TLS = {"trust-anchor": "ca", "cert-file": "cert", "key-file": "key"}


def sockets(*entries: dict[str, Any]) -> tuple[ControlSocket, ...]:
    """The sockets of a configuration."""
    return load_tree({"Dhcp4": {"control-sockets": list(entries)}}).control_sockets


def http(**more: Any) -> dict[str, Any]:
    """An HTTP socket with a client, and more."""
    return {**HTTP, "authentication": {"type": "basic", "clients": [GROOM]}, **more}


def client(**more: str) -> dict[str, Any]:
    """An HTTP socket with one client."""
    found = {key.replace("_", "-"): value for key, value in more.items()}
    return {**HTTP, "authentication": {"type": "basic", "clients": [found]}}


def test_a_unix_socket_is_a_name() -> None:
    assert sockets({"socket-type": "unix", "socket-name": "kea4.sock"}) == (ControlSocket("unix", name="kea4.sock"),)


def test_the_old_keyword_takes_one_socket() -> None:
    tree = {"Dhcp4": {"control-socket": {"socket-type": "unix", "socket-name": "a"}}}
    assert load_tree(tree).control_sockets == (ControlSocket("unix", name="a"),)


def test_an_http_socket_has_kea_s_address_port_and_realm() -> None:
    [found] = sockets(http())
    assert (found.address, found.port) == ("127.0.0.1", 8000)
    assert found.authentication == Authentication(REALM, "", (ControlClient("groom", "", "hay"),))
    assert not found.is_open_to_all


def test_everything_can_be_said() -> None:
    [found] = sockets(
        {
            "socket-type": "https",
            "socket-address": "::1",
            "socket-port": 8443,
            **TLS,
            "cert-required": False,
            "http-headers": [{"name": "X-Stable", "value": "yes"}],
            "authentication": {
                "type": "basic",
                "realm": "the stables",
                "directory": "/etc/kea",
                "clients": [{"user-file": "u", "password-file": "p"}, {"password-file": "up"}],
            },
        }
    )
    assert found.tls == TlsFiles("ca", "cert", "key", cert_required=False)
    assert found.headers == (("X-Stable", "yes"),)
    assert found.authentication is not None and found.authentication.directory == "/etc/kea"


@pytest.mark.parametrize(
    ("entry", "is_open"),
    [
        (HTTP, True),
        ({**HTTP, "authentication": {"type": "basic", "clients": []}}, True),
        (http(), False),
        ({**HTTP, **TLS}, False),
        ({"socket-type": "unix", "socket-name": "a"}, False),
    ],
)
def test_who_is_open_to_everybody_is_known(entry: dict[str, Any], is_open: bool) -> None:
    assert sockets(entry)[0].is_open_to_all is is_open


@pytest.mark.parametrize(
    ("entries", "text"),
    [
        ([{"socket-type": "unix"}], "'socket-name' is missing in control-sockets[0]"),
        ([{"socket-type": "unix", "socket-name": ""}], "names no file"),
        ([{"socket-type": "unix", "socket-name": "a/"}], "names no file"),
        ([{"socket-type": "unix", "socket-name": name} for name in "ab"], "is a second unix socket"),
        ([http(**{"socket-name": "127.0.0.1"})], "socket-address is what is meant"),
        ([http(**{"socket-address": "localhost"})], "is not an IP address"),
        ([http(), http()], "is once more on 127.0.0.1:8000"),
        ([{"socket-type": "https"}], "needs trust-anchor, cert-file, key-file for https"),
        ([{**HTTP, "trust-anchor": "x"}], "cert-file, key-file missing in control-sockets[0]"),
        ([http(**{"http-headers": [{"name": "X Y", "value": "z"}]})], "is not the name of a header"),
        ([http(**{"http-headers": [{"name": "X", "value": "a\r\nY: b"}]})], "is not the value of a header"),
        ([http(**{"http-headers": [{"name": "X", "value": ""}]})], "is not the value of a header"),
        ([client(password="x")], "has no user"),
        ([client(user="", password="x")], "must not be empty"),
        ([client(user="a:b", password="x")], "must have no colon"),
        ([client(user="a", user_file="b")], "'user' and 'user-file'"),
        ([client(user="a", password="x", password_file="b")], "'password' and 'password-file'"),
    ],
)
def test_what_is_wrong_is_said(entries: list[dict[str, Any]], text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        sockets(*entries)
    assert text in str(caught.value)


def test_what_is_wrong_has_a_place() -> None:
    text = json.dumps({"Dhcp4": {"control-sockets": [client(password="x")]}}, indent=1)
    with pytest.raises(ConfigError) as caught:
        load(text, "kea.conf", lambda path: "")
    [problem] = caught.value.problems
    line = next(number for number, line in enumerate(text.split("\n"), 1) if '"password"' in line)
    assert problem.place is not None and problem.place[:2] == ("kea.conf", line - 1)


def test_the_metrics_are_switched_on_in_the_user_context() -> None:
    assert [
        each.metrics for each in sockets(http(), http(**{"socket-port": 1, "user-context": {"metrics": True}}))
    ] == [
        False,
        True,
    ]
    with pytest.raises(ConfigError, match="'metrics' in the user-context of .* must be true or false"):
        sockets(http(**{"user-context": {"metrics": "yes"}}))
    unix = {"socket-type": "unix", "socket-name": "kea4.sock", "user-context": {"metrics": True}}
    [warning] = load_tree({"Dhcp4": {"control-sockets": [unix]}}).warnings
    assert "has no effect on a unix socket" in str(warning)
