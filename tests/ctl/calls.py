"""Calls of keadhcp-ctl, and answers of servers."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from click.testing import CliRunner, Result

from kea_twisted.ctl.main import main
from kea_twisted.wire.address import address_text
from tests.ctl.fakeserver import Script

Run = Callable[..., Result]


def lease(number: int, **fields: Any) -> dict[str, Any]:
    """A lease as lease4-get-page shows it."""
    return {
        "ip-address": address_text(0x0A000000 + number), "hw-address": f"08:00:27:00:00:{number % 256:02x}",
        "subnet-id": 1, "cltt": int(time.time()), "valid-lft": 7200, "state": 0, "hostname": f"host{number}",
        "fqdn-fwd": False, "fqdn-rev": False,
    } | fields  # fmt: skip


def pages(leases: list[dict[str, Any]]) -> Callable[[Any], Any]:
    """lease4-get-page on these leases."""

    def answer(arguments: Any) -> Any:
        start = 0
        if arguments["from"] != "start":
            start = 1 + [each["ip-address"] for each in leases].index(arguments["from"])
        page = leases[start : start + arguments["limit"]]
        return {"result": 0 if page else 3, "arguments": {"leases": page, "count": len(page)}}

    return answer


def call(*words: str, **more: Any) -> Result:
    """Call the program."""
    return CliRunner().invoke(main, words, prog_name="keadhcp-ctl", **more)


def lines(result: Result) -> list[list[str]]:
    """The columns of what was shown."""
    return [line.split() for line in result.stdout.splitlines()]


def node(name: str, state: str, other: str, **remote: Any) -> Script:
    """A server of a pair."""
    local = {"server-name": name, "role": "primary", "state": state, "scopes": [name]}
    there = {
        "server-name": other,
        "role": "standby",
        "last-state": state,
        "last-scopes": [],
        "age": 3,
    } | remote
    pair = {"ha-mode": "hot-standby", "ha-servers": {"local": local, "remote": there}}
    status = {"uptime": 3700, "dhcp-state": {"globally-disabled": False}, "high-availability": [pair]}
    return Script(
        {
            "status-get": {"result": 0, "arguments": status},
            "ha-heartbeat": {"result": 0, "arguments": {"unsent-update-count": 4}},
        }
    )
