"""Configurations for a server that is compared with a real Kea, each with the clients that come to it."""

from __future__ import annotations

from .namescenes import NAMED
from .scenebase import EVERY_CODE, Scene, configuration, option, subnet
from .vendorscenes import VENDOR
from .walks import Habits

_ALL_TYPES = [
    option("time-offset", "-3600"),
    option("time-servers", "192.0.2.1, 192.0.2.2"),
    option("domain-name-servers", "192.0.2.3"),
    option("domain-name", "example.org"),
    option("boot-size", "1000"),
    option("ip-forwarding", "true"),
    option("policy-filter", "10.1.0.0,255.255.0.0"),
    option("default-ip-ttl", "64"),
    option("path-mtu-aging-timeout", "100000"),
    option("path-mtu-plateau-table", "576,1500"),
    option("broadcast-address", "10.0.0.255"),
    option("nis-domain", "nis"),
    option("ntp-servers", "192.0.2.9"),
    option("netbios-node-type", "8"),
    option("dhcp-message", "hello"),
    option("tftp-server-name", "tftp.example"),
    option("boot-file-name", "boot"),
    option("user-class", "0102"),
    option("slp-directory-agent", "true, 192.0.2.4, 192.0.2.5"),
    option("slp-service-scope", "false, scope"),
    option("bcms-controller-names", "a.example, b.example"),
    option("client-ndi", "1,2,3"),
    option("uuid-guid", "0, 0102030405"),
    option("pcode", "EST5EDT"),
    option("v4-captive-portal", "https://x/"),
    option("name-service-search", "6,44"),
    option("domain-search", "example.org, eng.example.org"),
    option("classless-static-route", "10.27.129.0/24 - 10.0.0.1, 0.0.0.0/0 - 10.0.0.2"),
    option("sip-ua-cs-domains", "sip.example"),
    option("v4-sztp-redirect", "https://boot.example"),
    option("rdnss-selection", "1, 192.0.2.1, 192.0.2.2, x.example"),
    option("v4-portparams", "6, 3/4"),
    option("v4-dnr", "10, dot.example, 192.0.2.8 192.0.2.9, alpn=dot port=853"),
    option("option-6rd", "4, 32, 2001:db8::, 192.0.2.1"),
    option("v4-access-domain", "access.example"),
    option("nds-servers", "192.0.2.66"),
    option("geoconf-civic", "0a0b"),
    option("v4-lost", "lost.example"),
    option("auto-config", "1"),
    option("pana-agent", "192.0.2.77"),
    option("merit-dump", "x" * 200),
    option("root-path", "y" * 300),
    option("nwip-suboptions", "01020304"),
]

_WISHES = (
    b"",
    b"\x01\x03\x06\x0f\x1c",
    b"\x01\x1c\x02\x03\x0f\x06\x77\x0c\x2c\x2f\x1a\x79\x2a",
    EVERY_CODE,
    bytes(range(1, 60)),
    bytes(range(60, 255)),
    b"\x79\x79\x03\x77",
    b"\x36\x33\x35\x3a\x3b",
    b"\x43\x42\x0d",
)

