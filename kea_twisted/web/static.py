"""The files of the page: HTML, style and scripts as they are in the package, and the headers that protect them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Final

from kea_twisted.adapters.control.pages import WEB, Headers, Page, Pages, PageSource

FOLDER: Final = Path(__file__).parent / "page"

NEEDS: Final = ("statistic-get-all", "status-get")
"""The page shows what these commands do; an HA partner may not send both."""

TYPES: Final = {
    ".html": b"text/html; charset=utf-8",
    ".css": b"text/css; charset=utf-8",
    ".js": b"text/javascript; charset=utf-8",
    ".svg": b"image/svg+xml",
}

POLICY: Final = b"; ".join(
    (
        b"default-src 'none'",
        b"script-src 'self'",
        b"style-src 'self'",
        b"img-src 'self'",
        b"connect-src 'self'",
        b"base-uri 'none'",
        b"form-action 'none'",
        b"frame-ancestors 'none'",
        b"require-trusted-types-for 'script'",
        b"trusted-types 'none'",
    )
)
"""The Content-Security-Policy: nothing but files of this server, and no text that becomes script or markup."""

SECURE: Final[Headers] = (
    (b"Content-Security-Policy", POLICY),
    (b"X-Content-Type-Options", b"nosniff"),
    (b"X-Frame-Options", b"DENY"),
    (b"Referrer-Policy", b"no-referrer"),
    (b"Cross-Origin-Resource-Policy", b"same-origin"),
    (b"Permissions-Policy", b"camera=(), geolocation=(), microphone=()"),
)


def static_pages() -> Pages:
    """Read the files, and return them by path."""
    return dict(_sources())


def _sources() -> Iterator[tuple[bytes, PageSource]]:
    for file in sorted(FOLDER.iterdir()):
        if file.suffix in TYPES:
            # a browser opens six connections, and an address has a limited number of them
            page = Page((file.read_bytes(),), TYPES[file.suffix], headers=SECURE, ends=True)
            yield f"/{file.name}".encode(), PageSource(partial(_same, page), NEEDS, WEB)


def _same(page: Page) -> Page:
    return page
