"""The comparison of answers with those of a real Kea: the same rules as for the recorded ones."""

from __future__ import annotations

import json
from typing import Any

from tests.commands.test_kea_answers import OWN_WORDS, UNEQUAL, is_different
from tests.commands.test_kea_subnets import OWN_SENTENCES, comparable

from .keas import INSIDE
from .servers import Server


def closed(value: Any) -> Any:
    """A request or a configuration without the HTTP socket that is open to all hosts, which is refused."""
    if isinstance(value, list):
        return [closed(item) for item in value]
    if not isinstance(value, dict):
        return value
    kept = {key: closed(item) for key, item in value.items()}
    if isinstance(sockets := value.get("control-sockets"), list):
        kept["control-sockets"] = [one for one in sockets if one["socket-type"] == "unix"]
    return kept


def inside(server: Server, answer: Any) -> Any:
    """An answer in which the server's folder is called as in the chroot of the real Kea."""
    return json.loads(json.dumps(answer).replace(str(server.folder), INSIDE))


def difference(request: Any, ours: Any, kea: Any) -> Any:
    """Request and both answers where they do not agree, else None."""
    both = (request, ours, kea)
    if kea is None or ours is None:
        return None if kea is ours else both
    if _is_meant(request):
        return None
    if ours["result"] != kea["result"]:
        return both
    text = kea.get("text", "")
    command = request.get("command") if isinstance(request, dict) else None
    own = OWN_WORDS.search(text) or OWN_SENTENCES.search(text)
    unequal = command is None or command in UNEQUAL or command in ("statistic-get", "config-write")
    return None if own or unequal or comparable(ours) == comparable(kea) else both


def _is_meant(request: Any) -> bool:
    # a character that Kea cannot express
    return is_different(request) if isinstance(request, dict) else "\\u20ac" in request
