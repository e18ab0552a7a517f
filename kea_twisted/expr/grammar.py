"""THE GRAMMAR of expressions, and the parser made from it.

``and`` binds closer than ``or``, ``not`` closest. ``sand``, ``sor`` and ``sifelse`` mean the same as without
``s``, but evaluate all they are given, so that an error anywhere in it counts.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from lark import Lark, Token, Tree, UnexpectedCharacters, UnexpectedEOF, UnexpectedInput, UnexpectedToken

GRAMMAR: Final = r"""
test: _either
template: _sum

_either: _both | or_ | sor
or_: _either "or" _both
sor: _either "sor" _both
_both: _truth | and_ | sand
and_: _both "and" _truth
sand: _both "sand" _truth
_truth: _fact | not_
not_: "not" _truth
_fact: "(" _either ")"
     | equal | member | match | option_exists | relay_exists | vendor_exists | vendor_option_exists
     | vendor_class_exists

equal: _sum "==" _sum
member: "member" "(" STRING ")"
match: "match" "(" STRING "," _sum ")"
option_exists: _option "exists"
relay_exists: _relay "exists"
vendor_exists: _vendor "exists"
vendor_option_exists: _vendor_option "exists"
vendor_class_exists: _vendor_class "exists"

_sum: _text | plus
plus: _sum "+" _text
_text: "(" _sum ")"
     | string | hexadecimal | integer | address
     | option | relay | packet | packet4 | vendor_enterprise | vendor_option | vendor_class_enterprise
     | vendor_class_data | substring | split | concat | ifelse | sifelse | hexstring | convert

string: STRING
hexadecimal: HEXADECIMAL
integer: INTEGER
address: ADDRESS
option: _option FORM
relay: _relay FORM
packet: "pkt" "." PACKET
packet4: "pkt4" "." PACKET4
vendor_enterprise: "vendor" "." "enterprise"
vendor_option: _vendor_option FORM
vendor_class_enterprise: "vendor-class" "." "enterprise"
vendor_class_data: _vendor_class "data" [ "[" INTEGER "]" ]
substring: "substring" "(" _sum "," INTEGER "," (INTEGER | ALL) ")"
split: "split" "(" _sum "," _sum "," INTEGER ")"
concat: "concat" "(" _sum "," _sum ")"
ifelse: "ifelse" "(" _either "," _sum "," _sum ")"
sifelse: "sifelse" "(" _either "," _sum "," _sum ")"
hexstring: "hexstring" "(" _sum "," _sum ")"
convert: CONVERSION "(" _sum ")"

_option: "option" "[" code "]" "." suboption*
code: INTEGER | NAME
suboption: "option" "[" INTEGER "]" "."
_relay: "relay4" "[" INTEGER "]" "."
_vendor: "vendor" "[" enterprise "]" "."
_vendor_option: _vendor "option" "[" INTEGER "]" "."
_vendor_class: "vendor-class" "[" enterprise "]" "."
enterprise: INTEGER | ANY

FORM: "text" | "hex"
ALL: "all"
ANY: "*"
PACKET: "iface" | "src" | "dst" | "len"
PACKET4: "mac" | "hlen" | "htype" | "ciaddr" | "giaddr" | "yiaddr" | "siaddr" | "msgtype" | "transid"
CONVERSION: "addrtotext" | "int8totext" | "int16totext" | "int32totext" | "uint8totext" | "uint16totext"
          | "uint32totext" | "lcase" | "ucase"
STRING: /'[^'\n]*'/
HEXADECIMAL: /0[xX][0-9a-fA-F]+/
ADDRESS.2: /[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+|[0-9a-fA-F]*:[0-9a-fA-F:]*(\.[0-9]+)*/
INTEGER: /-?[0-9]+/
NAME.3: /[A-Za-z]([-_A-Za-z0-9]*[A-Za-z0-9])?(?=[ \t\n]*\])/
%ignore /[ \t\n]+/
"""


@lru_cache(maxsize=1)
def parser() -> Lark:
    """Return the parser. Made when the first expression is met: a configuration without any does without it."""
    return Lark(GRAMMAR, parser="lalr", start=["test", "template"], maybe_placeholders=True)


@lru_cache(maxsize=1)
def positioned_parser() -> Lark:
    """Return a parser whose trees know where in the text they come from."""
    return Lark(GRAMMAR, parser="lalr", start=["test", "template"], maybe_placeholders=True, propagate_positions=True)


def parse(text: str, start: str) -> Tree[Token]:
    """Return the tree of an expression (``start``: test or template). Raises ValueError with the column, from 1."""
    try:
        return parser().parse(text, start=start)
    except UnexpectedInput as error:
        raise ValueError(f"column {_column(text, error)}: {_complaint(error)}") from None


def _column(text: str, error: UnexpectedInput) -> int:
    position = error.pos_in_stream
    if isinstance(error, UnexpectedEOF) or position is None or position < 0 or _at_end(error):
        return len(text) + 1
    return int(position) + 1


def _at_end(error: UnexpectedInput) -> bool:
    return isinstance(error, UnexpectedToken) and error.token.type == "$END"


def _complaint(error: UnexpectedInput) -> str:
    if isinstance(error, UnexpectedCharacters):
        return f"unexpected '{error.char}', expected {_words(error.allowed)}"
    if isinstance(error, UnexpectedToken):
        found = "end" if _at_end(error) else f"'{error.token}'"
        return f"unexpected {found}, expected {_words(error.accepts or error.expected)}"
    return "unexpected end"


def _words(names: Iterable[str] | None) -> str:
    """Terminals as they are written, in order, a long list cut."""
    patterns = {terminal.name: terminal.pattern for terminal in parser().terminals}
    words = sorted(
        f"'{patterns[name].value}'" if name in patterns and patterns[name].type == "str" else _NAMES[name]
        for name in names or ()
        if name in _NAMES or (name in patterns and patterns[name].type == "str")
    )
    return " or ".join(words) if 0 < len(words) <= 8 else "something else"


_NAMES: Final = {
    "$END": "the end",
    "ADDRESS": "an address",
    "ANY": "'*'",
    "FORM": "'text' or 'hex'",
    "HEXADECIMAL": "a hexadecimal constant",
    "INTEGER": "a number",
    "NAME": "an option name",
    "PACKET": "iface, src, dst or len",
    "PACKET4": "mac, hlen, htype, ciaddr, giaddr, yiaddr, siaddr, msgtype or transid",
    "STRING": "a 'text'",
}
