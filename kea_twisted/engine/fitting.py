"""Replies that the client or the interface can take as a whole (RFC 2131 section 3.5, RFC 2132 section 9.10).

A reply that is too long leaves out options: each is taken, in the order in which the client asked for them, if there is
room for it. Kea pays no attention to option 57, and never sends a reply that is longer than the interface's MTU, even
though its lease is written.
"""

from __future__ import annotations

from typing import Final

from kea_twisted import events as E
from kea_twisted.engine.core import Core
from kea_twisted.engine.exchange import Exchange
from kea_twisted.wire.constants import (
    OPT_AGENT_OPTIONS,
    OPT_CLIENT_IDENTIFIER,
    OPT_LEASE_TIME,
    OPT_MAX_MESSAGE_SIZE,
    OPT_MESSAGE_TYPE,
    OPT_PARAMETER_REQUEST_LIST,
    OPT_REBINDING_TIME,
    OPT_RENEWAL_TIME,
    OPT_SERVER_IDENTIFIER,
    OPT_SUBNET_MASK,
    OPT_SUBNET_SELECTION,
)
from kea_twisted.wire.options import pack_options, unpack_options

HEADERS: Final = 28
"""Of IPv4 and UDP. The size a client announces counts them: 576 is the 236 octets of the fixed fields, 312 of options
and these (RFC 2131 section 2)."""

SMALLEST: Final = 576
"""The least that option 57 may say."""

ALWAYS_FITS: Final = SMALLEST - HEADERS
"""A payload of so many bytes fits every client."""

_FIXED: Final = 240  # fixed fields and cookie
_MANDATORY: Final = frozenset((
    OPT_MESSAGE_TYPE, OPT_SERVER_IDENTIFIER, OPT_LEASE_TIME, OPT_RENEWAL_TIME, OPT_REBINDING_TIME, OPT_SUBNET_MASK,
    OPT_CLIENT_IDENTIFIER, OPT_AGENT_OPTIONS, OPT_SUBNET_SELECTION,
))  # fmt: skip


def fitted(core: Core, exchange: Exchange, payload: bytes, in_frame: bool) -> bytes:
    """Return the reply, shortened if it must be. ``in_frame``: it leaves as a frame of its interface, in one piece."""
    most = _most(exchange, in_frame)
    if len(payload) <= most:
        return payload
    options = unpack_options(payload, _FIXED)
    kept = {code: data for code, data in options.items() if code in _MANDATORY}
    left_out: list[int] = []
    for code in _by_importance(exchange, options):
        kept[code] = options[code]
        if _FIXED + len(pack_options(kept)) > most:
            del kept[code]
            left_out.append(code)
    _report(core, exchange, len(payload), most, left_out)
    return payload[:_FIXED] + pack_options({code: data for code, data in options.items() if code in kept})


def _most(exchange: Exchange, in_frame: bool) -> int:
    announced = exchange.message.options.get(OPT_MAX_MESSAGE_SIZE)
    mtu = exchange.query.interface.mtu if in_frame else 0xFFFF
    if announced is None:
        return mtu - HEADERS
    return min(max(int.from_bytes(announced, "big"), SMALLEST), mtu) - HEADERS


def _by_importance(exchange: Exchange, options: dict[int, bytes]) -> list[int]:
    """The options that may be left out: what must be sent unasked, then what the client asked for, in its order."""
    wishes = exchange.message.options.get(OPT_PARAMETER_REQUEST_LIST, b"")
    codes = [code for code in options if code not in _MANDATORY]
    asked = sorted([code for code in codes if code in wishes], key=wishes.index)
    return [code for code in codes if code not in wishes] + asked


def _report(core: Core, exchange: Exchange, size: int, most: int, left_out: list[int]) -> None:
    if E.DHCP4_RESPONSE_OPTIONS_LEFT_OUT in core.log.enabled:
        held = core.shortened.passes("", exchange.time)
        if held >= 0:
            codes = ", ".join([str(code) for code in left_out]) or "none"
            core.log.emit(E.DHCP4_RESPONSE_OPTIONS_LEFT_OUT, exchange.label, size, most, codes, held)
