"""FreeBSD's start script with a real server, on a stand-in for rc.subr or on the file that RC_SUBR names."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from .keas import folders

pytestmark = pytest.mark.live

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "conf" / "rc.d"
RC_SUBR = Path(os.environ.get("RC_SUBR", ROOT / "tests" / "data" / "rc" / "rc.subr"))
GOOD = '{"Dhcp4": {"interfaces-config": {"interfaces": []}, "valid-lifetime": %d}}'
BROKEN = '{"Dhcp4": {"valid-lifetime": "x"}}'
# FreeBSD's commands that the real rc.subr calls
FAKES = {
    "jps": "/bin/ps -ww -o pid= -o command= $(echo \"$@\" | sed 's/-o [a-z]*=//g') | sed -E 's/^ *([0-9]+)/\\1 0/'",
    "limits": 'shift 2; exec "$@"',
    "kenv": "exit 1",
    "pwait": "sleep 0.1; exit 1",
}


class Service:
    """The script as service(8) calls it, with every folder of the server in one."""

    def __init__(
        self, folder: Path, called: str = "keadhcp", program: str = "kea-dhcp4", good: str = GOOD % 4000
    ) -> None:
        self.folder = folder
        self.config = folder / "dhcp.v4.conf"
        self.pid_file = folder / f"dhcp.v4.{program}.pid"
        self._log = folder / f"{program}.log"
        self.configure(good)
        self._script = folder / called
        fakes = folder / "bin"
        fakes.mkdir()
        for name, line in FAKES.items():
            (fakes / name).write_text(f"#!/bin/sh\n{line}\n")
            (fakes / name).chmod(0o755)
        subr = folder / "rc.subr"
        subr.write_text(re.sub(r"^PS=.*$", f'PS="{fakes / "jps"}"', RC_SUBR.read_text(), flags=re.MULTILINE))
        self._script.write_text((SCRIPTS / called).read_text().replace(". /etc/rc.subr", f". {subr}"))
        moved = " ".join(f"{name}={place}" for name, place in folders(str(folder)).items())
        self._environment = {
            "PATH": f"{fakes}:{os.environ['PATH']}",
            f"{called}_enable": "YES",
            f"{called}_config": str(self.config),
            f"{called}_twistd": str(Path(sys.executable).parent / "twistd"),
            f"{called}_env": moved,
        }
        if called == "keadhcp":
            self._environment["keadhcp_flags"] = "-p 10067"

    def __call__(self, word: str, **more: str) -> tuple[int, str]:
        """Call the script; its exit status and what it printed."""
        done = subprocess.run(
            ["sh", str(self._script), word], env={**self._environment, **more}, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, timeout=60, check=False, cwd="/",
        )  # fmt: skip
        return done.returncode, done.stdout

    def configure(self, text: str) -> None:
        """Replace the configuration file."""
        self.config.write_text(text)

    @property
    def pid(self) -> int | None:
        """The number in the server's PID file."""
        return int(self.pid_file.read_text()) if self.pid_file.exists() else None

    def log(self) -> str:
        """Return the server's log."""
        return self._log.read_text() if self._log.exists() else ""


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """A server that is not started; one that was is stopped."""
    yield from _service(tmp_path)


@pytest.fixture
def updater(tmp_path: Path) -> Iterator[Service]:
    """The same of a server that updates the DNS."""
    yield from _service(tmp_path, "keaddns", "kea-dhcp-ddns", '{"DhcpDdns": {"port": 53099}}')


def _service(folder: Path, *more: str) -> Iterator[Service]:
    folder.chmod(0o750)
    made = Service(folder, *more)
    yield made
    pid = made.pid
    if pid is not None and psutil.pid_exists(pid) and str(made.config) in psutil.Process(pid).cmdline():
        psutil.Process(pid).kill()


def wait_until(is_so: Callable[[], bool]) -> None:
    """The server does things after the script ended."""
    for _ in range(200):
        if is_so():
            return
        time.sleep(0.05)
    pytest.fail("in vain")


def test_start_status_reload_restart_stop(service: Service) -> None:
    assert service("status")[0] == 1
    status, text = service("start")
    assert (status, text) == (0, "Starting keadhcp.\n")
    first = service.pid
    assert service("status") == (0, f"keadhcp is running as pid {first}.\n")
    assert service("start")[0] == 1, "once is enough"
    assert service("reload")[0] == 0
    wait_until(lambda: "DHCP4_DYNAMIC_RECONFIGURATION_SUCCESS" in service.log())
    assert service("restart")[0] == 0
    assert service.pid not in (None, first)
    assert service("stop")[0] == 0
    assert service.pid is None
    assert service("status")[0] == 1


def test_the_server_that_updates_the_dns_has_the_same_script(updater: Service) -> None:
    assert updater("start") == (0, "Starting keaddns.\n")
    assert updater("status") == (0, f"keaddns is running as pid {updater.pid}.\n")
    assert updater("reload")[0] == 0
    wait_until(lambda: updater.log().count("DCTL_CONFIG_COMPLETE") == 2)
    updater.configure('{"DhcpDdns": {"port": "x"}}')
    status, text = updater("restart")
    assert status == 1 and "port" in text
    assert updater("stop")[0] == 0
    assert updater.pid is None


def test_a_broken_file_stops_nothing_and_the_reason_is_shown(service: Service) -> None:
    assert service("start")[0] == 0
    first = service.pid
    service.configure(BROKEN)
    for word in ("restart", "reload", "configtest"):
        status, text = service(word)
        assert status == 1, word
        assert f"{service.config}:1:" in text and "valid-lifetime" in text
    assert service("status") == (0, f"keadhcp is running as pid {first}.\n")
    assert "DHCP4_DYNAMIC_RECONFIGURATION" not in service.log()
    assert "Stopping" not in text


def test_checks_use_the_flags_and_the_environment(service: Service) -> None:
    elsewhere = GOOD % 4000
    elsewhere = elsewhere.replace('"valid', '"lease-database": {"type": "memfile", "name": "/srv/x.csv"}, "valid')
    service.configure(elsewhere)
    assert service("configtest")[0] == 1
    assert service("configtest", keadhcp_flags="-X")[0] == 0
    assert service("configtest", flags="-X")[0] == 0
    assert service("configtest", keadhcp_env="KEA_DHCP_DATA_DIR=/srv")[0] == 0


@pytest.mark.parametrize("left_over", ["test", "junk"])
def test_a_pid_file_that_is_left_over_is_not_in_the_way(service: Service, left_over: str) -> None:
    number = str(os.getpid()) if left_over == "test" else left_over
    service.pid_file.write_text(number)
    (service.folder / "keadhcp.pid").write_text(number)
    assert service("status")[0] == 1
    assert service("start") == (0, "Starting keadhcp.\n")
    assert service("stop")[0] == 0


def test_a_start_that_fails_says_why(service: Service) -> None:
    service.configure(BROKEN)
    status, text = service("start")
    assert status != 0
    assert "expecting integer" in text and "dhcp.v4.conf:1:" in text
