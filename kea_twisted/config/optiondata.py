"""Options as they are configured: entries of ``option-data``, encoded, and the sets in force somewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


@dataclass(frozen=True)
class ConfiguredOption:
    """One entry of ``option-data``, encoded for the wire."""

    code: int
    space: str
    data: bytes
    always_send: bool = False
    never_send: bool = False
    name: str = ""
    encapsulate: str = ""  # the space whose options go inside this one
    client_classes: tuple[str, ...] = ()  # only for members of one of these, when there are any


class VendorSpace(NamedTuple):
    """The options of a space ``vendor-N``, all levels together."""

    by_code: Mapping[int, bytes]
    always: frozenset[int]
    never: frozenset[int]


@dataclass(frozen=True)
class VendorOptions:
    """The configuration of enterprises, by their numbers.

    ``enterprises`` are those of option 125 in their order, ``classes`` the payloads of option 124, ``spaces``
    what may go into option 125.
    """

    enterprises: tuple[int, ...]
    classes: Mapping[int, bytes]
    spaces: Mapping[int, VendorSpace]


@dataclass(frozen=True)
class OptionSet:
    """The options in force somewhere (pool, subnet), outer levels merged in; of the ``dhcp4`` space by code.

    ``always`` lists the codes sent without being asked for, ``never`` those not sent even when asked for.
    Options 124 and 125 are in ``vendors`` only.
    ``others`` holds what sits in another option space, by space and code. ``levels`` are the entries of each
    level below the global one, innermost first, where classes have a say in it; else nothing.
    """

    by_code: Mapping[int, bytes] = field(default_factory=dict)
    always: tuple[int, ...] = ()
    never: frozenset[int] = frozenset()
    others: Mapping[str, Mapping[int, ConfiguredOption]] = field(default_factory=dict)
    levels: tuple[tuple[ConfiguredOption, ...], ...] = ()
    vendors: VendorOptions | None = None
