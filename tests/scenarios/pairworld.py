"""Two whole relationships joined in memory under one clock that only the test moves."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from kea_twisted.engine.effects import Decision, Interface, Query, Reply
from kea_twisted.engine.service_state import ServiceState
from kea_twisted.ha import commands
from kea_twisted.ha.deletions import Deletion
from kea_twisted.ha.evidence import ProbeOutcome
from kea_twisted.ha.messages import unreachable
from kea_twisted.ha.outbox import AnswerRecent, Apply, Effect, Finish, Probe, RenewLeases, Send, Ticket, TurnEnd
from kea_twisted.ha.probe import is_answered_in
from kea_twisted.ha.relationship import Relationship
from kea_twisted.ha.settings import HaSettings, Peer
from kea_twisted.ha.states import State
from kea_twisted.ha.sync import newer, read_items
from kea_twisted.ha.url import parse_url
from kea_twisted.hooks.points import Step
from kea_twisted.lease.lease import Change, Lease
from kea_twisted.lease.packed import unpack
from kea_twisted.wire.address import address_number, address_text
from kea_twisted.wire.message import Message
from tests.fakes import RecordingLog

START = 1795344650.0
DELAY = 0.001
NIC = Interface("em1", 1, b"\x02\0\0\0\0\1", (0x0A000001,))


def tutorial(name: str, **changes: Any) -> HaSettings:
    """The tutorial's settings of one server."""
    peers = (
        Peer("server1", parse_url("http://10.0.0.1:8000/"), "primary"),
        Peer("server2", parse_url("http://10.0.0.2:8000/"), "standby"),
    )
    values: dict[str, Any] = {"max_response_delay": 10.0, "max_ack_delay": 5.0, "max_unacked_clients": 0}
    return HaSettings(name, **({"peers": peers} | values | changes))


def balanced(name: str, **changes: Any) -> HaSettings:
    """The same two servers, sharing the work."""
    first, second = tutorial(name).peers
    peers = (first, replace(second, role="secondary"))
    values = {"peers": peers, "mode": "load-balancing", "delayed_updates_limit": 100}
    return tutorial(name, **(values | changes))


def query(client: int, kind: int = 3, secs: int = 0) -> Query:
    """A client's message."""
    chaddr = bytes((2, 0, 0, 0, 0, client))
    options = {53: bytes((kind,)), 61: b"\1" + chaddr}
    message = Message(1, 1, 0, 0x1D4E6EAA, secs, 0, 0, 0, 0, 0, chaddr, b"", b"", options)
    return Query(message, NIC, 0x0A000001, 0, 0xFFFFFFFF, 68, chaddr)


def decision(lease: Lease, *changes: Change, reused: bool = False) -> Decision:
    """The result of a client's REQUEST in the engine."""
    asked = query(lease.hwaddr[-1])
    reply = Reply(b"", NIC, 0x0A000001, lease.address, 68, b"")
    return Decision(asked, reply, () if reused else changes or (Change(lease),), lease, reused)


