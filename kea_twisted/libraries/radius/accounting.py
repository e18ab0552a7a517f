"""Accounting: sessions, each from the beginning of a lease to its end, and the records about them.

A session is named by its address and by the time at which it began, in seconds and milliseconds since 2018-03-07 11:00
UTC. (Kea: ``radius_accounting.cc``.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from kea_twisted.jsonvalue import Json
from kea_twisted.libraries.radius import attributes as A
from kea_twisted.libraries.radius import standard as S
from kea_twisted.libraries.radius.access import with_port
from kea_twisted.libraries.radius.attributes import Attribute
from kea_twisted.libraries.radius.clients import mac_text, user_name
from kea_twisted.libraries.radius.dictionary import Definition
from kea_twisted.libraries.radius.parameters import RadiusSettings
from kea_twisted.wire.address import address_number, address_text
from kea_twisted.wire.optiontypes import pack_raw

EPOCH: Final = 1520420400
"""The time from which sessions are counted, in seconds since 1970."""

CREATE, RENEW, EXPIRE, RELEASE, DECLINE, ADD, UPDATE, DELETE = (
    "create", "renew", "expire", "release", "decline", "add", "update", "delete",
)  # fmt: skip
NUMBERS: Final = {CREATE: 0, RENEW: 1, EXPIRE: 3, RELEASE: 4, DECLINE: 5, ADD: 6, UPDATE: 7, DELETE: 8}
"""Kea's numbers of the events, for its log line."""

_START, _STOP, _ALIVE = 1, 2, 3
_STARTS: Final = frozenset((CREATE, ADD))
_STOPS: Final = frozenset((EXPIRE, RELEASE, DECLINE, DELETE))
HEADER: Final = ("address", "seconds", "milliseconds")
_COMMANDS: Final = {"lease4-add": ADD, "lease4-update": UPDATE, "lease4-del": DELETE}
_BULK: Final = "lease4-bulk-apply"

Began = tuple[int, int]
"""The beginning of a session: seconds and milliseconds since EPOCH."""


class Holder(NamedTuple):
    """An address, its subnet and its client."""

    address: int
    subnet_id: int
    hwaddr: bytes
    client_id: bytes


class Sessions:
    """The beginnings of sessions by address. ``write`` gets each change; (0, 0) stands for an end."""

    def __init__(self, write: Callable[[int, Began], None], no_history: Callable[[int], None]) -> None:
        self.began: dict[int, Began] = {}
        self._write = write
        self._no_history = no_history

    def name(self, address: int, event: str, now: float) -> str:
        """Return the name of the session of an address at an event, which may begin or end it."""
        known = self.began.get(address)
        if event in _STARTS or known is None:
            if event not in _STARTS:
                self._no_history(address)
            milliseconds = int(now * 1000) - EPOCH * 1000
            known = self.began[address] = divmod(max(milliseconds, 1000), 1000)
            if event not in _STOPS:
                self._write(address, known)
        if event in _STOPS:
            del self.began[address]
            self._write(address, (0, 0))
        return f"{address_text(address)}@{known[0]}.{known[1]}"


def record(
    radius: RadiusSettings, holder: Holder, event: str, session: str, of_server: bytes | None, port: int
) -> list[Attribute]:
    """Return the attributes of a record, without those that depend on the server. Raises ValueError.

    ``of_server`` is the Class attribute of the answer that admitted the client (RFC 2865 section 5.25).
    """
    mac = mac_text(radius, holder.hwaddr)
    texts = [(S.USER_NAME, user_name(radius, holder.client_id) if holder.client_id else mac)]
    if holder.client_id and mac:
        texts.append((S.CALLING_STATION_ID, mac))
    status = _START if event in _STARTS else _STOP if event in _STOPS else _ALIVE
    made = [_string(code, text.encode()) for code, text in texts]
    made.append(Attribute(S.FRAMED_IP_ADDRESS, holder.address.to_bytes(4)))
    made.append(_string(S.ACCT_SESSION_ID, session.encode()))
    made.append(Attribute(S.ACCT_STATUS_TYPE, status.to_bytes(4)))
    if of_server:
        made.append(Attribute(S.CLASS, of_server))
    made += [each.attribute for each in radius.accounting.attributes if each.attribute is not None]
    return with_port(made, port)


def of_command(
    command: str, arguments: Json, answer: Mapping[str, Json], peer_updates: bool
) -> Iterator[tuple[str, Holder]]:
    """Yield the events of a command that has changed leases, and their leases as far as the command names them."""
    if answer.get("result") != 0 or not isinstance(arguments, Mapping):
        return
    if not peer_updates and arguments.get("origin") == "ha-partner":
        return
    found: Iterable[tuple[str, Json]] = ()
    if command in _COMMANDS:
        found = [(_COMMANDS[command], arguments)]
    elif command == _BULK:
        found = _applied(arguments, answer)
    for event, section in found:
        holder = _holder(section)
        if holder is not None:
            yield event, holder


def _applied(arguments: Mapping[str, Json], answer: Mapping[str, Json]) -> Iterator[tuple[str, Json]]:
    outcome = answer.get("arguments") or {}
    for key, failed_key, event in (
        ("deleted-leases", "failed-deleted-leases", DELETE), ("leases", "failed-leases", UPDATE),
    ):  # fmt: skip
        failed = {each.get("ip-address") for each in outcome.get(failed_key, ())}
        yield from [(event, each) for each in arguments.get(key, ()) if each.get("ip-address") not in failed]


def _holder(section: Json) -> Holder | None:
    """Return the lease that a map of a command describes; None if it does not say whose lease it is."""
    try:
        subnet_id = section["subnet-id"]
        option = section.get("client-id")
        if type(subnet_id) is not int:
            return None
        return Holder(
            address_number(section["ip-address"]), subnet_id, pack_raw(section["hw-address"]),
            pack_raw(option) if option else b"",
        )  # fmt: skip
    except (KeyError, ValueError, TypeError, AttributeError):
        return None


def _string(code: int, value: bytes) -> Attribute:
    return A.from_bytes(Definition(code, "", S.STRING), value)