_BASIC = Scene(
    "options",
    configuration(
        option_data=_ALL_TYPES,
        valid_lifetime=4000,
        renew_timer=1000,
        rebind_timer=2000,
        next_server="192.0.2.44",
        server_hostname="boot.example",
        boot_file_name="/dev/null",
        subnet4=[
            subnet(
                1,
                option_data=[
                    option("routers", "10.0.0.2"),
                    option("log-servers", "10.0.0.3", always_send=True),
                    option("nis-servers", "10.0.0.4", never_send=True),
                    option("domain-name", "sub.example"),
                ],
                pools=[
                    {"pool": "10.0.0.10 - 10.0.0.12", "option-data": [option("routers", "10.0.0.5")]},
                    {
                        "pool": "10.0.0.16/29",
                        "option-data": [option("cookie-servers", "10.0.0.6", always_send=True)],
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
    configuration(
        valid_lifetime=3000,
        min_valid_lifetime=1000,
        max_valid_lifetime=9000,
        calculate_tee_times=True,
        match_client_id=True,
        authoritative=False,
        subnet4=[
            subnet(1, authoritative=True),
            subnet(2, match_client_id=False, renew_timer=500, t2_percent=0.7, t1_percent=0.3),
            subnet(
                3,
                calculate_tee_times=False,
                renew_timer=4000,
                rebind_timer=2000,
                valid_lifetime=2500,
                min_valid_lifetime=2500,
                max_valid_lifetime=2500,
            ),
            subnet(4, valid_lifetime=4294967295, max_valid_lifetime=4294967295, authoritative=True),
            subnet(5, calculate_tee_times=False, renew_timer=100, rebind_timer=5000, pools=[]),
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
    configuration(
        valid_lifetime=1000,
        option_data=[option("domain-name-servers", "192.0.2.1")],
        shared_networks=[
            {
                "name": "first",
                "relay": {"ip-addresses": ["192.0.2.200"]},
                "valid-lifetime": 1100,
                "option-data": [option("domain-name", "first.example")],
                "subnet4": [
                    subnet(2, pools=[{"pool": "10.0.1.10 - 10.0.1.12"}]),
                    subnet(
                        3,
                        pools=[{"pool": "10.0.2.10 - 10.0.2.13"}],
                        valid_lifetime=1200,
                        option_data=[option("routers", "10.0.2.1")],
                    ),
                ],
            },
            {
                "name": "second",
                "interface": "em1",
                "subnet4": [
                    subnet(4, interface="em1", option_data=[option("routers", "10.0.3.1")]),
                    subnet(5),
                ],
            },
            {
                "name": "third",
                "subnet4": [subnet(6, match_client_id=False), subnet(7, match_client_id=True)],
            },
        ],
        subnet4=[
            subnet(1, pools=[{"pool": "10.0.0.10 - 10.0.0.19"}]),
            subnet(8, relay={"ip-addresses": ["192.0.2.201", "10.0.1.77"]}),
            subnet(9, subnet="10.8.0.0/16", pools=[{"pool": "10.8.0.0/24"}]),
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


_COMPATIBLE = Scene(
    "compatibility",
    configuration(
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
        option_data=[option("dhcp-server-identifier", "10.0.0.123"), option("v6-only-preferred", "1800")],
        subnet4=[
            subnet(1, pools=[{"pool": "10.0.0.253 - 10.0.0.255"}, {"pool": "10.0.0.2 - 10.0.0.3"}]),
            subnet(2, pools=[{"pool": "10.0.1.0 - 10.0.1.12"}]),
            subnet(3, store_extended_info=False),
            subnet(4, subnet="10.3.0.0/16", pools=[{"pool": "10.3.0.254 - 10.3.1.1"}]),
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
    configuration(
        option_def=[
            {"name": "word", "code": 230, "type": "uint16"},
            {"name": "flag", "code": 231, "type": "boolean"},
        ],
        subnet4=[subnet(1)],
    ),
    Habits(clients=20, weights=(5, 3, 1, 1, 1, 1, 1, 0, 90)),
    600,
)

_SHORTAGE = Scene(
    "shortage",
    configuration(
        valid_lifetime=1000,
        subnet4=[
            subnet(1, pools=[{"pool": "10.0.0.10 - 10.0.0.13"}, {"pool": "10.0.0.20 - 10.0.0.21"}]),
            subnet(2, pools=[]),
            subnet(3, pools=[{"pool": "10.0.2.10"[:9] + " - 10.0.2.10"}]),
        ],
        shared_networks=[
            {
                "name": "few",
                "subnet4": [subnet(4, pools=[{"pool": "10.0.3.10 - 10.0.3.11"}]), subnet(5, pools=[])],
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
    configuration(
        offer_lifetime=60,
        valid_lifetime=1000,
        cache_threshold=0.5,
        subnet4=[
            subnet(1),
            subnet(2, offer_lifetime=0, cache_max_age=600),
            subnet(3, offer_lifetime=0, cache_threshold=0.0, cache_max_age=100),
            subnet(4, offer_lifetime=30, cache_threshold=0.0),
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
    VENDOR,
    NAMED,
    _COMPATIBLE,
    _STRICT,
    _SHORTAGE,
    _OFFERS,
)
