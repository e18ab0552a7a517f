"""Clients that hold an offer of a server that dies: the other one answers, without being asked again."""

from __future__ import annotations

import select
import socket
import time
from pathlib import Path

import pytest

from .bootp import ACK, BROADCAST_MAC, ETH_P_IP, Reply, mac_of, parse
from .dhcpclients import BOUND, CLIENTS
from .hosts import Host, Lan
from .needs import need
from .pairs import ADDRESSES, Pair

TAKEOVER = 3.0
"""Seconds after the end of a process, with time for a busy machine."""


def offer_of_first(pair: Pair) -> tuple[int, Reply]:
    """Return a client with an offer of the first server."""
    for number in range(1, 20):
        offer = pair.clients.discover(mac_of(number))
        if offer is not None and offer.server == ADDRESSES[0]:
            return number, offer
    raise AssertionError("the first server answers no client")


@pytest.mark.live
@pytest.mark.parametrize(
    ("kinds", "mode", "wanted"),
    [
        (("ours", "ours"), "load-balancing", None),
        (("kea30", "ours"), "hot-standby", None),
        (("ours", "ours"), "hot-standby", False),
    ],
)
def test_a_request_that_names_the_dead_server(
    lan: Lan, tmp_path: Path, kinds: tuple[str, str], mode: str, wanted: bool | None
) -> None:
    """It comes before the takeover, and once only."""
    need(*kinds)
    context = {} if wanted is None else {"user_context": {"one-server-identifier": wanted}}
    pair = Pair(lan, tmp_path, kinds, mode, **context)
    pair.start()
    number, offer = offer_of_first(pair)
    pair.servers[0].kill()
    reply = pair.clients.request_once(mac_of(number), offer, TAKEOVER)
    if wanted is False:
        pair.wait_state(1, "partner-down")
        assert reply is None and pair.clients.request_once(mac_of(number), offer) is None
    else:
        assert reply is not None
        assert (reply.kind, reply.address, reply.server) == (ACK, offer.address, ADDRESSES[1])
    pair.end()


class Messenger:
    """Hands the DISCOVERs of clients to a server that broadcasts do not reach, and its replies to the clients."""

    def __init__(self, host: Host, server: Host) -> None:
        self._socket = host.namespace.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_IP))
        self._socket.bind((host.interface, ETH_P_IP))
        self._own, self._server = (bytes.fromhex(each.mac.replace(":", "")) for each in (host, server))
        self._offers: dict[bytes, bytes] = {}  # frames by client
        server.hear_broadcasts(False)

    def collect(self, count: int) -> None:
        """Do so, but keep the replies, until there are offers for so many clients."""
        end = time.monotonic() + 15.0
        while len(self._offers) < count and (left := end - time.monotonic()) > 0:
            if not select.select([self._socket], [], [], left)[0]:
                continue
            data = self._socket.recv(65536)
            reply = parse(data)
            if data[:6] == BROADCAST_MAC and data[282:285] == b"\x35\x01\x01":  # option 53 comes first
                self._socket.send(self._server + self._own + data[12:])
            elif data[:6] == self._own and reply is not None:
                self._offers[reply.mac] = reply.mac + self._own + data[12:]
        assert len(self._offers) == count

    def hand_out(self) -> None:
        """Let the clients have their offers."""
        for frame in self._offers.values():
            self._socket.send(frame)

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()


@pytest.mark.live
def test_stock_clients_take_the_ack_of_the_other_server(lan: Lan, tmp_path: Path) -> None:
    """Their REQUESTs do not reach the server that they name, which dies."""
    pair = Pair(lan, tmp_path, ("ours", "ours"), "hot-standby", restrict_commands=False)
    pair.start()
    messenger = Messenger(lan.client("messenger"), pair.hosts[0])
    clients = [kind(lan.client(name), tmp_path / name) for name, kind in CLIENTS.items()]
    for count, client in enumerate(reversed(clients), 1):  # udhcpc, the least patient one, is the last
        client.start()
        messenger.collect(count)
    messenger.hand_out()
    time.sleep(0.2)  # until the REQUESTs are on their way
    pair.servers[0].kill()
    found = [client.wait_event(BOUND, 0, 10.0) for client in clients]
    assert [each.server for each in found] == [ADDRESSES[1]] * len(clients)
    sent = pair.servers[1].ask("statistic-get", {"name": "pkt4-offer-sent"})["arguments"]["pkt4-offer-sent"][0][0]
    assert sent == 0, "a client began anew"
    assert len({each.address for each in found}) == len(clients)
    messenger.close()
    pair.end()
