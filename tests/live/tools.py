"""Tools made for Kea, run on a host: control agent, kea-shell, kea-exporter; and the unix socket itself."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from . import control
from .dialect import JsonMap
from .hosts import Host
from .keas import folders
from .process import Process

AGENT_PORT = 8100
EXPORTER_PORT = 9547
SAMPLE = re.compile(r"^(kea_[a-z0-9_]+)(\{.*\})? (\S+)$", re.MULTILINE)


def absent() -> str | None:
    """Return the tools missing on this machine, None if all are present."""
    missing = [tool for tool in ("kea-shell", "kea-ctrl-agent") if shutil.which(tool) is None]
    missing += [] if find_spec("kea_exporter") else ["kea-exporter"]
    return f"not installed: {', '.join(missing)}" if missing else None


def ask_unix(path: Path, request: Any, seconds: float = 10.0) -> Any:
    """Send a request (a text as it is) over a unix socket; the JSON value that comes back, or None."""
    data = request.encode() if isinstance(request, str) else json.dumps(request).encode()
    received = b""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
        sock.settimeout(seconds)
        sock.connect(str(path))
        sock.sendall(data)
        sock.shutdown(socket.SHUT_WR)
        while block := sock.recv(65536):
            received += block
    return json.loads(received) if received else None


def start_agent(host: Host, folder: Path, unix: Path) -> Process:
    """Debian's control agent on 127.0.0.1, in front of a unix socket."""
    folder.mkdir(exist_ok=True, mode=0o750)
    agent = {
        "http-host": "127.0.0.1",
        "http-port": AGENT_PORT,
        "control-sockets": {"dhcp4": {"socket-type": "unix", "socket-name": str(unix)}},
        "loggers": [{"name": "kea-ctrl-agent", "severity": "INFO", "output_options": [{"output": "stdout"}]}],
    }
    config = folder / "agent.conf"
    config.write_text(json.dumps({"Control-agent": agent}))
    command = ["kea-ctrl-agent", "-c", str(config)]
    process = host.start(command, folder / "agent.log", folders(str(folder)))
    process.wait_for("CTRL_AGENT_STARTED|CTRL_AGENT_HTTP_SERVICE_STARTED")
    return process


def shell(host: Host, command: str, arguments: str = "", *, port: int = AGENT_PORT, **options: str) -> Any:
    """Ask by Debian's kea-shell; what it printed, as JSON."""
    words = ["kea-shell", "--host", "127.0.0.1", "--port", str(port), "--service", "dhcp4"]
    for name, value in options.items():
        words += [f"--{name.replace('_', '-')}", value]
    done = subprocess.run(
        host.namespace.command(*words, command),
        input=arguments, capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert done.returncode == 0, (done.returncode, done.stdout, done.stderr)
    return json.loads(done.stdout)


def exported(host: Host, folder: Path, target: str) -> dict[str, float]:
    """Return the metrics of kea-exporter for a server, by name with labels."""
    words = ["-m", "kea_exporter", "-a", "127.0.0.1", "-p", str(EXPORTER_PORT), target]
    process = host.start([sys.executable, *words], folder / "exporter.log")
    try:
        process.wait_for("Listening on")
        connection = control.Connection(host, "127.0.0.1", EXPORTER_PORT)
        connection.request("GET", "/metrics")
        text = connection.getresponse().read().decode()
        connection.close()
    finally:
        process.stop()
    # it warns about names that are newer than itself, of us and of Kea alike
    assert "Traceback" not in process.output(), process.output()
    return {f"{name}{labels}": float(value) for name, labels, value in SAMPLE.findall(text)}


def ask_agent(host: Host, command: str, arguments: JsonMap | None = None) -> JsonMap:
    """Ask the server behind the control agent."""
    return control.ask(host, "127.0.0.1", AGENT_PORT, command, arguments)
