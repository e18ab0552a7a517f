"""Write what follows from the hook table and the values' classes: ``python docs/hook_table.py``.

These are the tables of ``hooks.md``, the methods of ``hooks.library.HookLibrary`` and the attributes of
``hooks.chain.HookChain``.
"""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from kea_twisted.config.model import Subnet
from kea_twisted.engine.effects import Decision, DnsName, Interface, Query, Reply
from kea_twisted.hooks.library import HookHost
from kea_twisted.hooks.points import POINTS, TYPES, Point
from kea_twisted.lease.lease import Change, Lease
from kea_twisted.wire.message import Message

PACKAGE = Path(__file__).parent.parent / "kea_twisted"
PAGE = Path(__file__).with_name("hooks.md")

ADDRESS: Final = "an address as an integer (`kea_twisted.wire.address.address_text` makes text of it)"
MEANINGS: Final[dict[type, Mapping[str, str]]] = {
    Query: {
        "message": "the message, a `Message`",
        "interface": "where it came in, an `Interface`",
        "local": "this server's address on the interface, an integer",
        "source": "the sender's address, an integer; 0 for a client without one",
        "destination": "the address it was sent to, an integer",
        "source_port": "the sender's UDP port",
        "source_mac": "the link-layer address of the frame; empty where the socket does not show it",
        "arrived": "the message as it came, where a library put another in its place; else None",
        "classes": "the names of the client classes it is in so far",
        "timeline": "its moments, if a library has them noted (`host.sockets.time_queries`), else None",
    },
    Message: {
        "op": "1 from clients, 2 from servers",
        "htype": "hardware type, 1 for Ethernet",
        "hops": "number of relays on the way",
        "xid": "transaction identifier",
        "secs": "seconds since the client began",
        "flags": "32768: answer by broadcast",
        "ciaddr": "the address of a client that renews, an integer",
        "yiaddr": "the address given to the client, an integer",
        "siaddr": "the next server, an integer",
        "giaddr": "the relay's address, an integer; 0 for a direct message",
        "chaddr": "the hardware address; `.hex(':')` makes text of it",
        "sname": "server host name, without trailing zeros",
        "file": "boot file name, without trailing zeros",
        "options": "payload by option code, the parts of a split option joined; code 53 is the message type",
    },
    Interface: {
        "name": "as in `interfaces-config`, without an address",
        "index": "the system's number",
        "mac": "its hardware address",
        "addresses": "its IPv4 addresses, integers",
        "mtu": "the largest packet it sends, in bytes",
        "envelope": "set for a query that a DHCPv6 server has passed on (RFC 7341)",
    },
    Lease: {
        "address": ADDRESS,
        "hwaddr": "hardware address",
        "client_id": "option 61; empty when the client sent none",
        "valid_lifetime": "seconds; 4294967295 never ends",
        "cltt": "when the client was last heard of, in seconds since 1970",
        "subnet_id": "`id` of the subnet",
        "fqdn_fwd": "the server is to update the name's address in DNS",
        "fqdn_rev": "the server is to update the address's name in DNS",
        "hostname": "the name, in lower case; may be empty",
        "state": "0 in use, 1 declined, 2 reclaimed, 3 released",
        "user_context": "JSON text of a map, or empty",
        "pool_id": "`pool-id` of the pool, 0 where none is configured",
    },
    DnsName: {
        "hostname": "the name for the lease and the reply; empty: the client has none",
        "forward": "the server updates the name's address in DNS",
        "reverse": "the server updates the address's name in DNS",
    },
    Change: {
        "lease": "the `Lease` as it is now, or was",
        "deleted": "the lease is gone",
    },
    Decision: {
        "query": "the `Query` that is answered",
        "reply": "the `Reply`; None where there is none, or it is not made yet",
        "changes": "the leases that changed, each a `Change`",
        "lease": "the `Lease` that the answer confirms; None for an OFFER, a NAK, an INFORM",
        "reused": "the lease was confirmed without a change (`cache-threshold`)",
        "draft": "makes the reply; the server's own",
        "names": "leases whose names the DNS gets, or loses where `deleted` is set, when the changes are on disk",
    },
    Reply: {
        "payload": "the bytes of the message",
        "interface": "where it leaves, an `Interface`",
        "source": "the address it is sent from, an integer",
        "destination": "the address it is sent to, an integer",
        "port": "the UDP port it is sent to",
        "mac": "the link-layer address it is sent to; empty: the system finds it",
    },
}
"""The meaning of each field of the values that hook methods get; types and defaults are in the classes."""


def table() -> str:
    """The hook points in Markdown."""
    rows = ["| Method | When | May wait | May return | SKIP | DROP |", "|---|---|---|---|---|---|"]
    for point in POINTS:
        call = f"`{point.name}({', '.join(point.arguments)})`"
        new = f"a new `{point.replaces}`" if point.replaces else ""
        waits = "yes" if point.may_wait else ""
        rows.append(f"| {call} | {point.when} | {waits} | {new} | {point.skip} | {point.drop} |")
    return "\n".join(rows)