class Node:
    """One server: a relationship, a lease table, and what it answers a partner."""

    def __init__(self, world: World, settings: HaSettings, leases: dict[int, Lease] | None = None) -> None:
        self.world = world
        self.settings = settings
        self.name = settings.this_server_name
        self.leases: dict[int, Lease] = dict(leases or {})
        self.log = RecordingLog()
        self.service = ServiceState()
        self.skew = 0.0  # how far its wall clock is off
        self.relationship = Relationship(
            settings, self.service, self.leases.get, self.log, world.now, lambda: world.now + self.skew
        )
        self.up = True
        self.hung = False
        self.results: dict[Ticket, Any] = {}
        self.received: list[str] = []
        self.answer_with: Callable[[dict[str, Any]], dict[str, Any] | None] = lambda command: None
        self._woken_at: float | None = None

    @property
    def state(self) -> State:
        return self.relationship.state

    def start(self) -> None:
        self.perform(self.relationship.start(self.world.now))

    def stop(self) -> None:
        """The process is gone, without a word."""
        self.up = False

    def perform(self, effects: list[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, Send):
                self.world.carry(self, effect)
            elif isinstance(effect, Apply):
                theirs = [unpack(*item) for item in read_items(effect.items, self.name, self.log)]
                now, conflicts, claims = self.relationship.wall(), self.relationship.conflicts, self.relationship.claims
                changes, _ = newer(theirs, self.leases.get, self.name, self.log, now, conflicts, claims)
                self.leases.update({change.lease.address: change.lease for change in changes})
                addresses, deletions = [lease.address for lease in theirs], self.relationship.updates.deletions
                for lease in deletions.revived(addresses, self.leases.get, self.relationship.wall()):
                    del self.leases[lease.address]
                self.perform(self.relationship.applied(effect.token, len(changes), "", self.world.now))
            elif isinstance(effect, Probe):
                self.world.probe(self, effect)
            elif isinstance(effect, TurnEnd):
                self.world.at(self.world.now, self._turn_ended)
            elif isinstance(effect, AnswerRecent):
                self.relationship.recent.take(effect.since)
            elif isinstance(effect, RenewLeases):
                pass  # leases have no cache here
            else:
                assert isinstance(effect, Finish)
                self.results[effect.ticket] = effect.value
        self._arm()

    def client(self, lease: Lease, *changes: Change, reused: bool = False) -> Ticket | None:
        """A REQUEST was decided; the ticket its ACK waits for."""
        made = decision(lease, *changes, reused=reused)
        for change in made.changes:
            if change.deleted:
                self.leases.pop(change.lease.address, None)
            else:
                self.leases[change.lease.address] = change.lease
        ticket, effects = self.relationship.committed(made)
        self.perform(effects)
        return ticket

    def asked(self, client: int, kind: int = 1, secs: int = 0) -> bool:
        """A query arrives; whether this server would answer it."""
        mine = self.relationship.receives(query(client, kind, secs).message, self.world.now)
        self._arm()
        return mine and self.service.enabled

    def command(self, name: str, arguments: Any = None) -> Any:
        """A command from the operator; what it is answered once everything settled."""
        answer = commands.run(self.relationship, name, arguments, self.world.now)
        self.perform(self.relationship.outbox.take())
        if isinstance(answer, Ticket):
            self.world.settle()
            return self.results[answer]
        return answer

    def serve(self, command: dict[str, Any]) -> dict[str, Any]:
        """A command from the partner."""
        if command["command"] == "list-commands":
            return {"result": 0, "arguments": ["lease4-update", "lease4-del"]}
        self.received.append(command["command"])
        forced = self.answer_with(command)
        if forced is not None:
            return forced
        arguments = command.get("arguments", {})
        name = command["command"]
        if name.startswith("ha-"):
            answer = commands.run(self.relationship, name, arguments, self.world.now)
            self.perform(self.relationship.outbox.take())
            assert isinstance(answer, dict)
            return answer
        return getattr(self, name.replace("-", "_"))(arguments)

    def dhcp_disable(self, arguments: dict[str, Any]) -> dict[str, Any]:
        self.service.disable(arguments["origin-id"], self.world.now + arguments["max-period"])
        return {"result": 0, "text": "DHCPv4 service disabled"}

    def dhcp_enable(self, arguments: dict[str, Any]) -> dict[str, Any]:
        self.service.enable(arguments["origin-id"])
        return {"result": 0, "text": "DHCP service successfully enabled"}

    def lease4_get_page(self, arguments: dict[str, Any]) -> dict[str, Any]:
        after = -1 if arguments["from"] == "start" else address_number(arguments["from"])
        page = [self.leases[key] for key in sorted(self.leases) if key > after][: arguments["limit"]]
        return {
            "result": 0 if page else 3,
            "arguments": {"leases": [as_json(lease) for lease in page], "count": len(page)},
        }

    def lease4_update(self, arguments: dict[str, Any]) -> dict[str, Any]:
        cltt = arguments["expire"] - arguments["valid-lft"]
        lease = Lease(
            address_number(arguments["ip-address"]),
            bytes.fromhex(arguments["hw-address"].replace(":", "")),
            bytes.fromhex(arguments.get("client-id", "").replace(":", "")),
            arguments["valid-lft"],
            cltt,
            arguments["subnet-id"],
            state=arguments["state"],
        )
        self.leases[lease.address] = lease
        return {"result": 0, "text": "IPv4 lease updated."}

    def lease4_del(self, arguments: dict[str, Any]) -> dict[str, Any]:
        gone = self.leases.pop(address_number(arguments["ip-address"]), None)
        return {"result": 0 if gone else 3, "text": "IPv4 lease deleted."}

    def _turn_ended(self) -> None:
        if self.up:
            self.perform(self.relationship.turn_ended(self.world.now))

    def _arm(self) -> None:
        at = self.relationship.deadline
        if at != self._woken_at:
            self._woken_at = at
            if at is not None:
                self.world.at(max(at, self.world.now), lambda: self._wake(at))

    def _wake(self, at: float) -> None:
        if self.up and self._woken_at == at:
            if self.hung:
                self.world.at(self.world.now + DELAY, lambda: self._wake(at))
                return
            self._woken_at = None
            self.perform(self.relationship.tick(self.world.now))


class World:
    """The clock, the wires, and the nodes by name."""

    def __init__(self) -> None:
        self.now = START
        self.nodes: dict[str, Node] = {}
        self.aliases: dict[str, str] = {}  # names that a configuration has for another one's server
        self._others: dict[Node, Node] = {}  # where the names are no help: the server that each one reaches
        self.cut = False
        self.lost: set[str] = set()  # commands that are carried out, and whose answers do not arrive
        self.probes: bool | None = None  # whether DHCP messages of one server reach the other; None: none can be sent
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._count = itertools.count()

    def boot(
        self, name: str, leases: dict[int, Lease] | None = None, recalled: Sequence[Deletion] = (), **changes: Any
    ) -> Node:
        """Start a server (again), with the leases and deletions on its disk."""
        node = self.nodes[name] = Node(self, tutorial(name, **changes), leases)
        node.relationship.recall(deletions=recalled)
        node.start()
        return node

    def between(self, one: Node, two: Node) -> None:
        """Let two servers reach each other, under any names."""
        self._others |= {one: two, two: one}

    def _reached(self, sender: Node, peer: str) -> Node | None:
        return self._others.get(sender) or self.nodes.get(self.aliases.get(peer, peer))

    def at(self, when: float, what: Callable[[], None]) -> None:
        heapq.heappush(self._events, (when, next(self._count), what))

    def advance(self, seconds: float) -> None:
        """Let time pass and everything happen that falls into it."""
        end = self.now + seconds
        while self._events and self._events[0][0] <= end:
            when, _, what = heapq.heappop(self._events)
            self.now = max(self.now, when)
            what()
        self.now = end

    def probe(self, sender: Node, effect: Probe) -> None:
        """A DHCP message of one server to the other."""
        node = self._reached(sender, effect.peer)
        outcome = ProbeOutcome.IMPOSSIBLE
        if self.probes is not None:
            there = node is not None and node.up and not node.hung and is_answered_in(node.state)
            answered = self.probes and there
            outcome = ProbeOutcome.ANSWERED if answered else ProbeOutcome.UNANSWERED
        delay = DELAY if outcome is not ProbeOutcome.UNANSWERED else 0.4
        self.at(self.now + delay, lambda: self._probed(sender, effect, outcome))

    def _probed(self, sender: Node, effect: Probe, outcome: ProbeOutcome) -> None:
        if sender.up:
            sender.perform(sender.relationship.probed(effect.token, outcome, self.now))

    def settle(self) -> None:
        """A second: enough for every exchange that waits for nothing but the wire."""
        self.advance(1.0)

    def carry(self, sender: Node, effect: Send) -> None:
        self.at(self.now + DELAY, lambda: self._arrive(sender, effect))

    def _arrive(self, sender: Node, effect: Send) -> None:
        node = self._reached(sender, effect.peer)
        if self.cut or (node is not None and node.up and node.hung):
            self.at(self.now + effect.timeout, lambda: self._fail(sender, effect, "Connection timed out"))
        elif node is None or not node.up:
            self._fail(sender, effect, "Connection refused")
        else:
            answer = node.serve(effect.command)
            if effect.command["command"] in self.lost:
                self.at(self.now + effect.timeout, lambda: self._fail(sender, effect, "Connection timed out"))
                return
            self.at(self.now + DELAY, lambda: self._answer(sender, effect, answer))

    def _answer(self, sender: Node, effect: Send, answer: dict[str, Any]) -> None:
        if sender.up:
            sender.perform(sender.relationship.answered(effect.token, answer, self.now))

    def _fail(self, sender: Node, effect: Send, why: str) -> None:
        if sender.up:
            sender.perform(sender.relationship.failed(effect.token, unreachable(why), self.now))


def as_json(lease: Lease) -> dict[str, Any]:
    """A lease as lease4-get-page shows it."""
    return {
        "ip-address": address_text(lease.address),
        "hw-address": lease.hwaddr.hex(":"),
        "client-id": lease.client_id.hex(":"),
        "valid-lft": lease.valid_lifetime,
        "cltt": lease.cltt,
        "subnet-id": lease.subnet_id,
        "fqdn-fwd": False,
        "fqdn-rev": False,
        "hostname": "",
        "state": lease.state,
    }


def lease_of(client: int, cltt: float, address: int | None = None) -> Lease:
    """The lease of a client, 10.0.0.(9 + client)."""
    hwaddr = bytes((2, 0, 0, 0, 0, client))
    return Lease(address or 0x0A000009 + client, hwaddr, b"\1" + hwaddr, 7200, int(cltt), 1)


ACK = Step.CONTINUE
NO_ACK = Step.DROP
