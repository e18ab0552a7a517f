"""Options that must not cost a client its address: the same DISCOVER put to a real Kea and to ours."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import pytest

from .bootp import DISCOVER, OFFER, REQUEST, mac_of
from .messages import Packet
from .needs import need
from .scenebase import SOCKET
from .twins import Twins

MAC = mac_of(1)
LONG = (224, 225, 226, 227, 228)
CONFIG: dict[str, Any] = {
    "interfaces-config": {"interfaces": ["em1"]},
    "control-sockets": [{"socket-type": "unix", "socket-name": SOCKET}],
    "option-def": [
        {"name": "y", "code": 180, "type": "record", "record-types": "uint8, tuple"},
        {"name": "z", "code": 181, "type": "record", "record-types": "ipv6-prefix, uint8"},
    ],
    "option-data": [
        *({"code": code, "data": "ab" * 240, "csv-format": False} for code in LONG),
        {"name": "boot-file-name", "data": "boot"},
        {"name": "y", "data": "7, word"},
        {"name": "z", "data": "2001:db8::/32, 9"},
    ],
    "subnet4": [{"id": 1, "subnet": "10.0.0.0/24", "pools": [{"pool": "10.0.0.10 - 10.0.0.99"}]}],
    "loggers": [{"name": "kea-dhcp4", "severity": "INFO", "output-options": [{"output": "stdout"}]}],
}
HARMLESS = (
    *((code, b"") for code in (1, 50, 51, 55, 61, 81, 93, 97, 116, 119, 121)),
    (28, b"\x0a"), (57, b"\5"), (94, b"\1\2"), (61, b"\1"), (81, b"\x09\0\0\5moca1"), (81, b"emp-01"), (180, b"\7\5ab"),
)  # fmt: skip


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory) -> Any:
    need("kea30", "ours")
    with Twins(Path(tmp_path_factory.mktemp("twins")), json.loads(json.dumps(CONFIG))) as both:
        yield both


def packet(options: tuple[tuple[int, bytes], ...], kind: int = DISCOVER, number: int = 1) -> Packet:
    """A message of a client."""
    return Packet(kind, MAC, options, xid=0x2000 + number)


@pytest.mark.live
@pytest.mark.parametrize("option", HARMLESS, ids=lambda option: f"{option[0]}-{option[1].hex()}")
def test_a_value_that_does_not_fit_does_not_cost_the_client_its_offer(twins: Any, option: tuple[int, bytes]) -> None:
    kea, ours = twins.make(packet((option,)).frame())
    (answer,) = ours.answers
    assert answer.kind == OFFER and answer.address != "0.0.0.0"
    assert not kea.answers or kea.answers[0].kind == OFFER  # should a Kea answer one day, the row in docs goes


@pytest.mark.live
def test_records_with_fields_of_every_type_are_sent_as_kea_sends_them(twins: Any) -> None:
    sent = ((180, b"\7\4word"), (181, b"\x20\x20\1\x0d\xb8\1"))
    kea, ours = twins.make(packet(((55, bytes((180, 181))), *sent)).frame())
    for code in (180, 181):
        assert ours.answers[0].option(code) == kea.answers[0].option(code) is not None


@pytest.mark.live
@pytest.mark.parametrize(("size", "kept"), [(1500, LONG[:4]), (576, LONG[:1])])
def test_what_was_asked_for_last_is_left_out(twins: Any, size: int, kept: tuple[int, ...]) -> None:
    """Kea writes the lease, and its reply, which pays no attention to option 57, cannot be sent."""
    mac, address = mac_of(len(kept) + 1), f"10.0.0.{50 + len(kept)}"
    wanted = ((50, socket.inet_aton(address)), (54, bytes((10, 0, 0, 1))))
    options = ((61, b"\1" + mac), (55, bytes(LONG)), (57, size.to_bytes(2, "big")), *wanted)
    kea, ours = twins.make(packet(options, REQUEST)._replace(mac=mac).frame())
    (answer,) = ours.answers
    assert tuple(code for code in LONG if answer.option(code)) == kept
    assert answer.address == address and ours.rows
    assert not kea.answers and kea.rows


@pytest.mark.live
def test_a_pad_option_follows_the_boot_file_name(twins: Any) -> None:
    kea, ours = twins.make(packet(((55, bytes((67, 180))),)).frame())
    assert ours.answers[0].option(67) == kea.answers[0].option(67) == b"boot"
    assert ours.answers[0].option(180) is not None


@pytest.mark.live
def test_a_source_port_of_a_relay_is_answered(twins: Any) -> None:
    relayed = packet(((82, b"\x13\0\1\1a"),))._replace(
        giaddr="10.0.0.9", source="10.0.0.9", hops=1, unicast=True, port=4711
    )
    _, ours = twins.make(relayed.frame())
    (answer,) = ours.answers
    assert answer.frame[-1] == 4711


@pytest.mark.live
def test_a_drop_is_seen_at_the_default_log_level_of_ours(twins: Any) -> None:
    kea, ours = twins.make(packet(((118, b"\0"),)).frame())
    assert not kea.answers and not ours.answers
    assert twins.ours.server.wait_for("DHCP4_PACKET_DROPPED .*failed to parse packet")
