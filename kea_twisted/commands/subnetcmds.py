"""``libdhcp_subnet_cmds``, first half: subnets are listed, shown, added, changed and removed."""

from __future__ import annotations

import copy
from collections.abc import Callable

from kea_twisted.commands import subnetedit
from kea_twisted.commands.arguments import Arguments, as_map, only_one
from kea_twisted.commands.context import Context
from kea_twisted.commands.envelope import EMPTY, SUCCESS, Answer, Reply, answer, listed
from kea_twisted.commands.subnetedit import Tree
from kea_twisted.commands.subnetparts import check_types
from kea_twisted.errors import CommandError


def subnet4_list(context: Context, arguments: object) -> Answer:
    """Identifier, prefix and shared network of every subnet, by identifier."""
    rows = [
        {"id": subnet.id, "shared-network-name": subnet.shared_network or None, "subnet": subnet.text}
        for subnet in sorted(context.settings.subnets, key=lambda subnet: subnet.id)
    ]
    return listed({"subnets": rows}, len(rows), "IPv4 subnet", "IPv4 subnets")


def subnet4_get(context: Context, arguments: object) -> Answer:
    """Return one subnet as it is in force, defaults filled in, by ``id`` or by ``subnet``."""
    found = map_of(arguments, "subnet4-get")
    if len(found) != 1:
        text = f"invalid number of arguments {len(found)} for the 'subnet4-get' command. "
        raise CommandError(text + "Expecting 'id' or 'subnet'")
    if "id" in found:
        id_or_prefix = found["id"]
        if type(id_or_prefix) is not int:
            raise CommandError("'id' parameter must be an integer")
        missing = f"No subnet with id {id_or_prefix} found"
    elif "subnet" in found:
        id_or_prefix = found["subnet"]
        if type(id_or_prefix) is not str:
            raise CommandError("'subnet' parameter must be a string")
        missing = f"No {id_or_prefix} subnet found"
    else:
        raise CommandError("'id' or 'subnet' parameter required")
    return _shown(context, id_or_prefix, missing)


def _shown(context: Context, id_or_prefix: int | str, missing: str) -> Answer:
    key = "id" if isinstance(id_or_prefix, int) else "subnet"
    for subnets, _ in subnetedit.lists_of_subnets(context.config["Dhcp4"]):
        for subnet in subnets:
            if subnet[key] == id_or_prefix:
                text = f"Info about IPv4 subnet {subnet['subnet']} (id {subnet['id']}) returned"
                return answer(SUCCESS, text, {"subnet4": [without_reservations(subnet)]})
    raise CommandError(missing, EMPTY)


def without_reservations(subnet: Tree) -> Tree:
    """Return a subnet as these commands show it: reservations have commands of their own."""
    return {key: value for key, value in subnet.items() if key != "reservations"}


def subnet4_add(context: Context, arguments: object) -> Reply:
    """Add a subnet that is in no shared network."""
    entry = _entry(arguments, "subnet4-add")
    _require_prefix(entry)
    if "id" not in entry:
        subnetedit.refuse_unknown(entry, "subnet")
        raise CommandError("subnet configuration failed: missing parameter 'id'")
    check_types(entry, "subnet4-add")
    number, prefix = entry["id"], entry["subnet"]
    if type(number) is int and number in context.subnets.by_id:
        raise CommandError(f"ID of the new IPv4 subnet '{number}' is already in use")
    if any(subnet.text == prefix for subnet in context.settings.subnets):
        raise CommandError(f"subnet with the prefix of '{prefix}' already exists")
    return subnetedit.changed(
        context, lambda tree: tree.setdefault("subnet4", []).append(entry), "IPv4 subnet added", _about(entry)
    )


def subnet4_update(context: Context, arguments: object) -> Reply:
    """Put another subnet in the place of the one with this identifier; its reservations stay."""

    def replace(old: Tree, new: Tree) -> Tree:
        kept = {"reservations": old["reservations"]} if "reservations" in old else {}
        return {**kept, **new}

    return _edited(context, arguments, "subnet4-update", replace)


