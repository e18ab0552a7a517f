"""The house's one rule: imports go down, and nothing below the adapters touches the outside."""

from __future__ import annotations

import ast
import os
from graphlib import CycleError, TopologicalSorter
from importlib import import_module
from pathlib import Path

import pytest

from kea_twisted.config.hostbackends import HOST_BACKENDS
from kea_twisted.config.leasebackends import LEASE_BACKENDS
from kea_twisted.interfaces import IHostBackend, ILeaseBackend
from kea_twisted.lease.lease import Lease

HOUSE = Path(__file__).parent.parent / "kea_twisted"
ORDER = (
    "testing",
    "demo",
    "ctl",
    "kea_dhcp_ddns",
    "kea_dhcp4",
    "ddnstap",
    "tap",
    "d2",  # a server of its own: it has its control sockets, its files and its log from the other one
    "server",
    "web",
    "adapters.partner",
    "adapters.hooklibraries",
    "adapters.plugins",
    "adapters.control",
    *sorted({f"adapters.{name.split('.')[2]}" for name in LEASE_BACKENDS.values()}),  # memfile and others
    "adapters.sql",  # what the databases of leases and reservations have in common
    "adapters.dns",
    "adapters.net",
    "adapters.log",
    "adapters.system",
    "libraries",
    "ha",
    "hooks.library",
    "commands",
    "doctor",
    "engine",
    "ddns",  # below the engine: the DHCP server makes the same requests that the other server takes
    "hooks",
    "config",
    "expr",
    "lease",
    "wire",
    "interfaces",
    "errors",
    "events",
    "records",
    "jsonvalue",
)
"""Every room may import those below it, type-only imports included, and nothing else of the product."""

OUTSIDE = ("twisted.internet", "socket", "os", "time", "klein", "treq")
BELOW = ORDER[ORDER.index("adapters.system") + 1 :]
FILES = sorted(HOUSE.rglob("*.py"))


def imported(path: Path) -> set[str]:
    """The full names of all a file imports, at its top or inside."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def room(name: str) -> str | None:
    """The room of a module given by its name within the package; None: the package itself."""
    return next((each for each in ORDER if name == each or name.startswith(f"{each}.")), None)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(HOUSE)))
def test_imports_go_down(path: Path) -> None:
    own = ".".join(path.relative_to(HOUSE).with_suffix("").parts).removesuffix(".__init__")
    if own in ("__init__", "adapters"):
        assert imported(path) <= {"__future__.annotations"}
        return
    here = room(own)
    assert here is not None, f"{own} has no place in the order"
    for name in imported(path):
        if name.startswith("kea_twisted.") and name != "kea_twisted.__version__":
            there = room(name.removeprefix("kea_twisted."))
            assert there is not None, f"{name} has no place in the order"
            assert ORDER.index(here) <= ORDER.index(there), f"{own} imports {name}"


def module_of(path: Path) -> str:
    """The full name of the module in a file."""
    return ".".join(("kea_twisted", *path.relative_to(HOUSE).with_suffix("").parts)).removesuffix(".__init__")


def test_no_modules_import_each_other() -> None:
    modules = {module_of(path): path for path in FILES}
    imports = {
        module: {name if name in modules else name.rpartition(".")[0] for name in imported(path)} - {module}
        for module, path in modules.items()
    }
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_tests_lie_in_rooms_like_what_they_test() -> None:
    tests = Path(__file__).parent
    names = [path.name for path in tests.rglob("test_*.py") if path.parent.name != "live"]
    assert len(names) == len(set(names)), "pytest tells test modules apart by their names"
    rooms = {path.relative_to(HOUSE) for path in HOUSE.rglob("*") if path.is_dir()}
    beside = {Path(name) for name in ("data", "hooks", "live", "scenarios", "security")}
    used = {path.parent.relative_to(tests) for path in tests.rglob("*.py")} - {Path()}
    assert used <= rooms | beside
    assert not list((tests / "adapters").glob("*.py")), "each has its room"


@pytest.mark.parametrize(
    "path", [path for path in FILES if path.relative_to(HOUSE).with_suffix("").parts[0] in BELOW],
    ids=lambda path: str(path.relative_to(HOUSE)),
)  # fmt: skip
def test_nothing_below_the_adapters_touches_the_outside(path: Path) -> None:
    for name in imported(path):
        assert not any(name == module or name.startswith(f"{module}.") for module in OUTSIDE), f"imports {name}"


@pytest.mark.parametrize(
    "path", [path for path in FILES if path.parent.name != "lease"], ids=lambda path: str(path.relative_to(HOUSE))
)
def test_the_columns_of_a_lease_have_names_outside_of_their_room(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        columns = len(node.elts) if isinstance(node, ast.Tuple) and isinstance(node.ctx, ast.Store) else 0
        assert columns != len(Lease._fields), f"{path}:{node.lineno} unpacks a lease by position"


def test_only_the_table_of_backends_names_a_backend() -> None:
    """A backend is one room and one row: nothing else depends on which there are."""
    tables = ((LEASE_BACKENDS, ILeaseBackend), (HOST_BACKENDS, IHostBackend))
    rooms = {name.partition(":")[0].rpartition(".")[0] for table, _ in tables for name in table.values()}
    outside = [path for path in FILES if f"kea_twisted.{'.'.join(path.parts[len(HOUSE.parts) : -1])}" not in rooms]
    naming = [(path.name, name) for path in outside for name in imported(path) if name.startswith(tuple(rooms))]
    assert not naming
    for table, interface in tables:
        for row in table.values():
            module, _, name = row.partition(":")
            try:
                found = import_module(module)
            except ModuleNotFoundError as error:  # a driver is an extra
                assert error.name in ("psycopg", "pymysql") and os.environ.get("CI") != "true", error
                continue
            assert interface.implementedBy(getattr(found, name))


SHORT_FILE, SHORT_FUNCTION = 400, 60


@pytest.mark.parametrize("folder", ["kea_twisted", "tests", "bench", "docs"])
def test_files_and_functions_are_short(folder: str) -> None:
    long = []
    for path in sorted((HOUSE.parent / folder).rglob("*.py")):
        text = path.read_text()
        if len(text.splitlines()) > SHORT_FILE:
            long.append(f"{path}: more than {SHORT_FILE} lines")
        for node in ast.walk(ast.parse(text)):
            is_function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            if is_function and (node.end_lineno or 0) - node.lineno >= SHORT_FUNCTION:
                long.append(f"{path}:{node.lineno}: {node.name} has more than {SHORT_FUNCTION} lines")
    assert not long
