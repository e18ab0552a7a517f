"""Conversion patterns give the lines that log4cplus gives for Kea."""

from __future__ import annotations

import os
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kea_twisted.adapters.log.format import DEFAULT_PATTERN, SYSLOG_PATTERN, Pattern
from kea_twisted.events import ERROR, INFO, WARN, Event

ALLOC = Event("DHCP4_LEASE_ALLOC", INFO, "leases", "{}: lease {}")
PLAIN = Event("X", WARN, "", "{}")
MOMENT = 1706098003.0665  # 2024-01-24 12:06:43.066 UTC


@pytest.fixture(autouse=True)
def _utc(monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    monkeypatch.setenv("TZ", "UTC")
    time.tzset()


def line(pattern: str, event: Event = ALLOC, message: str = "ID text", now: float = MOMENT) -> str:
    lines: list[str] = []
    Pattern(pattern).writer(event, lines.append)(now, message)
    return lines[0]


def test_the_default_is_the_line_a_running_kea_prints() -> None:
    thread = threading.get_ident()
    assert line(DEFAULT_PATTERN, message="DHCP4_LEASE_ALLOC text") == (
        f"2024-01-24 12:06:43.066 INFO  [kea-dhcp4.leases/{os.getpid()}.{thread}] DHCP4_LEASE_ALLOC text\n"
    )


def test_the_thread_is_a_pointer_on_freebsd(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "freebsd14")
    monkeypatch.setattr("threading.get_ident", lambda: 0x801C15800)
    assert line("%t") == "0x801c15800"


def test_syslog_adds_the_date_itself() -> None:
    assert line(SYSLOG_PATTERN) == f"INFO  [kea-dhcp4.leases.{threading.get_ident()}] ID text\n"


# taken from Kea 3.0.4 with these patterns
@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("%d{%H:%M:%S,%q} %5p|%-7p|%.2p|%c %m%n", "12:06:43,066  INFO|INFO   |FO|kea-dhcp4.leases ID text\n"),
        ("%D %m%n", "2024-01-24 12:06:43 ID text\n"),
        ("%D{%s.%Q} %m%n", "1706098003.066.500 ID text\n"),
        ("%c{1} %m%n", "leases ID text\n"),
        ("%c{2} %m%n", "kea-dhcp4.leases ID text\n"),
        ("|%F|%L|%x| %m%n", "|||| ID text\n"),
        ("%z %m%n", "%z ID text\n"),
        ("%% %20c|%-30c|%.5c %m%n", "%     kea-dhcp4.leases|kea-dhcp4.leases              |eases ID text\n"),
        ("%p %m", "INFO ID text"),
        ("%p\t%m\\n\n", "INFO\tID text\\n\n"),
        ("%m %D{%q%S}%D{%Y}\n", "ID text 066432024\n"),
        ('{"level":"%p","text":"%m"}%n', '{"level":"INFO","text":"ID text"}\n'),
        ("", ""),
    ],
)
def test_items_of_log4cplus(pattern: str, expected: str) -> None:
    assert line(pattern) == expected


def test_the_root_logger_has_no_second_part() -> None:
    assert line("%c %p", PLAIN) == "kea-dhcp4 WARN"


def test_the_date_moves_on_with_the_second_and_is_shared_by_events() -> None:
    pattern = Pattern("%D{%S.%q} %m")
    lines: list[str] = []
    one = pattern.writer(ALLOC, lines.append)
    other = pattern.writer(Event("Y", ERROR, "dhcp4", ""), lines.append)
    one(MOMENT, "a")
    other(MOMENT + 0.933, "b")
    one(MOMENT + 0.934, "c")
    one(MOMENT, "d")
    assert lines == ["43.066 a", "43.999 b", "44.000 c", "43.066 d"]


@given(st.floats(1.7e9, 1.7e9 + 2), st.lists(st.integers(-9000, 9000), min_size=1, max_size=30))
def test_the_milliseconds_are_those_of_each_line_wherever_the_clock_goes(now: float, steps: list[int]) -> None:
    edge = int(now * 1000) / 1000
    times = [edge, *(start + step / 2**22 for step in steps for start in (now, edge))]  # as fine as floats are
    lines: list[str] = []
    write = Pattern("%d{%s.%q} %m\n").writer(ALLOC, lines.append)
    for each in times:
        write(each, "")
    assert lines == [f"{int(each)}.{int((each - int(each)) * 1000):03d} \n" for each in times]


def test_braces_and_percent_signs_in_a_message_are_text() -> None:
    assert line(DEFAULT_PATTERN, message="{0} %s %m {").endswith("{0} %s %m {\n")
