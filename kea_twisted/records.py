"""Making records on the packet path."""

from __future__ import annotations

from typing import Final

new: Final = tuple.__new__
"""``new(Query, (message, …))``: what ``Query(message, …)`` does, without the Python function that a NamedTuple's
constructor is, which takes longer than the rest. All fields have to be there: a test counts them.
"""
