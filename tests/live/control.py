"""Control commands over HTTP, sent from inside a host's namespace."""

from __future__ import annotations

import http.client
import json
import socket
from typing import Any

from .dialect import JsonMap
from .hosts import Host


class Connection(http.client.HTTPConnection):
    """An HTTP connection that starts in a namespace."""

    def __init__(self, host: Host, address: str, port: int) -> None:
        super().__init__(address, port, timeout=15)
        self._from = host

    def connect(self) -> None:
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        self.sock = self._from.namespace.socket(family, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect((self.host, self.port))


def post(host: Host, address: str, port: int, body: bytes, kind: str = "application/json") -> tuple[int, bytes]:
    """Send one body and return status and answer."""
    connection = Connection(host, address, port)
    try:
        connection.request("POST", "/", body, {"Content-Type": kind})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def raw(host: Host, address: str, port: int, data: bytes, seconds: float = 5.0) -> bytes:
    """Send bytes as they are and return what comes back until the end or the time-out."""
    received = b""
    with host.namespace.socket(socket.AF_INET, socket.SOCK_STREAM) as sock:
        sock.settimeout(seconds)
        sock.connect((address, port))
        try:
            sock.sendall(data)
            while block := sock.recv(65536):
                received += block
        except (TimeoutError, ConnectionError):
            pass
    return received


def ask(host: Host, address: str, port: int, command: str, arguments: JsonMap | None = None) -> JsonMap:
    """Send a command to the DHCPv4 service and return its answer, the only one in the list."""
    message: JsonMap = {"command": command, "service": ["dhcp4"]}
    if arguments is not None:
        message["arguments"] = arguments
    status, body = post(host, address, port, json.dumps(message).encode())
    answers: Any = json.loads(body)
    assert status == 200 and isinstance(answers, list) and len(answers) == 1, (status, body[:500])
    answer: JsonMap = answers[0]
    return answer
