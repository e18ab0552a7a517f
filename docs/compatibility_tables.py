"""Write tables of the documentation from those of the code: ``python docs/compatibility_tables.py``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path

from kea_twisted.config.keywords import KEYWORDS, SCOPES
from kea_twisted.config.kinds import ListOfMaps, MapOf
from kea_twisted.events import OWN
from kea_twisted.libraries.commands import COMMANDS, OURS
from kea_twisted.libraries.lookup import find
from kea_twisted.libraries.rbac.definitions import added_definitions, stands_for
from kea_twisted.libraries.table import LIBRARIES

PAGES = tuple(Path(__file__).with_name(name) for name in ("compatibility.md", "libraries.md"))


def commands() -> str:
    """The hook libraries and the commands that each of them brings."""
    rows = ["| Library | Commands |", "|---|---|"]
    for library in ("", *LIBRARIES):
        names = [row.name for row in COMMANDS if row.library == library]
        title = f"`{library}`: {title_of(library)}" if library else "none needed"
        rows.append(f"| {title} | {code(sorted(names))} |")
    rows.append(f"| of our own, no Kea has them | {code(sorted(OURS))} |")
    return "\n".join(rows)


def roles() -> str:
    """The commands that no Kea has, as roles see them."""
    rows = ["| Command | Access | `hook` | Stands for |", "|---|---|---|---|"]
    for name, (access, hook) in sorted(added_definitions().items()):
        rows.append(f"| `{name}` | `{access}` | {hook and code([hook])} | {code(stands_for(name)) or 'none'} |")
    return "\n".join(rows)


def title_of(library: str) -> str:
    """The first line of the docstring of a library, as part of a sentence."""
    text = (find(library).__doc__ or "").partition("\n")[0].rstrip(".")
    return text[:1].lower() + text[1:]


def no_effect() -> str:
    """The keywords that are taken and do nothing."""
    rows = ["| Where | Keywords |", "|---|---|"]
    found: dict[str, list[str]] = {}
    for row in KEYWORDS:
        if not row.effect:
            found.setdefault(row.scopes, []).append(row.name)
    titles = {"global": "Dhcp4"} | {scope: key_of(scope) for scope in SCOPES if scope != "global"}
    for scopes, names in found.items():
        rows.append(f"| {code(titles[scope] for scope in scopes.split())} | {code(names)} |")
    return "\n".join(rows)


def events() -> str:
    """The log messages that no Kea has."""
    rows = ["| Identifier | Text, or what it is |", "|---|---|"]
    for event in (*OWN, *(event for library in LIBRARIES for event in find(library).own_events)):
        text = event.meaning if event.text == "{}" else event.text.replace("{}", "…")
        rows.append(f"| `{event.identifier}` | {text} |")
    return "\n".join(rows)


def key_of(scope: str) -> str:
    """The keyword under which maps of a scope stand."""
    return next(row.name for row in KEYWORDS if isinstance(row.kind, MapOf | ListOfMaps) and row.kind.scope == scope)


def code(names: Iterable[str]) -> str:
    """Names as code, side by side."""
    return " ".join(f"`{name}`" for name in names)


TABLES: dict[str, Callable[[], str]] = {"commands": commands, "no effect": no_effect, "events": events, "roles": roles}


def page(text: str) -> str:
    """A page with its tables as they are to be."""
    for name, table in TABLES.items():
        begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
        made = f"{begin}\n{table()}\n{end}"
        text = re.sub(f"{begin}.*{end}", lambda _, made=made: made, text, flags=re.DOTALL)
    return text


if __name__ == "__main__":
    for each in PAGES:
        each.write_text(page(each.read_text()))
