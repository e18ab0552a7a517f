"""DHCIDs: the identities of clients in the DNS (RFC 4701 section 3), made as Kea makes them."""

from __future__ import annotations

from hashlib import sha256
from typing import Final

HARDWARE: Final = 0
CLIENT_ID: Final = 1
DUID: Final = 2
_SHA256: Final = 1
_DUID_TYPE: Final = 255  # the type of a client identifier that holds an IAID and a DUID (RFC 4361 section 6.1)
_BEFORE_DUID: Final = 5
_LONGEST: Final = 135


def dhcid(hwaddr: bytes, htype: int, client_id: bytes, name: bytes) -> bytes:
    """Return the DHCID of a client for a name, given on the wire. The client identifier comes before the hardware.

    Raises ValueError for a client without identity, and for a DUID of a length that none can have.
    """
    if not client_id:
        if not hwaddr:
            raise ValueError("unable to compute DHCID from the HW address, HW address is empty")
        return _digest(HARDWARE, bytes((htype,)) + hwaddr, name)
    if client_id[0] != _DUID_TYPE:
        return _digest(CLIENT_ID, client_id, name)
    if not _BEFORE_DUID < len(client_id) <= _LONGEST:
        fault = "short" if len(client_id) <= _BEFORE_DUID else "long"
        raise ValueError(
            f"unable to compute DHCID from client identifier, embedded DUID length of: {len(client_id)}, is too {fault}"
        )
    return _digest(DUID, client_id[_BEFORE_DUID:], name)


def _digest(kind: int, identity: bytes, name: bytes) -> bytes:
    return bytes((0, kind, _SHA256)) + sha256(identity + name).digest()
