"""``libdhcp_legal_log`` as the library table names it: writes the entries to a file, to syslog or to a database."""

from __future__ import annotations

import os
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from kea_twisted.adapters.hooklibraries import legal_database
from kea_twisted.adapters.log.format import SYSLOG_PATTERN, Pattern
from kea_twisted.adapters.log.outputs import Syslog
from kea_twisted.adapters.log.periodfile import UNITS, Period, PeriodFile
from kea_twisted.adapters.sql.logtable import LogTable
from kea_twisted.adapters.system.folders import Folders
from kea_twisted.adapters.system.programs import Bounds, Ending, ProgramRunner
from kea_twisted.config.model import HookLibrary, Settings
from kea_twisted.config.options import configured_definitions
from kea_twisted.config.text import place_of
from kea_twisted.engine.effects import Decision, Query
from kea_twisted.errors import Problems
from kea_twisted.events.event import Event
from kea_twisted.expr import EvaluationError, Subject
from kea_twisted.hooks.chain import HookChain
from kea_twisted.hooks.library import HookHost, Parameter
from kea_twisted.jsonvalue import Json
from kea_twisted.lease.lease import DEFAULT, Lease
from kea_twisted.libraries.base import KeaLibrary, NamedFile
from kea_twisted.libraries.legal_log import entries
from kea_twisted.libraries.legal_log import messages as M
from kea_twisted.wire.address import address_text
from kea_twisted.wire.constants import DISCOVER, OPT_MESSAGE_TYPE
from kea_twisted.wire.identity import client_id
from kea_twisted.wire.message import Message
from kea_twisted.wire.optiondefs import Definitions

FORMATS: Final = ("request-parser-format", "response-parser-format")
PROGRAMS: Final = ("prerotate", "postrotate")
DISABLED_BY: Final = "legal-logging"
"""The key in the user context of a subnet whose leases are not logged, with the value false."""

_MOST_PENDING: Final = 10000  # replies that have not left yet
_BOUNDS: Final = Bounds(4, 100, 3600)

Template = Callable[[Subject], bytes]
Write = Callable[[str, str], None]
"""Takes the text of an entry, and the address that it is about, "" for none."""


class _Pending(NamedTuple):
    xid: int
    given: tuple[Lease, ...]
    gone: tuple[Lease, ...]


