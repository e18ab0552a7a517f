"""Options made by expressions: a real Kea and ours get the same configuration and the same frames."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.hooks.test_flex_option import FAULTS, INNER, OUTER, SUBNET

from .flexoptions import SCENES
from .keas import BINARY, CHROOT, FILES
from .needs import need
from .test_reservations_kea import compare


@pytest.mark.live
@pytest.mark.parametrize("name", SCENES)
def test_options_by_expression_are_those_of_a_real_kea(tmp_path: Path, name: str) -> None:
    need("kea30")
    config, clients = SCENES[name]
    assert compare(tmp_path, config, clients, len(name)) == []


@pytest.mark.live
def test_a_real_kea_refuses_the_same_rules_for_the_same_reasons(chroot_folder: Path) -> None:
    assert [(rule, said) for rule, said in FAULTS if said not in refusal(chroot_folder, rule)] == []


def refusal(chroot_folder: Path, rule: Any) -> str:
    """Return Kea's report about a configuration with this rule."""
    library = {"library": "libdhcp_flex_option.so", "parameters": {"options": [rule]}}
    tree = {"subnet4": [SUBNET], "option-def": [INNER, OUTER], "hooks-libraries": [library]}
    (chroot_folder / "kea.conf").write_text(json.dumps({"Dhcp4": tree}))
    command = ["chroot", str(CHROOT), BINARY, "-T", f"{FILES}/kea.conf"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 1
    return next(line for line in (done.stdout + done.stderr).splitlines() if "FLEX_OPTION_LOAD_ERROR" in line)
