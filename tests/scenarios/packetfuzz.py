"""A server in memory with a rich configuration, and messages that no client should send.

Everything on the way of a packet but the sockets takes part: datagram, classes with every function of expressions,
templates, flex-id, remembered relay options, option definitions of every type, replies, lease file, log.
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

from twisted.internet.task import Clock

from kea_twisted.adapters.memfile.leasefile import LeaseFile
from kea_twisted.adapters.net.dhcpprotocol import DhcpProtocol
from kea_twisted.adapters.net.nics import Nic
from kea_twisted.adapters.system.clock import Clocks
from kea_twisted.adapters.system.folders import Folders
from kea_twisted.config import load
from kea_twisted.engine.core import Core
from kea_twisted.engine.effects import Reply
from kea_twisted.engine.leases import LeaseTable
from kea_twisted.engine.server import Server
from kea_twisted.engine.service_state import ServiceState
from kea_twisted.engine.statistics import Statistics
from kea_twisted.hooks.chain import HookChain
from kea_twisted.lease.store import LeaseStore
from kea_twisted.libraries import lookup
from kea_twisted.server.leasestorage import LeaseStorage
from kea_twisted.server.packetloop import PacketLoop
from kea_twisted.server.perform import Performer
from kea_twisted.wire.constants import BROADCAST, TYPE_NAMES
from kea_twisted.wire.frame import Datagram
from kea_twisted.wire.message import Message, decode, encode
from kea_twisted.wire.optiontypes import TYPES
from tests.fakes import RecordingLog
from tests.hooks.kealibraries import put_to_work

SERVER = 0x0A000001
NIC = Nic("em1", 2, bytes.fromhex("0800270000fe"), (SERVER,))
GOOD = bytes.fromhex("02600d600d00")
_HEADER = 240

_CONVERSIONS = (
    "addrtotext", "int8totext", "int16totext", "int32totext", "uint8totext", "uint16totext", "uint32totext",
)  # fmt: skip
_TESTS = (
    "substring(option[60].hex,0,9) == 'PXEClient'",
    "substring(option[61].hex,-3,all) + substring(option[61].hex,2,-1) == 0x0a0b0c",
    "split(option[12].text, '.', 2) == 'example'",
    "concat(option[77].hex, option[93].hex) == hexstring(option[61].hex, ':')",
    "ifelse(option[82].exists, relay4[1].hex, pkt4.mac) == sifelse(relay4[2].exists, relay4[2].text, pkt.iface)",
    "lcase(option[12].text) == ucase(option[15].text)",
    "vendor.enterprise == 0x0000118b or vendor[4491].option[1].exists",
    "vendor[*].option[2].hex == vendor[4491].option[2].text",
    "vendor-class[4491].data == vendor-class[*].data[0] or vendor-class.enterprise == 0x00000009",
    "match('[a-z]*', option[12].text) and not member('KNOWN')",
    "pkt4.ciaddr == 10.0.0.10 or pkt4.giaddr == 10.0.0.9 or pkt4.msgtype == 1 or pkt.len == 300",
    "pkt4.hlen + pkt4.htype + pkt4.transid + pkt4.yiaddr + pkt4.siaddr + pkt.src + pkt.dst == ''",
    "option[43].option[1].hex == option[220].option[2].text",
    "option[host-name].exists and option[225].hex == option[225].text",
    *(f"{function}(option[12].hex) == '1'" for function in _CONVERSIONS),
    *(f"option[{code}].text == 'x'" for code in (*range(1, 20), 43, 51, 55, 61, 81, 82, 97, 119, 121, 124, 125, 143)),
)


def _definitions() -> list[dict[str, Any]]:
    """Options from 180 on: each type alone, as an array, first and last in a record."""
    made = []
    for name, kind in TYPES.items():
        made.append({"type": name})
        made.append({"type": "record", "record-types": f"uint8, {name}"})
        if not kind.open_ended:
            made.append({"type": name, "array": True})
            made.append({"type": "record", "record-types": f"{name}, uint8"})
            made.append({"type": "record", "record-types": f"uint16, {name}", "array": True})
    codes = [code for code in range(160, 254) if code not in (162, 212, 213)]
    named = [{"name": f"o{code}", "code": code, **each} for code, each in zip(codes, made, strict=False)]
    assert len(named) == len(made)
    inner = [{"name": "s2", "code": 2, "space": "inner", "type": "ipv4-address"}]
    return [*named, *inner, {"name": "outer", "code": 253, "type": "uint16", "encapsulate": "inner"}]


def configuration() -> str:
    """Text of the configuration file."""
    definitions = _definitions()
    classes: list[dict[str, Any]] = [{"name": f"c{number}", "test": test} for number, test in enumerate(_TESTS)]
    classes += [{"name": f"d{row['code']}", "test": f"option[{row['code']}].text == 'x'"} for row in definitions[:-2]]
    classes += [
        {"name": "t", "template-test": "substring(option[12].text, 0, 3)", "next-server": "192.0.2.1"},
        {"name": "h", "template-test": "hexstring(option[82].hex, '')"},
        {"name": "late", "test": "member('UNKNOWN')", "option-data": [{"code": 42, "data": "192.0.2.3"}]},
        {"name": "v43", "test": "option[60].exists", "option-def": [{"name": "v", "code": 43, "type": "uint32"}]},
        {"name": "more", "test": "option[253].option[2].exists", "only-in-additional-list": True},
    ]
    data = [
        {"code": 3, "data": "10.0.0.1"}, {"code": 15, "data": "example.org"},
        {"code": 67, "data": "boot", "always-send": True},
        *({"code": code, "data": "ab" * 200, "csv-format": False} for code in (128, 129, 130, 131, 132)),
        {"code": 1, "space": "vendor-4491", "data": "0102", "csv-format": False, "always-send": True},
    ]  # fmt: skip
    subnet = {
        "id": 1, "subnet": "10.0.0.0/16", "store-extended-info": True, "evaluate-additional-classes": ["more"],
        "pools": [{"pool": "10.0.0.10 - 10.0.127.255"}], "cache-threshold": 0.0,
        "reservations": [{"flex-id": "'desk'", "ip-address": "10.0.200.200", "hostname": "desk"}],
    }  # fmt: skip
    return json.dumps({"Dhcp4": {
        "valid-lifetime": 3600, "renew-timer": 900, "rebind-timer": 1800, "stash-agent-options": True,
        "hostname-char-set": "", "ddns-qualifying-suffix": "example.org", "lease-database": {"type": "memfile"},
        "host-reservation-identifiers": ["flex-id", "hw-address"],
        "hooks-libraries": [{"library": "/x/libdhcp_flex_id.so", "parameters": {
            "identifier-expression": "ifelse(relay4[2].exists, relay4[2].hex, split(option[12].text, '.', 1))",
            "replace-client-id": False}}],
        "option-def": definitions, "client-classes": classes, "option-data": data, "subnet4": [subnet],
    }})  # fmt: skip


class Fuzzed:
    """The server, and what it logged, answered and wrote."""

    def __init__(self, folder: Path) -> None:
        self.log = RecordingLog()
        self.statistics = Statistics(1_700_000_000.0)
        self.store = LeaseStore()
        self.file = str(folder / "kea-leases4.csv")
        hooks = HookChain()
        settings = load(configuration(), "f", lambda path: "", (), (lookup.check,))
        put_to_work(settings, hooks, self.log)
        leases = LeaseTable(self.store, self.statistics)
        self._storage = LeaseStorage(None, self.log, Folders(str(folder), "", "", "", checked=False), leases)
        self._storage.open(settings)
        server = Server(Core(settings, leases, hooks, self.log, self.statistics, ServiceState()))
        performer = Performer(self._storage, self._send, hooks, self.log, self.statistics, 67)
        self._clock = Clock()
        self._clock.advance(1_700_000_000)
        loop = PacketLoop(Clocks(self._clock), server, performer)
        self._protocol = DhcpProtocol(NIC, loop.handle, loop.batch_done, self.statistics, self.log)
        self.replies: list[Message] = []

    def receive(self, payload: bytes, mac: bytes, source: int = 0) -> Message | None:
        """Send a payload; the reply, if there is one."""
        self.replies.clear()
        self._clock.advance(1)
        destination = SERVER if source else BROADCAST
        self._protocol.frame_received(Datagram(mac, source, destination, 68, 67, payload))
        self._protocol.batch_done()
        return self.replies[-1] if self.replies else None

    def reloaded(self) -> LeaseStore:
        """The leases as they are after a restart."""
        self._storage.close()
        store = LeaseStore()
        LeaseFile(self.file, self.log).load(store)
        return store

    def _send(self, reply: Reply) -> None:
        assert len(reply.payload) <= 1472
        self.replies.append(decode(reply.payload))


class Sender:
    """Clients that remember what they were offered, and send it back with faults; the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)
        self._held: dict[bytes, int] = {}

    def next(self) -> tuple[bytes, bytes, int]:
        """Payload, hardware address and source of the next message."""
        dice = self._dice
        mac = bytes((2, 0, 0, 0, 0, dice.randrange(1, 40)))
        payload = encode(self._message(mac))
        spoil = dice.random()
        if spoil < 0.1:
            payload = payload[: dice.randrange(len(payload))]
        elif spoil < 0.3:
            payload = self._flipped(payload)
        elif spoil < 0.35:
            payload = payload[:_HEADER] + dice.randbytes(dice.randrange(600))
        elif spoil < 0.4:  # options in the other two fields
            flag = dice.randrange(5)
            fields = dice.randbytes(192)
            payload = payload[:44] + fields + payload[236:_HEADER] + bytes((52, 1, flag)) + payload[_HEADER:]
        return payload, mac, self._held.get(mac, 0) if dice.random() < 0.2 else 0

    def learn(self, mac: bytes, reply: Message) -> None:
        """The client keeps the address."""
        if reply.yiaddr:
            self._held[mac] = reply.yiaddr

    def _message(self, mac: bytes) -> Message:
        dice = self._dice
        kind = dice.choice((1, 1, 1, 3, 3, 3, 3, 3, 4, 7, 8, 8, dice.choice([*TYPE_NAMES, 0, 19, 255])))
        options = {53: bytes((kind,)), 61: b"\1" + mac, 55: dice.randbytes(dice.randrange(1, 30))}
        held = self._held.get(mac)
        ciaddr = giaddr = 0
        if held and kind != 1:
            if dice.random() < 0.4 or kind in (7, 8):
                ciaddr = held
            else:
                options |= {50: held.to_bytes(4, "big"), 54: SERVER.to_bytes(4, "big")}
        if dice.random() < 0.3:
            giaddr = dice.choice((0x0A000009, 0x0A00FFFF, dice.getrandbits(32)))
        for _ in range(dice.randrange(6)):
            options[dice.choice(_ODD)] = self._value()
        return Message(
            dice.choice((1,) * 19 + (2,)), dice.choice((1, 1, 1, 6, 32)), dice.randrange(3), dice.getrandbits(32),
            0, dice.choice((0, 0x8000, 0xFFFF)), ciaddr, 0, 0, giaddr, mac[: dice.choice((6,) * 9 + (0,))],
            b"", b"", options,
        )  # fmt: skip

    def _value(self) -> bytes:
        """The payload of an option: often too short or too long, or with something inside it that is."""
        dice = self._dice
        size = dice.choice((0, 1, 2, 3, 4, 5, 7, 8, 16, 17, 20, 60, 128, 255, 256, 300, 511))
        shape = dice.random()
        if shape < 0.3:
            return dice.randbytes(size)
        if shape < 0.4:
            return bytes(dice.choice(b"\0\1\x0f\x7f\x80\xff") for _ in range(size))
        if shape < 0.6:
            return dice.choice(_TEXTS)[:size]
        if shape < 0.8:  # sub-options, the last one perhaps cut off
            return b"".join(self._suboption() for _ in range(dice.randrange(4)))[: dice.choice((size, None))]
        number = dice.choice((4491, 9, 0xFFFFFFFF)).to_bytes(4, "big")
        inner = b"".join(self._suboption() for _ in range(dice.randrange(3)))
        return number + bytes((dice.choice((len(inner), 0, 255)) & 255,)) + inner

    def _suboption(self) -> bytes:
        value = self._dice.randbytes(self._dice.choice((0, 1, 2, 4, 4, 5, 9)))
        code = self._dice.choice((1, 2, 2, 5, 6, 9, 10, 11, 12, 19, 151, self._dice.randrange(256)))
        return bytes((code, len(value))) + value

    def _flipped(self, payload: bytes) -> bytes:
        data = bytearray(payload)
        for _ in range(self._dice.randrange(1, 9)):
            data[self._dice.randrange(len(data))] = self._dice.randrange(256)
        return bytes(data)


_ODD = (
    *range(1, 20), 28, 43, 50, 51, 54, 55, 57, 58, 59, 60, 61, 61, 66, 67, 77, 80, 81, 81, 82, 82, 82, 82, 90, 93,
    94, 97, 108, 116, 117, 118, 119, 121, 124, 125, 137, 141, 143, 146, 151, 159, 162, 212, 213, *range(160, 254),
)  # fmt: skip
_TEXTS = (
    b"desk", b"\xfc.Example", b"..", b"a" * 300, b"\\065\\", b"x\0\0", b"\x1b[31m", b"a,b&#x2c",
    b"\5\0\0\3a\xc4b\0",
        b"\x05\0\0\xc0\0", b"\1\0\0host.example.", b"\x09\0\0\5moca1", b"\x04\0\0\x3fx", b"PXEClient:Arch:00007",
    b"\xe2\x82",
)  # fmt: skip
