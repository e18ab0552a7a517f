"""A running server without sockets, whose hook libraries are files in a folder."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from twisted.internet.task import Clock

from kea_twisted import config
from kea_twisted.adapters.system.folders import Folders
from kea_twisted.engine.effects import Query, Reply
from kea_twisted.engine.leases import LeaseTable
from kea_twisted.engine.statistics import Statistics
from kea_twisted.lease.store import LeaseStore
from kea_twisted.server.configfile import ConfigFile
from kea_twisted.server.leasestorage import LeaseStorage
from kea_twisted.testing import MemoryBackend, server_in_memory
from kea_twisted.wire.constants import BROADCAST, DISCOVER, REQUEST
from kea_twisted.wire.message import Message, decode
from tests.builders import EM1, SERVER, WISHES, mac, message, packed
from tests.commands.answers import answer_of
from tests.fakes import RecordingLog

HEAD = "from kea_twisted.hooks.library import HookLibrary, Parameter, Step\n"


class House:
    """A running server without sockets; its libraries are files in a folder."""

    def __init__(self, folder: Path, clock: Any = None, modules: tuple[str, ...] = ()) -> None:
        self.folder = folder
        self.clock: Any = clock or Clock()
        if clock is None:
            self.clock.advance(1_700_000_000)
        self.log = RecordingLog()
        self.log.configure = lambda *arguments: None  # type: ignore[attr-defined]
        here = str(folder)
        folders = Folders(here, here, here, here, checked=False, hooks=here, modules=modules)
        self.source = ConfigFile(str(folder / "kea.conf"), folders)
        self.sent: list[Reply] = []
        self.journal = MemoryBackend()
        table = LeaseTable(LeaseStore(), Statistics(self.clock.seconds()))
        self.storage = LeaseStorage(self.clock, self.log, folders, table, self.journal)
        self.server: Any = None
        self._xid = 0

    def file(self, name: str, body: str) -> Path:
        """Write a library; a change is seen even when it comes within a tick of the file system's clock."""
        path = self.folder / name
        changes = path.stat().st_mtime_ns + 1 if path.exists() else None
        path.write_text(HEAD + body)
        if changes:
            os.utime(path, ns=(changes, changes))
        return path

    def tree(self, *entries: Any, limit: int = 4) -> dict[str, Any]:
        """A configuration with these libraries: names, or names with parameters."""
        hooks = [
            {"library": entry} if isinstance(entry, str) else {"library": entry[0], "parameters": entry[1]}
            for entry in entries
        ]
        subnets = [{"id": 1, "subnet": "10.0.0.0/24", "pools": [{"pool": "10.0.0.10-10.0.0.250"}]}]
        return {
            "Dhcp4": {
                "hooks-libraries": hooks,
                "subnet4": subnets,
                "parked-packet-limit": limit,
                "lease-database": {"type": "memfile", "persist": False},
            }
        }

    def start(self, *entries: Any, limit: int = 4) -> House:
        """As the service does."""
        settings = config.load_tree(self.tree(*entries, limit=limit), self.source.library_checks)
        self.server = server_in_memory(self.clock, self.log, self.source, settings, self.sent, self.storage)
        self.server.load()
        return self

    def reconfigure(self, *entries: Any) -> None:
        """config-set; CommandError is the test's."""
        answer = self.command("config-set", self.tree(*entries))
        assert answer["result"] == 0, answer["text"]

    def command(self, name: str, arguments: Any = None) -> Any:
        """A control command's answer."""
        return answer_of(self.server, name, arguments)

    def ask(self, client: int, kind: int = DISCOVER, options: dict[int, bytes] | None = None) -> None:
        """One query in a turn of its own."""
        self._xid += 1
        own = {61: b"\x01" + mac(client), 55: WISHES, **(options or {})}
        asked = message(kind, own, chaddr=mac(client), xid=self._xid)
        self.server.loop.handle(Query(asked, EM1, SERVER, 0, BROADCAST, 68, mac(client)))
        self.server.loop.batch_done()

    def obtain(self, client: int, options: dict[int, bytes] | None = None) -> Message:
        """DISCOVER and REQUEST; the ACK."""
        self.ask(client, DISCOVER, options)
        offered = self.answers()[-1].yiaddr.to_bytes(4, "big")
        self.ask(client, REQUEST, {54: packed("10.0.0.1"), 50: offered, **(options or {})})
        return self.answers()[-1]

    def answers(self) -> list[Message]:
        """Return the replies sent."""
        return [decode(reply.payload) for reply in self.sent]

    def served(self) -> list[int]:
        """The last byte of the hardware address of who was answered, in order."""
        return [answer.chaddr[-1] for answer in self.answers()]

    def count(self, name: str) -> int:
        """A statistic."""
        return self.server.statistics.value(name)

    def library(self, name: str) -> Any:
        """The library at work."""
        return self.server.loaded.find(name)


DOOR = """
class Door(HookLibrary):
    parameters = (Parameter("closed", list, []), Parameter("url", str, "http://10.0.0.1/"))
    waits = {}
    def pkt4_receive(self, query):
        number = query.message.chaddr[-1]
        if number in self.waits:
            return self.waits[number]
        if number in self.values["closed"]:
            return Step.DROP
"""
