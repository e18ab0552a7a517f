"""The addresses and the name of this machine, by which it finds its own entry among the peers."""

from __future__ import annotations

import socket

import psutil

from kea_twisted.ha.ownname import Identity


def this_host() -> Identity:
    """Return where this machine (this network namespace, this jail) can be reached. Nothing is looked up."""
    entries = [entry for addresses in psutil.net_if_addrs().values() for entry in addresses]
    found = {entry.address.partition("%")[0] for entry in entries if entry.family in (socket.AF_INET, socket.AF_INET6)}
    name = socket.gethostname().rstrip(".").lower()
    return Identity(frozenset(found), frozenset(filter(None, (name, name.partition(".")[0]))))
