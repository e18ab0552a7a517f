"""A real Kea and ours side by side: same configuration, same frames, and what each made of every frame."""

from __future__ import annotations

import csv
import json
import re
import socket
import struct
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

from kea_twisted.engine.dropreport import COUNTERS, IGNORED

from .bootp import ETH_P_IP, KIND, frame
from .hosts import Lan
from .kinds import place
from .messages import SERVER_ADDRESS, SERVER_MAC, Packet

ONE_THREAD = {"enable-multi-threading": True, "thread-pool-size": 1, "packet-queue-size": 64}
"""Settings with which a Kea answers frames in their order, the fence last."""

_FENCE_XID = 0xFE000000
_FENCE_MAC = bytes.fromhex("02feedfeed00")
FENCE_ADDRESS = "10.0.0.254"
"""A client that asks after every frame; it gets no lease."""


NEWER = frozenset(
    f"pkt4-{name}"
    for name in ("rfc-violation", "not-for-us", "service-disabled", "processing-failed", "admin-filtered",
                 "queue-full", "duplicate", "limit-exceeded")
) | {"assigned-addresses", IGNORED, *COUNTERS.values()}  # fmt: skip
"""Counters that Kea has since 3.1, or that are ours alone."""


_FIELDS = (
    "op", "htype", "hlen", "hops", "xid", "secs", "flags", "ciaddr", "yiaddr", "siaddr", "giaddr", "chaddr",
    "sname", "file",
)  # fmt: skip


_KINDS = (
    "offer", "ack", "nak", *(f"lease-query-response-{state}" for state in ("active", "unassigned", "unknown")),
)  # fmt: skip
"""The replies that a server counts by their types."""


class Answer(NamedTuple):
    """A reply, taken apart as far as two of them are compared."""

    frame: tuple[object, ...]  # where it went: MAC, addresses, ports
    fields: dict[str, object]
    options: tuple[tuple[int, bytes], ...]  # in their order, parts of a split one apart

    def option(self, code: int) -> bytes | None:
        """The payload of an option, its parts joined; None where there is none."""
        parts = [payload for number, payload in self.options if number == code]
        return b"".join(parts) if parts else None

    @property
    def kind(self) -> int:
        """Its message type."""
        return (self.option(KIND) or b"\0")[0]

    @property
    def address(self) -> str:
        """Its yiaddr."""
        return str(self.fields["yiaddr"])


class Outcome(NamedTuple):
    """The results of a frame: replies, new rows of the lease file, changes of statistics."""

    answers: list[Answer]
    rows: list[dict[str, str]]
    statistics: dict[str, int]


