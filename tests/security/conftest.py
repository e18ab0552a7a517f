"""Folders that no other user can write to, as the rules about hook files require; /tmp is not one."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.security.strangers import Target


@pytest.fixture
def trusted() -> Iterator[Path]:
    """A new folder that is ours alone, with all above it."""
    home = Path.home().resolve()
    if any(os.stat(folder).st_mode & 0o022 for folder in (home, *home.parents)):
        pytest.skip(f"others can write to {home} or a folder above it")
    folder = Path(tempfile.mkdtemp(prefix="keadhcp-test-", dir=home))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def target(trusted: Path) -> Target:
    """The server under attack."""
    return Target(trusted)
