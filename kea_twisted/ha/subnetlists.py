"""Comparison of the subnets of two servers of our own kind: the ones with another id, and the ones that only one has.

A partner refuses the lease of a subnet id that it does not have. So where one prefix has two ids, neither server takes
the other's leases in, and each keeps to its own half of the free addresses whenever it serves without the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from hashlib import blake2b
from typing import Final, NamedTuple

from kea_twisted import events as E
from kea_twisted.ha.messages import REQUEST_TIMEOUT, Command, Kind, Reply
from kea_twisted.ha.outbox import Outbox
from kea_twisted.ha.relationshiplog import RelationshipLog
from kea_twisted.ha.settings import HaSettings
from kea_twisted.jsonvalue import Json
from kea_twisted.wire.address import address_number

COMMAND: Final = "ha-subnets-get"

MAX_LOGGED: Final = 20
"""Subnets that are logged one by one."""

_FULL: Final = 0xFFFFFFFF


class Mismatch(NamedTuple):
    """A subnet whose addresses belong to a subnet with another id at the partner."""

    subnet_id: int
    prefix: str
    partner_id: int
    partner_prefix: str


def digest_of(subnets: Mapping[int, str]) -> str:
    """Return a digest of subnets (id -> prefix); equal for equal ones."""
    rows = "".join(f"{subnet_id} {subnets[subnet_id]}\n" for subnet_id in sorted(subnets))
    return blake2b(rows.encode(), digest_size=8).hexdigest()


def ask_for(sender: str) -> Command:
    """Ask a partner of our own kind for its subnets."""
    return {"command": COMMAND, "service": ["dhcp4"], "arguments": {"server-name": sender}}


def write(subnets: Mapping[int, str]) -> dict[str, Json]:
    """Return the arguments of the answer to ``ha-subnets-get``."""
    return {"subnets": [{"id": subnet_id, "subnet": prefix} for subnet_id, prefix in sorted(subnets.items())]}


def read(arguments: object) -> dict[int, str]:
    """Read the arguments of an answer. Raises ValueError."""
    rows = arguments.get("subnets") if isinstance(arguments, Mapping) else None
    if not isinstance(rows, list):
        raise ValueError("the response contains no list of subnets")
    found: dict[int, str] = {}
    for row in rows:
        subnet_id, prefix = (row.get("id"), row.get("subnet")) if isinstance(row, Mapping) else (None, None)
        if type(subnet_id) is not int or not isinstance(prefix, str):
            raise ValueError("a subnet in the response lacks 'id' or 'subnet'")
        range_of(prefix)
        found[subnet_id] = prefix
    return found


def compare(ours: Mapping[int, str], theirs: Mapping[int, str]) -> tuple[list[Mismatch], list[int]]:
    """Return the mismatches, and the ids of those of our subnets of whose addresses the partner has none."""
    mismatches, missing = [], []
    by_address = sorted((*range_of(prefix), subnet_id) for subnet_id, prefix in theirs.items())
    highest = _running_maximum(last for _, last, _ in by_address)
    for subnet_id, prefix in ours.items():
        if theirs.get(subnet_id) == prefix:
            continue
        first, last = range_of(prefix)
        others = _overlapping(by_address, highest, first, last)
        if not others:
            missing.append(subnet_id)
        elif subnet_id not in others:
            mismatches.append(Mismatch(subnet_id, prefix, others[0], theirs[others[0]]))
    return mismatches, missing


class PartnerSubnets:
    """The knowledge of the partner's subnets. ``changed`` is called when the outcome of the comparison changes."""

    def __init__(
        self, settings: HaSettings, outbox: Outbox, words: RelationshipLog, changed: Callable[[], None]
    ) -> None:
        self._settings = settings
        self._outbox = outbox
        self._words = words
        self._changed = changed
        self._observer: Callable[[], None] | None = None
        self.own: Mapping[int, str] = {}
        self.digest = ""  # of our own subnets; "": not known yet
        self._theirs: Mapping[int, str] | None = None  # None: not known
        self._their_digest = ""  # of those, or of those that are asked for
        self.mismatches: dict[int, Mismatch] = {}  # by our own subnet id
        self.missing: frozenset[int] = frozenset()  # the partner lacks these
        self.lacks = False  # the partner has subnets that this server lacks

    def notify(self, observer: Callable[[], None]) -> None:
        """Call this observer, and no other one any more, when the outcome of the comparison changes."""
        self._observer = observer

    def configure(self, own: Mapping[int, str]) -> None:
        """Take these subnets (id -> prefix) for our own from now on."""
        self.own, self.digest = own, digest_of(own)
        self._compare()

    def heard(self, digest: str) -> None:
        """Take note of the digest in the partner's heartbeat; "": it sends none."""
        if digest == self._their_digest or not self.digest:
            return
        self._their_digest = digest
        if not digest:
            self._theirs = None
        elif digest == self.digest:
            self._theirs = dict(self.own)
        else:
            partner = self._settings.partner.name
            self._outbox.ask(partner, ask_for(self._settings.this_server_name), REQUEST_TIMEOUT, self._on_list)
            return
        self._compare()

    def _on_list(self, reply: Reply, now: float) -> None:
        try:
            if reply.kind is not Kind.OK:
                raise ValueError(reply.text)
            self._theirs = read(reply.arguments)
        except ValueError:
            self._their_digest = ""  # the next heartbeat asks again
            return
        self._compare()

    def _compare(self) -> None:
        theirs = self.own if self._theirs is None else self._theirs
        mismatches, missing = compare(self.own, theirs)
        lacks = bool(compare(theirs, self.own)[1])
        found = {each.subnet_id: each for each in mismatches}
        if found == self.mismatches and self.missing == frozenset(missing) and self.lacks == lacks:
            return
        self._say([each for each in mismatches if self.mismatches.get(each.subnet_id) != each])
        new = [subnet_id for subnet_id in missing if subnet_id not in self.missing]
        if new:
            shown = ", ".join(self.own[subnet_id] for subnet_id in new[:MAX_LOGGED])
            self._words.say(E.HA_SUBNETS_MISSING_AT_PARTNER, self._settings.partner.label, len(new), shown)
        if self.mismatches and not found:
            self._words.say(E.HA_SUBNET_IDS_AGREE, self._settings.partner.label)
        self.mismatches, self.missing, self.lacks = found, frozenset(missing), lacks
        self._changed()
        if self._observer is not None:
            self._observer()

    def _say(self, mismatches: Iterable[Mismatch]) -> None:
        for each in list(mismatches)[:MAX_LOGGED]:
            partner = self._settings.partner.label, each.partner_prefix, each.partner_id
            self._words.say(E.HA_SUBNET_ID_MISMATCH, each.prefix, each.subnet_id, *partner)


def range_of(prefix: str) -> tuple[int, int]:
    """Return the first and the last address of a prefix. Raises ValueError."""
    address, _, length = prefix.partition("/")
    if not length.isdecimal() or not 0 <= int(length) <= 32:
        raise ValueError(f"invalid prefix '{prefix}' in the response")
    mask = _FULL << (32 - int(length)) & _FULL
    first = address_number(address) & mask
    return first, first | (_FULL ^ mask)


def _running_maximum(numbers: Iterable[int]) -> list[int]:
    found: list[int] = []
    for number in numbers:
        found.append(number if not found or number > found[-1] else found[-1])
    return found


def _overlapping(rows: list[tuple[int, int, int]], highest: list[int], first: int, last: int) -> list[int]:
    """Return the ids of the ranges that overlap with one; ``highest`` are the ends of all up to each row."""
    low, high = 0, len(rows)
    while low < high:  # the rows from ``low`` on begin behind the range
        middle = (low + high) // 2
        low, high = (middle + 1, high) if rows[middle][0] <= last else (low, middle)
    found = []
    for at in range(low - 1, -1, -1):
        if highest[at] < first:
            break
        if rows[at][1] >= first:
            found.append(rows[at][2])
    return found