class Twin:
    """One of the two servers in a network of its own, with a packet socket of a client beside it."""

    def __init__(self, kind: str, folder: Path, config: dict[str, Any]) -> None:
        self.lan = Lan()
        host = self.lan.host("server1", "em1")
        host.namespace.ip("link", "set", "em1", "address", SERVER_MAC.hex(":"))
        host.add_address(f"{SERVER_ADDRESS}/24")
        ordered = {"multi-threading": ONE_THREAD, **config}
        self.server = place(kind, host, folder, json.dumps({"Dhcp4": ordered}, indent=1))
        client = self.lan.client("client1")
        self.socket = client.namespace.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_IP))
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        self.socket.bind((client.interface, ETH_P_IP))
        self.socket.settimeout(3.0)
        self._fences = self._seen = 0
        self.fences = 1  # behind each frame: the number of times that a server may wait for a database
        self._statistics: dict[str, int] = {}
        self._file = folder / "kea-leases4.csv"
        self._read = 0

    def start(self) -> None:
        """Start it and learn where its lease file and its statistics stand."""
        self.server.start()
        self._statistics = self._ask_statistics()
        self.new_rows()

    def restart(self) -> None:
        """Stop it and start it again: it counts from zero, and has what is in its lease file."""
        self.server.stop()
        self._seen = 0
        self.start()

    def command(self, command: str, **arguments: Any) -> dict[str, Any]:
        """The response to a command on the unix socket."""
        received = b""
        request = {"command": command, **({"arguments": arguments} if arguments else {})}
        with socket.socket(socket.AF_UNIX) as channel:
            channel.settimeout(5)
            channel.connect(str(self.server.folder / "control.sock"))
            channel.sendall(json.dumps(request).encode())
            while block := channel.recv(1 << 20):
                received += block
        found: dict[str, Any] = json.loads(received)
        return found

    def make(self, data: bytes) -> Outcome:
        """Send a frame and say what came of it."""
        return self.outcome_of(self._exchange(data))

    def outcome_of(self, answers: list[Answer]) -> Outcome:
        """The answers with the rows and the steps of statistics that are new."""
        rows = self.new_rows()
        now = self._ask_statistics()
        before, self._statistics = self._statistics, now
        steps = {name: value - before.get(name, 0) for name, value in now.items()}
        changed = {name: step for name, step in steps.items() if step}
        return Outcome(answers, rows, changed)

    def close(self) -> None:
        """Stop it and remove its network."""
        self.socket.close()
        if self.server.process is not None:
            self.server.stop()
        self.lan.close()

    def _exchange(self, data: bytes) -> list[Answer]:
        """The replies to a frame: all that comes before the answer to the last fence behind it."""
        self.socket.send(data)
        return [answer for _ in range(self.fences) for answer in self._before_fence()]

    def _before_fence(self) -> list[Answer]:
        self._fences += 1
        xid = _FENCE_XID + self._fences
        self.socket.send(_fence(xid))
        answers = []
        deadline = time.monotonic() + 4
        while time.monotonic() < deadline:
            try:
                answer = parse(self.socket.recv(65536))
            except TimeoutError:
                break
            if answer is None:
                continue
            self._seen += 1
            if answer.fields["xid"] == xid:
                return answers
            answers.append(answer)
        raise AssertionError(f"no answer to the fence: {self.server.running.output()[-3000:]}")

    def _ask_statistics(self) -> dict[str, int]:
        """All statistics. A Kea counts a reply after it has left, so wait until all we saw are counted."""
        for _ in range(100):
            found = self._statistics_now()
            kinds = sum(found.get(f"pkt4-{kind}-sent", 0) for kind in _KINDS)
            if min(found.get("pkt4-sent", 0), kinds) >= self._seen:
                return found
            time.sleep(0.001)
        return found

    def _statistics_now(self) -> dict[str, int]:
        samples = self.command("statistic-get-all")["arguments"]
        return {name: of_it[0][0] for name, of_it in samples.items()}

    def new_rows(self) -> list[dict[str, str]]:
        """Return the rows that have come into the lease file since the last call, the last one of each address."""
        if not self._file.exists():
            return []
        lines = self._file.read_text(encoding="latin-1").splitlines()
        new, self._read = lines[max(self._read, 1) :], len(lines)
        rows = list(csv.DictReader(new, lines[0].split(",")))
        # A name that is made from the address costs a Kea a second row for the same lease.
        return list({row["address"]: row for row in rows}.values())


class Twins:
    """Both of them. With a database, ``fences`` is how often they may ask it about a frame."""

    def __init__(self, folder: Path, config: dict[str, Any], fences: int = 1) -> None:
        self.kea = Twin("kea30", folder / "kea", config)
        self.ours = Twin("ours", folder / "ours", config)
        self.kea.fences = self.ours.fences = fences

    def __enter__(self) -> Twins:
        try:
            for twin in (self.kea, self.ours):
                twin.start()
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def make(self, data: bytes) -> tuple[Outcome, Outcome]:
        """Send a frame to both within the same second: leases know whole seconds only."""
        fraction = time.time() % 1
        if not 0.02 < fraction < 0.95:  # the clock that a Kea looks at may be some milliseconds behind
            time.sleep((1.021 - fraction) % 1)
        return self.kea.make(data), self.ours.make(data)

    def _close(self) -> None:
        for twin in (self.kea, self.ours):
            twin.close()


