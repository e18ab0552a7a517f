"""Passwords in the JSON that debug lines show: masked, as Kea masks them in the configurations it logs."""

from __future__ import annotations

import re
from typing import Final

from kea_twisted.jsonvalue import MASK, SECRET_ENDINGS

MOST_LOGGED: Final = 65536
"""Characters of a request or an answer in a line."""

# the end may be cut off
_SECRET: Final = re.compile(
    rf'("[^"\\]*(?:{"|".join(SECRET_ENDINGS)})"\s*:\s*")(?:[^"\\]|\\.)*', re.IGNORECASE | re.DOTALL
)


def redacted(text: str) -> str:
    """Return a JSON text, or the beginning of a long one, without its passwords."""
    return _SECRET.sub(rf"\g<1>{MASK}", text[:MOST_LOGGED])
