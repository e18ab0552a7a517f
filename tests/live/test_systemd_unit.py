"""The systemd unit: what systemd says of it; and servers that gave up root, by the unit or by twistd."""

from __future__ import annotations

import configparser
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from . import tools
from .bootp import ACK, mac_of
from .closed import USER, debian_layout, opened
from .conftest import unavailable
from .hosts import Host, Lan
from .keas import folders
from .pairs import wait
from .process import Process
from .rawclients import RawClients

pytestmark = pytest.mark.live

ROOT = Path(__file__).parents[2]
UNIT = ROOT / "conf" / "systemd" / "keadhcp.service"
UNITS = (UNIT, UNIT.with_name("keaddns.service"))
CAPABILITIES = 1 << 13 | 1 << 10  # CAP_NET_RAW, CAP_NET_BIND_SERVICE


def setting(name: str, unit: Path = UNIT) -> str:
    """The value of a setting of a unit's service."""
    found = re.findall(rf"^{name}=(.*)$", unit.read_text(), re.MULTILINE)
    assert len(found) == 1, (name, found)
    return str(found[0])


def analyze(*words: str) -> subprocess.CompletedProcess[str]:
    """Run systemd-analyze."""
    if shutil.which("systemd-analyze") is None:
        unavailable("no systemd-analyze")
    return subprocess.run(["systemd-analyze", *words], capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_systemd_understands_the_unit(unit: Path) -> None:
    done = analyze("verify", "--man=no", str(unit))
    others = re.compile(rf"/\S+/(?!{re.escape(unit.name)})[^/:]+:\d+: ")  # units of the machine that it reads, too
    lines = [line for line in (done.stdout + done.stderr).splitlines() if not others.match(line)]
    assert (done.returncode, lines) == (0, [])


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_the_unit_is_hardened(unit: Path) -> None:
    done = analyze("security", "--offline=yes", "--threshold=19", "--no-pager", str(unit))
    assert done.returncode == 0, done.stdout + done.stderr


def test_it_has_what_operators_change() -> None:
    assert "KEADHCP_PROGRAM=/" in setting("Environment")
    program, flags, file = setting("ExecStart").split()[1:4]
    assert (program, flags) == ("${KEADHCP_PROGRAM}", "$KEADHCP_FLAGS"), file
    first, second = re.findall(r"^ExecReload=(.*)$", UNIT.read_text(), re.MULTILINE)
    assert "$KEADHCP_FLAGS -t ${KEADHCP_CONFIG}" in first
    assert second == "/bin/kill -HUP $MAINPID"
    assert "kea-dhcp4-server.service" in setting("Conflicts")
    parser = configparser.RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(UNIT)
    assert parser.sections() == ["Unit", "Service", "Install"]


def test_the_unit_of_the_server_that_updates_the_dns_needs_no_capability() -> None:
    unit = UNITS[1]
    assert setting("CapabilityBoundingSet", unit) == "" and "AmbientCapabilities" not in unit.read_text()
    assert "KEADDNS_PROGRAM=/usr/local/bin/kea-dhcp-ddns" in setting("Environment", unit)
    assert setting("ExecStart", unit) == "/usr/bin/env ${KEADDNS_PROGRAM} $KEADDNS_FLAGS -c ${KEADDNS_CONFIG}"
    assert "kea-dhcp-ddns-server.service" in setting("Conflicts", unit)


@pytest.fixture
def layout() -> Iterator[Path]:
    """Debian's folders."""
    with debian_layout() as top:
        yield top


def command(top: Path) -> list[str]:
    """The server as systemd starts it: user, ambient and bounding set, umask, no new privileges."""
    allowed = ",".join("+" + name.removeprefix("CAP_").lower() for name in setting("AmbientCapabilities").split())
    limits = [f"--{which}-caps=-all,{allowed}" for which in ("inh", "ambient")]
    identity = [f"--reuid={setting('User')}", f"--regid={setting('Group')}", "--init-groups", "--no-new-privs"]
    prefixes = {sys.base_prefix, sys.prefix, str(ROOT)}
    program = [str(Path(sys.executable).parent / "kea-dhcp4"), "-c", str(top / "etc" / "kea-dhcp4.conf")]
    return [
        "sh", "-c", opened(prefixes), "sh", "setpriv", *identity, *limits,
        f"--bounding-set=-all,{allowed}", "sh", "-c", f'umask {setting("UMask")}; exec "$@"', "sh", *program,
    ]  # fmt: skip


def as_root_dropping(top: Path) -> list[str]:
    """The server as root starts it with twistd, which changes the user."""
    prefixes = {sys.base_prefix, sys.prefix, str(ROOT)}
    words = [str(Path(sys.executable).parent / "twistd"), "-n", "--pidfile=", "--umask=027", f"--uid={USER}"]
    return ["sh", "-c", opened(prefixes), "sh", *words, "keadhcp", "-c", str(top / "etc" / "kea-dhcp4.conf")]


@pytest.mark.parametrize("made", [command, as_root_dropping])
def test_everything_works_as_an_ordinary_user_with_two_capabilities(
    made: Callable[[Path], list[str]], lan: Lan, layout: Path
) -> None:
    host = lan.server("server1", "10.0.0.1/24")
    log = layout / "stdout"
    process = host.start(made(layout), log, folders(str(layout / "run")), cwd=Path("/"))
    process.wait_for("DHCP4_STARTED")
    status = dict(line.split(":\t", 1) for line in Path(f"/proc/{process.pid}/status").read_text().splitlines())
    assert {int(status[f"Cap{which}"], 16) for which in ("Eff", "Prm")} == {CAPABILITIES}
    assert "0" not in status["Uid"].split() + status["Gid"].split() + status["Groups"].split()
    assert status["NoNewPrivs"] == "1"
    clients = RawClients(lan.client("client1"))
    reply = clients.obtain(mac_of(1))
    assert reply is not None and reply.kind == ACK
    reloads(process)
    again = clients.renew(mac_of(1), reply)
    clients.close()
    assert again is not None and again.kind == ACK
    opens_a_later_interface(host, process)
    for name in ("config-write", "kea-lfc-start"):
        answer = tools.ask_unix(layout / "run" / "kea4.sock", {"command": name})
        assert answer is not None and answer["result"] == 0, answer
    process.wait_for("DHCPSRV_MEMFILE_LFC_EXECUTE")
    wait(lambda: is_clean(layout), "cleaned lease file", 20.0)  # the cleaner outlives the server
    assert process.stop() == 0
    assert not process.matching("ERROR|FATAL")
    files = [each for each in layout.rglob("*") if each.is_file() and each != log]
    assert {each.owner() for each in files} == {USER}
    assert not [each for each in files if each.stat().st_mode & 0o007]
    assert sorted(each.name for each in (layout / "run").glob("*.pid")) == []


def is_clean(layout: Path) -> bool:
    """Return True if the cleaner of lease files has left its result and gone."""
    return any(layout.rglob("*.csv.2")) and not any(layout.rglob("*.csv.pid"))


def opens_a_later_interface(host: Host, process: Process) -> None:
    """Have it listen on an interface that comes up while it runs."""
    mark = process.mark()
    host.namespace.ip("link", "add", "em2", "type", "veth", "peer", "name", "em3")
    host.namespace.ip("addr", "add", "10.2.0.1/24", "dev", "em2")
    host.namespace.ip("link", "set", "em3", "up")
    host.namespace.ip("link", "set", "em2", "up")
    reloads(process)
    assert not process.matching("em2.*(Permission|permitted)", since=mark)
    sockets = host.run("cat", "/proc/net/packet")
    assert len(sockets.splitlines()) >= 3, sockets


def reloads(process: Process) -> None:
    """Have it read its file again."""
    mark = process.mark()
    process.signal(signal.SIGHUP)
    process.wait_for("DHCP4_DYNAMIC_RECONFIGURATION_SUCCESS", since=mark)
