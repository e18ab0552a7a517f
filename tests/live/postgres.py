"""A PostgreSQL of the test's own, with Kea's schema: on a Unix socket in its folder, as an unprivileged user."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import psycopg

from .dialect import JsonMap
from .keas import CHROOT
from .process import Process

SCHEMA = CHROOT / "usr/share/kea/scripts/pgsql/dhcpdb_create.pgsql"
USER = "postgres"
NAME = "kea"


def programs() -> Path | None:
    """The folder of PostgreSQL's server programs, the newest one."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


def missing() -> str | None:
    """Return the reason why no PostgreSQL can be started here, or None if it can."""
    if programs() is None or not shutil.which("psql"):
        return "no PostgreSQL; run .ci/packages"
    return None if SCHEMA.exists() else f"no {SCHEMA}; run .ci/oracle"


class Postgres:
    """One server; ``folder`` must be short, as the path of a socket is bounded. ``fsync`` costs what the disk costs."""

    library = "libdhcp_pgsql"
    everything = (
        "SELECT address, encode(hwaddr, 'hex'), hwaddr IS NULL, encode(client_id, 'hex'), client_id IS NULL, "
        "valid_lifetime, expire > now(), subnet_id, fqdn_fwd, fqdn_rev, hostname, hostname IS NULL, state, "
        "user_context, user_context IS NULL, encode(relay_id, 'hex'), relay_id IS NULL, encode(remote_id, 'hex'), "
        "remote_id IS NULL, pool_id FROM lease4 ORDER BY address"
    )
    """All columns, but of the time only whether it has passed."""

    compared = (
        "SELECT address, encode(coalesce(hwaddr, ''), 'hex'), encode(coalesce(client_id, ''), 'hex'), valid_lifetime, "
        "extract(epoch from expire)::bigint, subnet_id, fqdn_fwd::int, fqdn_rev::int, hostname, state, user_context, "
        "pool_id FROM lease4"
    )
    """The columns of a lease file's row."""

    def __init__(self, folder: Path, *, fsync: bool = False) -> None:
        self.folder = folder
        self._fsync = fsync
        self.settings: dict[str, object] = {}  # more of them
        self._process: Process | None = None
        folder.mkdir(parents=True)
        folder.chmod(0o755)
        entry = pwd.getpwnam(USER)
        os.chown(folder, entry.pw_uid, entry.pw_gid)
        self._as_user(str(self._program("initdb")), "-D", str(folder / "data"), "-A", "trust", "-U", USER, "--no-sync")

    def start(self) -> None:
        """Start it and wait until it answers; the first time, make the database."""
        settings = {"listen_addresses": "", "unix_socket_directories": self.folder, "fsync": self._fsync}
        words = [str(self._program("postgres")), "-D", str(self.folder / "data")]
        words += [f"--{name}={value}" for name, value in (settings | self.settings).items()]
        log = self.folder / "postgres.log"
        self._process = Process(["setpriv", f"--reuid={USER}", f"--regid={USER}", "--init-groups", *words], log)
        self._wait()
        if not self.query("SELECT 1 FROM pg_database WHERE datname = 'kea'", "postgres"):
            self.query("CREATE DATABASE kea", "postgres")
            self._psql(NAME, "-f", str(SCHEMA))

    def kill(self) -> None:
        """End it without a chance to clean up, its children, too."""
        if self._process is not None:
            self._process.signal(signal.SIGQUIT)
            self._process.wait(20)
            self._process = None

    def cpu_seconds(self) -> float:
        """CPU time so far of the server and of its processes for clients, also of those that have ended."""
        assert self._process is not None
        parent = self._process.pid
        children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        # fields 14 to 17 behind the name: user and system time, and both of children that were waited for
        times = [_fields(pid)[11 : 15 if pid == str(parent) else 13] for pid in (str(parent), *children)]
        return sum(map(sum, times)) / os.sysconf("SC_CLK_TCK")

    def query(self, statement: str, database: str = NAME) -> list[list[str]]:
        """The rows of a statement."""
        text = self._psql(database, "-A", "-t", "-F", "\t", "-c", statement)
        return [line.split("\t") for line in text.splitlines() if line]

    @property
    def admin(self) -> tuple[str, ...]:
        """The words by which ``kea-admin`` reaches it."""
        return ("pgsql", "-u", USER, "-h", str(self.folder), "-p", "none")

    def make(self, name: str) -> None:
        """Make another empty database."""
        self.query(f"CREATE DATABASE {name} TEMPLATE kea", "postgres")

    def remove(self, name: str) -> None:
        """Remove it."""
        self.query(f"DROP DATABASE {name}", "postgres")

    def reader(self, name: str) -> Any:
        """A connection to one of the databases."""
        return psycopg.connect(host=str(self.folder), user=USER, dbname=name, autocommit=True)

    def access(self, host: str = "", **more: object) -> JsonMap:
        """``lease-database`` for it; ``host`` is the folder as the server sees it."""
        return {"type": "postgresql", "name": NAME, "user": USER, "host": host or str(self.folder), **more}

    def spelled(self, statements: str) -> str:
        """Statements in its dialect: they are written in that of PostgreSQL."""
        return statements

    def leases(self) -> dict[int, list[str]]:
        """By address: hardware address in hex, client identifier, lifetime, expire, subnet, host name, state, pool."""
        columns = (
            "address, encode(hwaddr, 'hex'), encode(client_id, 'hex'), valid_lifetime, "
            "extract(epoch from expire)::bigint, subnet_id, hostname, state, pool_id"
        )
        return {int(row[0]): row[1:] for row in self.query(f"SELECT {columns} FROM lease4")}

    def _wait(self) -> None:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            if self._run("psql", "-h", str(self.folder), "-U", USER, "-d", "postgres", "-c", "SELECT 1") is not None:
                return
            time.sleep(0.1)
        raise AssertionError((self.folder / "postgres.log").read_text()[-2000:])

    def _psql(self, database: str, *words: str) -> str:
        command = ("psql", "-q", "-h", str(self.folder), "-U", USER, "-d", database, "-v", "ON_ERROR_STOP=1", *words)
        text = self._run(*command)
        assert text is not None, command
        return text

    def _run(self, *words: str) -> str | None:
        done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
        return done.stdout if done.returncode == 0 else None

    def _program(self, name: str) -> Path:
        folder = programs()
        assert folder is not None
        return folder / name

    def _as_user(self, *words: str) -> None:
        command = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--init-groups", *words]
        subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)


def _fields(pid: str) -> list[int]:
    """The numbers behind the state of a process, from field 3 on; none if it has ended."""
    try:
        found = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
    return [0, *map(int, found[1:])]
