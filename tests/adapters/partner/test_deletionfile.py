"""Deletions that the partner has not confirmed outlive the process and faults of the disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from kea_twisted.adapters.partner import deletionfile
from kea_twisted.adapters.partner.deletionfile import DeletionFile
from kea_twisted.ha.deletions import Deletion, Deletions
from kea_twisted.lease.lease import Lease

ONE, TWO = Deletion(0x0A000001, 100, b"\7", 99), Deletion(0x0A000002, 200, b"\2\0\0\0\0\1", 86600)


def lease(row: Deletion) -> Lease:
    """The lease that was deleted."""
    return Lease(row.address, row.hwaddr, b"", 3600, row.given, 1)


def opened(tmp_path: Path, *names: str) -> DeletionFile:
    """Return the rows that the next process reads."""
    return DeletionFile(str(tmp_path / "deleted"), names or ("server1",))


def deleted(file: DeletionFile, name: str, *rows: Deletion) -> Deletions:
    """Deletions of one relationship, saved."""
    deletions = Deletions()
    for row in rows:
        deletions.add([lease(row)], row.at)
        file.save(name, deletions)
    return deletions


def test_the_next_process_reads_them(tmp_path: Path) -> None:
    deleted(opened(tmp_path), "server1", ONE, TWO)
    again = opened(tmp_path)
    assert again.rows("server1") == [ONE, TWO]
    assert (tmp_path / "deleted").stat().st_mode & 0o007 == 0


def test_relationships_do_not_mix_and_a_name_may_have_commas(tmp_path: Path) -> None:
    file = opened(tmp_path, "hub, east", "hub")
    deleted(file, "hub, east", ONE)
    deleted(file, "hub", TWO)
    again = opened(tmp_path, "hub, east", "hub")
    assert (again.rows("hub, east"), again.rows("hub")) == ([ONE], [TWO])
    assert opened(tmp_path, "other").rows("other") == []


def test_the_file_goes_when_all_are_confirmed(tmp_path: Path) -> None:
    file = opened(tmp_path, "a", "b")
    first, second = deleted(file, "a", ONE), deleted(file, "b", TWO)
    first.confirmed(ONE.address)
    file.save("a", first)
    assert opened(tmp_path, "a", "b").rows("b") == [TWO]
    second.confirmed(TWO.address)
    file.save("b", second)
    assert not (tmp_path / "deleted").exists()


def test_one_deleted_again_after_its_confirmation_is_remembered(tmp_path: Path) -> None:
    file = opened(tmp_path)
    deletions = deleted(file, "server1", ONE)
    deletions.confirmed(ONE.address)
    deletions.add([lease(ONE)], 150)
    file.save("server1", deletions)
    assert opened(tmp_path).rows("server1")[-1] == ONE._replace(at=150)


def test_half_a_row_at_the_end_counts_for_nothing_and_spoils_nothing(tmp_path: Path) -> None:
    deleted(opened(tmp_path), "server1", ONE)
    with open(tmp_path / "deleted", "a") as file:
        file.write("10.0.0.7,15,,serv")
    again = opened(tmp_path)
    assert again.rows("server1") == [ONE]
    deletions = Deletions()
    deletions.recall([ONE], lambda address: None, 1e10)
    deletions.add([lease(TWO)], TWO.at)
    again.save("server1", deletions)
    assert opened(tmp_path).rows("server1") == [ONE, TWO]


@pytest.mark.parametrize("room", [0, 5, 30])
def test_what_a_full_disk_does_not_take_is_written_when_there_is_room(tmp_path: Path, room: int) -> None:
    real = deletionfile.os.write

    def write(descriptor: int, data: bytes) -> int:
        if not room:
            raise OSError(28, "No space left on device")
        return real(descriptor, data[:room])

    file = opened(tmp_path)
    deletions = Deletions()
    deletions.add([lease(ONE)], ONE.at)
    deletions.add([lease(TWO)], TWO.at)
    with mock.patch.object(deletionfile.os, "write", write):
        file.save("server1", deletions)
    assert file.owes
    file.save("server1", deletions)
    assert not file.owes
    assert set(opened(tmp_path).rows("server1")) == {ONE, TWO}


def test_a_long_file_is_written_anew(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(deletionfile, "LARGEST", 10)
    file, deletions = opened(tmp_path), Deletions()
    for at in range(100, 130):
        deletions.add([lease(ONE)], at)
        file.save("server1", deletions)
    assert (tmp_path / "deleted").read_text().count("\n") <= 12
    assert opened(tmp_path).rows("server1")[-1] == ONE._replace(at=129)


@pytest.mark.parametrize(
    "text",
    [
        "\n\n",
        "a,1,,server1\n",
        "10.0.0.1,x,,server1\n",
        "10.0.0.1\n",
        "10.0.0.1,1,x,server1\n",
        "10.0.0.1,1,07+x,server1\n",
        "\0\n",
        "\udcff\n",
    ],
)
def test_a_damaged_row_says_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "deleted").write_text(text + "10.0.0.1,100,07+99,server1\n", errors="surrogateescape")
    assert opened(tmp_path).rows("server1") == [ONE]


def test_without_a_lease_file_nothing_is_written() -> None:
    file = DeletionFile("", ("server1",))
    deleted(file, "server1", ONE)
    assert file.rows("server1") == []
