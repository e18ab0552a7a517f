"""The script that stock DHCP clients call: it records what they learnt and sets the address."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

# One script for all three: udhcpc names the event in its first argument, the others in $reason.
_TEXT = """#!/bin/sh
PATH=/usr/sbin:/usr/bin:/sbin:/bin
{{ echo "event=${{1:-$reason}}"; env; echo; }} > {folder}/event.tmp
cat {folder}/event.tmp >> {folder}/events
address=${{new_ip_address:-$ip}}
mask=${{new_subnet_mask:-$subnet}}
case "${{1:-$reason}}" in
    bound|renew|BOUND|RENEW|REBIND|REBOOT) ip addr replace "$address/$mask" dev "$interface" ;;
    deconfig|RELEASE|STOP|EXPIRE|FAIL) ip addr flush dev "$interface" ;;
    PREINIT) ip link set "$interface" up ;;
esac
exit 0
"""


@dataclass(frozen=True)
class Learnt:
    """Events of a client, as its script saw them."""

    address: str
    router: str
    server: str
    lifetime: int


class Script:
    """The script of one client, in the client's folder, and the events it has recorded."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "script"
        self.path.write_text(_TEXT.format(folder=folder))
        self.path.chmod(0o755)
        self._events = folder / "events"

    def events(self) -> list[dict[str, str]]:
        """The environments of all calls, oldest first; "event" is what happened."""
        if not self._events.exists():
            return []
        blocks = self._events.read_text(errors="replace").split("\n\n")
        return [_parse(block) for block in blocks if block.strip()]


def learnt(event: dict[str, str]) -> Learnt:
    """The values of an event; udhcpc has its own names for them."""

    def first(*names: str) -> str:
        return next((event[name] for name in names if name in event), "")

    return Learnt(
        address=first("new_ip_address", "ip"),
        router=first("new_routers", "router"),
        server=first("new_dhcp_server_identifier", "serverid"),
        lifetime=int(first("new_dhcp_lease_time", "lease") or 0),
    )


def _parse(block: str) -> dict[str, str]:
    pairs = (line.partition("=") for line in block.splitlines())
    return {name: value for name, equals, value in pairs if equals}
