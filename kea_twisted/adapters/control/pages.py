"""Pages that a listener serves beside the commands: GET and HEAD of certain paths, for monitors and for people."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from http import HTTPStatus
from types import MappingProxyType
from typing import Final, NamedTuple, Protocol, runtime_checkable

METRICS_PATH: Final = b"/metrics"
INDEX_PATH: Final = b"/index.html"
"""The page that ``/`` stands for, where there is one."""

WEB: Final = b"web"
"""The group of the pages for people."""

TEXT: Final = b"text/plain; charset=utf-8"

Headers = tuple[tuple[bytes, bytes], ...]


class Page(NamedTuple):
    """The content of a page. ``parts`` are its bytes, in order; ``ends``: the connection ends with it."""

    parts: Sequence[bytes]
    content_type: bytes = TEXT
    status: HTTPStatus = HTTPStatus.OK
    headers: Headers = ()
    ends: bool = False


@runtime_checkable
class Stream(Protocol):
    """A page without an end: events, as they happen (server-sent events of the HTML standard)."""

    @property
    def headers(self) -> Headers:
        """The headers of its own."""
        ...

    def begin(self, write: Callable[[bytes], object], permits: Callable[[str], bool]) -> Callable[[], None]:
        """Write events to a reader that may send the commands ``permits`` permits; return the function that ends it."""
        ...


class PageSource(NamedTuple):
    """The maker of a page.

    ``needs`` are the commands that a client must be permitted to send if it wants to see the page; such a page has to
    be switched on, by its path or its ``group`` (``access.AccessPolicy``). Without them the page is for everyone, and
    always there.
    """

    make: Callable[[], Page | Stream | Awaitable[Page]]
    needs: tuple[str, ...] = ()
    group: bytes = b""


class Sender(NamedTuple):
    """The sender of a form: what it may do, its credentials (base64), and the port of this server that it asked."""

    permits: Callable[[str], bool]
    login: bytes
    port: int


class FormSource(NamedTuple):
    """The receiver of what a page sends with POST, in JSON; ``needs`` and ``group`` as in ``PageSource``."""

    answer: Callable[[bytes, Sender], Awaitable[Page]]
    needs: tuple[str, ...]
    group: bytes


Pages = Mapping[bytes, PageSource | FormSource]
"""By path."""

NO_PAGES: Final[Pages] = MappingProxyType({})
