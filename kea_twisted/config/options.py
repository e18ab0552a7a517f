"""``option-def`` and ``option-data``: from configured text to the bytes that go out, once per configuration.

Rules are Kea's (``option_data_parser.cc``, ``OptionDefParser``, ``CfgOption``), findings are collected with
their places. What the types mean is in ``wire.optiontypes``, the standard table in ``wire.optiondefs``.
"""

from __future__ import annotations

import re
from collections.abc import Container, Mapping, Sequence
from typing import Final

from kea_twisted.config.guesses import guess
from kea_twisted.config.keawords import no_address
from kea_twisted.config.optiondata import ConfiguredOption, OptionSet
from kea_twisted.config.text import place_of
from kea_twisted.config.vendors import VendorCollector, overlay_vendors
from kea_twisted.errors import Problems
from kea_twisted.jsonvalue import Json
from kea_twisted.wire.address import is_address
from kea_twisted.wire.constants import OPT_END, OPT_PAD, OPT_VIVCO_SUBOPTIONS, OPT_VIVSO_SUBOPTIONS
from kea_twisted.wire.optiondefs import (
    AGENT_SPACE,
    DHCP4_SPACE,
    STANDARD,
    STANDARD_DEFINITIONS,
    Definitions,
    OptionDefinition,
)
from kea_twisted.wire.options import pack_suboptions
from kea_twisted.wire.optiontypes import is_type, pack_raw, pack_text, split_values, surplus_bytes, surplus_values

_Entry = Mapping[str, Json]
_Spaces = Mapping[str, Mapping[int, ConfiguredOption]]

_NAME: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?")
_SINGLE: Final = ("string", "binary", "empty", "internal")  # types without an end of their own
_MAX_DEPTH: Final = 10  # of spaces encapsulated in each other
_NOT_INSIDE: Final = (DHCP4_SPACE, AGENT_SPACE)  # option 82 is the relay's, we only send it back
_ALWAYS: Final = frozenset(row.code for row in STANDARD[DHCP4_SPACE] if row.always)
_KEYS: Final = {  # of option-data, as far as they are read here
    "code": (int, "a number"),
    "name": (str, "a string"),
    "space": (str, "a string"),
    "data": (str, "a string"),
    "csv-format": (bool, "true or false"),
    "always-send": (bool, "true or false"),
    "never-send": (bool, "true or false"),
}
_DEFINITION_KEYS: Final = {
    "code": (int, "a number"),
    "name": (str, "a string"),
    "type": (str, "a string"),
    "array": (bool, "true or false"),
    "record-types": (str, "a string"),
    "space": (str, "a string"),
    "encapsulate": (str, "a string"),
}


def parse_definitions(entries: Sequence[_Entry], problems: Problems) -> Definitions:
    """Return the definitions of ``option-def`` beside the standard ones; an entry with an error is left out."""
    rows: list[OptionDefinition] = []
    seen: set[tuple[str, int | str]] = {
        (row.space, key) for space in STANDARD.values() for row in space for key in (row.code, row.name)
    }
    for entry in entries:
        if not _well_typed(entry, _DEFINITION_KEYS, problems):
            continue
        row = _definition(entry)
        names: set[tuple[str, int | str]] = {(row.space, row.code), (row.space, row.name)}
        finding = _definition_error(row) or ("code or name is defined already" if names & seen else "")
        if finding:
            text = f"option definition {_title(row.space, row.code, row.name)}: {finding}"
            problems.error(place_of(entry, "code"), text, _definition_words(row))
        else:
            seen |= names
            rows.append(row)
    return Definitions(rows)


def configured_definitions(tree: Mapping[str, Json]) -> tuple[OptionDefinition, ...]:
    """Return the definitions of ``option-def`` in a checked ``Dhcp4`` map."""
    return parse_definitions(tree.get("option-def", ()), Problems()).user


