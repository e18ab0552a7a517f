"""The stand-ins keep the promises of what they stand for."""

from __future__ import annotations

import pytest
from zope.interface.verify import verifyObject

from kea_twisted import events as E
from kea_twisted.interfaces import ILog, ISystem
from tests.fakes import FakeSystem, RecordingLog


def test_they_provide_the_interfaces() -> None:
    assert verifyObject(ILog, RecordingLog())
    assert verifyObject(ISystem, FakeSystem())


def test_the_recording_log_insists_on_the_right_number_of_arguments() -> None:
    log = RecordingLog()
    log.emit(E.DHCP4_STARTED, "1.0")
    assert log.texts("DHCP4_STARTED") == ["Kea DHCPv4 server version 1.0 started"]
    with pytest.raises(AssertionError):
        log.emit(E.DHCP4_STARTED)
