"""Options made by expressions: a real Kea and ours get the same configuration and the same frames."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.hooks.test_flex_option import FAULTS, INNER, OUTER, SUBNET

from .flexoptions import SCENES
from .keas import BINARY, CHROOT
from .needs import need
from .test_reservations_kea import compare

INSIDE = "/tmp/keadhcp-flex-options"


@pytest.mark.live
@pytest.mark.parametrize("name", SCENES)
def test_options_by_expression_are_those_of_a_real_kea(tmp_path: Path, name: str) -> None:
    need("kea30")
    config, clients = SCENES[name]
    assert compare(tmp_path, config, clients, len(name)) == []


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that is there inside the chroot and out of it."""
    need("kea30")
    made = CHROOT / INSIDE[1:]
    made.mkdir()
    yield made
    shutil.rmtree(made)


@pytest.mark.live
def test_a_real_kea_refuses_the_same_rules_for_the_same_reasons(folder: Path) -> None:
    assert [(rule, said) for rule, said in FAULTS if said not in refusal(folder, rule)] == []


def refusal(folder: Path, rule: Any) -> str:
    """Return Kea's report about a configuration with this rule."""
    library = {"library": "libdhcp_flex_option.so", "parameters": {"options": [rule]}}
    tree = {"subnet4": [SUBNET], "option-def": [INNER, OUTER], "hooks-libraries": [library]}
    (folder / "kea.conf").write_text(json.dumps({"Dhcp4": tree}))
    command = ["chroot", str(CHROOT), BINARY, "-T", f"{INSIDE}/kea.conf"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 1
    return next(line for line in (done.stdout + done.stderr).splitlines() if "FLEX_OPTION_LOAD_ERROR" in line)
