"""Attributes by name and number: the standard ones, or those of a dictionary file in the form that Kea reads.

    ATTRIBUTE  NAME  NUMBER  TYPE        # string, integer, date, ipaddr, ipv6addr, ipv6prefix
    VALUE      ATTRIBUTE  NAME  NUMBER

Names are case-sensitive. Attributes above 255 are passed over: no packet can have them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from kea_twisted.libraries.radius.standard import ALIASES, ATTRIBUTES, INTEGER, REQUIRED, STRING, TYPES, VALUES

_LARGEST: Final = 0xFFFFFFFF
_DEEPEST: Final = 5
_NAMES: Final = {code: name for code, name, _ in ATTRIBUTES}


class Definition(NamedTuple):
    """The number, the name and the type of an attribute."""

    code: int
    name: str
    kind: str


class Dictionary:
    """The attributes that are known."""

    def __init__(self) -> None:
        self._by_code: dict[int, Definition] = {}
        self._by_name: dict[str, Definition] = {}
        self._values: dict[tuple[int, str], int] = {}
        self._value_names: dict[tuple[int, int], str] = {}

    def of(self, code: int) -> Definition | None:
        """Return the attribute of a number."""
        return self._by_code.get(code)

    def named(self, name: str) -> Definition | None:
        """Return the attribute of a name, or of another name that it has."""
        return self._by_name.get(name)

    def name_of(self, code: int) -> str:
        """Return the name of an attribute."""
        known = self._by_code.get(code)
        return known.name if known is not None else f"Attribute-{code}"

    def value(self, code: int, name: str) -> int | None:
        """Return the integer with a name."""
        return self._values.get((code, name))

    def value_name(self, code: int, value: int) -> str:
        """Return the name of an integer, or its digits."""
        return self._value_names.get((code, value), str(value))

    def add(self, code: int, name: str, kind: str) -> None:
        """Add an attribute, or another name of one. Raises ValueError if that contradicts one that is known."""
        known = self._by_name.get(name) or self._by_code.get(code)
        if known is not None and (known.code, known.kind) != (code, kind):
            raise ValueError(
                f"Illegal attribute redefinition of '{known.name}' type {known.code} value type {known.kind} "
                f"by '{name}' {code} {kind}"
            )
        self._by_name[name] = self._by_code.setdefault(code, Definition(code, name, kind))

    def add_value(self, attribute: str, name: str, value: int) -> None:
        """Add the name of an integer. Raises ValueError if that contradicts one that is known."""
        known = self._by_name.get(attribute)
        if known is None:
            raise ValueError(f"unknown attribute '{attribute}'")
        if known.kind != INTEGER:
            raise ValueError(f"attribute '{attribute}' is not an integer attribute")
        before = self._values.setdefault((known.code, name), value)
        if before != value:
            raise ValueError(
                f"Illegal integer constant redefinition of '{name}' for attribute '{known.name}' value {before} "
                f"by {value}"
            )
        self._value_names.setdefault((known.code, value), name)

    def content(self) -> object:
        """Return what is equal for dictionaries that are the same."""
        return self._by_code, self._by_name, self._values, self._value_names

    def check(self) -> None:
        """Raise ValueError if an attribute that the library uses lacks, or is another one."""
        for code, kind in REQUIRED:
            name = _NAMES[code]
            known = self._by_name.get(name)
            if known is None:
                raise ValueError(f"missing standard attribute definition for '{name}'")
            for what, found, must in (("type", known.code, code), ("value type", known.kind, kind)):
                if found != must:
                    raise ValueError(
                        f"incorrect standard attribute definition for '{name}': {what} is {found}, must be {must}"
                    )


def standard() -> Dictionary:
    """Return the dictionary that needs no file."""
    made = Dictionary()
    for code, name, kind in ATTRIBUTES:
        made.add(code, name, kind)
    for alias, name in ALIASES.items():
        known = made.named(name)
        assert known is not None
        made.add(known.code, alias, known.kind)
    for attribute, values in VALUES.items():
        for name, value in values.items():
            made.add_value(attribute, name, value)
    return made


def read(path: str, content: Callable[[str], str]) -> Dictionary:
    """Return the dictionary of a file. Raises ValueError with the file and the line, as ``content``, which reads files.

    No error shows the words of a line that is none of a dictionary: a command may name any file.
    """
    made = Dictionary()
    _read(made, path, content, 0)
    made.check()
    return made


def _read(made: Dictionary, path: str, content: Callable[[str], str], depth: int) -> None:
    if depth >= _DEEPEST:
        raise ValueError("Too many nested $INCLUDE")
    for number, line in enumerate(content(path).splitlines(), 1):
        words = line.split() if not line.startswith("#") else []
        try:
            if words[:1] == ["$INCLUDE"] and len(words) == 2:
                _read(made, words[1], content, depth + 1)
            elif words:
                _read_line(made, words)
        except ValueError as error:
            raise ValueError(f"{error} at line {number} in dictionary '{path}'") from None


def _read_line(made: Dictionary, words: list[str]) -> None:
    if words[0] not in ("ATTRIBUTE", "VALUE"):
        raise ValueError("unknown dictionary entry, neither ATTRIBUTE nor VALUE")
    if len(words) != 4:
        raise ValueError(f"expected 4 tokens, got {len(words)}")
    if words[0] == "VALUE":
        made.add_value(words[1], words[2], integer(words[3]))
        return
    kind = INTEGER if words[3] == "date" else STRING if words[3] == "vsa" else words[3]
    try:
        code = int(words[2])
    except ValueError:
        raise ValueError(f"can't parse attribute type {words[2]}") from None
    if kind not in TYPES:
        raise ValueError(f"unknown AttrValueType name {words[3]}")
    if 0 <= code <= 255:
        made.add(code, words[1], kind)


def integer(text: str) -> int:
    """Return an integer of 32 bits, which may be written with a sign. Raises ValueError."""
    try:
        value = int(text)
    except ValueError:
        value = _LARGEST + 1
    if not -0x80000000 <= value <= _LARGEST:
        raise ValueError(f"can't parse integer value {text}")
    return value & _LARGEST
