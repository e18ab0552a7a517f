"""Scenes with host names: what clients send as name, in subnets with different rules."""

from __future__ import annotations

from typing import Any

from .scenebase import Scene, configuration, subnet
from .walks import Habits

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
        subnet(1),
        subnet(
            2,
            ddns_replace_client_name="always",
            ddns_generated_prefix="gen",
            ddns_qualifying_suffix="suf.example",
        ),
        subnet(3, ddns_replace_client_name="when-present", ddns_qualifying_suffix="suf.example."),
        subnet(4, ddns_replace_client_name="when-not-present", ddns_generated_prefix="Made"),
        subnet(
            5,
            ddns_qualifying_suffix="example.org",
            hostname_char_set="[^A-Za-z0-9.]",
            hostname_char_replacement="x",
        ),
        subnet(6, hostname_char_set="", ddns_override_no_update=True, ddns_qualifying_suffix="ov.example"),
        subnet(7, ddns_override_client_update=True, ddns_send_updates=True, hostname_char_replacement="-"),
        subnet(8, ddns_send_updates=False, ddns_qualifying_suffix="off.example"),
        subnet(
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
        subnet(
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


NAMED = Scene("names", configuration(subnet4=_named_subnets(), ddns_generated_prefix="HosT"), _NAME_HABITS, 500)
