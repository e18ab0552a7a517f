"""Pages that a listener serves beside the commands: GET and HEAD of certain paths, for monitors."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from http import HTTPStatus
from types import MappingProxyType
from typing import Final, NamedTuple

METRICS_PATH: Final = b"/metrics"
TEXT: Final = b"text/plain; charset=utf-8"


class Page(NamedTuple):
    """The content of a page. ``parts`` are its bytes, in order."""

    parts: Sequence[bytes]
    content_type: bytes = TEXT
    status: HTTPStatus = HTTPStatus.OK


class PageSource(NamedTuple):
    """The maker of a page.

    ``needs`` is the command that a client must be permitted to send if it wants to see the page; such a page has to be
    switched on (``access.AccessPolicy``). Without it the page is for everyone, and always there.
    """

    make: Callable[[], Page | Awaitable[Page]]
    needs: str = ""


Pages = Mapping[bytes, PageSource]
"""By path."""

NO_PAGES: Final[Pages] = MappingProxyType({})
