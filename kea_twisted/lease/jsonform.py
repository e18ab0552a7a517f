"""The JSON form of a lease in control commands: what ``lease4-get`` answers and ``lease4-update`` is given.

Keys stand in the alphabet's order, as Kea prints every map. Kea's strings are bytes, so a character of a host
name is one byte.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from kea_twisted.lease.lease import DECLINED, DEFAULT, INFINITE, LATEST, RECLAIMED, RELEASED, Lease
from kea_twisted.lease.packed import LONGEST_CLIENT_ID, LONGEST_HWADDR
from kea_twisted.wire.address import address_number, address_text, hex_bytes, hex_text

_REQUIRED = object()
_STATES = {DEFAULT: "default", DECLINED: "declined", RECLAIMED: "expired-reclaimed", RELEASED: "released"}


def lease_to_json(lease: Lease) -> dict[str, Any]:
    """The lease as Kea shows it; ``client-id``, ``pool-id`` and ``user-context`` only where there is one."""
    shown: dict[str, Any] = {}
    if lease.client_id:
        shown["client-id"] = hex_text(lease.client_id)
    shown["cltt"] = lease.cltt
    shown["fqdn-fwd"] = lease.fqdn_fwd
    shown["fqdn-rev"] = lease.fqdn_rev
    shown["hostname"] = lease.hostname
    shown["hw-address"] = hex_text(lease.hwaddr)
    shown["ip-address"] = address_text(lease.address)
    if lease.pool_id:
        shown["pool-id"] = lease.pool_id
    shown["state"] = lease.state
    shown["subnet-id"] = lease.subnet_id
    if lease.user_context:
        shown["user-context"] = json.loads(lease.user_context)
    shown["valid-lft"] = lease.valid_lifetime
    return shown


def lease_from_json(values: Mapping[str, Any], now: float = 0, valid_lifetime: int | None = None) -> Lease:
    """The lease that a partner or an administrator describes; ValueError names the parameter that is wrong.

    The end is ``expire``, else ``cltt`` plus lifetime, else ``now`` plus lifetime. ``valid_lifetime`` stands
    in for a missing ``valid-lft`` (None: it must be there), 0 for a missing ``subnet-id``. Other keys are not
    looked at: a partner sends ``origin`` and ``force-create`` here, and newer ones more.
    """
    address = _address(_text(values, "ip-address", _REQUIRED))
    client_id = values.get("client-id")
    lifetime = _number(values, "valid-lft", _REQUIRED if valid_lifetime is None else valid_lifetime)
    hostname = one_byte_characters(_text(values, "hostname", ""))
    lease = Lease(
        address,
        _identifier("hw-address", _text(values, "hw-address", _REQUIRED), LONGEST_HWADDR),
        b"" if client_id is None else _client_id(_text(values, "client-id", "")),
        lifetime,
        _cltt(values, lifetime, now),
        _number(values, "subnet-id", 0),
        _flag(values, "fqdn-fwd"),
        _flag(values, "fqdn-rev"),
        hostname.lower(),
        _state(values),
        _context(values),
        _number(values, "pool-id", 0),
    )
    _check(lease)
    return lease


def one_byte_characters(text: str) -> str:
    """Text as Kea keeps it, a character per byte: what lies beyond Latin-1 becomes the bytes of its UTF-8."""
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass").decode("latin-1")
    return text


def _check(lease: Lease) -> None:
    if not lease.hwaddr and not lease.client_id and lease.state != DECLINED:
        raise ValueError(
            f"Lease4: {address_text(lease.address)}, state: {_STATES[lease.state]} "
            "has neither hardware address or client id"
        )
    if not lease.hostname and (lease.fqdn_fwd or lease.fqdn_rev):
        raise ValueError("No hostname specified and either forward or reverse fqdn was set to true.")


def _value(values: Mapping[str, Any], key: str, default: Any) -> Any:
    value = values.get(key, default)
    if value is _REQUIRED:
        raise ValueError(f"missing parameter '{key}'")
    return value


def _text(values: Mapping[str, Any], key: str, default: Any) -> str:
    value = _value(values, key, default)
    if not isinstance(value, str):
        raise ValueError(f"invalid type specified for parameter '{key}'")
    return value


def _integer(values: Mapping[str, Any], key: str, default: Any) -> int:
    value = _value(values, key, default)
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(f"invalid type specified for parameter '{key}'")
    return value


def _number(values: Mapping[str, Any], key: str, default: Any) -> int:
    value = _integer(values, key, default)
    if not 0 <= value <= INFINITE:
        raise ValueError(f"out of range value ({value}) specified for parameter '{key}'")
    return value


def _flag(values: Mapping[str, Any], key: str) -> bool:
    value = values.get(key, False)
    if not isinstance(value, bool):
        raise ValueError(f"invalid type specified for parameter '{key}'")
    return value


def _address(text: str) -> int:
    try:
        return address_number(text)
    except ValueError:
        if ":" in text:
            raise ValueError(f"Non-IPv4 address specified: {text}") from None
        raise ValueError(f"Failed to convert '{text}' to address for parameter 'ip-address'") from None


def _identifier(key: str, text: str, longest: int) -> bytes:
    try:
        value = hex_bytes(text)
    except ValueError as error:
        raise ValueError(f"{error} specified for parameter '{key}'") from None
    if len(value) > longest:
        raise ValueError(f"identifier is too long ({len(value)}), at most {longest} is allowed for '{key}'")
    return value


def _client_id(text: str) -> bytes:
    value = _identifier("client-id", text, LONGEST_CLIENT_ID)
    if len(value) < 2:
        raise ValueError(f"identifier is too short ({len(value)}), at least 2 is required for 'client-id'")
    return value


def _cltt(values: Mapping[str, Any], lifetime: int, now: float) -> int:
    if "expire" in values:
        expire = _integer(values, "expire", _REQUIRED)
        if expire <= 0:
            raise ValueError(f"expiration time must be positive for address {values['ip-address']}")
        if expire < lifetime:
            raise ValueError(
                f"expiration time must be greater than valid lifetime for address {values['ip-address']}"
            )
        if expire - lifetime <= LATEST:
            return expire - lifetime
        raise ValueError(f"out of range value ({expire}) specified for parameter 'expire'")
    cltt = _integer(values, "cltt", int(now))
    if not -LATEST <= cltt <= LATEST:
        raise ValueError(f"out of range value ({cltt}) specified for parameter 'cltt'")
    return cltt


def _state(values: Mapping[str, Any]) -> int:
    state = _number(values, "state", DEFAULT)
    if state not in _STATES:
        known = ", ".join(f"{number} ({name})" for number, name in _STATES.items())
        raise ValueError(f"Invalid state value: {state}, supported values are: {known}")
    return state


def _context(values: Mapping[str, Any]) -> str:
    context = values.get("user-context")
    if context is None:
        context = {}
    if not isinstance(context, dict):
        raise ValueError(f"Invalid user context '{json.dumps(context)}' is not a JSON map.")
    if "comment" in values:
        context = {**context, "comment": _text(values, "comment", "")}
    return json.dumps(context, sort_keys=True) if context else ""
