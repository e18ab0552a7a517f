"""Messages of Twisted and of libraries, as lines of the logger ``kea-dhcp4.twisted``.

Their information is noise to the administrator of a DHCP server (factories, protocols and requests that
start and stop) and goes to DEBUG; their warnings and errors, and what a hook library prints, do not.
"""

from __future__ import annotations

import re
from typing import Final, Protocol

from twisted.logger import ILogObserver, LogEvent, LogLevel, formatEvent
from zope.interface import implementer

from kea_twisted import events as E
from kea_twisted.events import Event

_CHATTY: Final = ("twisted.", "klein", "treq", "hyperlink")
# legacy messages (twisted.python.log) do not say where they come from
_LEGACY_CHATTER: Final = re.compile(
    r"starting on |\(?\w+ Port \S+ Closed|(Start|Stopp)ing (factory|protocol) |Main loop terminated"
    r"|twistd |reactor class"
)
# twistd calls it an error that a server was killed before this one was started
_LEGACY_WARNING: Final = re.compile(r"Removing stale pidfile ")
_EVENTS: Final = {
    LogLevel.debug: E.TWISTED_CHATTER,
    LogLevel.info: E.TWISTED_LOG,
    LogLevel.warn: E.TWISTED_WARNING,
    LogLevel.error: E.TWISTED_ERROR,
    LogLevel.critical: E.TWISTED_ERROR,
}


class TextLog(Protocol):
    """A log that takes ready texts."""

    @property
    def enabled(self) -> frozenset[Event]:
        """The events that are to be written."""

    def emit_text(self, event: Event, text: str) -> None:
        """Write a text as it is."""


@implementer(ILogObserver)
class TwistedObserver:
    """An observer for ``application.setComponent(ILogObserver, …)``; never raises."""

    def __init__(self, log: TextLog) -> None:
        self._log = log

    def __call__(self, event: LogEvent) -> None:
        """Write one event of twisted.logger."""
        kind = _kind(event)
        if kind in self._log.enabled:
            self._log.emit_text(kind, _text(event))


def _kind(event: LogEvent) -> Event:
    if "log_failure" in event:
        return E.TWISTED_FAILURE
    kind = _EVENTS.get(event.get("log_level", LogLevel.info), E.TWISTED_LOG)
    if kind is E.TWISTED_ERROR and _is_warning(event):
        return E.TWISTED_WARNING
    return E.TWISTED_CHATTER if kind is E.TWISTED_LOG and _is_chatter(event) else kind


def _is_warning(event: LogEvent) -> bool:
    return event.get("log_namespace") == "log_legacy" and _LEGACY_WARNING.match(formatEvent(event)) is not None


def _is_chatter(event: LogEvent) -> bool:
    namespace = event.get("log_namespace") or ""
    if namespace == "log_legacy":
        # printed: twisted.web writes its access log that way
        return bool(event.get("printed")) or _LEGACY_CHATTER.search(formatEvent(event)) is not None
    return namespace.startswith(_CHATTY)


def _text(event: LogEvent) -> str:
    text = formatEvent(event).rstrip()
    failure = event.get("log_failure")
    if failure is None:
        return text
    try:
        return f"{text}\n{failure.getTraceback().rstrip()}"
    except Exception:  # a traceback that cannot be shown must not hide the error itself
        return f"{text}\n{failure!r}"
