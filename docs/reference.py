"""Write the reference pages and the diagrams from the tables of the code: ``python docs/reference.py``.

The pages are made anew for each build of the site and are never committed, so they cannot be out of date.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable
from pathlib import Path

from kea_twisted import events
from kea_twisted.config.keywords import KEYWORDS, RENAMED, SCOPES, Keyword
from kea_twisted.config.kinds import Kind, ListOfMaps, MapOf
from kea_twisted.engine.steps import way
from kea_twisted.events.event import DEBUG, SEVERITY_NAMES, Event
from kea_twisted.ha.states import ROWS
from kea_twisted.ha.transitions import TABLE, Row
from kea_twisted.libraries.commands import COMMANDS
from kea_twisted.libraries.lookup import find
from kea_twisted.libraries.table import LIBRARIES

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "kea_twisted"
UNFIT = object()
"""A value that no kind of keyword accepts, so that each of them says what it needs."""


def write(folder: Path) -> None:
    """Write all pages into a folder, which is created if it is missing."""
    folder.mkdir(exist_ok=True)
    for name, page in PAGES.items():
        (folder / f"{name}.md").write_text(page())


# --- keywords


def keywords() -> str:
    """Return the page with every keyword of a configuration, one table per map."""
    parts = ["# Configuration keywords", "", "Read from the keyword table. Times are in seconds unless said.", ""]
    for scope, rows in SCOPES.items():
        parts += [f"## {title(scope)}", "", "| Keyword | Value | Default | |", "|---|---|---|---|"]
        parts += [keyword_row(row) for row in rows.values() if row in KEYWORDS]
        old = [row for row in RENAMED if scope in row.scopes.split()]
        parts += [f"| `{row.old}` | older name of `{row.new}` | | |" for row in old]
        parts.append("")
    return "\n".join(parts)


def of_libraries() -> list[Event]:
    """The messages that hook libraries bring."""
    return [event for name in LIBRARIES for event in find(name).events]


def keyword_row(row: Keyword) -> str:
    """Return one line of a keyword table."""
    default = "" if row.default is None else f"`{json.dumps(row.default)}`"
    remark = "required" if row.required else "" if row.effect else "accepted, without effect"
    return f"| `{row.name}` | {value_text(row.kind)} | {default} | {remark} |"


def value_text(kind: Kind) -> str:
    """Return the values that a keyword accepts."""
    if isinstance(kind, MapOf | ListOfMaps):
        return f"{'a map' if isinstance(kind, MapOf) else 'a list of maps'}: {title(kind.scope)}"
    return cell(kind.complaint(UNFIT).removeprefix("must be "))


def title(scope: str) -> str:
    """Return the heading of a map's table: the keyword that holds the map."""
    if scope == "global":
        return "Dhcp4"
    keys = [row.name for row in KEYWORDS if isinstance(row.kind, MapOf | ListOfMaps) and row.kind.scope == scope]
    return f"{keys[0]}" if keys else scope


# --- log messages and commands


def messages() -> str:
    """Return the page with every log message, one table per logger."""
    found = sorted(
        {
            each.identifier: each for each in (*vars(events).values(), *of_libraries()) if isinstance(each, Event)
        }.values(),
        key=lambda event: (event.logger, event.identifier),
    )
    parts = ["# Log messages", "", "Identifiers and loggers are Kea's; those that Kea lacks are marked *own*.", ""]
    for logger in dict.fromkeys(event.logger for event in found):
        parts += [f"## {'.'.join(filter(None, ('kea-dhcp4', logger)))}", ""]
        parts += ["| Identifier | Severity | Text | Meaning |", "|---|---|---|---|"]
        parts += [message_row(event) for event in found if event.logger == logger]
        parts.append("")
    return "\n".join(parts)


def message_row(event: Event) -> str:
    """Return one line of a message table."""
    severity = SEVERITY_NAMES[event.severity] + (f" {event.debuglevel}" if event.severity == DEBUG else "")
    own = " *own*" if event in events.OWN else ""
    return f"| `{event.identifier}`{own} | {severity} | {cell(event.text.replace('{}', '…'))} | {cell(event.meaning)} |"


