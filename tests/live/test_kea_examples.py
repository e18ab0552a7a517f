"""Every example that Kea ships for kea-dhcp4: ours takes or refuses what the real one takes or refuses."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kea_twisted.config import load_tree
from kea_twisted.config.text import parse, without_places

from .conftest import unavailable
from .hosts import Lan
from .keas import BINARY, CHROOT, HOOKS, INSIDE
from .needs import need

# Those of the newer Kea, in its chroot, and those of the older one.
PLACE = "usr/share/doc/kea/examples/kea4"
FILES = [path for root in (CHROOT, Path("/")) for path in sorted((root / PLACE).glob("*.json"))]

DIFFERENT = {
    "all-keys.json": "SQL databases and their libraries",
    "all-keys-netconf.json": "the same file for another reader",
    "all-keys-current.json": "the same with the keywords of one version",
    "config-backend.json": "a configuration kept in MySQL",
    "mysql-reservations.json": "reservations kept in MySQL",
    "pgsql-reservations.json": "reservations kept in PostgreSQL",
    "ha-load-balancing-server1-mt-with-tls.json": "certificates that are looked for; Kea's -t does not",
    "backends.json": "a Kea without a MySQL library takes it or not, as it was built",
}
"""Examples about which the two need not agree, and what there is not in ours."""

SAID = {
    "ha-load-balancing-server2-mt.json": {"multi-threading.thread-pool-size"},
}
"""Keywords reported as without effect, by example; none for the others."""


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Lan, Path]]:
    """A host with the interfaces that the examples name, and a folder for what they need."""
    need("kea30")
    if not FILES:
        unavailable("kea-doc is not installed")
    with Lan() as lan:
        host = lan.server("server1", "10.0.0.1/24")
        for name in ("eth0", "eth1", "eth2", "ethX", "vlan101"):
            host.namespace.ip("link", "add", name, "type", "veth", "peer", "name", f"{name}-far")
        yield lan, tmp_path_factory.mktemp("examples")


def verdicts(lan: Lan, folder: Path, file: Path) -> tuple[bool, subprocess.CompletedProcess[str]]:
    """Return whether Kea accepts the file, and our report."""
    text, name = file.read_text(), file.name
    (folder / name).write_text(re.sub(r'"[^"]*/(libdhcp_\w+\.so)"', rf'"{HOOKS}/\1"', text))
    inside = lan.hosts[0].namespace.command
    script = f'mount --bind "$1" "$0{INSIDE}" && exec chroot "$0" "$2" -X -t "{INSIDE}/$3"'
    judge = ["sh", "-c", script, str(CHROOT), str(folder), BINARY, name]
    if CHROOT not in file.parents:
        judge = [BINARY, "-t", str(folder / name)]
    kea = subprocess.run(inside(*judge), capture_output=True, text=True, timeout=60, check=False)
    twistd = Path(sys.executable).parent / "twistd"
    ours = subprocess.run(
        inside(str(twistd), "-n", "--pidfile=", "keadhcp", "-X", "-t", str(file)), cwd=folder,
        capture_output=True, text=True, timeout=60, check=False, env=dict(os.environ),
    )  # fmt: skip
    return kea.returncode == 0, ours


@pytest.mark.live
@pytest.mark.parametrize("file", FILES or [Path()], ids=str)
def test_an_example_is_judged_as_by_kea(machine: tuple[Lan, Path], file: Path) -> None:
    """Taken by both or refused by both, and what has no effect is said."""
    name = file.name
    taken, ours = verdicts(*machine, file)
    assert "Traceback" not in ours.stdout + ours.stderr
    if name not in DIFFERENT:
        assert (ours.returncode == 0) == taken, ours.stdout + ours.stderr
    found = re.search(r"without effect in this version: (.*)", ours.stdout)
    words = found[1].split(", ") if found else []
    expected = SAID.get(name, set())
    assert [word for word in words if not any(word.startswith(start) for start in expected)] == []


def without_databases(file: Path) -> dict[str, Any]:
    """An example with leases and reservations in the configuration and in files, and no library of Kea's own code."""
    tree: Any = without_places(parse(file.read_text(), file.name, lambda path: ""))
    inside = tree["Dhcp4"]
    for name in ("hosts-database", "hosts-databases", "config-control", "hooks-libraries", "lease-database"):
        inside.pop(name, None)
    for entry in inside.get("control-sockets", ()):
        for client in entry.get("authentication", {}).get("clients", ()):
            client.update({"password": "a secret of this test"} if "password" in client else {})
    return {"Dhcp4": inside}


@pytest.mark.live
@pytest.mark.parametrize("file", [path for path in FILES if path.name.startswith("all-keys")] or [Path()], ids=str)
def test_all_keywords_but_those_of_databases_are_known_and_have_an_effect(file: Path) -> None:
    if not FILES:
        unavailable("kea-doc is not installed")
    settings = load_tree(without_databases(file))
    assert settings.no_effect == ()