def encode_option(entry: _Entry, definitions: Definitions, problems: Problems) -> ConfiguredOption | None:
    """Return one entry of ``option-data``; None after an error has been reported, at the value it is about."""
    if not _well_typed(entry, _KEYS, problems):
        return None
    space = entry.get("space", DHCP4_SPACE)
    code, name = entry.get("code"), entry.get("name")
    definition = _find(definitions, space, code, name)
    finding = _key_error(entry, space, code, name, definitions)
    if finding:
        key = "name" if "name" in entry else "code"
        text = f"option {_title(space, code, name)}: {finding}"
        problems.error(place_of(entry, key), text, _key_words(space, code, name, definition))
        return None
    if definition is not None:
        code, name = definition.code, definition.name
    assert code is not None  # without a definition there is a code, or _key_error spoke up
    try:
        data = _encode_data(entry, definition)
    except ValueError as error:
        text = f"option {_title(space, code, name)}: {error}"
        problems.error(place_of(entry, "data"), text, _data_words(entry, definition))
        return None
    for warning in _warnings(entry, definition, data, definitions):
        problems.warning(place_of(entry, "data"), f"option {_title(space, code, name)}: {warning}")
    return ConfiguredOption(
        code=code,
        space=space,
        data=data,
        always_send=bool(entry.get("always-send", False)),
        never_send=bool(entry.get("never-send", False)),
        name=name or "",
        encapsulate=definition.encapsulate if definition else "",
        client_classes=tuple(entry.get("client-classes", ())),
    )


def encode_options(
    section: Mapping[str, Json], definitions: Definitions, problems: Problems
) -> tuple[ConfiguredOption, ...]:
    """Return the ``option-data`` of a map; an entry with an error is left out."""
    entries = section.get("option-data")
    if not entries:
        return ()
    found = (encode_option(entry, definitions, problems) for entry in entries if isinstance(entry, Mapping))
    return tuple(option for option in found if option is not None)


def merge(levels: Sequence[Sequence[ConfiguredOption]], classes: Container[str] = ()) -> OptionSet:
    """Merge levels of options, innermost first: the first level that has a code wins.

    An option takes its sub-options from its own level (``CfgOption::encapsulate``). That it must be sent, or
    must not, may be configured at any level (``appendRequestedOptions``); never-send overrides always-send. An option
    for members of certain classes counts if one of them is in ``classes``.
    """
    by_code: dict[int, bytes] = {}
    others: dict[str, dict[int, ConfiguredOption]] = {}
    always: set[int] = set()
    never: set[int] = set()
    vendors = VendorCollector()
    for level in levels:
        spaces = _by_space(level, classes)
        vendors.add((option for option in level if _is_for(option, classes)), spaces, _payload)
        for option in spaces.pop(DHCP4_SPACE, {}).values():
            by_code.setdefault(option.code, _payload(option, spaces))
            if option.always_send or option.code in _ALWAYS:
                always.add(option.code)
            if option.never_send:
                never.add(option.code)
        for space, options in spaces.items():
            others[space] = {**options, **others.get(space, {})}
    for code in (*never, OPT_VIVCO_SUBOPTIONS, OPT_VIVSO_SUBOPTIONS):
        by_code.pop(code, None)
    return OptionSet(by_code, tuple(sorted(always - never)), frozenset(never), others, vendors=vendors.collected())


def overlay(inner: OptionSet, outer: OptionSet) -> OptionSet:
    """Return the options of a level around which others are in force already, as ``merge`` of all of them."""
    never = inner.never | outer.never
    by_code = {code: data for code, data in {**outer.by_code, **inner.by_code}.items() if code not in never}
    others = dict(outer.others)
    for space, options in inner.others.items():
        others[space] = {**others.get(space, {}), **options}
    always = sorted({*inner.always, *outer.always}.difference(never))
    vendors = overlay_vendors(inner.vendors, outer.vendors)
    return OptionSet(by_code, tuple(always), never, others, vendors=vendors)


def _well_typed(entry: _Entry, keys: Mapping[str, tuple[type, str]], problems: Problems) -> bool:
    """Return True if every value is of its key's type (``True`` is not a number)."""
    wrong = [key for key, (kind, _) in keys.items() if key in entry and type(entry[key]) is not kind]
    for key in wrong:
        problems.error(place_of(entry, key), f"'{key}' must be {keys[key][1]}")
    return not wrong


def _find(definitions: Definitions, space: str, code: int | None, name: str | None) -> OptionDefinition | None:
    if code is not None:
        return definitions.by_code(space, code)
    return definitions.by_name(space, name) if name is not None else None


