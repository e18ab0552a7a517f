"""Leases in PostgreSQL or MariaDB: this server and a real Kea on the same database, with and without fsync.

    python bench/databases.py                            # exchanges a second, CPU of server and database
    python bench/databases.py --database mysql           # the same on MariaDB
    python bench/databases.py --starts 1000000           # seconds of a start with so many leases

New clients by perfdhcp, servers in turns, each run in the reverse order of the last. ``kea30-tuned`` is a Kea with
the threads and the queue that its manual has for the database. The database is started for each run, in a folder of its
own, and is empty. It needs root and what the live tests need.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv4Address
from itertools import count
from pathlib import Path
from typing import NamedTuple

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parent.parent / "tests")]

from generator import generate  # noqa: E402
from live.bootp import Reply, frame, selecting  # noqa: E402
from live.hosts import Lan  # noqa: E402
from live.keas import CHROOT  # noqa: E402
from live.mariadb import Mariadb  # noqa: E402
from live.postgres import Postgres  # noqa: E402
from live.rawclients import RawClients  # noqa: E402
from scenes import FILLED, Map, Scene, filled, plain  # noqa: E402

CLIENTS = 900_000
FIRST = 500  # exchanges a second
STEP = 1.125
SLICE = 50_000  # leases written at a time
ENOUGH = 0.8  # of a rate, to climb on
TUNED = "-tuned"
THREADS = {"libdhcp_pgsql": (8, 88), "libdhcp_mysql": (12, 792)}
"""Kea's manual, "Multi-Threading Settings With Different Database Backends": threads, and the length of the queue."""
HOOKS = "/usr/local/lib/kea/hooks"
Database = Postgres | Mariadb
DATABASES: dict[str, type[Postgres] | type[Mariadb]] = {"postgresql": Postgres, "mysql": Mariadb}
_FILL_POSTGRESQL = (
    # without the triggers that count each row, which cost the square of the rows of a transaction
    "SET session_replication_role = replica; "
    "INSERT INTO lease4 (address, hwaddr, client_id, valid_lifetime, expire, subnet_id, fqdn_fwd, fqdn_rev, hostname, "
    "state, pool_id) SELECT address, decode(lpad(to_hex(address), 12, '0'), 'hex'), "
    "decode('01' || lpad(to_hex(address), 12, '0'), 'hex'), 86400, date_trunc('second', now()) + interval '1 day', "
    "1, 'f', 'f', '', 0, 0 "
    "FROM generate_series({first}::bigint, {last}::bigint) AS address"
)
_COUNT_POSTGRESQL = (
    "TRUNCATE lease4_stat, lease4_pool_stat; "
    "INSERT INTO lease4_stat SELECT subnet_id, state, count(*) FROM lease4 GROUP BY 1, 2; "
    "INSERT INTO lease4_pool_stat SELECT subnet_id, pool_id, state, count(*) FROM lease4 GROUP BY 1, 2, 3; ANALYZE"
)
_FILL_MYSQL = (
    "INSERT INTO lease4 (address, hwaddr, client_id, valid_lifetime, expire, subnet_id, fqdn_fwd, fqdn_rev, hostname, "
    "state, pool_id) SELECT seq, UNHEX(LPAD(HEX(seq), 12, '0')), UNHEX(CONCAT('01', LPAD(HEX(seq), 12, '0'))), 86400, "
    "NOW() + INTERVAL 1 DAY, 1, 0, 0, '', 0, 0 FROM seq_{first}_to_{last}"
)
FILL = {"libdhcp_pgsql": (_FILL_POSTGRESQL, _COUNT_POSTGRESQL), "libdhcp_mysql": (_FILL_MYSQL, "ANALYZE TABLE lease4")}
"""Statements that write leases, and one that follows, by the library of the database."""


class Reached(NamedTuple):
    """Exchanges a second at best; CPU microseconds of server and database for each."""

    rate: float
    server: float
    database: float


@contextmanager
def started(made: type[Postgres] | type[Mariadb], fsync: bool) -> Iterator[Database]:
    """A database that a server in the chroot finds by the same name."""
    inside = Path(tempfile.mkdtemp(prefix="keatw-", dir=CHROOT / "tmp"))
    inside.chmod(0o755)
    folder = Path("/tmp", inside.name)
    folder.symlink_to(inside)
    database = made(folder / "db", fsync=fsync)
    os.environ["MYSQL_UNIX_PORT"] = str(folder / "db" / "s")
    try:
        database.start()
        yield database
    finally:
        database.kill()
        folder.unlink()
        shutil.rmtree(inside)


@contextmanager
def serving(kind: str, database: Database, dhcp4: Map, patience: float = 120.0) -> Iterator[tuple[Scene, float]]:
    """A server on the database, and the seconds of its start."""
    library = {"library": f"{HOOKS}/{database.library}.so"}
    configuration = {**dhcp4, "lease-database": database.access(), "hooks-libraries": [library]}
    if kind.endswith(TUNED):
        names = ("enable-multi-threading", "thread-pool-size", "packet-queue-size")
        configuration["multi-threading"] = dict(zip(names, (True, *THREADS[database.library]), strict=True))
    with Lan() as lan, tempfile.TemporaryDirectory(prefix="keatw-") as folder:
        scene = Scene(lan, Path(folder), kind.removesuffix(TUNED), "single", lambda _: configuration)
        took = scene.start(patience)
        try:
            yield scene, took
        finally:
            scene.stop()


