"""Messages of the commands that show and rebuild free lease queues."""

from __future__ import annotations

from kea_twisted.events.event import DEBUG, ERROR, Event

_LOGGER = "lease-cmds-hooks"


def _succeeded(identifier: str, text: str) -> Event:
    return Event(identifier, DEBUG, _LOGGER, text, "", debuglevel=20)


def _failed(identifier: str, command: str) -> Event:
    text = f"{command} command failed, (parameters: {{}}, reason: {{}})"
    return Event(identifier, ERROR, _LOGGER, text, "the arguments are wrong")


SFLQ_POOL4_GET_ALL = _succeeded("SFLQ_POOL4_GET_ALL", "sflq-pool4-get-all command succeeded, pools found: {}")
SFLQ_POOL4_GET_ALL_FAILED = _failed("SFLQ_POOL4_GET_ALL_FAILED", "sflq-pool4-get-all")
SFLQ_POOL4_GET_BY_SUBNET = _succeeded(
    "SFLQ_POOL4_GET_BY_SUBNET", "sflq-pool4-get-by-subnet command succeeded, (parameters: {}) pools found: {}"
)
SFLQ_POOL4_GET_BY_SUBNET_FAILED = _failed("SFLQ_POOL4_GET_BY_SUBNET_FAILED", "sflq-pool4-get-by-subnet")
SFLQ_POOL4_GET_BY_RANGE = _succeeded(
    "SFLQ_POOL4_GET_BY_RANGE", "sflq-pool4-get-by-range command succeeded, (parameters: {}) pools found: {}"
)
SFLQ_POOL4_GET_BY_RANGE_FAILED = _failed("SFLQ_POOL4_GET_BY_RANGE_FAILED", "sflq-pool4-get-by-range")
SFLQ_POOL4_REBUILD = _succeeded(
    "SFLQ_POOL4_REBUILD", "sflq-pool4-rebuild command succeeded, (parameters: {}) pools rebuilt: {}"
)
SFLQ_POOL4_REBUILD_FAILED = _failed("SFLQ_POOL4_REBUILD_FAILED", "sflq-pool4-rebuild")
SFLQ_POOL4_DEL = _succeeded("SFLQ_POOL4_DEL", "sflq-pool4-del command succeeded, (parameters: {}) pools deleted: {}")
SFLQ_POOL4_DEL_FAILED = _failed("SFLQ_POOL4_DEL_FAILED", "sflq-pool4-del")
