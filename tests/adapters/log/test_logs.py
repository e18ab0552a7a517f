"""Loggers inherit, filter and write as Kea's do, and nothing in them can stop the server."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from zope.interface.verify import verifyObject

from kea_twisted.adapters.log.logs import VOCABULARY, Log, escaped
from kea_twisted.config.model import LoggerSettings, LogOutput
from kea_twisted.events import DEBUG, ERROR, FATAL, INFO, WARN, Event
from kea_twisted.interfaces import ILog

ALLOC = Event("LEASE_ALLOC", INFO, "leases", "{}: lease {}")
TRACE = Event("LEASE_TRACE", DEBUG, "leases", "trace", debuglevel=40)
ROUGH = Event("PACKET_ROUGH", DEBUG, "packets", "rough")
WARNING = Event("START_WARN", WARN, "dhcp4", "careful")
BROKEN = Event("START_ERROR", ERROR, "dhcp4", "broken")
DEADLY = Event("START_FATAL", FATAL, "", "dead")
EVENTS = (ALLOC, TRACE, ROUGH, WARNING, BROKEN, DEADLY)


def logger(name: str, severity: str = "INFO", debuglevel: int = 0, *outputs: str) -> LoggerSettings:
    return LoggerSettings(
        name, severity, debuglevel, tuple(LogOutput(output, pattern="%p %c %m\n") for output in outputs)
    )


def make(tmp_path: Path, *loggers: LoggerSettings, **environ: str) -> Log:
    log = Log(environ, vocabulary=EVENTS)
    log.configure(loggers, lambda name: str(tmp_path / name))
    return log


def passing(*loggers: LoggerSettings, **environ: str) -> set[str]:
    log = Log(environ, vocabulary=EVENTS)
    log.configure(loggers, str)
    return {event.identifier for event in log.enabled}


def test_it_provides_its_interface() -> None:
    assert verifyObject(ILog, Log())
    assert len(VOCABULARY) == len({event.identifier for event in VOCABULARY})


def test_every_text_has_places_for_its_arguments_and_nothing_else_in_braces() -> None:
    for event in VOCABULARY:
        arguments = tuple(range(event.text.count("{}")))
        assert event.form % arguments == event.text.format(*arguments)


def test_an_event_that_is_not_enabled_costs_no_text() -> None:
    """Callers off the packet path do not look into ``enabled``."""

    class Argument:
        asked = 0

        def __str__(self) -> str:
            Argument.asked += 1
            return ""

    fine, shown = Event("FINE", DEBUG, "dhcp4", "fine {}"), Event("SHOWN", INFO, "dhcp4", "shown {}")
    log = Log({"KEA_LOGGER_DESTINATION": "stderr"}, vocabulary=(fine, shown))
    log.emit(fine, Argument())
    assert fine not in log.enabled and Argument.asked == 0
    log.emit(shown, Argument())
    assert Argument.asked == 1


def test_a_percent_sign_is_text(tmp_path: Path) -> None:
    full = Event("FULL", INFO, "dhcp4", "{} is 90% full, %s")
    log = Log({"KEA_LOGGER_DESTINATION": str(tmp_path / "x.log")}, vocabulary=(full,))
    log.emit(full, "100%d")
    assert (tmp_path / "x.log").read_text().endswith(" FULL 100%d is 90% full, %s\n")


def test_without_configuration_it_says_info_and_above() -> None:
    assert passing() == {"LEASE_ALLOC", "START_WARN", "START_ERROR", "START_FATAL"}


@pytest.mark.parametrize(
    ("severity", "expected"),
    [
        ("FATAL", {"START_FATAL"}),
        ("ERROR", {"START_FATAL", "START_ERROR"}),
        ("WARN", {"START_FATAL", "START_ERROR", "START_WARN"}),
        ("NONE", set()),
    ],
)
def test_a_severity_lets_itself_and_worse_pass(severity: str, expected: set[str]) -> None:
    assert passing(logger("kea-dhcp4", severity)) == expected


def test_debug_passes_up_to_its_level() -> None:
    assert "LEASE_TRACE" not in passing(logger("kea-dhcp4", "DEBUG", 39))
    assert "LEASE_TRACE" in passing(logger("kea-dhcp4", "DEBUG", 40))
    assert "PACKET_ROUGH" in passing(logger("kea-dhcp4", "DEBUG"))


def test_the_nearest_logger_decides() -> None:
    quiet_but_leases = passing(logger("kea-dhcp4", "NONE"), logger("kea-dhcp4.leases", "DEBUG", 99))
    assert quiet_but_leases == {"LEASE_ALLOC", "LEASE_TRACE"}


def test_a_logger_without_outputs_uses_its_parents(tmp_path: Path) -> None:
    log = make(tmp_path, logger("kea-dhcp4", "WARN", 0, "main.log"), logger("kea-dhcp4.leases"))
    log.emit(ALLOC, "client", "10.0.0.1")
    assert (tmp_path / "main.log").read_text() == "INFO kea-dhcp4.leases LEASE_ALLOC client: lease 10.0.0.1\n"


def test_a_logger_with_outputs_keeps_its_lines_for_itself(tmp_path: Path) -> None:
    log = make(
        tmp_path,
        logger("kea-dhcp4", "INFO", 0, "main.log"),
        logger("kea-dhcp4.leases", "INFO", 0, "leases.log", "second.log"),
    )
    log.emit(ALLOC, "c", "a")
    log.emit(WARNING)
    assert (tmp_path / "main.log").read_text() == "WARN kea-dhcp4.dhcp4 START_WARN careful\n"
    assert (tmp_path / "leases.log").read_text() == (tmp_path / "second.log").read_text() != ""


def test_outputs_with_the_same_file_share_it_in_order(tmp_path: Path) -> None:
    log = make(tmp_path, logger("kea-dhcp4", "INFO", 0, "one.log"), logger("kea-dhcp4.leases", "INFO", 0, "one.log"))
    for _ in range(2):
        log.emit(WARNING)
        log.emit(ALLOC, "c", "a")
    identifiers = [row.split()[2] for row in (tmp_path / "one.log").read_text().splitlines()]
    assert identifiers == ["START_WARN", "LEASE_ALLOC"] * 2


def test_messages_that_are_added_obey_the_loggers_of_now_and_later(tmp_path: Path) -> None:
    said = Event("MINE_SAID", INFO, "mine", "said {}", "a library's own")
    log = make(tmp_path, logger("kea-dhcp4.mine", "WARN"))
    assert said not in log.enabled
    log.add((said,))
    assert said not in log.enabled
    log.configure((logger("kea-dhcp4.mine", "INFO"),), str)
    assert said in log.enabled


def test_the_environment_rules_where_nothing_is_configured(tmp_path: Path) -> None:
    log = Log(
        {
            "KEA_LOGGER_DESTINATION": str(tmp_path / "early.log"),
            "KEA_LOGGER_SEVERITY": "DEBUG",
            "KEA_LOGGER_DBGLEVEL": "40",
        },
        vocabulary=EVENTS,
    )
    log.emit(TRACE)
    assert "DEBUG [kea-dhcp4.leases/" in (tmp_path / "early.log").read_text()
    assert passing(KEA_LOGGER_SEVERITY="nonsense", KEA_LOGGER_DBGLEVEL="x") == passing()
    assert passing(logger("kea-dhcp4", "NONE"), KEA_LOGGER_SEVERITY="DEBUG") == set()


def test_the_debug_option_says_everything() -> None:
    assert Log(debug=True, vocabulary=EVENTS).enabled == frozenset(EVENTS)


def test_lines_wait_for_the_end_of_the_turn_and_errors_do_not(tmp_path: Path) -> None:
    log = make(tmp_path, logger("kea-dhcp4", "INFO", 0, "x.log"))
    turn: list[Callable[[], None]] = []
    log.buffer(turn.append)
    file = tmp_path / "x.log"
    log.emit(WARNING)
    log.emit(WARNING)
    assert not file.exists()
    assert len(turn) == 1
    turn.pop()()
    assert len(file.read_text().splitlines()) == 2
    log.emit(WARNING)
    log.emit(BROKEN)
    assert len(file.read_text().splitlines()) == 4
    log.buffer(None)
    log.emit(WARNING)
    assert len(file.read_text().splitlines()) == 5


def test_a_moved_file_is_left_alone_after_reopen(tmp_path: Path) -> None:
    log = make(tmp_path, logger("kea-dhcp4", "INFO", 0, "x.log"))
    log.emit(WARNING)
    (tmp_path / "x.log").rename(tmp_path / "x.log.0")
    log.emit(WARNING)
    log.reopen()
    log.emit(WARNING)
    assert len((tmp_path / "x.log.0").read_text().splitlines()) == 2
    assert len((tmp_path / "x.log").read_text().splitlines()) == 1


def test_what_a_client_sends_cannot_forge_a_line(tmp_path: Path) -> None:
    log = make(tmp_path, logger("kea-dhcp4", "INFO", 0, "x.log"))
    log.emit(ALLOC, "evil\n2024 INFO  forged\x1b[2J\udcff", "ä")
    assert (tmp_path / "x.log").read_text() == (
        "INFO kea-dhcp4.leases LEASE_ALLOC evil\\n2024 INFO  forged\\x1b[2J\\udcff: lease ä\n"
    )
    assert escaped("a\tb") == "a\\tb"


def test_a_traceback_keeps_its_rows(tmp_path: Path) -> None:
    log = make(tmp_path, logger("kea-dhcp4", "INFO", 0, "x.log"))
    log.emit_text(BROKEN, "first\n  second")
    assert (tmp_path / "x.log").read_text() == "ERROR kea-dhcp4.dhcp4 START_ERROR first\n  second\n"


def test_arguments_that_do_not_fit_are_shown_and_do_no_harm(tmp_path: Path) -> None:
    log = make(tmp_path, logger("kea-dhcp4", "INFO", 0, "x.log"))
    log.emit(ALLOC, "alone")
    assert "{}: lease {} ('alone',)" in (tmp_path / "x.log").read_text()
    log.emit(ROUGH)  # not enabled: nowhere to go
    assert len((tmp_path / "x.log").read_text().splitlines()) == 1
