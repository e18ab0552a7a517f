"""Kea 3.0's texts for mistakes: scripts search logs and answers for them, so they replace our text.

Where the text depends on nothing but one value, it stands where the mistake is found.
"""

from __future__ import annotations

import re
from typing import Final

from kea_twisted.wire.address import address_text, is_address

NO_SUBNET: Final = "subnet configuration failed: "
NO_IDENTIFIER: Final = (
    "one of the supported identifiers must be specified for host reservation: "
    "circuit-id, client-id, duid, flex-id, hw-address"
)
_LONGEST: Final = {"server-hostname": 63, "boot-file-name": 127}
_EXPECTED: Final = {
    "Integer": "integer", "Lifetime": "integer", "Boolean": "boolean", "Text": "constant string",
    "Real": "floating point",
}  # fmt: skip
_UNKNOWN: Final = {
    "Dhcp4": "unsupported global configuration parameter: {}",
    "client-classes-entry": "unsupported client class parameter '{}'",
    "interfaces-config": "unsupported parameter '{}'",
    "reservations": "unsupported configuration parameter '{}'",
    "hooks-libraries": "unknown hooks library parameter: {}",
}
"""By the map: what Kea says about an unknown keyword that a command brings."""
_JSON: Final = {str: "constant string", bool: "boolean", int: "integer", float: "floating point", list: "[", dict: "{"}


def pool(first: int, last: int, what: str, subnet: str) -> str:
    """Return Kea's text for a pool that does not fit into its subnet; ``what`` is the reason."""
    span = f"{address_text(first)}-{address_text(last)}"
    start = f"{NO_SUBNET}a pool of type V4, with the following address range: {span}"
    return f"{start} {what}: {subnet} to which it is being added"


def pool_text(text: str) -> str:
    """Return Kea's text for a pool that cannot be read."""
    low, dash, high = (part.strip() for part in text.partition("-"))
    if not dash and "/" not in text:
        formats = "There are two acceptable formats <min address-max address> or <prefix/len>"
        return f"invalid pool definition: {text}. {formats}"
    if dash and is_address(low) and is_address(high):
        return f"Failed to create pool defined by: {text}"
    return f"Failed to parse pool definition: {text}"


def prefix_text(text: str) -> str:
    """Return Kea's text for a subnet that cannot be read."""
    address, slash, length = (part.strip() for part in text.partition("/"))
    if not slash:
        return f"{NO_SUBNET}Invalid subnet syntax (prefix/len expected):{text}"
    if not is_address(address):
        return NO_SUBNET + no_address(address)
    return f"{NO_SUBNET}Invalid prefix length specified for subnet: {length}"


def no_address(text: str) -> str:
    """Return Kea's text for something that is no IPv4 address."""
    return f"Failed to convert string to address '{text}': Invalid argument"


def twice(what: str, value: object) -> str:
    """Return Kea's text for a value that two maps have."""
    return {
        "subnet id": f"ID of the new IPv4 subnet '{value}' is already in use",
        "shared network": f"duplicate network '{value}' found in the configuration",
        "class": f"Can't add class: Client Class: {value} has already been defined",
    }.get(what, "")


def wrong_value(kind: str, name: str, scope: str, value: object, in_file: bool) -> str:
    """Return Kea's text for a value that a keyword cannot have; "" where it has none that is worth it.

    What came by a command is not read by the parser of files, and has texts of its own.
    """
    special = _special(name, scope, value)
    if special:
        return special
    expected = _EXPECTED.get(kind, "")
    if not expected:
        return ""
    found = "NULL" if value is None else _JSON.get(type(value), "")
    if found != expected and not in_file:
        return f"invalid type specified for parameter '{name}'"
    if found != expected:
        return f"syntax error, unexpected {found}, expecting {expected}"
    if isinstance(value, int):
        sign = f"({value})" if value < 0 else f"{value}"
        return f"out of range value {sign} specified for parameter '{name}'"
    return ""


