"""Whole things in a line: settings, queries, servers in memory, clients that speak with them.

world = World()                              # 10.0.0.0/24, pool 10.0.0.10 - 10.0.0.110, one server
client = world.client(1)
lease = client.obtain()                      # DISCOVER, OFFER, REQUEST, ACK
world.now += 3600
client.renew()
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from kea_twisted.config.model import (
    ExpiredLeases,
    InterfacesConfig,
    LeaseDatabase,
    Pool,
    Settings,
    SharedNetwork,
    Subnet,
    Triplet,
)
from kea_twisted.config.optiondata import OptionSet
from kea_twisted.engine.core import Core
from kea_twisted.engine.departure import departs
from kea_twisted.engine.effects import Decision, Interface, Outcome, Parked, Query, completed
from kea_twisted.engine.exchange import Exchange
from kea_twisted.engine.leases import LeaseTable
from kea_twisted.engine.reclaim import Reclaimer
from kea_twisted.engine.server import Server
from kea_twisted.engine.service_state import ServiceState
from kea_twisted.engine.statistics import Statistics
from kea_twisted.hooks.chain import HookChain
from kea_twisted.lease.lease import Lease
from kea_twisted.lease.store import LeaseStore
from kea_twisted.server.packetloop import PacketLoop
from kea_twisted.wire.address import address_number as ip
from kea_twisted.wire.constants import (
    BOOTREQUEST,
    BROADCAST,
    BROADCAST_FLAG,
    DECLINE,
    DISCOVER,
    INFORM,
    OPT_CLIENT_IDENTIFIER,
    OPT_MESSAGE_TYPE,
    OPT_PARAMETER_REQUEST_LIST,
    OPT_REQUESTED_ADDRESS,
    OPT_SERVER_IDENTIFIER,
    RELEASE,
    REQUEST,
)
from kea_twisted.wire.message import Message, decode, encode
from tests.fakes import FakeNames, RecordingLog

NOW = 1_700_000_000.0
SERVER = ip("10.0.0.1")
EM1 = Interface("em1", 2, bytes.fromhex("0800270000fe"), (SERVER,))
WISHES = bytes((1, 28, 2, 3, 15, 6, 12, 42))


def mac(number: int) -> bytes:
    """The hardware address of the test's client with this number."""
    return bytes.fromhex("080027") + number.to_bytes(3, "big")


def packed(*addresses: str) -> bytes:
    """Addresses as an option carries them."""
    return b"".join(ip(address).to_bytes(4, "big") for address in addresses)


def option_set(by_code: dict[int, bytes] | None = None, **more: Any) -> OptionSet:
    """The options in force somewhere."""
    return OptionSet(by_code=by_code or {}, **more)


def pool(text: str, options: OptionSet | None = None, pool_id: int = 0) -> Pool:
    """``pool("10.0.0.10-10.0.0.20")``."""
    first, last = (ip(part.strip()) for part in text.split("-"))
    return Pool(first, last, pool_id, options or OptionSet(), text)


def subnet(prefix: str = "10.0.0.0/24", *pools: str | Pool, **fields: Any) -> Subnet:
    """A subnet with Kea's defaults; pools as texts take over the subnet's options, as inheritance does."""
    network, _, length = prefix.partition("/")
    mask = 0xFFFFFFFF << 32 - int(length) & 0xFFFFFFFF
    options = fields.get("options", OptionSet())
    made = tuple(pool(each, options) if isinstance(each, str) else each for each in pools)
    defaults = Subnet(
        id=1, prefix=ip(network), length=int(length), mask=mask, text=prefix, pools=made, options=OptionSet(),
        shared_network="", interface="", relay_addresses=frozenset(),
        valid_lifetime=Triplet(7200, 7200, 7200),
        renew_timer=None, rebind_timer=None, calculate_tee_times=False, t1_percent=0.5, t2_percent=0.875,
        match_client_id=True, authoritative=False, next_server=0, server_hostname="", boot_file_name="",
        cache_threshold=0.25, cache_max_age=0, store_extended_info=False, allocator="iterative",
    )  # fmt: skip
    return replace(defaults, **fields)


def network(name: str, *subnets: Subnet, **fields: Any) -> SharedNetwork:
    """A shared network; its subnets are told that they are in it."""
    defaults = SharedNetwork(
        name=name, interface="", relay_addresses=frozenset(), authoritative=False,
        subnets=tuple(replace(each, shared_network=name) for each in subnets),
    )  # fmt: skip
    return replace(defaults, **fields)


