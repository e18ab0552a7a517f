"""From the tree of an expression to one function of a Subject, made of closures.

What is the same for all packets is done here, once: names become codes, constants become bytes. The shapes
that most configurations consist of (an option compared with a constant, the beginning of an option, a class)
get a function of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Final, NamedTuple, TypeVar, cast

from lark import Token, Tree

from kea_twisted.expr import access
from kea_twisted.expr.functions import CONVERSIONS, hexstring, regular_expression, split, substring
from kea_twisted.expr.grammar import parse
from kea_twisted.expr.late import LATE
from kea_twisted.expr.shapes import Text, Truth, Value, all_of, any_of, constant, equal
from kea_twisted.wire.optiondefs import DHCP4_SPACE, STANDARD_DEFINITIONS, Definitions

Made = TypeVar("Made")

HOST_CLASSES: Final = frozenset({"KNOWN", "UNKNOWN"})
"""In the first or the second is every packet, once its reservations have been looked up."""
_BUILT_IN: Final = ("VENDOR_CLASS_", "HA_", "AFTER_", "EXTERNAL_")
_ALWAYS_THERE: Final = HOST_CLASSES | {"ALL", "BOOTP"}
_MAX32: Final = 0xFFFFFFFF


class Test(NamedTuple):
    """A compiled ``test``. ``evaluate`` may raise EvaluationError.

    ``depends_on_known``: it can be told only when reservations have been looked up. ``members``: the classes
    it refers to.
    """

    evaluate: Truth
    depends_on_known: bool = False
    members: frozenset[str] = frozenset()


class Template(NamedTuple):
    """A compiled ``template-test``; otherwise as Test."""

    evaluate: Value
    depends_on_known: bool = False
    members: frozenset[str] = frozenset()


def compile_test(
    text: str,
    definitions: Definitions = STANDARD_DEFINITIONS,
    known_classes: Mapping[str, bool] | None = None,
) -> Test:
    """Compile an expression whose result is true or false. Raises ValueError with the column says what is wrong.

    ``known_classes`` are the classes it may refer to, each with whether it depends on KNOWN or UNKNOWN;
    built-in ones need not be there. None: it may refer to any.
    """
    compiler = Compiler(definitions, known_classes)
    evaluate = _shallow(lambda: compiler.truth(_only(parse(text, "test"))))
    return Test(evaluate, compiler.depends_on_known, frozenset(compiler.members))


def compile_template(
    text: str,
    definitions: Definitions = STANDARD_DEFINITIONS,
    known_classes: Mapping[str, bool] | None = None,
) -> Template:
    """Compile an expression whose result is text (bytes); otherwise as ``compile_test``."""
    compiler = Compiler(definitions, known_classes)
    value = _shallow(lambda: compiler.text(_only(parse(text, "template"))))
    return Template(value.evaluate, compiler.depends_on_known, frozenset(compiler.members))


def _only(tree: Tree[Token]) -> Tree[Token]:
    return cast("Tree[Token]", tree.children[0])


def _shallow(make: Callable[[], Made]) -> Made:
    """Return the result of ``make``. Raises ValueError for an expression of excessive size or depth."""
    try:
        return make()
    except RecursionError:
        raise ValueError("column 1: too deeply nested") from None


@dataclass
class Compiler:
    """Walks a tree; a method for each rule that makes a truth, one for each that makes a text."""

    definitions: Definitions
    known_classes: Mapping[str, bool] | None
    members: set[str] = field(default_factory=set)
    depends_on_known: bool = False

    def is_truth(self, tree: Tree[Token]) -> bool:
        """Return True if the result of a tree is true or false."""
        return hasattr(self, f"_truth_{tree.data}")

    def is_text(self, tree: Tree[Token]) -> bool:
        """Return True if the result of a tree is text."""
        return hasattr(self, f"_text_{tree.data}")

    def truth(self, tree: Tree[Token]) -> Truth:
        """Return the function for a tree whose result is true or false."""
        result: Truth = getattr(self, f"_truth_{tree.data}")(*tree.children)
        return result

    def text(self, tree: Tree[Token]) -> Text:
        """Return the function for a tree whose result is text."""
        result: Text = getattr(self, f"_text_{tree.data}")(*tree.children)
        return result

    # --- truths

    def _truth_or_(self, left: Tree[Token], right: Tree[Token]) -> Truth:
        return any_of([self.truth(tree) for tree in _chain("or_", left, right)])

    def _truth_and_(self, left: Tree[Token], right: Tree[Token]) -> Truth:
        return all_of([self.truth(tree) for tree in _chain("and_", left, right)])

    def _truth_sor(self, left: Tree[Token], right: Tree[Token]) -> Truth:
        tests = [self.truth(tree) for tree in _chain("sor", left, right)]
        return lambda subject: True in [test(subject) for test in tests]

    def _truth_sand(self, left: Tree[Token], right: Tree[Token]) -> Truth:
        tests = [self.truth(tree) for tree in _chain("sand", left, right)]
        return lambda subject: False not in [test(subject) for test in tests]

    def _truth_not_(self, tree: Tree[Token]) -> Truth:
        inner = self.truth(tree)
        return lambda subject: not inner(subject)

    def _truth_equal(self, left: Tree[Token], right: Tree[Token]) -> Truth:
        return equal(self.text(left), self.text(right))

    def _truth_member(self, token: Token) -> Truth:
        name = token[1:-1]
        known = self.known_classes
        if known is not None and name not in known and not is_built_in(name):
            raise _error(token, f"class '{name}' is not defined before")
        self.members.add(name)
        if name in HOST_CLASSES or (known is not None and known.get(name, False)):
            self.depends_on_known = True
        return lambda subject: name in subject.classes

    def _truth_match(self, token: Token, tree: Tree[Token]) -> Truth:
        try:
            matches = regular_expression(token[1:-1])
        except ValueError as error:
            raise _error(token, str(error)) from None
        value = self.text(tree).evaluate
        return lambda subject: matches(value(subject)) is not None

    def _truth_option_exists(self, code: Tree[Token], *suboptions: Tree[Token]) -> Truth:
        number = self._code(code)
        if not suboptions:
            return lambda subject: number in subject.options
        find = access.suboption(self.definitions, number, [_byte(_token(tree)) for tree in suboptions])
        return lambda subject: find(subject) is not None

    def _truth_relay_exists(self, token: Token) -> Truth:
        number = _byte(token)
        return lambda subject: number in subject.agent

    def _truth_vendor_exists(self, enterprise: Tree[Token]) -> Truth:
        find = access.vendor_part(access.VENDOR, _enterprise(enterprise))
        return lambda subject: find(subject) is not None

    def _truth_vendor_option_exists(self, enterprise: Tree[Token], token: Token) -> Truth:
        find = access.vendor_option(_enterprise(enterprise), _byte(token))
        return lambda subject: find(subject) is not None

    def _truth_vendor_class_exists(self, enterprise: Tree[Token]) -> Truth:
        find = access.vendor_part(access.VENDOR_CLASS, _enterprise(enterprise))
        return lambda subject: find(subject) is not None

    # --- texts

    def _text_string(self, token: Token) -> Text:
        return constant(token[1:-1].encode("utf-8", "surrogateescape"))

    def _text_hexadecimal(self, token: Token) -> Text:
        digits = token[2:]
        return constant(bytes.fromhex(digits if len(digits) % 2 == 0 else f"0{digits}"))

    def _text_integer(self, token: Token) -> Text:
        return constant(_number(token, _MAX32).to_bytes(4, "big"))

    def _text_address(self, token: Token) -> Text:
        try:
            return constant(ip_address(str(token)).packed)
        except ValueError:
            raise _error(token, f"'{token}' is not an address") from None

    def _text_option(self, code: Tree[Token], *rest: Tree[Token] | Token | str) -> Text:
        number, form = self._code(code), rest[-1]
        if len(rest) > 1:
            path = [_byte(_token(cast("Tree[Token]", tree))) for tree in rest[:-1]]
            return Text(access.suboption_value(self.definitions, number, path, form == "text"))
        definition = self.definitions.by_code(DHCP4_SPACE, number)
        is_string = definition is not None and definition.type == "string" and not definition.array
        is_string = is_string and number not in LATE
        if form == "text" and not is_string:
            return Text(access.text_of(self.definitions, number))
        return Text(access.payload(number, is_string), code=number, strip=is_string)

    def _text_relay(self, token: Token, form: Token) -> Text:
        return Text(access.relay(self.definitions, _byte(token), form == "text"))

    def _text_packet(self, token: Token) -> Text:
        return Text(access.PACKET[token])

    def _text_packet4(self, token: Token) -> Text:
        return Text(access.PACKET4[token])

    def _text_vendor_enterprise(self) -> Text:
        return Text(access.enterprise(access.VENDOR))

    def _text_vendor_class_enterprise(self) -> Text:
        return Text(access.enterprise(access.VENDOR_CLASS))

    def _text_vendor_option(self, enterprise: Tree[Token], token: Token, form: Token) -> Text:
        number = _enterprise(enterprise)
        return Text(access.vendor_option_value(self.definitions, number, _byte(token), form == "text"))

    def _text_vendor_class_data(self, enterprise: Tree[Token], index: Token | None) -> Text:
        return Text(access.vendor_class_data(_enterprise(enterprise), _number(index, 255) if index else 0))

    def _text_plus(self, left: Tree[Token], right: Tree[Token]) -> Text:
        parts = [self.text(tree) for tree in _chain("plus", left, right)]
        constants = [part.constant for part in parts if part.constant is not None]
        if len(constants) == len(parts):
            return constant(b"".join(constants))
        values = [part.evaluate for part in parts]
        return Text(lambda subject: b"".join([value(subject) for value in values]))

    _text_concat = _text_plus

    def _text_substring(self, tree: Tree[Token], start: Token, length: Token) -> Text:
        text = self.text(tree)
        value, begin = text.evaluate, int(start)
        size = None if length == "all" else int(length)
        evaluate: Value = lambda subject: substring(value(subject), begin, size)  # noqa: E731
        if text.code is None or text.head is not None or begin or size is None or not 0 <= size < 1024:
            return Text(evaluate)
        return Text(evaluate, code=text.code, strip=text.strip, head=size)

    def _text_split(self, tree: Tree[Token], delimiters: Tree[Token], token: Token) -> Text:
        text, marks, number = self.text(tree).evaluate, self.text(delimiters).evaluate, int(token)
        return Text(lambda subject: split(text(subject), marks(subject), number))

    def _text_ifelse(self, condition: Tree[Token], left: Tree[Token], right: Tree[Token]) -> Text:
        decide, one, two = self.truth(condition), self.text(left).evaluate, self.text(right).evaluate
        return Text(lambda subject: one(subject) if decide(subject) else two(subject))

    def _text_sifelse(self, condition: Tree[Token], left: Tree[Token], right: Tree[Token]) -> Text:
        decide, one, two = self.truth(condition), self.text(left).evaluate, self.text(right).evaluate
        return Text(lambda subject: (two(subject), one(subject))[decide(subject)])

    def _text_hexstring(self, tree: Tree[Token], separator: Tree[Token]) -> Text:
        text, between = self.text(tree).evaluate, self.text(separator).evaluate
        return Text(lambda subject: hexstring(text(subject), between(subject)))

    def _text_convert(self, token: Token, tree: Tree[Token]) -> Text:
        convert, value = CONVERSIONS[token], self.text(tree).evaluate
        return Text(lambda subject: convert(value(subject)))

    def _code(self, tree: Tree[Token]) -> int:
        token = _token(tree)
        if token.type == "INTEGER":
            return _byte(token)
        definition = self.definitions.by_name(DHCP4_SPACE, token)
        if definition is None:
            raise _error(token, f"option '{token}' is not defined")
        return definition.code


def is_built_in(name: str) -> bool:
    """Return True for a class that exists without a definition."""
    return name in _ALWAYS_THERE or name.startswith(_BUILT_IN)


def _chain(rule: str, left: Tree[Token], right: Tree[Token]) -> list[Tree[Token]]:
    """Return the operands of a chain of one operator, first to last; such a chain may be thousands long."""
    operands = [right]
    while left.data == rule:
        left, right = cast("list[Tree[Token]]", left.children)
        operands.append(right)
    operands.append(left)
    operands.reverse()
    return operands


def _number(token: Token, largest: int) -> int:
    value = int(token)
    if not 0 <= value <= largest:
        raise _error(token, f"{token} is not in the range 0 to {largest}")
    return value


def _byte(token: Token) -> int:
    return _number(token, 255)


def _enterprise(tree: Tree[Token]) -> int | None:
    token = _token(tree)
    return None if token == "*" else _number(token, _MAX32)


def _token(tree: Tree[Token]) -> Token:
    (token,) = tree.children
    assert isinstance(token, Token)
    return token


def _error(token: Token, text: str) -> ValueError:
    return ValueError(f"column {(token.start_pos or 0) + 1}: {text}")
