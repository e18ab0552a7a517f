"""One request a connection: in memory with a clock, and as files in a folder."""

from __future__ import annotations

import json
import os
import socket
import stat
from pathlib import Path
from typing import Any

import pytest
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport

from kea_twisted import events as E
from kea_twisted.adapters.control.unixchannel import (
    MAX_CONNECTIONS,
    TIMEOUT,
    UnixChannel,
    UnixListener,
    UnixProtocol,
)
from tests.fakes import RecordingLog

REQUEST = b'{"command": "version-get"}'
WELL = {"result": 0, "text": "well"}


class Transport(StringTransport):
    """Asks for the next piece of an answer as long as there is one."""

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        super().registerProducer(producer, streaming)
        while self.producer is not None:
            producer.resumeProducing()

    def abortConnection(self) -> None:
        self.disconnecting = True
        self.aborted = True


class Client:
    """One connection."""

    def __init__(self, answer: Any = WELL) -> None:
        self.asked: list[Any] = []
        self.clock = Clock()
        self.log = RecordingLog()
        self.channel = UnixChannel(lambda request: self.asked.append(request) or answer, self.log, self.clock)
        self.protocol = self.channel.buildProtocol(None)
        self.transport = Transport()
        self.protocol.makeConnection(self.transport)

    def send(self, data: bytes) -> Client:
        self.protocol.dataReceived(data)
        return self

    @property
    def answer(self) -> Any:
        return json.loads(self.transport.value()) if self.transport.value() else None

    @property
    def closed(self) -> bool:
        return bool(self.transport.disconnecting)


def test_the_answer_is_bare_and_the_connection_ends() -> None:
    client = Client().send(REQUEST)
    assert client.asked == [{"command": "version-get"}]
    assert client.answer == WELL and client.closed


def test_a_request_may_come_in_pieces_with_comments_and_a_tail() -> None:
    client = Client()
    for piece in (b"# who is there?\n{", b'"command": /* what */ "version-get"', b"} and more"):
        client.send(piece)
    assert client.asked == [{"command": "version-get"}] and client.closed


def test_only_the_first_request_counts() -> None:
    client = Client().send(REQUEST + REQUEST)
    client.send(REQUEST)
    assert len(client.asked) == 1


def test_an_answer_may_take_its_time() -> None:
    waiting: Deferred[Any] = Deferred()
    client = Client(waiting).send(REQUEST)
    client.clock.advance(10 * TIMEOUT)
    assert client.answer is None and not client.closed
    waiting.callback(WELL)
    assert client.answer == WELL and client.closed


def test_a_client_may_stop_sending_and_listen() -> None:
    waiting: Deferred[Any] = Deferred()
    client = Client(waiting).send(REQUEST)
    client.protocol.readConnectionLost()
    assert not client.closed
    waiting.callback(WELL)
    assert client.answer == WELL


def test_a_client_that_is_gone_gets_nothing() -> None:
    waiting: Deferred[Any] = Deferred()
    client = Client(waiting).send(REQUEST)
    client.protocol.connectionLost()
    waiting.callback(WELL)
    assert client.answer is None


@pytest.mark.parametrize(
    ("sent", "said"), [(b"", "no input data to discard"), (b"{", "discarding partial command of 1 bytes")]
)
def test_a_client_that_leaves_early_is_named_in_the_log(sent: bytes, said: str) -> None:
    client = Client().send(sent) if sent else Client()
    client.protocol.readConnectionLost()
    assert client.closed and client.answer is None
    [text] = [text for name, text in client.log.lines if name == E.COMMAND_SOCKET_CLOSED_BY_FOREIGN_HOST.identifier]
    assert said in text


@pytest.mark.parametrize("data", [b"}", b"abc", b'{"a": 1e999}', b'{"a" 1}', b'{"command": "\xff"}', b"[" * 200])
def test_what_is_no_json_gets_an_error(data: bytes) -> None:
    client = Client().send(data + b"]" * 200)
    assert client.answer["result"] == 1 and client.closed and not client.asked
    assert E.COMMAND_PROCESS_ERROR1.identifier in [identifier for identifier, _ in client.log.lines]


def test_each_step_of_a_connection_is_logged_for_debugging() -> None:
    client = Client().send(b'{"command": "x"}')
    client.protocol.connectionLost()
    steps = [identifier.removeprefix("COMMAND_SOCKET_") for identifier, _ in client.log.lines]
    assert steps == ["CONNECTION_OPENED", "READ", "WRITE", "CONNECTION_CLOSED"]


def test_time_runs_out_between_two_pieces() -> None:
    client = Client().send(b"{")
    client.clock.advance(TIMEOUT - 1)
    client.send(b'"command"')
    client.clock.advance(TIMEOUT - 1)
    assert not client.closed
    client.clock.advance(1)
    assert client.answer == {
        "result": 1,
        "text": "Connection over control channel timed out, discarded partial command of 10 bytes",
    }
    assert client.closed


def test_an_answer_nobody_takes_is_given_up() -> None:
    client = Client()
    client.transport.registerProducer = lambda producer, streaming: None  # type: ignore[method-assign]
    client.send(REQUEST)
    client.clock.advance(TIMEOUT)
    assert client.transport.aborted


def test_a_big_answer_leaves_in_pieces() -> None:
    client = Client({"result": 0, "text": "x" * 1_000_000}).send(REQUEST)
    assert len(client.answer["text"]) == 1_000_000


def test_there_are_not_too_many_connections() -> None:
    client = Client()
    client.channel.connections.update(UnixProtocol() for _ in range(MAX_CONNECTIONS))
    assert client.channel.buildProtocol(None) is None


def test_retiring_spares_who_waits_for_an_answer() -> None:
    waiting: Deferred[Any] = Deferred()
    client = Client(waiting)
    idle = Transport()
    client.channel.buildProtocol(None).makeConnection(idle)
    client.send(REQUEST)
    client.channel.retire()
    assert idle.disconnecting and not client.closed
    waiting.callback(WELL)
    assert client.answer == WELL and client.closed


# --- files --------------------------------------------------------------------------------------------------


def listener(path: Path) -> UnixListener:
    """An open socket."""
    return UnixListener(reactor, str(path), UnixChannel(lambda _: WELL, RecordingLog(), reactor))


@pytest.fixture
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A short path in a folder that is not there yet."""
    return tmp_path_factory.mktemp("u") / "run" / "k.sock"


def test_the_socket_its_folder_and_its_lock_are_for_its_group_alone(path: Path) -> None:
    opened = listener(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o770
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o750
    assert stat.S_IMODE(Path(f"{path}.lock").stat().st_mode) == 0o600
    opened.close()


def test_what_a_crash_left_is_no_hindrance(path: Path) -> None:
    path.parent.mkdir(mode=0o750)
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(path))
    left.close()
    Path(f"{path}.lock").touch()
    listener(path).close()


def test_a_socket_in_use_is_not_taken_away(path: Path) -> None:
    opened = listener(path)
    with pytest.raises(OSError, match="cannot lock socket lockfile"):
        listener(path)
    assert path.exists()
    opened.close()


def test_another_file_is_not_overwritten(path: Path) -> None:
    path.parent.mkdir(mode=0o750)
    path.write_text("precious")
    with pytest.raises(OSError, match="Address already in use"):
        listener(path)
    assert path.read_text() == "precious" and not Path(f"{path}.lock").exists()


def test_a_folder_that_cannot_be_made_is_named(path: Path) -> None:
    path.parent.touch()
    with pytest.raises(OSError, match=str(path.parent)):
        listener(path)
    os.unlink(path.parent)
