"""Rules about the names of clients: ``hostname-char-set``, ``ddns-qualifying-suffix`` and their like."""

from __future__ import annotations

import re
from typing import Final

from kea_twisted.config import keawords
from kea_twisted.config.inherit import Levels
from kea_twisted.config.model import NameRules
from kea_twisted.config.text import Map
from kea_twisted.errors import Problems

_OF_POOL: Final = (
    "ddns-send-updates", "ddns-override-no-update", "ddns-override-client-update", "ddns-replace-client-name",
    "ddns-generated-prefix", "ddns-qualifying-suffix", "ddns-update-on-renew", "ddns-conflict-resolution-mode",
    "ddns-ttl", "ddns-ttl-percent", "ddns-ttl-min", "ddns-ttl-max",
)  # fmt: skip
_POSIX: Final = {
    "alpha": "A-Za-z", "digit": "0-9", "alnum": "A-Za-z0-9", "upper": "A-Z", "lower": "a-z", "space": r"\s",
    "xdigit": "0-9A-Fa-f", "punct": r"!-/:-@\[-`{-~",
}  # fmt: skip


def name_rules(levels: Levels, problems: Problems) -> NameRules:
    """Return the rules in force at the innermost level."""
    mode = levels.get("ddns-replace-client-name")
    return NameRules(
        prefix=levels.get("ddns-generated-prefix"),
        suffix=levels.get("ddns-qualifying-suffix"),
        replaces_sent=mode in ("always", "when-present"),
        replaces_none=mode in ("always", "when-not-present"),
        forbidden=_pattern(levels, problems),
        replacement=levels.get("hostname-char-replacement"),
        sends=levels.get("ddns-send-updates"),
        overrides_no_update=levels.get("ddns-override-no-update"),
        overrides_client_update=levels.get("ddns-override-client-update"),
        on_renew=levels.get("ddns-update-on-renew"),
        mode=levels.get("ddns-conflict-resolution-mode"),
        ttl=levels.get("ddns-ttl") or 0,
        ttl_percent=levels.get("ddns-ttl-percent") or 0.0,
        ttl_min=levels.get("ddns-ttl-min") or 0,
        ttl_max=levels.get("ddns-ttl-max") or 0,
    )


def check_ttl(section: Map, path: str, problems: Problems) -> None:
    """Check the ``ddns-ttl…`` of one level: a fixed time to live excludes the others, and the bounds are in order."""
    start = keawords.NO_SUBNET if ".pools[" not in path and "subnet4[" in path else ""
    for other in ("ddns-ttl-percent", "ddns-ttl-min", "ddns-ttl-max"):
        if "ddns-ttl" in section and other in section:
            text = f"'{other}' in {path} contradicts 'ddns-ttl': remove one of them"
            problems.error(section.place_of(other), text, f"{start}cannot specify both {other} and ddns-ttl")
            return
    low, high = section.get("ddns-ttl-min"), section.get("ddns-ttl-max")
    if low is not None and high is not None and high < low:
        text = f"ddns-ttl-max {high} is below ddns-ttl-min {low} in {path}"
        kea = f"{start}ddns-ttl-max: {high} must be greater than ddns-ttl-min: {low}"
        problems.error(section.place_of("ddns-ttl-max"), text, kea)


def pool_name_rules(section: Map, outer: Levels, problems: Problems) -> NameRules | None:
    """Return the rules of a pool, None where it has none. As in Kea the characters are the subnet's affair."""
    own = Map()
    own.update({key: section[key] for key in _OF_POOL if key in section})
    return name_rules(Levels((own, *outer.maps), outer.path), problems) if own else None


def _pattern(levels: Levels, problems: Problems) -> re.Pattern[str] | None:
    text = levels.get("hostname-char-set")
    if not text:
        return None
    try:
        return re.compile(re.sub(r"\[:(\w+):\]", lambda match: _POSIX.get(match[1], match[0]), text))
    except re.error as error:
        place = levels.place("hostname-char-set")
        problems.error(place, f"hostname-char-set '{text}' is not a valid regular expression: {error}")
        return None
