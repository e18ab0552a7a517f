"""A search through all leases for a part of an address, a hardware address, a client identifier or a name.

Leases are looked at as packed bytes, a block of 256 addresses at a time; what is found in them is unpacked and looked
at again. The walk is cut into slices by its caller.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from ipaddress import ip_network
from operator import itemgetter
from typing import Final, NamedTuple

from kea_twisted.lease.lease import Lease
from kea_twisted.lease.packed import STATE_AT, SUBNET_AT

LAST: Final = 0xFFFFFFFF

_DOTTED: Final = re.compile(r"\d{1,3}(\.\d{1,3}){0,3}\.?")
_HEXADECIMAL: Final = re.compile(r"[0-9a-f]{2}([:-]?[0-9a-f]{2})*[:-]?")


_subnet = itemgetter(slice(SUBNET_AT, SUBNET_AT + 4))


class SearchTerm(NamedTuple):
    """The object of a search: addresses from ``first`` to ``last`` and, if there are ``parts``, one of these.

    ``text`` (in lower case, as names are stored) and ``digits`` are what the parts were made of. ``subnet`` and
    ``state`` are as packed leases have them, empty for all.
    """

    first: int = 0
    last: int = LAST
    parts: tuple[bytes, ...] = ()
    text: str = ""
    digits: str = ""
    subnet: bytes = b""
    state: bytes = b""

    def fits(self, lease: Lease) -> bool:
        """Return True if a lease has one of the parts in a field of its own."""
        if not self.parts:
            return True
        if self.digits and (self.digits in lease.hwaddr.hex() or self.digits in lease.client_id.hex()):
            return True
        if not self.text:
            return False
        return self.text in lease.hostname.lower() or self.text in lease.user_context.lower()

    def may_be_in(self, packed: Sequence[bytes]) -> bool:
        """Return True if one of these packed leases may be meant."""
        if self.parts:
            joined = b"\n".join(packed)
            if not any(part in joined for part in self.parts):
                return False
        return not self.subnet or self.subnet in set(map(_subnet, packed))

    def chosen(self, addresses: Sequence[int], packed: Sequence[bytes]) -> list[int]:
        """Return the addresses of those packed leases that may be meant, ascending."""
        pairs: Iterable[tuple[int, bytes]] = zip(addresses, packed, strict=True)
        if self.state:
            state = self.state[0]
            pairs = [pair for pair in pairs if pair[1][STATE_AT] == state]
        if self.subnet:
            subnet = self.subnet
            pairs = [pair for pair in pairs if pair[1][SUBNET_AT : SUBNET_AT + 4] == subnet]
        if len(self.parts) == 1:
            [part] = self.parts
            return sorted([address for address, each in pairs if part in each])
        if not self.parts:
            return sorted([address for address, _ in pairs])
        pairs, found = list(pairs), set()
        for part in self.parts:
            found.update([address for address, each in pairs if part in each])
        return sorted(found)


def term_of(text: str) -> SearchTerm:
    """Return the object of a search for a text: an address, the beginning of one, a prefix, bytes, or a name."""
    lowered = text.strip().lower()
    if not lowered:
        return SearchTerm()
    if "/" in lowered:
        try:
            network = ip_network(lowered, strict=False)
        except ValueError:
            return SearchTerm(parts=(lowered.encode("utf-8", "surrogatepass"),), text=lowered)
        if network.version == 4:
            return SearchTerm(int(network.network_address), int(network.broadcast_address))
    dotted = _dotted(lowered) if "." in lowered and _DOTTED.fullmatch(lowered) else None
    if dotted is not None:
        return dotted
    parts = [lowered.encode("utf-8", "surrogatepass"), text.strip().encode("utf-8", "surrogatepass")]
    digits = ""
    if _HEXADECIMAL.fullmatch(lowered):
        digits = lowered.replace(":", "").replace("-", "")
        parts.append(bytes.fromhex(digits))
    return SearchTerm(parts=tuple(dict.fromkeys(parts)), text=lowered, digits=digits)


def _dotted(text: str) -> SearchTerm | None:
    """Return the addresses that begin with a text such as ``10.0.3.`` or ``10.0.3``."""
    numbers = [int(part) for part in text.rstrip(".").split(".")]
    if any(number > 255 for number in numbers):
        return None
    whole = len(numbers)
    first = sum(number << (24 - 8 * place) for place, number in enumerate(numbers))
    return SearchTerm(first, first + (1 << (32 - 8 * whole)) - 1)


def blocks_between(blocks: Iterator[range], last: int) -> Iterator[range]:
    """Yield the ranges up to an address."""
    for block in blocks:
        if block[0] > last:
            return
        yield block if block[-1] <= last else range(block[0], last + 1)
