"""Host names as leases hold them: the same before a restart and after it, with any bytes.

The lease file knows bytes, and a character of a name is one of them (Latin-1). What else a command, a partner or the
configuration brings is taken as its bytes in UTF-8, as Kea does. Only ASCII letters have a lower case: the meaning of
the other bytes is not known.
"""

from __future__ import annotations


def stored_hostname(text: str) -> str:
    """The name as a lease holds it; that of such a name is the name itself."""
    if text.isascii():
        return text.lower()
    return in_bytes(text).encode("latin-1").lower().decode("latin-1")


def in_bytes(text: str) -> str:
    """Return a text in which each character is a byte: in UTF-8 where it has others."""
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass").decode("latin-1")
    return text
