"""The relay's options in a lease's user context (``ISC.relay-agent-info``): their form, and what is read of them.

``sub-options`` has all of option 82, ``relay-id`` and ``remote-id`` two of its sub-options, by which bulk leasequery
finds leases. Before 2.3.8 Kea stored option 82 alone, as a text in place of the map. (Kea:
``LeaseMgr::upgradeLease4ExtendedInfo``, ``extractLease4ExtendedInfo``.)
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final, NamedTuple

from kea_twisted.jsonvalue import Json
from kea_twisted.lease.context import context_text, isc_of
from kea_twisted.wire.constants import AGENT_RELAY_ID, AGENT_REMOTE_ID
from kea_twisted.wire.options import pack_suboptions, unpack_suboptions

RELAY_INFO: Final = "relay-agent-info"
NONE, FIX, STRICT, PEDANTIC = "none", "fix", "strict", "pedantic"
"""The values of ``extended-info-checks``."""

_ENTRIES: Final = ("sub-options", "remote-id", "relay-id", "comment")
_IDENTIFIERS: Final = (("remote-id", AGENT_REMOTE_ID), ("relay-id", AGENT_RELAY_ID))


class Checked(NamedTuple):
    """A user context after its check; ``fault``: what was wrong and was removed; ``upgraded``: it had the old form."""

    context: str
    fault: str = ""
    upgraded: bool = False


class AgentIds(NamedTuple):
    """The relay identifier and the remote identifier of a lease, b"" for none."""

    relay_id: bytes = b""
    remote_id: bytes = b""


def stored_form(suboptions: Mapping[int, bytes]) -> dict[str, str]:
    """Return the map that is stored of option 82."""
    packed = pack_suboptions(dict(sorted(suboptions.items())))
    return {"sub-options": f"0x{packed.hex().upper()}" if packed else "", **_identifiers(suboptions)}


def agent_ids(context: str) -> AgentIds:
    """Return the identifiers in a user context; what cannot be read counts as none."""
    info = isc_of(context).get(RELAY_INFO) if RELAY_INFO in context else None
    if not isinstance(info, dict):
        return _NO_IDS
    return AgentIds(_readable(info.get("relay-id")), _readable(info.get("remote-id")))


def agent_options(context: str) -> bytes | None:
    """Return the stored option 82 of a user context, in either form; None for none. Raises ValueError."""
    info = isc_of(context).get(RELAY_INFO) if RELAY_INFO in context else None
    if isinstance(info, dict):
        info = info.get("sub-options")
    if info is None:
        return None
    if not isinstance(info, str):
        raise ValueError("not a string")
    return _bytes_of(info)


def checked(context: str, mode: str) -> Checked:
    """Return the user context with today's form of the relay's options, without what the mode does not allow."""
    if mode == NONE or not context:
        return Checked(context)
    whole = json.loads(context)
    if not isinstance(whole, dict):
        return Checked("", _problem("user context", "user context is not a map"))
    if not whole:
        return Checked("")
    if "ISC" not in whole:
        return Checked(context)
    isc = whole["ISC"]
    if not isinstance(isc, dict):
        return Checked(_text(whole, {}), _problem("isc", "ISC entry is not a map"))
    if not isc:
        return Checked(_text(whole, isc))
    if RELAY_INFO not in isc:
        return Checked(context)
    return _checked_info(context, whole, isc, mode)


def _checked_info(context: str, whole: dict[str, object], isc: dict[str, object], mode: str) -> Checked:
    info = isc[RELAY_INFO]
    where = "rai" if isinstance(info, str) else RELAY_INFO
    try:
        if isinstance(info, str):
            upgraded = {"sub-options": info, **_identifiers(unpack_suboptions(_bytes_of(info)))}
            return Checked(_text(whole, {**isc, RELAY_INFO: upgraded}), upgraded=True)
        if not isinstance(info, dict):
            raise ValueError("relay-agent-info is not a map or a string")
        if mode != FIX:
            for where in _ENTRIES[:3]:
                if where in info:
                    _check_entry(where, info[where])
            where = RELAY_INFO
        if mode == PEDANTIC:
            _check_names(info)
    except ValueError as error:
        kept = {name: value for name, value in isc.items() if name != RELAY_INFO}
        return Checked(_text(whole, kept), _problem(where, str(error)))
    return Checked(context)


def _check_entry(name: str, value: object) -> None:
    if not isinstance(value, str):
        raise ValueError(f"{name} is not a string")
    if name == "sub-options":
        _bytes_of(value)
    elif not bytes.fromhex(value):
        raise ValueError(f"{name} is empty")


def _check_names(info: Mapping[str, object]) -> None:
    for name in sorted(info):
        if name not in _ENTRIES:
            raise ValueError(f"spurious '{name}' entry in relay-agent-info")


def _problem(where: str, text: str) -> str:
    return f"in {where} a problem was found: {text}"


def _text(whole: Mapping[str, Json], isc: Mapping[str, Json]) -> str:
    """Return a user context with this member ``ISC``, or none if there is nothing in it."""
    kept = {name: value for name, value in whole.items() if name != "ISC"}
    if isc:
        kept["ISC"] = isc
    return context_text(kept) if kept else ""


def _identifiers(suboptions: Mapping[int, bytes]) -> dict[str, str]:
    return {name: suboptions[code].hex().upper() for name, code in _IDENTIFIERS if suboptions.get(code)}


def _bytes_of(text: str) -> bytes:
    """Return the bytes of hexadecimal digits, with ``0x`` before or colons between them. Raises ValueError."""
    return bytes.fromhex(text.removeprefix("0x").replace(":", ""))


def _readable(value: object) -> bytes:
    try:
        return _bytes_of(value) if isinstance(value, str) else b""
    except ValueError:
        return b""


_NO_IDS: Final = AgentIds()