def fields() -> str:
    """The fields of the values, a table for each class."""
    parts = []
    for kind, meanings in MEANINGS.items():
        rows = [f"| `{name}` | `{type_of(kind, name)}` | {meaning} |" for name, meaning in meanings.items()]
        parts += [f"### {kind.__name__}", "", f"`{kind.__module__}.{kind.__qualname__}`", ""]
        parts += ["| Field | Type | |", "|---|---|---|", *rows, *properties(kind), ""]
    return "\n".join(parts).rstrip().replace("``", "`")


def source_of(kind: type) -> list[ast.stmt]:
    """The statements of a class in its source: what was compiled to C knows neither annotations nor docstrings."""
    path = PACKAGE.joinpath(*kind.__module__.split(".")[1:]).with_suffix(".py")
    body = ast.parse(path.read_text()).body
    return next(node for node in body if isinstance(node, ast.ClassDef) and node.name == kind.__name__).body


def annotations(kind: type) -> dict[str, str]:
    """The annotated fields of a class, each with its type."""
    fields = [node for node in source_of(kind) if isinstance(node, ast.AnnAssign)]
    return {field.target.id: ast.unparse(field.annotation) for field in fields if isinstance(field.target, ast.Name)}


def type_of(kind: type, name: str) -> str:
    """The type of a field as the class declares it, in a form a table can hold."""
    text = annotations(kind)[name]
    return str(text).replace("|", "or")


def properties(kind: type) -> list[str]:
    """The rows of what is computed from the fields."""
    found = [
        node for node in source_of(kind)
        if isinstance(node, ast.FunctionDef) and any(ast.unparse(each) == "property" for each in node.decorator_list)
    ]  # fmt: skip
    return [f"| `{node.name}` | | {' '.join((ast.get_docstring(node) or '').split())} |" for node in found]


def subnet() -> str:
    """The fields of a subnet, in one line: their names are those of the keywords."""
    return ", ".join(f"`{name}`" for name in annotations(Subnet)) + "."


def host() -> str:
    """Return the members of the host that ``load`` gets."""
    rows = ["| Member | |", "|---|---|"]
    for node in source_of(HookHost):
        if isinstance(node, ast.FunctionDef):
            is_property = any(ast.unparse(each) == "property" for each in node.decorator_list)
            call = "" if is_property else f"({', '.join(each.arg for each in node.args.args[1:])})"
            text = " ".join((ast.get_docstring(node) or "").replace("``", "`").split())
            rows.append(f"| `{node.name}{call}` | {text} |")
    return "\n".join(rows)


def methods() -> str:
    """The methods of the base class of hook libraries."""
    return "\n\n".join(method(point) for point in POINTS) + "\n"


def method(point: Point) -> str:
    """The method of one point, which does nothing."""
    arguments = ", ".join(f"{name}: {TYPES[name]}" for name in point.arguments)
    answers = [*([TYPES[point.replaces]] if point.replaces else []), "Step", "None"]
    returned = " | ".join(dict.fromkeys(" | ".join(answers).split(" | ")))
    if point.may_wait:
        returned = f"{returned} | Awaitable[{returned}]"
    effects = [f"{step}: {text}." for step, text in (("SKIP", point.skip), ("DROP", point.drop)) if text != "-"]
    text = f"Act when {point.when}.".replace("`", "``")
    more = " ".join([*([point.notes] if point.notes else []), *effects]).replace(" `flex-id`", " ``flex-id``")
    lines = [f"    def {point.name}(self, {arguments}) -> {returned}:"]
    if len(lines[0]) > 120:
        lines = [f"    def {point.name}(", f"        self, {arguments}", f"    ) -> {returned}:"]
    if more and len(text) + len(more) < 100:
        text, more = f"{text} {more}", ""
    rest = textwrap.wrap(more, 119, initial_indent=" " * 8, subsequent_indent=" " * 8)
    lines += [f'        """{text}"""'] if not rest else [f'        """{text}', "", *rest, '        """']
    return "\n".join([*lines, "        return None"])


def attributes() -> str:
    """The attributes of the hook chain."""
    return "\n".join(f"    {point.name}: Callbacks" for point in POINTS)


TABLES: Final[dict[str, Callable[[], str]]] = {
    "hook table": table,
    "fields": fields,
    "subnet": subnet,
    "host": host,
}
SOURCES: Final[dict[Path, dict[str, Callable[[], str]]]] = {
    PACKAGE / "hooks" / "library.py": {"hook points": methods},
    PACKAGE / "hooks" / "chain.py": {"attributes": attributes},
}
"""The parts of source files that are written here."""


def page(text: str) -> str:
    """A page with its tables as they are to be."""
    for name, made in TABLES.items():
        text = filled(text, f"<!-- {name}: begin -->", f"<!-- {name}: end -->", made())
    return text


def source(path: Path) -> str:
    """A source file with the parts that follow from the hook table."""
    text = path.read_text()
    for name, made in SOURCES[path].items():
        text = filled(text, f"    # {name}: begin", f"    # {name}: end", made())
    return text


def filled(text: str, begin: str, end: str, new: str) -> str:
    """A text with something new between two marks."""
    return re.sub(f"{begin}.*{end}", lambda _: f"{begin}\n{new}\n{end}", text, flags=re.DOTALL)


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text()))
    for path in SOURCES:
        path.write_text(source(path))