def differences(kea: Outcome, ours: Outcome) -> Iterator[str]:
    """One line for everything in which ours is not as Kea's."""
    if len(kea.answers) != len(ours.answers):
        yield f"answers: {_kinds(kea.answers)} != {_kinds(ours.answers)}"
    for left, right in zip(kea.answers, ours.answers, strict=False):
        yield from _answer_differences(left, right)
    if len(kea.rows) != len(ours.rows):
        yield f"rows: {_rows(kea.rows)} != {_rows(ours.rows)}"
    else:
        for row, other in zip(kea.rows, ours.rows, strict=True):
            yield from _row_differences(row, other)
    for name in sorted(kea.statistics.keys() | ours.statistics.keys()):
        step, other = kea.statistics.get(name, 0), ours.statistics.get(name, 0)
        if step != other and name not in NEWER:
            yield f"statistic {name}: {step} != {other}"


def _answer_differences(left: Answer, right: Answer) -> Iterator[str]:
    told = 1 if left.frame[2] == "255.255.255.255" or int(str(left.fields["flags"])) & 0x8000 else 0
    if left.frame[told:] != right.frame[told:]:
        yield f"frame: {left.frame} != {right.frame}"
    for name, value in left.fields.items():
        if value != right.fields[name]:
            yield f"{name}: {value!r} != {right.fields[name]!r}"
    if left.options == right.options:
        return
    for code in sorted({code for code, _ in (*left.options, *right.options)}):
        kea, ours = left.option(code), right.option(code)
        if kea != ours:
            yield f"option {code}: {_hex(kea)} != {_hex(ours)}"
    orders = [list(dict.fromkeys(code for code, _ in answer.options)) for answer in (left, right)]
    if orders[0] != orders[1]:
        yield f"order: {orders[0]} != {orders[1]}"


_HARDWARE_TYPE = re.compile(r'\{ "ISC": \{ "hardware-type": \d+ \} \}')


def _row_differences(row: dict[str, str], other: dict[str, str]) -> Iterator[str]:
    for name, value in row.items():
        if _plain(value) != _HARDWARE_TYPE.sub("", _plain(other[name])):  # which a Kea does not store
            yield f"row {row['address']} {name}: {value} != {other[name]}"


def _plain(text: str) -> str:
    """A field without escapes: ours escapes more than it must, and every Kea reads that."""
    return re.sub("&#x([0-9a-fA-F]{2})", lambda match: chr(int(match[1], 16)), text)


def parse(data: bytes) -> Answer | None:
    """The reply in a frame sent from port 67; None for anything else."""
    if len(data) < 282 or data[12:14] != b"\x08\x00" or data[23] != 17:
        return None
    udp = 14 + (data[14] & 15) * 4
    source, target = struct.unpack_from("!HH", data, udp)
    body = data[udp + 8 : udp + struct.unpack_from("!H", data, udp + 4)[0]]
    if source != 67 or body[0] != 2:
        return None
    head = struct.unpack_from("!BBBBIHH4s4s4s4s16s64s128s", body)
    fields: dict[str, object] = dict(zip(_FIELDS, head, strict=True))
    for name in _FIELDS[7:11]:
        fields[name] = socket.inet_ntoa(bytes(fields[name]))  # type: ignore[arg-type]
    addresses = socket.inet_ntoa(data[26:30]), socket.inet_ntoa(data[30:34])
    return Answer((data[:6].hex(":"), *addresses, target), fields, tuple(_options(body[240:])))


def _options(data: bytes) -> Iterator[tuple[int, bytes]]:
    position = 0
    while position < len(data) and data[position] != 255:
        if data[position] == 0:
            position += 1
            continue
        end = position + 2 + data[position + 1]
        yield data[position], data[position + 2 : end]
        position = end


def _fence(xid: int) -> bytes:
    packet = Packet(8, _FENCE_MAC, ciaddr=FENCE_ADDRESS, xid=xid)
    return frame(packet.payload(), _FENCE_MAC, source=FENCE_ADDRESS, target=SERVER_ADDRESS, to=SERVER_MAC)


def _kinds(answers: Iterable[Answer]) -> list[str]:
    return [f"{answer.kind} {answer.address}" for answer in answers]


def _rows(rows: Iterable[dict[str, str]]) -> list[str]:
    return [f"{row['address']} {row['valid_lifetime']} state {row['state']}" for row in rows]


def _hex(data: bytes | None) -> str:
    return "none" if data is None else data.hex() or "empty"
