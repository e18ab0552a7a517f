"""The house's one rule: imports go down, and nothing below the adapters touches the outside."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

HOUSE = Path(__file__).parent.parent / "kea_twisted"
FLOORS = {
    "wire": 0,
    "config": 0,
    "lease": 0,
    "expr": 0,
    "engine": 1,
    "hooks": 1,
    "ha": 2,
    "commands": 2,
    "adapters": 3,
}
BESIDE = {"interfaces", "errors", "events", "records"}
SAME_FLOOR = {
    ("config", "wire"),
    ("lease", "wire"),
    ("engine", "hooks"),
    ("config", "expr"),
    ("expr", "wire"),
}
OUTSIDE = ("twisted.internet", "socket", "os", "time", "klein", "treq")
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


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(HOUSE)))
def test_imports_go_down(path: Path) -> None:
    room = path.relative_to(HOUSE).parts[0].removesuffix(".py")
    floor = FLOORS.get(room, -1 if room in BESIDE else 4)
    for name in imported(path):
        if name.startswith("kea_twisted."):
            other = name.split(".")[1]
            below = other in BESIDE or other == "__version__" or FLOORS.get(other, 4) < floor
            assert below or other == room or (room, other) in SAME_FLOOR or floor == 4, (
                f"{room} imports {name}"
            )


@pytest.mark.parametrize(
    "path", [path for path in FILES if path.parent.name in FLOORS and path.parent.name != "adapters"],
    ids=lambda path: str(path.relative_to(HOUSE)),
)  # fmt: skip
def test_nothing_below_the_adapters_touches_the_outside(path: Path) -> None:
    for name in imported(path):
        assert not any(name == module or name.startswith(f"{module}.") for module in OUTSIDE), (
            f"imports {name}"
        )
