"""One question to a server and its answer, over a unix socket or HTTP (Kea's control channel).

This is a process of its own that has nothing else to do, so it waits for its answers.
"""

from __future__ import annotations

import json
import os
import re
import socket
import ssl
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection, IncompleteRead
from itertools import chain
from typing import Final, Protocol
from urllib.parse import urlsplit

from kea_twisted.ctl.speech import explained
from kea_twisted.jsonvalue import Json

OK: Final = 0
UNSUPPORTED: Final = 2
EMPTY: Final = 3

_HINTS: Final = {
    401: "; --user names one",
    403: "; the port for the HA partner permits a partner's commands only: for all others the server needs "
    "'control-sockets' in its configuration",
}

_READS: Final = re.compile(r"-get|-list|-diff$|-search$|-test$|^list-|^explain$")
_OF_BOTH: Final = "lease4-"
"""The beginning of commands that change what a pair has in common."""


class Unreachable(Exception):
    """A server that does not answer; the text is for the operator."""


class Unanswered(Unreachable):
    """A server that was connected to and gave no whole answer: it may have carried out the command."""

    def of(self, command: str) -> Unanswered:
        """Return the error with that warning, if the command changes anything."""
        if reads(command):
            return self
        return Unanswered(f"{self}: '{command}' was perhaps carried out: check before you repeat it")


class Refused(Exception):
    """The server does not want to, or failed. ``result`` is Kea's code, or the status of HTTP."""

    def __init__(self, text: str, result: int = 1) -> None:
        super().__init__(text)
        self.result = result


class Answer(dict[str, Json]):
    """An answer of the server: ``result``, ``text``, ``arguments``."""

    @property
    def is_empty(self) -> bool:
        """Nothing was found."""
        return bool(self.get("result") == EMPTY)

    @property
    def arguments(self) -> Json:
        """The ``arguments``; an empty map when there are none."""
        return self.get("arguments") or {}

    def checked(self) -> Answer:
        """The answer, if it is a success or "nothing found"; Refused."""
        result = self.get("result", 1)
        if result not in (OK, EMPTY):
            raise Refused(str(self.get("text") or f"result {result}"), result)
        return self


class Channel(Protocol):
    """A way to a server."""

    @property
    def name(self) -> str:
        """Its name for the operator: a path or a URL."""

    def ask(self, command: str, arguments: object = None) -> Answer:
        """Send a command. Raises Unreachable, or Refused for an invalid answer."""
        ...


@dataclass(frozen=True)
class UnixChannel:
    """The server's unix socket. ``timeout`` in seconds."""

    name: str
    timeout: float = 10.0

    def ask(self, command: str, arguments: object = None) -> Answer:
        """One connection per question; the server closes it after the answer."""
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
                connection.settimeout(self.timeout)
                connection.connect(self.name)
                data = self._exchange(connection, json.dumps(_request(command, arguments)).encode())
        except OSError as error:
            raise Unreachable(_sentence(self.name, error)) from None
        return _answer(data, self.name)

    def _exchange(self, connection: socket.socket, request: bytes) -> bytes:
        """Send, and return all that comes. Raises Unanswered."""
        parts = []
        try:
            connection.sendall(request)
            while part := connection.recv(65536):
                parts.append(part)
        except OSError as error:
            raise Unanswered(_sentence(self.name, error)) from None
        return b"".join(parts)


@dataclass(frozen=True)
class HttpChannel:
    """A control socket over HTTP, or the port for the HA partner."""

    name: str  # the URL
    timeout: float = 10.0
    user: str = ""
    password: str = ""
    tls: ssl.SSLContext | None = None  # None: plain HTTP

    def ask(self, command: str, arguments: object = None) -> Answer:
        """POST the command."""
        connection = self._connection()
        headers = {"Content-Type": "application/json"}
        if self.user:
            credentials = b64encode(f"{self.user}:{self.password}".encode()).decode()
            headers["Authorization"] = f"Basic {credentials}"
        body = json.dumps(_request(command, arguments) | {"service": ["dhcp4"]})
        try:
            try:
                connection.connect()
            except OSError as error:
                raise Unreachable(self._explained(error)) from None
            connection.request("POST", urlsplit(self.name).path or "/", body, headers)
            response = connection.getresponse()
            data = response.read()
        except OSError as error:
            raise Unanswered(self._explained(error)) from None
        except IncompleteRead:
            raise Unanswered(f"{self.name}: the answer is cut off") from None
        except HTTPException as error:
            text = f"{self.name}: no HTTP: {type(error).__name__}"
            raise Unreachable(explained(text, self.tls is not None, *self._place)) from None
        finally:
            connection.close()
        if response.status != 200:
            hint = _HINTS.get(response.status, "")
            raise Refused(f"{self.name}: {response.status} {response.reason}{hint}", response.status)
        return _answer(data, self.name)

    def _connection(self) -> HTTPConnection:
        if self.tls is not None:
            return HTTPSConnection(*self._place, timeout=self.timeout, context=self.tls)
        return HTTPConnection(*self._place, timeout=self.timeout)

    @property
    def _place(self) -> tuple[str, int]:
        url = urlsplit(self.name)
        return url.hostname or "", url.port or (443 if url.scheme == "https" else 80)

    def _explained(self, error: OSError) -> str:
        """The failure in words; where the port is perhaps one of TLS, or of none, that is found out."""
        text = _sentence(self.name, error)
        if isinstance(error, ConnectionRefusedError | ssl.SSLCertVerificationError):
            return text
        broken = isinstance(error, ssl.SSLError | ConnectionError)  # connected to, and no TLS, or closed
        slow = isinstance(error, TimeoutError) and self.tls is not None  # perhaps waiting for a line of HTTP
        return explained(text, self.tls is not None, *self._place) if broken or slow else text


