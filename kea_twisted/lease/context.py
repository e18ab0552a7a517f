"""The user context of a lease: JSON text of a map. What the server itself keeps there is in its member ``ISC``."""

from __future__ import annotations

import json
import re
from typing import Any

_NOT_ASCII = re.compile("[\x7f-\xff]")


def context_map(context: str) -> dict[str, Any]:
    """Return the map of a user context; an empty one where the text is none."""
    try:
        found = json.loads(context) if context else {}
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def isc_of(context: str) -> dict[str, Any]:
    """Return the member ``ISC`` of a user context."""
    found = context_map(context).get("ISC")
    return found if isinstance(found, dict) else {}


def with_isc(context: str, name: str, value: Any) -> str:
    """Return the user context with this member of ``ISC``."""
    whole = context_map(context)
    whole["ISC"] = {**isc_of(context), name: value}
    return context_text(whole)


def context_text(value: Any) -> str:
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
