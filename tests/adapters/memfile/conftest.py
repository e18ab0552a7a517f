"""Fixtures of the lease file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kea_twisted.adapters.memfile.leasefile import LeaseFile
from kea_twisted.lease.store import LeaseStore
from tests.adapters.memfile.leasefiles import Make
from tests.fakes import RecordingLog


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the path of the lease file."""
    return tmp_path / "kea-leases4.csv"


@pytest.fixture
def log() -> RecordingLog:
    """Return the logged texts."""
    return RecordingLog()


@pytest.fixture
def start(path: Path, log: RecordingLog) -> Iterator[Make]:
    """Start a server's lease file as often as wanted; the one before was killed."""
    running: list[LeaseFile] = []

    def load() -> tuple[LeaseFile, LeaseStore]:
        for killed in running:
            killed.close()  # the operating system does that for a killed process
        store = LeaseStore()
        running.append(LeaseFile(str(path), log, sleep=lambda seconds: None))
        running[-1].load(store)
        return running[-1], store

    yield load
    for file in running:
        file.close()
