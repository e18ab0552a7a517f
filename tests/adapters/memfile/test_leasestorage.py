"""The lease file is removed, replaced, truncated or exchanged while the server runs: no acknowledged lease is lost."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.task import Clock
from zope.interface.verify import verifyObject

from kea_twisted.adapters.memfile.leasecleaner import clean
from kea_twisted.adapters.memfile.leasefile import LeaseFile, LeaseFileUnusable
from kea_twisted.adapters.system.folders import Folders
from kea_twisted.config import load_tree
from kea_twisted.config.leasebackends import LEASE_BACKENDS
from kea_twisted.config.model import Settings
from kea_twisted.engine.leases import LeaseTable
from kea_twisted.engine.statistics import Statistics
from kea_twisted.errors import ConfigError
from kea_twisted.hooks.chain import HookChain
from kea_twisted.interfaces import ILeaseBackend, Outage
from kea_twisted.lease.csvrow import COLUMNS, HEADER, row_text
from kea_twisted.lease.lease import Change, Lease
from kea_twisted.lease.store import LeaseStore
from kea_twisted.server.channels import Change as PreparedChange
from kea_twisted.server.hostsystem import ServerHostSystem
from kea_twisted.server.leasestorage import BackendHost, LeaseStorage
from kea_twisted.server.perform import Performer
from kea_twisted.testing import MemoryBackend
from tests.fakes import RecordingLog
from tests.fakestorage import Database, SlowStorage

NAME = "kea-leases4.csv"
RESTORED = "DHCPSRV_MEMFILE_LEASE_FILE_RESTORED"


def lease(number: int, cltt: int = 2_000_000_000, mac: int = 1) -> Lease:
    """The lease of 10.0.0.number."""
    return Lease(0x0A000000 + number, bytes((2, 0, 0, 0, 0, mac)), b"", 4000, cltt, 1)


def settings(**database: Any) -> Settings:
    """A configuration with this ``lease-database``."""
    subnet = {"id": 1, "subnet": "10.0.0.0/24", "pools": [{"pool": "10.0.0.1 - 10.0.0.200"}]}
    tree = {"lease-database": {"type": "memfile", **database}, "subnet4": [subnet]}
    return load_tree({"Dhcp4": tree})


class Keeper:
    """A server without packets: leases, their storage (the lease file unless ``make`` is given), and its changes."""

    def __init__(self, folder: Path, make: Callable[[LeaseTable], Any] | None = None, **database: Any) -> None:
        self.folder = folder
        self.log = RecordingLog()
        statistics = Statistics(0)
        self.table = LeaseTable(LeaseStore(), statistics)
        folders = Folders(str(folder), "", "", "", checked=False)
        backend = make(self.table) if make is not None else None
        self.storage = LeaseStorage(Clock(), self.log, folders, self.table, backend)
        self.performer = Performer(self.storage, lambda reply: None, HookChain(), self.log, statistics, 67)
        self.host_system = ServerHostSystem(None, None, folders, self.storage)  # type: ignore[arg-type]
        if make is None:
            self.storage.open(settings(**database))
        self.table.configure(settings().subnets)

    def put(self, *leases: Lease) -> None:
        """Acknowledge leases."""
        changes = [Change(each) for each in leases]
        self.table.apply_all(changes)
        self.performer.commit(changes)

    def reload(self, **database: Any) -> None:
        """Take a configuration into force."""
        self.prepare(**database).commit()

    def prepare(self, **database: Any) -> PreparedChange:
        """Open the lease file of a configuration."""
        return self.storage.prepare(settings(**database), self.performer)

    def numbers(self) -> list[int]:
        """The leases in memory."""
        return sorted(each.address & 255 for each in self.table.store)

    def after_restart(self, name: str = NAME) -> list[int]:
        """The leases that a server finds which starts with the files now."""
        self.storage.close()
        store = LeaseStore()
        journal = LeaseFile(str(self.folder / name), RecordingLog())
        journal.load(store)
        journal.close()
        return sorted(each.address & 255 for each in store)


@pytest.fixture
def keeper(tmp_path: Path) -> Keeper:
    """A server with three leases."""
    made = Keeper(tmp_path)
    made.put(lease(1), lease(2), lease(3))
    return made


def replace(keeper: Keeper, *rows: Lease) -> None:
    """Put another file in the place of the lease file, as a tool does."""
    (keeper.folder / "restored").write_text("".join((HEADER, "\n", *(row_text(Change(each)) for each in rows))))
    os.replace(keeper.folder / "restored", keeper.folder / NAME)


@pytest.mark.parametrize("persist", [True, False])
def test_memfile_keeps_the_contract(tmp_path: Path, persist: bool) -> None:
    keeper = Keeper(tmp_path, persist=persist)
    assert verifyObject(ILeaseBackend, keeper.storage.backend)
    assert keeper.storage.backend.persists is persist and keeper.storage.commit([Change(lease(1))]) is None
    keeper.storage.close()


def test_the_backend_for_tests_keeps_the_contract() -> None:
    assert verifyObject(ILeaseBackend, MemoryBackend())


class Given(MemoryBackend):
    """A backend as a row of the table names it."""

    persists = True

    def __init__(self, host: BackendHost, settings: Settings) -> None:
        super().__init__()
        self.host = host

    def load(self, store: LeaseStore) -> None:
        """There was one lease."""
        store.put(lease(7))

    def serves(self, settings: Settings) -> bool:
        """Only for its own type."""
        return settings.lease_database.type == "mysql"


def test_a_backend_is_a_row_of_the_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(LEASE_BACKENDS, "mysql")
    with pytest.raises(ConfigError, match="not been compiled with support for lease database type: mysql"):
        settings(type="mysql", name="kea")
    monkeypatch.setitem(LEASE_BACKENDS, "mysql", f"{__name__}:Given")
    keeper = Keeper(tmp_path)
    keeper.put(lease(1))
    keeper.reload(type="mysql", name="kea")
    assert keeper.numbers() == [7] and keeper.storage.backend.host.store is keeper.table.store
    keeper.put(lease(8))
    assert keeper.storage.backend.changes == [Change(lease(8))]
    keeper.reload()
    assert keeper.numbers() == [1]


class Elsewhere(SlowStorage):
    """A database that only the configuration before means."""

    def serves(self, settings: Settings) -> bool:
        """Not what is configured now."""
        return False


def test_a_storage_is_exchanged_when_its_commits_have_ended(tmp_path: Path) -> None:
    other = Keeper(tmp_path)
    other.put(lease(8))
    other.storage.close()
    database = Database()
    keeper = Keeper(tmp_path, lambda table: Elsewhere(database, table))
    keeper.put(lease(1))
    with pytest.raises(OSError, match="changes are still being written to the lease database, try again"):
        keeper.prepare()
    database.answer_all()
    keeper.reload()
    assert keeper.numbers() == [8]
    assert list(database.rows) == [lease(1).address]
    keeper.put(lease(9))
    assert keeper.after_restart() == [8, 9]


def test_a_removed_file_is_written_again(keeper: Keeper) -> None:
    (keeper.folder / NAME).unlink()
    keeper.reload()
    keeper.put(lease(4))
    assert keeper.log.texts(RESTORED) == [
        f"lease file {keeper.folder / NAME} was removed while it was in use: "
        "all leases, 3 of them, have been written to it again"
    ]
    assert keeper.after_restart() == [1, 2, 3, 4]


def test_a_replaced_file_is_merged_with_what_was_acknowledged(keeper: Keeper) -> None:
    replace(keeper, lease(1, cltt=1_900_000_000, mac=9), lease(2, cltt=2_000_000_001, mac=9), lease(7))
    keeper.storage.check()
    assert keeper.numbers() == [1, 2, 3, 7]
    found = {each.address & 255: each.hwaddr[-1] for each in keeper.table.store}
    assert (found[1], found[2]) == (1, 9)
    assert keeper.after_restart() == [1, 2, 3, 7]


@pytest.mark.parametrize("left", [0, len(HEADER) + 1, len(HEADER) + 20])
def test_a_truncated_file_is_written_again(keeper: Keeper, left: int) -> None:
    os.truncate(keeper.folder / NAME, left)
    keeper.put(lease(4))
    keeper.storage.check()
    assert "was truncated" in keeper.log.texts(RESTORED)[0]
    assert keeper.after_restart() == [1, 2, 3, 4]


def test_a_replaced_folder_is_written_to(keeper: Keeper) -> None:
    keeper.folder.rename(keeper.folder.with_name("aside"))
    keeper.put(lease(4))
    keeper.storage.check()
    keeper.storage.check()
    assert len(keeper.log.texts("DHCPSRV_MEMFILE_LEASE_FILE_NOT_RESTORED")) == 1
    keeper.put(lease(5))
    keeper.folder.mkdir()
    keeper.storage.check()
    assert keeper.after_restart() == [1, 2, 3, 4, 5]


def test_a_file_that_is_all_right_is_left_alone(keeper: Keeper) -> None:
    before = (keeper.folder / NAME).stat()
    keeper.storage.check()
    keeper.reload()
    after = (keeper.folder / NAME).stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)
    assert not keeper.log.texts(RESTORED)


def test_a_cleanup_works_after_a_removal(keeper: Keeper) -> None:
    (keeper.folder / NAME).unlink()
    keeper.storage.check()
    journal = keeper.storage.backend.file
    assert isinstance(journal, LeaseFile) and journal.rotate()
    keeper.put(lease(4))
    clean(journal.files)
    assert not journal.fault()
    assert keeper.after_restart() == [1, 2, 3, 4]


def test_another_name_brings_the_leases_of_that_file(keeper: Keeper) -> None:
    other = Keeper(keeper.folder, name="other.csv")
    other.put(lease(8), lease(9))
    other.storage.close()
    keeper.reload(name="other.csv")
    assert keeper.numbers() == [8, 9]
    assert keeper.storage.path.endswith("other.csv")
    keeper.put(lease(10))
    assert keeper.after_restart("other.csv") == [8, 9, 10]
    assert keeper.after_restart() == [1, 2, 3]


def test_a_file_that_cannot_be_used_changes_nothing(keeper: Keeper) -> None:
    (keeper.folder / "other.csv").write_text("no lease file\n")
    with pytest.raises(LeaseFileUnusable):
        keeper.prepare(name="other.csv")
    keeper.put(lease(4))
    assert keeper.after_restart() == [1, 2, 3, 4]


def test_a_change_that_is_called_off_leaves_the_old_file_in_use(keeper: Keeper) -> None:
    keeper.prepare(name="other.csv").cancel()
    keeper.put(lease(4))
    assert keeper.after_restart() == [1, 2, 3, 4]


def test_leases_are_kept_when_persistence_is_switched_off_and_on(keeper: Keeper) -> None:
    keeper.reload(persist=False)
    assert keeper.storage.path == "" and keeper.storage.backend.clean_up() is None
    keeper.put(lease(4))
    assert keeper.numbers() == [1, 2, 3, 4]
    keeper.reload()
    assert keeper.numbers() == [1, 2, 3, 4]
    assert keeper.after_restart() == [1, 2, 3, 4]


def test_lease4_write_onto_the_file_in_use_keeps_the_old_one(keeper: Keeper) -> None:
    keeper.put(lease(1, cltt=2_000_000_100))
    before = (keeper.folder / NAME).read_text()
    assert keeper.host_system.rewrite_lease_file(str(keeper.folder / NAME))
    assert not keeper.host_system.rewrite_lease_file(str(keeper.folder / "other.csv"))
    keeper.put(lease(4))
    assert (keeper.folder / f"{NAME}.bak{os.getpid()}").read_text() == before
    assert len((keeper.folder / NAME).read_text().splitlines()) == 5
    keeper.storage.check()
    assert not keeper.log.texts(RESTORED)
    assert keeper.after_restart() == [1, 2, 3, 4]


@pytest.mark.parametrize("context", ["[" * 2000 + "]" * 2000, '{"a": ' * 20_000 + "1" + "}" * 20_000])
def test_a_row_whose_context_is_too_deep_is_dropped(tmp_path: Path, context: str) -> None:
    row = row_text(Change(lease(1))).rstrip("\n").split(",")
    row[COLUMNS.index("user_context")] = context.replace(",", "&#x2c")
    good = row_text(Change(lease(2)))
    (tmp_path / NAME).write_text(f"{HEADER}\n{','.join(row)}\n{good}")
    keeper = Keeper(tmp_path)
    assert keeper.numbers() == [2]
    assert len(keeper.log.texts("DHCPSRV_MEMFILE_LEASE_LOAD_ROW_ERROR")) == 1


def test_the_outage_of_a_storage_that_is_no_longer_in_use_ends(keeper: Keeper) -> None:
    seen: list[Outage] = []
    keeper.storage.subscribe(seen.append)
    keeper.reload(name="other.csv")
    assert not seen
    keeper.storage._report(Outage("gone", True, False))
    keeper.reload(name="third.csv")
    assert [each.reason for each in seen] == ["gone", ""]