def _key_error(entry: _Entry, space: str, code: int | None, name: str | None, definitions: Definitions) -> str:
    """Return the fault of the keys that say which option is meant; "" when there is none."""
    definition = _find(definitions, space, code, name)
    if code is None and name is None:
        return "neither code nor name given"
    if not _NAME.fullmatch(space) or space == "dhcp6":
        return f"'{space}' is not a valid option space"
    if code is not None and not 0 <= code <= 255:
        return "a code is 0 to 255"
    if space == DHCP4_SPACE and code in (OPT_PAD, OPT_END):
        return "the code is reserved for padding or the end of options"
    if definition is None:
        if code is None:
            return f"definition for the option '{space}.{name}' does not exist{_guess(name, space, definitions)}"
        if entry.get("csv-format"):
            text = f"definition for the option '{space}.{name or ''}' having code '{code}' does not exist"
            return f"{text}: without csv-format, or with csv-format false, its data are hexadecimal digits"
        return ""
    return f"the code is that of {definition.name}" if name not in (None, definition.name) else ""


def _key_words(space: str, code: int | None, name: str | None, definition: OptionDefinition | None) -> str:
    """Return Kea's text for keys that do not identify an option; "" if our text contains it."""
    if code is None and name is None:
        return "option data configuration requires one of 'code' or 'name' parameters to be specified"
    if not _NAME.fullmatch(space):
        return f"invalid option space name '{space}'"
    if space == DHCP4_SPACE and code in (OPT_PAD, OPT_END):
        return f"invalid option code '{code}': reserved for {'PAD' if code == OPT_PAD else 'END'}"
    if definition is not None and name not in (None, definition.name):
        return f"specified option name '{name}' does not match the option definition: '{space}.{definition.name}'"
    return ""


def _data_words(entry: _Entry, definition: OptionDefinition | None) -> str:
    """Return Kea's text for data that are not an address; "" if our text contains it."""
    if definition is None or definition.type != "ipv4-address" or not entry.get("csv-format", True):
        return ""
    wrong = next((value for value in split_values(entry.get("data") or "") if not is_address(value)), None)
    where = f"(space: {definition.space}, code: {definition.code})"
    return "" if wrong is None else f"option data does not match option definition {where}: {no_address(wrong)}"


def _definition_words(row: OptionDefinition) -> str:
    """Return Kea's text for an impossible definition; "" if Kea has none of use."""
    title = f"{row.space}.{row.name}"
    rules = (
        (not is_type(row.type), "option type 255 not supported."),
        (not _NAME.fullmatch(row.name), f"invalid option name '{row.name}'"),
        (
            bool(row.encapsulate and row.array),
            f"option '{title}', comprising an array of data fields may not encapsulate any option space",
        ),
        (
            row.type == "record" and len(row.record_types) < 2,
            f"invalid number of data fields: {len(row.record_types)} specified for the option of type 'record'."
            " Expected at least 2 fields.",
        ),
        (
            STANDARD_DEFINITIONS.by_code(row.space, row.code) is not None,
            f"unable to override definition of option '{row.code}' in standard option space '{row.space}'",
        ),
        (True, f"option definition with code '{row.code}' already exists in option space '{row.space}'"),
    )
    return next(text for fits, text in rules if fits) if not _other_fault(row) else ""


def _other_fault(row: OptionDefinition) -> bool:
    """Return True for a fault about which our text says more than Kea's."""
    known = ("unknown type '", "the name must", "an array cannot", "a record has")
    error = _definition_error(row)
    return bool(error) and not error.startswith(known)


def _guess(name: str | None, space: str, definitions: Definitions) -> str:
    found = guess(name or "", definitions.names(space))
    return f", did you mean '{found}'?" if found else ""


def _encode_data(entry: _Entry, definition: OptionDefinition | None) -> bytes:
    """Return the payload. Raises ValueError that states the reason."""
    text = entry.get("data")
    if text is None and entry.get("never-send"):
        return b""
    if definition is None or not entry.get("csv-format", True):
        try:
            data = pack_raw(text or "")
        except ValueError:
            raise ValueError(f"option data is not a valid string of hexadecimal digits: {text}") from None
        if definition is None:
            return data
    try:
        if entry.get("csv-format", True):
            data = pack_text(definition, text or "")
            if definition.type == "fqdn" and definition.array and not data:
                raise ValueError("FQDN list option has invalid length of 0")
            return data
        return data[: len(data) - surplus_bytes(definition, data)]  # Kea cuts the surplus off
    except ValueError as error:
        where = f"(space: {definition.space}, code: {definition.code})"
        raise ValueError(f"option data does not match option definition {where}: {error}") from None


