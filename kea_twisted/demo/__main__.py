"""``run``: start the pair, let a client obtain a lease, stay up until Ctrl-C. ``story``: lease, takeover, return."""

from __future__ import annotations

import signal
import sys
import tempfile
import threading
import time
from pathlib import Path

from kea_twisted.demo.client import LoopbackClient, Obtained
from kea_twisted.demo.pair import SOCKET, USER, ServerProcess, loopback_pair, program

FIRST = bytes.fromhex("080027c40fd1")
SECOND = bytes.fromhex("080027c40fd2")
NORMAL = "HA_STATE_TRANSITION .* to HOT-STANDBY"
HEARTBEAT = "COMMAND_RECEIVED Received command 'ha-heartbeat'"
"""A line that both servers log every second, as Kea does; it would push everything else off the screen."""
NEXT = """\
The pair is running. Look at it: {page}  (user {user}, password {password})
In another terminal:

    export KEADHCP_SOCKET={socket}
    {ctl} status          # both servers and their pools
    {ctl} leases list     # the client's lease
    kill {pid}{pad}# server1 ends, and server2 takes over within seconds

Then a server for a network of your own:

    {ctl} sample single > kea-dhcp4.conf      # change interface and subnet
    {server} -t kea-dhcp4.conf     # all mistakes at once; -c runs it, as root

Ctrl-C stops the pair."""


QUIET = 0.5  # seconds without a line: the servers have logged all that the lease made them log

_one_at_a_time = threading.Lock()
_last_line = [0.0]  # when it was shown


def say(text: str) -> None:
    """A line of the narrator's, distinguished from the servers' lines."""
    show(f"\n=== {text}")


def show(line: str) -> None:
    """A line of a server's, which two threads read; no heartbeats."""
    if HEARTBEAT in line:
        return
    with _one_at_a_time:
        print(line, flush=True)
        _last_line[0] = time.monotonic()


def settle(most: float = 10.0) -> None:
    """Wait until no line has come for a while, so that what is printed next stays at the end."""
    until = time.monotonic() + most
    while (now := time.monotonic()) < min(until, _last_line[0] + QUIET):
        time.sleep(_last_line[0] + QUIET - now)


def tell(client: str, got: Obtained) -> None:
    """Print the lease of a client."""
    say(f"{client} holds {got.address} for {got.lifetime} s, router {got.router}, from server {got.server}")


def start_pair(servers: list[ServerProcess]) -> None:
    """Start both and wait for their normal state."""
    say("Starting server1 (primary) and server2 (standby) on loopback")
    for server in servers:
        server.start()
    for server in servers:
        server.wait_for(NORMAL, 60)


def next_steps(first: ServerProcess, folder: Path) -> str:
    """Print the next steps, as commands to copy."""
    ctl = shown("keadhcp-ctl")
    pad = " " * (len(ctl) + 17 - len(f"kill {first.pid}"))
    socket = folder / first.name / SOCKET
    web = {"page": first.web.url, "user": USER, "password": first.web.password}
    return NEXT.format(socket=socket, ctl=ctl, pid=first.pid, pad=pad, server=shown("kea-dhcp4"), **web)


def shown(name: str) -> str:
    """Return an installed program as one would type it here."""
    path = Path(program(name))
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


def run(servers: list[ServerProcess], client: LoopbackClient, folder: Path) -> None:
    """A pair that runs, and one lease to see."""
    start_pair(servers)
    say("Both servers are in the state HOT-STANDBY; a client asks for an address")
    tell("The client", client.obtain(FIRST))
    settle()
    say(next_steps(servers[0], folder))
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    stop.wait()


def story(servers: list[ServerProcess], client: LoopbackClient, folder: Path) -> None:
    """Run the tutorial's test: server1 ends, server2 takes over, server1 returns."""
    first, second = servers
    start_pair(servers)
    say("Both servers are in the state HOT-STANDBY; a client asks for an address")
    lease = client.obtain(FIRST)
    tell("The first client", lease)
    say("Now server1 is stopped")
    first.stop()
    second.wait_for("HA_STATE_TRANSITION .* to PARTNER-DOWN", 60)
    say("server2 has taken over; a second client comes, the first one renews")
    tell("The second client", client.obtain(SECOND))
    tell("The first client", client.renew(FIRST, lease.address))
    say("server1 returns")
    first.start()
    first.wait_for(NORMAL, 60)
    tell("The first client, again from server1,", client.renew(FIRST, lease.address))
    say("Nothing was lost. The end.")


def main(arguments: list[str]) -> int:
    """Exit status 0 when everything went as told, 1 when something did not, 2 for wrong usage."""
    stories = {"run": run, "story": story}
    if len(arguments) != 1 or arguments[0] not in stories:
        print(f"usage: python -m kea_twisted.demo {'|'.join(stories)}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="keadhcp-") as folder:
        servers, ports, client_port = loopback_pair(Path(folder), show)
        client = LoopbackClient(client_port, ports)
        try:
            stories[arguments[0]](servers, client, Path(folder))
        except TimeoutError as error:
            say(f"It did not work: {error}")
            return 1
        except KeyboardInterrupt:
            return 130
        finally:
            client.close()
            for server in servers:
                server.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
