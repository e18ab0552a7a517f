"""The last HA states of this server, in a small file beside the lease file.

A server that served alone when it ended has the newest leases, and what it gave since it was last in touch with its
partner may be unknown to that. A Kea does not read the file.
"""

from __future__ import annotations

import json
import os

from twisted.logger import Logger

from kea_twisted.adapters.system.links import REPLACE, open_plain
from kea_twisted.jsonvalue import Json


class StateMemory:
    """One file for all relationships; ``path`` "" where leases are not kept either."""

    _log = Logger()

    def __init__(self, path: str) -> None:
        self._path = path
        self._states: dict[str, Json] = self._read() if path else {}

    def state(self, name: str) -> str:
        """Return the last state of a relationship, by this server's name in it; "" when it is not known."""
        found = self._states.get(name)
        state = found.get("state") if isinstance(found, dict) else None
        return state if isinstance(state, str) else ""

    def apart_since(self, name: str) -> int:
        """Return the second since which the partner was not in touch at the end; 0: it was, or that is not known."""
        found = self._states.get(name)
        since = found.get("apart-since") if isinstance(found, dict) else None
        return since if type(since) is int and since > 0 else 0

    def save(self, name: str, state: str, now: float, apart_since: int = 0) -> None:
        """Remember a state; a file that cannot be written is logged and changes nothing."""
        self._states[name] = {"state": state, "since": int(now)} | ({"apart-since": apart_since} if apart_since else {})
        if not self._path:
            return
        temporary = f"{self._path}.new"
        try:
            with open(open_plain(temporary, REPLACE), "w") as file:
                json.dump(self._states, file)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, self._path)
        except OSError as error:
            self._log.warn("the HA state cannot be written to {path}: {error}", path=self._path, error=error)

    def _read(self) -> dict[str, object]:
        try:
            with open(self._path) as file:
                found = json.loads(file.read(65536))
        except (OSError, ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}
