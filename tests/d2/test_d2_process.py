"""The process of the server that updates the DNS, as the context of its commands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from twisted.internet.task import Clock

from kea_twisted.adapters.system.folders import Folders
from kea_twisted.commands.dispatch import dispatch
from kea_twisted.d2.commands import BY_NAME
from kea_twisted.d2.process import D2Process
from tests.ddnsbuilders import DdnsLog


@pytest.mark.parametrize("command", sorted(BY_NAME))
def test_each_command_is_answered(command: str, tmp_path: Path) -> None:
    reactor: Any = Clock()
    log: Any = DdnsLog()
    folders = Folders("", "", "", str(tmp_path))
    process = D2Process(reactor, log, folders, str(tmp_path / "d2.conf"), lambda kind, value: None)
    context: Any = process
    reply: Any = dispatch(context, {"command": command})
    assert "result" in reply
    if command in ("build-report", "list-commands", "shutdown", "statistic-get-all", "status-get", "version-get"):
        assert reply["result"] == 0
