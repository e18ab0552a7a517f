"""keadhcp-ctl and a partner that speaks TLS: the same rule for certificates as between the servers."""

from __future__ import annotations

import json
import shutil
import socket
import ssl
import threading
from pathlib import Path
from typing import Any

import pytest

from kea_twisted.ctl import find
from kea_twisted.ctl.channel import Unreachable
from tests.certificates import Certificates
from tests.ctl.calls import call, lines, node
from tests.ctl.fakeserver import Script, http_server, unix_server

OK = Script({"status-get": {"result": 0, "arguments": {"uptime": 1}}})


@pytest.fixture
def files(tmp_path: Path) -> Certificates:
    """Certificates with common names only."""
    folder = tmp_path / "tls"
    folder.mkdir()
    return Certificates(folder, None)


def server_side(files: Certificates) -> ssl.SSLContext:
    """The TLS of a listener that wants a certificate of the trust anchor."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.server, files.server_key)
    context.load_verify_locations(files.anchor)
    context.verify_mode = ssl.CERT_REQUIRED
    return context


def entry(files: Certificates, **changes: Any) -> dict[str, Any]:
    """A peer as the configuration of its partner has it."""
    names = {"trust-anchor": files.anchor, "cert-file": files.client, "key-file": files.client_key} | changes
    return {key: str(value) for key, value in names.items()}


def test_the_name_in_the_certificate_of_a_partner_does_not_matter(tmp_path: Path, files: Certificates) -> None:
    with http_server(node("two", "hot-standby", "one"), tls=server_side(files)) as url:
        peers = [{"name": "one", "url": "https://127.0.0.1:1/"}, {"name": "two", "url": url}]
        relationship = {"this-server-name": "one", "peers": peers, **entry(files)}
        hook = {"library": "libdhcp_ha.so", "parameters": {"high-availability": [relationship]}}
        script = node("one", "hot-standby", "two", **{"in-touch": True})
        script.answers |= {
            "config-get": {"result": 0, "arguments": {"Dhcp4": {"hooks-libraries": [hook]}}},
            "statistic-get-all": {"result": 0, "arguments": {}},
        }
        with unix_server(tmp_path / "s", script) as path:
            result = call("--socket", path, "status")
    assert (result.exit_code, lines(result)[2][:3]) == (0, ["two", "primary", "hot-standby"]), result.output


def test_the_trust_anchor_matters_and_may_be_a_folder(tmp_path: Path, files: Certificates) -> None:
    folders = [tmp_path / "anchors", tmp_path / "others"]
    for folder in folders:
        folder.mkdir()
    shutil.copy(files.anchor, folders[0])
    other = Certificates(folders[1], None)
    with http_server(OK, tls=server_side(files)) as url:
        trusting = find.peer_channel(url, entry(files, **{"trust-anchor": folders[0]}), find.Access())
        assert trusting.ask("status-get").arguments == {"uptime": 1}
        for anchor in (other.anchor, ""):  # without one it is the system's, by name
            doubting = find.peer_channel(url, entry(files, **{"trust-anchor": anchor}), find.Access())
            with pytest.raises(Unreachable, match="certificate verify failed"):
                doubting.ask("status-get")


def test_a_peer_with_certificates_speaks_tls_whatever_its_url_says(files: Certificates) -> None:
    with http_server(OK, tls=server_side(files)) as url:
        plain = url.replace("https:", "http:")
        channel = find.peer_channel(plain, json.loads(json.dumps(entry(files))), find.Access())
        assert (channel.name, channel.ask("status-get").arguments) == (plain, {"uptime": 1})


def test_it_says_which_of_the_two_a_port_speaks(files: Certificates) -> None:
    with http_server(OK, tls=server_side(files)) as url, pytest.raises(Unreachable, match="seems to speak TLS, not"):
        find.peer_channel(url.replace("https:", "http:"), {}, find.Access()).ask("status-get")
    with http_server(OK) as url, pytest.raises(Unreachable, match="seems to speak plain HTTP, not TLS"):
        find.peer_channel(url.replace("http:", "https:"), entry(files), find.Access()).ask("status-get")
    # one that waits for the end of a line, and says nothing before
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"https://127.0.0.1:{listener.getsockname()[1]}/"

        def serve() -> None:
            for _ in range(2):
                connection = listener.accept()[0]
                if connection.recv(4) == b"GET ":
                    connection.sendall(b"HTTP/1.0 400 Bad Request\r\n\r\n")
                waiting.append(connection)

        waiting: list[socket.socket] = []
        thread = threading.Thread(target=serve)
        thread.start()
        with pytest.raises(Unreachable, match="no answer in time: it seems to speak plain HTTP"):
            find.peer_channel(url, entry(files), find.Access(0.3)).ask("status-get")
        thread.join(5)
        for connection in waiting:
            connection.close()
