"""Truths and texts as closures: the general ones, and those for the shapes most tests have."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from kea_twisted.expr.subject import Subject

Truth = Callable[[Subject], bool]
Value = Callable[[Subject], bytes]


class Text(NamedTuple):
    """A text: how to get it, and what is known of it beforehand.

    ``constant``: it is always this. ``code``: it is the payload of this top-level option; ``strip``: without
    trailing zeros.
    """

    evaluate: Value
    constant: bytes | None = None
    code: int | None = None
    strip: bool = False
    head: int | None = None  # with ``code``: only so many bytes of it


def any_of(tests: list[Truth]) -> Truth:
    """True when one of them is; the others behind it are not asked."""
    if len(tests) == 2:
        first, second = tests
        return lambda subject: first(subject) or second(subject)

    def any_of_them(subject: Subject) -> bool:
        for test in tests:  # noqa: SIM110  a generator costs more than most tests
            if test(subject):
                return True
        return False

    return any_of_them


def all_of(tests: list[Truth]) -> Truth:
    """True when all of them are; none is asked behind one that is not."""
    if len(tests) == 2:
        first, second = tests
        return lambda subject: first(subject) and second(subject)

    def all_of_them(subject: Subject) -> bool:
        for test in tests:  # noqa: SIM110
            if not test(subject):
                return False
        return True

    return all_of_them


def constant(data: bytes) -> Text:
    """Return a text that is always the same."""
    return Text(lambda subject: data, constant=data)


def equal(left: Text, right: Text) -> Truth:
    """Return True if two texts are equal."""
    if left.constant is not None:
        left, right = right, left
    same_as, code = right.constant, left.code
    first, second = left.evaluate, right.evaluate
    if same_as is None:
        return lambda subject: first(subject) == second(subject)
    if left.constant is not None:
        same = left.constant == same_as
        return lambda subject: same
    if code is None:
        return lambda subject: first(subject) == same_as
    if left.head is not None:
        return _begins(code, left.strip, left.head, same_as)
    if left.strip:
        return lambda subject: subject.options.get(code, b"").rstrip(b"\0") == same_as
    return lambda subject: subject.options.get(code, b"") == same_as


def _begins(code: int, strip: bool, size: int, same_as: bytes) -> Truth:
    if strip:
        return lambda subject: subject.options.get(code, b"").rstrip(b"\0")[:size] == same_as
    return lambda subject: subject.options.get(code, b"")[:size] == same_as
