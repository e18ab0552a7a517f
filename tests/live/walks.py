"""Clients that do all that DHCP allows, and some of what it does not: the same ones for the same seed."""

from __future__ import annotations

import random
import socket
from collections.abc import Callable, Generator
from dataclasses import dataclass, field

from .bootp import DECLINE, DISCOVER, INFORM, RELEASE, REQUEST
from .messages import SERVER_ADDRESS, Options, Packet
from .twins import Answer

Walk = Generator[Packet, list[Answer], None]
FOREIGN = "10.0.0.99"


@dataclass
class Client:
    """One client and what it remembers."""

    number: int
    client_id: bytes
    offered: str = ""
    held: str = ""
    addresses: list[str] = field(default_factory=list)

    @property
    def mac(self) -> bytes:
        """Its hardware address."""
        return b"\x02\xaa" + self.number.to_bytes(4, "big")

    def learn(self, answers: list[Answer]) -> None:
        """Take over what a server said."""
        for answer in answers:
            if answer.address == "0.0.0.0":
                continue
            if answer.kind == 2:
                self.offered = answer.address
            elif answer.kind == 5:
                self.held = answer.address
            self.addresses.append(answer.address)


@dataclass
class Habits:
    """The clients of a walk: their relays, the options that they send and ask for."""

    relays: tuple[str, ...] = ("0.0.0.0",)
    addresses: tuple[str, ...] = ()
    extras: tuple[Options, ...] = ((),)
    wishes: tuple[bytes, ...] = (b"", b"\x01\x03\x06\x0f\x1c")
    clients: int = 8
    weights: tuple[int, ...] = (30, 25, 10, 12, 6, 6, 4, 4, 3)


def walk(seed: int, count: int, habits: Habits) -> Walk:
    """So many messages of random clients in random states."""
    dice = random.Random(seed)
    clients = [_client(number, dice) for number in range(habits.clients)]
    for number in range(count):
        client = dice.choice(clients)
        make = dice.choices(_ACTS, habits.weights)[0]
        packet = make(client, dice, habits)._replace(xid=0x1000 + number)
        client.learn((yield packet))


def _client(number: int, dice: random.Random) -> Client:
    mac = b"\x02\xaa" + number.to_bytes(4, "big")
    # number 1 and 2 share an identifier; 3 has none; others have a plain one or a DUID
    kinds = (b"\1" + mac, b"\0shared", b"\0shared", b"", b"\xff\0\0\0\1\0\1" + mac, b"\1" + mac)
    return Client(number, kinds[number] if number < len(kinds) else dice.choice((b"", b"\1" + mac)))


def _common(client: Client, dice: random.Random, habits: Habits) -> Options:
    options: list[tuple[int, bytes]] = []
    if client.client_id:
        options.append((61, client.client_id))
    wishes = dice.choice(habits.wishes)
    if wishes:
        options.append((55, wishes))
    if dice.random() < 0.2:
        options.append((51, dice.choice((0, 1, 60, 100, 1500, 5000, 100000, 0xFFFFFFFF)).to_bytes(4, "big")))
    options += dice.choice(habits.extras)
    return tuple(options)


def _some_address(client: Client, dice: random.Random, habits: Habits) -> str:
    return dice.choice([*habits.addresses, *client.addresses[-3:], client.held or "10.0.0.77"])


def _base(kind: int, client: Client, dice: random.Random, habits: Habits) -> Packet:
    relay = dice.choice(habits.relays)
    options = _common(client, dice, habits)
    packet = Packet(kind, client.mac, options, flags=dice.choice((0, 0, 0x8000)))
    if relay == "0.0.0.0":
        return packet
    return packet._replace(giaddr=relay, source=relay, hops=1, unicast=True)


def _with(packet: Packet, code: int, address: str) -> Packet:
    return packet._replace(options=(*packet.options, (code, socket.inet_aton(address))))


def _discover(client: Client, dice: random.Random, habits: Habits) -> Packet:
    packet = _base(DISCOVER, client, dice, habits)
    if dice.random() < 0.4:
        packet = _with(packet, 50, _some_address(client, dice, habits))
    if dice.random() < 0.03:
        packet = _with(packet, 54, SERVER_ADDRESS)
    return packet


