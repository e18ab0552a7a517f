"""The clean-up of the lease file: whatever step it stops after, nothing is lost."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.error import ProcessDone, ProcessTerminated
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from kea_twisted.adapters.memfile import leasefile as module
from kea_twisted.adapters.memfile.leasecleaner import CLEANING, clean, command_line, main, merge
from kea_twisted.adapters.memfile.leasecleanup import LeaseCleanup
from kea_twisted.adapters.memfile.leasefile import LeaseFile, LeaseFileUnusable
from kea_twisted.adapters.system.leasefiles import LeaseFiles
from kea_twisted.lease.csvrow import HEADER, row_text
from kea_twisted.lease.store import LeaseStore
from tests.adapters.memfile.leasefiles import NINE, Disk, Make, addresses, change, old_row
from tests.fakes import RecordingLog


@pytest.mark.parametrize("steps", range(len(CLEANING) + 1))
def test_a_cleaning_that_stops_after_any_step_loses_nothing(steps: int, start: Make, path: Path) -> None:
    file, _ = start()
    file.append([change(1), change(2)])
    file.rotate()
    clean(file.files)
    file.append([change(2, deleted=True), change(3)])
    file.rotate()
    file.append([change(4)])
    for step in CLEANING[:steps]:
        step(file.files)
    assert addresses(start()[1]) == [1, 3, 4]
    again, _ = start()
    again.rotate()
    clean(again.files)
    again.append([change(5)])
    assert addresses(start()[1]) == [1, 3, 4, 5]
    assert sorted(each.name for each in path.parent.iterdir()) in (
        ["kea-leases4.csv", "kea-leases4.csv.2"],
        ["kea-leases4.csv", "kea-leases4.csv.1", "kea-leases4.csv.2"],
    )


def test_half_written_output_counts_for_nothing(start: Make, path: Path) -> None:
    file, _ = start()
    file.append([change(1)])
    file.rotate()
    Path(file.files.output).write_text(f"{HEADER}\n{row_text(change(99))}10.0")
    assert addresses(start()[1]) == [1]
    clean(file.files)
    assert addresses(start()[1]) == [1]


def test_a_server_killed_between_putting_aside_and_beginning_anew_loses_nothing(start: Make, path: Path) -> None:
    start()[0].append([change(1)])
    path.rename(f"{path}.1")
    assert addresses(start()[1]) == [1]


def test_what_lies_aside_is_cleaned_before_more_is_put_aside(start: Make) -> None:
    file, _ = start()
    file.append([change(1)])
    assert file.rotate() is True
    file.append([change(2)])
    assert file.rotate() is False
    clean(file.files)
    assert file.rotate() is True


def test_the_result_is_sorted_and_has_each_lease_once(start: Make) -> None:
    file, _ = start()
    file.append([change(3), change(1), change(3, 2_000_000_005), change(2), change(2, deleted=True)])
    file.rotate()
    clean(file.files)
    assert (
        Path(file.files.previous).read_text() == f"{HEADER}\n{row_text(change(1))}{row_text(change(3, 2_000_000_005))}"
    )


def test_the_files_stay_with_their_owner_and_are_not_for_others(start: Make, path: Path) -> None:
    path.write_text(f"{HEADER}\n")
    path.chmod(0o664)
    owner = 65534 if os.geteuid() == 0 else os.geteuid()
    os.chown(path, owner, -1)
    file, _ = start()
    file.rotate()
    clean(file.files)
    for name in (file.files.current, file.files.previous):
        found = os.stat(name)
        assert (found.st_mode & 0o777, found.st_uid) == (0o660, owner), name


def test_a_file_that_cannot_be_put_aside_stays_in_use(start: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    file, _ = start()
    file.append([change(1)])
    monkeypatch.setattr(module, "os", Disk(5))  # no room for a header
    with pytest.raises(OSError, match="No space left"):
        file.rotate()
    monkeypatch.setattr(module, "os", os)
    file.append([change(2)])
    assert addresses(start()[1]) == [1, 2]


def test_files_of_another_schema_are_put_aside_and_converted(start: Make, path: Path, log: RecordingLog) -> None:
    path.write_text(f"{NINE}\n{old_row(1)}{old_row(2)}")
    file, store = start()
    assert addresses(store) == [1, 2]
    assert file.needs_cleaning
    file.append([change(2, deleted=True)])
    clean(file.files)
    assert Path(file.files.previous).read_text() == f"{HEADER}\n{row_text(change(1))}{row_text(change(2))}"
    assert addresses(start()[1]) == [1]
    assert f"version of lease file: {path} schema is earlier than version 3.0" in log.texts(
        "DHCPSRV_MEMFILE_NEEDS_UPGRADING"
    )


def test_a_file_of_another_schema_is_converted_where_it_is_when_it_cannot_be_put_aside(start: Make, path: Path) -> None:
    Path(f"{path}.1").write_text(f"{NINE}\n{old_row(1)}")
    path.write_text(f"{NINE}\n{old_row(2)}{old_row(3)}")
    start()[0].append([change(3, deleted=True)])
    assert path.read_text() == f"{HEADER}\n{''.join(map(row_text, [change(2), change(3), change(3, deleted=True)]))}"
    assert addresses(start()[1]) == [1, 2]


def test_a_dead_cleaners_pid_file_is_in_nobodys_way(start: Make, path: Path) -> None:
    Path(f"{path}.pid").write_text("1\n")  # a living process that is no cleaner
    file, _ = start()
    file.append([change(1)])
    file.rotate()
    assert main(command_line(file.files)[4:]) == 0
    assert not Path(f"{path}.pid").exists()


def test_a_start_waits_for_a_cleaner_at_work_but_not_for_ever(path: Path, log: RecordingLog) -> None:
    program = path.with_name("kea-lfc")
    program.write_text("print(flush=True); input()")
    with subprocess.Popen([sys.executable, str(program)], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as cleaner:
        assert cleaner.stdout is not None
        cleaner.stdout.readline()  # it has its command line now, by which it is recognized
        Path(f"{path}.pid").write_text(f"{cleaner.pid}\n")
        waited: list[float] = []
        with pytest.raises(LeaseFileUnusable, match="lease file cleanup is in progress"):
            LeaseFile(str(path), log, sleep=waited.append).load(LeaseStore())
        assert sum(waited) == pytest.approx(module.PATIENCE, abs=0.2)
        assert clean_fails(LeaseFiles.of(str(path)))
        cleaner.communicate(b"\n")
    LeaseFile(str(path), log).load(LeaseStore())


def test_a_process_about_kea_that_is_no_cleaner_is_not_waited_for(path: Path, log: RecordingLog) -> None:
    words = [sys.executable, "-c", "input()", "kea-dhcp4", "/etc/kea", "kea-lfc"]
    with subprocess.Popen(words, stdin=subprocess.PIPE) as other:
        Path(f"{path}.pid").write_text(f"{other.pid}\n")
        waited: list[float] = []
        LeaseFile(str(path), log, sleep=waited.append).load(LeaseStore())
        assert waited == []
        assert not clean_fails(LeaseFiles.of(str(path)))
        other.communicate(b"\n")


def clean_fails(files: LeaseFiles) -> bool:
    """Return True if a second cleaner refuses to work beside the first."""
    return main(command_line(files)[4:]) == 1


def test_a_cleaner_that_cannot_read_its_input_leaves_it(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = LeaseFiles.of(str(path))
    Path(files.input).write_text("foo,bar\n")
    assert main(command_line(files)[4:]) == 1
    assert "invalid column: 'foo'" in capsys.readouterr().err
    assert Path(files.input).read_text() == "foo,bar\n"


def test_merging_nothing_makes_an_empty_result(path: Path) -> None:
    files = LeaseFiles.of(str(path))
    merge(files)
    assert Path(files.finish).read_text() == f"{HEADER}\n"


class Processes(Clock):
    """A reactor that remembers which processes it was asked to start."""

    def __init__(self) -> None:
        super().__init__()
        self.started: list[tuple[Any, list[str]]] = []
        self.refuse: OSError | None = None

    def spawnProcess(self, protocol: Any, executable: str, args: list[str], env: dict[str, str]) -> None:
        """Remember it, or fail as told."""
        if self.refuse:
            raise self.refuse
        self.started.append((protocol, args))

    def end(self, reason: Exception) -> None:
        """The last process ends."""
        self.started[-1][0].processEnded(Failure(reason))


# The process and its timer


def results(deferred: Deferred[bool]) -> list[bool]:
    """Return the results so far."""
    fired: list[bool] = []
    deferred.addCallback(fired.append)
    return fired


def test_a_cleanup_runs_every_interval_and_never_twice_at_a_time(start: Make, log: RecordingLog) -> None:
    processes = Processes()
    cleanup = LeaseCleanup(start()[0], log, processes)
    cleanup.start(60)
    processes.advance(59)
    assert processes.started == []
    processes.advance(1)
    processes.advance(60)
    assert len(processes.started) == 1
    processes.end(ProcessDone(0))
    processes.advance(60)
    assert len(processes.started) == 2
    cleanup.stop()
    processes.end(ProcessDone(0))
    processes.advance(600)
    assert len(processes.started) == 2
    assert log.texts("DHCPSRV_MEMFILE_LFC_SETUP") == ["setting up the Lease File Cleanup interval to 60 sec"]


def test_no_interval_means_no_cleanup(start: Make, log: RecordingLog) -> None:
    processes = Processes()
    LeaseCleanup(start()[0], log, processes).start(0)
    assert processes.getDelayedCalls() == []


def test_a_failed_cleanup_says_why_and_is_tried_again(start: Make, log: RecordingLog) -> None:
    processes = Processes()
    cleanup = LeaseCleanup(start()[0], log, processes)
    cleanup.start(60)
    processes.advance(60)
    processes.started[-1][0].errReceived(b"no space\n")
    waiting = results(cleanup.compact())
    processes.end(ProcessTerminated(1))
    assert waiting == [False]
    assert log.texts("DHCPSRV_MEMFILE_LFC_FAIL") == ["lease file cleanup failed: no space"]
    processes.advance(60)
    assert len(processes.started) == 2


def test_a_process_that_cannot_be_started_is_no_disaster(start: Make, log: RecordingLog) -> None:
    processes = Processes()
    processes.refuse = OSError(errno.EAGAIN, "Resource temporarily unavailable")
    cleanup = LeaseCleanup(start()[0], log, processes)
    assert results(cleanup.compact()) == [False]
    assert log.identifiers()[-1] == "DHCPSRV_MEMFILE_LFC_SPAWN_FAIL"
    assert not cleanup.running


def test_older_files_are_converted_at_once(start: Make, path: Path, log: RecordingLog) -> None:
    path.write_text(f"{NINE}\n{old_row(1)}")
    processes = Processes()
    LeaseCleanup(start()[0], log, processes).start(0)
    assert len(processes.started) == 1
    assert log.texts("DHCPSRV_MEMFILE_CONVERTING_LEASE_FILES") == [
        "running LFC now to convert lease files to the current schema: 3.0"
    ]


@pytest_twisted.ensureDeferred
async def test_a_real_process_cleans_up_while_the_server_goes_on(
    start: Make, log: RecordingLog, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    file, _ = start()
    file.append([change(1), change(2), change(2, 2_000_000_001)])
    done = LeaseCleanup(file, log, reactor).compact()
    file.append([change(3)])
    assert await done, log.lines
    assert Path(file.files.previous).read_text().count("\n") == 3
    assert addresses(start()[1]) == [1, 2, 3]
