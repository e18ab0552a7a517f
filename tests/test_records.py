"""Records made past their constructor have all their fields, in a place where nothing else would notice."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import kea_twisted

SOURCE = Path(kea_twisted.__file__).parent


def made_past_the_constructor():
    """Module, line, class and number of fields of each ``new(Class, (…))``."""
    for path in sorted(SOURCE.rglob("*.py")):
        text = path.read_text()
        if "records import new" not in text:
            continue
        name = ".".join(("kea_twisted", *path.relative_to(SOURCE).with_suffix("").parts))
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "new":
                record, fields = node.args
                assert isinstance(fields, ast.Tuple), f"{path}:{node.lineno}: the fields cannot be counted"
                yield name, node.lineno, record.id, len(fields.elts)


def test_records_made_past_their_constructor_are_complete():
    found = list(made_past_the_constructor())
    assert found
    for module, line, record, count in found:
        fields = getattr(importlib.import_module(module), record)._fields
        assert count == len(fields), f"{module}, line {line}: {record} has {len(fields)} fields, not {count}"
