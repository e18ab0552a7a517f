"""Access to the parts of a packet: functions that make functions of a Subject."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from kea_twisted.expr.late import LATE
from kea_twisted.expr.optiontext import fixed_size, option_text
from kea_twisted.expr.subject import Subject
from kea_twisted.wire.constants import OPT_MESSAGE_TYPE
from kea_twisted.wire.optiondefs import AGENT_SPACE, DHCP4_SPACE, VENDOR_PREFIX, Definitions, OptionDefinition
from kea_twisted.wire.options import unpack_suboptions
from kea_twisted.wire.vendors import part_of

VENDOR_CLASS: Final = 124
VENDOR: Final = 125
_EMPTY_MESSAGE: Final = 236  # what Kea counts for a message without options

Value = Callable[[Subject], bytes]
Found = Callable[[Subject], bytes | None]


def payload(code: int, strip: bool) -> Value:
    """Return the payload of an option; b"" where there is none. ``strip``: without zeros at the end."""
    if strip:
        return lambda subject: subject.options.get(code, b"").rstrip(b"\0")
    return lambda subject: subject.options.get(code, b"")


def text_of(definitions: Definitions, code: int) -> Value:
    """Return an option as Kea writes it; b"" where there is none."""
    definition = definitions.by_code(DHCP4_SPACE, code)

    def text(subject: Subject) -> bytes:
        data = subject.options.get(code)
        if data is None:
            return b""
        return option_text(_active(subject, code, definition), definitions, code, data)

    return text


def suboption(definitions: Definitions, code: int, path: Sequence[int]) -> Found:
    """Return the payload of a sub-option, each number of the path one level deeper; None where there is none."""
    definition = definitions.by_code(DHCP4_SPACE, code)

    def find(subject: Subject) -> bytes | None:
        known = _active(subject, code, definition)
        return _descend(definitions, known, subject.options.get(code), path)

    return find


def _active(subject: Subject, code: int, definition: OptionDefinition | None) -> OptionDefinition | None:
    """Return the definition of an option of this packet."""
    if code not in LATE:
        return definition
    if not subject.late:
        return None
    return definition if subject.defined is None else subject.defined.get(code)


def _descend(
    definitions: Definitions, definition: OptionDefinition | None, data: bytes | None, path: Sequence[int]
) -> bytes | None:
    for number in path:
        start = fixed_size(definition) if definition is not None else None
        if data is None or definition is None or start is None:
            return None
        data = unpack_suboptions(data[start:]).get(number)
        definition = definitions.by_code(definition.encapsulate, number)
    return data


def suboption_value(definitions: Definitions, code: int, path: Sequence[int], as_text: bool) -> Value:
    """Return the payload of a sub-option or its text; b"" where there is none."""
    find = suboption(definitions, code, path)
    if not as_text:
        return lambda subject: find(subject) or b""
    outer = definitions.by_code(DHCP4_SPACE, code)
    if code not in LATE:
        return _written(definitions, _innermost(definitions, outer, path), path[-1], find)

    def text(subject: Subject) -> bytes:
        data = find(subject)
        if data is None:
            return b""
        definition = _innermost(definitions, _active(subject, code, outer), path)
        return option_text(definition, definitions, path[-1], data)

    return text


def _innermost(
    definitions: Definitions, definition: OptionDefinition | None, path: Sequence[int]
) -> OptionDefinition | None:
    """Return the definition of the sub-option at the end of a path."""
    for number in path:
        space = definition.encapsulate if definition is not None else ""
        definition = definitions.by_code(space, number)
    return definition


def relay(definitions: Definitions, number: int, as_text: bool) -> Value:
    """Return a sub-option of what the relay has added (option 82); b"" where there is none."""
    if not as_text:
        return lambda subject: subject.agent.get(number, b"")
    definition = definitions.by_code(AGENT_SPACE, number)
    return _written(definitions, definition, number, lambda subject: subject.agent.get(number))


def vendor_part(code: int, enterprise: int | None) -> Found:
    """Return the data of an enterprise (None: any) in option 124 or 125; None if it is absent."""

    def find(subject: Subject) -> bytes | None:
        part = part_of(subject.options.get(code, b""), enterprise, code == VENDOR)
        return part[1] if part is not None else None

    return find


def enterprise(code: int) -> Value:
    """Return the number of the enterprise in option 124 or 125, four bytes; b"" where there is none."""

    def number(subject: Subject) -> bytes:
        part = part_of(subject.options.get(code, b""), None, code == VENDOR)
        return part[0].to_bytes(4, "big") if part is not None else b""

    return number


def vendor_option(number: int | None, option: int) -> Found:
    """Return a sub-option of an enterprise in option 125; None where there is none."""
    find = vendor_part(VENDOR, number)

    def inner(subject: Subject) -> bytes | None:
        data = find(subject)
        return unpack_suboptions(data).get(option) if data else None

    return inner


def vendor_option_value(definitions: Definitions, number: int | None, option: int, as_text: bool) -> Value:
    """Return the same as payload or as text; b"" where there is none."""
    find = vendor_option(number, option)
    if not as_text:
        return lambda subject: find(subject) or b""
    definition = definitions.by_code(f"{VENDOR_PREFIX}{number}", option) if number is not None else None
    return _written(definitions, definition, option, find)


def vendor_class_data(number: int | None, index: int) -> Value:
    """Return a vendor class of an enterprise. There is one to an enterprise (RFC 3925 section 3): with index 0."""
    find = vendor_part(VENDOR_CLASS, number)
    return (lambda subject: b"") if index else (lambda subject: find(subject) or b"")


def _written(definitions: Definitions, definition: OptionDefinition | None, number: int, find: Found) -> Value:
    def text(subject: Subject) -> bytes:
        data = find(subject)
        return b"" if data is None else option_text(definition, definitions, number, data)

    return text


def _u32(number: int) -> bytes:
    return number.to_bytes(4, "big")


def _length(subject: Subject) -> bytes:
    """As Kea counts: options with their headers, without padding and end."""
    return _u32(_EMPTY_MESSAGE + sum(2 + len(data) for data in subject.options.values()))


def _type(subject: Subject) -> bytes:
    return _u32(subject.options.get(OPT_MESSAGE_TYPE, b"\0")[0])


PACKET: Final[dict[str, Value]] = {
    "iface": lambda subject: subject.interface.encode(),
    "src": lambda subject: _u32(subject.source),
    "dst": lambda subject: _u32(subject.destination),
    "len": _length,
}
PACKET4: Final[dict[str, Value]] = {
    "mac": lambda subject: subject.message.chaddr,
    "hlen": lambda subject: _u32(len(subject.message.chaddr)),
    "htype": lambda subject: _u32(subject.message.htype),
    "ciaddr": lambda subject: _u32(subject.message.ciaddr),
    "giaddr": lambda subject: _u32(subject.message.giaddr),
    "yiaddr": lambda subject: _u32(subject.message.yiaddr),
    "siaddr": lambda subject: _u32(subject.message.siaddr),
    "msgtype": _type,
    "transid": lambda subject: _u32(subject.message.xid),
}