def climbed(kind: str, database: Database, seconds: int) -> Reached:
    """The best of rates that double until one is too much, and then of small steps from the last that was not."""
    best = Reached(0, 0, 0)
    database.query("DELETE FROM lease4")
    with serving(kind, database, plain()) as (scene, _):
        rate, factor, good = FIRST, 2.0, FIRST
        for number in count(1):
            reached = pressed(scene, database, seconds, rate, number)
            best = max(best, reached)
            if reached.rate >= ENOUGH * rate:
                good = rate
            elif factor == STEP:
                break
            else:
                factor = STEP
            rate = int(good * factor)
    return best


def pressed(scene: Scene, database: Database, seconds: int, rate: int, number: int) -> Reached:
    """The result of a load of new clients: those of other numbers have other hardware addresses."""
    base = ("-b", f"mac=02:0c:{number:02x}:00:00:00")
    before = sum(scene.cpus()), database.cpu_seconds()
    load = generate(scene.generator, seconds, rate, CLIENTS, rate, base)
    used = sum(scene.cpus()) - before[0], database.cpu_seconds() - before[1]
    done = max(load.exchanges, 1)
    return Reached(load.exchanges / seconds, *(each / done * 1e6 for each in used))


def rates(made: type[Postgres] | type[Mariadb], kinds: list[str], fsync: bool, runs: int, seconds: int) -> None:
    """Print the medians of some runs in turns, and of the ratios of each run to the first kind of server."""
    found: dict[str, list[Reached]] = {kind: [] for kind in kinds}
    switch = f"fsync {'on ' if fsync else 'off'}"
    for run in range(runs):
        for kind in reversed(kinds) if run % 2 else kinds:
            with started(made, fsync) as database:
                reached = climbed(kind, database, seconds)
            found[kind].append(reached)
            print(f"{switch} run {run + 1} {kind}: {_text(reached)}", file=sys.stderr, flush=True)
    for kind, of_it in found.items():
        middle = Reached(*(statistics.median(column) for column in zip(*of_it, strict=True)))
        ratios = [first.rate / max(each.rate, 1) for first, each in zip(found[kinds[0]], of_it, strict=True)]
        print(f"{switch} {kind:11} {_text(middle)}; {kinds[0]}: {statistics.median(ratios):.2f} times", flush=True)


def _text(reached: Reached) -> str:
    return (
        f"{reached.rate:6.0f} exchanges/s, CPU of an exchange: {reached.server:4.0f} us of the server, "
        f"{reached.database:4.0f} us of the database"
    )


def first_ack(scene: Scene, known: bool, patience: float = 30.0) -> float:
    """Start the server; return the seconds from the start of its process to the first ACK of a client that insists."""
    clients = RawClients(scene.generator)
    mac = (FILLED + 5).to_bytes(6, "big") if known else bytes.fromhex("02aabbccdd01")
    began = time.monotonic()
    scene.servers[0].launch()
    try:
        ack = None
        while ack is None and time.monotonic() - began < patience:
            ack = _insist(clients, mac, known)
        return time.monotonic() - began
    finally:
        clients.close()
        scene.stop()


def _insist(clients: RawClients, mac: bytes, known: bool) -> Reply | None:
    """Return an ACK if one comes at once; a known client asks for its address as after a reboot."""
    if known:
        xid = 1  # the same for all: the answer to an earlier one counts
        return clients.exchange(frame(selecting(mac, xid, str(IPv4Address(FILLED + 5)), None), mac), xid, 0.02, 1)
    offer = clients.discover_once(mac, 0.02)
    return clients.request_once(mac, offer, 1) if offer is not None else None


def starts(made: type[Postgres] | type[Mariadb], kinds: list[str], leases: int, runs: int) -> None:
    """Print how long a start with so many leases takes: until the server says so, and until the first ACK."""
    with started(made, False) as database:
        fill, counters = FILL[database.library]
        for first in range(FILLED, FILLED + leases, SLICE):
            database.query(fill.format(first=first, last=min(first + SLICE, FILLED + leases) - 1))
        database.query(counters)
        for kind in kinds:
            took = []
            for _ in range(runs):
                with serving(kind, database, filled(), 300) as (scene, seconds):
                    memory = scene.memory() >> 20
                    scene.stop()
                    took.append((seconds, first_ack(scene, True), first_ack(scene, False)))
                database.query(database.spelled("DELETE FROM lease4 WHERE hwaddr = decode('02aabbccdd01', 'hex')"))
            said, known, new = (statistics.median(column) for column in zip(*took, strict=True))
            print(
                f"start with {leases} leases {kind:9} {said:6.2f} s, first ACK of a known client {known:6.2f} s, "
                f"of a new one {new:6.2f} s, {memory} MB",
                flush=True,
            )


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description="This server and a Kea on the same database.")
    parser.add_argument("--database", choices=DATABASES, default="postgresql")
    parser.add_argument("--servers", nargs="+", default=["ours", "kea30"])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--fsync", nargs="+", choices=("off", "on"), default=["off", "on"])
    parser.add_argument("--starts", type=int, default=0, metavar="LEASES")
    options = parser.parse_args()
    began = time.monotonic()
    if options.starts:
        starts(DATABASES[options.database], options.servers, options.starts, options.runs)
    else:
        for fsync in options.fsync:
            rates(DATABASES[options.database], options.servers, fsync == "on", options.runs, options.seconds)
    print(f"{time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
