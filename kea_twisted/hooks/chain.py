"""The callbacks registered at each hook point, and the calls to them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from kea_twisted import events as E
from kea_twisted.hooks.points import BY_NAME, POINTS, Step
from kea_twisted.interfaces import Log

Callback = Callable[..., Any]
Callbacks = tuple[Callback, ...]

ADDITIONS: Final = ("query_classes", "subnet_classes", "lease_contexts", "named_by_others")
"""The attributes of a chain that hold callbacks and are no points of the hook table."""

_NONE: Final[Mapping[str, E.Event]] = {}

_PLACES: Final = {each.name: each.arguments.index(each.replaces) if each.replaces else 0 for each in POINTS}
"""The place of the argument that may be replaced, by point."""


class HookChain:
    """The callbacks of every hook point, in the order of ``hooks-libraries``.

    Each point is an attribute holding a tuple, so that the packet path pays one attribute look-up and a test
    for emptiness where no callback is registered.
    """

    # attributes: begin
    buffer4_receive: Callbacks
    pkt4_receive: Callbacks
    subnet4_select: Callbacks
    host4_identifier: Callbacks
    ddns4_update: Callbacks
    lease4_select: Callbacks
    lease4_renew: Callbacks
    lease4_offer: Callbacks
    lease4_server_decline: Callbacks
    lease4_decline: Callbacks
    lease4_release: Callbacks
    leases4_committed: Callbacks
    pkt4_send: Callbacks
    buffer4_send: Callbacks
    dhcp4_srv_configured: Callbacks
    lease4_expire: Callbacks
    lease4_recover: Callbacks
    command_processed: Callbacks
    # attributes: end

    query_classes: Callbacks
    """Not a point of the table: these tell, of a query, the names of classes it is in beforehand."""

    subnet_classes: Callbacks
    """The same of a query and its subnet, for classes that are unknown before the subnet was chosen."""

    lease_contexts: Callbacks
    """Not a point either: these return a decision with what is to be kept in the user context of its lease."""

    named_by_others: Callbacks
    """Not a point either: these return True for a lease whose names in the DNS another server removes."""

    reads_classes: bool
    """A callback looks at the classes of queries: every query is classified, also where the settings do not need it."""

    refuses: Callable[[Any, Any], bool] | None
    """Not a point either: returns True for a REQUEST that is always answered with a NAK."""

    answers_for: Callable[[Any, int], bool] | None
    """Not a point either: returns True for a query that names another server by this identifier, if it is for this one.
    """

    drops_all_queries: Callable[[], bool] | None
    """Not a point either: asked at the beginning of each reading turn, it returns whether the library at
    ``buffer4_receive`` would drop every usual query now, as another server's. That counts only if no other is there.
    """

    takes_probe: Callable[[Any], bool] | None
    """Not a point either: offered each query that does not come from a client's port, before anything else. It returns
    True for a message that servers send to each other, which is none for the DHCP service.
    """

    changes: int
    """The number of registrations and the like so far: what was found out about a chain holds while it is the same."""

    def __init__(self) -> None:
        self.changes = 0
        self.takes_probe = None
        self.drops_all_queries = None
        self.refuses = None
        self.answers_for = None
        self.reads_classes = False
        self.query_classes = self.subnet_classes = self.lease_contexts = self.named_by_others = ()
        for point in POINTS:
            setattr(self, point.name, ())

    def register(self, point: str, callback: Callback) -> None:
        """Append a callback to a point of the hook table. Raises KeyError for a name that is not in it."""
        if point not in BY_NAME:
            raise KeyError(point)
        self._set(point, (*getattr(self, point), callback))

    def withdraw(self, point: str, callback: Callback) -> None:
        """Ask a callback no more at a point; nothing happens if it is not asked there."""
        self._set(point, tuple(one for one in getattr(self, point) if one != callback))

    def add(self, addition: str, callback: Callback) -> None:
        """Append a callback to one of ADDITIONS. Raises KeyError for another name."""
        if addition not in ADDITIONS:
            raise KeyError(addition)
        self._set(addition, (*getattr(self, addition), callback))

    def read_classes(self) -> None:
        """Have every query classified: a callback looks at the classes."""
        self._set("reads_classes", True)

    def drop_in_bulk(self, drops_all_queries: Callable[[], bool]) -> None:
        """Have queries dropped undecoded while this returns True and no other library is at ``buffer4_receive``."""
        self.drops_all_queries = drops_all_queries

    def refuse(self, refuses: Callable[[Any, Any], bool]) -> None:
        """Have a REQUEST for which this returns True always answered with a NAK."""
        self.refuses = refuses

    def stand_for(self, answers_for: Callable[[Any, int], bool]) -> None:
        """Accept queries that name another server if this returns True."""
        self.answers_for = answers_for

    def take_probes(self, takes_probe: Callable[[Any], bool]) -> None:
        """Keep messages for which this returns True from the DHCP service."""
        self.takes_probe = takes_probe

    def _set(self, name: str, value: object) -> None:
        setattr(self, name, value)
        self.changes += 1


class Waiting:
    """A callback wants time: when ``awaitable`` has its result, ``go_on`` asks those behind it."""

    __slots__ = ("awaitable", "_point", "_callbacks", "_log", "_arguments", "_index")

    def __init__(
        self,
        awaitable: Awaitable[Any],
        point: str,
        callbacks: Callbacks,
        log: Log,
        arguments: list[object],
        index: int,
    ) -> None:
        self.awaitable = awaitable
        self._point = point
        self._callbacks = callbacks
        self._log = log
        self._arguments = arguments
        self._index = index  # of the callback that waits

    def go_on(self, answer: object) -> object:
        """Take the result, then as ``ask``. An exception is a result, too: it is logged and passed over."""
        if isinstance(answer, BaseException):
            _failed(self._point, self._index, self._callbacks[self._index], answer, self._log)
            answer = None
        return _ask(self._point, self._callbacks, self._log, self._arguments, self._index, answer)


def consult(point: str, callbacks: Callbacks, log: Log, *arguments: object) -> Step:
    """Ask the callbacks of a point that neither waits nor replaces; the first that does not go on decides.

    A faulty library does not stop the server: a callback that raises is logged and counts as CONTINUE. ``log`` is
    an ILog.
    """
    for index, callback in enumerate(callbacks):
        try:
            step = callback(*arguments)
        except Exception as error:  # no fault of a hook library may end the packet path
            _failed(point, index, callback, error, log)
            continue
        if step is not None and step is not Step.CONTINUE:
            return Step(step)
    return Step.CONTINUE


def ask(point: str, callbacks: Callbacks, log: Log, *arguments: object) -> object:
    """Ask the callbacks of a point that may wait or replace.

    The answer is SKIP, DROP or TAKEN, or the argument that may be replaced there (the first, where none may) as the
    callbacks left it, or Waiting. Errors are treated as by ``consult``.
    """
    for index, callback in enumerate(callbacks):
        try:
            answer = callback(*arguments)
        except Exception as error:
            _failed(point, index, callback, error, log)
            continue
        if answer is not None and answer is not Step.CONTINUE:
            return _ask(point, callbacks, log, list(arguments), index, answer)
    return arguments[_PLACES[point]]


def _ask(point: str, callbacks: Callbacks, log: Log, arguments: list[object], index: int, answer: object) -> object:
    """``index`` is the callback whose answer is at hand."""
    row, place = BY_NAME[point], _PLACES[point]
    while True:
        if answer is Step.SKIP or answer is Step.DROP or answer is Step.TAKEN:
            return answer
        if answer is not None and answer is not Step.CONTINUE:
            if row.may_wait and isinstance(answer, Awaitable):
                return Waiting(answer, point, callbacks, log, arguments, index)
            if row.replaces:
                arguments[place] = answer
        index += 1
        if index == len(callbacks):
            return arguments[place]
        try:
            answer = callbacks[index](*arguments)
        except Exception as error:
            _failed(point, index, callbacks[index], error, log)
            answer = None


def _failed(point: str, index: int, callback: Callback, error: BaseException, log: Log) -> None:
    """Log that a callback failed: in the words of its library (``failure_events``), then in those of the server."""
    what = f"{type(error).__name__}: {error}"
    own: Mapping[str, E.Event] = getattr(getattr(callback, "__self__", None), "failure_events", _NONE)
    event = own.get(point)
    if event is not None and event in log.enabled:
        log.emit(event, what)
    if E.HOOKS_CALLOUT_EXCEPTION in log.enabled:
        log.emit(E.HOOKS_CALLOUT_EXCEPTION, point, index + 1, _name(callback), what)


def _name(callback: Callback) -> str:
    return f"{getattr(callback, '__module__', '?')}.{getattr(callback, '__qualname__', callback)}"
