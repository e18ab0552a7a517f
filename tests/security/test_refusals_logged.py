"""Failed logins and TLS handshakes are visible at the default log level, with address and reason, and bounded."""

from __future__ import annotations

import socket
import ssl
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
from twisted.internet import reactor
from twisted.internet.address import IPv4Address
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.internet.threads import deferToThread

from kea_twisted import events as E
from kea_twisted.adapters.control.access import AccessPolicy, Logins, everything
from kea_twisted.adapters.control.weblistener import WebListener
from kea_twisted.adapters.log.sparing import LINES_EACH, LINES_IN_ALL, SparingLog
from kea_twisted.adapters.system.tls import server_options
from kea_twisted.config.model import TlsFiles
from kea_twisted.events import INFO
from tests.adapters.control.test_http_access import asked, basic, wire
from tests.adapters.control.test_httpchannel import PARTNER, echo
from tests.adapters.plugins.test_hook_examples import until
from tests.certificates import Certificates
from tests.fakes import RecordingLog

SUMMARY = E.HTTP_REFUSALS_NOT_LOGGED


@pytest.mark.parametrize(
    ("header", "line"),
    [
        ("", "received HTTP request without required authentication header"),
        (basic(b"groom:oats"), "received HTTP request with not matching authentication header"),
        ("Bearer x", "received HTTP request with malformed authentication header: not basic authentication"),
    ],
)
def test_a_failed_login_is_logged_with_its_address(header: str, line: str) -> None:
    policy = wire()
    policy.send(asked("config-get", header))
    assert [text for _, text in policy.log.lines if "authentication" in text] == [f"{line} (from {PARTNER})"]


def test_what_is_logged_of_strangers_is_visible_by_default() -> None:
    events = (
        E.HTTP_CLIENT_REQUEST_NO_AUTH_HEADER, E.HTTP_CLIENT_REQUEST_NOT_AUTHORIZED,
        E.HTTP_CLIENT_REQUEST_BAD_AUTH_HEADER, E.HTTP_CONNECTION_HANDSHAKE_FAILED, SUMMARY,
    )  # fmt: skip
    assert {event.severity for event in events} == {INFO}


def test_a_password_that_is_tried_is_not_logged() -> None:
    policy = wire()
    policy.send(asked("config-get", basic(b"groom:oats")))
    assert not any("oats" in text or "groom" in text for _, text in policy.log.lines)


def test_a_guesser_fills_no_log() -> None:
    log, clock = RecordingLog(), Clock()
    sparing = SparingLog(log, clock, SUMMARY)
    for _ in range(1000):
        sparing.emit("10.0.0.66", E.HTTP_CLIENT_REQUEST_NOT_AUTHORIZED, "10.0.0.66")
    sparing.emit("10.0.0.7", E.HTTP_CLIENT_REQUEST_NOT_AUTHORIZED, "10.0.0.7")
    assert len(log.lines) == LINES_EACH + 1
    clock.advance(60)
    assert log.lines[-1] == (
        SUMMARY.identifier,
        "995 further connections and requests that were refused were not logged one by one, they came from 1 addresses",
    )
    sparing.emit("10.0.0.66", E.HTTP_CLIENT_REQUEST_NOT_AUTHORIZED, "10.0.0.66")
    assert len(log.lines) == LINES_EACH + 3
    assert not clock.getDelayedCalls()


def test_many_guessers_fill_no_log_either() -> None:
    log, clock = RecordingLog(), Clock()
    sparing = SparingLog(log, clock, SUMMARY)
    for number in range(10000):
        sparing.emit(str(number), E.HTTP_CLIENT_REQUEST_NOT_AUTHORIZED, number)
    clock.advance(60)
    assert len(log.lines) == LINES_IN_ALL + 1
    assert "they came from 50 or more addresses" in log.lines[-1][1]


class Secure:
    """A listener with TLS on loopback."""

    def __init__(self, folder: Path) -> None:
        self.made = made = Certificates(folder)
        files = TlsFiles(str(made.anchor), str(made.server), str(made.server_key), True)
        self.log = RecordingLog()
        policy = AccessPolicy(everything, Logins("x", {}), tls=server_options(files))
        self.listener = WebListener(reactor, "127.0.0.1", 0, policy, echo, self.log)
        self.port = self.listener._listening.getHost().port  # type: ignore[attr-defined]

    def failures(self) -> list[str]:
        """Return the logged lines about handshakes."""
        return [text for name, text in self.log.lines if name == "HTTP_CONNECTION_HANDSHAKE_FAILED"]


def plain(port: int, data: bytes) -> None:
    """Send bytes that are no TLS, and leave."""
    with socket.create_connection(("127.0.0.1", port), 5) as connection:
        connection.sendall(data)
        if data:
            connection.settimeout(5)
            connection.recv(100)


def without_certificate(port: int) -> None:
    """Shake hands without a certificate of one's own."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", port), 5) as connection, suppress(OSError):
        secure = context.wrap_socket(connection)
        secure.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert not secure.recv(100)


@pytest_twisted.ensureDeferred
async def test_a_failed_handshake_is_logged_with_its_address_and_reason(tmp_path: Path) -> None:
    secure = Secure(tmp_path)
    attempts: list[Any] = [
        (without_certificate, (), "peer did not return a certificate (SSL routines)"),
        (plain, (b"GET / HTTP/1.0\r\n\r\n",), "http request (SSL routines)"),
        (plain, (b"",), "stream truncated"),
    ]
    try:
        for number, (attempt, arguments, reason) in enumerate(attempts, 1):
            await deferToThread(attempt, secure.port, *arguments)
            await until(lambda number=number: len(secure.failures()) == number)
            assert secure.failures()[-1] == f"TLS handshake with 127.0.0.1 failed with {reason}"
    finally:
        await secure.listener.close(at_once=True)


def test_a_plain_connection_that_ends_is_no_failed_handshake() -> None:
    policy = wire()
    other = policy.site.buildProtocol(IPv4Address("TCP", "10.0.0.9", 50000))
    assert other is not None
    other.makeConnection(StringTransport())  # type: ignore[no-untyped-call]
    other.connectionLost()
    assert not [name for name, _ in policy.log.lines if name == "HTTP_CONNECTION_HANDSHAKE_FAILED"]