class LegalLog(KeaLibrary):
    """A log of who had which address when.

    ``write`` takes the entries in the place of a file, syslog or a database.
    """

    parameters = (
        Parameter("type", str, "logfile", "`logfile`, `syslog`, `mysql` or `postgresql`"),
        Parameter("path", str, "", "the folder of the files"),
        Parameter("base-name", str, "kea-legal", "the beginning of their names"),
        Parameter("time-unit", str, "day", "`second`, `day`, `month` or `year`"),
        Parameter("count", int, 1, "so many units after which another file begins; 0: never"),
        Parameter("prerotate", str, "", "a program that gets the name of a file that has ended"),
        Parameter("postrotate", str, "", "a program that gets the name of a file that begins"),
        Parameter("timestamp-format", str, "%Y-%m-%d %H:%M:%S %Z", "the time before each line"),
        Parameter("request-parser-format", str, "", "an expression about the query in the place of the usual text"),
        Parameter("response-parser-format", str, "", "an expression about the reply, behind it"),
        Parameter("facility", str, "LOCAL0", "of syslog"),
        Parameter("pattern", str, SYSLOG_PATTERN, "of lines for syslog"),
        *legal_database.PARAMETERS,
    )
    events = M.EVENTS
    own_events = M.OWN

    def __init__(self, parameters: Mapping[str, Json], write: Write | None = None) -> None:
        super().__init__(parameters)
        self._given = parameters
        self._write: Write = write or _nowhere
        self._file: PeriodFile | None = None
        self._syslog: Syslog | None = None
        self._table: LogTable[Any] | None = None
        self._programs: dict[str, ProgramRunner] = {}
        self._templates: tuple[Template | None, Template | None] = (None, None)
        self._unlogged: frozenset[int] = frozenset()
        self._pending: OrderedDict[tuple[bytes, bytes], _Pending] = OrderedDict()

    @classmethod
    def check(cls, parameters: Mapping[str, object], problems: Problems) -> None:
        """Report faults of the parameters, in Kea's words."""
        super().check(parameters, problems)
        for name, fault in _faults(parameters):
            problems.error(place_of(parameters, name), fault)

    @classmethod
    def check_settings(cls, entry: HookLibrary, settings: Settings, problems: Problems) -> None:
        """Report expressions that cannot be used."""
        for name in FORMATS:
            with problems.catching(place_of(entry.parameters, name)):
                _compiled(entry.parameters.get(name), settings, name)

    @classmethod
    def files(cls, parameters: Mapping[str, Json]) -> Sequence[NamedFile]:
        """Return the programs and the folder."""
        named = [(name, parameters.get(name), name in PROGRAMS) for name in (*PROGRAMS, "path")]
        return [NamedFile(name, path, program) for name, path, program in named if isinstance(path, str) and path]

    def load(self, host: HookHost) -> None:
        """Open the file, or connect to the database. Raises ValueError if that is impossible."""
        super().load(host)
        if self._write is not _nowhere:
            return
        if self.values["type"] == "syslog":
            self._log(M.SYSLOG_OPENING, f"facility={self.values['facility']} type=syslog")
            self._open_syslog()
            return
        if self.values["type"] in legal_database.DIALECTS:
            self._open_table()
            return
        self._log(M.OPENING, "type=logfile")
        self._open_file()

    def start(self) -> None:
        """Begin to write to the database."""
        if self._table is not None:
            self._table.start()

    def register(self, hooks: HookChain) -> None:
        """Take part, with the classes of queries where the formats use them."""
        super().register(hooks)
        if any("member" in self.values[name] for name in FORMATS):
            hooks.read_classes()

    def dhcp4_srv_configured(self, settings: Settings) -> None:
        """Compile the formats, and note the subnets that are not logged."""
        request, response = (_compiled(self.values[name], settings, name) for name in FORMATS)
        self._templates = (request, response)
        off = [subnet.id for subnet in settings.subnets if subnet.user_context.get(DISABLED_BY) is False]
        self._unlogged = frozenset(off)

    def leases4_committed(self, decision: Decision) -> None:
        """Remember the leases until the reply leaves."""
        message = decision.query.message
        if decision.reply is None or not decision.changes or message.options.get(OPT_MESSAGE_TYPE) == _DISCOVER:
            return
        given = tuple([each.lease for each in decision.changes if not each.deleted and each.lease.state == DEFAULT])
        gone = tuple([each.lease for each in decision.changes if each.deleted])
        self._pending[message.chaddr, client_id(message)] = _Pending(message.xid, given, gone)
        if len(self._pending) > _MOST_PENDING:
            self._pending.popitem(last=False)

    def pkt4_send(self, query: Query, response: Message) -> None:
        """Write the entries of the leases of a reply that leaves."""
        if not self._pending:
            return
        message = query.message
        pending = self._pending.pop((message.chaddr, client_id(message)), None)
        if pending is None or pending.xid != message.xid:
            return
        for lease in pending.given:
            self._enter(query, response, lease, entries.ASSIGNED)
        for lease in pending.gone:
            self._enter(query, response, lease, entries.RELEASED)

    def lease4_release(self, query: Query, lease: Lease) -> None:
        """Write the entry of a lease that is given up."""
        self._enter(query, None, lease, entries.RELEASED)

    def lease4_decline(self, query: Query, lease: Lease) -> None:
        """Write the entry of a lease that is declined."""
        self._enter(query, None, lease, entries.RELEASED)

    def command_processed(self, command: str, arguments: object, answer: Mapping[str, object]) -> None:
        """Write the entries of a command that has changed leases."""
        try:
            for text, address, subnet_id in entries.of_command(command, arguments, answer, self.host.now()):
                if subnet_id not in self._unlogged:
                    self._write(text, address)
        except (OSError, LookupError, ValueError, TypeError, AttributeError) as error:
            self._log(M.COMMAND_ERROR, error)

    async def unload(self) -> None:
        """Close the file, or write to the database what waits."""
        if self._file is not None:
            self._file.close()
        if self._syslog is not None:
            self._syslog.close()
        if self._table is not None:
            await self._table.close()

    def _enter(self, query: Query, response: Message | None, lease: Lease, action: str) -> None:
        if lease.subnet_id in self._unlogged:
            return
        try:
            text = self._formatted(query, response)
            text = entries.of_lease(query, lease, action) if text is None else text
            self._write(text, address_text(lease.address))
        except (OSError, EvaluationError, ValueError) as error:
            self._log(M.LEASE_ERROR, error)

    def _formatted(self, query: Query, response: Message | None) -> str | None:
        """Return the text that the formats make; None: there is none for this."""
        request_template, response_template = self._templates
        pieces = []
        if request_template is not None:
            pieces.append(request_template(_subject(query, query.arrived or query.message, query.source)))
        if response_template is not None and response is not None:
            pieces.append(response_template(_subject(query, response, query.local)))
        return b"".join(pieces).decode("utf-8", "surrogateescape") if pieces else None

    def _open_file(self) -> None:
        values, folders = self.values, Folders.of(os.environ)
        for name in PROGRAMS:
            if values[name]:
                runner = ProgramRunner(self.host.reactor, folders.script(values[name]), _BOUNDS, _ignore)
                self._programs[name] = runner
        made = self._file = PeriodFile(
            values["path"] or folders.legal_logs, values["base-name"], Period(values["time-unit"], values["count"]),
            lambda: datetime.fromtimestamp(self.host.now()), self._rotates,
            lambda path: self._log(M.OPENED, path), lambda path: self._log(M.CLOSED, path),
        )  # fmt: skip
        try:
            made.open()
        except OSError as error:
            raise ValueError(f"cannot open file:{made.path} reason: {error.strerror}") from error
        self._write = lambda text, address: made.write(self._stamp(), text) if text else None

    def _open_syslog(self) -> None:
        destination = self._syslog = Syslog(self.values["facility"])
        writer = Pattern(self.values["pattern"]).writer(M.SYSLOG, destination.taker(M.SYSLOG.severity))

        def write(text: str, address: str) -> None:
            writer(self.host.now(), f"{M.SYSLOG.identifier} {text}")
            destination.flush()

        self._write = write

    def _open_table(self) -> None:
        made = self._table = legal_database.table(self.host, self._given)
        made.open()
        self._write = lambda text, address: made.add(address, text) if text else None

    def _rotates(self, name: str, path: str) -> None:
        runner = self._programs.get(name)
        ending = runner.run(name, (path,), {}) if runner is not None else None
        if ending is not None:
            ending.addCallback(self._ended, name)

    def _ended(self, ending: Ending, name: str) -> None:
        if ending.reason:
            self._log(M.PROGRAM_FAILED, self.values[name], name, ending.reason)

    def _stamp(self) -> str:
        now = self.host.now()
        microseconds = int(now % 1 * 1_000_000)
        form = self.values["timestamp-format"].replace("%Q", f"{microseconds // 1000:03}.{microseconds % 1000:03}")
        return time.strftime(form, time.localtime(now))

    def _log(self, event: Event, *arguments: object) -> None:
        if event in self.host.log.enabled:
            self.host.log.emit(event, *arguments)


