"""Fixtures of keadhcp-ctl."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ctl.calls import Run, call
from tests.ctl.fakeserver import Script, unix_server


@pytest.fixture
def script() -> Script:
    """Return the answers of a server, none yet."""
    return Script({})


@pytest.fixture
def run(tmp_path: Path, script: Script, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Call the program with a server on a unix socket."""
    for name in ("SOCKET", "URL", "CONFIG", "USER", "PASSWORD", "PASSWORD_FILE"):
        monkeypatch.delenv(f"KEADHCP_{name}", raising=False)
    with unix_server(tmp_path / "s", script) as path:
        yield lambda *words, **more: call("--socket", path, *words, **more)
