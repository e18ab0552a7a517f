"""A method of a Python hook library as the hook chain calls it: never raises, never waits forever.

What a library does wrong at a hook point is logged with its name and counted (``callout-exceptions``), and
the packet continues or is dropped, as the library wants it.
"""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final, NamedTuple, cast

from twisted.internet.defer import Deferred, ensureDeferred
from twisted.internet.interfaces import IReactorTime

from kea_twisted import events as E
from kea_twisted.adapters.log.sparing import SparingLog
from kea_twisted.config.model import Subnet
from kea_twisted.engine.dropreport import Counter
from kea_twisted.engine.effects import Decision, DnsName, Query, Reply
from kea_twisted.hooks.library import DROP, HookLibrary
from kea_twisted.hooks.points import Point, Step
from kea_twisted.interfaces import Log
from kea_twisted.lease.lease import Lease
from kea_twisted.wire.identity import label
from kea_twisted.wire.message import Message

COUNTER: Final = "callout-exceptions"

REPLACEMENTS: Final[dict[str, type]] = {
    "query": Query,
    "subnet": Subnet,
    "identifier": bytes,
    "name": DnsName,
    "lease": Lease,
    "response": Message,
    "reply": Reply,
}
"""The types that may replace the argument of this name."""

_UNANSWERED: Final = ("no answer", "no address", "no subnet", "the message is not for us")
"""The effects of a Step, in the hook table, that leave a client without an answer."""


class Tools(NamedTuple):
    """The log, a sparing one for events that clients cause, the statistics, and the clock of timeouts."""

    log: Log
    sparing: SparingLog
    statistics: Counter
    clock: IReactorTime


class Callout:
    """One method of one library at one hook point. ``number`` counts the libraries from 1.

    ``tools`` are what all methods of a server's libraries use.
    """

    __slots__ = ("_method", "_point", "_library", "_number", "_name", "_replacement", "_tools", "_unanswered")

    def __init__(
        self,
        point: Point,
        method: Callable[..., Any],
        library: HookLibrary,
        number: int,
        name: str,
        tools: Tools,
    ) -> None:
        self._method = method
        self._point = point
        self._library = library
        self._number = number
        self._name = name
        self._replacement = REPLACEMENTS.get(point.replaces)
        self._tools = tools
        effects = {Step.SKIP: point.skip, Step.DROP: point.drop}
        self._unanswered = frozenset(step for step, text in effects.items() if text.startswith(_UNANSWERED))

    def __call__(self, *arguments: object) -> object:
        """A Step, a replacement, None, or at a point that may wait a Deferred of these."""
        try:
            answer = self._method(*arguments)
        except Exception as error:
            return self._failed(error)
        if answer is None:
            return None
        if inspect.isawaitable(answer):
            return self._awaited(answer, arguments)
        return self._checked(answer, arguments)

    def _awaited(self, answer: Awaitable[object], arguments: tuple[object, ...]) -> object:
        if not self._point.may_wait:
            if inspect.iscoroutine(answer):
                answer.close()
            return self._failed(TypeError("nothing can be waited for at this hook point"))
        deferred = answer if isinstance(answer, Deferred) else ensureDeferred(cast(Coroutine[Any, Any, object], answer))
        deferred.addTimeout(self._library.timeout, self._tools.clock)
        deferred.addCallbacks(
            lambda value: self._checked(value, arguments), lambda failure: self._failed(failure.value)
        )
        return deferred

    def _checked(self, answer: object, arguments: tuple[object, ...]) -> object:
        if type(answer) is Step and (answer is not Step.TAKEN or self._point.name == "buffer4_receive"):
            if answer in self._unanswered:
                self._log_unanswered(answer, cast(Query | Decision, arguments[0]))
            return answer
        if answer is None or (self._replacement is not None and isinstance(answer, self._replacement)):
            return answer
        expected = "a Step" if self._replacement is None else f"a Step or a {self._replacement.__name__}"
        return self._failed(TypeError(f"{expected} may be returned, not {answer!r:.100}"))

    def _log_unanswered(self, step: Step, subject: Query | Decision) -> None:
        message = subject.message if isinstance(subject, Query) else subject.query.message
        client = label(message)
        place = (self._name, step.name, self._point.name)
        self._tools.sparing.emit(message.chaddr.hex(), E.HOOKS_PACKET_UNANSWERED, client, *place)

    def _failed(self, error: BaseException) -> Step | None:
        log = self._tools.log
        self._tools.statistics.count(COUNTER)
        if E.HOOKS_CALLOUT_EXCEPTION in log.enabled:
            where = f"{self._name}:{type(self._library).__name__}.{self._point.name}"
            log.emit(E.HOOKS_CALLOUT_EXCEPTION, self._point.name, self._number, where, described(error))
        return Step.DROP if self._library.on_error == DROP else None


def described(error: BaseException) -> str:
    """Return the text of an error with the line of the library it came from."""
    text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    frames = traceback.extract_tb(error.__traceback__)
    return f"{text} ({frames[-1].filename}:{frames[-1].lineno})" if frames else text
