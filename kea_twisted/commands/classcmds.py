"""``libdhcp_class_cmds``: client classes are listed, shown, added, changed and removed."""

from __future__ import annotations

from kea_twisted.commands import subnetedit
from kea_twisted.commands.arguments import Arguments, only_one
from kea_twisted.commands.context import Context
from kea_twisted.commands.envelope import EMPTY, SUCCESS, Answer, Reply, answer, listed, type_name
from kea_twisted.commands.subnetedit import Tree
from kea_twisted.config.model import ClientClass
from kea_twisted.config.options import parse_definitions
from kea_twisted.errors import CommandError, Problems


def class_list(context: Context, arguments: object) -> Answer:
    """Return the names of all classes, in the order in which they are evaluated."""
    rows = [{"name": row.name} for row in context.settings.classes]
    return listed({"client-classes": rows}, len(rows), "class", "classes")


def class_get(context: Context, arguments: object) -> Answer:
    """Return one class as it is in force, defaults filled in."""
    name = _name(arguments, "class-get")
    for row in context.config["Dhcp4"].get("client-classes", ()):
        if row["name"] == name:
            return answer(SUCCESS, f"Class '{name}' definition returned", {"client-classes": [row]})
    raise CommandError(f"Class '{name}' not found", EMPTY)


def class_add(context: Context, arguments: object) -> Reply:
    """Add a class, which is evaluated after all others."""
    entry = _entry(arguments, "class-add")
    if "name" not in entry:
        raise CommandError("missing parameter 'name'")
    name = entry["name"]
    if _class_of(context, name) is not None:
        raise CommandError(f"Can't add class: Client Class: {name} has already been defined")

    def add(tree: Tree) -> None:
        tree.setdefault("client-classes", []).append(entry)

    return subnetedit.changed(context, add, f"Class '{name}' added", failed="")


def class_update(context: Context, arguments: object) -> Reply:
    """Put another class in the place of the one with this name.

    Whether it depends on reservations must stay as it was: classes that refer to it are evaluated before or
    after their look-up accordingly.
    """
    entry = _entry(arguments, "class-update")
    if "name" not in entry:
        raise CommandError("the first class definition is missing a mandatory 'name' parameter")
    name = entry["name"]
    if type(name) is not str:
        raise CommandError("invalid type specified for parameter 'name'")
    old = _class_of(context, name)
    if old is None:
        raise CommandError(f"Class '{name}' is not found", EMPTY)
    if _depends_on_known(context, entry, old) != old.depends_on_known:
        raise CommandError(
            f"modification of the class '{name}' would affect its dependency on the KNOWN and/or UNKNOWN "
            "built-in classes. Such modification is not allowed because there may be other classes depending "
            "on those built-ins via the updated class"
        )

    def replace(tree: Tree) -> None:
        classes = tree["client-classes"]
        classes[_index(classes, name)] = entry

    return subnetedit.changed(context, replace, f"Class '{name}' updated", failed="")


def class_del(context: Context, arguments: object) -> Reply:
    """Remove a class to which no other refers."""
    name = _name(arguments, "class-del")
    if _class_of(context, name) is None:
        raise CommandError(f"Class '{name}' not found", EMPTY)
    for row in context.settings.classes:
        if name in row.members and row.name != name:
            raise CommandError(f"Class '{name}' is used by class '{row.name}'")

    def remove(tree: Tree) -> None:
        classes = tree["client-classes"]
        del classes[_index(classes, name)]

    return subnetedit.changed(context, remove, f"Class '{name}' deleted", failed="")


def _map_of(arguments: object, command: str, expected: str) -> Arguments:
    """Return the arguments, which must be a map of one."""
    wrong = f"invalid command '{command}': "
    if arguments is None:
        raise CommandError(f"{wrong}no arguments specified")
    if type(arguments) is not dict:
        raise CommandError(f"{wrong}expected 'arguments' to be a map, got {type_name(arguments)} instead")
    if not arguments:
        raise CommandError(f"{wrong}'arguments' is empty")
    if len(arguments) != 1:
        text = f"invalid number of arguments {len(arguments)} for the '{command}' command. "
        raise CommandError(f"{text}Expecting {expected}")
    return arguments


def _name(arguments: object, command: str) -> str:
    found = _map_of(arguments, command, "'name' string")
    if "name" not in found:
        raise CommandError(f"missing 'name' argument for the '{command}' command")
    name = found["name"]
    if type(name) is not str:
        raise CommandError(f"'name' argument specified for the '{command}' command is not a string")
    return name


def _entry(arguments: object, command: str) -> Tree:
    found = _map_of(arguments, command, "'client-classes' list")
    return only_one(found, "client-classes", command, "class", "classes", "invalid class definition specified for the ")


def _class_of(context: Context, name: object) -> ClientClass | None:
    return next((row for row in context.settings.classes if row.name == name), None)


def _index(classes: list[Tree], name: str) -> int:
    return next(index for index, row in enumerate(classes) if row["name"] == name)


def _depends_on_known(context: Context, entry: Tree, old: ClientClass) -> bool:
    """Return True if the new class depends on reservations. The check of the whole file reports expression errors."""
    from kea_twisted.expr.compile import compile_template, compile_test  # with its parser, for who uses it

    settings = context.settings
    known = {}
    for row in settings.classes:
        if row.name == old.name:
            break
        known[row.name] = row.depends_on_known
    definitions = parse_definitions(settings.tree.get("option-def", ()), Problems())
    try:
        if type(entry.get("test")) is str:
            return compile_test(entry["test"], definitions, known).depends_on_known
        if type(entry.get("template-test")) is str:
            return compile_template(entry["template-test"], definitions, known).depends_on_known
    except ValueError:
        return old.depends_on_known
    return False
