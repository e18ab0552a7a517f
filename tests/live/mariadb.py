"""A MariaDB of the test's own, with Kea's schema: on a Unix socket in its folder, as an unprivileged user."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import pymysql

from .dialect import JsonMap
from .keas import CHROOT
from .process import Process

SCHEMA = CHROOT / "usr/share/kea/scripts/mysql/dhcpdb_create.mysql"
USER = "mysql"
NAME = "kea"


def missing() -> str | None:
    """Return the reason why no MariaDB can be started here, or None if it can."""
    if not all(map(shutil.which, ("mariadbd", "mariadb", "mariadb-install-db"))):
        return "no MariaDB; run .ci/packages"
    return None if SCHEMA.exists() else f"no {SCHEMA}; run .ci/oracle"


class Mariadb:
    """One server; ``folder`` must be short, as the path of a socket is bounded. ``fsync`` costs what the disk costs."""

    library = "libdhcp_mysql"
    everything = (
        "SELECT address, HEX(hwaddr), hwaddr IS NULL, HEX(client_id), client_id IS NULL, valid_lifetime, "
        "expire > now(), subnet_id, fqdn_fwd, fqdn_rev, hostname, hostname IS NULL, state, user_context, "
        "user_context IS NULL, HEX(relay_id), relay_id IS NULL, HEX(remote_id), remote_id IS NULL, pool_id "
        "FROM lease4 ORDER BY address"
    )
    """All columns, but of the time only whether it has passed."""

    compared = (
        "SELECT address, LOWER(HEX(COALESCE(hwaddr, ''))), LOWER(HEX(COALESCE(client_id, ''))), valid_lifetime, "
        "UNIX_TIMESTAMP(expire), subnet_id, fqdn_fwd, fqdn_rev, hostname, state, user_context, pool_id FROM lease4"
    )
    """The columns of a lease file's row."""

    def __init__(self, folder: Path, *, fsync: bool = False) -> None:
        self.folder = folder
        self.socket = folder / "s"
        self._fsync = fsync
        self.settings: dict[str, object] = {}  # more of them
        self._process: Process | None = None
        folder.mkdir(parents=True)
        folder.chmod(0o755)
        entry = pwd.getpwnam(USER)
        os.chown(folder, entry.pw_uid, entry.pw_gid)
        words = (
            "--no-defaults",
            f"--datadir={folder}/data",
            f"--user={USER}",
            "--auth-root-authentication-method=normal",
        )
        made = subprocess.run(
            ["mariadb-install-db", *words, "--skip-test-db"], capture_output=True, text=True, timeout=60, check=False
        )
        assert made.returncode == 0, made.stdout + made.stderr

    def start(self) -> None:
        """Start it and wait until it answers; the first time, make the database."""
        settings = {
            "datadir": self.folder / "data", "socket": self.socket, "pid-file": self.folder / "pid", "user": USER,
            "innodb-flush-log-at-trx-commit": 1 if self._fsync else 2,
            "innodb-flush-method": "fsync" if self._fsync else "nosync", "sync-frm": 0,
            "innodb-buffer-pool-size": "64M",
            "log-error": self.folder / "mariadb.log",
        }  # fmt: skip
        words = ["mariadbd", "--no-defaults", "--skip-networking", "--skip-log-bin"]
        words += [f"--{name}={value}" for name, value in (settings | self.settings).items()]
        self._process = Process(words, self.folder / "output.log")
        self._wait()
        if not self.query("SHOW DATABASES LIKE 'kea'", ""):
            self.query("CREATE DATABASE kea CHARACTER SET utf8mb4; CREATE USER kea@localhost", "")
            self.query("GRANT ALL ON *.* TO kea@localhost", "")
            self._fill(NAME, SCHEMA.read_bytes())

    def kill(self) -> None:
        """End it without a chance to clean up."""
        if self._process is not None:
            self._process.kill()
            self._process = None

    def cpu_seconds(self) -> float:
        """CPU time so far of the server."""
        assert self._process is not None
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")  # fields 14 and 15: user and system time

    def client(self) -> list[str]:
        """The command of MariaDB's client."""
        return ["mariadb", "--no-defaults", "-S", str(self.socket), "-u", "root", "-N", "-B"]

    def query(self, statement: str, database: str = NAME) -> list[list[str]]:
        """The rows of a statement."""
        words = [*self.client(), "-e", statement, *([database] if database else [])]
        done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, (statement, done.stderr)
        return [line.split("\t") for line in done.stdout.splitlines()]

    def make(self, name: str) -> None:
        """Make another database with the same tables, which must be empty: much faster than Kea's script."""
        self.query(f"CREATE DATABASE {name} CHARACTER SET utf8mb4", "")
        program = ["mariadb-dump", "--no-defaults", "-S", str(self.socket), "-u", "root", "--routines", "--triggers"]
        done = subprocess.run([*program, NAME], capture_output=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        self._fill(name, done.stdout)

    def remove(self, name: str) -> None:
        """Remove it."""
        self.query(f"DROP DATABASE {name}", "")

    def reader(self, name: str) -> Any:
        """A connection to one of the databases."""
        return pymysql.connect(unix_socket=str(self.socket), user="kea", database=name, autocommit=True)

    def _fill(self, name: str, statements: bytes) -> None:
        done = subprocess.run([*self.client(), name], input=statements, capture_output=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr

    @property
    def admin(self) -> tuple[str, ...]:
        """The words by which ``kea-admin`` reaches it."""
        return ("mysql", "-u", "kea", "-h", "localhost", "-p", "", "-x", f"--socket={self.socket}")

    def access(self, **more: object) -> JsonMap:
        """``lease-database`` for it: MYSQL_UNIX_PORT, which a Kea's library knows, too, has the socket."""
        return {"type": "mysql", "name": NAME, "user": "kea", "host": "localhost", **more}

    def spelled(self, statements: str) -> str:
        """Statements in its dialect: they are written in that of PostgreSQL."""
        bytes_of_hex = re.sub(r"decode\('(\w*)', 'hex'\)", r"x'\1'", statements)
        return re.sub(r"encode\((\w+), 'hex'\)", r"LOWER(HEX(\1))", bytes_of_hex)

    def leases(self) -> dict[int, list[str]]:
        """By address: hardware address in hex, client identifier, lifetime, expire, subnet, host name, state, pool."""
        columns = (
            "address, LOWER(HEX(hwaddr)), LOWER(HEX(client_id)), valid_lifetime, UNIX_TIMESTAMP(expire), subnet_id, "
            "hostname, state, pool_id"
        )
        return {int(row[0]): row[1:] for row in self.query(f"SELECT {columns} FROM lease4")}

    def _wait(self) -> None:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            done = subprocess.run([*self.client(), "-e", "SELECT 1"], capture_output=True, timeout=60, check=False)
            if done.returncode == 0:
                return
            time.sleep(0.1)
        raise AssertionError((self.folder / "mariadb.log").read_text()[-2000:])
