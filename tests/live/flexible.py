"""Configurations with identifiers made by expressions (flex-id), and the clients that come to them."""

from __future__ import annotations

from typing import Any

from .reserved import RELAY, config, habits, host, mac, subnet

JsonMap = dict[str, Any]
_NAMES = (((12, b"alpha"),), ((12, b"beta"),), ((12, b"gamma"),), ())
CLIENTS = habits(extras=_NAMES, addresses=("10.0.0.10", "10.0.0.12", "10.0.0.50", "10.0.0.51", "10.0.0.19"))
_BOTH = (((12, b"alpha"), (60, b"PXEClient")), ((12, b"beta"),), ((60, b"PXEClient\0"),), ((43, b"\x01\x03abc"),), ())
TYPED = habits(extras=_BOTH, addresses=("10.0.0.10", "10.0.0.12", "10.0.0.50", "10.0.0.51"))
RELAYED = habits(
    relays=("0.0.0.0", RELAY, RELAY),
    addresses=("10.0.1.10", "10.0.1.50", "10.0.0.50"),
    extras=((), ((82, b"\x01\x06port-1"),), ((82, b"\x01\x06port-2\x02\x03abc"),)),
)
_ALL = ["flex-id", "hw-address", "duid", "circuit-id", "client-id"]


def flexible(expression: str, *hosts: JsonMap, **more: Any) -> JsonMap:
    """One subnet with these hosts, and the library; ``replace_client_id`` and ``ignore_iaid`` are for the library."""
    parameters: JsonMap = {"identifier-expression": expression}
    for name in ("replace_client_id", "ignore_iaid"):
        if name in more:
            parameters[name.replace("_", "-")] = more.pop(name)
    libraries = [{"library": "libdhcp_flex_id.so", "parameters": parameters}]
    base: JsonMap = {"host_reservation_identifiers": _ALL, "hooks_libraries": libraries}
    subnets = more.pop("subnet4", [subnet(1, *hosts)])
    return config(*subnets, **{**base, **more})


_ALPHA = host("flex-id='alpha'", "10.0.0.50", hostname="first")
_BETA = host("flex-id=62:65:74:61", "10.0.0.12")
_GAMMA = host("flex-id=0x67616d6d61", hostname="third", next_server="10.0.0.9")
_NAMED = (_ALPHA, _BETA, _GAMMA)
_PXE = {"name": "pxe", "test": "substring(option[60].hex, 0, 3) == 'PXE'"}
_BY_CLASS = "ifelse(member('pxe'), 'alpha', option[12].hex)"

SCENES: dict[str, tuple[JsonMap, Any]] = {
    "name": (flexible("option[12].hex", *_NAMED), CLIENTS),
    "before the card": (flexible("option[12].hex", *_NAMED, host(3, "10.0.0.51"), host(5, "10.0.0.10")), CLIENTS),
    "behind the card": (
        flexible("option[12].hex", *_NAMED, host(3, "10.0.0.51"),
                 host_reservation_identifiers=["hw-address", "flex-id"]),
        CLIENTS,
    ),
    "not looked for": (
        flexible("option[12].hex", *_NAMED, host(3, "10.0.0.51"), host_reservation_identifiers=["hw-address"]),
        CLIENTS,
    ),
    "no library": (config(subnet(1, *_NAMED), host_reservation_identifiers=_ALL), CLIENTS),
    "empty": (flexible("", *_NAMED, replace_client_id=True), CLIENTS),
    "class": (flexible(_BY_CLASS, *_NAMED, client_classes=[_PXE]), TYPED),
    "class, replaced": (flexible(_BY_CLASS, *_NAMED, client_classes=[_PXE], replace_client_id=True), TYPED),
    "late option": (
        flexible("option[43].option[1].hex", host("flex-id='abc'", "10.0.0.50"), replace_client_id=True), TYPED
    ),
    "wrong": (flexible("addrtotext(option[12].hex)", *_NAMED, host(1, "10.0.0.51")), CLIENTS),
    "replaced": (flexible("option[12].hex", *_NAMED, replace_client_id=True, ignore_iaid=True), CLIENTS),
    "replaced, no echo": (flexible("option[12].hex", *_NAMED, replace_client_id=True, echo_client_id=False), CLIENTS),
    "replaced, by card": (flexible("option[12].hex", *_NAMED, replace_client_id=True, match_client_id=False), CLIENTS),
    "of the client-id": (
        flexible("option[61].hex", host("flex-id=00736861726564", "10.0.0.50"), replace_client_id=True), CLIENTS
    ),
    "replaced client-id reserved": (
        flexible("option[12].hex", host("client-id=00616c706861", "10.0.0.50"),
                 host("client-id=00736861726564", "10.0.0.51"), replace_client_id=True),
        CLIENTS,
    ),
    "global, early": (
        flexible("option[12].hex", reservations=[_ALPHA, _GAMMA], reservations_global=True,
                 early_global_reservations_lookup=True, replace_client_id=True),
        CLIENTS,
    ),
    "card and port": (
        flexible(
            "relay4[1].hex + pkt4.mac",
            replace_client_id=True,
            subnet4=[
                subnet(1),
                subnet(
                    2,
                    *(host(f"flex-id={port.hex()}{mac(number).replace(':', '')}", f"10.0.1.5{number}")
                      for port in (b"port-1",) for number in range(1, 7)),
                ),
            ],
        ),
        RELAYED,
    ),
}  # fmt: skip
