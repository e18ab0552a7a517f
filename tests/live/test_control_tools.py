"""Tools made for Kea work with this server as they do with a real Kea."""

from __future__ import annotations

import json
import os
import threading
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.commands import recorded

from . import agreement, control, tools
from .bootp import ACK, mac_of
from .conftest import unavailable
from .hosts import Host, Lan
from .kinds import place
from .load import generate
from .needs import need
from .rawclients import RawClients
from .servers import Server

pytestmark = pytest.mark.live

SECONDS = int(os.environ.get("LIVE_HAMMER_SECONDS", "10"))
RATE = 100
CLIENTS = 30
PASSWORD = {"type": "basic", "realm": "the stables", "clients": [{"user": "groom", "password": "hay"}]}


def configuration(**more: Any) -> str:
    """One server with a unix socket, and with an HTTP socket that wants a password."""
    web = {
        "socket-type": "http",
        "socket-address": "127.0.0.1",
        "socket-port": 8001,
        "authentication": PASSWORD,
    }
    tree = {
        "control-sockets": [{"socket-type": "unix", "socket-name": "kea4.sock"}, web],
        "hooks-libraries": [{"library": f"libdhcp_{name}.so"} for name in ("lease_cmds", "subnet_cmds", "stat_cmds")],
        "interfaces-config": {"interfaces": ["em1"]},
        "subnet4": [
            {"id": 1, "subnet": "10.0.0.0/16", "pools": [{"pool": "10.0.1.0-10.0.255.200"}]},
            {"id": 2, "subnet": "10.9.0.0/24", "pools": [{"pool": "10.9.0.10-10.9.0.20"}]},
        ],
        **more,
    }
    return json.dumps({"Dhcp4": tree})


def started(lan: Lan, folder: Path, kind: str, number: int = 1, text: str = "") -> Server:
    """A server of a kind on a host of its own."""
    need(kind)
    host = lan.server(f"server{number}", f"10.0.0.{number}/16")
    # the path of a unix socket has to be short
    server = place(kind, host, folder / f"s{number}", text or configuration())
    server.start()
    return server


def unix(server: Server) -> Path:
    """Its unix socket."""
    return server.folder / "kea4.sock"


