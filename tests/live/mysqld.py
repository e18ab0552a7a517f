"""A MySQL of the test's own, with the schema by Kea's program: the server and the tools in the chroot.

Its users have the method of authentication that is MySQL's only one since version 9.0.
"""

from __future__ import annotations

import socket
import subprocess
from pathlib import Path
from typing import Any

import pymysql

from .dialect import JsonMap
from .keas import CHROOT
from .mariadb import NAME, Mariadb
from .process import Process

BINARY = "/usr/sbin/mysqld"
PASSWORD = "pass-word"


def missing() -> str | None:
    """Return the reason why no MySQL can be started here, or None if it can."""
    programs = (BINARY, "/usr/bin/mysql", "/usr/sbin/kea-admin")
    return None if all((CHROOT / name[1:]).exists() for name in programs) else f"no MySQL in {CHROOT}; run .ci/oracle"


class Mysql(Mariadb):
    """One server, on a Unix socket and a port of the loopback interface.

    ``folder`` has the same name in the chroot. All tables are in one file, which a schema of many steps fills faster.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.socket = folder / "s"
        self._process = None
        folder.mkdir()
        with socket.create_server(("127.0.0.1", 0)) as chosen:
            self.port = int(chosen.getsockname()[1])
        self._run(*self._server(), "--initialize-insecure")

    def start(self) -> None:
        """Start it and wait until it answers; the first time, make the database."""
        self._process = Process(["chroot", str(CHROOT), *self._server()], self.folder / "output.log")
        self._wait()
        if not self.query("SHOW DATABASES LIKE 'kea'", ""):
            self.query(f"CREATE DATABASE kea; CREATE USER kea IDENTIFIED BY '{PASSWORD}'", "")
            self.query("GRANT ALL ON *.* TO kea", "")
            self._run("kea-admin", "db-init", *self.admin, "-n", NAME)

    def _server(self) -> list[str]:
        settings = {
            "user": "root", "datadir": self.folder / "data", "socket": self.socket, "pid-file": self.folder / "pid",
            "log-error": self.folder / "mysql.log", "bind-address": "127.0.0.1", "port": self.port,
            "secure-file-priv": "NULL", "mysqlx": "OFF", "performance-schema": "OFF",
            "innodb-flush-log-at-trx-commit": 2, "innodb-flush-method": "nosync", "innodb-redo-log-capacity": "8M",
            "innodb-doublewrite": "OFF", "innodb-file-per-table": "OFF",
        }  # fmt: skip
        return [BINARY, "--no-defaults", "--skip-log-bin", *[f"--{name}={value}" for name, value in settings.items()]]

    def forget_logins(self) -> None:
        """Let the next session of each user need its password, as the first one after a start."""
        self.query("FLUSH PRIVILEGES", "")

    @property
    def trust_anchor(self) -> Path:
        """The certificate of the authority that MySQL makes for itself."""
        return self.folder / "data" / "ca.pem"

    def _run(self, *words: str) -> bytes:
        done = subprocess.run(["chroot", str(CHROOT), *words], capture_output=True, timeout=120, check=False)
        log = self.folder / "mysql.log"
        assert done.returncode == 0, (words, done.stdout, done.stderr, log.read_text()[-2000:] if log.exists() else "")
        return done.stdout

    def client(self) -> list[str]:
        """The command of MySQL's client."""
        return ["chroot", str(CHROOT), "mysql", "--no-defaults", "-S", str(self.socket), "-u", "root", "-N", "-B"]

    def make(self, name: str) -> None:
        """Make another database with the same tables, which must be empty: much faster than Kea's script."""
        self.query(f"CREATE DATABASE {name}", "")
        self._fill(name, self._run("mysqldump", "--no-defaults", "-S", str(self.socket), "-u", "root", "-R", NAME))

    def reader(self, name: str) -> Any:
        return pymysql.connect(
            unix_socket=str(self.socket), user="kea", password=PASSWORD, database=name, autocommit=True
        )

    @property
    def admin(self) -> tuple[str, ...]:
        """The words by which ``kea-admin`` reaches it: MySQL's client must be told to read its script's commands."""
        access = ("mysql", "-u", "kea", "-h", "localhost", "-p", PASSWORD, "-x", f"--socket={self.socket}")
        return (*access, "-x", "--commands")

    def access(self, **more: object) -> JsonMap:
        return {**super().access(), "password": PASSWORD, **more}
