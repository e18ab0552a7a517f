"""Scenes with options of vendors: 43, 60, 124 and 125, and clients that send them."""

from __future__ import annotations

from .scenebase import EVERY_CODE, Scene, configuration, option, subnet
from .walks import Habits

_VENDOR_125 = b"\x00\x00\x10\x32\x03\x01\x01\x01"


VENDOR = Scene(
    "vendor",
    configuration(
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
            option("vendor-encapsulated-options", "", always_send=False),
            option("sub1", "192.0.2.3", space="vendor-encapsulated-options-space"),
            option("sub2", "text", space="vendor-encapsulated-options-space"),
            option("vivso-suboptions", "4242"),
            option("thing", "global", space="vendor-4242"),
            option("other", "77", space="vendor-4242", always_send=True),
            option("fine", "1,2,3", space="vendor-25506", always_send=True),
            option("tftp-servers", "192.0.2.1, 192.0.2.2", space="vendor-4491"),
            option("container", "", always_send=True),
            option("inner", "99", space="inside"),
            option("deep", "1, abc", space="inside"),
            option("late", "later"),
            option("pair", "1, 192.0.2.1, 192.0.2.2"),
            option(250, "0a0b0c", csv_format=False),
            option("cablelabs-client-conf", ""),
            option("tsp-primary-server", "192.0.2.5", space="cablelabs-client-conf"),
        ],
        subnet4=[
            subnet(1, option_data=[option("thing", "subnet", space="vendor-4242")]),
            subnet(
                2,
                option_data=[
                    option("vivso-suboptions", "25506", always_send=True),
                    option("thing", "two", space="vendor-4242", never_send=True),
                ],
            ),
            subnet(
                3,
                option_data=[
                    option("vivco-suboptions", "4242, 0102", always_send=True),
                    option("sub2", "only", space="vendor-encapsulated-options-space", never_send=True),
                ],
            ),
        ],
    ),
    Habits(
        relays=("0.0.0.0", "0.0.0.0", "10.0.1.1", "10.0.2.1"),
        wishes=(b"", b"\x2b", b"\x7d", b"\x7c\x7d", b"\x2b\xe0\xe6\xf0\xfa\x7a", EVERY_CODE),
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
