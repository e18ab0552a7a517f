"""The table of log messages as a whole."""

from __future__ import annotations

import ast
from pathlib import Path

from kea_twisted import events
from kea_twisted.events.event import Event

HOUSE = Path(events.__file__).parents[1]


def test_each_message_is_emitted_somewhere() -> None:
    names = {name for name, value in vars(events).items() if isinstance(value, Event)}
    files = [path for path in HOUSE.rglob("*.py") if HOUSE / "events" not in path.parents]
    trees = [ast.parse(path.read_text()) for path in files]
    used = {node.attr for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    used |= {node.id for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert len(names) > 300
    assert names - used == set()


COSTLY = {"redacted", "shown", "dumps", "decode", "render"}


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _unguarded(node: ast.AST, guarded: bool = False) -> list[int]:
    """Lines that emit an event with an argument that is made for it, without a look at ``enabled`` before."""
    if isinstance(node, ast.If):
        asks = guarded or "enabled" in ast.unparse(node.test)
        inside = [line for each in node.body for line in _unguarded(each, asks)]
        return inside + [line for each in node.orelse for line in _unguarded(each, guarded)]
    found = [line for each in ast.iter_child_nodes(node) for line in _unguarded(each, guarded)]
    if isinstance(node, ast.Call) and _called(node) == "emit" and not guarded:
        made = [each for argument in node.args for each in ast.walk(argument) if isinstance(each, ast.Call)]
        if COSTLY.intersection(map(_called, made)):
            found.append(node.lineno)
    return found


def test_no_text_is_made_for_a_line_that_is_not_written() -> None:
    files = [path for path in HOUSE.rglob("*.py") if HOUSE / "events" not in path.parents]
    found = [f"{path}:{line}" for path in files for line in _unguarded(ast.parse(path.read_text()))]
    assert found == []
