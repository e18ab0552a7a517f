"""The configuration of kea-dhcp-ddns: what is taken, what is refused and where, and how it is shown."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kea_twisted.config.unparse import config_hash
from kea_twisted.ddns.parse import load, load_loggers, load_tree
from kea_twisted.ddns.settings import DdnsSettings
from kea_twisted.ddns.unparse import effective
from kea_twisted.errors import ConfigError

KEY = {"name": "key1", "algorithm": "HMAC-SHA256", "secret": "LSWXnfkKZjdPJI5QxlpnfQ=="}
SERVER = {"ip-address": "127.0.0.1"}


def settings(**top: Any) -> DdnsSettings:
    """Settings of a DhcpDdns map."""
    return load_tree(
        {"DhcpDdns": {name.replace("_", "-"): value for name, value in top.items()}}, lambda name: "c2VjcmV0\n"
    )


def domains(*found: dict[str, Any]) -> dict[str, Any]:
    """A direction."""
    return {"ddns-domains": list(found)}


def test_the_defaults() -> None:
    found = settings()
    assert (found.address, found.port, found.dns_server_timeout) == ("127.0.0.1", 53001, 500)
    assert not found.forward and not found.reverse
    assert found.summary == "listening on 127.0.0.1, port 53001, using UDP"


def test_a_key_of_the_domain_and_one_of_the_server() -> None:
    other = {**KEY, "name": "key2", "algorithm": "hmac-md5", "digest-bits": 80}
    servers = [SERVER, {**SERVER, "port": 54, "key-name": "key2"}]
    found = settings(
        tsig_keys=[KEY, other], forward_ddns=domains({"name": "e.org.", "key-name": "key1", "dns-servers": servers})
    )
    one, two = found.forward.by_name["e.org."].servers
    assert one.key and two.key
    assert (one.port, one.key.label, two.key.name, two.key.digest_bits) == (53, "key1.", "key2", 80)
    assert (one.key.algorithm, two.text) == ("hmac-sha256", "127.0.0.1 port:54")


def test_a_secret_in_a_file() -> None:
    key = {"name": "k", "algorithm": "hmac-sha1", "secret-file": "secret"}
    assert settings(tsig_keys=[key]).keys[0].secret == b"secret"


@pytest.mark.parametrize(
    ("name", "domain"),
    [
        ("h.example.com.", "example.com."),
        ("H.EXAMPLE.com.", "example.com."),
        ("example.com.", "example.com."),
        ("a.b.example.com.", "b.example.com."),
        ("xexample.com.", "*"),
        ("com.", "*"),
    ],
)
def test_the_longest_match(name: str, domain: str) -> None:
    names = ("example.com", "B.example.com.", "*")
    found = settings(forward_ddns=domains(*({"name": each, "dns-servers": [SERVER]} for each in names)))
    matched = found.forward.match(name)
    assert matched is not None and matched.name.lower() == domain
    assert "has no dot at its end" in found.base.warnings[0].text


def test_no_match() -> None:
    found = settings(forward_ddns=domains({"name": "e.org.", "dns-servers": [SERVER]}))
    assert found.forward.match("h.example.com.") is None


@pytest.mark.parametrize(
    ("top", "text"),
    [
        ({"prot": 1}, "unknown keyword 'prot' in DhcpDdns, did you mean 'port'"),
        ({"port": 0}, "'port' in DhcpDdns must be an integer from 1 to 65535"),
        ({"ip_address": "x"}, "'ip-address' in DhcpDdns must be an IPv4 or IPv6 address"),
        ({"dns_server_timeout": 0}, "'dns-server-timeout' in DhcpDdns must be"),
        ({"ncr_protocol": "TCP"}, "'ncr-protocol' in DhcpDdns must be UDP"),
        ({"ncr_format": "XML"}, "'ncr-format' in DhcpDdns must be JSON"),
        ({"tsig_keys": [{**KEY, "algorithm": "x"}]}, "Unknown TSIG Key algorithm: x"),
        ({"tsig_keys": [{**KEY, "digest-bits": 120}]}, "digest-bits too small"),
        ({"tsig_keys": [{**KEY, "digest-bits": 129}]}, "multiple of eight"),
        ({"tsig_keys": [{**KEY, "secret": "@@"}]}, "'secret' in tsig-keys[0] is not base64"),
        ({"tsig_keys": [{**KEY, "secret-file": "f"}]}, "tsig-keys[0] needs 'secret' or 'secret-file', not both"),
        ({"tsig_keys": [{"name": "a", "algorithm": "hmac-md5"}]}, "missing parameter 'secret'"),
        ({"tsig_keys": [KEY, KEY]}, "Duplicate TSIG key name specified : key1"),
        ({"forward_ddns": domains({"dns-servers": [SERVER]})}, "missing parameter 'name'"),
        ({"forward_ddns": domains({"name": "a."})}, "missing parameter 'dns-servers'"),
        ({"forward_ddns": domains({"name": "a.", "dns-servers": []})}, "DNS server list cannot be empty"),
        ({"forward_ddns": domains({"name": "a..", "dns-servers": [SERVER]})}, "is not a domain name"),
        ({"forward_ddns": domains({"name": "a.", "dns-servers": [{}]})}, "missing parameter 'ip-address'"),
        (
            {"forward_ddns": domains({"name": "a.", "dns-servers": [{**SERVER, "hostname": "x"}]})},
            "hostname is not yet",
        ),
        (
            {"forward_ddns": domains({"name": "a.", "key-name": "k", "dns-servers": [SERVER]})},
            "DdnsDomain : specifies an undefined key: k",
        ),
        (
            {"reverse_ddns": domains({"name": "a.", "dns-servers": [{**SERVER, "key-name": "k"}]})},
            "Dns Server : specifies an undefined key: k",
        ),
        (
            {"forward_ddns": domains(*({"name": each, "dns-servers": [SERVER]} for each in ("a.", "A.")))},
            "Duplicate domain specified:A.",
        ),
        ({"hooks_libraries": [{"library": "libddns_gss_tsig.so"}]}, "are not supported: remove"),
        ({"control_sockets": [{"socket-type": "unix"}]}, "Mandatory 'socket-name' parameter missing"),
    ],
)
def test_what_is_wrong_is_said(top: dict[str, Any], text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        settings(**top)
    assert any(text in f"{problem.text} {problem.kea}" for problem in caught.value.problems), caught.value.problems


def test_a_mistake_has_its_place() -> None:
    text = (
        '{ "DhcpDdns": {\n  "port": 0, "tsig-keys": [\n { "name": "k", "algorithm": "hmac-md5" } ] },\n "Dhcp4": {} }'
    )
    with pytest.raises(ConfigError) as caught:
        load(text, "d2.conf", str, str)
    places = [f"{problem.place}" for problem in caught.value.problems]
    assert places == ["d2.conf:2:11", "d2.conf:3:2", "d2.conf:4:2"]


def test_config_get_is_keas() -> None:
    """Recorded from a kea-dhcp-ddns 3.0.4, its hash included."""
    tree = {
        "ip-address": "127.0.0.1",
        "port": 53901,
        "control-sockets": [{"socket-type": "unix", "socket-name": "/run/kea/d2t.sock"}],
        "tsig-keys": [
            {"name": "key1", "algorithm": "hmac-sha256", "secret": KEY["secret"]},
            {"name": "k2", "algorithm": "HMAC-MD5", "secret": KEY["secret"], "digest-bits": 80},
        ],
        "forward-ddns": domains(
            {"name": "z.example.com.", "key-name": "key1", "comment": "x", "dns-servers": [{**SERVER, "port": 5399}]},
            {"name": "b.example.com.", "dns-servers": [{**SERVER, "key-name": "k2"}]},
        ),
        "reverse-ddns": domains(),
        "loggers": [
            {
                "name": "kea-dhcp-ddns",
                "output-options": [{"output": "stdout"}],
                "severity": "DEBUG",
                "debuglevel": 99,
            }
        ],
    }
    shown = effective(load(json.dumps({"DhcpDdns": tree}), "f", str, str))
    assert config_hash(shown) == "802A7E9A40D1597F4A0CD1BB3BC7DFB2D10961EBE7451C36AB62EE651D97247F"


def test_the_file_of_the_product_loads() -> None:
    path = Path(__file__).parents[2] / "conf" / "kea-dhcp-ddns.conf"
    found = load(path.read_text(), str(path), str, lambda name: "c2VjcmV0")
    assert found.forward.match("h.example.com.") and found.reverse.match("1.0.0.10.in-addr.arpa.")
    assert found.base.warnings == ()


def test_the_loggers_of_a_file_that_cannot_be_used() -> None:
    text = '{"DhcpDdns": {"port": 0, "loggers": [{"output-options": [{"output": "stdout"}]}]}}'
    [logger] = load_loggers(text, "f", str)
    assert logger.name == "kea-dhcp-ddns"
    assert load_loggers("{", "f", str) == ()
