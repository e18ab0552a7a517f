"""``config-diff``: the effect that reading the configuration file again would have. No Kea has this command."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Final, NamedTuple

from kea_twisted.commands.context import Context
from kea_twisted.commands.envelope import SUCCESS, Answer, answer
from kea_twisted.errors import CommandError, ConfigError
from kea_twisted.jsonvalue import MASK, SECRET_ENDINGS, Json

MOST: Final = 200
"""Changes that are listed."""

KEYS: Final = (
    "id",
    "name",
    "hw-address",
    "client-id",
    "circuit-id",
    "flex-id",
    "duid",
    "library",
    "pool",
    "code",
    "user",
)
"""Members that identify a map of a list; the first one that all maps have counts."""


class Change(NamedTuple):
    """One value that differs; None: it is absent."""

    path: str
    before: object
    after: object


def config_diff(context: Context, arguments: object) -> Answer:
    """Return the values that a reload would change, by their path."""
    try:
        after = context.config_in_file()
    except ConfigError as error:
        raise CommandError(f"the file cannot be used: {error.answer}") from None
    changes = differences(context.config, after)
    listed = [change._asdict() for change in islice(changes, MOST)]
    count = len(listed) + sum(1 for _ in changes)
    return answer(SUCCESS, f"{count} value(s) would change.", {"changes": listed, "count": count})


def differences(before: object, after: object, path: str = "") -> Iterator[Change]:
    """Yield the values that differ between two JSON values."""
    if before == after:
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in dict.fromkeys((*before, *after)):
            inner = f"{path}.{key}" if path else str(key)
            if _is_secret(key, path) and before.get(key) != after.get(key):
                yield Change(inner, MASK if key in before else None, MASK if key in after else None)
            else:
                yield from differences(before.get(key), after.get(key), inner)
        return
    if isinstance(before, list) and isinstance(after, list):
        yield from _of_lists(before, after, path)
        return
    yield Change(path, _masked(before, path), _masked(after, path))


def _masked(value: object, path: str) -> object:
    """Return a value, whatever is in it, without what is secret."""
    if isinstance(value, Mapping):
        return {key: MASK if _is_secret(key, path) else _masked(inner, f"{path}.{key}") for key, inner in value.items()}
    if isinstance(value, list):
        return [_masked(each, path) for each in value]
    return value


def _is_secret(key: object, path: str) -> bool:
    """Return True for a member that is not shown; the URL of a webhook often has its key in it."""
    if isinstance(key, str) and key.lower().endswith(SECRET_ENDINGS):
        return True
    return key == "url" and path.rpartition(".")[2].partition("[")[0] == "alarms"


def _of_lists(before: Sequence[Json], after: Sequence[Json], path: str) -> Iterator[Change]:
    key = _key_of(before, after)
    if key is None:
        if all(not isinstance(each, Mapping | list) for each in (*before, *after)):
            yield Change(path, before, after)
            return
        for place in range(max(len(before), len(after))):
            old = before[place] if place < len(before) else None
            new = after[place] if place < len(after) else None
            yield from differences(old, new, f"{path}[{place}]")
        return
    olds, news = ({each[key]: each for each in some} for some in (before, after))
    for name in dict.fromkeys((*olds, *news)):
        yield from differences(olds.get(name), news.get(name), f"{path}[{key} {name}]")


def _key_of(before: Sequence[object], after: Sequence[object]) -> str | None:
    """Return the member that identifies the maps of both lists; None if there is none."""
    if not all(isinstance(each, Mapping) for each in (*before, *after)):
        return None
    return next((key for key in KEYS if _identifies(key, before) and _identifies(key, after)), None)


def _identifies(key: str, items: Sequence[Json]) -> bool:
    values = [each.get(key) for each in items]
    return all(isinstance(value, str | int) for value in values) and len(set(values)) == len(values)
