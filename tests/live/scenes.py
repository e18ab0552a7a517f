"""Configurations for a server that is compared with a real Kea, each with the clients that come to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .walks import Habits

SOCKET = "control.sock"


def _config(**more: Any) -> dict[str, Any]:
    """Make what all have in common; ``_`` in names means ``-``."""
    base: dict[str, Any] = {
        "interfaces-config": {"interfaces": ["em1"]},
        "control-sockets": [{"socket-type": "unix", "socket-name": SOCKET}],
        "cache-threshold": 0.0,
        "expired-leases-processing": {
            "reclaim-timer-wait-time": 0,
            "flush-reclaimed-timer-wait-time": 0,
            "hold-reclaimed-time": 0,
        },
    }
    return {**base, **{name.replace("_", "-"): value for name, value in more.items()}}


@dataclass(frozen=True)
class Scene:
    """A configuration, its clients, and how many messages they send."""

    name: str
    config: dict[str, Any]
    habits: Habits
    count: int = 150


def _subnet(number: int, **more: Any) -> dict[str, Any]:
    made: dict[str, Any] = {
        "id": number,
        "subnet": f"10.0.{number - 1}.0/24",
        "pools": [{"pool": f"10.0.{number - 1}.10 - 10.0.{number - 1}.19"}],
    }
    return {**made, **{name.replace("_", "-"): value for name, value in more.items()}}


def _option(name: str | int, data: str, **more: Any) -> dict[str, Any]:
    key = "name" if isinstance(name, str) else "code"
    return {key: name, "data": data, **{word.replace("_", "-"): value for word, value in more.items()}}


_ALL_TYPES = [
    _option("time-offset", "-3600"),
    _option("time-servers", "192.0.2.1, 192.0.2.2"),
    _option("domain-name-servers", "192.0.2.3"),
    _option("domain-name", "example.org"),
    _option("boot-size", "1000"),
    _option("ip-forwarding", "true"),
    _option("policy-filter", "10.1.0.0,255.255.0.0"),
    _option("default-ip-ttl", "64"),
    _option("path-mtu-aging-timeout", "100000"),
    _option("path-mtu-plateau-table", "576,1500"),
    _option("broadcast-address", "10.0.0.255"),
    _option("nis-domain", "nis"),
    _option("ntp-servers", "192.0.2.9"),
    _option("netbios-node-type", "8"),
    _option("dhcp-message", "hello"),
    _option("tftp-server-name", "tftp.example"),
    _option("boot-file-name", "boot"),
    _option("user-class", "0102"),
    _option("slp-directory-agent", "true, 192.0.2.4, 192.0.2.5"),
    _option("slp-service-scope", "false, scope"),
    _option("bcms-controller-names", "a.example, b.example"),
    _option("client-ndi", "1,2,3"),
    _option("uuid-guid", "0, 0102030405"),
    _option("pcode", "EST5EDT"),
    _option("v4-captive-portal", "https://x/"),
    _option("name-service-search", "6,44"),
    _option("domain-search", "example.org, eng.example.org"),
    _option("classless-static-route", "10.27.129.0/24 - 10.0.0.1, 0.0.0.0/0 - 10.0.0.2"),
    _option("sip-ua-cs-domains", "sip.example"),
    _option("v4-sztp-redirect", "https://boot.example"),
    _option("rdnss-selection", "1, 192.0.2.1, 192.0.2.2, x.example"),
    _option("v4-portparams", "6, 3/4"),
    _option("v4-dnr", "10, dot.example, 192.0.2.8 192.0.2.9, alpn=dot port=853"),
    _option("option-6rd", "4, 32, 2001:db8::, 192.0.2.1"),
    _option("v4-access-domain", "access.example"),
    _option("nds-servers", "192.0.2.66"),
    _option("geoconf-civic", "0a0b"),
    _option("v4-lost", "lost.example"),
    _option("auto-config", "1"),
    _option("pana-agent", "192.0.2.77"),
    _option("merit-dump", "x" * 200),
    _option("root-path", "y" * 300),
    _option("nwip-suboptions", "01020304"),
]

_EVERY_CODE = bytes(range(1, 255))
_WISHES = (
    b"",
    b"\x01\x03\x06\x0f\x1c",
    b"\x01\x1c\x02\x03\x0f\x06\x77\x0c\x2c\x2f\x1a\x79\x2a",
    _EVERY_CODE,
    bytes(range(1, 60)),
    bytes(range(60, 255)),
    b"\x79\x79\x03\x77",
    b"\x36\x33\x35\x3a\x3b",
    b"\x43\x42\x0d",
)

_BASIC = Scene(
    "options",
    _config(
        option_data=_ALL_TYPES,
        valid_lifetime=4000,
        renew_timer=1000,
        rebind_timer=2000,
        next_server="192.0.2.44",
        server_hostname="boot.example",
        boot_file_name="/dev/null",
        subnet4=[
            _subnet(
                1,
                option_data=[
                    _option("routers", "10.0.0.2"),
                    _option("log-servers", "10.0.0.3", always_send=True),
                    _option("nis-servers", "10.0.0.4", never_send=True),
                    _option("domain-name", "sub.example"),
                ],
                pools=[
                    {"pool": "10.0.0.10 - 10.0.0.12", "option-data": [_option("routers", "10.0.0.5")]},
                    {
                        "pool": "10.0.0.16/29",
                        "option-data": [_option("cookie-servers", "10.0.0.6", always_send=True)],
                    },
                ],
            ),
        ],
    ),
    Habits(
        addresses=("10.0.0.10", "10.0.0.12", "10.0.0.20", "10.0.0.100", "10.9.9.9"),
        wishes=_WISHES,
        extras=(
            (),
            (),
            ((12, b"host"),),
            ((60, b"PXEClient:Arch"),),
            ((82, b"\x01\x04eth0\x02\x02\x00\x01"),),
            ((57, b"\x02\x40"),),
            ((118, bytes((10, 0, 0, 0))),),
            ((77, b"\x04user"),),
        ),
    ),
)

_LIFETIMES = Scene(
    "lifetimes",
    _config(
        valid_lifetime=3000,
        min_valid_lifetime=1000,
        max_valid_lifetime=9000,
        calculate_tee_times=True,
        match_client_id=True,
        authoritative=False,
        subnet4=[
            _subnet(1, authoritative=True),
            _subnet(2, match_client_id=False, renew_timer=500, t2_percent=0.7, t1_percent=0.3),
            _subnet(
                3,
                calculate_tee_times=False,
                renew_timer=4000,
                rebind_timer=2000,
                valid_lifetime=2500,
                min_valid_lifetime=2500,
                max_valid_lifetime=2500,
            ),
            _subnet(4, valid_lifetime=4294967295, max_valid_lifetime=4294967295, authoritative=True),
            _subnet(5, calculate_tee_times=False, renew_timer=100, rebind_timer=5000, pools=[]),
        ],
    ),
    Habits(
        relays=("0.0.0.0", "0.0.0.0", "10.0.1.1", "10.0.1.1", "10.0.2.1", "10.0.3.1", "10.0.4.1", "10.7.7.7"),
        addresses=("10.0.0.11", "10.0.1.11", "10.0.2.11", "10.0.3.11", "10.0.4.11", "10.0.0.99", "10.9.9.9"),
    ),
    300,
)

_NETWORKS = Scene(
    "networks",
    _config(
        valid_lifetime=1000,
        option_data=[_option("domain-name-servers", "192.0.2.1")],
        shared_networks=[
            {
                "name": "first",
                "relay": {"ip-addresses": ["192.0.2.200"]},
                "valid-lifetime": 1100,
                "option-data": [_option("domain-name", "first.example")],
                "subnet4": [
                    _subnet(2, pools=[{"pool": "10.0.1.10 - 10.0.1.12"}]),
                    _subnet(
                        3,
                        pools=[{"pool": "10.0.2.10 - 10.0.2.13"}],
                        valid_lifetime=1200,
                        option_data=[_option("routers", "10.0.2.1")],
                    ),
                ],
            },
            {
                "name": "second",
                "interface": "em1",
                "subnet4": [
                    _subnet(4, interface="em1", option_data=[_option("routers", "10.0.3.1")]),
                    _subnet(5),
                ],
            },
            {
                "name": "third",
                "subnet4": [_subnet(6, match_client_id=False), _subnet(7, match_client_id=True)],
            },
        ],
        subnet4=[
            _subnet(1, pools=[{"pool": "10.0.0.10 - 10.0.0.19"}]),
            _subnet(8, relay={"ip-addresses": ["192.0.2.201", "10.0.1.77"]}),
            _subnet(9, subnet="10.8.0.0/16", pools=[{"pool": "10.8.0.0/24"}]),
        ],
    ),
    Habits(
        relays=(
            "0.0.0.0",
            "0.0.0.0",
            "10.0.1.1",
            "10.0.2.1",
            "192.0.2.200",
            "192.0.2.201",
            "10.0.1.77",
            "10.0.5.1",
            "10.0.6.1",
            "10.8.3.3",
            "172.16.0.1",
        ),
        addresses=(
            "10.0.0.11",
            "10.0.1.11",
            "10.0.2.11",
            "10.0.3.11",
            "10.0.4.11",
            "10.0.5.11",
            "10.0.6.12",
            "10.8.0.0",
            "10.8.0.255",
        ),
        extras=(
            (),
            (),
            (),
            ((118, bytes((10, 0, 1, 0))),),
            ((118, bytes((10, 55, 1, 0))),),
            ((82, b"\x05\x04" + bytes((10, 0, 5, 1))),),
            ((82, b"\x05\x04" + bytes((10, 0, 4, 1))),),
            ((82, b"\x05\x04" + bytes((99, 0, 4, 1))),),
            ((82, b"\x0b\x04" + bytes((10, 0, 0, 99))),),
            ((82, b"\x01\x03abc\x05\x01\x0a"),),
            ((118, bytes((10, 0, 3, 0))), (82, b"\x05\x04" + bytes((10, 0, 0, 0)))),
        ),
        clients=24,
    ),
    400,
)

_VENDOR_125 = b"\x00\x00\x10\x32\x03\x01\x01\x01"
_VENDOR = Scene(
    "vendor",
    _config(
        option_def=[
            {"name": "sub1", "code": 1, "type": "ipv4-address", "space": "vendor-encapsulated-options-space"},
            {"name": "sub2", "code": 2, "type": "string", "space": "vendor-encapsulated-options-space"},
            {"name": "thing", "code": 10, "type": "string", "space": "vendor-4242"},
            {"name": "other", "code": 11, "type": "uint16", "space": "vendor-4242"},
            {"name": "fine", "code": 12, "type": "uint8", "array": True, "space": "vendor-25506"},
            {"name": "container", "code": 230, "type": "empty", "encapsulate": "inside"},
            {"name": "inner", "code": 1, "type": "uint32", "space": "inside"},
            {"name": "deep", "code": 2, "type": "record", "record-types": "uint8, string", "space": "inside"},
            {"name": "late", "code": 224, "type": "string"},
            {
                "name": "pair",
                "code": 240,
                "type": "record",
                "record-types": "uint8, ipv4-address",
                "array": True,
            },
        ],
        option_data=[
            _option("vendor-encapsulated-options", "", always_send=False),
            _option("sub1", "192.0.2.3", space="vendor-encapsulated-options-space"),
            _option("sub2", "text", space="vendor-encapsulated-options-space"),
            _option("vivso-suboptions", "4242"),
            _option("thing", "global", space="vendor-4242"),
            _option("other", "77", space="vendor-4242", always_send=True),
            _option("fine", "1,2,3", space="vendor-25506", always_send=True),
            _option("tftp-servers", "192.0.2.1, 192.0.2.2", space="vendor-4491"),
            _option("container", "", always_send=True),
            _option("inner", "99", space="inside"),
            _option("deep", "1, abc", space="inside"),
            _option("late", "later"),
            _option("pair", "1, 192.0.2.1, 192.0.2.2"),
            _option(250, "0a0b0c", csv_format=False),
            _option("cablelabs-client-conf", ""),
            _option("tsp-primary-server", "192.0.2.5", space="cablelabs-client-conf"),
        ],
        subnet4=[
            _subnet(1, option_data=[_option("thing", "subnet", space="vendor-4242")]),
            _subnet(
                2,
                option_data=[
                    _option("vivso-suboptions", "25506", always_send=True),
                    _option("thing", "two", space="vendor-4242", never_send=True),
                ],
            ),
            _subnet(
                3,
                option_data=[
                    _option("vivco-suboptions", "4242, 0102", always_send=True),
                    _option("sub2", "only", space="vendor-encapsulated-options-space", never_send=True),
                ],
            ),
        ],
    ),
    Habits(
        relays=("0.0.0.0", "0.0.0.0", "10.0.1.1", "10.0.2.1"),
        wishes=(b"", b"\x2b", b"\x7d", b"\x7c\x7d", b"\x2b\xe0\xe6\xf0\xfa\x7a", _EVERY_CODE),
        extras=(
            (),
            ((125, b"\x00\x00\x10\x92\x04\x01\x02\x0a\x0b"),),
            ((125, b"\x00\x00\x10\x92\x00"),),
            ((124, b"\x00\x00\x10\x92\x03\x02ab"),),
            ((125, b"\x00\x00\x11\x8b\x04\x01\x02\x02\x01"),),
            ((124, b"\x00\x00\x11\x8b\x03\x02ab"),),
            ((60, b"docsis3.0:x"),),
            ((125, b"\x00\x00\x10\x92\x03\x01\x01\x0a\x00\x00\x63\xa2\x03\x01\x01\x0c"),),
            ((125, b"\x00\x00\x00\x07\x00"),),
            ((125, b"\x00\x00\x10\x92\x09\x01"),),
            ((125, b"\x00\x00"),),
            ((43, b"\x01\x02"),),
            ((43, b"\x01\x04\x0a\x00\x00\x01\xff"),),
            ((124, b"\x00\x00\x63\xa2\x01\x00"),),
            ((124, b"\x00\x00\x10\x92\x03\x02ab"), (125, b"\x00\x00\x63\xa2\x03\x01\x01\x0c")),
        ),
        weights=(40, 25, 3, 15, 1, 1, 8, 4, 1),
    ),
    300,
)

_FQDNS = (
    b"\x00\x00\x00host.example.org",
    b"\x01\x00\x00host",
    b"\x05\x00\x00\x04host\x07example\x03org\x00",
    b"\x05\x00\x00\x04host",
    b"\x0d\x00\x00\x04host\x00",
    b"\x04\x00\x00\x04host\x00",
    b"\x08\x00\x00host.",
    b"\x05\x00\x00",
    b"\x05\x00\x00\x00",
    b"\x00\x00\x00",
    b"\x09\x00\x00x",
    b"\x0e\x00\x00\x01x\x00",
    b"\x05\x00\x00\x07ho st_1\x07exam!le\x00",
    b"\x05\x00\x00\x3f" + b"a" * 63 + b"\x00",
    b"\x02\x00\x00x.y",
    b"\x05\x00\x00\xc0\x03",
    b"\x05\x00",
    b"\x15\x00\x00\x04host\x00",
    b"\x00\x00\x00a..b",
    b"\x01\x00\x00HoSt.Example.COM.",
    b"\x05\x00\x00\x01*\x00",
)
_NAMES = (
    b"host",
    b"host.example.org",
    b"host.example.org.",
    b"HOST",
    b"my host_1!",
    b".",
    b"",
    b"\0",
    b"x\0",
    b"a" * 70,
    b"a..b",
    b".lead",
    b"!!!",
    b"www.com",
    b"-x-",
    b"\xc3\xa4bc",
    b" sp ace ",
    b"1",
    b"a." * 120 + b"b",
    b"host.example",
)
_NAME_HABITS = Habits(
    relays=tuple(f"10.0.{number}.1" for number in range(10)) + ("0.0.0.0",),
    wishes=(b"", b"\x0c", b"\x51", b"\x0c\x51\x0f"),
    extras=(
        (),
        *(((81, fqdn),) for fqdn in _FQDNS),
        *(((12, name),) for name in _NAMES),
        ((12, b"plain"), (81, b"\x05\x00\x00\x04full\x00")),
    ),
    clients=16,
    weights=(35, 35, 3, 20, 3, 1, 6, 3, 1),
)


def _named_subnets() -> list[dict[str, Any]]:
    return [
        _subnet(1),
        _subnet(
            2,
            ddns_replace_client_name="always",
            ddns_generated_prefix="gen",
            ddns_qualifying_suffix="suf.example",
        ),
        _subnet(3, ddns_replace_client_name="when-present", ddns_qualifying_suffix="suf.example."),
        _subnet(4, ddns_replace_client_name="when-not-present", ddns_generated_prefix="Made"),
        _subnet(
            5,
            ddns_qualifying_suffix="example.org",
            hostname_char_set="[^A-Za-z0-9.]",
            hostname_char_replacement="x",
        ),
        _subnet(6, hostname_char_set="", ddns_override_no_update=True, ddns_qualifying_suffix="ov.example"),
        _subnet(7, ddns_override_client_update=True, ddns_send_updates=True, hostname_char_replacement="-"),
        _subnet(8, ddns_send_updates=False, ddns_qualifying_suffix="off.example"),
        _subnet(
            9,
            pools=[
                {
                    "pool": "10.0.8.10 - 10.0.8.12",
                    "ddns-qualifying-suffix": "pool.example",
                    "ddns-replace-client-name": "when-not-present",
                    "ddns-generated-prefix": "pre",
                },
                {"pool": "10.0.8.13 - 10.0.8.30"},
            ],
        ),
        _subnet(
            10,
            pools=[
                {
                    "pool": "10.0.9.10 - 10.0.9.12",
                    "hostname-char-set": "[0-9]",
                    "hostname-char-replacement": "n",
                }
            ],
        ),
    ]


_NAMED = Scene("names", _config(subnet4=_named_subnets(), ddns_generated_prefix="HosT"), _NAME_HABITS, 500)
_COMPATIBLE = Scene(
    "compatibility",
    _config(
        compatibility={
            "lenient-option-parsing": True,
            "ignore-dhcp-server-identifier": True,
            "ignore-rai-link-selection": True,
            "exclude-first-last-24": True,
        },
        echo_client_id=False,
        stash_agent_options=True,
        store_extended_info=True,
        decline_probation_period=100,
        option_data=[_option("dhcp-server-identifier", "10.0.0.123"), _option("v6-only-preferred", "1800")],
        subnet4=[
            _subnet(1, pools=[{"pool": "10.0.0.253 - 10.0.0.255"}, {"pool": "10.0.0.2 - 10.0.0.3"}]),
            _subnet(2, pools=[{"pool": "10.0.1.0 - 10.0.1.12"}]),
            _subnet(3, store_extended_info=False),
            _subnet(4, subnet="10.3.0.0/16", pools=[{"pool": "10.3.0.254 - 10.3.1.1"}]),
        ],
    ),
    Habits(
        relays=("0.0.0.0", "0.0.0.0", "10.0.1.1", "10.0.2.1", "10.3.0.1"),
        addresses=("10.0.0.255", "10.0.1.11", "10.3.0.255", "10.3.1.0"),
        wishes=(b"", b"\x01\x03", b"\x01\x03\x6c"),
        extras=(
            (),
            ((82, b"\x01\x04abcd\x02\x04wxyz"),),
            ((82, b"\x05\x04" + bytes((10, 0, 1, 1))),),
            ((82, b"\x01\x04ab,d\x0c\x03rid\x09\x02\x01\x02"),),
            ((82, b""),),
            ((82, b"\x01\x09ab"),),
            ((121, b"\x21\x0a"),),
            ((119, b"\x05abc"),),
            ((81, b"\x05\x00\x00\x05ab"),),
            ((12, b"\0"),),
            ((15, b""),),
            ((3, b"\x0a\x00\x00"),),
        ),
        clients=12,
    ),
    300,
)

_STRICT = Scene(
    "malformed",
    _config(
        option_def=[
            {"name": "word", "code": 230, "type": "uint16"},
            {"name": "flag", "code": 231, "type": "boolean"},
        ],
        subnet4=[_subnet(1)],
    ),
    Habits(clients=20, weights=(5, 3, 1, 1, 1, 1, 1, 0, 90)),
    600,
)

_SHORTAGE = Scene(
    "shortage",
    _config(
        valid_lifetime=1000,
        subnet4=[
            _subnet(1, pools=[{"pool": "10.0.0.10 - 10.0.0.13"}, {"pool": "10.0.0.20 - 10.0.0.21"}]),
            _subnet(2, pools=[]),
            _subnet(3, pools=[{"pool": "10.0.2.10"[:9] + " - 10.0.2.10"}]),
        ],
        shared_networks=[
            {
                "name": "few",
                "subnet4": [_subnet(4, pools=[{"pool": "10.0.3.10 - 10.0.3.11"}]), _subnet(5, pools=[])],
            }
        ],
        expired_leases_processing={
            "reclaim-timer-wait-time": 0,
            "flush-reclaimed-timer-wait-time": 3600,
            "hold-reclaimed-time": 3600,
        },
    ),
    Habits(
        relays=("0.0.0.0", "0.0.0.0", "0.0.0.0", "10.0.1.1", "10.0.2.1", "10.0.3.1", "10.0.4.1"),
        addresses=("10.0.0.10", "10.0.0.21", "10.0.2.10", "10.0.3.10"),
        clients=14,
        weights=(30, 35, 4, 10, 12, 3, 1, 2, 1),
    ),
    300,
)

_OFFERS = Scene(
    "offers",
    _config(
        offer_lifetime=60,
        valid_lifetime=1000,
        cache_threshold=0.5,
        subnet4=[
            _subnet(1),
            _subnet(2, offer_lifetime=0, cache_max_age=600),
            _subnet(3, offer_lifetime=0, cache_threshold=0.0, cache_max_age=100),
            _subnet(4, offer_lifetime=30, cache_threshold=0.0),
        ],
    ),
    Habits(
        relays=("0.0.0.0", "0.0.0.0", "10.0.1.1", "10.0.2.1", "10.0.3.1"),
        clients=8,
        addresses=("10.0.0.11", "10.0.1.12"),
        extras=((), (), ((12, b"host"),)),
        weights=(35, 25, 5, 25, 4, 2, 1, 2, 1),
    ),
    300,
)

SCENES = (
    _BASIC,
    _LIFETIMES,
    _NETWORKS,
    _VENDOR,
    _NAMED,
    _COMPATIBLE,
    _STRICT,
    _SHORTAGE,
    _OFFERS,
)
