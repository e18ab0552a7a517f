"""Names in the DNS: a real Kea and ours answer the same clients alike, and send the same name change requests."""

from __future__ import annotations

import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from . import nameserver, updaters
from .bootp import RELEASE
from .conftest import unavailable
from .names import TUNED, NameTwins, Step, configuration, fqdn, host, story
from .needs import need
from .twins import Twin

pytestmark = pytest.mark.live


def test_clients_are_answered_alike_and_the_same_requests_are_sent(tmp_path: Path) -> None:
    need("kea30")
    with NameTwins(tmp_path, configuration()) as twins:
        found = [(step, wrong) for step in story() if (wrong := twins.take(step))]
        assert found == []
        assert twins.number > 60


def test_commands_and_reclamation_send_the_same_requests(tmp_path: Path) -> None:
    need("kea30")
    with NameTwins(tmp_path, configuration(valid_lifetime=2)) as twins:
        steps = (Step(0, 1, options=host(b"one")), Step(0, 2, options=fqdn(0, b"two.")), Step(0, 3), Step(9, 4))
        found = [wrong for step in steps if (wrong := twins.take(step))]
        for last in (11, 12, 13, 14):
            found.append(twins.command("lease4-resend-ddns", **{"ip-address": f"10.1.0.{last}"}))
        for wanted in (True, False, 1):
            found.append(twins.command("lease4-del", **{"ip-address": "10.1.0.11", "update-ddns": wanted}))
        time.sleep(3.1)
        found += [
            twins.take(Step(0, 2, options=host(b"again"))),
            twins.take(Step(0, 5, options=host(b"other"), last=13)),
        ]
        time.sleep(3.1)
        found.append(twins.command("leases-reclaim", remove=True))
        assert [wrong for wrong in found if wrong] == []
        assert twins.number >= 9


def test_names_by_expressions_are_those_of_a_real_kea(tmp_path: Path) -> None:
    need("kea30")
    sent = (host(b"plain"), host(b"skipped"), fqdn(0, b"skipped."), (), host(b"New.Name"))
    with NameTwins(tmp_path, configuration(**TUNED)) as twins:
        steps = [Step(subnet, client, options=more) for subnet in (0, 4) for client, more in enumerate(sent)]
        found = [(step, wrong) for step in steps if (wrong := twins.take(step))]
        assert found == []
        assert twins.number > 4


def test_a_lease_becomes_records_which_go_with_it(tmp_path: Path) -> None:
    """A client, our two servers, and BIND."""
    reason = nameserver.missing()
    if reason:
        unavailable(reason)
    subnet = {"id": 1, "subnet": "192.0.2.0/24", "pools": [{"pool": "192.0.2.10 - 192.0.2.19"}]}
    config = configuration(subnet4=[subnet], **{"ddns-qualifying-suffix": "example.com.", "ddns-ttl": 99})
    twin = Twin("ours", tmp_path, config)
    namespace = twin.server.host.namespace
    updater = updaters.Updater("ours", tmp_path / "d2", updaters.configuration(), namespace)
    with ExitStack() as stack:
        stack.callback(updater.close)
        stack.callback(twin.close)
        namespace.ip("link", "set", "lo", "up")
        names = updater.serve_names("any")
        updater.start()
        twin.start()
        twin.make(Step(0, 0, options=fqdn(1, b"one"), network="192.0.2").packet().frame())
        updater.wait_until(1, 10)
        rows = {name: [row.split()[:2] for row in found] for name, found in names.records().items()}
        both = [["99", "DHCID"], ["99", "PTR"]]
        assert rows == {"10.2.0.192.in-addr.arpa.": both, "one.example.com.": [["99", "A"], ["99", "DHCID"]]}
        twin.make(Step(0, 0, RELEASE, network="192.0.2").packet().frame())
        updater.wait_until(2, 10)
        assert names.records() == {}
