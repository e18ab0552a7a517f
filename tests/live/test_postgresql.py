"""Leases in PostgreSQL: several servers on one database, one of them a real Kea, and a database that goes away."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from ipaddress import IPv4Address
from pathlib import Path
from socket import inet_aton

import pytest

from .bootp import ACK, DECLINE, DISCOVER, OFFER, REQUEST, REQUESTED, SERVER, Reply, frame, message
from .crowd import Crowd
from .databasetwins import DatabaseTwins, ethernet
from .hosts import Lan
from .keas import CHROOT, HOOKS
from .kinds import place
from .needs import need
from .ours import Ours
from .postgres import NAME, Postgres
from .rawclients import RawClients
from .scenes import SCENES, Scene
from .servers import Server
from .settings import single
from .test_differential_kea import compare
from .tools import ask_unix
from .walks import walk

pytestmark = pytest.mark.live

SERVERS = int(os.environ.get("LIVE_DATABASE_SERVERS", "2"))
CLIENTS = int(os.environ.get("LIVE_DATABASE_CLIENTS", "1000"))
RATE = int(os.environ.get("LIVE_DATABASE_RATE", "300"))
ALL_SCENES = bool(os.environ.get("LIVE_DATABASE_SCENES"))
AGENT = bytes.fromhex("0102616202026364")  # circuit and remote id
MAC = bytes.fromhex("02aabbccdd01")
UNIX = {"socket-type": "unix", "socket-name": "control.sock"}
ABROAD = {
    "ip-address": "10.1.9.9", "hw-address": "02:00:00:00:00:99", "client-id": "01:02", "subnet-id": 1,
    "hostname": "Büro€",
}  # fmt: skip
SUBNET = {"subnet": "10.0.0.0/8", "pool": "10.1.0.0 - 10.1.255.255"}


def test_servers_share_the_addresses(lan: Lan, tmp_path: Path, database: Postgres) -> None:
    """All answer every client at once; the database dies and one of them, and the pool just suffices.

    Each ACK has its row, none its double, and every client is served in the end.
    """
    last = IPv4Address(int(IPv4Address("10.1.0.0")) + CLIENTS + CLIENTS // 50)
    servers = []
    for number in range(1, SERVERS + 1):
        host = lan.server(f"server{number}", f"10.0.0.{number}/8")
        access = database.access(**{"max-reconnect-tries": 100, "reconnect-wait-time": 200})
        text = single(subnet="10.0.0.0/8", pool=f"10.1.0.0 - {last}", lease_database=access)
        servers.append(Ours(host, tmp_path / f"server{number}", text))
        servers[-1].start()
    clients = RawClients(lan.client("client1"))
    crowd = Crowd(clients, 1_000_000)
    crowd.press(0.4 * CLIENTS / RATE, RATE)
    database.kill()
    crowd.press(0.1 * CLIENTS / RATE, RATE)
    database.start()
    for server in servers:
        server.wait_for("DHCP4_DB_RECONNECT_SUCCEEDED", 60)
    crowd.press(0.25 * CLIENTS / RATE, RATE)
    servers[0].kill()
    crowd.press(0.25 * CLIENTS / RATE, RATE)
    for _ in range(20):
        crowd.drain(1)
        if not crowd.unserved:
            break
        crowd.insist(RATE)
    clients.close()
    rows = database.leases()
    lost = [mac.hex() for mac, address in crowd.held.items() if rows[int(IPv4Address(address))][0] != mac.hex()]
    twice = [address for address, count in Counter(crowd.held.values()).items() if count > 1]
    print(f"{len(crowd.held)} clients served, {crowd.unserved} not, {len(lost)} lost, {len(twice)} twice")
    assert (crowd.unserved, lost, twice) == (0, [], [])
    assert [server.stop() for server in servers[1:]] == [0] * (SERVERS - 1)


def served(
    kind: str, lan: Lan, folder: Path, database: Postgres, libraries: tuple[str, ...] = (), **more: object
) -> Server:
    """A server of one make on the database, with the library that a Kea needs for it, and others."""
    need(kind)
    loaded = [{"library": f"{HOOKS}/{name}.so"} for name in (database.library, *libraries)]
    text = single(**SUBNET, lease_database=database.access(), hooks_libraries=loaded, **more)
    host = next((host for host in lan.hosts if host.interface == "em1"), None) or lan.server("server1", "10.0.0.1/8")
    return place(kind, host, folder, text)


@pytest.mark.parametrize("kinds", [("ours", "kea30"), ("kea30", "ours")], ids="-then-".join)
def test_one_takes_over_the_leases_of_the_other(
    kinds: tuple[str, str], lan: Lan, tmp_path: Path, database: Postgres
) -> None:
    """The second server, of the other make, confirms the address that the first one gave, and gives no other."""
    clients = RawClients(lan.client("client1"))
    held: list[str] = []
    for kind in kinds:
        server = served(kind, lan, tmp_path / kind, database)
        server.start()
        ack = clients.request(MAC, held[0]) if held else clients.obtain(MAC)
        assert ack is not None and ack.kind == ACK
        held.append(ack.address)
        assert list(database.leases()) == [int(IPv4Address(held[0]))]
        server.stop()
    clients.close()
    assert held[0] == held[1]


def test_the_rows_are_those_that_a_kea_writes(lan: Lan, tmp_path: Path, database: Postgres) -> None:
    """A lease, a released and a declined one, one with what a relay agent tells, and two with text beyond ASCII."""
    rows = {}
    for kind in ("kea30", "ours"):
        database.query("DELETE FROM lease4")
        more = {"hostname_char_set": "", "control_socket": UNIX, "store_extended_info": True}
        server = served(kind, lan, tmp_path / kind, database, ("libdhcp_lease_cmds",), **more)
        server.start()
        clients = RawClients(lan.client(f"c-{kind}"))
        _live_through(clients)
        request = json.dumps({"command": "lease4-add", "arguments": ABROAD}, ensure_ascii=False)
        assert ask_unix(server.folder / "control.sock", request)["result"] == 0
        clients.close()
        server.stop()
        rows[kind] = database.query(database.everything)
    assert rows["ours"] == rows["kea30"]
    assert len(rows["ours"]) == 6


def test_tables_that_are_missing_are_named_at_the_start(lan: Lan, tmp_path: Path, database: Postgres) -> None:
    """With the remedy; a server whose database is not made yet has none of them."""
    database.make("incomplete")
    try:
        access = database.access() | {"name": "incomplete", "retry-on-startup": True}
        server = place("ours", lan.server("server1", "10.0.0.1/8"), tmp_path, single(**SUBNET, lease_database=access))
        for table in ("lease4", "schema_version"):
            database.query(f"DROP TABLE {table} CASCADE", "incomplete")
            process = server.launch()
            assert process.wait(20) == 1
            assert process.matching(f"DHCP4_INIT_FAIL .*{table}.*exist.*; kea-admin db-init makes Kea's tables")
    finally:
        database.remove("incomplete")


def test_the_tools_of_a_kea_move_leases_to_a_file_and_back(lan: Lan, tmp_path: Path, database: Postgres) -> None:
    """``kea-admin`` dumps the table to a lease file, with which a server goes on; uploaded again, it is the same.

    ``keadhcp-ctl`` does the same, with the same rows in the file.
    """
    need("kea30")
    clients = RawClients(lan.client("client1"))
    server = served("ours", lan, tmp_path / "first", database)
    server.start()
    held = {mac: clients.obtain(mac) for mac in map(_mac, range(3))}
    server.stop()
    before = database.query(database.everything)
    host = next(host for host in lan.hosts if host.interface == "em1")
    text = single(**SUBNET, lease_database={"type": "memfile", "persist": True, "lfc-interval": 0})
    from_file = place("ours", host, tmp_path / "second", text)
    dump = from_file.data / "kea-leases4.csv"
    _kea_admin(database, "lease-dump", "-o", str(dump))
    if isinstance(database, Postgres):  # that of MySQL fails: it passes a value less than the procedure takes
        database.query("DELETE FROM lease4")
        _kea_admin(database, "lease-upload", "-i", str(dump))
        assert database.query(database.everything) == before
    configuration, own = tmp_path / "own.conf", tmp_path / "own.csv"
    configuration.write_text(json.dumps({"Dhcp4": {"lease-database": database.access()}}))
    _ctl(configuration, "dump", str(own))
    assert sorted(own.read_text().split("\n")) == sorted(dump.read_text().split("\n"))
    database.query("DELETE FROM lease4")
    _ctl(configuration, "upload", str(own))
    assert database.query(database.everything) == before
    from_file.start()
    for mac, ack in held.items():
        again = clients.request(mac, ack.address) if ack is not None else None  # as after a reboot
        assert ack is not None and again is not None and (again.kind, again.address) == (ACK, ack.address)
    from_file.stop()
    clients.close()


def _ctl(configuration: Path, *words: str) -> None:
    """Run ``keadhcp-ctl leases``."""
    program = [sys.executable, "-c", "from kea_twisted.ctl.main import run; run()", "--config", str(configuration)]
    done = subprocess.run([*program, "leases", *words], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def _kea_admin(database: Postgres, command: str, *words: str) -> None:
    """Run the tool of the newer Kea, with its scripts, on this machine: there is no ``psql`` in the chroot."""
    script = 'mount --bind "$1/usr/share/kea" /usr/share/kea && shift && exec "$0" "$@"'
    access = (*database.admin, "-4", "-n", NAME, "-y")
    inner = [str(CHROOT / "usr/sbin/kea-admin"), str(CHROOT), command, *access, *words]
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", script, *inner], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _live_through(clients: RawClients) -> None:
    """Everything that leaves its own kind of row, by clients of one server."""
    options: dict[int, dict[int, bytes]] = {3: {82: AGENT}, 4: {12: "Büro".encode()}}
    acks = [_obtain(clients, _mac(number), options.get(number, {})) for number in range(5)]
    clients.release(_mac(1), acks[1])
    declined = {SERVER: acks[2].options[SERVER], REQUESTED: inet_aton(acks[2].address)}
    clients.send(frame(message(DECLINE, _mac(2), clients.xid(), options=declined), _mac(2)))
    time.sleep(0.5)


def _mac(number: int) -> bytes:
    return MAC[:5] + bytes((number,))


def _obtain(clients: RawClients, mac: bytes, options: dict[int, bytes]) -> Reply:
    """The four messages, with more options in both of the client's."""
    xid = clients.xid()
    offer = clients.exchange(frame(message(DISCOVER, mac, xid, options=options), mac), xid)
    assert offer is not None and offer.kind == OFFER
    chosen = {REQUESTED: inet_aton(offer.address), SERVER: offer.options[SERVER], **options}
    ack = clients.exchange(frame(message(REQUEST, mac, xid, options=chosen), mac), xid)
    assert ack is not None and ack.kind == ACK
    return ack


@pytest.mark.parametrize("scene", SCENES if ALL_SCENES else SCENES[:1], ids=lambda scene: scene.name)
def test_a_real_kea_and_ours_do_the_same(tmp_path: Path, database: Postgres, scene: Scene) -> None:
    """Same answers in every field, same rows in the table, same steps of all statistics."""
    need("kea30")
    few = scene if ALL_SCENES else replace(scene, count=40)
    with DatabaseTwins(tmp_path, scene.config, database) as twins:
        steps = ethernet(walk(1, few.count, few.habits))
        found = [line for line in compare(twins, few, steps) if not _only_late(line)]
    assert not found, f"{len(found)} of {few.count} messages:\n" + "\n".join(found[:20])


def _only_late(found: str) -> bool:
    """Return True if a second has passed between the two, and nothing else is different."""
    differences = found.splitlines()[1:]
    ends = [re.search(r"^ *row \d+ expire: (\d+) != (\d+)$", line) for line in differences]
    return all(end is not None and abs(int(end[1]) - int(end[2])) < 3 for end in ends)
