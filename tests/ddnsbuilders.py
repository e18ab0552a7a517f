"""Requests, domains and a log for the tests of DNS updates."""

from __future__ import annotations

import base64

from kea_twisted.ddns.request import ADD, CHECK_WITH_DHCID, NameChange
from kea_twisted.ddns.settings import DnsServer, Domain, TsigKey
from kea_twisted.events import ddns as D
from kea_twisted.events.event import Event
from tests.fakes import RecordingLog

DHCID = bytes.fromhex("000101") + bytes(range(32))
SECRET = "LSWXnfkKZjdPJI5QxlpnfQ=="
KEY = TsigKey("key1", "hmac-sha256", base64.b64decode(SECRET))


def request(**values: object) -> NameChange:
    """An addition in both directions."""
    usual: dict[str, object] = {
        "change_type": ADD,
        "forward": True,
        "reverse": True,
        "fqdn": "h.example.com.",
        "address": "192.0.2.1",
        "dhcid": DHCID,
        "lease_length": 1200,
        "mode": CHECK_WITH_DHCID,
    }
    return NameChange(**{**usual, **values})  # type: ignore[arg-type]


def domain(name: str, *ports: int, key: TsigKey | None = None) -> Domain:
    """A domain with a server on each port."""
    return Domain(name, tuple(DnsServer("127.0.0.1", port, key) for port in ports or (53,)))


class DdnsLog(RecordingLog):
    """A log that has the events of DNS updates, too."""

    def __init__(self) -> None:
        super().__init__()
        self.enabled |= {value for value in vars(D).values() if isinstance(value, Event)}
