"""Moving leases between lease files and databases with the command line client, without a database."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from kea_twisted.adapters.sql import transfer
from kea_twisted.adapters.sql.answers import DatabaseLost, StatementFailed
from kea_twisted.ctl import show
from kea_twisted.ctl.main import main
from kea_twisted.lease.csvrow import HEADER
from kea_twisted.lease.lease import Lease
from kea_twisted.lease.loading import Loading
from kea_twisted.wire.address import address_text

ROW = "10.0.0.{0},02:00:00:00:00:0{0},,4000,1700004000,1,0,0,{1},0,,0"


class FakeTable:
    """A table in memory; ``refuses`` is an address that does not fit, ``is_lost``: the database ends."""

    def __init__(self) -> None:
        self.leases: dict[str, Lease] = {}
        self.refuses = ""
        self.is_lost = self.is_closed = False
        self.deadlocks = 0

    def count(self) -> int:
        """The number of rows."""
        return len(self.leases)

    def read(self, row_error: Any) -> Loading:
        """All of them, and one that cannot be used."""
        if self.refuses:
            row_error(7, "no address")
        loading = Loading()
        loading.take_rows(list(self.leases.values()))
        return loading

    def insert(self, leases: Sequence[Lease]) -> list[int]:
        """Take leases, all or none."""
        if self.is_lost:
            raise DatabaseLost(0, "gone")
        if self.deadlocks:
            self.deadlocks -= 1
            raise StatementFailed("Deadlock found", True)
        named = {address_text(lease.address): lease for lease in leases}
        if self.refuses in named:
            raise StatementFailed("value too long", False, True)
        present = [lease.address for name, lease in named.items() if name in self.leases]
        self.leases = {**named, **self.leases}
        return present

    def close(self) -> None:
        """End."""
        self.is_closed = True


class Move:
    """The program, with a configuration that names the table."""

    def __init__(self, folder: Path, table: FakeTable) -> None:
        self.folder, self.table = folder, table
        self.configuration = folder / "kea.conf"
        self.configure({"type": "mysql", "name": "kea"})
        self.file = folder / "leases.csv"

    def configure(self, section: Any) -> None:
        """Write the configuration."""
        self.configuration.write_text(json.dumps({"Dhcp4": {"lease-database": section}}))

    def rows(self, *rows: str, name: str = "leases.csv", header: str = HEADER) -> None:
        """Write a lease file."""
        (self.folder / name).write_text("\n".join([header, *rows, ""]))

    def call(self, *words: str) -> Result:
        """Call the program."""
        return CliRunner().invoke(main, ["--config", str(self.configuration), "leases", *words])


@pytest.fixture
def move(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Move:
    table = FakeTable()
    monkeypatch.setattr(transfer, "from_table", lambda tables, kind, contents: lambda database: table)
    return Move(tmp_path, table)


def test_the_last_rows_of_all_files_are_uploaded_and_dumped_again(move: Move) -> None:
    move.rows(ROW.format(1, "old"), ROW.format(2, "gone"), name="leases.csv.2")
    move.rows(ROW.format(1, "new"), ROW.format(2, "gone").replace(",4000,", ",0,"), ROW.format(3, "a&#x2cb"))
    done = move.call("upload", str(move.file))
    assert done.exit_code == 0 and done.output.startswith("2 leases of ") and "leases.csv.2 and " in done.output
    assert [(name, lease.hostname) for name, lease in move.table.leases.items()] == [
        ("10.0.0.1", "new"), ("10.0.0.3", "a,b"),
    ]  # fmt: skip
    again = move.folder / "again.csv"
    assert move.call("dump", str(again)).output == f"2 leases are in {again}\n"
    expected = [HEADER, ROW.format(1, "new"), ROW.format(3, "a&#x2cb"), ""]
    assert again.read_text().split("\n") == expected == move.call("dump", "-").output.split("\n")
    assert move.table.is_closed and not again.stat().st_mode & 0o007


def test_a_table_with_leases_is_left_alone_unless_that_is_wanted(move: Move) -> None:
    move.rows(ROW.format(1, "mine"))
    move.call("upload", str(move.file))
    move.rows(ROW.format(1, "other"), ROW.format(2, "new"))
    refused = move.call("upload", str(move.file))
    assert refused.exit_code == show.REFUSED and "1 leases already" in refused.output and len(move.table.leases) == 1
    merged = move.call("upload", str(move.file), "--merge")
    assert merged.exit_code == 0 and "1 leases of" in merged.output and "1 addresses have another" in merged.output
    assert {name: lease.hostname for name, lease in move.table.leases.items()} == {
        "10.0.0.1": "mine",
        "10.0.0.2": "new",
    }


def test_lines_that_are_refused_are_named_with_their_places_and_the_others_written(move: Move) -> None:
    rows = [ROW.format(number, "x") for number in range(1, 6)]
    rows[1] = rows[1].replace(",1,0,0,", ",none,0,0,")
    rows.insert(2, "")
    move.rows(*rows)
    move.table.refuses = "10.0.0.4"
    done = move.call("upload", str(move.file))
    assert done.exit_code == show.REFUSED and sorted(move.table.leases) == ["10.0.0.1", "10.0.0.3", "10.0.0.5"]
    assert f"{move.file}:3: subnet_id 'none' is not a number" in done.output
    assert f"{move.file}:6: value too long" in done.output and "2 lines were refused" in done.output


@pytest.mark.parametrize(("deadlocks", "status"), [(4, 0), (5, show.REFUSED)])
def test_a_deadlock_is_tried_again(move: Move, deadlocks: int, status: int) -> None:
    move.rows(ROW.format(1, "x"))
    move.table.deadlocks = deadlocks
    done = move.call("upload", str(move.file))
    assert done.exit_code == status and (not status or "Deadlock found; 0 leases were written" in done.output)


def test_rows_of_older_keas_are_taken(move: Move) -> None:
    header = ",".join(HEADER.split(",")[:9])
    move.rows(",".join(ROW.format(1, "x").split(",")[:9]), header=header)
    assert move.call("upload", str(move.file)).exit_code == 0 and len(move.table.leases) == 1


def test_what_is_no_lease_file_is_refused(move: Move) -> None:
    move.rows(header="a,b")
    done = move.call("upload", str(move.file))
    assert done.exit_code == show.REFUSED and f"{move.file}:1: header contains an invalid column: 'a'" in done.output


def test_a_file_that_is_there_is_not_replaced_unless_that_is_wanted(move: Move) -> None:
    move.rows("kept")
    done = move.call("dump", str(move.file))
    assert done.exit_code == show.REFUSED and "--force" in done.output and "kept" in move.file.read_text()
    assert move.call("dump", str(move.file), "--force").exit_code == 0 and move.file.read_text() == f"{HEADER}\n"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_the_user_of_the_server_can_read_what_root_dumps(move: Move) -> None:
    """A new file is that of its folder's owner; one that is replaced keeps its owner and its mode."""
    os.chown(move.folder, 4711, 4712)
    assert move.call("dump", str(move.file)).exit_code == 0
    status = move.file.stat()
    assert (status.st_uid, status.st_gid, status.st_mode & 0o777) == (4711, 4712, 0o640)
    os.chown(move.file, 4713, 4714)
    move.file.chmod(0o600)
    assert move.call("dump", str(move.file), "--force").exit_code == 0
    status = move.file.stat()
    assert (status.st_uid, status.st_gid, status.st_mode & 0o777) == (4713, 4714, 0o600)


