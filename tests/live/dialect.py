"""Turn a configuration of ours into one that a given real Kea accepts, changing as little as possible."""

from __future__ import annotations

import json
import re
from pathlib import PurePosixPath
from typing import Any

JsonMap = dict[str, Any]

_STRING = r'"(?:\\.|[^"\\])*"'
_COMMENT = r"/\*.*?\*/|//[^\n]*|#[^\n]*"
# The pool kind of lexer: a string is taken whole, so that "http://…" is not a comment.
_TOKENS = re.compile(rf"({_STRING})|({_COMMENT})|,(?=(?:\s|{_COMMENT})*[}}\]])", re.DOTALL)


def plain_json(text: str) -> JsonMap:
    """Read Kea's JSON dialect: comments and trailing commas are dropped."""
    loaded: JsonMap = json.loads(_TOKENS.sub(lambda match: match[1] or "", text))
    return loaded


def adapt(text: str, *, hooks: str, listener: bool, stamp: JsonMap | None = None) -> str:
    """The same settings for a real Kea.

    `hooks` is the folder of its libraries. `listener` spells out the multi-threading that newer versions have
    by default: without it an old Kea opens no port for its partner. `stamp` is laid over the Dhcp4 map.
    """
    settings = plain_json(text)
    dhcp4 = settings["Dhcp4"]
    _move_hooks(dhcp4, hooks)
    _number_subnets(dhcp4)
    if listener:
        _spell_out_threads(dhcp4)
    dhcp4.update(stamp or {})
    return json.dumps(settings, indent=2)


def _move_hooks(dhcp4: JsonMap, folder: str) -> None:
    for entry in dhcp4.get("hooks-libraries", []):
        entry["library"] = f"{folder}/{PurePosixPath(entry['library']).name}"


def _number_subnets(dhcp4: JsonMap) -> None:
    networks = [dhcp4, *dhcp4.get("shared-networks", [])]
    subnets = [subnet for network in networks for subnet in network.get("subnet4", [])]
    for number, subnet in enumerate(subnets, 1):
        subnet.setdefault("id", number)


def _spell_out_threads(dhcp4: JsonMap) -> None:
    dhcp4.setdefault("multi-threading", {"enable-multi-threading": True})
    for relationship in _relationships(dhcp4):
        relationship.setdefault(
            "multi-threading",
            {
                "enable-multi-threading": True,
                "http-dedicated-listener": True,
                "http-listener-threads": 4,
                "http-client-threads": 4,
            },
        )


def _relationships(dhcp4: JsonMap) -> list[JsonMap]:
    libraries = dhcp4.get("hooks-libraries", [])
    found = [entry.get("parameters", {}).get("high-availability", []) for entry in libraries]
    return [relationship for several in found for relationship in several]
