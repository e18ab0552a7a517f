"""Digests of leases, asked of a partner of our own kind: ``ha-digest-get`` and its answer."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from kea_twisted.ha.messages import Command
from kea_twisted.jsonvalue import Json
from kea_twisted.lease.digest import Digest, RangeDigest
from kea_twisted.lease.jsonform import member
from kea_twisted.wire.address import address_number, address_text

COMMAND: Final = "ha-digest-get"


def ask_for(sender: str, after: int, end: int | None, cutoff: int, subnets: Collection[int]) -> Command:
    """Ask a partner of our own kind for digests of its leases (``lease.digest``)."""
    arguments: dict[str, object] = {"server-name": sender, "from": _from(after), "cutoff": cutoff}
    if end is not None:
        arguments["to"] = address_text(end)
    if subnets:
        arguments["subnets"] = sorted(subnets)
    return {"command": COMMAND, "service": ["dhcp4"], "arguments": arguments}


def read(arguments: Json, after: int) -> RangeDigest:
    """The digests in the answer; ValueError for nonsense."""
    found = arguments.get("digests") if isinstance(arguments, Mapping) else None
    if not isinstance(found, list) or not all(isinstance(item, Mapping) for item in found):
        raise ValueError("the response contains no list of digests")
    subnets = {
        member(item, "subnet-id", int): Digest(member(item, "leases", int), member(item, "digest", str))
        for item in found
    }
    last = arguments.get("last")
    number = None if last is None else address_number(member(arguments, "last", str))
    if number is not None and number <= after:
        raise ValueError(f"the range behind {_from(after)} ends at {last}")
    return RangeDigest(subnets, number)


def _from(after: int) -> str:
    return "start" if after < 0 else address_text(after)
