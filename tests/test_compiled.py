"""The optional build of the packet path as C."""

from __future__ import annotations

import ast
import os
from pathlib import Path

import pytest

from kea_twisted.engine import server
from kea_twisted.ha import updates
from kea_twisted.server import installation, perform

ROOT = Path(__file__).parent.parent


def patterns():
    """``COMPILED`` of setup.py, which cannot be imported: it would build."""
    for node in ast.parse((ROOT / "setup.py").read_text()).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "COMPILED":
            return ast.literal_eval(node.value)
    raise AssertionError("setup.py names nothing to compile")


@pytest.mark.parametrize("pattern", patterns())
def test_what_is_to_be_compiled_is_there(pattern):
    assert list((ROOT / "kea_twisted").glob(pattern))


@pytest.mark.parametrize("module", [server, updates, perform])
def test_the_tests_run_on_the_build_they_were_started_for(module):
    wanted = ".so" if os.environ.get("KEA_TWISTED_COMPILE") == "1" else ".py"
    assert Path(module.__file__).suffix == wanted


def test_the_build_report_says_which_build_it_is():
    wanted = "C" if os.environ.get("KEA_TWISTED_COMPILE") == "1" else "Python"
    assert f"\npacket path in {wanted}\n" in installation.build_report()