def _warnings(entry: _Entry, definition: OptionDefinition | None, data: bytes, definitions: Definitions) -> list[str]:
    if definition is None:
        return _undefined(entry, definitions)
    found = []
    if entry.get("csv-format", True) and surplus_values(definition, entry.get("data") or ""):
        found.append("has more values than it has room for; write a comma inside a value as \\\\,")
    if not entry.get("csv-format", True) and len(data) < len(pack_raw(entry.get("data") or "")):
        found.append(f"has more bytes than its definition has room for; the first {len(data)} are sent")
    if definition.by_server:
        found.append("is set by the server itself where it belongs into a message")
    return found


def _undefined(entry: _Entry, definitions: Definitions) -> list[str]:
    """Warn of an option that has no definition unless the entry says that this is meant (``csv-format`` false)."""
    space, name = entry.get("space", DHCP4_SPACE), entry.get("name")
    if "csv-format" in entry or not entry.get("data"):
        return []
    hint = _guess(name, space, definitions) or "; with 'csv-format': false this is taken as meant"
    return [f"has no definition, so its data are taken as hexadecimal digits{hint}"]


def _title(space: str, code: int | None, name: str | None) -> str:
    """``dhcp4.routers (code 3)``."""
    numbered = f" (code {code})" if code is not None else ""
    return f"{space}.{name}{numbered}" if name else f"{space}{numbered}"


def _by_space(level: Sequence[ConfiguredOption], classes: Container[str]) -> dict[str, dict[int, ConfiguredOption]]:
    spaces: dict[str, dict[int, ConfiguredOption]] = {}
    for option in level:
        if not option.client_classes:
            spaces.setdefault(option.space, {}).setdefault(option.code, option)
        elif _is_for(option, classes):  # precedes those for all clients; the last one wins, as in Kea
            spaces.setdefault(option.space, {})[option.code] = option
    return spaces


def _is_for(option: ConfiguredOption, classes: Container[str]) -> bool:
    guard = option.client_classes
    return not guard or any(name in classes for name in guard)


def _payload(option: ConfiguredOption, spaces: _Spaces, depth: int = 0) -> bytes:
    """Return the option's own data and behind it the sub-options of the space it encapsulates."""
    suboptions = spaces.get(option.encapsulate)
    if not suboptions or option.encapsulate in _NOT_INSIDE or depth == _MAX_DEPTH:
        return option.data
    return option.data + pack_suboptions(
        {code: _payload(inner, spaces, depth + 1) for code, inner in sorted(suboptions.items()) if not inner.never_send}
    )


def _definition(entry: _Entry) -> OptionDefinition:
    types = tuple(word.strip() for word in entry.get("record-types", "").split(",") if word.strip())
    return OptionDefinition(
        code=entry.get("code", -1),
        name=entry.get("name", ""),
        type=entry.get("type", ""),
        array=entry.get("array", False),
        record_types=types,
        encapsulate=entry.get("encapsulate", ""),
        space=entry.get("space", DHCP4_SPACE),
    )


def _definition_error(row: OptionDefinition) -> str:
    """Return the first rule a definition breaks (``OptionDefinition::validate``); "" when it keeps all of them."""
    lowest, highest = (1, 254) if row.space == DHCP4_SPACE else (0, 255)
    types = row.record_types
    rules = (
        (_NAME.fullmatch(row.name), "the name must be of letters, digits, '-' and '_'"),
        (_NAME.fullmatch(row.space), f"'{row.space}' is not a valid option space"),
        (_NAME.fullmatch(row.encapsulate or "none"), f"'{row.encapsulate}' is not a valid option space"),
        (lowest <= row.code <= highest, f"a code is {lowest} to {highest}"),
        (is_type(row.type), f"unknown type '{row.type}'"),
        (not (row.encapsulate and row.array), "an array cannot encapsulate an option space"),
        (row.encapsulate != row.space, "an option cannot encapsulate the space it belongs to"),
        (row.type == "record" or not types, "only a record has record-types"),
        (row.type != "record" or len(types) > 1, "a record has at least two record-types"),
        (all(_is_field(name) for name in types), "unknown type in record-types"),
        (not {"string", "binary"}.intersection(types[:-1]), "string and binary can only be last in a record"),
        (not row.array or (types or (row.type,))[-1] not in _SINGLE, "no array of this type possible"),
    )
    return next((text for kept, text in rules if not kept), "")


def _is_field(name: str) -> bool:
    return is_type(name) and name not in ("record", "empty", "internal")
