"""The owner of a lease, beside a real Kea: types of hardware addresses, reservations that move."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest

from .bootp import ACK, DISCOVER, NAK, OFFER, RELEASE, REQUEST, mac_of
from .keas import HOOKS
from .messages import Packet
from .needs import need
from .scenebase import SOCKET
from .twins import Outcome, Twins

pytestmark = pytest.mark.live

FIRST, SECOND = mac_of(1), mac_of(2)
ETHERNET, WIRELESS = 1, 6
Answer = tuple[int, str]


def config(*reservations: dict[str, str], **more: Any) -> dict[str, Any]:
    subnet = {"id": 1, "subnet": "10.0.0.0/24", "pools": [{"pool": "10.0.0.10 - 10.0.0.19"}]}
    return {
        "interfaces-config": {"interfaces": ["em1"]},
        "control-sockets": [{"socket-type": "unix", "socket-name": SOCKET}],
        "hooks-libraries": [{"library": f"{HOOKS}/libdhcp_{name}.so"} for name in ("lease_cmds", "host_cmds")],
        "cache-threshold": 0.0,
        "subnet4": [{**subnet, "reservations": list(reservations)}],
        **more,
    }


def discover(mac: bytes, **more: Any) -> Packet:
    return Packet(DISCOVER, mac, **more)


def select(mac: bytes, address: str, **more: Any) -> Packet:
    wanted = ((50, socket.inet_aton(address)), (54, socket.inet_aton("10.0.0.1")))
    return Packet(REQUEST, mac, wanted, **more)


def reboot(mac: bytes, address: str, **more: Any) -> Packet:
    return Packet(REQUEST, mac, ((50, socket.inet_aton(address)),), **more)


def renew(mac: bytes, address: str, **more: Any) -> Packet:
    return Packet(REQUEST, mac, ciaddr=address, source=address, unicast=True, **more)


def release(mac: bytes, address: str, **more: Any) -> Packet:
    return renew(mac, address, **more)._replace(kind=RELEASE, options=((54, socket.inet_aton("10.0.0.1")),))


def answers(outcome: Outcome) -> list[Answer]:
    return [(answer.kind, answer.address) for answer in outcome.answers]


def both(twins: Twins, packet: Packet) -> list[Answer]:
    """The answers of both, which are the same."""
    kea, ours = (answers(outcome) for outcome in twins.make(packet.frame()))
    assert kea == ours
    return ours


def test_two_types_of_a_hardware_address_are_two_clients(tmp_path: Path) -> None:
    need("kea30", "ours")
    a, b, none = "10.0.0.10", "10.0.0.11", "0.0.0.0"
    with Twins(tmp_path, config()) as twins:
        assert both(twins, select(FIRST, a, htype=ETHERNET)) == [(ACK, a)]
        assert both(twins, discover(FIRST, htype=WIRELESS)) == [(OFFER, b)]
        assert both(twins, select(FIRST, a, htype=WIRELESS)) == [(NAK, none)]
        assert both(twins, select(FIRST, b, htype=WIRELESS)) == [(ACK, b)]
        for htype, other in ((WIRELESS, a), (ETHERNET, b)):
            assert both(twins, renew(FIRST, other, htype=htype)) == [(NAK, none)]
            assert both(twins, release(FIRST, other, htype=htype)) == []
        assert both(twins, renew(FIRST, b, htype=WIRELESS)) == [(ACK, b)]
        for twin in (twins.kea, twins.ours):
            leases = twin.command("lease4-get-by-hw-address", **{"hw-address": FIRST.hex(":")})
            assert [lease["ip-address"] for lease in leases["arguments"]["leases"]] == [a, b]
            twin.restart()
        assert both(twins, renew(FIRST, a, htype=ETHERNET)) == [(ACK, a)]
        # a Kea has forgotten the type, and looks at the first lease of a hardware address only
        kea, ours = (answers(outcome) for outcome in twins.make(renew(FIRST, b, htype=WIRELESS).frame()))
        assert (kea, ours) == ([(NAK, none)], [(ACK, b)])
        for address, answer in ((a, (NAK, none)), (b, (ACK, b))):
            kea, ours = (answers(each) for each in twins.make(reboot(FIRST, address, htype=WIRELESS).frame()))
            assert (kea, ours) == ([], [answer])


@pytest.mark.parametrize("kept", [0, 60])
def test_a_reservation_that_moves_leaves_one_lease_for_each_client(tmp_path: Path, kept: int) -> None:
    """It is given to its new owner as soon as the old one, whose renewal gets a NAK, has another address."""
    need("kea30", "ours")
    reserved = "10.0.0.15"
    more = {"offer-lifetime": kept} if kept else {}
    with Twins(tmp_path, config({"hw-address": FIRST.hex(":"), "ip-address": reserved}, **more)) as twins:
        for mac, address in ((FIRST, reserved), (SECOND, "10.0.0.10")):
            assert both(twins, discover(mac)) == [(OFFER, address)]
            assert both(twins, select(mac, address)) == [(ACK, address)]
        for twin in (twins.kea, twins.ours):
            of = {"subnet-id": 1, "ip-address": reserved}
            assert not twin.command("reservation-del", **of, **{"operation-target": "memory"})["result"]
            host = {"reservation": {**of, "hw-address": SECOND.hex(":")}, "operation-target": "memory"}
            assert not twin.command("reservation-add", **host)["result"]
        assert both(twins, discover(SECOND)) == [(OFFER, "10.0.0.10")]
        assert both(twins, renew(SECOND, "10.0.0.10")) == [(ACK, "10.0.0.10")]
        assert both(twins, renew(FIRST, reserved)) == [(NAK, "0.0.0.0")]
        for mac, address in ((FIRST, "10.0.0.11"), (SECOND, reserved)):
            assert both(twins, discover(mac)) == [(OFFER, address)]
            assert both(twins, select(mac, address)) == [(ACK, address)]
        for twin in (twins.kea, twins.ours):
            leases = twin.command("lease4-get-all")["arguments"]["leases"]
            assert [lease["ip-address"] for lease in leases] == ["10.0.0.11", reserved]
