"""Databases that demand TLS and a certificate of the client: a real Kea and ours with the same configuration."""

from __future__ import annotations

import os
import pwd
from collections.abc import Callable
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest

from tests.certificates import Certificates

from . import mariadb, postgres
from .bootp import ACK
from .conftest import unavailable
from .hosts import Lan
from .keas import HOOKS
from .kinds import place
from .mariadb import Mariadb
from .needs import need
from .postgres import Postgres
from .rawclients import RawClients
from .settings import single
from .storedhosts import statements as reserving

pytestmark = pytest.mark.live

MAC = bytes.fromhex("02aabbccdd01")
RESERVED = "10.1.7.7"
PASSWORD = "a secret"


def demanding_postgres(folder: Path, files: Certificates) -> Postgres:
    """A PostgreSQL that demands a password and a certificate over TCP."""
    database = Postgres(folder)
    database.settings = {
        "listen_addresses": "127.0.0.1", "ssl": "on", "ssl_ca_file": files.anchor,
        "ssl_cert_file": files.server, "ssl_key_file": files.server_key,
    }  # fmt: skip
    access = "local all all trust\nhostssl all all 127.0.0.1/32 scram-sha-256 clientcert=verify-ca\n"
    (folder / "data" / "pg_hba.conf").write_text(access)
    return database


def demanding_mariadb(folder: Path, files: Certificates) -> Mariadb:
    """The same of MariaDB."""
    database = Mariadb(folder)
    database.settings = {
        "skip-networking": 0, "skip-name-resolve": 1, "bind-address": "127.0.0.1", "ssl-ca": files.anchor,
        "ssl-cert": files.server, "ssl-key": files.server_key,
    }  # fmt: skip
    return database


Demanding = Callable[[Path, Certificates], Postgres | Mariadb]
KINDS: dict[str, tuple[Demanding, Callable[[], str | None], str, str]] = {
    "postgresql": (
        demanding_postgres, postgres.missing, postgres.USER, f"CREATE ROLE kea SUPERUSER LOGIN PASSWORD '{PASSWORD}'",
    ),
    "mysql": (
        demanding_mariadb, mariadb.missing, mariadb.USER,
        f"CREATE USER kea@'127.0.0.1' IDENTIFIED BY '{PASSWORD}' REQUIRE X509; GRANT ALL ON kea.* TO kea@'127.0.0.1'",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_leases_and_reservations_are_read_and_written_over_tls(lan: Lan, seen_by_all: Path, kind: str) -> None:
    """With a certificate and a password, which ours reads from a file: at the start, and for a new connection."""
    need(*(["kea30"] if kind == "mysql" else []))
    demanding, missing, user, statements = KINDS[kind]
    reason = missing()
    if reason:
        unavailable(reason)
    folder, files = seen_by_all, Certificates(seen_by_all)
    files.client_key.chmod(0o600)  # libpq takes no other
    files.server_key.chmod(0o600)
    os.chown(files.server_key, pwd.getpwnam(user).pw_uid, -1)
    (folder / "password").write_text(PASSWORD)
    host = lan.server("server1", "10.0.0.1/8")
    clients = RawClients(lan.client("client1"))
    database = demanding(folder / "db", files)
    access: dict[str, object] = {
        "type": kind, "name": "kea", "user": "kea", "host": "127.0.0.1", "trust-anchor": str(files.anchor),
        "cert-file": str(files.client), "key-file": str(files.client_key),
        "max-reconnect-tries": 100, "reconnect-wait-time": 100,
    }  # fmt: skip

    secrets = {"kea30": {"password": PASSWORD}, "ours": {"password-file": str(folder / "password")}}

    def settings(kind: str, **more: object) -> str:
        whole: dict[str, Any] = access | secrets[kind] | more
        libraries = [{"library": f"{HOOKS}/{database.library}.so"}]
        return single(
            subnet="10.0.0.0/8", pool="10.1.0.0/16", hooks_libraries=libraries, lease_database=whole,
            hosts_databases=[whole],
        )  # fmt: skip

    try:
        with host.namespace.entered():
            database.start()
        database.query(statements)
        database.query(database.spelled(reserving([(1, {"hw-address": MAC.hex(":"), "ip-address": RESERVED})])))
        for name in ("kea30", "ours") if kind == "mysql" else ("ours",):  # Kea 3.0 shows PostgreSQL no certificate
            server = place(name, host, folder / name, settings(name))
            server.start()
            ack = clients.obtain(MAC)
            assert ack is not None and (ack.kind, ack.address) == (ACK, RESERVED)
            assert list(database.leases()) == [int(IPv4Address(RESERVED))]
            if name == "ours":
                database.kill()
                with host.namespace.entered():
                    database.start()
                server.wait_for("LB_DB_RECONNECT_SUCCEEDED|DHCP4_DB_RECONNECT_SUCCEEDED", 20)
                again = clients.obtain(MAC)
                assert again is not None and again.address == RESERVED
            server.stop()
        stranger = place(
            "ours", host, folder / "stranger", settings("ours", **{"trust-anchor": str(files.client)})
        ).launch()
        assert stranger.wait(20) == 1 and "certificate verify failed" in stranger.output()
    finally:
        database.kill()
        clients.close()
