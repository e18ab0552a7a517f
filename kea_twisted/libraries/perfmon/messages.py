"""The log messages of the library."""

from __future__ import annotations

from typing import Final

from kea_twisted.events.event import DEBUG, ERROR, INFO, WARN, Event

_LOGGER: Final = "perfmon-hooks"

LOADED: Final = Event(
    "PERFMON_INIT_OK", INFO, _LOGGER, "loading PerfMon hooks library successful", "the library is loaded"
)
UNLOADED: Final = Event(
    "PERFMON_DEINIT_OK", INFO, _LOGGER, "unloading PerfMon hooks library successful", "the library is unloaded"
)
SUPPORT: Final = Event(
    "PERFMON_DHCP4_SOCKET_RECEIVED_TIME_SUPPORT", DEBUG, _LOGGER, "Kernel supports socket received time? {}",
    "a configuration came into force", debuglevel=40,
)  # fmt: skip
EVENTS_OF_PACKET: Final = Event(
    "PERFMON_DHCP4_PKT_EVENTS", DEBUG, _LOGGER, "query: {} events=[{}]", "a query was answered", debuglevel=50
)
NOT_PROCESSED: Final = Event(
    "PERFMON_DHCP4_PKT_PROCESS_ERROR", DEBUG, _LOGGER,
    "Packet event stack was not processed for query {}, reason {}", "a query that is not measured", debuglevel=50,
)  # fmt: skip
TRIGGERED: Final = Event(
    "PERFMON_ALARM_TRIGGERED", WARN, _LOGGER,
    "Alarm for {} has been triggered since {}, reported mean duration {} exceeds high-water-ms: {}",
    "queries take too long; repeated every alarm-report-secs",
)  # fmt: skip
CLEARED: Final = Event(
    "PERFMON_ALARM_CLEARED", INFO, _LOGGER,
    "Alarm for {} has been cleared, reported mean duration {} is now below low-water-ms: {}",
    "queries take less time again",
)  # fmt: skip
CONTROL_DONE: Final = Event(
    "PERFMON_CMDS_CONTROL_OK", INFO, _LOGGER,
    "perfmon-control command success: active monitoring: {}, stats-mgr-reporting: {}", "the switches as they are now",
)  # fmt: skip
CONTROL_FAILED: Final = Event(
    "PERFMON_CMDS_CONTROL_ERROR", ERROR, _LOGGER, "perfmon-control command processing failed: {}", "wrong arguments"
)
DURATIONS_DONE: Final = Event(
    "PERFMON_CMDS_GET_ALL_DURATIONS_OK", INFO, _LOGGER, "perfmon-get-all-durations returning {} durations",
    "the durations were shown",
)  # fmt: skip
DURATIONS_FAILED: Final = Event(
    "PERFMON_CMDS_GET_ALL_DURATIONS_ERROR", ERROR, _LOGGER, "perfmon-get-all-durations command processing failed: {}",
    "wrong arguments",
)  # fmt: skip

EVENTS: Final = (
    LOADED, UNLOADED, SUPPORT, EVENTS_OF_PACKET, NOT_PROCESSED, TRIGGERED, CLEARED, CONTROL_DONE, CONTROL_FAILED,
    DURATIONS_DONE, DURATIONS_FAILED,
)  # fmt: skip
