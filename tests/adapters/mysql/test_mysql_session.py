"""Making a session with MySQL: what is sent to a server that would have the password in clear, and descriptors."""

from __future__ import annotations

import os
import resource
import socket
import ssl
import struct
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import Any

import pymysql
import pytest
from pymysql.connections import Connection as DriverConnection
from pymysql.constants import CLIENT

from kea_twisted.adapters.mysql.session import Access, ReadOnlyServer, connect, translated
from kea_twisted.adapters.sql.answers import DatabaseLost, StatementFailed

PASSWORD = b"hunter2"
SHA2 = b"caching_sha2_password"


def frame(number: int, payload: bytes) -> bytes:
    """A packet of the protocol."""
    return struct.pack("<I", len(payload))[:3] + bytes([number]) + payload


def greeting() -> bytes:
    """The first packet of a server that does not offer TLS."""
    flags = CLIENT.SECURE_CONNECTION | CLIENT.PLUGIN_AUTH | CLIENT.PROTOCOL_41 | CLIENT.CONNECT_WITH_DB
    head = b"\x0a8.0.36\0" + struct.pack("<I", 1) + b"A" * 8 + b"\0" + struct.pack("<H", flags & 0xFFFF)
    tail = b"\x2d" + struct.pack("<HHB", 2, flags >> 16, 21) + bytes(10) + b"B" * 12 + b"\0mysql_native_password\0"
    return frame(0, head + tail)


class Server:
    """A server on one socket that asks for the password by a method of its choice, b"": not at all.

    It knows no password by ``caching_sha2_password`` yet, as MySQL after its start. ``got`` is what clients sent.
    """

    def __init__(self, listening: socket.socket, method: bytes) -> None:
        self._socket, self._method = listening, method
        self.got: list[bytes] = []
        listening.settimeout(20)
        self.thread = Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        with suppress(OSError):
            client, _ = self._socket.accept()
            client.settimeout(20)
            client.sendall(greeting())
            self.got.append(client.recv(4096))
            if self.got[-1]:
                if self._method:
                    client.sendall(frame(2, b"\xfe" + self._method + b"\0\x05Password: 0123456789\0"))
                self.got.append(client.recv(4096))
                if self._method == SHA2:
                    client.sendall(frame(4, b"\x01\x04"))  # the whole of the password is needed
                    self.got.append(client.recv(4096))
                    client.sendall(frame(6, b"\x01public key"))
            client.close()


def refused(
    server: Server, host: str, port: int, tls: ssl.SSLContext | None, connect_timeout: int = 20, read_timeout: int = 20
) -> str:
    """The reason for which no session was made."""
    with pytest.raises(DatabaseLost) as failure:
        connect(Access(host, port, "kea", "kea", PASSWORD.decode(), connect_timeout, read_timeout, 0, tls))
    server.thread.join(20)
    return str(failure.value.strerror)


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    """A listening socket of the loopback interface."""
    with socket.create_server(("127.0.0.1", 0)) as made:
        yield made


@pytest.mark.parametrize("is_careless", [False, True])
def test_nothing_is_sent_to_a_server_without_tls_where_it_is_configured(
    listening: socket.socket, monkeypatch: pytest.MonkeyPatch, is_careless: bool
) -> None:
    """Releases of the driver before 1.2 do not insist on TLS: so does this one, if ``is_careless``."""
    connected = DriverConnection.connect

    def connect_carelessly(self: Any, sock: socket.socket) -> None:
        self._ssl_required = False
        self.client_flag &= ~CLIENT.SSL
        connected(self, sock)

    if is_careless:
        monkeypatch.setattr(DriverConnection, "connect", connect_carelessly)
    server = Server(listening, b"mysql_native_password")
    reason = refused(server, "127.0.0.1", listening.getsockname()[1], ssl.create_default_context())
    assert "the server does not offer it" in reason and server.got == [b""]


@pytest.mark.parametrize("method", [b"mysql_clear_password", b"dialog"])
def test_the_password_is_not_sent_in_clear_text_without_tls(listening: socket.socket, method: bytes) -> None:
    server = Server(listening, method)
    reason = refused(server, "127.0.0.1", listening.getsockname()[1], None)
    assert "password in clear text" in reason
    assert len(server.got) == 2 and not any(PASSWORD in sent for sent in server.got)


def test_a_server_that_stops_answering_is_given_up_while_the_session_begins(listening: socket.socket) -> None:
    """``read-timeout`` 0 sets no limit to answers, but to the beginning of a session that of ``connect-timeout``."""
    server = Server(listening, b"")
    assert "timed out" in refused(server, "127.0.0.1", listening.getsockname()[1], None, 1, 0)


def test_the_password_may_be_sent_in_clear_text_by_a_unix_socket(tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen()
        server = Server(listening, b"mysql_clear_password")
        refused(server, path, 0, None)  # the server hangs up
    assert PASSWORD in server.got[1]


def test_by_a_unix_socket_the_password_is_sent_as_mysql_expects_it_there(tmp_path: Path) -> None:
    """The request for a public key would be taken for the password."""
    path = str(tmp_path / "s")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen()
        server = Server(listening, SHA2)
        refused(server, path, 0, None)
    assert PASSWORD not in server.got[1] and server.got[2] == frame(5, PASSWORD + b"\0")


def test_a_package_that_the_method_needs_is_named_with_the_ways_around_it(
    listening: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pymysql._auth._have_cryptography", False)
    server = Server(listening, SHA2)
    reason = refused(server, "127.0.0.1", listening.getsockname()[1], None)
    assert "'cryptography' package is required" in reason and "trust-anchor" in reason
    assert len(server.got) == 3 and not any(PASSWORD in sent for sent in server.got)


@pytest.mark.parametrize(
    ("code", "kind", "may_repeat", "of_row"),
    [
        (1213, StatementFailed, True, False),
        (3101, StatementFailed, True, False),
        (1265, StatementFailed, False, True),
        (1406, StatementFailed, False, True),
        (1142, StatementFailed, False, False),
        (1290, ReadOnlyServer, False, False),
        (1836, ReadOnlyServer, False, False),
    ],
)
def test_the_number_of_an_error_says_what_to_do(
    code: int, kind: type[StatementFailed], may_repeat: bool, of_row: bool
) -> None:
    with pytest.raises(StatementFailed) as failure, translated():
        raise pymysql.OperationalError(code, "some text")
    assert type(failure.value) is kind
    assert (failure.value.may_repeat, failure.value.of_row) == (may_repeat, of_row)


@pytest.mark.parametrize("code", [1053, 2013, 4031])
def test_a_server_that_ends_is_lost(code: int) -> None:
    with pytest.raises(DatabaseLost), translated():
        raise pymysql.OperationalError(code, "some text")


def test_a_session_may_have_a_descriptor_above_1024(listening: socket.socket) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < 2000:
        resource.setrlimit(resource.RLIMIT_NOFILE, (2000, hard))
    taken: list[int] = []
    try:
        while not taken or taken[-1] < 1030:
            taken.append(os.dup(listening.fileno()))
        server = Server(listening, b"mysql_clear_password")
        assert "password in clear text" in refused(server, "127.0.0.1", listening.getsockname()[1], None)
    finally:
        for descriptor in taken:
            os.close(descriptor)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
