"""Ways between servers that fail: what the reason means, and what to do about it.

The reasons are the texts of the operating system, of OpenSSL, of HTTP, and those of keadhcp-ctl and of the servers.
"""

from __future__ import annotations

import re
from typing import Final

from kea_twisted.doctor.picture import Node, Picture

SERVES: Final = "the partner serves, but the link to it is broken"
"""``verdict`` in ``partner-watch`` of a server whose partner answers no request, but the probes."""

RUNS: Final = "it runs"
"""The beginning of what is to be done about a server that answers, if only to refuse."""

_SILENCE: Final = (
    r"no answer in time|timed out|No route to host|unreachable|Host not found|Name or service|resolution",
    "its machine or the network to it is down, or a firewall drops what is for that port",
)
_REMEDIES: Final = tuple(
    (re.compile(pattern, re.IGNORECASE), remedy)
    for pattern, remedy in (
        (
            r": 401\b|Unauthorized",
            f"{RUNS}, and wants other credentials: give that peer the same basic-auth-user and basic-auth-password in "
            "both files, and reload both",
        ),
        (
            r": 403\b|Forbidden",
            f"{RUNS}, and does not permit this command to who asks: see 'restrict-commands' and its control sockets",
        ),
        (
            r"seems to speak|perhaps it speaks|wrong version number|http request",
            f"{RUNS}: one server uses TLS and the other does not. Give both files the same urls (all https:// or all "
            "http://), with trust-anchor, cert-file and key-file for https:// only, and reload both",
        ),
        (
            r"certificate|TLS|SSL|\balert\b",
            f"{RUNS}: give both servers certificates of one trust-anchor (trust-anchor, cert-file and key-file in both "
            "files; mind the dates)",
        ),
        (
            r"refused",
            "start it if it does not run; else its url in the file has another port than the one it listens at",
        ),
        _SILENCE,
    )
)


def remedy_of(trouble: str) -> str:
    """Return what to do about a reason why a server is not reached; "" for one that says nothing."""
    return next((remedy for pattern, remedy in _REMEDIES if pattern.search(trouble)), "")


def is_silence(trouble: str) -> bool:
    """Return True if nothing came back at all: the way itself may be broken, at either end."""
    return re.search(_SILENCE[0], trouble, re.IGNORECASE) is not None


def seen_alive_by(picture: Picture, node: Node) -> str:
    """Return the name of the server that hears this one's DHCP service, although not over HTTP; "" for none."""
    other = picture.other(node)
    return other.name if other is not None and other.watch.get("verdict") == SERVES else ""


def deaf(node: Node | None) -> str:
    """Return why a server's own DHCP side does not work, such as an interface that is down; "" if it does."""
    if node is None:
        return ""
    found = node.status.get("sockets", {})
    errors = found.get("errors") or ()
    return str(errors[0]) if found.get("status") == "failed" and errors else ""
