"""The last warnings of the log are kept, whatever its outputs."""

from __future__ import annotations

from pathlib import Path

from kea_twisted import events as E
from kea_twisted.adapters.log.logs import Log
from kea_twisted.adapters.log.recent import MOST
from kea_twisted.config.model import LoggerSettings, LogOutput

OUTPUT = (LogOutput(output="test.log"),)


def log(folder: Path, severity: str = "INFO") -> Log:
    made = Log(now=lambda: 100.0)
    made.configure((LoggerSettings("kea-dhcp4", severity, outputs=OUTPUT),), lambda name: str(folder / name))
    return made


def test_warnings_are_kept_and_nothing_less(tmp_path: Path) -> None:
    made = log(tmp_path)
    made.emit(E.DHCP4_STARTED, "1.2.3")
    made.emit(E.DHCP4_CONFIG_WARNING, "a\nb")
    [line] = made.recent.after(0)
    assert (line.number, line.at, line.severity, line.id) == (1, 100.0, "WARN", "DHCP4_CONFIG_WARNING")
    assert line.logger == "kea-dhcp4.dhcp4" and "a\\nb" in line.text
    assert made.recent.after(1) == []
    made.close()
    assert "DHCP4_CONFIG_WARNING" in (tmp_path / "test.log").read_text(), "and written as before"


def test_what_the_configuration_silences_is_not_kept(tmp_path: Path) -> None:
    made = log(tmp_path, "ERROR")
    if E.DHCP4_CONFIG_WARNING in made.enabled:
        made.emit(E.DHCP4_CONFIG_WARNING, "a")
    assert made.recent.after(0) == []


def test_their_number_is_bounded_and_another_configuration_keeps_them(tmp_path: Path) -> None:
    made = log(tmp_path)
    for number in range(MOST + 10):
        made.emit(E.DHCP4_CONFIG_WARNING, number)
    made.configure((LoggerSettings("kea-dhcp4", "WARN", outputs=OUTPUT),), lambda name: str(tmp_path / name))
    made.emit(E.DHCP4_CONFIG_WARNING, "last")
    assert len(made.recent.after(0)) == MOST and made.recent.count == MOST + 11
    assert [line.number for line in made.recent.after(MOST + 9)] == [MOST + 10, MOST + 11]
