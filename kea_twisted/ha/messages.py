"""The commands between two servers, and the readers of their answers.

Kea's are in ``command_creator.cc`` and ``verifyAsyncResponse`` of ``ha_service.cc``.

A command is a dict, ready for JSON. An answer is the dict ``{"result", "text", "arguments"}``; what it means
for the sender is a Reply.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from enum import Enum
from typing import Final, NamedTuple

from kea_twisted.errors import CommandError
from kea_twisted.ha.states import State
from kea_twisted.jsonvalue import Json
from kea_twisted.lease.jsonform import update_map
from kea_twisted.lease.lease import RELEASED, Change
from kea_twisted.wire.address import address_number, address_text

REQUEST_TIMEOUT: Final = 10.0
"""Seconds that a partner has for an answer, Kea's fixed value. A page of leases has ``sync-timeout``."""

EXTENSIONS: Final = "kea-twisted"
"""The member of a heartbeat and of its answer with what only a server of our own kind reads."""

_SERVES: Final = "serves"
_ANSWERS: Final = "answers-offers"

CONNECTION_REFUSED: Final = "Connection refused"
"""The text of an ``unreachable`` reply where no process listens."""

Command = dict[str, Json]


def _command(name: str, arguments: Mapping[str, object]) -> Command:
    return {"command": name, "service": ["dhcp4"], "arguments": dict(arguments)}


class Written(Command):
    """A command whose JSON text is at hand: ``text`` is what is sent, the dict has but its name."""

    __slots__ = ("text",)

    def __init__(self, name: str, text: str) -> None:
        super().__init__(command=name)
        self.text = text


def list_commands() -> Command:
    """Ask what the other server understands."""
    return {"command": "list-commands", "service": ["dhcp4"]}


def heartbeat(sender: str, serves: bool | None = None) -> Command:
    """Ask for the partner's state. ``server-name`` is the sender's own name: it chooses the relationship.

    One of our own kind is told if the sender serves clients; None: the partner is none.
    """
    arguments: dict[str, Json] = {"server-name": sender}
    if serves is not None:
        arguments[EXTENSIONS] = {_SERVES: serves}
    return _command("ha-heartbeat", arguments)


def says_it_serves(arguments: object) -> bool | None:
    """Return what the arguments of a heartbeat of our own kind say of their sender; None for another heartbeat."""
    extensions = arguments.get(EXTENSIONS) if isinstance(arguments, Mapping) else None
    serves = extensions.get(_SERVES) if isinstance(extensions, Mapping) else None
    return serves if isinstance(serves, bool) else None


def dhcp_disable(origin: int, max_period: int, sender: str = "") -> Command:
    """Ask the partner not to serve for at most ``max_period`` seconds (0: until told otherwise).

    One of our own kind is told who asks, which the origin does not show to the hub of several pairs.
    """
    arguments: dict[str, object] = {"origin-id": origin, "origin": "ha-partner"}
    if sender:
        arguments["server-name"] = sender
    if max_period:
        arguments["max-period"] = max_period
    return _command("dhcp-disable", arguments)


def dhcp_enable(origin: int) -> Command:
    """Take back ``dhcp_disable``."""
    return _command("dhcp-enable", {"origin-id": origin, "origin": "ha-partner"})


def lease_page(after: int | None, limit: int, as_rows: bool = False) -> Command:
    """Ask for the leases behind an address, or for the first ones; a partner of our own kind, for rows."""
    arguments = {"from": "start" if after is None else address_text(after), "limit": limit}
    return _command("lease4-get-page", arguments | {"rows": True} if as_rows else arguments)


def sync_complete(sender: str, origin: int) -> Command:
    """Tell the partner that its leases were fetched. ``origin`` is for versions without ``origin-id``."""
    return _command("ha-sync-complete-notify", {"server-name": sender, "origin-id": origin, "origin": origin})


def ha_reset(sender: str) -> Command:
    """Tell the partner to begin anew: it fetches all leases."""
    return _command("ha-reset", {"server-name": sender})


