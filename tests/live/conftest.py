"""Fixtures of the live tests: a network per test, and a reason where the machine cannot run them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest

from .hosts import Lan

TOOLS = ("ip", "sysctl", "udhcpc", "dhclient", "dhcpcd", "perfdhcp")


def unavailable(reason: str) -> None:
    """Skip; in continuous integration, where everything is installed, fail."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"must not be skipped here: {reason}")
    pytest.skip(reason)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let a live test fail once in continuous integration: its clocks and clients share a machine with others."""
    if os.environ.get("CI") == "true":
        for item in items:
            if item.get_closest_marker("live"):
                item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture
def lan() -> Iterator[Lan]:
    """An empty network, removed with all its hosts and processes at the end."""
    if os.geteuid() != 0:
        unavailable("network namespaces need root")
    absent = [tool for tool in TOOLS if shutil.which(tool) is None]
    if absent:
        unavailable(f"not installed: {', '.join(absent)}")
    with Lan() as made:
        yield made
