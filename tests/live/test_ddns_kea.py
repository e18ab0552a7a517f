"""Name change requests beside a real kea-dhcp-ddns: the same records in BIND, the same counters, the same log."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from kea_twisted.ddns.request import ADD, MODES, NameChange, render

from . import nameserver, updaters
from .conftest import unavailable
from .dialect import JsonMap
from .updaters import Updater, configuration

pytestmark = pytest.mark.live

ONE = bytes.fromhex("000101") + bytes(range(32))
OTHER = bytes.fromhex("000101") + bytes(range(32, 64))


QUICK: JsonMap = {"dns-server-timeout": 200}
COMMANDS = (
    ("list-commands", None),
    ("config-test", {"DhcpDdns": {}}),
    ("config-test", {"Dhcp4": {}}),
    ("config-test", {"DhcpDdns": {}, "x": 1}),
    ("config-test", None),
    ("config-write", {"filename": 1}),
    ("statistic-get", {"name": "nothing"}),
    ("statistic-reset", {"name": "nothing"}),
    ("shutdown", {"type": "soon"}),
    ("shutdown", {"exit-value": "1"}),
    ("statistic-remove", {"name": "ncr-received"}),
)


def add(name: str, last: int, dhcid: bytes = ONE, mode: str = "check-with-dhcid", **more: object) -> bytes:
    """A request for one name and one address."""
    values: dict[str, object] = {"forward": True, "reverse": True, "lease_length": 1200, **more}
    fqdn, address = f"{name}.example.com.", f"192.0.2.{last}"
    return render(NameChange(ADD, fqdn=fqdn, address=address, dhcid=dhcid, mode=mode, **values))  # type: ignore[arg-type]


def remove(name: str, last: int, dhcid: bytes = ONE, mode: str = "check-with-dhcid", **more: object) -> bytes:
    """The end of one."""
    return add(name, last, dhcid, mode, **more).replace(b'"change-type":0', b'"change-type":1')


def story(mode: str, first: int) -> list[bytes]:
    """Changes of names in one mode of conflict resolution."""
    name = f"n{first}"
    return [
        add(name, first, mode=mode),
        add(name, first, mode=mode),  # again
        add(name, first + 1, mode=mode),  # another address
        add(name, first + 2, OTHER, mode=mode),  # another client
        add(name, first + 3, mode=mode, reverse=False),
        add(f"{name}r", first + 4, mode=mode, forward=False),
        remove(name, first + 3, mode=mode),
        remove(name, first + 2, OTHER, mode=mode),
        remove(f"{name}r", first + 4, mode=mode, forward=False),
        remove("never", first + 5, mode=mode),
        add(f"{name}stays", first + 6, mode=mode, lease_length=7),
    ]


def pair(tmp_path: Path, tree: JsonMap) -> tuple[Updater, Updater]:
    """Ours and a real one; skips where they cannot be started."""
    if os.geteuid() != 0:
        unavailable("network namespaces need root")
    for reason in (nameserver.missing(), updaters.missing("kea")):
        if reason:
            unavailable(reason)
    return Updater("ours", tmp_path, tree), Updater("kea", tmp_path, tree)


@pytest.fixture
def close() -> Iterator[ExitStack]:
    """Objects to be closed at the end."""
    with ExitStack() as stack:
        yield stack


def test_the_same_records_counters_and_log(tmp_path: Path, close: ExitStack) -> None:
    """Every mode, signed, with requests that fit no domain and requests that are malformed in between."""
    both = pair(tmp_path, configuration({"comment": "x"}))
    for each in both:
        close.callback(each.close)
        each.serve_names("key key1")
        each.start()
        for place, mode in enumerate(MODES):
            for datagram in story(mode, 10 + 10 * place):
                each.carry_out(datagram)
        each.carry_out(b"\0\2{}")
        each.carry_out(add("h", 1).replace(b"example.com", b"example.org"))
        each.carry_out(add("h", 1).replace(b'"192.0.2.1"', b'"198.1.2.1"'))
        each.carry_out(add("h", 1, forward=False).replace(b'"192.0.2.1"', b'"198.1.2.1"'))
        each.carry_out(add("h", 1).replace(b'"lease-length":1200', b'"lease-length":"12"'))
        each.carry_out(add("H", 200).replace(b"H.example.com", b"H.EXAMPLE.COM"))
    ours, kea = both
    for command, arguments in COMMANDS:
        assert ours.ask(command, arguments) == kea.ask(command, arguments), command
    assert ours.ask("status-get")["arguments"].keys() == kea.ask("status-get")["arguments"].keys()
    assert ours.ask("config-hash-get")["arguments"].keys() == {"hash"}
    assert ours.names and kea.names
    assert ours.names.records() == kea.names.records()
    assert ours.statistics() == kea.statistics()
    assert ours.identifiers() == kea.identifiers()


def test_the_pointer_of_a_former_address_is_removed(tmp_path: Path, close: ExitStack) -> None:
    """A Kea 3.0 gives up when the name has another address by then; 3.3 goes on to the pointer."""
    left = []
    for each in pair(tmp_path, configuration()):
        close.callback(each.close)
        names = each.serve_names("any")
        each.start()
        for datagram in (add("h", 1), add("h", 2), remove("h", 1)):
            each.carry_out(datagram)
        left.append(names.records())
    ours, kea = left
    assert "1.2.0.192.in-addr.arpa." not in ours
    assert {**ours, "1.2.0.192.in-addr.arpa.": kea["1.2.0.192.in-addr.arpa."]} == kea


def test_a_wrong_key(tmp_path: Path, close: ExitStack) -> None:
    """Three tries, each refused."""
    seen = []
    for each in pair(tmp_path, configuration({"secret": "AAAAfnkKZjdPJI5QxlpnfQ=="})):
        close.callback(each.close)
        names = each.serve_names("key key1")
        each.start()
        each.carry_out(add("h", 1))
        seen.append((names.records(), each.statistics(), each.identifiers()))
    assert seen[0] == seen[1]


def test_cut_signatures_a_silent_server_and_one_that_is_killed(tmp_path: Path, close: ExitStack) -> None:
    """The first server of each domain never answers; BIND is killed and started again."""
    ours, _ = pair(tmp_path, configuration({"algorithm": "HMAC-SHA512", "digest-bits": 256}, (5354,), **QUICK))
    close.callback(ours.close)
    names = ours.serve_names("key key1", "hmac-sha512-256")
    ours.start()
    ours.carry_out(add("h", 1))
    assert names.records()["h.example.com."][0] == "1200 A 192.0.2.1"
    names.kill()
    ours.carry_out(add("lost", 2))
    assert ours.running.matching("DHCP_DDNS_ADD_FAILED")
    names.start()
    ours.carry_out(add("back", 3))
    found = names.records()
    assert found["h.example.com."][0] == "1200 A 192.0.2.1" and found["back.example.com."][0] == "1200 A 192.0.2.3"


def test_a_reload_and_the_end(tmp_path: Path, close: ExitStack) -> None:
    """Unsigned; another port and no reverse zone after HUP; what is under way ends first."""
    ours, _ = pair(tmp_path, configuration(**QUICK))
    close.callback(ours.close)
    names = ours.serve_names("any")
    process = ours.start()
    tree = configuration(**QUICK)
    tree["DhcpDdns"]["reverse-ddns"] = {}
    ours.write(tree)
    process.signal(signal.SIGHUP)
    process.wait_for('DHCP_DDNS_CONFIGURE.*\n?.*"reverse-ddns": {}', 10)
    ours.carry_out(add("h", 1))
    assert list(names.records()) == ["h.example.com."]
    ours.config.write_text("{")
    process.signal(signal.SIGHUP)
    process.wait_for("DCTL_CFG_FILE_RELOAD_ERROR", 10)
    names.kill()
    mark = process.mark()
    ours.send(add("late", 2))
    process.wait_for("UPDATE_REQUEST_SENT", 10, mark)
    assert process.stop() == 0
    assert "DHCP_DDNS_ADD_FAILED" in process.output(mark)
    assert "DCTL_SHUTDOWN" in process.output(mark)