def test_a_file_made_during_the_dump_stays(move: Move, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another user of a shared folder gets neither the leases nor the name of the file."""

    def beside(dump: transfer.Dump) -> list[str]:
        move.file.write_text("another's")
        return [HEADER]

    monkeypatch.setattr(transfer.Dump, "texts", beside)
    result = move.call("dump", str(move.file))
    assert result.exit_code != 0 and "was made meanwhile" in result.output
    assert move.file.read_text() == "another's"
    assert [path.name for path in move.folder.iterdir() if "leases" in path.name] == [move.file.name]


def test_a_pipe_is_not_replaced_by_a_file(move: Move) -> None:
    os.mkfifo(move.file)
    result = move.call("dump", str(move.file), "--force")
    assert result.exit_code != 0 and "no regular file" in result.output and move.file.is_fifo()


def test_a_link_to_the_file_stays(move: Move) -> None:
    move.file.symlink_to("real.csv")
    assert move.call("dump", str(move.file), "--force").exit_code == 0
    assert move.file.is_symlink() and (move.folder / "real.csv").read_text() == f"{HEADER}\n"


def test_a_dump_that_fails_leaves_nothing(move: Move, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(transfer.os, "fsync", full)
    done = move.call("dump", str(move.file))
    assert done.exit_code == show.REFUSED and "No space left on device" in done.output
    assert [path.name for path in move.folder.iterdir()] == ["kea.conf"]


def test_rows_of_the_table_that_cannot_be_dumped_are_named(move: Move) -> None:
    move.table.refuses = "all"
    done = move.call("dump", str(move.file))
    assert done.exit_code == show.REFUSED and "row 7 of the table: no address" in done.output and move.file.exists()


def test_a_lost_database_and_a_configuration_without_one_are_said(move: Move) -> None:
    move.rows(ROW.format(1, "x"))
    move.table.is_lost = True
    done = move.call("upload", str(move.file))
    assert done.exit_code == show.REFUSED and "the database: gone" in done.output
    move.configure({"type": "memfile"})
    done = move.call("upload", str(move.file))
    assert done.exit_code == show.REFUSED and "has no 'lease-database' of type mysql or postgresql" in done.output
