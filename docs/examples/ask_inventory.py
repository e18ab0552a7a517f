"""Answer only devices that an inventory knows.

    {"library": "ask_inventory.py", "parameters": {"url": "http://inventory.example.org/devices/"}}

For each DISCOVER the service is asked with ``GET <url>08:00:27:c4:0f:d1``. 200: the device is answered. 404:
it is not. While the service is busy, other devices are served. An answer holds for ``remember`` seconds.

Any host can send DISCOVERs with a million hardware addresses: the answers that are remembered and the requests under
way are bounded, and so is what is read of an answer. A device whose turn does not come sends another DISCOVER.
"""

from __future__ import annotations

from collections import OrderedDict
from urllib.parse import quote

import treq
from twisted.internet.defer import Deferred
from twisted.web.client import Agent, HTTPConnectionPool

from kea_twisted.hooks.library import HookLibrary, Parameter, Step
from kea_twisted.wire.constants import DISCOVER, OPT_MESSAGE_TYPE

MAX_REMEMBERED = 10_000  # answers
MAX_REQUESTS = 50  # under way
MAX_BODY = 65_536  # bytes of an answer; what it says does not matter


class AskInventory(HookLibrary):
    """Drops the DISCOVERs of unknown devices."""

    parameters = (
        Parameter("url", str, meaning="where the inventory is; the hardware address is appended"),
        Parameter("remember", float, 60, meaning="seconds an answer holds"),
    )
    on_error = "continue"  # an inventory that is down keeps no device off the network
    timeout = 3.0

    @classmethod
    def check(cls, parameters, problems):
        super().check(parameters, problems)
        if not str(parameters.get("url", "http://")).startswith(("http://", "https://")):
            problems.error(parameters.place_of("url"), "parameter 'url' must begin with http:// or https://")

    def load(self, host):
        self._host = host
        self._pool = HTTPConnectionPool(host.reactor)
        self._client = treq.client.HTTPClient(Agent(host.reactor, pool=self._pool, connectTimeout=self.timeout))
        self._requests = 0
        # the most recent answer last: (until when it holds, whether the device is known)
        self._known: OrderedDict[str, tuple[float, bool]] = OrderedDict()

    def unload(self) -> Deferred[None]:
        return self._pool.closeCachedConnections()

    async def pkt4_receive(self, query):
        message = query.message
        if message.options[OPT_MESSAGE_TYPE][0] != DISCOVER:
            return None
        return None if await self._is_known(message.chaddr.hex(":")) else Step.DROP

    async def _is_known(self, mac: str) -> bool:
        until, known = self._known.get(mac, (0.0, False))
        if until >= self._host.now():
            return known
        if self._requests >= MAX_REQUESTS:
            return False
        self._requests += 1
        try:
            known = await self._ask(mac)
        finally:
            self._requests -= 1
        self._remember(mac, known)
        return known

    async def _ask(self, mac: str) -> bool:
        url = self.values["url"] + quote(mac, safe=":")
        response = await self._client.get(url, allow_redirects=False, unbuffered=True)
        await treq.collect(response, _Limit(MAX_BODY))
        if response.code not in (200, 404):
            raise ValueError(f"the inventory answered with {response.code}")
        return response.code == 200

    def _remember(self, mac: str, known: bool) -> None:
        self._known[mac] = (self._host.now() + self.values["remember"], known)
        self._known.move_to_end(mac)
        while len(self._known) > MAX_REMEMBERED:
            self._known.popitem(last=False)

    def commands(self):
        return {"inventory-forget": self.forget}

    def forget(self, arguments):
        """ask the inventory anew about every device"""
        count = len(self._known)
        self._known.clear()
        return {"result": 0, "text": f"{count} answers forgotten"}


class _Limit:
    """Takes the pieces of a body; ValueError, which ends the connection, when there are too many bytes."""

    def __init__(self, limit: int) -> None:
        self._left = limit

    def __call__(self, piece: bytes) -> None:
        self._left -= len(piece)
        if self._left < 0:
            raise ValueError("the inventory's answer is too long")
