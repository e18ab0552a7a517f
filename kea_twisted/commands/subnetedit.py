"""Changing subnets and shared networks while the server runs.

A copy of the configured tree is edited, and takes the place of the old one as a whole, or not at all. Leases
stay if their subnet is changed or removed. An entry that is replaced keeps its host reservations, which have
commands of their own.
"""

from __future__ import annotations

import copy
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Final

from kea_twisted.commands.context import Context
from kea_twisted.commands.envelope import SUCCESS, Answer, Reply, answer
from kea_twisted.config.keywords import SCOPES
from kea_twisted.errors import CommandError, ConfigError
from kea_twisted.jsonvalue import Json

Tree = dict[str, Json]

# What makes two entries of a list the same thing; alternatives where there are several.
_IDENTITY: Final = {
    "pools": ("pool",),
    "option-data": ("code", "name", "space"),
    "option-def": ("code", "name", "space"),
}
_KEYS: Final = frozenset({"id", "subnet", "pool", "code", "name"})


def changed(
    context: Context,
    edit: Callable[[Tree], None],
    text: str,
    arguments: object = None,
    failed: str = "subnet configuration failed: ",
) -> Reply:
    """Edit the configuration and put it into force. Raises CommandError: it stays as it was.

    ``text`` and ``arguments`` are those of the answer, ``failed`` is what the reasons come after.
    """
    tree = _copied(context.settings.tree)
    edit(tree)
    try:
        pending = context.set_config({"Dhcp4": tree})
    except ConfigError as error:
        raise CommandError(_refusal(failed, error)) from None
    made = answer(SUCCESS, text, arguments)
    return made if pending is None else _awaited(pending, made, failed)


async def _awaited(pending: Awaitable[None], made: Answer, failed: str) -> Answer:
    try:
        await pending
    except ConfigError as error:
        raise CommandError(_refusal(failed, error)) from None
    return made


def _refusal(failed: str, error: ConfigError) -> str:
    """Return the reasons after what failed, which Kea's text for some of them names itself, or does not name."""
    reasons = error.answer
    return reasons if failed and reasons.startswith((failed, "spurious ")) else f"{failed}{reasons}"


def refuse_unknown(entry: Mapping[str, object], scope: str) -> None:
    """Raise CommandError if a subnet or shared network has a parameter that there is not: it comes first in Kea."""
    for name in entry:
        if name not in SCOPES[scope]:
            raise CommandError(f"spurious '{name}' parameter")


def _copied(tree: Mapping[str, Json]) -> Tree:
    """Return a copy whose lists of subnets can be changed. The subnets themselves, maybe thousands, are not copied."""
    copied = {key: value for key, value in tree.items() if key not in ("subnet4", "shared-networks")}
    copied = copy.deepcopy(copied)
    copied["subnet4"] = list(tree.get("subnet4", ()))
    copied["shared-networks"] = [
        {**network, "subnet4": list(network.get("subnet4", ()))} for network in tree.get("shared-networks", ())
    ]
    return copied


def lists_of_subnets(tree: Tree) -> Iterator[tuple[list[Tree], str | None]]:
    """Yield the lists that hold subnets: the global one, and that of each shared network with its name."""
    yield tree.setdefault("subnet4", []), None
    for network in tree.get("shared-networks", ()):
        yield network.setdefault("subnet4", []), network["name"]


def place_of_subnet(tree: Tree, number: int) -> tuple[list[Tree], int]:
    """Return the list that holds a subnet, and its index there. Raises KeyError."""
    for subnets, _ in lists_of_subnets(tree):
        for index, subnet in enumerate(subnets):
            if subnet.get("id") == number:
                return subnets, index
    raise KeyError(number)


def network_of(tree: Tree, name: str) -> Tree:
    """Return a shared network. Raises KeyError."""
    for network in tree.get("shared-networks", ()):
        if network["name"] == name:
            found: Tree = network
            return found
    raise KeyError(name)


def add_parts(entry: Tree, parts: Mapping[str, object]) -> None:
    """Lay ``parts`` over an entry: values replace, members of lists are added or laid over their like."""
    for key, value in parts.items():
        old = entry.get(key)
        if isinstance(value, dict) and isinstance(old, dict):
            add_parts(old, value)
        elif isinstance(value, list) and isinstance(old, list) and key in _IDENTITY:
            for item in value:
                like = [one for one in old if _is_same(key, one, item)]
                for one in like:
                    add_parts(one, item)
                if not like:
                    old.append(item)
        elif isinstance(value, list) and isinstance(old, list):
            old += [item for item in value if item not in old]
        else:
            entry[key] = value


def remove_parts(entry: Tree, parts: Mapping[str, object]) -> None:
    """Take ``parts`` out of an entry; a member of a list goes whole when only its identity is given."""
    for key, value in parts.items():
        old = entry.get(key)
        if key in _KEYS or old is None:
            continue
        if isinstance(value, dict) and isinstance(old, dict):
            remove_parts(old, value)
        elif isinstance(value, list) and isinstance(old, list):
            for item in value:
                _remove_member(key, old, item)
        else:
            del entry[key]


def _remove_member(key: str, members: list[Json], item: Json) -> None:
    for one in list(members):
        if key not in _IDENTITY:
            if one == item:
                members.remove(one)
        elif _is_same(key, one, item):
            remove_parts(one, {name: part for name, part in item.items() if isinstance(part, list | dict)})
            # what has nothing left but its identity goes, as in Kea
            if not any(part for name, part in one.items() if name not in _KEYS) or _names_only(item):
                members.remove(one)


def _names_only(item: Tree) -> bool:
    return not any(isinstance(part, list | dict) for part in item.values())


def _is_same(key: str, one: object, other: object) -> bool:
    """Return True if two entries of a list concern the same pool or option."""
    if not isinstance(one, dict) or not isinstance(other, dict):
        return False
    if key == "pools":
        return _pool(one) == _pool(other)
    if one.get("space", "dhcp4") != other.get("space", "dhcp4"):
        return False
    return any(name in one and one[name] == other.get(name) for name in ("code", "name"))


def _pool(entry: Tree) -> str:
    text = entry.get("pool")
    return "".join(text.split()) if isinstance(text, str) else ""
