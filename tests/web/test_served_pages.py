"""The pages of a pair of running servers, asked for as a monitor does."""

from __future__ import annotations

import json
import socket
import urllib.error
import urllib.request
from base64 import b64encode
from pathlib import Path

from kea_twisted.demo.pair import free_ports, loopback_pair


def status(url: str, page: str) -> int:
    """The status of a page."""
    try:
        with urllib.request.urlopen(url + page, timeout=5) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_a_pair_is_ready_when_both_have_found_each_other(tmp_path: Path) -> None:
    """On the listener for the HA partner, which permits no commands to others."""
    servers, _, _ = loopback_pair(tmp_path, lambda line: None)
    tree = json.loads((tmp_path / "server1" / "kea-dhcp4.conf").read_text())
    peers = tree["Dhcp4"]["hooks-libraries"][2]["parameters"]["high-availability"][0]["peers"]
    urls = [peer["url"] for peer in peers]
    try:
        servers[0].start()
        servers[0].wait_for("DHCP4_STARTED", 20)
        assert (status(urls[0], "healthz"), status(urls[0], "readyz")) == (200, 503), "it waits for its partner"
        assert status(urls[0], "") == 400
        servers[1].start()
        for server in servers:
            server.wait_for("HA_STATE_TRANSITION.*to HOT-STANDBY", 20)
        assert [status(url, "readyz") for url in urls] == [200, 200]
        servers[0].stop()
        servers[1].wait_for("HA_STATE_TRANSITION.*to PARTNER-DOWN", 20)
        assert status(urls[1], "readyz") == 200
    finally:
        for server in servers:
            server.stop()


def test_the_counters_of_a_running_server_are_shown_to_who_has_the_password(tmp_path: Path) -> None:
    servers, _, _ = loopback_pair(tmp_path, lambda line: None)
    file = tmp_path / "server1" / "kea-dhcp4.conf"
    tree = json.loads(file.read_text())
    [port] = free_ports(1, socket.SOCK_STREAM)
    users = {"type": "basic", "clients": [{"user": "prometheus", "password": "hay"}]}
    web = {"socket-type": "http", "socket-port": port, "authentication": users, "user-context": {"metrics": True}}
    tree["Dhcp4"]["control-sockets"].append(web)
    file.write_text(json.dumps(tree))
    url = f"http://127.0.0.1:{port}/"
    try:
        servers[0].start()
        servers[0].wait_for("DHCP4_STARTED", 20)
        assert status(url, "metrics") == 401
        login = {"Authorization": "Basic " + b64encode(b"prometheus:hay").decode()}
        with urllib.request.urlopen(urllib.request.Request(url + "metrics", headers=login), timeout=5) as response:
            assert response.headers["Content-Type"].startswith("text/plain; version=")
            text = response.read().decode()
        assert 'keadhcp_ha_state{server="server1",side="local",state="waiting"} 1.0\n' in text
        pool = 'pool="10.0.0.10-10.0.0.110",subnet="10.0.0.0/24",subnet_id="1"'
        assert f"keadhcp_pool_free_addresses{{{pool}}} 101\n" in text
        assert "keadhcp_lease_file_bytes " in text
    finally:
        servers[0].stop()