def ha_sync(sender: str) -> Command:
    """Tell a backup to fetch all leases of the sender."""
    return _command("ha-sync", {"server-name": sender})


def maintenance_notify(sender: str, cancel: bool, state: State) -> Command:
    """Ask the partner to hand over for maintenance, or to return; ``state`` is the sender's (next) one."""
    return _command("ha-maintenance-notify", {"server-name": sender, "cancel": cancel, "state": state.value})


def maintenance_start() -> Command:
    """Ask the partner to serve for both; it asks the sender to hand over by ``maintenance_notify`` first."""
    return {"command": "ha-maintenance-start", "service": ["dhcp4"]}


def lease_update(change: Change) -> Command:
    """Tell the partner about a change. A released lease that is kept (state 3) is an update."""
    lease = change.lease
    arguments = update_map(lease)
    arguments["origin"] = "ha-partner"
    if change.deleted and lease.state != RELEASED:
        return {"command": "lease4-del", "service": ["dhcp4"], "arguments": arguments}
    arguments["force-create"] = True
    return {"command": "lease4-update", "service": ["dhcp4"], "arguments": arguments}


def lease_gone(address: int) -> Command:
    """Tell the partner that there is no lease of this address any more."""
    return _command("lease4-del", {"ip-address": address_text(address), "origin": "ha-partner"})


class Kind(Enum):
    """The meaning of an answer."""

    OK = "done; also: nothing found"
    FAILED = "the partner could not or would not"
    CONFLICT = "the lease does not fit the partner's table"
    UNSUPPORTED = "the partner does not know the command"
    UNREACHABLE = "there was no answer"


class Reply(NamedTuple):
    """An answer as the sender sees it. ``text`` is the reason when the kind is not OK."""

    kind: Kind
    text: str = ""
    arguments: Json = None
    result: int = CommandError.ERROR


_KINDS: Final = {
    0: Kind.OK,
    CommandError.EMPTY: Kind.OK,
    CommandError.UNSUPPORTED: Kind.UNSUPPORTED,
    CommandError.CONFLICT: Kind.CONFLICT,
}


def unreachable(reason: str) -> Reply:
    """The reply that never came, with the reason in the operating system's words."""
    return Reply(Kind.UNREACHABLE, reason)


def read_answer(answer: Json) -> Reply:
    """Return the meaning of an answer (a dict with ``result``); one that is none counts as FAILED."""
    result = answer.get("result") if isinstance(answer, Mapping) else None
    if not isinstance(result, int):
        return Reply(Kind.FAILED, "invalid answer: no result")
    kind = _KINDS.get(result, Kind.FAILED)
    if kind is Kind.OK:
        return Reply(kind, "", answer.get("arguments"), result)
    text, code = answer.get("text"), f"(error code {result})"
    return Reply(kind, f"{text} {code}" if isinstance(text, str) else code, answer.get("arguments"), result)


class Cause(Enum):
    """A reason for which a server ended the relationship."""

    NONE = ""
    SKEW = "clock-skew"
    REJECTS = "rejected-updates"
    PARTNER = "partner"


class HeartbeatStatus(NamedTuple):
    """The state of the partner by a heartbeat's answer. ``time`` is its clock, whole seconds since the epoch."""

    state: State
    time: int
    scopes: tuple[str, ...] | None
    unsent_updates: int | None  # None: from a version that does not count them
    ours: bool = False  # it comes from a server of our own kind …
    cause: Cause = Cause.NONE  # … which says why it is terminated …
    addresses: tuple[int, ...] = ()  # … and where its DHCP service listens …
    subnets: str = ""  # … and a digest of its subnets …
    answers: bool = False  # … and if it answers clients of its own that hold an offer of this server


