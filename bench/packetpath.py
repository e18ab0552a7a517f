"""Cost of a packet in our server, from frame to frame, without a network: CPU microseconds.

    python bench/packetpath.py            # DISCOVER, REQUEST, renewal
    python bench/packetpath.py --profile  # where it goes
    python bench/packetpath.py --count    # bytecode instructions and calls, the same however busy the machine is
    python bench/packetpath.py --batch 1  # one packet in a reactor turn, as with little load
    python bench/packetpath.py --database # leases in PostgreSQL, but without PostgreSQL and its driver

Lines go to a log file and leases to a lease file, as in a real server; the frames are not sent.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import sys
import tempfile
import time
from pathlib import Path
from types import FrameType
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parent.parent), str(Path(__file__).resolve().parent.parent / "tests")]

from twisted.internet import reactor  # noqa: E402
from twisted.internet.defer import Deferred  # noqa: E402

from kea_twisted import config  # noqa: E402
from kea_twisted.adapters.log.logs import Log  # noqa: E402
from kea_twisted.adapters.net.dhcpprotocol import DhcpProtocol  # noqa: E402
from kea_twisted.adapters.net.nics import Nic  # noqa: E402
from kea_twisted.adapters.postgresql.leases import PostgresqlBackend  # noqa: E402
from kea_twisted.adapters.postgresql.link import LeaseQueries  # noqa: E402
from kea_twisted.adapters.system.clock import Clocks  # noqa: E402
from kea_twisted.adapters.system.folders import Folders  # noqa: E402
from kea_twisted.engine.core import Core  # noqa: E402
from kea_twisted.engine.effects import Reply  # noqa: E402
from kea_twisted.engine.leases import LeaseTable  # noqa: E402
from kea_twisted.engine.server import Server  # noqa: E402
from kea_twisted.engine.service_state import ServiceState  # noqa: E402
from kea_twisted.engine.statistics import Statistics  # noqa: E402
from kea_twisted.hooks.chain import HookChain  # noqa: E402
from kea_twisted.lease.loading import Loading  # noqa: E402
from kea_twisted.lease.store import LeaseStore  # noqa: E402
from kea_twisted.server.leasestorage import LeaseStorage  # noqa: E402
from kea_twisted.server.packetloop import PacketLoop  # noqa: E402
from kea_twisted.server.perform import Performer  # noqa: E402
from kea_twisted.wire.frame import build_frame, parse_frame  # noqa: E402
from kea_twisted.wire.message import Message, decode, encode  # noqa: E402

BATCH = 8  # frames in a reactor turn, where --batch does not say otherwise
CLIENTS, COUNTED = 4000, 64
NAMES = ("DISCOVER", "REQUEST", "renewal")
ROUNDS = 7
SERVER, EVERYONE = 0x0A000001, 0xFFFFFFFF
WISHES = bytes((1, 28, 2, 3, 15, 6, 12))
CONFIGURATION = """{"Dhcp4": {"interfaces-config": {"interfaces": ["em1"]}, "valid-lifetime": 7200, "subnet4": [
    {"id": 1, "subnet": "10.0.0.0/8", "pools": [{"pool": "10.16.0.0/12"}],
     "option-data": [{"name": "routers", "data": "10.0.0.1"}]}]}}"""


class AgreeingLink(LeaseQueries):
    """The connections to a database that finds no rows and writes every change, when it is time to ``answer``."""

    is_open = True

    def __init__(self) -> None:
        self.commits = self.reads = self  # type: ignore[assignment]
        self._asked: list[tuple[bytes, Any, Deferred[Any]]] = []

    def open_now(self, _: object) -> Loading:
        """Return no leases."""
        return Loading()

    def drop(self, error: OSError) -> None:
        """Fail: nothing takes too long here."""
        raise error

    def ask(self, statement: bytes, parameters: Any = (), name: bytes = b"") -> Deferred[Any]:
        """Wait for ``answer``."""
        answer: Deferred[Any] = Deferred()
        self._asked.append((name, parameters, answer))
        return answer

    def answer(self) -> None:
        """Answer what is asked, and what is asked then."""
        while self._asked:
            name, parameters, answer = self._asked.pop(0)
            answer.callback([[b"%d" % (parameters[0].count(b",") + 1), None]] if name else [])


def _adopt_database(storage: LeaseStorage, links: list[AgreeingLink]) -> None:
    def make(*_: object) -> AgreeingLink:
        links.append(AgreeingLink())
        return links[-1]

    settings = config.load_tree({"Dhcp4": {"lease-database": {"type": "postgresql", "name": "kea"}}})
    backend = PostgresqlBackend(storage._host, settings, make)  # type: ignore[arg-type]
    backend.load(storage.table.store)
    storage._adopt(backend)


class PacketPath:
    """Everything on the way of a packet but the sockets; ``sent`` are the payloads of the replies.

    ``batch`` is the number of frames in a reactor turn.
    """

    def __init__(self, folder: str, database: bool = False, batch: int = BATCH) -> None:
        self._batch = batch
        self.log = Log({"KEA_LOGGER_DESTINATION": f"{folder}/log"})
        self.log.buffer(lambda function: None)
        statistics, hooks = Statistics(time.time()), HookChain()
        settings = config.load(CONFIGURATION, "kea.conf", lambda path: "", ())
        table = LeaseTable(LeaseStore(), statistics)
        server = Server(Core(settings, table, hooks, self.log, statistics, ServiceState()))
        storage = LeaseStorage(reactor, self.log, Folders(folder, folder, folder, folder, checked=False), table)
        self.links: list[AgreeingLink] = []
        if database:
            _adopt_database(storage, self.links)
        else:
            storage.open(settings)
        performer = Performer(storage, self._send, hooks, self.log, statistics, 67)
        loop = PacketLoop(Clocks(reactor), server, performer, storage=storage)
        self.nic = Nic("em1", 2, b"\2\0\0\0\0\1", (SERVER,))
        self.protocol = DhcpProtocol(self.nic, loop.handle, loop.batch_done, statistics, self.log)
        self.sent: list[bytes] = []

    def drive(self, frames: list[bytes]) -> float:
        """CPU microseconds for each frame."""
        receive, done = self.protocol.frame_received, self.protocol.batch_done
        self.sent.clear()
        began = time.process_time()
        for start in range(0, len(frames), self._batch):
            for frame in frames[start : start + self._batch]:
                receive(parse_frame(frame, False))
            done()
            for link in self.links:
                link.answer()
            self.log.flush()
        return (time.process_time() - began) / len(frames) * 1e6

    def _send(self, reply: Reply) -> None:
        payload, _, source, destination, port, mac = reply
        build_frame(self.nic.mac, mac or b"\xff" * 6, source, destination, 67, port, payload)
        self.sent.append(payload)


def one_round(path: PacketPath, first: int, clients: int = CLIENTS) -> tuple[float, float, float]:
    """New clients get a lease and renew it: what a DISCOVER, a REQUEST and a renewal cost."""
    messages = [_discover(first + number) for number in range(clients)]
    discovers = path.drive([_frame(each) for each in messages])
    offers = [decode(payload) for payload in path.sent]
    requests = path.drive(
        [
            _frame(_request(each, {50: offer.yiaddr.to_bytes(4, "big"), 54: offer.options[54]}))
            for each, offer in zip(messages, offers, strict=True)
        ]
    )
    acks = [decode(payload) for payload in path.sent]
    renewals = path.drive(
        [
            _frame(_request(each, {})._replace(ciaddr=ack.yiaddr), ack.yiaddr, SERVER)
            for each, ack in zip(messages, acks, strict=True)
        ]
    )
    return discovers, requests, renewals


class Counted(PacketPath):
    """The same, but ``drive`` returns bytecode instructions and calls of functions written in Python."""

    def drive(self, frames: list[bytes]) -> float:
        """Return the bytecode instructions for each frame; ``calls`` has the calls."""
        seen = {"opcode": 0, "call": 0}

        def trace(frame: FrameType, event: str, argument: object) -> Any:
            if event == "call":
                frame.f_trace_opcodes, frame.f_trace_lines = True, False
            if event in seen:
                seen[event] += 1
            return trace

        sys.settrace(trace)
        try:
            super().drive(frames)
        finally:
            sys.settrace(None)
        self.calls.append(seen["call"] / len(frames))
        return seen["opcode"] / len(frames)

    def __init__(self, folder: str, database: bool = False, batch: int = BATCH) -> None:
        super().__init__(folder, database, batch)
        self.calls: list[float] = []


def _discover(number: int) -> Message:
    hwaddr = b"\0\x0c" + number.to_bytes(4, "big")
    return Message(1, 1, 0, number, 0, 0, 0, 0, 0, 0, hwaddr, b"", b"", {53: b"\1", 55: WISHES})


def _request(discover: Message, options: dict[int, bytes]) -> Message:
    return discover._replace(options={53: b"\3", 55: WISHES, **options})


def _frame(message: Message, source: int = 0, destination: int = EVERYONE) -> bytes:
    return build_frame(message.chaddr, b"\xff" * 6, source, destination, 68, 67, encode(message))


def count(folder: str, database: bool, batch: int) -> None:
    """Print the counts of one round; another one before it fills the caches."""
    path = Counted(folder, database, batch)
    one_round(path, 1, COUNTED)
    path.calls.clear()
    for name, opcodes, calls in zip(NAMES, one_round(path, 100_000, COUNTED), path.calls, strict=True):
        print(f"{name:10}{opcodes:7.0f} instructions {calls:6.1f} calls")


def main() -> None:
    """The best of some rounds: what disturbs only ever adds."""
    made = argparse.ArgumentParser(description="CPU microseconds of a packet in our server.")
    made.add_argument("--profile", action="store_true", help="show where the time goes")
    made.add_argument("--count", action="store_true", help="count bytecode instructions and calls")
    made.add_argument("--database", action="store_true", help="leases in PostgreSQL; it and its driver are not there")
    made.add_argument("--batch", type=int, default=BATCH, help="frames in a reactor turn")
    wanted = made.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench") as folder:
        if wanted.count:
            count(folder, wanted.database, wanted.batch)
            return
        path = PacketPath(folder, wanted.database, wanted.batch)
        if wanted.profile:
            one_round(path, 1)
            profile = cProfile.Profile()
            profile.runcall(one_round, path, 100_000)
            pstats.Stats(profile).sort_stats("tottime").print_stats(40)
            return
        rounds = [one_round(path, number * 100_000) for number in range(1, ROUNDS + 1)]
    for name, each in zip(NAMES, zip(*rounds, strict=True), strict=True):
        print(f"{name:10}{min(each):7.1f} us")


if __name__ == "__main__":
    main()