def _selecting(client: Client, dice: random.Random, habits: Habits) -> Packet:
    packet = _base(REQUEST, client, dice, habits)
    wanted = client.offered if client.offered and dice.random() < 0.85 else _some_address(client, dice, habits)
    packet = _with(packet, 50, wanted)
    return _with(packet, 54, FOREIGN if dice.random() < 0.07 else SERVER_ADDRESS)


def _init_reboot(client: Client, dice: random.Random, habits: Habits) -> Packet:
    packet = _base(REQUEST, client, dice, habits)
    return _with(packet, 50, _some_address(client, dice, habits))


def _renewing(client: Client, dice: random.Random, habits: Habits) -> Packet:
    packet = _base(REQUEST, client, dice, habits)
    held = client.held if client.held and dice.random() < 0.8 else _some_address(client, dice, habits)
    packet = packet._replace(ciaddr=held)
    if dice.random() < 0.7 and packet.giaddr == "0.0.0.0":
        packet = packet._replace(unicast=True, source=held)
    if dice.random() < 0.1:
        packet = _with(packet, 54, SERVER_ADDRESS)
    if dice.random() < 0.1:
        packet = _with(packet, 50, held)
    return packet


def _release(client: Client, dice: random.Random, habits: Habits) -> Packet:
    packet = _renewing(client, dice, habits)._replace(kind=RELEASE)
    return packet if dice.random() < 0.2 else _with(packet, 54, SERVER_ADDRESS)


def _decline(client: Client, dice: random.Random, habits: Habits) -> Packet:
    packet = _base(DECLINE, client, dice, habits)
    if dice.random() < 0.9:
        packet = _with(packet, 50, client.held or _some_address(client, dice, habits))
    return packet if dice.random() < 0.3 else _with(packet, 54, SERVER_ADDRESS)


def _inform(client: Client, dice: random.Random, habits: Habits) -> Packet:
    packet = _base(INFORM, client, dice, habits)
    if dice.random() < 0.7:
        packet = packet._replace(ciaddr=_some_address(client, dice, habits))
    if packet.giaddr == "0.0.0.0" and dice.random() < 0.6:
        packet = packet._replace(unicast=True, source=_some_address(client, dice, habits))
    return packet


def _bare_request(client: Client, dice: random.Random, habits: Habits) -> Packet:
    packet = _base(REQUEST, client, dice, habits)
    return _with(packet, 54, SERVER_ADDRESS) if dice.random() < 0.5 else packet


def _odd(client: Client, dice: random.Random, habits: Habits) -> Packet:
    """A message that is wrong in one way or another."""
    packet = _base(dice.choice((DISCOVER, REQUEST, INFORM)), client, dice, habits)
    wrong: tuple[Callable[[], Packet], ...] = (
        lambda: packet._replace(kind=0),
        lambda: packet._replace(kind=dice.choice((2, 5, 6, 9, 10, 13, 18, 19, 200))),
        lambda: packet._replace(hlen=16, htype=32),
        lambda: packet._replace(mac=b"", options=tuple(o for o in packet.options if o[0] != 61)),
        lambda: packet._replace(options=((dice.choice(_SIZED), b""), *packet.options)),
        lambda: packet._replace(options=((dice.choice(_SIZED), b"\x01"), *packet.options)),
        lambda: packet._replace(options=((dice.choice(_SIZED), bytes(range(9))), *packet.options)),
        lambda: packet._replace(options=(*packet.options, *packet.options)),
        lambda: packet._replace(options=(*packet.options, (52, b"\x03"), (53, b"\x01"))),
        lambda: packet._replace(file=b"pxelinux.0", sname=b"server"),
        lambda: packet._replace(options=((77, bytes(300)), *packet.options)),
        lambda: packet._replace(hops=200, secs=0xFFFF, flags=0x7FFF),
    )
    return dice.choice(wrong)()


_SIZED = (
    1, 2, 3, 6, 12, 15, 19, 22, 23, 28, 43, 50, 51, 54, 55, 56, 57, 58, 59, 60, 61, 66, 77, 81, 82, 90, 91,
    93, 94, 97, 108, 116, 118, 119, 121, 124, 125, 137, 138, 141, 143, 146, 159, 162, 212, 213, 224,
)  # fmt: skip
_ACTS: tuple[Callable[[Client, random.Random, Habits], Packet], ...] = (
    _discover, _selecting, _init_reboot, _renewing, _release, _decline, _inform, _bare_request, _odd,
)  # fmt: skip
