"""Option 121, classless static routes (RFC 3442): the destination with as many bytes as its prefix needs."""

from __future__ import annotations

from typing import NamedTuple

from kea_twisted.errors import MalformedPacket
from kea_twisted.wire.address import address_number, address_text
from kea_twisted.wire.cursor import Cursor


class Route(NamedTuple):
    """A destination prefix and the router to it, addresses as integers."""

    destination: int
    length: int
    router: int


def pack_routes(routes: list[Route]) -> bytes:
    """Return the payload of option 121."""
    return b"".join(
        [
            bytes((route.length,))
            + route.destination.to_bytes(4, "big")[: (route.length + 7) // 8]
            + route.router.to_bytes(4, "big")
            for route in routes
        ]
    )


def unpack_routes(cursor: Cursor) -> list[Route]:
    """Return the routes in a payload. Raises MalformedPacket for a prefix longer than 32 and for a truncated one."""
    routes = []
    while cursor:
        length = cursor.uint(1)
        if length > 32:
            raise MalformedPacket(f"prefix length {length} in a route, at most 32 possible")
        size = (length + 7) // 8
        destination = cursor.uint(size) << 8 * (4 - size)
        routes.append(Route(destination, length, cursor.uint(4)))
    return routes


def text_routes(text: str) -> list[Route]:
    """Kea's notation to routes: ``"10.0.0.0/8 - 10.2.3.1, 10.229.0.128/25 - 10.1.0.3"``."""
    routes = []
    for part in filter(None, text.split(",")):
        prefix, dash, router = part.partition("-")
        destination, slash, length = prefix.partition("/")
        if not dash or not slash or not length.strip().isdecimal():
            raise ValueError(f"invalid route '{part.strip()}', expected 'prefix/length - router'")
        if int(length) > 32:
            raise ValueError(f"invalid prefix length in route '{part.strip()}'")
        routes.append(Route(address_number(destination.strip()), int(length), address_number(router.strip())))
    if not routes:
        raise ValueError("no route given")
    return routes


def routes_text(routes: list[Route]) -> str:
    """Return the inverse of ``text_routes``."""
    return ", ".join(
        [f"{address_text(route.destination)}/{route.length} - {address_text(route.router)}" for route in routes]
    )