def read_heartbeat_status(arguments: object) -> HeartbeatStatus:
    """The arguments of a heartbeat's answer; ValueError with Kea's sentence for what is missing."""
    if not isinstance(arguments, Mapping):
        raise ValueError("returned arguments in the response must be a map")
    name, date, scopes = arguments.get("state"), arguments.get("date-time"), arguments.get("scopes")
    unsent = arguments.get("unsent-update-count")
    if not isinstance(name, str):
        raise ValueError("server state not returned in response to a ha-heartbeat command or it is not a string")
    state = State.named(name)
    if state is None:
        raise ValueError(f"unsupported HA partner state returned {name}")
    if not isinstance(date, str):
        raise ValueError("date-time not returned in response to a ha-heartbeat command or it is not a string")
    if unsent is not None and not isinstance(unsent, int):
        raise ValueError("unsent-update-count returned in the ha-heartbeat response is not an integer")
    names = None
    if isinstance(scopes, list) and all(isinstance(scope, str) for scope in scopes):
        names = tuple(filter(None, scopes))
    time = read_date(date)
    if not 0 <= time <= _LATEST:
        raise ValueError(f"implausible date-time '{date}' returned in response to a ha-heartbeat command")
    ours = arguments.get(EXTENSIONS)
    if not isinstance(ours, Mapping):
        return HeartbeatStatus(state, time, names, unsent)
    cause = ours.get("terminated-by")
    known = next((one for one in Cause if one.value == cause), Cause.NONE)
    subnets = ours.get("subnets")
    addresses = _read_addresses(ours.get("dhcp-addresses"))
    return HeartbeatStatus(
        state, time, names, unsent, True, known, addresses, subnets if isinstance(subnets, str) else "",
        ours.get(_ANSWERS) is True,
    )  # fmt: skip


def write_heartbeat_status(status: HeartbeatStatus) -> dict[str, Json]:
    """The inverse of ``read_heartbeat_status``: what a heartbeat is answered."""
    found = {
        "date-time": write_date(status.time),
        "scopes": list(status.scopes or ()),
        "state": status.state.value,
        "unsent-update-count": status.unsent_updates or 0,
    }
    if status.ours:
        extensions: dict[str, Json] = {"terminated-by": status.cause.value} if status.cause is not Cause.NONE else {}
        if status.addresses:
            extensions["dhcp-addresses"] = list(map(address_text, status.addresses))
        if status.subnets:
            extensions["subnets"] = status.subnets
        if status.answers:
            extensions[_ANSWERS] = True
        found[EXTENSIONS] = extensions
    return found


def _read_addresses(found: object) -> tuple[int, ...]:
    """The addresses in a list of texts, as many as there are; what is none is left out."""
    addresses = []
    for text in found if isinstance(found, list) else ():
        with suppress(ValueError):
            if isinstance(text, str):
                addresses.append(address_number(text))
    return tuple(addresses)


_LATEST: Final = 0xFFFFFFFF  # seconds since the epoch: in 2106. No clock is wrong by that much; an answer may be
_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DATE: Final = re.compile(
    rf"(?:{'|'.join(_DAYS)}), (\d\d?) ({'|'.join(_MONTHS)}) (\d{{4}}) (\d\d):(\d\d):(\d\d) GMT", re.ASCII
)


def write_date(now: float) -> str:
    """Seconds since the epoch -> ``Sun, 22 Nov 2026 10:51:12 GMT`` (RFC 1123 section 5.2.14)."""
    t = datetime.fromtimestamp(int(now), UTC)
    return f"{_DAYS[t.weekday()]}, {t.day:02} {_MONTHS[t.month - 1]} {t.year} {t:%H:%M:%S} GMT"


def read_date(text: str) -> int:
    """The inverse of ``write_date``; ValueError for anything else."""
    match = _DATE.fullmatch(text)
    if match is None:
        raise ValueError(f"unsupported time format of the '{text}'")
    day, month, year, hour, minute, second = match.groups()
    date = (int(year), _MONTHS.index(month) + 1, int(day))
    return int(datetime(*date, int(hour), int(minute), int(second), tzinfo=UTC).timestamp())
