"""Destinations rotate, survive full disks, and hand syslog its rows."""

from __future__ import annotations

import os
import socket
import syslog
import time
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import pytest

from kea_twisted import events as E
from kea_twisted.adapters.log import outputs
from kea_twisted.adapters.log.logs import Log
from kea_twisted.adapters.log.outputs import SMALLEST_ROTATION, File, Stream, Syslog, destination
from kea_twisted.adapters.log.syslogsocket import SyslogSocket
from kea_twisted.config.model import LogOutput
from kea_twisted.events import ERROR, INFO


def write(file: Stream, text: str) -> None:
    file.taker(INFO)(text)
    file.flush()


def test_a_grown_file_becomes_version_one_and_pushes_the_others_on(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    file = File(str(path), SMALLEST_ROTATION, 2)
    for letter in "abcd":
        write(file, letter * SMALLEST_ROTATION)
        write(file, letter)
    write(file, "e")
    assert path.read_text() == "e"
    assert [Path(f"{path}.{number}").read_text()[0] for number in (1, 2)] == ["d", "c"]
    assert not Path(f"{path}.3").exists()


def test_what_was_in_the_file_before_counts(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    path.write_text("o" * SMALLEST_ROTATION)
    file = File(str(path), SMALLEST_ROTATION, 1)
    write(file, "new")
    assert Path(f"{path}.1").read_text().endswith("onew")
    assert not path.exists()


def test_a_small_maxsize_switches_rotation_off(tmp_path: Path) -> None:
    file = File(str(tmp_path / "x.log"), SMALLEST_ROTATION - 1, 1)
    write(file, "a" * SMALLEST_ROTATION)
    write(file, "b")
    assert os.listdir(tmp_path) == ["x.log"]


def test_a_file_cannot_be_read_by_everybody(tmp_path: Path) -> None:
    write(File(str(tmp_path / "x.log"), 0, 1), "secret")
    assert (tmp_path / "x.log").stat().st_mode & 0o007 == 0


@pytest.fixture
def complaints(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    texts: list[str] = []
    monkeypatch.setattr(outputs, "complain", texts.append)
    return texts


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")
def test_a_full_disk_is_said_once_and_loses_lines_only(complaints: list[str]) -> None:
    file = File("/dev/full", 0, 1)
    write(file, "a\n")
    write(file, "b\n")
    assert file.lost == 2
    assert complaints == ["cannot write the log to /dev/full: No space left on device"]


def test_a_folder_that_appears_later_is_used_then(tmp_path: Path, complaints: list[str]) -> None:
    file = File(str(tmp_path / "late" / "x.log"), 0, 1)
    write(file, "lost\n")
    (tmp_path / "late").mkdir()
    write(file, "kept\n")
    assert (tmp_path / "late" / "x.log").read_text() == "kept\n"
    assert len(complaints) == 1


def test_a_pipe_that_is_full_gets_the_rest_later() -> None:
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    stream = Stream(lambda: writing, "stdout")
    text = "x" * 100_000
    stream.taker(INFO)(text)
    stream.flush()
    got = 0
    while got < len(text):
        got += len(os.read(reading, 100_000))
        stream.flush()
    assert got == len(text)
    assert stream.lost == 0
    os.close(reading)
    os.close(writing)


def test_a_closed_stream_does_no_harm(monkeypatch: pytest.MonkeyPatch, complaints: list[str]) -> None:
    monkeypatch.setattr("sys.__stdout__", None)
    stream = destination(LogOutput("stdout"), str)
    stream.taker(INFO)("x")
    stream.flush()
    assert complaints == ["cannot write the log to stdout: the stream is closed"]


def test_syslog_gets_priority_and_rows() -> None:
    rows: list[tuple[int, str]] = []
    log = Syslog("daemon", lambda priority, text: rows.append((priority, text)))
    log.taker(ERROR)("one\ntwo\n")
    log.taker(INFO)("three\n")
    log.flush()
    assert rows == [
        (syslog.LOG_DAEMON | syslog.LOG_ERR, "one"),
        (syslog.LOG_DAEMON | syslog.LOG_ERR, "two"),
        (syslog.LOG_DAEMON | syslog.LOG_INFO, "three"),
    ]


@pytest.mark.parametrize("facility", ["", "nonsense", "local0"])
def test_syslog_speaks_as_local0_unless_told(facility: str) -> None:
    rows: list[int] = []
    log = Syslog(facility, lambda priority, text: rows.append(priority))
    log.taker(INFO)("x")
    log.flush()
    assert rows == [syslog.LOG_LOCAL0 | syslog.LOG_INFO]


# --- the lines are not taken ---------------------------------------------------------------------------------


def fill(stream: Stream, number: int) -> None:
    """Log lines of 100 bytes each, a flush for each."""
    for each in range(number):
        write(stream, f"{each:099}\n")


def available(descriptor: int) -> bytes:
    """Everything that can be read now."""
    received = b""
    with suppress(BlockingIOError):
        while data := os.read(descriptor, 1 << 20):
            received += data
    return received


@pytest.mark.parametrize("kind", ["pipe", "socket"])
def test_a_reader_that_sleeps_holds_nothing_up_and_learns_what_it_missed(kind: str) -> None:
    if kind == "pipe":
        reading, writing = os.pipe()
    else:
        reading, writing = (each.detach() for each in socket.socketpair())
    stream = Stream(lambda: writing, "stdout")
    began = time.monotonic()
    fill(stream, 10_000)
    assert time.monotonic() - began < 5
    assert 0 < stream.lost < 10_000 and stream.take_lost() == 0
    received = b""
    os.set_blocking(reading, False)
    while stream._rest:
        received += available(reading)
        stream.flush()
    received += available(reading)
    lines = received.decode().splitlines()
    assert [int(line) for line in lines] == list(range(len(lines)))
    assert len(lines) + stream.lost == 10_000
    assert stream.take_lost() == stream.lost and stream.take_lost() == 0
    os.close(reading)
    os.close(writing)


def test_the_log_tells_how_many_lines_are_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    monkeypatch.setattr("sys.__stdout__", SimpleNamespace(fileno=lambda: writing))
    log = Log()
    for _ in range(5000):
        log.emit(E.DHCP4_CONFIG_WARNING, "x" * 100)
    os.set_blocking(reading, False)
    received = b""
    while b"LOG_LINES_LOST" not in received and len(received) < 10_000_000:
        received += available(reading)
        log.flush()
    lost = 5000 - received.count(b"DHCP4_CONFIG_WARNING")
    assert lost > 0
    assert f"LOG_LINES_LOST {lost} lines are missing".encode() in received.splitlines()[-1]
    os.close(reading)
    os.close(writing)


def test_a_named_pipe_without_a_reader_is_not_waited_for(tmp_path: Path, complaints: list[str]) -> None:
    os.mkfifo(tmp_path / "pipe")
    file = File(str(tmp_path / "pipe"), 0, 1)
    write(file, "lost\n")
    assert file.lost == 1 and len(complaints) == 1


def test_a_slow_syslog_daemon_is_not_waited_for(tmp_path: Path) -> None:
    path = str(tmp_path / "log")
    daemon = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    daemon.bind(path)
    log = Syslog("", SyslogSocket("kea-dhcp4", (path,)).write)
    for number in range(3000):
        log.taker(INFO)(f"line {number}\n")
        log.flush()
    assert log.lost and not log.take_lost()
    daemon.setblocking(False)
    rows: list[bytes] = []
    for _ in range(3000 - log.lost):
        rows.append(daemon.recv(9000))
        log.flush()
    assert [row.rpartition(b" ")[2] for row in rows] == [b"%d" % number for number in range(len(rows))]
    assert rows[0].startswith(b"<%d>" % (syslog.LOG_LOCAL0 | syslog.LOG_INFO)) and b" kea-dhcp4: line 0" in rows[0]
    assert log.take_lost() == log.lost
    daemon.close()


def test_a_syslog_daemon_that_is_started_anew_gets_the_next_row(tmp_path: Path) -> None:
    path = str(tmp_path / "log")
    log = Syslog("", SyslogSocket("kea-dhcp4", (path,)).write)
    log.taker(INFO)("one\n")
    log.flush()  # there is none
    for text in ("two", "three"):
        daemon = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        daemon.bind(path)
        log.taker(INFO)(f"{text}\n")
        log.flush()
        assert b"one" in daemon.recv(9000) if text == "two" else b"three" in daemon.recv(9000)
        daemon.close()
        os.unlink(path)
