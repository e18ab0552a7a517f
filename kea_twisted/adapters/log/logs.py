"""The log: Kea's loggers, severities and outputs over the vocabulary of ``events``.

A logger takes its severity and its outputs each from the nearest of itself and its parents that has some
(``kea-dhcp4.leases``, then ``kea-dhcp4``, then what the environment says, as Kea does it). Everything about
an event is decided in ``configure``; a line then costs its text, the time and two appends. Lines are written
when the reactor turn ends (``flush``), errors at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final, NamedTuple

from zope.interface import implementer

from kea_twisted import events
from kea_twisted.adapters.log.format import DEFAULT_PATTERN, ROOT, SYSLOG_PATTERN, Pattern, Write, logger_name
from kea_twisted.adapters.log.observer import TwistedObserver
from kea_twisted.adapters.log.outputs import Destination, destination
from kea_twisted.adapters.log.recent import RecentLines
from kea_twisted.adapters.system.clock import now as system_now
from kea_twisted.config.model import LoggerSettings, LogOutput
from kea_twisted.events import DEBUG, ERROR, INFO, SEVERITY_NAMES, WARN, Event
from kea_twisted.interfaces import ILog

_SEVERITIES: Final = {name: number for number, name in SEVERITY_NAMES.items()} | {"NONE": 100}
_FINEST: Final = 99

VOCABULARY: Final = tuple(value for value in vars(events).values() if isinstance(value, Event))

Schedule = Callable[[Callable[[], None]], object]


class Level(NamedTuple):
    """The severity from which on a logger writes."""

    severity: int
    debuglevel: int

    def passes(self, event: Event) -> bool:
        """Return True if this event is written."""
        if event.severity == DEBUG:
            return self.severity <= DEBUG and event.debuglevel <= self.debuglevel
        return event.severity >= self.severity


@implementer(ILog)
class Log:
    """All loggers of one server.

    ``environ`` gives ``KEA_LOGGER_DESTINATION``, ``_SEVERITY`` and ``_DBGLEVEL``, which rule where no logger
    is configured; ``debug`` (the ``-d`` option) stands above the latter two. ``root`` is the name of
    the logger above all others. ``observer`` is for twisted.logger.
    """

    def __init__(
        self,
        environ: Mapping[str, str] | None = None,
        *,
        debug: bool = False,
        now: Callable[[], float] = system_now,
        vocabulary: Iterable[Event] = VOCABULARY,
        root: str = ROOT,
    ) -> None:
        self.enabled: frozenset[Event] = frozenset()
        self.observer = TwistedObserver(self)
        self.recent: RecentLines = RecentLines()
        self._default = _default_logger(environ or {}, debug)
        self._now = now
        self._vocabulary = tuple(vocabulary)
        self._root = root
        self._schedule: Schedule | None = None
        self._scheduled = False
        self._destinations: dict[str, Destination] = {}
        self._routes: dict[Event, Write] = {}
        self._configured: tuple[tuple[LoggerSettings, ...], Callable[[str], str]] = (), str
        self.configure(*self._configured)

    def configure(self, loggers: tuple[LoggerSettings, ...], path_of: Callable[[str], str]) -> None:
        """Take new loggers into force; ``path_of`` completes the name of a log file (``Folders.log_file``).

        Files are opened anew with their first line. Never raises: an output that cannot be written is
        complained about on standard error when it is used.
        """
        self.close()
        self._configured = loggers, path_of
        by_name = {"": self._default, **{settings.name: settings for settings in loggers}}
        patterns: dict[str, Pattern] = {}
        levels: dict[str, tuple[Level, tuple[LogOutput, ...]]] = {}
        routes: dict[Event, Write] = {}
        for event in self._vocabulary:
            name = logger_name(event, self._root)
            if name not in levels:
                levels[name] = _inherited(name, by_name)
            level, outputs = levels[name]
            if level.passes(event):
                writers = [self._leg(event, output, patterns, path_of) for output in outputs]
                if event.severity >= WARN:
                    writers.append(self.recent.writer(event, self._root))
                routes[event] = _together(writers)
        self._routes = routes
        self.enabled = frozenset(routes)

    def add(self, events: Iterable[Event]) -> None:
        """Add the messages of a hook library to the vocabulary."""
        new = tuple(event for event in events if event not in self._vocabulary)
        if new:
            self._vocabulary += new
            self.configure(*self._configured)

    @property
    def streams(self) -> frozenset[str]:
        """The standard streams that enabled events are written to: of ``stdout`` and ``stderr``."""
        return frozenset(self._destinations).intersection(("stdout", "stderr"))

    def emit(self, event: Event, *arguments: object) -> None:
        """Write one line, control characters escaped, if the event is ``enabled``; never raises."""
        write = self._routes.get(event)
        if write is None:
            return
        try:
            text = event.form % arguments
        except (TypeError, ValueError):
            text = f"{event.text} {arguments}"
        if not event.plain and not text.isprintable():
            text = escaped(text)
        write(self._now(), text)
        if not self._scheduled or event.severity >= ERROR:
            self._arrange(event)

    def emit_text(self, event: Event, text: str) -> None:
        """Write a finished text as it is, rows of a traceback included."""
        write = self._routes.get(event)
        if write is not None:
            write(self._now(), text)
        self._arrange(event)

    def buffer(self, schedule: Schedule | None) -> None:
        """Write at the end of a reactor turn, which ``schedule(function)`` arranges; None: at once."""
        self.flush()
        self._schedule = schedule
        self._scheduled = False

    def flush(self) -> None:
        """Write all lines that wait."""
        lost = 0
        for each in self._destinations.values():
            each.flush()
            if each.lost:
                lost += each.take_lost()
        if lost:
            self._report(lost)

    def _report(self, lost: int) -> None:
        """Log how many lines are missing, now that lines can be written again."""
        write = self._routes.get(events.LOG_LINES_LOST)
        if write is not None:
            write(self._now(), events.LOG_LINES_LOST.form % lost)
            self._arrange(events.LOG_LINES_LOST)

    def reopen(self) -> None:
        """Open log files by their names again, after they were moved away (newsyslog, logrotate)."""
        for each in self._destinations.values():
            each.reopen()

    def close(self) -> None:
        """Write what waits and close the files; later lines would open them again."""
        for each in self._destinations.values():
            each.close()
        self._destinations = {}
        self._routes = {}

    def _arrange(self, event: Event) -> None:
        """Ensure that a line is written, now or at the end of the turn."""
        if event.severity >= ERROR or self._schedule is None:
            self.flush()
        elif not self._scheduled:
            self._scheduled = True
            self._schedule(self._turn_ended)

    def _turn_ended(self) -> None:
        self._scheduled = False
        self.flush()

    def _leg(
        self, event: Event, output: LogOutput, patterns: dict[str, Pattern], path_of: Callable[[str], str]
    ) -> Write:
        syslog = output.output.partition(":")[0] == "syslog"
        text = output.pattern or (SYSLOG_PATTERN if syslog else DEFAULT_PATTERN)
        if text not in patterns:
            patterns[text] = Pattern(text, self._root)
        key = output.output if syslog or output.output in ("stdout", "stderr") else path_of(output.output)
        if key not in self._destinations:
            self._destinations[key] = destination(output, path_of)
        take = self._destinations[key].taker(event.severity)
        return patterns[text].writer(event, take, f"{event.identifier} ")


def _together(writers: list[Write]) -> Write:
    """Return one function for all outputs of an event."""
    if len(writers) == 1:
        return writers[0]

    def write(now: float, text: str) -> None:
        for each in writers:
            each(now, text)

    return write


def escaped(text: str) -> str:
    """Return the text on one row: what a client or a partner sends must not be able to forge lines."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape", "surrogatepass").decode()
        for character in text
    )


def _default_logger(environ: Mapping[str, str], debug: bool) -> LoggerSettings:
    name = environ.get("KEA_LOGGER_DESTINATION", "") or "stdout"
    severity = environ.get("KEA_LOGGER_SEVERITY", "").upper()
    debuglevel = environ.get("KEA_LOGGER_DBGLEVEL", "")
    if debug:
        severity, debuglevel = "DEBUG", str(_FINEST)
    return LoggerSettings(
        name="",
        severity=severity if severity in _SEVERITIES else "INFO",
        debuglevel=min(int(debuglevel), _FINEST) if debuglevel.isdigit() else 0,
        outputs=(LogOutput(output=name),),
    )


def _inherited(name: str, by_name: Mapping[str, LoggerSettings]) -> tuple[Level, tuple[LogOutput, ...]]:
    chain = [by_name[each] for each in _self_and_parents(name) if each in by_name]
    outputs = next(settings.outputs for settings in chain if settings.outputs)
    nearest = chain[0]
    return Level(_SEVERITIES.get(nearest.severity.upper(), INFO), nearest.debuglevel), outputs


def _self_and_parents(name: str) -> list[str]:
    parts = name.split(".")
    return [".".join(parts[:length]) for length in range(len(parts), 0, -1)] + [""]
