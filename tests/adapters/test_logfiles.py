"""Destinations rotate, survive full disks, and hand syslog its rows."""

from __future__ import annotations

import os
import syslog
from pathlib import Path

import pytest

from kea_twisted.adapters.log import outputs
from kea_twisted.adapters.log.outputs import SMALLEST_ROTATION, File, Stream, Syslog, destination
from kea_twisted.config.model import LogOutput
from kea_twisted.events import ERROR, INFO


def write(file: File, text: str) -> None:
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
