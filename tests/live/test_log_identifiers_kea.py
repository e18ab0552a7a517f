"""The identifiers of log messages, which tools look for, are those that a real Kea has in its programs."""

from __future__ import annotations

import re

import pytest

from kea_twisted import events

from .keas import CHROOT
from .needs import need


@pytest.mark.live
def test_all_identifiers_but_our_own_are_keas() -> None:
    need("kea30")
    files = [*(CHROOT / "usr/sbin").glob("kea-*"), *(CHROOT / "usr/lib").glob("*/libkea-*.so*")]
    files += (CHROOT / "usr/lib").glob("*/kea/hooks/*.so")
    kea = {
        found.decode()
        for file in files
        if not file.is_symlink()
        for found in re.findall(rb"[A-Z][A-Z0-9]+(?:_[A-Z0-9]+)+", file.read_bytes())
    }
    ours = {event for event in vars(events).values() if isinstance(event, events.Event)}
    assert {event.identifier for event in ours if event.identifier not in kea} == {
        event.identifier for event in events.OWN
    }
