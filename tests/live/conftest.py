"""Fixtures of the live tests: a network per test, and a reason where the machine cannot run them."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import pytest

from . import mariadb, mysqld, postgres
from .hosts import Lan
from .keas import CHROOT, FILES, missing

Mysql = TypeVar("Mysql", bound=mariadb.Mariadb)
TOOLS = ("ip", "sysctl", "udhcpc", "dhclient", "dhcpcd", "perfdhcp")


def unavailable(reason: str) -> None:
    """Skip; in continuous integration, where everything is installed, fail."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"must not be skipped here: {reason}")
    pytest.skip(reason)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let a live test fail once in continuous integration: its clocks and clients share a machine with others."""
    if os.environ.get("CI") == "true":
        for item in items:
            if item.get_closest_marker("live"):
                item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture
def lan() -> Iterator[Lan]:
    """An empty network, removed with all its hosts and processes at the end."""
    if os.geteuid() != 0:
        unavailable("network namespaces need root")
    absent = [tool for tool in TOOLS if shutil.which(tool) is None]
    if absent:
        unavailable(f"not installed: {', '.join(absent)}")
    with Lan() as made:
        yield made


@pytest.fixture
def chroot_folder() -> Iterator[Path]:
    """A folder that is there inside the chroot, as FILES, and out of it."""
    reason = missing("kea30")
    if reason:
        unavailable(reason)
    made = CHROOT / FILES[1:]
    made.mkdir()
    yield made
    shutil.rmtree(made)


@contextmanager
def _folder() -> Iterator[Path]:
    """A short folder inside of the chroot, where a real Kea finds a database's socket, too, by the same name."""
    inside = Path(tempfile.mkdtemp(prefix="keatw-", dir=CHROOT / "tmp"))
    inside.chmod(0o755)
    folder = Path("/tmp", inside.name)
    folder.symlink_to(inside)
    try:
        yield folder
    finally:
        folder.unlink()
        shutil.rmtree(inside)


@pytest.fixture
def seen_by_all() -> Iterator[Path]:
    """A short folder that a real Kea finds by the same name."""
    with _folder() as made:
        yield made


@pytest.fixture(scope="session")
def started() -> Iterator[postgres.Postgres]:
    """A PostgreSQL for all tests."""
    if os.geteuid() != 0:
        unavailable("PostgreSQL is started as another user, which needs root")
    reason = postgres.missing()
    if reason:
        unavailable(reason)
    with _folder() as folder:
        made = postgres.Postgres(folder / "pg")
        try:
            made.start()
            yield made
        finally:
            made.kill()


def _started_mysql(kind: type[Mysql], reason: str | None) -> Iterator[Mysql]:
    """A server of one kind, or the reason why it cannot run; MYSQL_UNIX_PORT names its socket."""
    if os.geteuid() != 0:
        unavailable("a database is started as another user or in a chroot, which needs root")
    if reason:
        unavailable(reason)
    with _folder() as folder, pytest.MonkeyPatch.context() as patch:
        made = kind(folder / "db")
        patch.setenv("MYSQL_UNIX_PORT", str(made.socket))
        try:
            made.start()
            yield made
        finally:
            made.kill()


@pytest.fixture(scope="session")
def started_mariadb() -> Iterator[mariadb.Mariadb]:
    """A MariaDB for all tests."""
    yield from _started_mysql(mariadb.Mariadb, mariadb.missing())


@pytest.fixture(scope="session")
def started_mysql() -> Iterator[mysqld.Mysql]:
    """A MySQL for all tests."""
    yield from _started_mysql(mysqld.Mysql, mysqld.missing())


@pytest.fixture
def database(started: postgres.Postgres) -> postgres.Postgres:
    """The same, without leases and reservations."""
    started.query("DELETE FROM lease4; DELETE FROM hosts")
    return started