def _special(name: str, scope: str, value: object) -> str:
    if name in _LONGEST and isinstance(value, str):
        return f"{name} must be at most {_LONGEST[name]} bytes long, it is {len(value.encode())}"
    if (name, scope) == ("next-server", "class"):
        return f"Invalid next-server value specified: '{value}'"
    if (name, scope) == ("type", "lease-database"):
        return f"unknown backend database type: {value}"
    if name == "lfc-interval" and type(value) is int:
        return f"lfc-interval value: {value} is out of range, expected value: 0..4294967295"
    if name == "ncr-protocol":
        return f"D2ClientConfig error: NCR Protocol: {value} is not supported."
    if scope == "expired-leases-processing" and type(value) is int and value < 0:
        return f"value for configuration parameter '{name}' must not be negative"
    if scope == "header" and value == "":
        return f"empty '{name}' parameter"
    if name == "code" and scope == "option-data" and type(value) is int and value > 255:
        return f"invalid option code '{value}', it must not be greater than '255'"
    if name in ("ip-address", "next-server") and isinstance(value, str):
        return no_address(value)
    return ""


def bounds(low: int, value: int, high: int) -> str:
    """Return Kea's text for a lifetime outside of its bounds."""
    if low > value:
        return f"the value of min-valid-lifetime ({low}) is not less than (default) valid-lifetime ({value})"
    return f"the value of (default) valid-lifetime ({value}) is not less than max-valid-lifetime ({high})"


def expression(text: str, error: str) -> str:
    """Return Kea's text for an expression, ``error`` being "column N: …"; its columns, and our reason."""
    found = re.fullmatch(r"column (\d+): (.*)", error, re.DOTALL)
    if found is None:
        return f"expression: [{text}] error: {error}"
    column = int(found[1])
    length, reason = _expression_fault(text[: column - 1], found[2])
    columns = f"{column}-{column + length - 1}" if length > 1 else f"{column}"
    return f"expression: [{text}] error: <string>:1.{columns}: {reason}"


def _expression_fault(before: str, reason: str) -> tuple[int, str]:
    """Return the length of the text at fault, and Kea's reason; ``before`` is what stands before it."""
    undefined = re.match(r"class '(.*)' is not defined before", reason)
    if undefined is not None:
        name = f"'{undefined[1]}'"
        return len(name), f"Not defined client class {name}"
    undefined = re.fullmatch(r"option '(.*)' is not defined", reason)
    if undefined is not None:
        return len(undefined[1]), reason
    code = re.fullmatch(r"(-?\d+) is not in the range 0 to 255", reason)
    if code is not None and before.endswith("option["):
        return len(code[1]), f"Option code has invalid value in {code[1]}. Allowed range: 0..255"
    return _syntax(reason)


def _syntax(reason: str) -> tuple[int, str]:
    found = re.fullmatch(r"unexpected (?:end|'(.+?)')(?:, expected (.*))?", reason, re.DOTALL)
    if found is None:
        return 1, reason
    text, expected = found.groups()
    if text is None:
        return 1, f"syntax error, unexpected end of file{_expecting(expected or '')}"
    if len(text) == 1 and not text.isdigit() and text not in "()[].,+*-":
        return 1, f"Invalid character: {text}"
    return len(text), f"syntax error, unexpected {_token(text)}{_expecting(expected or '')}"


def _token(text: str) -> str:
    """Return the name of Kea's parser for a token."""
    if re.fullmatch(r"-?\d+", text):
        return "integer"
    if text.startswith("'"):
        return "constant string"
    return "constant hexstring" if text.startswith("0x") else text


def _expecting(words: str) -> str:
    """Return the tokens that were expected in Kea's words; "" where they are too many for it to name them."""
    expected = re.findall(r"'(.+?)'(?: or |$)|a (number)", words)
    if not expected or len(expected) > 4 or len(expected) != words.count(" or ") + 1:
        return ""
    named = ["integer" if number else '","' if literal == "," else literal for literal, number in expected]
    return f", expecting {' or '.join(sorted(named))}"


def unknown(name: str, path: str, in_file: bool) -> str:
    """Return Kea's text for a keyword that it does not know in this map."""
    if not in_file:
        last = path.rpartition(".")[2].partition("[")[0]
        is_class = path.startswith("client-classes[") and "." not in path
        return _UNKNOWN.get("client-classes-entry" if is_class else last, "spurious '{}' parameter").format(name)
    return f'got unexpected keyword "{name}" in {path.rpartition(".")[2].partition("[")[0]} map.'


def missing(name: str, scope: str) -> str:
    """Return Kea's text for a keyword that is needed."""
    if (name, scope) == ("subnet", "subnet"):
        return f"{NO_SUBNET}mandatory 'subnet' parameter is missing for a subnet being configured"
    return f"missing '{name}' parameter" if scope == "header" else f"missing parameter '{name}'"
