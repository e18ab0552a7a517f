"""``/healthz`` and ``/readyz``: answers for supervisors and load balancers, without details and without a password."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Final

from kea_twisted.adapters.control.pages import Page, Pages, PageSource

_OK: Final = Page((b"ok\n",))
_NOT_READY: Final = Page((b"not ready\n",), status=HTTPStatus.SERVICE_UNAVAILABLE)


def supervised(is_ready: Callable[[], bool]) -> Pages:
    """Return both pages of a server that can tell if it is ready."""
    return {b"/healthz": PageSource(alive), b"/readyz": PageSource(partial(readiness, is_ready))}


def alive() -> Page:
    """Answer that the process works: its reactor has a turn for this."""
    return _OK


def readiness(is_ready: Callable[[], bool]) -> Page:
    """Answer if the server can do its part."""
    return _OK if is_ready() else _NOT_READY
