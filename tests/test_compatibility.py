"""The page about compatibility says what is so."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from typing import Any

import pytest

from kea_twisted.adapters.plugins.code import LibraryCode
from kea_twisted.adapters.plugins.places import HookPlaces
from kea_twisted.config import load_tree
from kea_twisted.errors import ConfigError
from kea_twisted.libraries.table import LIBRARIES
from kea_twisted.server import libraries

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "compatibility.md"


def generator() -> Any:
    """docs/compatibility_tables.py, which is no part of a package."""
    spec = importlib.util.spec_from_file_location("compatibility_tables", ROOT / "docs" / "compatibility_tables.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_pages_show_the_tables_of_the_code() -> None:
    tables = generator()
    texts = [page.read_text() for page in tables.PAGES]
    assert [tables.page(text) for text in texts] == texts, "run python docs/compatibility_tables.py"
    assert all(sum(text.count(f"<!-- {name}: begin -->") for text in texts) == 1 for name in tables.TABLES)
    assert PAGE.read_text().count("| `libdhcp_") == len(LIBRARIES)


def test_every_test_that_is_named_is_there() -> None:
    last_columns = re.findall(r"^\|.*\| (`[\w/.*`, ]+/[\w/.*`, ]+`) \|$", PAGE.read_text(), re.MULTILINE)
    assert len(last_columns) > 30
    for column in last_columns:
        folder = ""
        for name in re.findall(r"`([^`]+)`", column):
            folder = name.rpartition("/")[0] or folder
            place = name if "/" in name else f"{folder}/{name}"
            assert list((ROOT / "tests").glob(place.rstrip("/"))), name


def load(tree: dict[str, Any]) -> Any:
    """A configuration beside which nothing is wrong."""
    return load_tree(tree, (libraries.checker(LibraryCode(HookPlaces("/", frozenset(), ()))),))


@pytest.mark.parametrize(
    "tree",
    [
        {"Dhcp4": {"lease-database": {"type": "mysql"}}},
        {"Dhcp4": {"hosts-database": {"type": "mysql"}}},
        {"Dhcp4": {"hosts-databases": [{"type": "postgresql"}]}},
        {"Dhcp4": {"hosts-databases": [{"type": "mysql"}]}},
        {"Dhcp4": {"config-control": {"config-databases": [{"type": "mysql", "name": "kea"}]}}},
        {"Dhcp4": {}, "Dhcp6": {}},
        {"Dhcp4": {}, "DhcpDdns": {}},
        {"Dhcp4": {}, "Control-agent": {}},
        {"Dhcp4": {"hooks-libraries": [{"library": "/usr/local/lib/my_own.so"}]}},
    ],
)  # fmt: skip
def test_what_is_not_there_is_refused(tree: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        load(tree)


@pytest.mark.parametrize(
    ("inside", "said"),
    [
        ({"config-control": {"config-fetch-wait-time": 5}}, "config-control"),
    ],
)
def test_what_has_no_effect_is_said(inside: dict[str, Any], said: str) -> None:
    assert load({"Dhcp4": inside}).no_effect == (said,)


def test_a_number_of_threads_is_taken_and_named_as_without_effect() -> None:
    threads = {"enable-multi-threading": True, "thread-pool-size": 4}
    settings = load({"Dhcp4": {"multi-threading": threads, "server-tag": "here"}})
    assert (settings.no_effect, settings.warnings) == (("multi-threading.thread-pool-size",), ())
