"""Name change requests as values, and as they are sent (Kea: ncr_msg.cc): two bytes of length, then a JSON map.

Apart from what reads them, which needs a library for domain names: a DHCP server only sends them.
"""

from __future__ import annotations

import json
from typing import Final, NamedTuple

CHECK_WITH_DHCID: Final = "check-with-dhcid"
NO_CHECK_WITH_DHCID: Final = "no-check-with-dhcid"
CHECK_EXISTS_WITH_DHCID: Final = "check-exists-with-dhcid"
NO_CHECK_WITHOUT_DHCID: Final = "no-check-without-dhcid"
MODES: Final = (CHECK_WITH_DHCID, NO_CHECK_WITH_DHCID, CHECK_EXISTS_WITH_DHCID, NO_CHECK_WITHOUT_DHCID)

ADD: Final = 0
REMOVE: Final = 1

_YES_NO: Final = {True: "yes", False: "no"}


class NameChange(NamedTuple):
    """One name change request. ``fqdn`` is absolute, with a dot at its end."""

    change_type: int
    forward: bool
    reverse: bool
    fqdn: str
    address: str
    dhcid: bytes
    lease_length: int
    mode: str = CHECK_WITH_DHCID
    expires: str = "19700101000000"  # UTC; a Kea up to 3.0 needs it, none uses it

    @property
    def request_id(self) -> str:
        """The name of the request in the log: its DHCID, by which Kea keeps transactions apart."""
        return self.dhcid.hex().upper()

    @property
    def is_ipv4(self) -> bool:
        """True if the address is IPv4's: the records are A, not AAAA."""
        return ":" not in self.address

    @property
    def text(self) -> str:
        """The request as Kea logs it, ends of rows escaped as the log would do it."""
        kind = "CHG_REMOVE" if self.change_type == REMOVE else "CHG_ADD"
        return (
            f"Type: {self.change_type} ({kind})\\nForward Change: {_YES_NO[self.forward]}\\n"
            f"Reverse Change: {_YES_NO[self.reverse]}\\nFQDN: [{self.fqdn}]\\nIP Address: [{self.address}]\\n"
            f"DHCID: [{self.request_id}]\\nLease Expires On: {self.expires}\\n"
            f"Lease Length: {self.lease_length}\\nConflict Resolution Mode: {self.mode}\\n"
        )


def render(request: NameChange) -> bytes:
    """Write a name change request as it is sent, its members in Kea's order."""
    body = json.dumps(
        {
            "change-type": request.change_type,
            "forward-change": request.forward,
            "reverse-change": request.reverse,
            "fqdn": request.fqdn,
            "ip-address": request.address,
            "dhcid": request.request_id,
            "lease-expires-on": request.expires,
            "lease-length": request.lease_length,
            "conflict-resolution-mode": request.mode,
        },
        separators=(",", ":"),
    ).encode()
    return len(body).to_bytes(2, "big") + body
