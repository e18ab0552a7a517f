"""The program kea-dhcp4 beside the real one: the same command lines, files and signals."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from .bootp import ACK, mac_of
from .hosts import Lan
from .keas import BINARY, CHROOT
from .kinds import place
from .needs import need
from .rawclients import RawClients

pytestmark = pytest.mark.live

KEA = ["chroot", str(CHROOT), BINARY]
OURS = [str(Path(sys.executable).parent / "kea-dhcp4")]
COMMAND_LINES = (
    "",
    "-c",
    "-h",
    "-S",
    "-z -v",
    "--help",
    "-d",
    "-X",
    "-c x y",
    "-c x -p 0",
    "-c x -p abc",
    "-c x -p 70000",
    "-c x -P 0",
    "-c x -P -1",
    "-t /no/such/file",
    "-T /no/such/file",
    "-t",
)
CONFIG = """{"Dhcp4": {
  "interfaces-config": {"interfaces": ["em1"]},
  "subnet4": [{"id": 1, "subnet": "10.0.0.0/24", "pools": [{"pool": "10.0.0.10-10.0.0.19"}]}]
}}"""


def answered(program: list[str], line: str) -> tuple[int, str, str]:
    """Exit status, standard output, and the first line on standard error without the program's path."""
    done = subprocess.run([*program, *line.split()], capture_output=True, text=True, timeout=30, check=False)
    first = (done.stderr.splitlines() or [""])[0]
    if "version" in first:  # the first line of the usage names the product
        first = "usage"
    return done.returncode, done.stdout, re.sub(r"^\S*/kea-dhcp4", "kea-dhcp4", first)


@pytest.mark.parametrize("line", COMMAND_LINES)
def test_a_command_line_is_answered_as_by_kea(line: str) -> None:
    need("kea30")
    assert answered(OURS, line) == answered(KEA, line)


def test_versions_have_keas_form() -> None:
    need("kea30")
    for program in (OURS, KEA):
        status, out, first = answered(program, "-v")
        assert (status, first) == (0, "") and re.fullmatch(r"\d+\.\d+\.\d+\n", out)
        status, out, first = answered(program, "-V")
        head, premium, *_ = out.splitlines()
        assert (status, first, premium) == (0, "", "premium: no")
        assert re.match(r"\d+\.\d+\.\d+ \(", head)


@pytest.mark.parametrize("kind", ["executable", "kea30"])
def test_processes_signals_and_files_are_keas(kind: str, lan: Lan, tmp_path: Path) -> None:
    need(kind)
    server = place(kind, lan.server("server1", "10.0.0.1/24"), tmp_path / "s", CONFIG)
    process = server.start()
    [found] = [each for each in psutil.process_iter() if is_in(each, process.pid) and each.name() == "kea-dhcp4"]
    assert re.match(r"(.*?)kea-dhcp4\s+.*-c\s+(\S+)", " ".join(found.cmdline()))
    assert int((server.folder / "kea-dhcp4.kea-dhcp4.pid").read_text()) == found.pid
    again = server.host.start(server.words(), tmp_path / "again.log", server.environment(), cwd=server.folder)
    assert again.wait(15) == 1
    assert again.matching(rf"FATAL .*DHCP4_ALREADY_RUNNING kea-dhcp4 already running\? .*PID: {found.pid} exists")
    clients = RawClients(lan.client("client1"))
    reply = clients.obtain(mac_of(1))
    clients.close()
    assert reply is not None and reply.kind == ACK
    mark = process.mark()
    found.send_signal(signal.SIGHUP)
    server.wait_for("DHCP4_DYNAMIC_RECONFIGURATION_SUCCESS", since=mark)
    found.send_signal(signal.SIGINT)
    assert process.wait(15) == 0
    assert not (server.folder / "kea-dhcp4.kea-dhcp4.pid").exists()


def is_in(process: psutil.Process, top: int) -> bool:
    """Return True if a process is ``top`` or one of its descendants."""
    try:
        return top in (process.pid, *(each.pid for each in process.parents()))
    except psutil.Error:
        return False
