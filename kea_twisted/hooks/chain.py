"""Who is registered at which hook point, and how they are asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kea_twisted import events as E
from kea_twisted.hooks.points import POINTS, Step

Callback = Callable[..., Any]


class HookChain:
    """The callbacks of every hook point, in the order of ``hooks-libraries``.

    Each point is an attribute holding a tuple, so that the packet path pays one attribute look-up and a test
    for emptiness where nobody is registered.
    """

    buffer4_receive: tuple[Callback, ...]
    pkt4_receive: tuple[Callback, ...]
    subnet4_select: tuple[Callback, ...]
    leases4_committed: tuple[Callback, ...]
    lease4_expire: tuple[Callback, ...]
    pkt4_send: tuple[Callback, ...]

    def __init__(self) -> None:
        for point in POINTS:
            setattr(self, point.name, ())

    def register(self, point: str, callback: Callback) -> None:
        """Append a callback to a point of the hook table; KeyError for a name that is not in it."""
        if not any(row.name == point for row in POINTS):
            raise KeyError(point)
        setattr(self, point, (*getattr(self, point), callback))


def consult(point: str, callbacks: tuple[Callback, ...], log: Any, *arguments: object) -> Step:
    """Ask the callbacks of a synchronous point in order; the first that does not want to go on decides.

    One bad guest does not stop the house: a callback that raises is logged and counts as CONTINUE. ``log`` is
    an ILog.
    """
    for number, callback in enumerate(callbacks, 1):
        try:
            step = callback(*arguments)
        except Exception as error:  # whatever a hook library does wrong must not end the packet path
            if E.HOOKS_CALLOUT_EXCEPTION in log.enabled:
                log.emit(
                    E.HOOKS_CALLOUT_EXCEPTION,
                    point,
                    number,
                    _name(callback),
                    f"{type(error).__name__}: {error}",
                )
            continue
        if step is not None and step is not Step.CONTINUE:
            return Step(step)
    return Step.CONTINUE


def _name(callback: Callback) -> str:
    return f"{getattr(callback, '__module__', '?')}.{getattr(callback, '__qualname__', callback)}"
