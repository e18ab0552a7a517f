"""Commands about the counters."""

from __future__ import annotations

import json
from itertools import islice
from typing import Final

from kea_twisted.commands.arguments import mandatory
from kea_twisted.commands.context import Context
from kea_twisted.commands.envelope import SUCCESS, Answer, Parts, Reply, answer
from kea_twisted.engine.statistics import Statistics
from kea_twisted.errors import CommandError

SLICE: Final = 500
"""Counters in a slice: a few milliseconds of work."""


def statistic_get(context: Context, arguments: object) -> Answer:
    """Return the samples of one counter, newest first; an empty map for a name that does not exist."""
    name = _name(arguments)
    samples = context.statistics.get(name)
    return answer(SUCCESS, None, {} if samples is None else {name: samples})


def statistic_get_all(context: Context, arguments: object) -> Reply:
    """Return the samples of every counter; of many in slices, so that packets are answered between two of them."""
    if len(context.statistics) <= SLICE:
        return answer(SUCCESS, None, context.statistics.get_all())
    return _all(context, context.statistics)


async def _all(context: Context, statistics: Statistics) -> Answer:
    parts = Parts()
    names = iter(statistics.names())
    while some := list(islice(names, SLICE)):
        await context.turn()
        found = {name: samples for name in some if (samples := statistics.get(name)) is not None}
        if found:
            parts += (b", " if parts else b"{", json.dumps(found)[1:-1].encode())
    parts.append(b"}" if parts else b"{}")
    return answer(SUCCESS, None, parts)


def statistic_global_get_all(context: Context, arguments: object) -> Answer:
    """Return the samples of every counter that is of no subnet."""
    statistics = context.statistics
    names = (name for name in statistics.names() if not name.startswith("subnet["))
    return answer(SUCCESS, None, {name: statistics.get(name) for name in names})


def statistic_reset(context: Context, arguments: object) -> Answer:
    """Reset one counter to zero."""
    name = _name(arguments)
    return _done(name, context.statistics.reset(name), f"Statistic '{name}' reset.")


def statistic_reset_all(context: Context, arguments: object) -> Answer:
    """Reset every counter to zero."""
    context.statistics.reset_all()
    return answer(SUCCESS, "All statistics reset to neutral values.")


def statistic_remove(context: Context, arguments: object) -> Answer:
    """Forget one counter until it counts again."""
    name = _name(arguments)
    return _done(name, context.statistics.remove(name), f"Statistic '{name}' removed.")


def statistic_remove_all(context: Context, arguments: object) -> Answer:
    """Forget every counter until it counts again."""
    context.statistics.remove_all()
    return answer(SUCCESS, "Warning: statistic-remove-all command is deprecated. All statistics removed.")


def statistic_sample_age_set(context: Context, arguments: object) -> Answer:
    """Keep the samples of one counter for ``duration`` seconds."""
    name = _name(arguments)
    known = context.statistics.keep_by_age(_amount(arguments, "duration"), name)
    return _done(name, known, f"Statistic '{name}' duration limit is set.")


def statistic_sample_age_set_all(context: Context, arguments: object) -> Answer:
    """Keep the samples of every counter for ``duration`` seconds."""
    context.statistics.keep_by_age(_amount(arguments, "duration"))
    return answer(SUCCESS, "All statistics duration limit are set.")


def statistic_sample_count_set(context: Context, arguments: object) -> Answer:
    """Keep ``max-samples`` samples of one counter."""
    name = _name(arguments)
    known = context.statistics.keep_by_count(_amount(arguments, "max-samples"), name)
    return _done(name, known, f"Statistic '{name}' count limit is set.")


def statistic_sample_count_set_all(context: Context, arguments: object) -> Answer:
    """Keep ``max-samples`` samples of every counter."""
    context.statistics.keep_by_count(_amount(arguments, "max-samples"))
    return answer(SUCCESS, "All statistics count limit are set.")


def _name(arguments: object) -> str:
    name: str = mandatory(arguments, "name", str, "a string")
    return name


def _amount(arguments: object, name: str) -> int:
    # A real Kea ends with an assertion when it gets a negative number here (3.0.4).
    found: int = mandatory(arguments, name, int, "an integer")
    if not 0 <= found <= _MOST:
        raise CommandError(f"'{name}' parameter must be between 0 and {_MOST}.")
    return found


def _done(name: str, known: bool, text: str) -> Answer:
    if not known:
        raise CommandError(f"No '{name}' statistic found")
    return answer(SUCCESS, text)


# Seconds or samples; everything above means "all of them" anyway.
_MOST = 0x7FFFFFFF