class FirstChannel:
    """The first of several servers that answers; what changes the first one alone is for that.

    ``notify`` is called with the reason why one does not answer.

    ``more`` returns further ways to one that cannot have received the command, and is called when none of ``channels``
    answers.
    """

    def __init__(
        self,
        channels: Sequence[Channel],
        notify: Callable[[str], object],
        more: Callable[[], Iterable[Channel]] = tuple,
    ) -> None:
        self._channels = channels
        self._notify = notify
        self._more = more
        self._notified = ""

    @property
    def name(self) -> str:
        """The name of the first one."""
        return self._channels[0].name

    def ask(self, command: str, arguments: object = None) -> Answer:
        """Ask one after the other. Raises Unreachable if none answers."""
        failures: list[Unreachable] = []
        for channel in chain(self._channels[:1], self._others(command, failures), self._further(failures)):
            try:
                answer = channel.ask(command, arguments)
            except Unreachable as error:
                failures.append(error)
                continue
            if failures:
                self._say(f"{'; '.join(map(str, failures))}; asking {channel.name}")
            return answer
        raise (Unanswered if _perhaps_received(failures) else Unreachable)("; ".join(map(str, failures)))

    def _others(self, command: str, failures: Sequence[Unreachable]) -> Iterator[Channel]:
        """The other servers, unless the command changes the first one alone, or that may have carried it out."""
        if reads(command) or (command.startswith(_OF_BOTH) and not _perhaps_received(failures)):
            yield from self._channels[1:]

    def _further(self, failures: Sequence[Unreachable]) -> Iterator[Channel]:
        if not any(isinstance(failure, Unanswered) for failure in failures):
            yield from self._more()

    def _say(self, text: str) -> None:
        """Notify of each reason once."""
        if text != self._notified:
            self._notified = text
            self._notify(text)


def _perhaps_received(failures: Iterable[Unreachable]) -> bool:
    """Return True if one of these servers may have carried out the command."""
    return any(isinstance(failure, Unanswered) for failure in failures)


def reads(command: str) -> bool:
    """Return True for a command that changes nothing, by its name."""
    return bool(_READS.search(command))


def tls_context(
    trust_anchor: str = "", certificate: str = "", key: str = "", *, as_servers: bool = False
) -> ssl.SSLContext:
    """Return the TLS context: trust anchor (a file, or a folder of them) and own certificate. Raises OSError.

    ``as_servers``: as the servers of a pair check each other: the other side has a certificate of the trust anchor, and
    the name in it does not matter.
    """
    folder = trust_anchor if os.path.isdir(trust_anchor) else ""
    context = ssl.create_default_context(cafile=(trust_anchor or None) if not folder else None, capath=folder or None)
    for name in sorted(os.listdir(folder)) if folder else ():
        if os.path.isfile(os.path.join(folder, name)):
            context.load_verify_locations(os.path.join(folder, name))
    if as_servers:
        context.check_hostname = False
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT  # Python's default from 3.13 on; not that of the servers
    if certificate:
        context.load_cert_chain(certificate, key or None)
    return context


def _request(command: str, arguments: object) -> dict[str, object]:
    return {"command": command} if arguments is None else {"command": command, "arguments": arguments}


def _answer(data: bytes, name: str) -> Answer:
    """Bare over a unix socket, in a list over HTTP."""
    if not data:
        raise Unanswered(f"{name}: the connection was closed without an answer")
    try:
        value = json.loads(data)
    except ValueError:
        if data[:1] in b"{[":
            raise Unanswered(f"{name}: the answer is cut off") from None
        raise Refused(f"{name}: the answer is not JSON") from None
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if not isinstance(value, dict):
        raise Refused(f"{name}: the answer is none of a DHCP server")
    return Answer(value)


def _sentence(name: str, error: OSError) -> str:
    return f"{name}: {'no answer in time' if isinstance(error, TimeoutError) else error.strerror or error}"
