"""Messages of Twisted go into the log, its information at DEBUG."""

from __future__ import annotations

from pathlib import Path

import pytest
from twisted.logger import ILogObserver, Logger, LogPublisher
from twisted.python.failure import Failure
from zope.interface.verify import verifyObject

from kea_twisted.adapters.log.logs import Log


def said(tmp_path: Path, namespace: str, level: str, text: str, **more: object) -> str:
    file = tmp_path / "x.log"
    log = Log({"KEA_LOGGER_DESTINATION": str(file), "KEA_LOGGER_SEVERITY": "DEBUG"})
    publisher = LogPublisher(log.observer)
    getattr(Logger(namespace=namespace, observer=publisher), level)(text, **more)
    return file.read_text()


def test_the_observer_is_one() -> None:
    assert verifyObject(ILogObserver, Log().observer)


@pytest.mark.parametrize(
    ("namespace", "level", "text", "expected"),
    [
        ("twisted.internet.protocol", "info", "Starting protocol", "DEBUG [kea-dhcp4.twisted/"),
        ("my.hook", "info", "hello", "INFO  [kea-dhcp4.twisted/"),
        ("my.hook", "debug", "hello", "TWISTED_CHATTER hello"),
        ("twisted.web", "warn", "strange", "TWISTED_WARNING strange"),
        ("twisted.web", "error", "bad", "TWISTED_ERROR bad"),
        ("stdout", "info", "printed by a hook", "TWISTED_LOG printed by a hook"),
        ("log_legacy", "info", "Site starting on 8000", "TWISTED_CHATTER Site"),
        ("log_legacy", "info", "(UDP Port 67 Closed)", "TWISTED_CHATTER (UDP"),
        ("log_legacy", "info", "Received SIGTERM, shutting down.", "TWISTED_LOG Received SIGTERM"),
    ],
)
def test_each_kind_has_its_severity(tmp_path: Path, namespace: str, level: str, text: str, expected: str) -> None:
    assert expected in said(tmp_path, namespace, level, text)


def test_a_stale_pid_file_is_no_error(tmp_path: Path) -> None:
    line = said(tmp_path, "log_legacy", "error", "Removing stale pidfile /x/twistd.pid")
    assert "WARN  [kea-dhcp4.twisted/" in line
    assert "ERROR" in said(tmp_path, "log_legacy", "error", "could not remove a pid file")


def test_an_access_log_is_chatter(tmp_path: Path) -> None:
    assert "TWISTED_CHATTER" in said(tmp_path, "log_legacy", "info", '"POST / HTTP/1.1"', printed=1)


def test_a_failure_comes_with_its_traceback_in_rows(tmp_path: Path) -> None:
    try:
        raise ZeroDivisionError("by intention")
    except ZeroDivisionError:
        failure = Failure()
    text = said(tmp_path, "twisted.internet", "failure", "oh", failure=failure)
    rows = text.splitlines()
    assert rows[0].endswith("TWISTED_FAILURE oh")
    assert any("ERROR [kea-dhcp4.twisted/" in row for row in rows)
    assert rows[-1] == "builtins.ZeroDivisionError: by intention"


def test_chatter_is_not_even_formatted_at_info() -> None:
    class Trap:
        def __format__(self, form: str) -> str:
            raise AssertionError("formatted")

    Logger(namespace="twisted.web", observer=Log().observer).info("{trap}", trap=Trap())