@pytest.fixture
def short(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a short name."""
    folder: Path = tmp_path_factory.mktemp("k")
    return folder


@pytest.fixture(autouse=True)
def installed() -> None:
    """Skip where a tool is missing."""
    if reason := tools.absent():
        unavailable(reason)


def test_kea_shell_and_the_control_agent(lan: Lan, short: Path) -> None:
    server = started(lan, short, "ours")
    tools.start_agent(server.host, short / "agent", unix(server))
    [listed] = tools.shell(server.host, "list-commands")
    assert listed["result"] == 0, listed
    assert "subnet4-add" in listed["arguments"]
    [direct] = tools.shell(server.host, "list-commands", port=8001, auth_user="groom", auth_password="hay")
    assert direct == listed
    lease = '"ip-address": "10.0.7.7", "hw-address": "08:00:27:00:00:07"'
    assert tools.shell(server.host, "lease4-add", lease)[0]["result"] == 0
    [found] = tools.shell(server.host, "lease4-get", '"ip-address": "10.0.7.7"')
    assert found["arguments"]["hw-address"] == "08:00:27:00:00:07"
    answer = tools.ask_agent(server.host, "config-get")
    assert answer["arguments"]["Dhcp4"]["subnet4"][0]["id"] == 1
    assert tools.ask_agent(server.host, "no-such")["result"] == 2
    assert server.stop() == 0
    assert not unix(server).exists(), "the socket goes with the server"


def test_a_password_is_asked_for(lan: Lan, short: Path) -> None:
    server = started(lan, short, "ours")
    request = b'{"command": "version-get"}'
    status, _ = control.post(server.host, "127.0.0.1", 8001, request)
    assert status == 401


def traffic(host: Host) -> None:
    """The same for every server: clients that come, renew and go."""
    clients = RawClients(host)
    held = {}
    for number in range(1, 11):
        reply = clients.obtain(mac_of(number))
        assert reply is not None and reply.kind == ACK
        held[number] = reply
    clients.renew(mac_of(1), held[1])
    clients.release(mac_of(2), held[2])
    clients.release(mac_of(3), held[3])
    clients.close()
    time.sleep(0.3)


def exports(lan: Lan, folder: Path, kind: str, number: int) -> tuple[dict[str, float], dict[str, float]]:
    """Return the metrics of kea-exporter over the unix socket, and through the control agent."""
    server = started(lan, folder, kind, number)
    client = lan.client(f"client{number}")
    traffic(client)
    agent = tools.start_agent(server.host, folder / f"agent{number}", unix(server))
    direct = tools.exported(server.host, folder, str(unix(server)))
    by_agent = tools.exported(server.host, folder, f"http://127.0.0.1:{tools.AGENT_PORT}/")
    agent.stop()
    server.stop()
    client.cut()
    return direct, by_agent


def test_kea_exporter_shows_the_same_of_us_and_of_a_real_kea(short: Path, lan: Lan) -> None:
    ours, ours_by_agent = exports(lan, short, "ours", 1)
    kea, kea_by_agent = exports(lan, short, "kea30", 2)
    assert ours == ours_by_agent and kea == kea_by_agent
    assert ours == kea
    assert len(ours) > 20 and any(ours.values())


COMPARED = [
    name
    for name in recorded.groups()
    if recorded.configuration_of(name) in ("leases", "subnets") and name != "http-control"
]


@pytest.mark.parametrize("group", COMPARED)
def test_every_command_is_answered_as_by_a_real_kea(group: str, lan: Lan, short: Path) -> None:
    tree = recorded.configuration(recorded.configuration_of(group))
    text = json.dumps(agreement.closed({"Dhcp4": tree}))
    servers = started(lan, short, "ours", 1, text), started(lan, short, "kea30", 2, text)
    for exchange in recorded.exchanges(group):
        request = agreement.closed(exchange["request"])
        ours, kea = (agreement.inside(server, tools.ask_unix(unix(server), request)) for server in servers)
        assert agreement.difference(request, ours, kea) is None


def hammer(path: Path, number: int, until: float, failures: list[str]) -> None:
    """One client of the channel: good requests and hostile ones by turns."""
    rounds = 0
    while time.monotonic() < until and not failures:
        request = HOSTILE[(number + rounds) % len(HOSTILE)]
        rounds += 1
        try:
            answer = tools.ask_unix(path, request)
        except OSError as error:
            failures.append(f"{request[:60]}: {error!r}")
            return
        if request.startswith('{"command"') and (answer is None or "result" not in answer):
            failures.append(f"{request[:60]}: {answer}")
        time.sleep(0.1)


HOSTILE = [
    '{"command": "status-get"}',
    '{"command": "statistic-get-all"}',
    '{"command": "config-get"}',
    '{"command": "lease4-get-page", "arguments": {"from": "start", "limit": 100}}',
    '{"command": "list-commands"}',
    '{"command": "lease4-get", "arguments": {"ip-address": ' + "[" * 50 + "]" * 50 + "}}",
    '{"command": "no-such", "arguments": "' + "x" * 100_000 + '"}',
    '{"command": "config-test", "arguments": {"Dhcp4": {"subnet4": [1, {}, null]}}}',
    '{"command": "subnet4-get", "arguments": {"id": 1}}',
    '{"command": "stat-lease4-get"}',
    "{" * 5000,
    '{"a": "',
    "}",
    "[" * 200 + "]" * 200,
    "/*" + "x" * 50_000,
    '{"command": 1e999}',
]


def memory(server: Server) -> int:
    """Resident memory in bytes."""
    return int(psutil.Process(server.running.pid).memory_info().rss)


def test_a_hammered_channel_costs_no_packet_and_no_memory(lan: Lan, short: Path) -> None:
    server = started(lan, short, "ours")
    client = lan.host("client1", "eth0", "10.0.0.9/16")

    def press(seconds: int) -> None:
        failures: list[str] = []
        until = time.monotonic() + seconds
        threads = [
            threading.Thread(target=hammer, args=(unix(server), number, until, failures)) for number in range(CLIENTS)
        ]
        for thread in threads:
            thread.start()
        load = generate(client, seconds, RATE)
        for thread in threads:
            thread.join()
        assert not failures, failures[:3]
        assert load.exchanges >= 0.95 * RATE * seconds
        assert load.lost == 0, load

    press(SECONDS)
    before = memory(server)
    press(SECONDS)
    grown = memory(server) - before
    # the leases of the second round, and what the allocator keeps
    assert grown < SECONDS * RATE * 2000 + 4_000_000, grown
    assert server.running.exit_code is None
    [reply] = [tools.ask_unix(unix(server), {"command": "status-get"})]
    assert reply["arguments"]["sockets"] == {"status": "ready"}


def test_a_configuration_is_taken_over_while_clients_are_served(lan: Lan, short: Path) -> None:
    server = started(lan, short, "ours")
    client = lan.host("client1", "eth0", "10.0.0.9/16")
    results: list[Any] = []

    def reconfigure() -> None:
        for number in range(20):
            tree = json.loads(configuration(**{"valid-lifetime": 4000 + number}))
            results.append(tools.ask_unix(unix(server), {"command": "config-set", "arguments": tree}))
            time.sleep(0.1)

    thread = threading.Thread(target=reconfigure)
    thread.start()
    load = generate(client, 4, RATE)
    thread.join()
    assert [answer["result"] for answer in results] == [0] * 20
    assert load.lost == 0, load
