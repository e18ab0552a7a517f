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