def settings(*parts: Subnet | SharedNetwork, **fields: Any) -> Settings:
    """A configuration with these subnets and shared networks and Kea's defaults."""
    networks = tuple(part for part in parts if isinstance(part, SharedNetwork))
    alone = tuple(part for part in parts if isinstance(part, Subnet))
    members = tuple(member for each in networks for member in each.subnets)
    defaults = Settings(
        tree={}, interfaces_config=InterfacesConfig(("em1",)), lease_database=LeaseDatabase(),
        expired_leases_processing=ExpiredLeases(), subnets=alone + members, shared_networks=networks,
        options=OptionSet(), loggers=(), hooks_libraries=(),
    )  # fmt: skip
    return replace(defaults, **fields)


def tutorial_settings(**fields: Any) -> Settings:
    """The subnet of the tutorial: 10.0.0.0/24 with 101 addresses and a router."""
    return settings(
        subnet("10.0.0.0/24", "10.0.0.10 - 10.0.0.110", options=option_set({3: packed("10.0.0.1")})), **fields
    )


def message(kind: int, options: dict[int, bytes] | None = None, **fields: Any) -> Message:
    """A client's message of this type (0: none); ``options`` behind option 53."""
    first = {OPT_MESSAGE_TYPE: bytes((kind,))} if kind else {}
    defaults = Message(BOOTREQUEST, 1, 0, 0x1D4E6EAA, 0, 0, 0, 0, 0, 0, mac(1), b"", b"", {})
    return defaults._replace(options={**first, **(options or {})}, **fields)


def query(of: Message, **fields: Any) -> Query:
    """A message as it comes from the wire, by broadcast from a client without an address."""
    defaults = Query(decode(encode(of)), EM1, SERVER, 0, BROADCAST, 68, of.chaddr or mac(0))
    return defaults._replace(**fields)


class Submissions:
    """A performer that keeps decisions with their replies instead of performing them."""

    def __init__(self, decisions: list[Decision]) -> None:
        self.waiting: dict[Any, Any] = {}
        self._decisions = decisions

    def use(self, hooks: HookChain) -> None:
        """Call none of them."""

    def on_overtaken(self, decide_again: Any) -> None:
        """Let no other server be faster."""

    def submit(self, decision: Decision) -> None:
        """Keep a decision."""
        self._decisions.append(completed(decision))

    def flush(self) -> None:
        """Perform nothing."""


def load_leases(table: LeaseTable, leases: Iterable[Lease]) -> None:
    """Take leases over as they are, as at a start."""
    for lease in leases:
        table.store.put(lease)
    table.recount()


class World:
    """One server in memory, its clock, and everything it did."""

    def __init__(
        self, configuration: Settings | None = None, now: float = NOW, names: FakeNames | None = None, **server: Any
    ) -> None:
        self.now = now
        self.names = names
        self.settings = configuration or tutorial_settings()
        self.log = RecordingLog()
        self.statistics = Statistics(now)
        self.store = LeaseStore()
        self.table = LeaseTable(self.store, self.statistics)
        self.hooks = HookChain()
        self.service_state = ServiceState()
        self.decisions: list[Decision] = []
        self.server = self._serve(**server)
        self.loop = PacketLoop(self, self.server, Submissions(self.decisions))  # type: ignore[arg-type]

    def reconfigure(self, configuration: Settings) -> None:
        """A new server for a new configuration, on the same leases."""
        self.settings = configuration
        self.server = self._serve(before=self.server)
        self.loop.use(self.server, 0)

    def ask(self, of: Message, **fields: Any) -> Message | None:
        """Let the server decide about a message at the present time; its answer, decoded, or None."""
        decision = self.decide(of, **fields)
        if decision is None:
            return None
        reply = departs(decision, self.hooks, self.log, self.statistics)
        return decode(reply.payload) if reply is not None else None

    def decide(self, of: Message, **fields: Any) -> Decision | None:
        """The bare decision about a message."""
        before = len(self.decisions)
        self.loop.handle(query(of, **fields))
        self.loop.batch_done()
        return self.last if len(self.decisions) > before else None

    def resume(self, parked: Parked, answer: object, later: float = 0) -> Outcome:
        """Continue with a parked query up to its outcome, so many seconds later."""
        outcome = self.server.resume(parked, answer, self.now + later)
        return self.server.decide(outcome) if isinstance(outcome, Exchange) else outcome

    def wall(self) -> float:
        """The present time, as the packet loop asks for it."""
        return self.now

    seconds = wall

    def callLater(self, delay: float, function: Any) -> None:
        """Nothing: what is parked stays so."""

    @property
    def last(self) -> Decision:
        """The latest decision."""
        return self.decisions[-1]

    def reclaimer(self) -> Reclaimer:
        """Reclamation on this server's leases."""
        return Reclaimer(self.settings, self.table, self.hooks, self.log, self.statistics, self.names)

    def lease(self, address: str) -> Lease | None:
        """The lease of an address."""
        return self.store.get(ip(address))

    def count(self, name: str) -> int:
        """The value of a statistic."""
        return self.statistics.value(name)

    def client(self, number: int, **fields: Any) -> Client:
        """A client on the server's network."""
        return Client(self, number, **fields)

    def _serve(self, before: Server | None = None, served: Any = frozenset, **ports: int) -> Server:
        core = Core(
            self.settings, self.table, self.hooks, self.log, self.statistics, self.service_state,
            names=self.names, **ports,
        )  # fmt: skip
        return Server(core, served, before)


