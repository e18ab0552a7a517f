"""Linux network namespaces: make one, run a command in it, open a socket in it, remove it."""

from __future__ import annotations

import ctypes
import os
import re
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CLONE_NEWNET = 0x40000000
PREFIX = "keatw"

_libc = ctypes.CDLL(None, use_errno=True)
# setns() acts on the calling thread; two threads must not read each other's "before".
_entering = threading.Lock()


class Namespace:
    """One network namespace, with IPv6 off so that only the test's packets travel."""

    def __init__(self, name: str) -> None:
        self.name = f"{PREFIX}{os.getpid()}-{name}"
        run("ip", "netns", "add", self.name)
        self.ip("link", "set", "lo", "up")
        self.run("sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1")

    def ip(self, *words: str) -> str:
        """Run `ip` for this namespace and return what it printed."""
        return run("ip", "-n", self.name, *words)

    def command(self, *words: str) -> list[str]:
        """The command line that runs `words` in here; the process keeps the pid of its caller."""
        return ["ip", "netns", "exec", self.name, *words]

    def run(self, *words: str) -> str:
        """Run a short command in here and return what it printed."""
        return run(*self.command(*words))

    def socket(self, family: int, kind: int, protocol: int = 0) -> socket.socket:
        """A socket that belongs to this namespace, wherever it is used."""
        with self.entered():
            return socket.socket(family, kind, protocol)

    def remove(self) -> None:
        """Delete the namespace with all its interfaces; never raises."""
        subprocess.run(["ip", "netns", "del", self.name], capture_output=True, check=False)

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Have the calling thread in the namespace meanwhile."""
        with _entering, open("/proc/thread-self/ns/net") as before, open(f"/run/netns/{self.name}") as inside:
            _setns(inside.fileno())
            try:
                yield
            finally:
                _setns(before.fileno())


def run(*words: str) -> str:
    """Run a short command; a failure raises with what it wrote."""
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(words)}: exit {done.returncode}: {done.stderr.strip()}")
    return done.stdout


def remove_stale() -> None:
    """Remove what a test run left that is no longer alive."""
    for path in Path("/run/netns").glob(f"{PREFIX}*"):
        match = re.match(rf"{PREFIX}(\d+)-", path.name)
        if match and not Path(f"/proc/{match[1]}").exists():
            subprocess.run(["ip", "netns", "del", path.name], capture_output=True, check=False)


def _setns(descriptor: int) -> None:
    if _libc.setns(descriptor, CLONE_NEWNET):
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
