"""Conditional changes of rows of ``lease4``, and the columns that all databases store alike."""

from __future__ import annotations

from typing import Final, NamedTuple

from kea_twisted.lease.lease import DECLINED, INFINITE, Lease

LONGEST_NAME: Final = 255  # characters of the column

INSERT: Final = b"i"
UPDATE: Final = b"u"
DELETE: Final = b"d"
CHECK: Final = b"c"


class Write(NamedTuple):
    """One conditional change: ``before`` is the row that this server knew, None if there was none."""

    lease: Lease
    before: Lease | None
    deleted: bool = False

    @property
    def operation(self) -> bytes:
        """INSERT, UPDATE, DELETE or, for a lease that is merely confirmed, CHECK."""
        if self.deleted:
            return DELETE
        if self.before is None:
            return INSERT
        return CHECK if self.before == self.lease else UPDATE


def expire_of(lease: Lease) -> int:
    """Return the column ``expire``: for an infinite lease Kea stores the time at which it was given."""
    return lease.cltt if lease.valid_lifetime == INFINITE else lease.cltt + lease.valid_lifetime


def cltt_of(expire: int, valid_lifetime: int) -> int:
    """Return the time at which the lease of a row was given."""
    return expire - (0 if valid_lifetime == INFINITE else valid_lifetime)


def column_text(text: str) -> str:
    """Return a lease's text, in which each byte is a character, for a column of characters.

    Bytes that are no UTF-8 stay characters: the column would not take them.
    """
    if text.isascii():
        return text
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text


def stored(lease: Lease, identifier: bytes) -> bytes | None:
    """Return an identifier as Kea stores it: NULL where there is none, but that of a declined address is empty."""
    return identifier if identifier or lease.state == DECLINED else None
