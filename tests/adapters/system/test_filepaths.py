"""Folders of lease file and log files: refused where a Kea 3.0.4 refuses, which also minds the double slash."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from kea_twisted.adapters.system.filepaths import FilePaths
from kea_twisted.adapters.system.folders import Folders
from kea_twisted.config import load_tree
from kea_twisted.errors import ConfigError
from kea_twisted.server.checkfile import check_file

TAKEN = ["x.csv", "/data/x.csv", "/data//x.csv"]
REFUSED = {
    "/tmp/x.csv": "invalid path specified: '/tmp', supported path is '/data'",
    "sub/x.csv": "invalid path specified: 'sub', supported path is '/data'",
    "/data/../data/x.csv": "invalid path specified: '/data/../data', supported path is '/data'",
    "/data/": "path: '/data/' has no filename",
    "..": "path: '..' has no filename",
}


def problems(tree: dict[str, Any], *, checked: bool = True) -> list[str]:
    """Return the problems of a configuration."""
    folders = Folders("/data", "/data", "", "", checked)
    try:
        load_tree({"Dhcp4": tree}, (), (FilePaths(folders).check,))
    except ConfigError as error:
        return [problem.text for problem in error.problems]
    return []


def leases(name: str, **more: Any) -> dict[str, Any]:
    """A lease file."""
    return {"lease-database": {"type": "memfile", "name": name, **more}}


def logs(*outputs: str) -> dict[str, Any]:
    """Log files."""
    return {"loggers": [{"name": "kea-dhcp4", "output-options": [{"output": name} for name in outputs]}]}


@pytest.mark.parametrize("name", TAKEN)
def test_a_file_in_its_folder_is_fine(name: str) -> None:
    assert problems(leases(name)) == problems(logs(name)) == []


@pytest.mark.parametrize("name", REFUSED)
def test_other_files_need_x(name: str) -> None:
    [text] = problems(leases(name))
    assert text.startswith(f"'name': {REFUSED[name]} (") and "KEA_DHCP_DATA_DIR" in text and "-X" in text
    [text] = problems(logs(name))
    assert text.startswith(f"'output': {REFUSED[name]} (") and "KEA_LOG_FILE_DIR" in text and "-X" in text
    assert problems(leases(name) | logs(name), checked=False) == []


def test_what_is_not_written_may_have_any_name() -> None:
    assert problems(leases("/tmp/x.csv", persist=False)) == []
    assert problems(logs("stdout", "stderr", "syslog", "syslog:local0")) == []
    assert problems({}) == problems(leases("")) == []


def test_all_are_said_with_their_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEA_DHCP_DATA_DIR", "/data")
    monkeypatch.setenv("KEA_LOG_FILE_DIR", "/logs")
    file = tmp_path / "kea.conf"
    file.write_text(
        '{"Dhcp4": {\n  "lease-database": {"type": "memfile",\n    "name": "/tmp/x.csv"},\n'
        '  "loggers": [{"name": "kea-dhcp4", "output-options": [\n    {"output": "/tmp/x.log"}]}]}}\n'
    )
    out = io.StringIO()
    assert check_file(str(file), out) == 1
    text = out.getvalue()
    assert f"{file}:3:13: 'name': invalid path specified: '/tmp', supported path is '/data'" in text
    assert f"{file}:5:16: 'output': invalid path specified: '/tmp', supported path is '/logs'" in text
    assert check_file(str(file), out, unchecked=True) == 0
