"""The harness for authors of hook libraries, used as they would use it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import Deferred

from kea_twisted.errors import ConfigError
from kea_twisted.hooks.library import HookLibrary, Parameter, Step
from kea_twisted.testing import HookServer
from kea_twisted.wire.address import address_number
from kea_twisted.wire.constants import ACK, OFFER

MAC, OTHER = "08:00:27:00:00:0d", "08:00:27:00:00:0e"


class Doorkeeper(HookLibrary):
    """The library of the documentation's first page, with more to see."""

    parameters = (Parameter("blocked", list, []),)
    later: Any = None

    def load(self, host: Any) -> None:
        self.seen: list[str] = []
        self.host = host

    def unload(self) -> None:
        self.host.statistics.count("doorkeeper-unloaded")

    def commands(self) -> dict[str, Any]:
        return {"door-open": self.door_open}

    def door_open(self, arguments: Any) -> Any:
        """let all clients in"""
        self.values["blocked"].clear()
        return {"result": 0}

    def pkt4_receive(self, query: Any) -> Any:
        if self.later is not None:
            return self.later
        return Step.DROP if query.message.chaddr.hex(":") in self.values["blocked"] else None

    def lease4_expire(self, lease: Any) -> None:
        self.seen.append("expired")


@pytest.fixture
def server() -> HookServer:
    return HookServer(Doorkeeper, {"blocked": [MAC]})


def test_clients_obtain_renew_and_release(server: HookServer) -> None:
    offer = server.discover(OTHER)
    assert offer is not None
    ack = server.request(OTHER, offer.yiaddr)
    assert ack is not None
    assert (offer.options[53][0], ack.options[53][0]) == (OFFER, ACK)
    assert [lease.address for lease in server.leases] == [ack.yiaddr] == [address_number("10.0.0.10")]
    again = server.renew(OTHER, ack.yiaddr)
    assert again is not None and again.options[53][0] == ACK
    server.release(OTHER, ack.yiaddr)
    assert len(server.answers) == 3


def test_what_the_library_does_is_seen(server: HookServer) -> None:
    assert server.discover(MAC) is None
    assert "HOOKS_PACKET_UNANSWERED" in [name for name, _ in server.log]
    assert server.statistic("pkt4-receive-drop") == 1
    assert server.command("door-open") == {"result": 0}
    assert server.discover(MAC) is not None


def test_time_passes(server: HookServer) -> None:
    server.obtain(OTHER)
    server.advance(100_000)
    assert server.library.seen == ["expired"]


def test_a_packet_can_wait(server: HookServer) -> None:
    server.library.later = later = Deferred()
    assert server.discover(OTHER) is None and server.waiting == 1
    later.callback(None)
    server.advance(0)
    assert len(server.answers) == 1 and server.waiting == 0


def test_it_is_reconfigured_and_closed(server: HookServer) -> None:
    before = server.library
    assert server.reconfigure({"blocked": []})["result"] == 0
    assert server.library is not before and server.discover(MAC) is not None
    server.close()
    assert server.statistic("doorkeeper-unloaded") == 2


def test_wrong_parameters_are_refused() -> None:
    with pytest.raises(ConfigError, match="parameter 'blocked' must be a list"):
        HookServer(Doorkeeper, {"blocked": 7})


def test_a_file_is_tested_as_it_will_be_loaded(tmp_path: Path) -> None:
    path = tmp_path / "closed.py"
    path.write_text(
        "from kea_twisted.hooks.library import HookLibrary, Step\n"
        "class Closed(HookLibrary):\n    def pkt4_receive(self, query):\n        return Step.DROP\n"
    )
    assert HookServer(path).discover(MAC) is None


def test_other_keywords_can_be_configured() -> None:
    subnet = {"id": 7, "subnet": "10.0.0.0/24", "pools": [{"pool": "10.0.0.99-10.0.0.99"}], "valid-lifetime": 600}
    ack = HookServer(Doorkeeper, configuration={"subnet4": [subnet]}).obtain(OTHER)
    assert ack is not None
    assert (ack.yiaddr, ack.options[51]) == (address_number("10.0.0.99"), (600).to_bytes(4, "big"))


def test_relayed_messages_can_be_sent(server: HookServer) -> None:
    answer = server.discover(OTHER, {82: b"\x01\x02ab"}, giaddr=address_number("10.0.0.254"))
    assert answer is not None and answer.options[82] == b"\x01\x02ab"
