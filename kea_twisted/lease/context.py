"""The user context of a lease: JSON text of a map. What the server itself keeps there is in its member ``ISC``.

One such member is ``hardware-type``: neither the lease file nor HA updates have a place for the type of a hardware
address (RFC 2131 htype), which is part of a client's identity where it sends no client identifier (RFC 2131
section 4.2). It is stored for types other than Ethernet. (Kea keeps types in memory only.)
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Final

from kea_twisted.lease.hostname import in_bytes

_NOT_ASCII = re.compile("[\x7f-\xff]")


HARDWARE_TYPE: Final = "hardware-type"
ETHERNET_TYPE: Final = 1


def context_map(context: str) -> dict[str, object]:
    """Return the map of a user context; an empty one where the text is none."""
    try:
        found = json.loads(context) if context else {}
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def isc_of(context: str) -> dict[str, object]:
    """Return the member ``ISC`` of a user context."""
    found = context_map(context).get("ISC")
    return found if isinstance(found, dict) else {}


def with_isc(context: str, name: str, value: object) -> str:
    """Return the user context with this member of ``ISC``."""
    whole = context_map(context)
    whole["ISC"] = {**isc_of(context), name: value}
    return context_text(whole)


def hardware_type(context: str) -> int:
    """Return the type of the lease's hardware address, Ethernet where none is stored."""
    if HARDWARE_TYPE not in context:
        return ETHERNET_TYPE
    found = isc_of(context).get(HARDWARE_TYPE)
    return found if isinstance(found, int) and 0 <= found <= 255 else ETHERNET_TYPE


def with_hardware_type(context: str, htype: int) -> str:
    """Return the user context for a lease whose hardware address is of this type."""
    if hardware_type(context) == htype:
        return context
    if htype != ETHERNET_TYPE:
        return with_isc(context, HARDWARE_TYPE, htype)
    whole, kept = context_map(context), isc_of(context)
    del kept[HARDWARE_TYPE]
    whole["ISC"] = kept
    if not kept:
        del whole["ISC"]
    return context_text(whole) if whole else ""


def stored_context(value: Mapping[str, object]) -> str:
    """Return the text of a map that a command or a partner brings, "" for an empty one.

    A character of a string is a byte. Others are taken as their bytes in UTF-8, as in host names: a Kea knows no
    escapes of two bytes, and could read neither the row nor an update from its partner.
    """
    if not value:
        return ""
    text = json.dumps(value)
    return text if "\\u" not in text else json.dumps(_in_bytes(value))


def _in_bytes(value: object) -> object:
    if isinstance(value, str):
        return in_bytes(value)
    if isinstance(value, Mapping):
        return {in_bytes(key): _in_bytes(each) for key, each in value.items()}
    return [_in_bytes(each) for each in value] if isinstance(value, list) else value


def context_text(value: object) -> str:
    """Write JSON as Kea does in lease files: keys sorted, blanks inside the brackets, other bytes escaped."""
    if isinstance(value, dict) and value:
        return "{ " + ", ".join(f"{_string(key)}: {context_text(value[key])}" for key in sorted(value)) + " }"
    if isinstance(value, list) and value:
        return "[ " + ", ".join([context_text(item) for item in value]) + " ]"
    if isinstance(value, str):
        return _string(value)
    return "{  }" if value == {} else json.dumps(value, ensure_ascii=False)


def _string(text: str) -> str:
    return _NOT_ASCII.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(text, ensure_ascii=False))
