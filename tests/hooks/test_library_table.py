"""The library table: every row is a class that can be used, and nothing else in the server knows the names."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import kea_twisted
from kea_twisted.adapters.plugins.outline import faults, outline_of
from kea_twisted.libraries.base import KeaLibrary
from kea_twisted.libraries.lookup import find, library_of
from kea_twisted.libraries.table import LIBRARIES, name_of

PACKAGE = Path(kea_twisted.__file__).parent
OWN = ("libraries/table.py", "config/librarynames.py", "demo/pair.py", "events/")
"""Where a library may be named: the table, rules about the configuration, the demo's files, texts of messages."""


@pytest.mark.parametrize("name", LIBRARIES)
def test_a_row_is_a_library_whose_methods_the_server_can_call(name: str) -> None:
    kind = find(name)
    assert issubclass(kind, KeaLibrary) and name_of(kind) == name
    assert list(faults(outline_of(kind))) == []
    assert kind.__doc__ and all(row.meaning for row in kind.parameters)
    assert all(event.meaning for event in kind.events)


def test_the_library_of_a_command_is_found() -> None:
    assert library_of("stat-lease4-get") == "libdhcp_stat_cmds"
    assert library_of("config-get") == library_of("no-such") == ""


def test_nothing_else_names_a_library() -> None:
    found = []
    for path in PACKAGE.rglob("*.py"):
        here = path.relative_to(PACKAGE)
        if not str(here).startswith(OWN):
            tree = ast.parse(path.read_text())
            documentation = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
            texts = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
            named = [node for node in texts if "libdhcp_" in node.value and id(node) not in documentation]
            found += [f"{here}:{node.lineno}" for node in named]
    assert found == []
