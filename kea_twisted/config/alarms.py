"""The alarms of a server: ``alarms`` in the user-context of the top level, where a Kea does not look.

A fault in them is a warning, and switches the alarms off: a Kea takes any user-context.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from kea_twisted.config.text import place_of
from kea_twisted.errors import Problems
from kea_twisted.jsonvalue import Json

KEY: Final = "alarms"
HA_STATE: Final = "ha-state"
POOL: Final = "pool"
SOCKETS: Final = "sockets"
CONFLICT: Final = "conflict"
KINDS: Final = (HA_STATE, POOL, SOCKETS, CONFLICT)


class AlarmSettings(NamedTuple):
    """The URL that alarms are sent to, the kinds that are, and the use of a subnet in percent that is one."""

    url: str
    kinds: tuple[str, ...] = KINDS
    pool_threshold: float = 90.0

    @property
    def host(self) -> str:
        """The host in the URL: the path of a webhook is often its password."""
        return urlsplit(self.url).netloc.rpartition("@")[2]


def alarm_settings(tree: Mapping[str, Json]) -> AlarmSettings | None:
    """Return the alarms of a ``Dhcp4`` map; None where there are none, or faults in them."""
    found = _section(tree)
    if found is None or _fault(found):
        return None
    kinds, threshold = found.get("kinds", KINDS), found.get("pool-threshold", 90)
    return AlarmSettings(found["url"], tuple(kinds), float(threshold))


def check_alarms(tree: Mapping[str, object], problems: Problems) -> None:
    """Warn of faults in the alarms, which are off then."""
    found = _section(tree)
    fault = None if found is None else _fault(found)
    if found is not None and fault is not None:
        name, text = fault
        problems.warning(place_of(found, name), f"no alarms are sent: {text}")


def _section(tree: Mapping[str, Json]) -> Mapping[str, Json] | None:
    context = tree.get("user-context")
    found = context.get(KEY) if isinstance(context, Mapping) else None
    return found if isinstance(found, Mapping) else None


def _fault(found: Mapping[str, object]) -> tuple[str, str] | None:
    """Return the keyword that is wrong and what is wrong with it."""
    url, kinds, threshold = found.get("url"), found.get("kinds", list(KINDS)), found.get("pool-threshold", 90)
    if not isinstance(url, str) or not _is_url(url):
        return "url", "'url' of 'alarms' must be an http or https URL with a host"
    if not isinstance(kinds, list) or not all(kind in KINDS for kind in kinds):
        return "kinds", f"'kinds' of 'alarms' must be a list of {', '.join(KINDS)}"
    if isinstance(threshold, bool) or not isinstance(threshold, int | float) or not 0 < threshold <= 100:
        return "pool-threshold", "'pool-threshold' of 'alarms' must be a percentage above 0 and up to 100"
    unknown = next((name for name in found if name not in ("url", "kinds", "pool-threshold", "comment")), None)
    return None if unknown is None else (unknown, f"'{unknown}' is not known in 'alarms'")


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0 and text.isprintable()
    except ValueError:
        return False
