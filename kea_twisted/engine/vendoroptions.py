"""Options 124 and 125 of a reply (RFC 3925): the enterprises in it, and the sub-options of each.

An enterprise gets sub-options when the configuration says so with an option 125 for it, or when the client names
it in its own option 124 or 125. Sent are those with ``always-send``, and of CableLabs' those that the client
lists in sub-option 1 of its option 125. (Kea: ``Dhcpv4Srv::appendRequestedVendorOptions``.)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from kea_twisted.config.optiondata import OptionSet, VendorOptions
from kea_twisted.wire.constants import OPT_VIVCO_SUBOPTIONS, OPT_VIVSO_SUBOPTIONS
from kea_twisted.wire.options import pack_suboptions
from kea_twisted.wire.vendors import vendor_classes, vendor_informations

CABLELABS: Final = 4491
_REQUESTED: Final = 1  # the sub-option of CableLabs' that lists what the modem asks for
_LONGEST: Final = 255


def vendor_options(options: OptionSet, wishes: bytes, asked: Mapping[int, bytes]) -> dict[int, bytes]:
    """Return options 124 and 125 of a reply to a client that asks for ``wishes`` and sent ``asked``."""
    vendors = options.vendors
    if vendors is None:
        return {}
    found = {}
    if vendors.classes and _is_due(OPT_VIVCO_SUBOPTIONS, options, wishes):
        found[OPT_VIVCO_SUBOPTIONS] = b"".join(vendors.classes.values())
    spoken = vendors.enterprises if _is_due(OPT_VIVSO_SUBOPTIONS, options, wishes) else ()
    informations = vendor_informations(asked.get(OPT_VIVSO_SUBOPTIONS, b""))
    named = {*informations, *vendor_classes(asked.get(OPT_VIVCO_SUBOPTIONS, b""))}
    parts = []
    for enterprise in (*spoken, *sorted(named.difference(spoken))):
        inner = _suboptions(vendors, enterprise, informations.get(enterprise, {}))
        if inner or enterprise in spoken:
            parts.append(_part(enterprise, inner))
    if parts:
        found[OPT_VIVSO_SUBOPTIONS] = b"".join(parts)
    return found


def _is_due(code: int, options: OptionSet, wishes: bytes) -> bool:
    return code not in options.never and (code in wishes or code in options.always)


def _suboptions(vendors: VendorOptions, enterprise: int, sent: Mapping[int, bytes]) -> dict[int, bytes]:
    space = vendors.spaces.get(enterprise)
    if space is None:
        return {}
    codes = set(space.always)
    if enterprise == CABLELABS:
        codes.update(sent.get(_REQUESTED, b""))
    return {code: space.by_code[code] for code in sorted(codes - space.never) if code in space.by_code}


def _part(enterprise: int, suboptions: Mapping[int, bytes]) -> bytes:
    """The enterprise number and its sub-options; again where their length would not fit into a byte."""
    number = enterprise.to_bytes(4, "big")
    parts, part = [], b""
    for code, payload in suboptions.items():
        packed = pack_suboptions({code: payload})
        if part and len(part) + len(packed) > _LONGEST:
            parts.append(part)
            part = b""
        part += packed
    return b"".join(number + bytes((len(part),)) + part for part in (*parts, part) if len(part) <= _LONGEST)