def subnet4_delta_add(context: Context, arguments: object) -> Reply:
    """Change or add what is given of a subnet, and nothing else."""

    def add(old: Tree, parts: Tree) -> Tree:
        subnetedit.add_parts(old, parts)
        return old

    return _edited(context, arguments, "subnet4-delta-add", add)


def subnet4_delta_del(context: Context, arguments: object) -> Reply:
    """Take what is given out of a subnet."""

    def remove(old: Tree, parts: Tree) -> Tree:
        prefix = parts.get("subnet")
        if isinstance(prefix, str) and prefix.replace(" ", "") != old.get("subnet", "").replace(" ", ""):
            raise CommandError(f"subnet configuration failed: subnet {old['id']} is {old['subnet']}")
        subnetedit.remove_parts(old, parts)
        return old

    return _edited(context, arguments, "subnet4-delta-del", remove)


def subnet4_del(context: Context, arguments: object) -> Reply:
    """Remove a subnet, in a shared network or not. Its leases stay."""
    found = map_of(arguments, "subnet4-del")
    if not found:
        text = "invalid number of arguments specified for the 'subnet4-del command. "
        raise CommandError(text + "Expected subnet identifier")
    if "id" not in found:
        raise CommandError("subnet identifier is required for the 'subnet4-del' command")
    number = found["id"]
    if type(number) is not int:
        raise CommandError("subnet identifier specified for the 'subnet4-del' is not a number")
    subnet = context.subnets.by_id.get(number)
    if subnet is None:
        raise CommandError(f"no subnet with id {number % (1 << 32)} found", EMPTY)

    def remove(tree: Tree) -> None:
        subnets, index = subnetedit.place_of_subnet(tree, number)
        del subnets[index]

    text = f"IPv4 subnet {subnet.text} (id {number}) deleted"
    return subnetedit.changed(context, remove, text, {"subnets": [{"id": number, "subnet": subnet.text}]})


def map_of(arguments: object, command: str) -> Arguments:
    """Return the arguments of a command that needs some."""
    return as_map(
        arguments,
        f"no arguments specified for the '{command}' command",
        f"arguments specified for the '{command}' command are not a map",
    )


def one_entry(found: Arguments, key: str, kind: str, command: str) -> Tree:
    """Return the one map in the list that an argument must be; ``kind`` is subnet or network."""
    # the blank at the end is missing in Kea's sentence, too
    return only_one(found, key, command, kind, f"{kind}s", f"invalid {kind} information specified for the")


def _entry(arguments: object, command: str) -> Tree:
    found = map_of(arguments, command)
    if not found:
        text = f"invalid number of arguments 0 for the '{command}' command. Expecting 'subnet4' list"
        raise CommandError(text)
    return one_entry(found, "subnet4", "subnet", command)


def _require_prefix(entry: Tree) -> None:
    if "subnet" not in entry:
        reason = "mandatory 'subnet' parameter is missing for a subnet being configured"
        raise CommandError(f"subnet configuration failed: {reason}")


def _edited(context: Context, arguments: object, command: str, edit: Callable[[Tree, Tree], Tree]) -> Reply:
    entry = _entry(arguments, command)
    if "id" not in entry:
        raise CommandError(f"must specify subnet id with '{command}' command.")
    number = entry["id"]
    if type(number) is not int:
        raise CommandError("'id' parameter is not an integer")
    if number not in context.subnets.by_id:
        raise CommandError(f"Can't find subnet '{number}' to update")
    _require_prefix(entry)
    check_types(entry, command)

    def apply(tree: Tree) -> None:
        subnets, index = subnetedit.place_of_subnet(tree, number)
        subnets[index] = edit(copy.deepcopy(subnets[index]), entry)

    about = {"id": number, "subnet": entry.get("subnet", context.subnets.by_id[number].text)}
    return subnetedit.changed(context, apply, "IPv4 subnet updated", _about(about))


def _about(entry: Tree) -> Tree:
    return {"subnets": [{"id": entry["id"], "subnet": entry["subnet"]}]}