class Client:
    """A client that speaks with the server of a world. ``client_id=b""``: it sends no option 61."""

    def __init__(self, world: World, number: int, client_id: bytes | None = None, broadcast: bool = False) -> None:
        self.world = world
        self.mac = mac(number)
        self.client_id = b"\x01" + self.mac if client_id is None else client_id
        self.flags = BROADCAST_FLAG if broadcast else 0
        self.address = 0
        self.server = SERVER
        self.xid = number << 8

    def send(
        self, kind: int, options: dict[int, bytes] | None = None, source: int = 0, **fields: Any
    ) -> Message | None:
        """Send a message of this type; the answer."""
        self.xid += 1
        own = {OPT_CLIENT_IDENTIFIER: self.client_id} if self.client_id else {}
        wishes = {OPT_PARAMETER_REQUEST_LIST: WISHES}
        of = message(
            kind,
            {**own, **wishes, **(options or {})},
            **{"chaddr": self.mac, "xid": self.xid, "flags": self.flags, **fields},
        )
        places = {"source": source, "destination": self.server} if source else {}
        answer = self.world.ask(of, **places)
        assert answer is None or (answer.xid, answer.chaddr) == (of.xid, of.chaddr)
        return answer

    def discover(self, hint: str = "", **fields: Any) -> Message | None:
        """DISCOVER, perhaps with a wish; the OFFER."""
        return self.send(DISCOVER, {OPT_REQUESTED_ADDRESS: packed(hint)} if hint else {}, **fields)

    def select(self, address: int | str, server: int | None = None, **fields: Any) -> Message | None:
        """REQUEST after an OFFER."""
        chosen = (self.server if server is None else server).to_bytes(4, "big")
        wanted = _number(address).to_bytes(4, "big")
        options = {OPT_SERVER_IDENTIFIER: chosen, OPT_REQUESTED_ADDRESS: wanted}
        return self._keep(self.send(REQUEST, options, **fields))

    def reboot(self, address: int | str = 0, **fields: Any) -> Message | None:
        """REQUEST of a client that remembers its address."""
        wanted = _number(address) or self.address
        return self._keep(self.send(REQUEST, {OPT_REQUESTED_ADDRESS: wanted.to_bytes(4, "big")}, **fields))

    def renew(self, address: int | str = 0, **fields: Any) -> Message | None:
        """REQUEST to the server alone, from the address."""
        held = _number(address) or self.address
        return self._keep(self.send(REQUEST, source=held, ciaddr=held, **fields))

    def rebind(self, address: int | str = 0, **fields: Any) -> Message | None:
        """REQUEST by broadcast."""
        return self._keep(self.send(REQUEST, ciaddr=_number(address) or self.address, **fields))

    def obtain(self, hint: str = "") -> int:
        """The four messages; the address."""
        offer = self.discover(hint)
        assert offer is not None, self.world.log.lines[-4:]
        answer = self.select(offer.yiaddr)
        assert answer is not None, self.world.log.lines[-4:]
        assert answer.yiaddr == offer.yiaddr
        return answer.yiaddr

    def release(self, address: int | str = 0) -> Decision | None:
        """RELEASE; what the server decided."""
        held = _number(address) or self.address
        return self._silently(
            RELEASE, {OPT_SERVER_IDENTIFIER: self.server.to_bytes(4, "big")}, source=held, ciaddr=held
        )

    def decline(self, address: int | str = 0) -> Decision | None:
        """DECLINE; what the server decided."""
        held = _number(address) or self.address
        server = self.server.to_bytes(4, "big")
        return self._silently(DECLINE, {OPT_SERVER_IDENTIFIER: server, OPT_REQUESTED_ADDRESS: held.to_bytes(4, "big")})

    def inform(self, address: int | str, **fields: Any) -> Message | None:
        """INFORM from an address that came from elsewhere."""
        return self.send(INFORM, source=_number(address), ciaddr=_number(address), **fields)

    def _silently(self, kind: int, options: dict[int, bytes], **fields: Any) -> Decision | None:
        before = len(self.world.decisions)
        assert self.send(kind, options, **fields) is None
        return self.world.last if len(self.world.decisions) > before else None

    def _keep(self, answer: Message | None) -> Message | None:
        if answer is not None and answer.yiaddr:
            self.address = answer.yiaddr
        return answer


def _number(address: int | str) -> int:
    return ip(address) if isinstance(address, str) else address


def kind_of(answer: Message | None) -> int:
    """The type of an answer, 0 for silence."""
    return answer.options[OPT_MESSAGE_TYPE][0] if answer is not None else 0
