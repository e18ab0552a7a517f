"""The events of the page: sections of it, made once a second for all readers together, and not at all for none."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from kea_twisted.adapters.control.pages import Headers
from kea_twisted.interfaces import Clock, Timer

INTERVAL: Final = 1.0
"""Seconds between two events of a section."""

_RETRY: Final = b"retry: 1000\n\n"
"""The time after which a browser asks again, in milliseconds."""

_STILL_THERE: Final = b": \n\n"


class Section(NamedTuple):
    """A part of the page: ``make`` returns its present content; it is made in every ``period``-th second.

    Where there is ``news``, its content is for new readers only; the others get what news returns, unless that is None.
    ``needs`` is a command that a reader must be permitted to send; for others the content is null.
    """

    make: Callable[[], object]
    period: int = 1
    news: Callable[[], object] | None = None
    needs: str = ""


class _Reader(NamedTuple):
    """A reader; ``hidden`` are the sections that it may not see."""

    write: Callable[[bytes], object]
    hidden: frozenset[str]


class Feed:
    """The readers of the page, and what they see. ``watched`` is called when the first one comes and the last leaves.

    A section is sent to all when it has changed, and to a new reader as it is.
    """

    headers: Headers = ((b"X-Accel-Buffering", b"no"),)  # for a proxy in front

    def __init__(self, sections: Mapping[str, Section], clock: Clock, watched: Callable[[bool], None]) -> None:
        self._sections = sections
        self._clock = clock
        self._watched = watched
        self._readers: dict[object, _Reader] = {}
        self._shown: dict[str, bytes] = {}
        self._count = 0
        self._timer: Timer | None = None

    def begin(self, write: Callable[[bytes], object], permits: Callable[[str], bool]) -> Callable[[], None]:
        """Write events from now on, without what is not permitted; return the function that ends it."""
        key = object()
        reader = _Reader(write, frozenset(name for name, each in self._sections.items() if not _may(each, permits)))
        is_first = not self._readers
        if is_first:
            self._watched(True)
            self._timer = self._clock.callLater(INTERVAL, self._tick)
        self._readers[key] = reader
        try:
            write(self._greeting(is_first, reader.hidden))
        except BaseException:
            self._end(key)
            raise

        def end() -> None:
            self._end(key)

        return end

    def refresh(self) -> None:
        """Send now what has changed, before the second is over."""
        if self._readers:
            self._send(self._update(every=True))

    def _greeting(self, is_first: bool, hidden: frozenset[str]) -> bytes:
        """Return all that a new reader sees."""
        if is_first:
            self._count = 0
            self._shown.clear()
            self._update()
        shown = [text for name, text in self._shown.items() if name not in hidden]
        whole = [
            _event(name, each.make())
            for name, each in self._sections.items()
            if each.news is not None and name not in hidden
        ]
        return _RETRY + b"".join((*shown, *whole, *(_event(name, None) for name in hidden)))

    def _end(self, key: object) -> None:
        if self._readers.pop(key, None) is not None and not self._readers:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            self._watched(False)

    def _tick(self) -> None:
        self._timer = self._clock.callLater(INTERVAL, self._tick)
        self._count += 1
        self._send(self._update(), _STILL_THERE)

    def _update(self, every: bool = False) -> dict[str, bytes]:
        """Make the sections that are due; return what has changed, by section."""
        changed = {}
        for name, section in self._sections.items():
            if not every and self._count % section.period:
                continue
            if section.news is not None:
                news = section.news()
                if news is not None:
                    changed[name] = _event(f"{name}-news", news)
                continue
            text = _event(name, section.make())
            if self._shown.get(name) != text:
                self._shown[name] = changed[name] = text
        return changed

    def _send(self, changed: Mapping[str, bytes], otherwise: bytes = b"") -> None:
        """Send each reader what it may see of this, else ``otherwise``."""
        whole = b"".join(changed.values())
        for reader in list(self._readers.values()):
            data = whole
            if not reader.hidden.isdisjoint(changed):
                data = b"".join(text for name, text in changed.items() if name not in reader.hidden)
            if data or otherwise:
                reader.write(data or otherwise)


def _may(section: Section, permits: Callable[[str], bool]) -> bool:
    return not section.needs or permits(section.needs)


def _event(name: str, content: object) -> bytes:
    return f"event: {name}\ndata: {json.dumps(content, separators=(',', ':'))}\n\n".encode()
