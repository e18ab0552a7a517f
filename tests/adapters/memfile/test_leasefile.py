"""The lease file on a real file system: no written row is lost when server or cleaner ends in any way."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from kea_twisted.adapters.memfile import leasefile as module
from kea_twisted.adapters.memfile.leasefile import LeaseFile, LeaseFileUnusable, NoLeaseFile, database_text
from kea_twisted.lease.csvrow import HEADER, row_text
from kea_twisted.lease.lease import Change
from kea_twisted.lease.packed import pack
from kea_twisted.lease.rowtext import PackedChanges
from kea_twisted.lease.store import LeaseStore
from tests.adapters.memfile.leasefiles import Disk, Make, addresses, change
from tests.fakes import RecordingLog


def test_packed_leases_are_written_as_others_are(path: Path, start: Make) -> None:
    leases = [change(number).lease for number in (1, 2)]
    changes = PackedChanges([each.address for each in leases], [pack(each) for each in leases])
    start()[0].append(changes)
    assert path.read_text() == f"{HEADER}\n" + "".join(row_text(Change(each)) for each in leases)


def test_a_new_file_has_keas_header_and_nobody_else_reads_it(start: Make, path: Path) -> None:
    start()
    assert path.read_text() == f"{HEADER}\n"
    assert path.stat().st_mode & 0o007 == 0


def test_what_was_appended_is_there_after_a_kill(start: Make) -> None:
    file, _ = start()
    file.append([change(1), change(2)])
    file.append([change(2, deleted=True), change(3)])
    assert addresses(start()[1]) == [1, 3]


def test_an_unfinished_row_loses_only_itself_and_none_that_follows(start: Make, path: Path) -> None:
    start()[0].append([change(1), change(2)])
    path.write_text(path.read_text()[:-30])
    file, store = start()
    assert addresses(store) == [1]
    file.append([change(3)])
    file.append([change(4)])
    assert addresses(start()[1]) == [1, 3, 4]
    assert path.read_text().count("\n") == 5


def test_an_unfinished_header_is_written_anew(start: Make, path: Path) -> None:
    path.write_text(HEADER[:20])
    start()[0].append([change(1)])
    assert addresses(start()[1]) == [1]


def test_a_bad_row_is_reported_with_its_number(start: Make, path: Path, log: RecordingLog) -> None:
    path.write_text(f"{HEADER}\n{row_text(change(1))}rubbish\n{row_text(change(2))}")
    assert addresses(start()[1]) == [1, 2]
    assert log.lines == [
        ("DHCPSRV_MEMFILE_LEASE_FILE_LOAD", f"loading leases from file {path}"),
        ("DHCPSRV_MEMFILE_LEASE_LOAD_ROW_ERROR", "discarding row 2, error: the row has 1 columns of 12"),
    ]


@pytest.mark.parametrize("text", ["foo,bar\n", "rubbish", f"{HEADER}\nx\nx\n"])
def test_a_file_that_cannot_be_trusted_is_refused_and_left_as_it_is(text: str, path: Path, log: RecordingLog) -> None:
    path.write_text(text)
    with pytest.raises(LeaseFileUnusable, match="kea-leases4.csv"):
        LeaseFile(str(path), log, max_row_errors=1).load(LeaseStore())
    assert path.read_text() == text
    assert log.identifiers()[-1] == "DHCPSRV_MEMFILE_FAILED_TO_OPEN"


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path, log: RecordingLog) -> None:
    with pytest.raises(LeaseFileUnusable, match="No such file"):
        LeaseFile(str(tmp_path / "no" / "x.csv"), log).load(LeaseStore())


def test_two_servers_do_not_write_to_one_file(start: Make, path: Path, log: RecordingLog) -> None:
    start()
    with pytest.raises(LeaseFileUnusable, match="another server"):
        LeaseFile(str(path), log).load(LeaseStore())


# A disk that fails


@pytest.mark.parametrize("room", [0, 1, 40, 90])
def test_of_a_write_that_failed_nothing_is_in_the_file(
    room: int, start: Make, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, _ = start()
    file.append([change(1)])
    before = path.read_bytes()
    monkeypatch.setattr(module, "os", Disk(room))
    with pytest.raises(OSError, match="No space left"):
        file.append([change(2), change(3)])
    assert path.read_bytes() == before
    monkeypatch.setattr(module, "os", os)
    file.append([change(4)])
    assert addresses(start()[1]) == [1, 4]


def test_half_a_row_that_cannot_be_taken_back_disturbs_no_later_one(
    start: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, _ = start()
    disk = Disk(40)
    disk.ftruncate = lambda *arguments: (_ for _ in ()).throw(OSError(errno.EIO, "broken"))  # type: ignore[attr-defined]
    monkeypatch.setattr(module, "os", disk)
    with pytest.raises(OSError, match="No space left"):
        file.append([change(2)])
    monkeypatch.setattr(module, "os", os)
    file.append([change(4)])
    assert addresses(start()[1]) == [4]


def test_a_write_in_two_parts_is_whole(start: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    file, _ = start()

    class Short(Disk):
        def write(self, descriptor: int, data: bytes) -> int:
            return os.write(descriptor, data[:10])

    monkeypatch.setattr(module, "os", Short(0))
    file.append([change(2), change(3)])
    monkeypatch.setattr(module, "os", os)
    assert addresses(start()[1]) == [2, 3]


# Without a file, and what is said about it


def test_without_persistence_nothing_is_kept(log: RecordingLog, tmp_path: Path) -> None:
    nothing = NoLeaseFile(log)
    nothing.load(LeaseStore())
    nothing.append([change(1)])
    nothing.close()
    assert list(tmp_path.iterdir()) == []
    assert log.identifiers() == ["DHCPSRV_MEMFILE_NO_STORAGE"]


def test_the_database_is_described_as_kea_does() -> None:
    assert database_text({}) == "type=memfile universe=4"
    configured = {"type": "memfile", "persist": True, "name": "/x.csv", "lfc-interval": 3600}
    assert database_text(configured) == "lfc-interval=3600 name=/x.csv persist=true type=memfile universe=4"
