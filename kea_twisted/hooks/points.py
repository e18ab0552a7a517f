"""THE HOOK TABLE: the points at which other code may act, in the order of a packet, and what may come back.

A callback returns a Step, or None for CONTINUE, or a new value for the argument named under ``replaces``. At
a point that may wait it may return an awaitable (a Deferred, a coroutine) of one of these: the packet is
parked, and the server goes on with others. The first callback that returns SKIP or DROP decides.

The methods of ``hooks.library.HookLibrary`` and the tables of the documentation are written from this table by
``docs/hook_table.py``. The names are Kea's. Not supported: ``cb4_updated``.
"""

from __future__ import annotations

from enum import Enum
from typing import Final, NamedTuple


class Step(Enum):
    """The next step, as a callback decides it."""

    CONTINUE = 0
    SKIP = 1  # leave out what the server would do at this point
    DROP = 2  # forget the packet
    TAKEN = 3  # at ``buffer4_receive``: the library answers the query itself, and counts it


class Point(NamedTuple):
    """One hook point: its time, arguments in order, the replaceable one, whether it may wait, SKIP and DROP.

    "-" as the effect of SKIP or DROP stands for: as CONTINUE. ``notes`` are for authors of libraries.
    """

    name: str
    when: str
    arguments: tuple[str, ...]
    replaces: str
    may_wait: bool
    skip: str
    drop: str
    notes: str = ""


POINTS: Final = (
    Point(
        "buffer4_receive", "a message was read, nothing is logged or checked yet",
        ("query",), "query", False, "-", "the message is not for us",
        "Another query takes the place of the message before it is counted and checked. TAKEN: the library answers "
        "the message itself; no other library sees it, and it does not count as dropped.",
    ),
    Point(
        "pkt4_receive", "a message was accepted",
        ("query",), "query", True, "no answer", "no answer",
        "``query.classes`` are the classes of the query that arrived; they stay, whatever is put in its place.",
    ),
    Point(
        "subnet4_select", "the subnet was chosen (None: there is none)",
        ("query", "subnet"), "subnet", True, "no subnet", "no answer",
    ),
    Point(
        "host4_identifier", "reservations are looked up, also by `flex-id`",
        ("query", "identifier"), "identifier", False, "no `flex-id`", "no `flex-id`",
    ),
    Point(
        "ddns4_update", "the name of a client that is granted an address is chosen (its `hostname` may be empty)",
        ("query", "subnet", "rules", "name"), "name", False, "-", "-",
        "``rules`` are those of the pool or subnet. The reply has the new name if it has one at all.",
    ),
    Point(
        "lease4_select", "a new lease is to be offered (`offered` is true) or given",
        ("query", "lease", "offered"), "lease", False, "no address",
        "no answer while leases are read from a database, else no address",
        "The address and the subnet of the lease are kept.",
    ),
    Point(
        "lease4_renew", "a REQUEST is about to renew a lease",
        ("query", "lease"), "lease", False, "confirmed, but not longer than before", "no answer",
        "``lease`` is as it will be; its address and subnet are kept.",
    ),
    Point(
        "lease4_offer", "an OFFER is ready",
        ("query", "lease"), "", True, "no answer, the address is declined", "no answer",
        "It is the last opportunity to find out whether the address is free.",
    ),
    Point(
        "lease4_server_decline", "a library at `lease4_offer` found the address in use, and it was declined",
        ("query", "lease"), "", False, "-", "-",
        "``lease`` is that of the declined address, ``query`` the DISCOVER.",
    ),
    Point(
        "lease4_decline", "a client declines its lease",
        ("query", "lease"), "", False, "the lease stays", "the lease stays",
    ),
    Point(
        "lease4_release", "a client gives its lease up",
        ("query", "lease"), "", False, "the lease stays", "the lease stays",
    ),
    Point(
        "leases4_committed", "the leases are on disk, the client waits",
        ("decision",), "", True, "-", "no answer, the leases stay",
        "``decision.changes`` are the leases with ``deleted``, ``decision.lease`` the one that is confirmed, or None.",
    ),
    Point(
        "pkt4_send", "an answer is complete",
        ("query", "response"), "response", False, "no answer", "no answer",
    ),
    Point(
        "buffer4_send", "an answer is about to be sent",
        ("query", "reply"), "reply", False, "no answer", "no answer",
    ),
    Point(
        "dhcp4_srv_configured", "a configuration came into force",
        ("settings",), "", False, "-", "-",
    ),
    Point(
        "lease4_expire", "a lease is over and about to be reclaimed",
        ("lease",), "", False, "the lease stays for now", "-",
    ),
    Point(
        "lease4_recover", "the probation of a declined address is over",
        ("lease",), "", False, "the address stays declined for now", "-",
    ),
    Point(
        "command_processed", "a control command was answered",
        ("command", "arguments", "answer"), "", False, "-", "-",
    ),
)  # fmt: skip

BY_NAME: Final = {point.name: point for point in POINTS}

TYPES: Final = {
    "query": "Query",
    "subnet": "Subnet | None",
    "identifier": "bytes",
    "rules": "NameRules",
    "name": "DnsName",
    "lease": "Lease",
    "offered": "bool",
    "decision": "Decision",
    "response": "Message",
    "reply": "Reply",
    "settings": "Settings",
    "command": "str",
    "arguments": "Json",
    "answer": "Mapping[str, Json]",
}
"""The type of every argument, by its name."""
