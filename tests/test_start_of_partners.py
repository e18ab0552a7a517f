"""The start of a server with a partner: names, addresses of either kind, whose file it is, certificates that end."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from kea_twisted.ctl.channel import UnixChannel
from tests.certificates import Certificates

ROOT = Path(__file__).parents[1]


def free_port(family: int = socket.AF_INET, address: str = "127.0.0.1") -> int:
    with socket.socket(family) as one:
        one.bind((address, 0))
        return int(one.getsockname()[1])


def configuration(url: str, **relationship: Any) -> str:
    peers = [
        {"name": "server1", "url": url, "role": "primary"},
        {"name": "server2", "url": "http://[::1]:1/", "role": "standby"},
    ]
    parameters = {
        "high-availability": [{"this-server-name": "server1", "mode": "hot-standby", "peers": peers, **relationship}]
    }
    return json.dumps({"Dhcp4": {
        "interfaces-config": {"interfaces": []},
        "hooks-libraries": [
            {"library": "libdhcp_lease_cmds.so"},
            {"library": "libdhcp_ha.so", "parameters": parameters},
        ]}})  # fmt: skip


@contextmanager
def started(folder: Path, text: str) -> Iterator[subprocess.Popen[str]]:
    """A server with its output in ``out``; ended at the end."""
    config = folder / "kea.conf"
    config.write_text(text)
    names = ("KEA_DHCP_DATA_DIR", "KEA_LOG_FILE_DIR", "KEA_PIDFILE_DIR", "KEA_CONTROL_SOCKET_DIR")
    environment = {**os.environ, **dict.fromkeys(names, str(folder)), "PYTHONUNBUFFERED": "1"}
    twistd = str(Path(sys.executable).with_name("twistd"))
    words = [twistd, "-n", "--pidfile=", "keadhcp", "--config", str(config), "-p", "10067"]
    with open(folder / "out", "w") as out:
        process = subprocess.Popen(words, cwd=ROOT, env=environment, stdout=out, stderr=out, text=True)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


def wait_for(folder: Path, text: str, seconds: float = 20.0) -> str:
    """The output, as soon as this is in it."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        output = (folder / "out").read_text()
        if text in output:
            return output
        time.sleep(0.05)
    raise AssertionError(f"no {text!r} in {output}")


def heartbeat(url: str) -> Any:
    """Return the answer to a partner; None while no port is open."""
    body = b'{"command": "ha-heartbeat", "service": ["dhcp4"]}'
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    for _ in range(100):
        with suppress(OSError):
            return json.load(urllib.request.urlopen(request, timeout=5))[0]
        time.sleep(0.05)
    return None


def test_a_peer_with_an_ipv6_address(tmp_path: Path) -> None:
    try:
        port = free_port(socket.AF_INET6, "::1")
    except OSError:
        pytest.skip("this machine has no IPv6")
    url = f"http://[::1]:{port}/"
    with started(tmp_path, configuration(url)):
        wait_for(tmp_path, "DHCP4_STARTED")
        assert heartbeat(url)["result"] in (0, 1)


def test_a_name_in_the_own_url_does_not_hold_up_the_start(tmp_path: Path) -> None:
    """One that is unknown is said; one that is known is listened at."""
    with started(tmp_path, configuration("http://nowhere.invalid:8000/")) as process:
        wait_for(tmp_path, "DHCP4_STARTED")
        wait_for(tmp_path, "'nowhere.invalid' in this server's own URL")
        assert process.poll() is None


def test_a_known_name_is_listened_at(tmp_path: Path) -> None:
    url = f"http://localhost:{free_port()}/"
    with started(tmp_path, configuration(url)):
        wait_for(tmp_path, "DHCP4_STARTED")
        assert heartbeat(url)["result"] in (0, 1)


def test_the_file_of_another_server_is_said_to_be_so(tmp_path: Path) -> None:
    with started(tmp_path, configuration("http://192.0.2.77:8000/")) as process:
        output = wait_for(tmp_path, "DHCP4_INIT_FAIL")
        assert "'this-server-name' says that this server is 'server1' at http://192.0.2.77:8000/" in output
        assert process.wait(10) == 1


def test_a_file_without_the_name_of_this_server(tmp_path: Path) -> None:
    """The peer whose URL is of this machine is this server, also for who asks for the configuration."""
    url = f"http://127.0.0.1:{free_port()}/"
    peers = [
        {"name": "server1", "url": "http://192.0.2.77:8000/", "role": "primary"},
        {"name": "server2", "url": url, "role": "standby"},
    ]
    tree = json.loads(configuration(url, peers=peers))
    parameters = tree["Dhcp4"]["hooks-libraries"][1]["parameters"]
    del parameters["high-availability"][0]["this-server-name"]
    tree["Dhcp4"]["control-socket"] = {"socket-type": "unix", "socket-name": "control"}
    tmp_path.chmod(0o750)
    with started(tmp_path, json.dumps(tree)):
        wait_for(tmp_path, "DHCP4_STARTED")
        shown = UnixChannel(str(tmp_path / "control")).ask("config-get").arguments
        servers = UnixChannel(str(tmp_path / "control")).ask("status-get").arguments["high-availability"][0]
    library = shown["Dhcp4"]["hooks-libraries"][1]["parameters"]["high-availability"][0]
    assert library["this-server-name"] == servers["ha-servers"]["local"]["server-name"] == "server2"


def test_alarms_reach_a_webhook(tmp_path: Path) -> None:
    """This server listens on no interface, which is an alarm."""
    got: list[dict[str, Any]] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Quietly."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        tree = json.loads(configuration(f"http://127.0.0.1:{free_port()}/"))
        tree["Dhcp4"]["user-context"] = {"alarms": {"url": f"http://127.0.0.1:{server.server_address[1]}/"}}
        with started(tmp_path, json.dumps(tree)):
            wait_for(tmp_path, "DHCP4_STARTED")
            deadline = time.monotonic() + 20
            while not any(each["kind"] == "sockets" for each in got) and time.monotonic() < deadline:
                time.sleep(0.05)
        server.shutdown()
    found = next(each for each in got if each["kind"] == "sockets")
    assert (found["server"], found["severity"]) == ("server1", "critical")


def test_a_certificate_that_ends_soon_is_warned_about(tmp_path: Path) -> None:
    made = Certificates(tmp_path)
    files = {"trust-anchor": str(made.anchor), "cert-file": str(made.server), "key-file": str(made.server_key)}
    with started(tmp_path, configuration(f"http://127.0.0.1:{free_port()}/", **files)):
        output = wait_for(tmp_path, "TLS_CERTIFICATE_ENDS")
        assert f"a certificate in {made.server} ends at" in output
        assert f"a certificate in {made.anchor} ends at" in output
