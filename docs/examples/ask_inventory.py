"""Answer only devices that an inventory knows.

    {"library": "ask_inventory.py", "parameters": {"url": "http://inventory.example.org/devices/"}}

For each DISCOVER the service is asked with ``GET <url>08:00:27:c4:0f:d1``. 200: the device is answered. 404:
it is not. While the service thinks, other devices are served. What it said holds for ``remember`` seconds.
"""

from __future__ import annotations

import treq
from twisted.internet.defer import Deferred
from twisted.web.client import Agent, HTTPConnectionPool

from kea_twisted.hooks.library import HookLibrary, Parameter, Step
from kea_twisted.wire.constants import DISCOVER, OPT_MESSAGE_TYPE


class AskInventory(HookLibrary):
    """Drops the DISCOVERs of unknown devices."""

    parameters = (
        Parameter("url", str, meaning="where the inventory is; the hardware address is appended"),
        Parameter("remember", float, 60, meaning="seconds an answer holds"),
    )
    on_error = "continue"  # an inventory that is down keeps nobody off the network
    timeout = 3.0

    @classmethod
    def check(cls, parameters, problems):
        super().check(parameters, problems)
        if not str(parameters.get("url", "http://")).startswith(("http://", "https://")):
            problems.error(parameters.place_of("url"), "parameter 'url' must begin with http:// or https://")

    def load(self, host):
        self._host = host
        self._pool = HTTPConnectionPool(host.reactor)
        self._client = treq.client.HTTPClient(Agent(host.reactor, pool=self._pool))
        self._known: dict[str, tuple[float, bool]] = {}

    def unload(self) -> Deferred[None]:
        return self._pool.closeCachedConnections()

    async def pkt4_receive(self, query):
        message = query.message
        if message.options[OPT_MESSAGE_TYPE][0] != DISCOVER:
            return None
        welcome = await self._is_welcome(message.chaddr.hex(":"))
        return None if welcome else Step.DROP

    async def _is_welcome(self, mac: str) -> bool:
        until, welcome = self._known.get(mac, (0.0, False))
        if until < self._host.now():
            response = await self._client.get(self.values["url"] + mac)
            await response.content()
            if response.code not in (200, 404):
                raise ValueError(f"the inventory answered with {response.code}")
            welcome = response.code == 200
            self._known[mac] = (self._host.now() + self.values["remember"], welcome)
        return welcome

    def commands(self):
        return {"inventory-forget": self.forget}

    def forget(self, arguments):
        """ask the inventory anew about every device"""
        count = len(self._known)
        self._known.clear()
        return {"result": 0, "text": f"{count} answers forgotten"}
