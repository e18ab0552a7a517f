"""The documentation of hooks agrees with the tables and classes."""

from __future__ import annotations

import importlib.util
import inspect
from pathlib import Path
from typing import Any

import pytest

from kea_twisted.adapters.plugins.callouts import REPLACEMENTS
from kea_twisted.adapters.plugins.outline import FORMS
from kea_twisted.hooks.library import HookHost, HookLibrary
from kea_twisted.hooks.points import POINTS, TYPES, Point

DOCS = Path(__file__).parents[2] / "docs"


def generator() -> Any:
    """docs/hook_table.py, which is no part of a package."""
    spec = importlib.util.spec_from_file_location("hook_table", DOCS / "hook_table.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_shows_the_hook_table() -> None:
    text = (DOCS / "hooks.md").read_text()
    assert generator().page(text) == text, "run python docs/hook_table.py"
    assert text.count("| `") >= len(POINTS)


def test_every_field_of_the_values_is_documented() -> None:
    for kind, meanings in generator().MEANINGS.items():
        assert tuple(meanings) == kind._fields, f"MEANINGS in docs/hook_table.py: {kind.__name__}"
        assert all(meanings.values())


def test_every_member_of_the_host_is_documented() -> None:
    names = {name for name in vars(HookHost) if not name.startswith("_")}
    assert {line.split("`")[1].partition("(")[0] for line in generator().host().splitlines()[2:]} == names


@pytest.mark.parametrize("path", generator().SOURCES, ids=lambda path: str(path.name))
def test_sources_follow_the_hook_table(path: Path) -> None:
    assert generator().source(path) == path.read_text(), "run python docs/hook_table.py"


def test_every_value_that_a_method_gets_has_a_reference() -> None:
    text = (DOCS / "hooks.md").read_text()
    for name in ("Query", "Message", "Lease", "Change", "Decision", "Reply", "Interface", "Subnet", "host"):
        assert f"\n### {name}\n" in text


@pytest.mark.parametrize("point", POINTS, ids=lambda point: point.name)
def test_the_base_class_has_every_point(point: Point) -> None:
    assert tuple(inspect.signature(getattr(HookLibrary, point.name)).parameters)[1:] == point.arguments
    assert point.replaces in (*point.arguments, "")
    assert not point.replaces or point.replaces in REPLACEMENTS
    assert set(point.arguments) <= set(TYPES)


def test_the_forms_of_methods_are_those_of_the_base_class() -> None:
    methods = {
        name: tuple(inspect.signature(value).parameters)[1:]
        for name, value in vars(HookLibrary).items()
        if inspect.isfunction(value) and not name.startswith("_")
    }
    assert methods == {name: form.arguments for name, form in FORMS.items()}
