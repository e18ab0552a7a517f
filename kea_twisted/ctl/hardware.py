"""Hardware addresses in the notations in use, and how the control commands want them."""

from __future__ import annotations

import re
from typing import Final

import click

LENGTHS: Final = (6, 8, 20)
"""In bytes: EUI-48 (Ethernet, Wi-Fi), EUI-64 (FireWire), IP over InfiniBand."""

_PAIRS: Final = re.compile(r"[0-9a-f]{1,2}([:-])[0-9a-f]{1,2}(\1[0-9a-f]{1,2})*", re.IGNORECASE)
_QUADS: Final = re.compile(r"[0-9a-f]{4}([.:-])[0-9a-f]{4}(\1[0-9a-f]{4})+", re.IGNORECASE)
_HALVES: Final = re.compile(r"[0-9a-f]{6}[:-][0-9a-f]{6}", re.IGNORECASE)
_BARE: Final = re.compile(r"([0-9a-f]{12}|[0-9a-f]{16}|[0-9a-f]{40})", re.IGNORECASE)


def hardware_address(text: str) -> str:
    """``02:00:5e:10:00:00`` for any notation of it. Raises ValueError."""
    if _PAIRS.fullmatch(text):
        data = bytes(int(each, 16) for each in re.split("[:-]", text))
    elif _QUADS.fullmatch(text) or _HALVES.fullmatch(text) or _BARE.fullmatch(text):
        data = bytes.fromhex(re.sub("[.:-]", "", text))
    else:
        raise ValueError(f"'{text}' is not a hardware address, such as 02:00:5e:10:00:00")
    if len(data) not in LENGTHS:
        lengths = ", ".join(map(str, LENGTHS[:-1]))
        raise ValueError(f"'{text}' has {len(data)} bytes, a hardware address has {lengths} or {LENGTHS[-1]}")
    return data.hex(":")


def is_meant(text: str) -> bool:
    """Return True if a text is meant as a hardware address: hardly a host name has this form."""
    forms = _QUADS, _HALVES, _BARE
    return ":" in text or any(form.fullmatch(text) for form in forms) or _looks_dashed(text)


def _looks_dashed(text: str) -> bool:
    return "-" in text and text.count("-") >= LENGTHS[0] - 1 and bool(_PAIRS.fullmatch(text))


def validated(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    """The value of an option, as the control commands want it. Raises BadParameter."""
    try:
        return value and hardware_address(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None