def commands() -> str:
    """Return the page with every control command."""
    parts = ["# Control commands", "", "| Command | Library | |", "|---|---|---|"]
    parts += [f"| `{row.name}` | {row.library and f'`{row.library}`'} | {cell(row.summary)} |" for row in COMMANDS]
    return "\n".join([*parts, ""])


# --- diagrams


def diagrams() -> str:
    """Return the page with the diagrams."""
    return "\n".join(
        [
            "# Diagrams",
            "",
            "All of them are drawn from the code: its imports, its table of steps, its HA state table.",
            "",
            *figure("The rooms", "Arrows are imports; they only go down.", house()),
            *figure("The way of a packet", "Its steps in order, and the hook points asked in them.", packet()),
            *figure("High availability: hot standby", "From the state table; forced steps left out.", states("hot")),
            *figure("High availability: load balancing", "From the state table.", states("load")),
        ]
    )


def figure(heading: str, caption: str, dot: str) -> list[str]:
    """Return the lines of one diagram with its heading."""
    return [f"## {heading}", "", caption, "", "```{graphviz}", dot, "```", ""]


def house() -> str:
    """Return the rooms of the package and the imports between them as a graph."""
    arrows: set[tuple[str, str]] = set()
    for path in PACKAGE.rglob("*.py"):
        here = room(path.relative_to(PACKAGE).with_suffix("").parts)
        for name in imported(path):
            there = room(tuple(name.split(".")[1:]))
            if here and there and here != there:
                arrows.add((here, there))
    return graph(sorted(arrows), "rankdir=TB; node [shape=box]")


def room(parts: tuple[str, ...]) -> str:
    """Return the room of a module, empty for modules that all rooms may import."""
    if not parts or parts[0] in ("__init__", "__version__", "events", "errors", "interfaces", "records"):
        return ""
    return "/".join(parts[:2]) if parts[0] == "adapters" and len(parts) > 2 else parts[0]


def imported(path: Path) -> Iterable[str]:
    """Return the package's own names that a module imports."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("kea_twisted"):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def packet() -> str:
    """Return the steps of a packet as a chain, each with its hook points."""
    names = ["\\n".join((name, *(f"[{point}]" for point in points))) for name, points in way()]
    return graph(zip(names, names[1:], strict=False), "rankdir=TB; node [shape=box]")


def states(mode: str) -> str:
    """Return the steps between HA states in one mode as a graph."""
    other = "LOAD_BALANCING" if mode == "hot" else "HOT_STANDBY"
    present = {row.state.name for row in ROWS} - {other, "BACKUP", "PASSIVE_BACKUP"}
    if mode == "hot":
        present -= {"COMMUNICATION_RECOVERY"}
    steps: dict[tuple[str, str], None] = {}
    for row in TABLE:
        for own in sorted(state.name for state in row.own):
            if row.next is not None and own in present and row.next.name in present and fits(row, other):
                steps[own.lower().replace("_", "-"), row.next.name.lower().replace("_", "-")] = None
    return graph(steps, "rankdir=LR; node [shape=box, style=rounded]")


def fits(row: Row, other: str) -> bool:
    """Tell if a step can happen when the mode is not the other one."""
    return not any(
        guard.name in (other, f"NOT_{'HOT_STANDBY' if other == 'LOAD_BALANCING' else 'LOAD_BALANCING'}")
        for guard in row.guards
    )


def graph(arrows: Iterable[tuple[str, str]], settings: str) -> str:
    """Return a directed graph in Graphviz's language."""
    lines = [f'  "{start}" -> "{end}";' for start, end in arrows]
    return "\n".join([f"digraph {{ {settings};", *lines, "}"])


def cell(text: str) -> str:
    """Return a text fit for a cell of a Markdown table."""
    return text.replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*")


PAGES = {"keywords": keywords, "messages": messages, "commands": commands, "diagrams": diagrams}

if __name__ == "__main__":
    write(Path(__file__).with_name("reference"))
