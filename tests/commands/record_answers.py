"""Ask a real Kea again and keep its answers: ``PYTHONPATH=. python -m tests.commands.record_answers [GROUP …]``.

It needs root and Linux. The requests of a group are taken from its file and asked in their order, as an answer
depends on the requests before it; then the file is written anew as a whole. A request that is added to a file
needs no ``answer`` before that.
"""

from __future__ import annotations

import json
import socket
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.commands import recorded
from tests.live import control
from tests.live.hosts import Lan
from tests.live.keas import Kea30


def ask_unix(path: str, body: bytes) -> bytes:
    """One request over the control socket; everything that comes back until the server closes."""
    received = b""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
        sock.settimeout(5)
        sock.connect(path)
        sock.sendall(body)
        sock.shutdown(socket.SHUT_WR)
        while block := sock.recv(65536):
            received += block
    return received


def record_commands(name: str, server: Kea30, path: str, requests: list[dict[str, Any]]) -> None:
    """Ask one group over the UNIX socket and write its file. A request that is text is sent as it is."""
    asked = []
    for row in requests:
        request = row["request"]
        body = request if isinstance(request, str) else json.dumps(request)
        try:
            answer = ask_unix(path, body.encode())
        except (ConnectionError, TimeoutError) as error:
            print(f"{name}: {body[:200]}: {error!r}, exit {server.running.exit_code}")
            answer = b""
        asked.append({"request": request, "answer": json.loads(answer) if answer else None})
    write(name, asked)


def record_http(name: str, server: Kea30, port: int, requests: list[dict[str, Any]]) -> None:
    """Send raw HTTP requests, each on a connection of its own."""
    asked = []
    for row in requests:
        answer = control.raw(server.host, server.address, port, row["request"].encode("latin-1"), 0.7)
        asked.append({**row, "answer": answer.decode("latin-1")})
    write(name, asked)


def write(name: str, asked: list[dict[str, Any]]) -> None:
    """The file of one group, one exchange a line so that a difference is readable."""
    lines = ",\n".join(json.dumps(exchange) for exchange in asked)
    (recorded.FOLDER / f"{name}.json").write_text(f"[\n{lines}\n]\n")
    print(f"{name}: {len(asked)} exchanges")


def main() -> None:
    """Start the server once per group, so that each group begins with no leases."""
    host_key = sys.argv[1:]
    for name in recorded.groups():
        if host_key and name not in host_key:
            continue
        requests = recorded.exchanges(name)
        with Lan() as lan, tempfile.TemporaryDirectory() as folder:
            # The control socket's path must fit into 108 characters and its folder must be closed to others.
            host = lan.server("server1", "10.0.0.1/24")
            text = json.dumps({"Dhcp4": recorded.configuration(recorded.configuration_of(name))})
            server = Kea30(host, Path(folder) / "k", text)
            server.start()
            if name == "http-partner":
                record_http(name, server, 8000, requests)
            elif name == "http-control":
                record_http(name, server, 8004, requests)
            else:
                record_commands(name, server, str(server.folder / "kea4.sock"), requests)
            if "-v" in host_key:
                print(server.running.output())
            server.stop()


if __name__ == "__main__":
    main()
