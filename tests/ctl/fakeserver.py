"""Servers for the command line client to talk to: a unix socket or HTTP, in threads of their own."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

Answers = dict[str, Any]


class Script:
    """The answers, and the requests received. An answer may be a function of the arguments."""

    def __init__(self, answers: Answers) -> None:
        self.answers = answers
        self.asked: list[dict[str, Any]] = []

    def __call__(self, request: dict[str, Any]) -> Any:
        """One answer."""
        self.asked.append(request)
        name = request["command"]
        answer = self.answers.get(name, {"result": 2, "text": f"'{name}' command not supported."})
        return answer(request.get("arguments")) if isinstance(answer, Callable) else answer  # type: ignore[arg-type]

    @property
    def commands(self) -> list[str]:
        """The names of what was asked, in order."""
        return [request["command"] for request in self.asked]


@contextmanager
def unix_server(path: Path, script: Script) -> Iterator[str]:
    """A server that closes each connection after its answer."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(path))
    listener.listen()

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                data = b""
                while True:
                    data += connection.recv(65536)
                    try:
                        request = json.loads(data)
                    except ValueError:
                        continue
                    break
                answer = script(request)
                with suppress(BrokenPipeError):
                    connection.sendall(answer if isinstance(answer, bytes) else json.dumps(answer).encode())

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield str(path)
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(5)


@contextmanager
def http_server(script: Script, user: str = "", password: str = "", tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """A server that answers in a list, None: not at all; ``user`` set: only with these credentials."""
    wanted = "Basic " + b64encode(f"{user}:{password}".encode()).decode()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if user and self.headers.get("Authorization") != wanted:
                self._send(401, {"result": 401, "text": "Unauthorized"})
            else:
                answer = script(json.loads(body))
                if answer is not None:
                    self._send(200, [answer])

        def _send(self, status: int, value: Any) -> None:
            data = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:
            """Quietly."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: Any, client_address: Any) -> None:
            """Quietly: a client that gave up is no fault, and the text would be in the output of the next test."""

    server = Server(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"http{'s' * (tls is not None)}://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()
    thread.join(5)
