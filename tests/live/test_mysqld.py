"""Leases, reservations and the legal log in a MySQL, which is no MariaDB: what is different, and a real Kea beside."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread

import pytest

from kea_twisted.adapters.mysql.session import Session, access_of, connect, run
from kea_twisted.adapters.mysql.statements import by_client, statements_of
from kea_twisted.adapters.sql.answers import DatabaseLost, StatementFailed
from kea_twisted.adapters.sql.writes import Write
from kea_twisted.config.databases import Database
from kea_twisted.lease.lease import Lease

from .bootp import ACK
from .hosts import Lan
from .mysqld import NAME, PASSWORD, Mysql
from .ours import Ours
from .rawclients import RawClients
from .settings import single
from .test_postgresql import test_the_rows_are_those_that_a_kea_writes

pytestmark = pytest.mark.live
__all__ = ["test_the_rows_are_those_that_a_kea_writes"]

MAC, RESERVED, NEW = (bytes.fromhex(f"02aabbccdd0{number}") for number in range(3))
LEASE = Lease(0x0A000001, MAC, b"", 3600, 1_800_000_000, 1, False, False, "a.b", 0, "", 0)


@pytest.fixture
def database(started_mysql: Mysql) -> Mysql:
    """The MySQL without leases and reservations; no user has logged in."""
    started_mysql.query("DELETE FROM lease4; DELETE FROM hosts; DELETE FROM logs")
    started_mysql.forget_logins()
    return started_mysql


def test_a_server_goes_on_when_its_database_is_killed_or_takes_no_changes_for_a_while(
    lan: Lan, tmp_path: Path, database: Mysql
) -> None:
    database.query(
        "INSERT INTO hosts (dhcp_identifier, dhcp_identifier_type, dhcp4_subnet_id, ipv4_address, hostname) "
        f"VALUES (x'{RESERVED.hex()}', 0, 1, INET_ATON('10.0.0.77'), 'caf\u00e9')"
    )
    access = database.access(**{"max-reconnect-tries": 100, "reconnect-wait-time": 200})
    log = {"library": "libdhcp_legal_log.so", "parameters": access}
    text = single(lease_database=access, hosts_databases=[access], hooks_libraries=[log])
    server = Ours(lan.server("server1", "10.0.0.1/24"), tmp_path / "server1", text)
    server.start()
    clients = RawClients(lan.client("client1"))
    held = {mac: clients.obtain(mac) for mac in (MAC, RESERVED)}
    assert (ack := held[RESERVED]) is not None and ack.address == "10.0.0.77"
    offer = clients.discover_once(NEW, 2.0)
    database.query("SET GLOBAL super_read_only = ON", "")
    assert offer is not None and clients.request_once(NEW, offer) is None
    server.wait_for("takes no changes")
    database.query("SET GLOBAL read_only = OFF", "")
    server.wait_for("DHCP4_DB_RECONNECT_SUCCEEDED")
    held[NEW] = clients.obtain(NEW)
    mark = server.running.mark()
    database.kill()
    database.start()
    server.wait_for("DHCP4_DB_RECONNECT_SUCCEEDED", since=mark)
    server.kill()
    server.start()
    for mac, before in held.items():
        again = clients.request(mac, before.address) if before is not None else None
        assert before is not None and again is not None and (again.kind, again.address) == (ACK, before.address)
    clients.close()
    assert server.stop() == 0
    assert {row[0] for row in database.leases().values()} == {mac.hex() for mac in held}
    assert int(database.query("SELECT COUNT(*) FROM logs")[0][0]) >= len(held), "a server that ends writes what waits"


@pytest.fixture
def session(database: Mysql) -> Iterator[Callable[..., Session]]:
    """A function that makes sessions: by the Unix socket, unless a host is named."""
    made: list[Session] = []

    def make(host: str = "", **more: str) -> Session:
        chosen = Database(NAME, host=host or str(database.socket), user="kea", password=PASSWORD, **more)
        new, handle = connect(access_of(chosen, "")._replace(port=database.port))
        handle.close()
        made.append(new)
        return new

    yield make
    for each in made:
        each.close()


def test_each_way_to_log_in_works_with_the_first_session_and_the_next(
    database: Mysql, session: Callable[..., Session]
) -> None:
    """Over TCP without TLS the password is encrypted with the server's public key."""
    for host, more in (("", {}), ("127.0.0.1", {}), ("127.0.0.1", {"trust_anchor": str(database.trust_anchor)})):
        database.forget_logins()
        for _ in range(2):
            version = run(session(host, **more), b"SHOW STATUS LIKE 'Ssl_version'")[0].rows[0][1]
            assert bool(version) == bool(more)
    other = database.trust_anchor.with_name("client-cert.pem")
    with pytest.raises(DatabaseLost, match="CERTIFICATE_VERIFY_FAILED"):
        session("127.0.0.1", trust_anchor=str(other))


def test_refused_rows_and_deadlocks_are_known_as_such(session: Callable[..., Session]) -> None:
    one, other = sessions = (session(), session())
    stored = [Write(LEASE._replace(address=number), None) for number in (1, 2)]
    run(one, statements_of(stored)[0][0])
    classes = '{"ISC": {"client-classes": ["%s"]}}' % ("x" * 129)
    with pytest.raises(StatementFailed, match="client_class") as failure:
        run(one, statements_of([Write(LEASE._replace(address=3, user_context=classes), None)])[0][0])
    assert failure.value.of_row, "all other leases would wait behind it"
    failures: list[StatementFailed] = []

    def rename(session: Session, address: int) -> None:
        try:
            run(session, f"UPDATE lease4 SET hostname = 'c' WHERE address = {address}".encode())
        except StatementFailed as error:
            failures.append(error)

    for number, each in enumerate(sessions, 1):
        run(each, b"START TRANSACTION")
        rename(each, number)
    waiting = Thread(target=rename, args=(one, 2))
    waiting.start()
    rename(other, 1)
    waiting.join()
    assert [error.may_repeat for error in failures] == [True]


def test_many_identifiers_are_looked_up_in_the_index_where_few_are_stored(session: Callable[..., Session]) -> None:
    """By its statistics, which count NULL as a value that all rows have, MySQL would read the whole table."""
    used = session()
    run(used, statements_of([Write(LEASE._replace(address=number), None) for number in range(1, 2501)])[0][0])
    run(used, b"ANALYZE TABLE lease4")
    identifiers = [bytes([number, 0]) for number in range(200)]
    plan = run(used, b"EXPLAIN FORMAT=TRADITIONAL " + by_client([], identifiers, []))[0].rows
    assert [row[4] for row in plan] == ["range"], plan