_DISCOVER: Final = bytes((DISCOVER,))


def _faults(parameters: Mapping[str, object]) -> list[tuple[str, str]]:
    found = []
    kind, unit, count = (parameters.get(name) for name in ("type", "time-unit", "count"))
    if isinstance(kind, str) and kind in legal_database.DIALECTS:
        return list(legal_database.faults(parameters))
    if isinstance(kind, str) and kind not in ("logfile", "syslog"):
        known = ", ".join(["logfile", "syslog", *legal_database.DIALECTS])
        found.append(("type", f"the type of the legal log, '{kind}', is not supported: there are {known}"))
    if isinstance(unit, str) and unit not in UNITS:
        found.append(("time-unit", f"unknown time unit type: {unit}, expected one of: {', '.join(UNITS)}"))
    if isinstance(count, int) and not 0 <= count <= 0xFFFFFFFF:
        found.append(("count", f"count value: {count} is out of range, expected value: 0..4294967295"))
    base = parameters.get("base-name")
    if base == "":
        found.append(("base-name", "file name cannot be blank"))
    elif isinstance(base, str) and "/" in base:
        found.append(("base-name", f"'{base}' must be the beginning of a file name without a folder"))
    return found


def _compiled(text: object, settings: Settings, name: str) -> Template | None:
    from kea_twisted.expr.compile import compile_template  # with its parser, for servers that need it

    if not isinstance(text, str) or not text:
        return None
    try:
        return compile_template(text, Definitions(configured_definitions(settings.tree))).evaluate
    except ValueError as error:
        raise ValueError(f"'{name}': {error}") from None


def _subject(query: Query, message: Message, source: int) -> Subject:
    return Subject(message, query.interface.name, source, query.destination, query.classes, True)


def _nowhere(text: str, address: str) -> None:
    """Write no entry: the library is not loaded."""


def _ignore(label: str, line: str) -> None:
    """Drop a line of output."""
