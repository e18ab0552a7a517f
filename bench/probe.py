"""Asks a server how it is every five milliseconds; when standard input ends, prints the longest wait in ms.

python bench/probe.py SOCKET
"""

from __future__ import annotations

import json
import select
import socket
import sys
import time
from typing import Any

INTERVAL = 0.005
PATIENCE = 30


def ask(path: str, command: str) -> Any:
    """The answer to a command; each has a connection of its own, as in Kea."""
    with socket.socket(socket.AF_UNIX) as channel:
        channel.settimeout(PATIENCE)
        channel.connect(path)
        channel.sendall(json.dumps({"command": command}).encode())
        with channel.makefile("rb") as answer:
            return json.loads(answer.read())


def main() -> None:
    """Until it is stopped."""
    longest = 0.0
    while not select.select([sys.stdin], [], [], INTERVAL)[0]:
        began = time.perf_counter()
        ask(sys.argv[1], "status-get")
        longest = max(longest, time.perf_counter() - began)
    print(longest * 1000)


if __name__ == "__main__":
    main()
