"""Options 124 and 125 and the spaces ``vendor-N``: what is configured for which enterprise.

Such an option is distinguished from others of its code by its enterprise number (RFC 3925), so a configuration may
hold several of them; the first of each enterprise counts, the inner level before the outer one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from kea_twisted.config.optiondata import ConfiguredOption, VendorOptions, VendorSpace
from kea_twisted.wire.constants import OPT_VIVCO_SUBOPTIONS, OPT_VIVSO_SUBOPTIONS
from kea_twisted.wire.optiondefs import DHCP4_SPACE, vendor_number

_Spaces = Mapping[str, Mapping[int, ConfiguredOption]]
_Payload = Callable[[ConfiguredOption, _Spaces], bytes]


class VendorCollector:
    """Goes through the levels of a configuration, innermost first."""

    def __init__(self) -> None:
        self._enterprises: dict[int, None] = {}
        self._classes: dict[int, bytes] = {}
        self._spaces: dict[int, VendorSpace] = {}

    def add(self, entries: Iterable[ConfiguredOption], spaces: _Spaces, payload: _Payload) -> None:
        """Take a level: all its entries, and the same by space and code."""
        for option in entries:
            if option.space == DHCP4_SPACE and len(option.data) >= 4:
                enterprise = int.from_bytes(option.data[:4], "big")
                if option.code == OPT_VIVSO_SUBOPTIONS:
                    self._enterprises[enterprise] = None
                elif option.code == OPT_VIVCO_SUBOPTIONS:
                    self._classes.setdefault(enterprise, option.data)
        for name, options in spaces.items():
            enterprise = vendor_number(name)
            if enterprise:
                space = VendorSpace(
                    {code: payload(option, spaces) for code, option in options.items()},
                    frozenset(code for code, option in options.items() if option.always_send),
                    frozenset(code for code, option in options.items() if option.never_send),
                )
                self._spaces[enterprise] = _around(self._spaces.get(enterprise), space)

    def collected(self) -> VendorOptions | None:
        """Return the result; None if there is none."""
        if not (self._enterprises or self._classes or self._spaces):
            return None
        return VendorOptions(tuple(self._enterprises), self._classes, self._spaces)


def overlay_vendors(inner: VendorOptions | None, outer: VendorOptions | None) -> VendorOptions | None:
    """Return the vendor options of a level around which others are in force already."""
    if inner is None or outer is None:
        return inner or outer
    spaces = dict(outer.spaces)
    for enterprise, space in inner.spaces.items():
        spaces[enterprise] = _around(space, spaces.get(enterprise))
    enterprises = dict.fromkeys((*inner.enterprises, *outer.enterprises))
    return VendorOptions(tuple(enterprises), {**outer.classes, **inner.classes}, spaces)


def _around(inner: VendorSpace | None, outer: VendorSpace | None) -> VendorSpace:
    if inner is None or outer is None:
        found = inner or outer
        assert found is not None
        return found
    return VendorSpace({**outer.by_code, **inner.by_code}, inner.always | outer.always, inner.never | outer.never)
