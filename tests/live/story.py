"""The story of the hot-standby tutorial, step by step, for any pair of servers."""

from __future__ import annotations

from pathlib import Path

from .bootp import ACK
from .clientscript import Learnt
from .dhcpclients import Udhcpc
from .hosts import Host, Lan
from .kinds import place
from .rawclients import RawClients
from .servers import Server

TUTORIAL = Path(__file__).parent.parent / "data" / "tutorial"
FIRST, SECOND = "10.0.0.10", "10.0.0.11"
# Heartbeats come every 10 s: two of them bring a fresh pair, or a returned server, to the normal state.
SETTLED = 60.0


class Story:
    """Two servers, two clients, and what happens to them."""

    def __init__(self, lan: Lan, folder: Path, first: str, second: str) -> None:
        self.folder = folder
        host1 = lan.server("server1", "10.0.0.1/24")
        host2 = lan.server("server2", "10.0.0.2/24")
        self.server1 = place(first, host1, folder / "server1", (TUTORIAL / "server1.conf").read_text())
        self.server2 = place(second, host2, folder / "server2", (TUTORIAL / "server2.conf").read_text())
        self.client1 = Udhcpc(lan.client("client1"), folder / "client1")
        self.client2 = Udhcpc(lan.client("client2"), folder / "client2")

    def run(self) -> None:
        """The whole tutorial, then the return of the first server."""
        self.both_start()
        self.a_client_comes()
        self.the_client_reboots()
        self.server1_stops()
        self.server2_serves_alone()
        self.server1_returns()
        self.server1_serves_again()

    def both_start(self) -> None:
        """Both reach HOT-STANDBY, the standby after the primary."""
        self.server1.launch()
        self.server2.start()
        line = self.server1.wait_for(r"HA_STATE_TRANSITION .*from READY to HOT-STANDBY", SETTLED)
        assert "partner state is READY" in line
        self.server1.wait_for(r"HA_LEASE_UPDATES_ENABLED .*while in HOT-STANDBY state")
        self.server2.wait_for(r"HA_STATE_TRANSITION .*from READY to HOT-STANDBY", SETTLED)
        for command in ("ha-heartbeat", "dhcp-disable", "lease4-get-page", "ha-sync-complete-notify"):
            for server in (self.server1, self.server2):
                server.wait_for(rf"COMMAND_RECEIVED Received command '{command}'")

    def a_client_comes(self) -> None:
        """The first client is served by the primary, and the standby knows the lease."""
        assert self.client1.obtain() == Learnt(FIRST, "10.0.0.1", "10.0.0.1", 7200)
        mac = self.client1.host.mac
        query = rf"\[hwtype=1 {mac}\], cid=\[01:{mac}\], tid=0x[0-9a-f]+"
        self.server1.wait_for(
            rf"INFO  \[kea-dhcp4\.leases/\d+\.\S+\] DHCP4_LEASE_ALLOC {query}: "
            rf"lease {FIRST} has been allocated for 7200 seconds"
        )
        assert not self.server2.running.matching("DHCP4_LEASE_ALLOC")
        page = self.server2.ask("lease4-get-page", {"from": "start", "limit": 10})
        assert page["result"] == 0, page
        (lease,) = page["arguments"]["leases"]
        assert (lease["ip-address"], lease["hw-address"], lease["valid-lft"]) == (FIRST, mac, 7200)
        assert self.server1.leases().keys() == self.server2.leases().keys() == {FIRST}

    def the_client_reboots(self) -> None:
        """It asks for its remembered address, as the client in the tutorial's log does."""
        mac = self.client1.host.mac
        reply = _ask_remembered(self.client1.host)
        assert reply == ACK
        self.server1.wait_for(
            rf"DHCP4_INIT_REBOOT \[hwtype=1 {mac}\], cid=\[01:{mac}\], tid=0x[0-9a-f]+: "
            rf"client is in INIT-REBOOT state and requests address {FIRST}"
        )

    def server1_stops(self) -> None:
        """The standby notices and takes over; with max-unacked-clients 0 no client has to wait first."""
        since = self.server2.running.mark()
        assert self.server1.stop() == 0
        for pattern in (
            r"WARN  \[kea-dhcp4\.ha-hooks/\d+\.\S+\] HA_HEARTBEAT_COMMUNICATIONS_FAILED .*"
            r"failed to send heartbeat to server1 \(http://10\.0\.0\.1:8000/\): Connection refused",
            r"WARN  \[kea-dhcp4\.ha-hooks/\d+\.\S+\] HA_COMMUNICATION_INTERRUPTED .*"
            r"communication with server1 .*is interrupted",
            r"HA_STATE_TRANSITION .*from HOT-STANDBY to PARTNER-DOWN state, partner state is UNDEFINED",
        ):
            self.server2.wait_for(pattern, 30, since)

    def server2_serves_alone(self) -> None:
        """A second client gets the next address, and the first one keeps its own."""
        assert self.client2.obtain() == Learnt(SECOND, "10.0.0.1", "10.0.0.2", 7200)
        self.client1.kill()
        assert_kept(self.client1.obtain(), FIRST, "10.0.0.2")

    def server1_returns(self) -> None:
        """It fetches what happened meanwhile and takes its role again."""
        since = self.server2.running.mark()
        self.server1.start()
        self.server1.wait_for(r"HA_STATE_TRANSITION .*from READY to HOT-STANDBY", SETTLED)
        self.server2.wait_for(r"HA_STATE_TRANSITION .*from PARTNER-DOWN to HOT-STANDBY", SETTLED, since)
        page = self.server1.ask("lease4-get-page", {"from": "start", "limit": 10})
        assert [lease["ip-address"] for lease in page["arguments"]["leases"]] == [FIRST, SECOND]
        assert self.server1.leases().keys() == {FIRST, SECOND}

    def server1_serves_again(self) -> None:
        """Both clients are answered by the primary, the standby is silent."""
        since = self.server2.running.mark()
        for client, address in ((self.client1, FIRST), (self.client2, SECOND)):
            client.kill()
            assert_kept(client.obtain(), address, "10.0.0.1")
        assert not self.server2.running.matching("DHCP4_LEASE_", since)

    def end(self) -> None:
        """Stop what runs, in good order."""
        for server in (self.server1, self.server2):
            _stop(server)


def assert_kept(learnt: Learnt, address: str, server: str) -> None:
    """A client that asks again soon has its address; newer servers leave its young lease as old as it is."""
    assert (learnt.address, learnt.router, learnt.server) == (address, "10.0.0.1", server)
    assert 7200 - 300 < learnt.lifetime <= 7200


def _stop(server: Server) -> None:
    if server.process is not None:
        server.stop()


def _ask_remembered(host: Host) -> int | None:
    clients = RawClients(host)
    try:
        reply = clients.request(bytes.fromhex(host.mac.replace(":", "")), FIRST)
        return reply.kind if reply else None
    finally:
        clients.close()
