"""IPv4 addresses as integers: what the packet path, the pools and the indexes compute with."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address
from typing import Final

_OCTETS: Final = {str(number): number for number in range(256)}


@lru_cache(maxsize=16384)
def address_text(address: int) -> str:
    """``167772170`` -> ``"10.0.0.10"``."""
    return f"{address >> 24}.{address >> 16 & 255}.{address >> 8 & 255}.{address & 255}"


def address_number(text: str) -> int:
    """``"10.0.0.10"`` -> ``167772170``. Raises ValueError (naming the text) for anything but a dotted quad."""
    try:
        a, b, c, d = text.split(".")
        return _OCTETS[a] << 24 | _OCTETS[b] << 16 | _OCTETS[c] << 8 | _OCTETS[d]
    except (KeyError, ValueError):
        return int(IPv4Address(text))  # knows what is wrong with it


def is_address(text: str) -> bool:
    """Return True for an IPv4 address."""
    try:
        address_number(text)
    except ValueError:
        return False
    return True


def hex_text(data: bytes) -> str:
    r"""``b"\x0a\xbb"`` -> ``"0a:bb"``, the way Kea prints hardware addresses and client identifiers."""
    return data.hex(":")


def hex_bytes(text: str) -> bytes:
    """``"0a:bb"`` or ``"0abb"`` or ``"a:bb"`` -> bytes. Raises ValueError for anything else."""
    if text[2::3] == ":" * (len(text) // 3) and len(text) % 3 == 2:  # as they are usually written
        try:
            data = bytes.fromhex(text.replace(":", ""))
        except ValueError:
            data = b""
        if len(data) * 3 == len(text) + 1:  # else there were blanks, which fromhex() overlooks
            return data
    if ":" in text:
        parts = text.split(":")
        if not all(0 < len(part) <= 2 for part in parts):
            raise ValueError(f"invalid hexadecimal string '{text}'")
        text = "".join(part.zfill(2) for part in parts)
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise ValueError(f"invalid hexadecimal string '{text}'") from None
