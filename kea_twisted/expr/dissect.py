"""The parts of an expression with their values for one packet: why a class has a member, or has not."""

from __future__ import annotations

from collections.abc import Iterator

from lark import Token, Tree

from kea_twisted.expr.compile import Compiler
from kea_twisted.expr.functions import EvaluationError
from kea_twisted.expr.grammar import positioned_parser
from kea_twisted.expr.subject import Subject
from kea_twisted.wire.optiondefs import Definitions


def parts(text: str, start: str, definitions: Definitions, subject: Subject) -> Iterator[tuple[str, str]]:
    """Yield the parts of a valid expression (``start``: test or template), the whole first, and their values."""
    dissector = Compiler(definitions, None)
    seen: set[str] = set()
    whole = positioned_parser().parse(text, start=start)
    for tree in whole.iter_subtrees_topdown():  # type: ignore[no-untyped-call]
        source = text[tree.meta.start_pos : tree.meta.end_pos] if not tree.meta.empty else ""
        if source and source not in seen and not source.startswith(("'", "0x")):
            value = _value(dissector, tree, subject)
            if value is not None:
                seen.add(source)
                yield source, value


def _value(dissector: Compiler, tree: Tree[Token], subject: Subject) -> str | None:
    """Return the value of a part as text; None for what has none by itself."""
    try:
        if dissector.is_truth(tree):
            return str(bool(dissector.truth(tree)(subject))).lower()
        if dissector.is_text(tree):
            return shown(dissector.text(tree).evaluate(subject))
    except EvaluationError as error:
        return f"error: {error}"
    return None


def shown(data: bytes) -> str:
    """Return bytes as text in quotes if they are such, else in hexadecimal."""
    if data and all(32 <= byte < 127 for byte in data):
        return f"'{data.decode()}'"
    return f"0x{data.hex()}" if data else "''"
